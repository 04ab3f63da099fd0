//! Who is in which group as JSON: a list of rows, or groups as `usher group export --json` writes them.

use directory::plan::MemberRow;
use directory::zone::Zone;
use serde_json::{Map, Value};

use super::Unreadable;
use super::members::{Everywhere, Said, unusable};

/// The rows of a text that people call so: all, or one more than that limit.
///
/// # Errors
/// It is no JSON, or nothing in it is a row.
pub fn rows(
    name: &str,
    text: &[u8],
    most: usize,
    everywhere: &Everywhere,
    zone: &Zone,
) -> Result<Vec<MemberRow>, Unreadable> {
    let value: Value = serde_json::from_slice(text).map_err(|error| Unreadable::because(format!("{name}: {error}")))?;
    let list = match value {
        Value::Array(list) => list,
        one @ Value::Object(_) => vec![one],
        _ => Vec::new(),
    };
    let mut all = Vec::new();
    for (index, value) in list.into_iter().enumerate() {
        if all.len() > most {
            break;
        }
        let place = format!("entry {}", index + 1);
        match value {
            Value::Object(group) if group.contains_key("members") => {
                let left = most.saturating_add(1) - all.len();
                whole(&place, &group, left, (everywhere, zone), &mut all);
            }
            Value::Object(row) => all.push(one(place, &row, None, everywhere, zone)),
            _ => all.push(unusable(place, "is no object".to_owned())),
        }
    }
    if all.is_empty() {
        return Err(Unreadable::because(format!(
            "{name}: there is neither a list of rows nor a group with members"
        )));
    }
    Ok(all)
}

/// A group with its members, at most so many.
fn whole(
    place: &str,
    group: &Map<String, Value>,
    most: usize,
    (everywhere, zone): (&Everywhere, &Zone),
    into: &mut Vec<MemberRow>,
) {
    let path = ["path", "displayName", "name"]
        .iter()
        .find_map(|name| group.get(*name)?.as_str());
    let Some(members) = group.get("members").and_then(Value::as_array) else {
        into.push(unusable(place.to_owned(), "`members` is no list".to_owned()));
        return;
    };
    for (index, member) in members.iter().take(most).enumerate() {
        let place = format!("{place}, member {}", index + 1);
        match member {
            Value::Object(member) => into.push(one(place, member, path, everywhere, zone)),
            _ => into.push(unusable(place, "is no object".to_owned())),
        }
    }
}

/// What a row may have that stands by itself; a member of an exported group has more.
const KNOWN: [&str; 9] = [
    "group",
    "member",
    "user_name",
    "id",
    "roles",
    "valid_from",
    "from",
    "expires_at",
    "until",
];

fn one(
    place: String,
    row: &Map<String, Value>,
    group: Option<&str>,
    everywhere: &Everywhere,
    zone: &Zone,
) -> MemberRow {
    match said(row, group) {
        Ok(said) => said.row(place, everywhere, zone),
        Err(why) => unusable(place, why),
    }
}

/// What a row says, or what in it cannot be meant.
fn said(row: &Map<String, Value>, group: Option<&str>) -> Result<Said, String> {
    let unknown = row.keys().find(|name| !KNOWN.contains(&name.as_str()));
    if let (None, Some(unknown)) = (group, unknown) {
        return Err(format!("there is no `{unknown}` here"));
    }
    let group = match group {
        Some(group) => Some(group.to_owned()),
        None => text(row, &["group"])?,
    };
    Ok(Said {
        group: group.unwrap_or_default(),
        member: text(row, &["member", "user_name", "id"])?.unwrap_or_default(),
        roles: names(row)?,
        // The instants of an export go before its days.
        from: text(row, &["valid_from", "from"])?,
        until: text(row, &["expires_at", "until"])?,
    })
}

/// The first of these members that is there; null says that there is none.
fn text(row: &Map<String, Value>, names: &[&str]) -> Result<Option<String>, String> {
    let found = names.iter().find_map(|name| Some((name, row.get(*name)?)));
    match found {
        None => Ok(None),
        Some((_, Value::String(text))) => Ok(Some(text.clone())),
        Some((_, Value::Null)) => Ok(Some(String::new())),
        Some((name, _)) => Err(format!("`{name}` is no text")),
    }
}

fn names(row: &Map<String, Value>) -> Result<Option<Vec<String>>, String> {
    let wrong = || "`roles` is a list of names".to_owned();
    match row.get("roles") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(list)) => {
            let name = |role: &Value| role.as_str().map(str::to_owned).ok_or_else(wrong);
            list.iter().map(name).collect::<Result<_, _>>().map(Some)
        }
        Some(_) => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::said;

    fn refused(row: Value, group: Option<&str>) -> String {
        let row = row.as_object().cloned().unwrap_or_default();
        said(&row, group).map(|_| ()).expect_err("it cannot be meant")
    }

    #[test]
    fn what_cannot_be_meant_is_named_and_nothing_is_taken_for_something_else() {
        assert_eq!(refused(json!({ "until": 20_310_331 }), None), "`until` is no text");
        assert_eq!(
            refused(json!({ "untl": "2031-03-31" }), None),
            "there is no `untl` here"
        );
        for roles in [json!("guest"), json!(["guest", 5])] {
            assert_eq!(
                refused(json!({ "roles": roles }), Some("/a")),
                "`roles` is a list of names"
            );
        }
        let row = json!({ "user_name": "ann", "expires_at": null, "status": "enabled" });
        let said = said(row.as_object().expect("an object"), Some("/a")).expect("of an export");
        assert_eq!(
            (said.member.as_str(), said.until.as_deref(), said.from),
            ("ann", Some(""), None)
        );
    }
}
