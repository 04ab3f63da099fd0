//! What operations name that no schema has.

use serde_json::Value;

use super::Operation;
use super::target::{self, Target};
use crate::document::{each_once, is_absent, unknown_in};
use crate::schema::ResourceSchema;

/// The paths, and the names in values, that no schema has: each once. Of what is malformed nothing is said, since
/// [`apply`](super::apply) refuses it.
pub fn unknown(operations: &[Operation], schema: &ResourceSchema) -> Vec<String> {
    let mut found = Vec::new();
    for operation in operations {
        match (&operation.path, &operation.value) {
            (Some(path), value) => at_path(path, value.as_ref(), schema, &mut found),
            (None, Some(value)) => members(value, None, schema, &mut found),
            (None, None) => {}
        }
    }
    each_once(&mut found);
    found
}

fn at_path(path: &str, value: Option<&Value>, schema: &ResourceSchema, into: &mut Vec<String>) {
    match target::find(path, schema) {
        Ok(Target::Undefined) => into.push(path.to_owned()),
        Ok(Target::Attribute(place)) => {
            if let (Some(value), None) = (value, &place.sub) {
                unknown_in(value, place.definition(), place.attribute.key(), into);
            }
        }
        Ok(Target::Extension(extension)) if !extension.open => {
            if let Some(value) = value {
                members(value, Some(&extension.id), schema, into);
            }
        }
        Ok(Target::Resource) => {
            if let Some(value) = value {
                members(value, Some(&schema.core.id), schema, into);
            }
        }
        Ok(Target::Extension(_)) | Err(_) => {}
    }
}

fn members(value: &Value, urn: Option<&str>, schema: &ResourceSchema, into: &mut Vec<String>) {
    let Value::Object(members) = value else { return };
    for (key, value) in members.iter().filter(|(_, value)| !is_absent(value)) {
        let path = urn.map_or_else(|| key.clone(), |urn| format!("{urn}:{key}"));
        match target::find(&path, schema) {
            // A key that is no path is passed over like one that nobody knows.
            Err(_) if !key.contains('[') => into.push(path),
            _ => at_path(&path, Some(value), schema, into),
        }
    }
}
