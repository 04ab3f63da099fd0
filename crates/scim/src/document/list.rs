//! What holds for a list of values: no value twice, and one primary value at most (RFC 7643 §2.4).

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::schema::{Attribute, Type};
use crate::text;

/// Leaves the first of equal values, and the first primary one primary.
pub(super) fn tidy(elements: &mut Vec<Value>, attribute: &Attribute) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut kept: Vec<Value> = Vec::with_capacity(elements.len());
    for element in elements.drain(..) {
        let place = identity(&element, attribute).map(|identity| *seen.entry(identity).or_insert(kept.len()));
        match place.and_then(|place| kept.get_mut(place)) {
            // Were the second the primary one, the value would stay so.
            Some(Value::Object(first)) if is_primary(&element) => {
                first.insert("primary".into(), Value::Bool(true));
            }
            Some(_) => {}
            None => kept.push(element),
        }
    }
    *elements = kept;
    one_primary(elements, attribute);
}

/// PingOne sends several primary values where one is empty: of those that say something, the first is meant.
fn one_primary(elements: &mut [Value], attribute: &Attribute) {
    if attribute.sub("primary").is_none() || elements.iter().filter(|element| is_primary(element)).count() < 2 {
        return;
    }
    let says_something = |element: &Value| element.get("value").is_none_or(|value| value.as_str() != Some(""));
    let chosen = elements
        .iter()
        .position(|element| is_primary(element) && says_something(element));
    let chosen = chosen.or_else(|| elements.iter().position(is_primary));
    for (index, element) in elements.iter_mut().enumerate() {
        if let Value::Object(members) = element
            && Some(index) != chosen
            && is_true(members)
        {
            members.insert("primary".into(), Value::Bool(false));
        }
    }
}

fn is_primary(element: &Value) -> bool {
    element.as_object().is_some_and(is_true)
}

fn is_true(members: &Map<String, Value>) -> bool {
    members.get("primary") == Some(&Value::Bool(true))
}

/// By what an element is told from others: the value and its type; of a reference to a resource the value alone; of an
/// element without a value everything but whether it is the primary one. The parts are in quotes, so that they cannot run into each other.
fn identity(element: &Value, attribute: &Attribute) -> Option<String> {
    let Value::Object(members) = element else {
        return part(element, attribute);
    };
    let Some(value) = attribute.sub("value").and_then(|sub| part(members.get("value")?, sub)) else {
        let others = members.iter().filter(|(name, _)| *name != "primary");
        return Some(format!("{:?}", others.collect::<Vec<_>>()));
    };
    let kind = attribute.sub("type").filter(|_| !attribute.refers_to_resources());
    let kind = kind.and_then(|sub| part(members.get("type")?, sub)).unwrap_or_default();
    Some(format!("{value} {kind}"))
}

fn part(value: &Value, attribute: &Attribute) -> Option<String> {
    match value {
        Value::String(text) if attribute.kind == Type::String && !attribute.case_exact => {
            Some(format!("{:?}", text::key(text)))
        }
        Value::Null => None,
        other => Some(other.to_string()),
    }
}
