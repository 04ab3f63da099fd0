//! Filters: what is printed and parsed again is itself, a text that is refused is refused in SCIM's terms, and asking costs
//! what it should.

use scim::filter::Filter;
use scim::path::AttrPath;
use serde_json::{Map, Value, json};

use crate::{kinds, same};

pub(crate) fn holds(case: &[u8]) -> Result<(), String> {
    let Ok(text) = std::str::from_utf8(case) else {
        return Ok(());
    };
    if let Ok(path) = text.parse::<AttrPath>() {
        same("a path is printed as it was read", &path.to_string(), &text.to_owned())?;
    }
    let filter: Filter = match text.parse() {
        Ok(filter) => filter,
        Err(error) => return refused_in_terms(&error),
    };
    let printed = filter.to_string();
    let again: Result<Filter, _> = printed.parse();
    match again {
        Ok(again) => {
            same(&format!("{printed} is the same filter"), &again, &filter)?;
            same("a filter is printed alike", &again.to_string(), &printed)?;
        }
        // Quoting may make a text longer than a filter may be.
        Err(_) if printed.len() > scim::filter::MAX_BYTES => {}
        Err(error) => return Err(format!("{printed} is refused: {error}")),
    }
    // Users, groups, and users with an extension of every type.
    for first in [b'0', b'1', b'5'] {
        let Some((kind, _)) = kinds::of(&[first]) else { continue };
        match filter.resolve(&kind.schema) {
            Ok(resolved) => {
                let lenient = filter.resolve_lenient(&kind.schema).map_err(|error| error.detail)?;
                for resource in resources() {
                    same(
                        "a lenient query asks the same",
                        &lenient.matches(&resource),
                        &resolved.matches(&resource),
                    )?;
                }
            }
            Err(error) => refused_in_terms(&error)?,
        }
    }
    Ok(())
}

fn refused_in_terms(error: &scim::Error) -> Result<(), String> {
    let known = (400..500).contains(&error.status) && !error.detail.is_empty();
    if known {
        Ok(())
    } else {
        Err(format!("refused with {error:?}"))
    }
}

/// Some resources to ask about.
fn resources() -> [Map<String, Value>; 3] {
    let full = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": "2819c223", "userName": "Björn", "active": true, "externalId": "x",
        "name": { "familyName": "Jensen", "givenName": "Barbara" },
        "emails": [{ "value": "a@example.org", "type": "work", "primary": true }, { "value": "b@example.org", "type": "home" }],
        "members": [{ "value": "1", "type": "User" }],
        "meta": { "created": "2026-01-01T00:00:00Z", "version": "W/\"1\"" },
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "IT", "manager": { "value": "m" } },
        "urn:example:2.0:Badge": { "number": 7, "height": 1.5, "lends": [{ "value": "k", "until": "2026-01-01T00:00:00Z" }] },
    });
    // Types that no schema has: a matcher looks at what it is given.
    let odd = json!({ "userName": ["a"], "emails": "x", "name": [1], "active": "true", "meta": null });
    [full, odd, json!({})].map(|value| match value {
        Value::Object(map) => map,
        _ => Map::new(),
    })
}
