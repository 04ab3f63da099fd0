//! PATCH: what it leaves is a document as any write may leave it, what it refuses has changed nothing, and saying it again
//! is understood.

use std::sync::LazyLock;

use scim::document;
use scim::error::Error;
use scim::patch::{self, Operation, PatchOptions, PatchOutcome};
use scim::schema::WIRE_PROFILE_URN;
use scim::wire;
use serde_json::{Map, Value, json};

use crate::entry::is_itself;
use crate::kinds::{self, Kind, Profile};
use crate::same;

pub(crate) fn holds(case: &[u8]) -> Result<(), String> {
    let Some((kind, bytes)) = kinds::of(case) else {
        return Ok(());
    };
    let Ok(body) = document::parse_object(bytes) else {
        return Ok(());
    };
    let Ok(operations) = patch::parse_or_none(&body) else {
        return Ok(());
    };
    let _ = patch::unknown(&operations, &kind.schema);
    for options in [
        PatchOptions::default(),
        PatchOptions {
            deferred: &["members"],
            lenient: true,
            forgives_removal: true,
        },
    ] {
        let mut before = before(kind);
        let Ok(operations) = of_wire(kind, &operations, &mut before) else {
            continue;
        };
        once(kind, &operations, &before, &options)?;
    }
    Ok(())
}

fn once(
    kind: &Kind,
    operations: &[Operation],
    before: &Map<String, Value>,
    options: &PatchOptions<'_>,
) -> Result<(), String> {
    let mut after = before.clone();
    let outcome = patch::apply(&mut after, operations, &kind.schema, options);
    let text = |document: &Map<String, Value>| serde_json::to_string(document).unwrap_or_default();
    match outcome {
        Err(error) => {
            same("what is refused changes nothing", &text(&after), &text(before))?;
            refused_in_terms(&error)
        }
        Ok(PatchOutcome { changed, deferred }) => {
            same("it says whether it changed something", &changed, &(after != *before))?;
            if options.deferred.is_empty() && !deferred.is_empty() {
                return Err(format!("deferred without being asked: {deferred:?}"));
            }
            is_itself(kind, &after)
        }
    }
}

/// Wire's operations on rich info are applied before the schema's.
fn of_wire(kind: &Kind, operations: &[Operation], document: &mut Map<String, Value>) -> Result<Vec<Operation>, Error> {
    if kind.profile != Profile::Wire {
        return Ok(operations.to_vec());
    }
    let mut fields = wire::merge(document.get(WIRE_PROFILE_URN), None)?;
    let rest = wire::patch(operations, &mut fields)?;
    document.shift_remove(WIRE_PROFILE_URN);
    if !fields.is_empty() {
        document.insert(WIRE_PROFILE_URN.into(), wire::list_form(&fields));
    }
    document::finish(document, &kind.schema)?;
    Ok(rest)
}

fn refused_in_terms(error: &Error) -> Result<(), String> {
    let known = (400..500).contains(&error.status) && !error.detail.is_empty();
    if known {
        Ok(())
    } else {
        Err(format!("refused with {error:?}"))
    }
}

/// A document that has something everywhere.
fn before(kind: &Kind) -> Map<String, Value> {
    static USER: LazyLock<Value> = LazyLock::new(|| {
        json!({
            "userName": "ann", "displayName": "Ann", "title": "Tour guide", "active": true,
            "name": { "formatted": "Ann Lee", "familyName": "Lee", "givenName": "Ann" },
            "emails": [
                { "value": "ann@example.org", "type": "work", "primary": true },
                { "value": "ann@home.example", "type": "home" },
            ],
            "phoneNumbers": [{ "value": "+1 201", "type": "work" }],
            "addresses": [{ "type": "work", "locality": "Berlin", "country": "DE" }],
            "roles": [{ "value": "member" }],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
                "department": "IT", "manager": { "value": "26118915" },
            },
            "urn:wire:scim:schemas:profile:1.0": { "richInfo": { "version": 0, "fields": [{ "type": "Title", "value": "x" }] } },
            "urn:example:2.0:Badge": {
                "number": 7, "color": "red", "doors": ["north"], "lends": [{ "value": "key", "count": 1 }],
            },
        })
    });
    static GROUP: LazyLock<Value> = LazyLock::new(|| {
        json!({
            "displayName": "Tour guides",
            "members": [{ "value": "2819c223", "type": "User" }, { "value": "902c246b", "type": "User" }],
        })
    });
    let body = if kind.schema.name == "User" { &USER } else { &GROUP };
    let accepted = document::accept((*body).clone(), &kind.schema, document::Intent::Create);
    accepted.expect("the document is one")
}
