//! Bodies: what is accepted is accepted again as itself, in every way it can come back.

use std::collections::HashSet;

use scim::document::{self, Intent};
use scim::error::Error;
use scim::projection::Projection;
use scim::schema::{WIRE_MAP_URN, WIRE_PROFILE_URN};
use scim::{raw, wire};
use serde_json::{Map, Value};

use crate::kinds::{self, Kind, Profile};
use crate::same;

pub(crate) fn holds(case: &[u8]) -> Result<(), String> {
    let Some((kind, bytes)) = kinds::of(case) else {
        return Ok(());
    };
    if let Ok(text) = std::str::from_utf8(bytes) {
        pieces_end(text);
        let _ = document::duplicate_member(text);
    }
    let Ok(body) = document::parse_object(bytes) else {
        return Ok(());
    };
    printed_is_read_again(&body)?;
    let found = document::unknown(&body, &kind.schema);
    let names: HashSet<&String> = found.iter().collect();
    same("each unknown name is told once", &names.len(), &found.len())?;
    let Ok(body) = before_accept(kind, Value::Object(body)) else {
        return Ok(());
    };
    let Ok(document) = document::accept(body.clone(), &kind.schema, Intent::Create) else {
        return Ok(());
    };
    is_itself(kind, &document)?;
    // A replacement of what is there by the same body changes nothing.
    let replaced = document::accept(body, &kind.schema, Intent::Replace { before: &document });
    same(
        "the same body in the place of the document",
        &replaced,
        &Ok(document.clone()),
    )?;
    shown_is_what_is_there(kind, &document)
}

/// What a profile does with a body before the schema looks at it.
fn before_accept(kind: &Kind, mut body: Value) -> Result<Value, Error> {
    match kind.profile {
        Profile::Plain => {}
        Profile::Canaille => document::complete_as_canaille(&mut body),
        Profile::Wire => {
            let Some(map) = body.as_object_mut() else {
                return Ok(body);
            };
            if let Some(roles) = map.get_mut("roles") {
                *roles = wire::roles_to_objects(roles)?;
            }
            let (list, fields) = (map.shift_remove(WIRE_PROFILE_URN), map.shift_remove(WIRE_MAP_URN));
            let merged = wire::merge(list.as_ref(), fields.as_ref())?;
            let (list, fields) = (wire::list_form(&merged), wire::map_form(&merged));
            assert_eq!(
                wire::merge(Some(&list), None).as_ref(),
                Ok(&merged),
                "the list form says it all"
            );
            assert_eq!(
                wire::merge(Some(&list), Some(&fields)).as_ref(),
                Ok(&merged),
                "the map form adds nothing"
            );
            if !merged.is_empty() {
                map.insert(WIRE_PROFILE_URN.into(), list);
            }
        }
    }
    Ok(body)
}

/// A document is accepted, finished, printed and read without becoming another.
pub(crate) fn is_itself(kind: &Kind, document: &Map<String, Value>) -> Result<(), String> {
    let text = |document: &Map<String, Value>| serde_json::to_string(document).unwrap_or_default();
    let before = text(document);
    let whole = Value::Object(document.clone());
    let again = document::accept(whole.clone(), &kind.schema, Intent::Create)
        .map_err(|error| format!("what was accepted is refused: {error}\n{before}"))?;
    same("accepted again", &text(&again), &before)?;
    let again = document::accept(whole, &kind.schema, Intent::Replace { before: document })
        .map_err(|error| format!("what was accepted may not replace itself: {error}\n{before}"))?;
    same("in its own place", &text(&again), &before)?;
    let mut finished = document.clone();
    document::finish(&mut finished, &kind.schema)
        .map_err(|error| format!("it cannot be finished: {error}\n{before}"))?;
    same("finished", &text(&finished), &before)?;
    if let Some(empty) = document.iter().find(|(_, value)| !has_nothing_empty(value)) {
        return Err(format!("{} holds something empty: {}", empty.0, empty.1));
    }
    printed_is_read_again(document)
}

fn has_nothing_empty(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(list) => !list.is_empty() && list.iter().all(has_nothing_empty),
        Value::Object(map) => !map.is_empty() && map.values().all(has_nothing_empty),
        _ => true,
    }
}

fn printed_is_read_again(map: &Map<String, Value>) -> Result<(), String> {
    let text = serde_json::to_string(map).unwrap_or_default();
    let again = document::parse_object(text.as_bytes()).map_err(|error| format!("{error}: {text}"))?;
    same("printed and read", &again, map)?;
    let names: Vec<String> = raw::members(&text).map(|(name, _)| name.into_owned()).collect();
    same("the names in its text", &names, &map.keys().cloned().collect())?;
    for (value, (name, piece)) in map.values().zip(raw::members(&text)) {
        same(&name, &serde_json::from_str(piece).ok().as_ref(), &Some(value))?;
    }
    Ok(())
}

/// Of any text the pieces mean something or nothing, but they end.
fn pieces_end(text: &str) {
    let most = text.len() + 1;
    assert!(raw::members(text).take(most).count() < most, "members do not end");
    assert!(raw::elements(text).take(most).count() < most, "elements do not end");
}

/// The text that is cut for a reader is JSON, and holds nothing that the document does not.
fn shown_is_what_is_there(kind: &Kind, document: &Map<String, Value>) -> Result<(), String> {
    let text = serde_json::to_string(document).unwrap_or_default();
    let names: Vec<&str> = document.keys().map(String::as_str).collect();
    let halves = names.split_at(names.len() / 2);
    let asked = [
        (None, None),
        (Some(halves.0.join(",")), None),
        (None, Some(halves.1.join(","))),
        (Some("emails.value,name.familyName".to_owned()), None),
    ];
    for (attributes, excluded) in asked {
        let Ok(projection) = Projection::parse(attributes.as_deref(), excluded.as_deref(), &[&kind.schema]) else {
            continue;
        };
        let mut shown = Vec::new();
        projection.apply_raw(&text, &mut shown);
        let said = String::from_utf8_lossy(&shown).into_owned();
        let shown: Map<String, Value> =
            serde_json::from_slice(&shown).map_err(|error| format!("{said} is no JSON: {error}"))?;
        for (name, value) in &shown {
            let there = document.get(name).is_some_and(|whole| is_part(value, whole));
            if !there {
                return Err(format!("{name} is shown as {value} in {said} and is not in {text}"));
            }
        }
    }
    Ok(())
}

fn is_part(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => part
            .iter()
            .all(|(name, value)| whole.get(name).is_some_and(|whole| is_part(value, whole))),
        // Of elements in which nothing was asked for nothing is shown.
        (Value::Array(part), Value::Array(whole)) => {
            let mut whole = whole.iter();
            part.iter().all(|part| whole.any(|whole| is_part(part, whole)))
        }
        (part, whole) => part == whole,
    }
}
