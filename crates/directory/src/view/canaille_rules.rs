//! What holds only for clients of Canaille's kind: what a body may leave out, and how users are shown. Pure.

use scim::document::complete_as_canaille;
use scim::schema::ENTERPRISE_USER_URN;
use serde_json::{Map, Value};

/// Completes a body: the full name is made of its parts, and who is not said to be inactive is active.
pub(crate) fn before_accept(body: &mut Value) {
    complete_as_canaille(body);
}

/// Completes a replacement: the name that never changes there is left out by scim2-client, which sends nothing immutable.
pub(crate) fn before_replace(body: &mut Value, before: &Map<String, Value>, name: &str) {
    let Some(map) = body.as_object_mut() else { return };
    if named(map, name).is_none()
        && let Some(kept) = before.get(name)
    {
        map.insert(name.to_owned(), kept.clone());
    }
}

fn named(map: &Map<String, Value>, name: &str) -> Option<String> {
    map.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned()
}

/// The attributes as these clients see them: without roles, with the enterprise extension always listed.
pub(crate) fn shown(attributes: &mut Map<String, Value>) {
    attributes.shift_remove("roles");
    if let Some(Value::Array(schemas)) = attributes.get_mut("schemas")
        && !schemas.iter().any(|urn| urn.as_str() == Some(ENTERPRISE_USER_URN))
    {
        schemas.insert(schemas.len().min(1), ENTERPRISE_USER_URN.into());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_full_name_is_made_of_its_parts_unless_it_is_given() {
        let mut body = json!({ "userName": "b", "Name": { "givenName": "Barbara", "FamilyName": "Jensen" } });
        before_accept(&mut body);
        assert_eq!(body["Name"]["formatted"], "Barbara Jensen");
        assert_eq!(body["active"], true);

        let mut body = json!({ "Active": false, "name": { "Formatted": "B. J." } });
        before_accept(&mut body);
        assert_eq!(body, json!({ "Active": false, "name": { "Formatted": "B. J." } }));
    }

    #[test]
    fn a_replacement_keeps_the_name_it_leaves_out() {
        let before = json!({ "userName": "bjensen", "title": "Lead" });
        let before = before.as_object().expect("an object");
        let mut body = json!({ "displayName": "Babs" });
        before_replace(&mut body, before, "userName");
        assert_eq!(body, json!({ "displayName": "Babs", "userName": "bjensen" }));

        let mut body = json!({ "USERNAME": "other" });
        before_replace(&mut body, before, "userName");
        assert_eq!(
            body,
            json!({ "USERNAME": "other" }),
            "what is sent is judged as it stands"
        );
    }

    #[test]
    fn roles_are_not_shown_and_the_enterprise_extension_is_listed_once() {
        let mut attributes = json!({ "schemas": ["urn:core"], "roles": [{ "value": "x" }] });
        let map = attributes.as_object_mut().expect("an object");
        shown(map);
        shown(map);
        assert_eq!(attributes, json!({ "schemas": ["urn:core", ENTERPRISE_USER_URN] }));
    }
}
