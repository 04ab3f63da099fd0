//! What Canaille's schema requires although its clients often leave it out.

use serde_json::{Map, Value};

/// Gives a user's body the `active` and `name.formatted` that [`crate::schema::canaille_user`] requires: `true`, and the
/// parts of the name one after the other. What is there, in any letter case, stays.
pub fn complete_as_canaille(body: &mut Value) {
    let Value::Object(members) = body else { return };
    if is_missing(members, "active") {
        set(members, "active", Value::Bool(true));
    }
    let Some(Value::Object(name)) = find(members, "name").and_then(|key| members.get_mut(&key)) else {
        return;
    };
    if !is_missing(name, "formatted") {
        return;
    }
    let parts = [
        "honorificPrefix",
        "givenName",
        "middleName",
        "familyName",
        "honorificSuffix",
    ];
    let text = |part: &str| {
        find(name, part)
            .and_then(|key| name[&key].as_str())
            .filter(|text| !text.is_empty())
    };
    let formatted = parts.into_iter().filter_map(text).collect::<Vec<_>>().join(" ");
    if !formatted.is_empty() {
        set(name, "formatted", Value::String(formatted));
    }
}

fn find(members: &Map<String, Value>, name: &str) -> Option<String> {
    members.keys().rfind(|key| key.eq_ignore_ascii_case(name)).cloned()
}

fn is_missing(members: &Map<String, Value>, name: &str) -> bool {
    find(members, name).is_none_or(|key| members[&key].is_null())
}

/// In the place of every other spelling, of which the last would count.
fn set(members: &mut Map<String, Value>, name: &str, value: Value) {
    members.retain(|key, _| !key.eq_ignore_ascii_case(name));
    members.insert(name.to_owned(), value);
}
