//! What of a body no schema has: left out of the document, unless its reader wants to be told.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::is_absent;
use crate::schema::{Attribute, Mutability, ResourceSchema, Schema};

/// The names of what [`accept`](super::accept) leaves out of a body since no schema has it, as paths, each once. A null says
/// nothing, and what is read-only is the server's to know.
pub fn unknown(body: &Map<String, Value>, schema: &ResourceSchema) -> Vec<String> {
    let mut found = Vec::new();
    for (name, value) in body.iter().filter(|(_, value)| !is_absent(value)) {
        if let Some(attribute) = schema.attribute(name) {
            unknown_in(value, attribute, &attribute.name, &mut found);
        } else if let Some(extension) = schema.extension(name) {
            unknown_in_extension(value, extension, &mut found);
        } else {
            found.push(name.clone());
        }
    }
    each_once(&mut found);
    found
}

fn unknown_in_extension(value: &Value, extension: &Schema, into: &mut Vec<String>) {
    let Value::Object(members) = value else { return };
    if extension.open {
        return;
    }
    for (name, value) in members.iter().filter(|(_, value)| !is_absent(value)) {
        let path = format!("{}:{name}", extension.id);
        match extension.attribute(name) {
            Some(attribute) => unknown_in(value, attribute, &path, into),
            None => into.push(path),
        }
    }
}

/// The same for the value of one attribute, a list or not.
pub(crate) fn unknown_in(value: &Value, attribute: &Attribute, path: &str, into: &mut Vec<String>) {
    if !attribute.is_complex() || attribute.mutability == Mutability::ReadOnly {
        return;
    }
    match value {
        Value::Array(elements) => {
            for element in elements.iter().filter(|element| element.is_object()) {
                unknown_in(element, attribute, path, into);
            }
        }
        Value::Object(members) => {
            for (name, value) in members.iter().filter(|(_, value)| !is_absent(value)) {
                let path = format!("{path}.{name}");
                match attribute.sub(name) {
                    Some(sub) => unknown_in(value, sub, &path, into),
                    None => into.push(path),
                }
            }
        }
        _ => {}
    }
}

/// Leaves the first of equal names.
pub(crate) fn each_once(names: &mut Vec<String>) {
    let mut seen = HashSet::with_capacity(names.len());
    names.retain(|name| seen.insert(name.clone()));
}
