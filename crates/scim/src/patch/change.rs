//! What one operation makes of one attribute's value.

use serde_json::{Map, Value};

use super::Op;
use super::list;
use super::target::Place;
use crate::document::{self, is_absent};
use crate::error::Error;
use crate::schema::{Attribute, Mutability};

/// The value after the operation; none if the attribute is unassigned.
pub(super) fn changed(
    before: Option<Value>,
    op: Op,
    place: &Place,
    value: Option<&Value>,
) -> Result<Option<Value>, Error> {
    let attribute = place.definition();
    let kept = (attribute.mutability == Mutability::Immutable)
        .then(|| before.clone())
        .flatten();
    let after = if attribute.multi_valued {
        list::changed(before, op, place, value)?
    } else {
        match (&place.sub, value) {
            (Some(sub), _) => change_sub(before, op, sub, value, &place.path)?,
            (None, _) if op == Op::Remove => None,
            (None, None) => before,
            (None, Some(value)) if attribute.is_complex() => merge(before, op, attribute, value, &place.path)?,
            (None, Some(value)) => set(before, op, attribute, value, &place.path)?,
        }
    };
    if after.is_none() && attribute.required {
        return Err(
            Error::mutability(format!("{} is required and cannot be removed", place.path)).about(place.attribute.key()),
        );
    }
    if kept.is_some() && after != kept {
        return Err(unchangeable(&place.path));
    }
    Ok(after)
}

pub(super) fn unchangeable(path: &str) -> Error {
    Error::mutability(format!("{path} cannot be changed once it is set")).about(path)
}

/// A single value that is not complex.
fn set(
    before: Option<Value>,
    op: Op,
    attribute: &Attribute,
    value: &Value,
    path: &str,
) -> Result<Option<Value>, Error> {
    if is_absent(value) {
        return Ok(if op == Op::Add { before } else { None });
    }
    let value = document::coerce(value.clone(), attribute, path)?;
    Ok((!value.is_null()).then_some(value))
}

/// A sub-attribute of a single complex value.
fn change_sub(
    before: Option<Value>,
    op: Op,
    sub: &Attribute,
    value: Option<&Value>,
    path: &str,
) -> Result<Option<Value>, Error> {
    let mut members = into_members(before);
    match value {
        Some(value) if op != Op::Remove => {
            let given = Map::from_iter([(sub.name.clone(), value.clone())]);
            merge_members(&mut members, op, std::slice::from_ref(sub), &given, path)?;
        }
        _ => unassign(&mut members, sub, path)?,
    }
    Ok((!members.is_empty()).then_some(Value::Object(members)))
}

/// A single complex value: what is not given stays (RFC 7644 §3.5.2.3).
fn merge(
    before: Option<Value>,
    op: Op,
    attribute: &Attribute,
    value: &Value,
    path: &str,
) -> Result<Option<Value>, Error> {
    // Entra sends `[{"value": …}]` for manager.
    let first = match value {
        Value::Array(list) => list.first().unwrap_or(&Value::Null),
        single => single,
    };
    let coerced;
    let given = match first {
        Value::Object(given) => given,
        Value::Null => return Ok(if op == Op::Add { before } else { None }),
        // A bare text is the `value`; an empty one removes it.
        other => {
            coerced = document::coerce(other.clone(), attribute, path)?;
            match &coerced {
                Value::Object(given) => given,
                _ => return Ok(None),
            }
        }
    };
    let mut members = into_members(before);
    merge_members(&mut members, op, &attribute.sub_attributes, given, path)?;
    Ok((!members.is_empty()).then_some(Value::Object(members)))
}

fn into_members(value: Option<Value>) -> Map<String, Value> {
    match value {
        Some(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

/// Puts the given sub-attributes into a complex value. As in any body, undefined and read-only ones are passed over.
pub(super) fn merge_members(
    members: &mut Map<String, Value>,
    op: Op,
    sub_attributes: &[Attribute],
    given: &Map<String, Value>,
    path: &str,
) -> Result<(), Error> {
    let named = |key: &str| sub_attributes.iter().find(|sub| sub.name.eq_ignore_ascii_case(key));
    let value_before = members.get("value").cloned();
    let mut gives_reference = false;
    for (key, value) in given {
        let Some(sub) =
            named(key).filter(|sub| matches!(sub.mutability, Mutability::ReadWrite | Mutability::Immutable))
        else {
            continue;
        };
        let value = document::coerce(value.clone(), sub, &format!("{path}.{}", sub.name))?;
        if value.is_null() {
            if op == Op::Replace {
                unassign(members, sub, path)?;
            }
            continue;
        }
        gives_reference |= sub.name == "$ref";
        match members.get(&sub.name) {
            Some(before) if *before == value => {}
            Some(_) if sub.mutability == Mutability::Immutable => {
                return Err(unchangeable(&format!("{path}.{}", sub.name)));
            }
            _ => {
                members.insert(sub.name.clone(), value);
            }
        }
    }
    // Whoever names another resource does not mean the URL of the one before.
    if value_before.is_some() && value_before.as_ref() != members.get("value") && !gives_reference {
        members.shift_remove("$ref");
    }
    Ok(())
}

pub(super) fn unassign(members: &mut Map<String, Value>, sub: &Attribute, path: &str) -> Result<(), Error> {
    if sub.required {
        return Err(Error::mutability(format!("{path}: {} is required and cannot be removed", sub.name)).about(path));
    }
    if sub.mutability == Mutability::Immutable && members.contains_key(&sub.name) {
        return Err(unchangeable(path));
    }
    members.shift_remove(&sub.name);
    Ok(())
}
