//! The end state of a write, whichever way it was reached.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::list;
use super::problems::Problems;
use crate::error::Error;
use crate::schema::{Attribute, Mutability, ResourceSchema, Schema};

/// Brings a document that was changed into its final form: nothing empty, one primary value, `schemas` as the data are
/// and in the first place, the rest in the order of the schemas, also within values.
///
/// Members that the schema does not know stay, at the end: another client's extension may be among them. Lists that are
/// required are not looked at, for a caller may keep them apart (`members`).
///
/// # Errors
/// `invalidValue`, naming all that is required and missing.
pub fn finish(attributes: &mut Map<String, Value>, schema: &ResourceSchema) -> Result<(), Error> {
    drop_empty(attributes);
    for attribute in &schema.core.attributes {
        tidy(attributes, attribute);
    }
    for extension in &schema.extensions {
        if let Some(Value::Object(part)) = attributes.get_mut(&extension.id) {
            extension.attributes.iter().for_each(|attribute| tidy(part, attribute));
            in_order(part, &extension.attributes);
        }
    }
    let mut problems = Problems::default();
    check_required(attributes, schema, Lists::KeptApart, &mut problems);
    problems.into_result()?;
    order(attributes, schema);
    Ok(())
}

/// Whether required lists are in the document.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lists {
    Checked,
    KeptApart,
}

fn tidy(members: &mut Map<String, Value>, attribute: &Attribute) {
    match members.get_mut(&attribute.name) {
        Some(Value::Array(elements)) if attribute.multi_valued => {
            // Before they are compared: some are told apart by their text.
            for element in elements.iter_mut().filter_map(Value::as_object_mut) {
                in_order(element, &attribute.sub_attributes);
            }
            list::tidy(elements, attribute);
        }
        Some(Value::Object(part)) if !attribute.multi_valued => in_order(part, &attribute.sub_attributes),
        _ => {}
    }
}

/// Members in the order of their definitions, which is mostly theirs already; what has none comes last.
fn in_order(members: &mut Map<String, Value>, attributes: &[Attribute]) {
    let place = |name: &String| attributes.iter().position(|attribute| attribute.name == *name);
    let place = |name: &String| place(name).unwrap_or(attributes.len());
    if members.keys().map(place).is_sorted() {
        return;
    }
    let mut placed: Vec<(String, Value)> = std::mem::take(members).into_iter().collect();
    placed.sort_by_key(|(name, _)| place(name));
    members.extend(placed);
}

/// RFC 7643 §2.5: null, an empty list and an object with nothing in it are no values.
fn drop_empty(members: &mut Map<String, Value>) {
    members.retain(|_, value| !is_empty(value));
}

fn is_empty(value: &mut Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => {
            list.retain_mut(|element| !is_empty(element));
            list.is_empty()
        }
        Value::Object(members) => {
            drop_empty(members);
            members.is_empty()
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

pub(super) fn check_required(
    document: &Map<String, Value>,
    schema: &ResourceSchema,
    lists: Lists,
    problems: &mut Problems,
) {
    required_in(document, &schema.core.attributes, "", lists, problems);
    for extension in &schema.extensions {
        if let Some(Value::Object(part)) = document.get(&extension.id) {
            required_in(
                part,
                &extension.attributes,
                &format!("{}:", extension.id),
                lists,
                problems,
            );
        }
    }
}

fn required_in(
    members: &Map<String, Value>,
    attributes: &[Attribute],
    prefix: &str,
    lists: Lists,
    problems: &mut Problems,
) {
    for attribute in attributes {
        let path = format!("{prefix}{}", attribute.name);
        let value = members.get(&attribute.name);
        let is_there = value.is_some_and(|value| value.as_str() != Some(""));
        let is_looked_at = !attribute.multi_valued || lists == Lists::Checked;
        if attribute.required
            && !is_there
            && is_looked_at
            && attribute.mutability != Mutability::ReadOnly
            && !problems.concern(&path)
        {
            problems.value(&path, "is required");
        }
        match value {
            Some(Value::Object(part)) => {
                required_in(part, &attribute.sub_attributes, &format!("{path}."), lists, problems);
            }
            Some(Value::Array(elements))
                if attribute
                    .sub_attributes
                    .iter()
                    .any(|sub| sub.required || sub.is_complex()) =>
            {
                for (index, element) in elements.iter().enumerate() {
                    if let Value::Object(part) = element {
                        required_in(
                            part,
                            &attribute.sub_attributes,
                            &format!("{path}[{index}]."),
                            lists,
                            problems,
                        );
                    }
                }
            }
            _ => {}
        }
    }
}

/// `schemas` first, then the common attributes, those of the core schema, the extensions, and what nobody knows.
pub(super) fn order(document: &mut Map<String, Value>, schema: &ResourceSchema) {
    let mut given = std::mem::take(document);
    given.shift_remove("schemas");
    document.insert("schemas".into(), Value::Array(schemas_of(&given, schema)));
    let names = schema
        .common()
        .iter()
        .chain(&schema.core.attributes)
        .map(|attribute| &attribute.name);
    for name in names.chain(schema.extensions.iter().map(|extension| &extension.id)) {
        if let Some(value) = given.shift_remove(name) {
            document.insert(name.clone(), value);
        }
    }
    document.extend(given);
}

/// The core schema, and every extension that has data or is always listed. A URN that this schema does not know belongs
/// to data of another client.
fn schemas_of(document: &Map<String, Value>, schema: &ResourceSchema) -> Vec<Value> {
    let listed = |extension: &&Arc<Schema>| document.contains_key(&extension.id) || schema.always_lists(&extension.id);
    let known = schema
        .extensions
        .iter()
        .filter(listed)
        .map(|extension| extension.id.as_str());
    let foreign = document
        .keys()
        .map(String::as_str)
        .filter(|name| name.contains(':') && schema.extension(name).is_none());
    std::iter::once(schema.core.id.as_str())
        .chain(known)
        .chain(foreign)
        .map(Value::from)
        .collect()
}
