//! A whole body: RFC 7644 §3.3 and §3.5.1.

use serde_json::{Map, Value};

use super::coerce::{any, by_name, is_absent, is_writable};
use super::finish::{self, order};
use super::problems::Problems;
use crate::error::Error;
use crate::schema::{Attribute, CORE_PREFIX, Mutability, ResourceSchema, Schema};
use crate::text;

/// What a body is for.
#[derive(Clone, Copy, Debug)]
pub enum Intent<'a> {
    /// A new resource.
    Create,
    /// The place of what there is.
    Replace {
        /// The document as it is stored.
        before: &'a Map<String, Value>,
    },
}

/// Makes a document of a body.
///
/// Names may be in any letter case; of two that differ in nothing else the last is taken. Unknown members, readOnly and
/// writeOnly attributes are left out, null and empty lists mean absence. An extension counts by its object, whether or not
/// `schemas` lists it; `schemas` may be missing, and may list what nobody knows.
///
/// # Errors
/// One error that names all problems: `invalidValue` for what is missing or does not fit, `mutability` for another value
/// of an immutable attribute, `invalidSyntax` for what is no object.
pub fn accept(body: Value, schema: &ResourceSchema, intent: Intent<'_>) -> Result<Map<String, Value>, Error> {
    let Value::Object(members) = body else {
        return Err(Error::invalid_syntax("the body is not a JSON object"));
    };
    let mut problems = Problems::default();
    let mut given = by_name(members, |name| canonical(name, schema));
    check_schemas(given.shift_remove("schemas"), schema, &mut problems);
    let before = match intent {
        Intent::Create => None,
        Intent::Replace { before } => Some(before),
    };

    let mut document = Map::new();
    let common = schema.common().iter().filter(|attribute| attribute.name != "schemas");
    section(&mut given, common, "", before, &mut document, &mut problems);
    section(
        &mut given,
        schema.core.attributes.iter(),
        "",
        before,
        &mut document,
        &mut problems,
    );
    for extension in &schema.extensions {
        let before = before
            .and_then(|before| before.get(&extension.id))
            .and_then(Value::as_object);
        let mut members = match given.shift_remove(&extension.id) {
            Some(Value::Object(members)) => members,
            None => Map::new(),
            Some(absent) if is_absent(&absent) => Map::new(),
            Some(_) => {
                problems.value(&extension.id, "is an object");
                continue;
            }
        };
        let mut part = Map::new();
        if extension.open {
            free_members(members, extension, &mut part, &mut problems);
        } else {
            members = by_name(members, |name| {
                extension.attribute(name).map(|attribute| attribute.name.as_str())
            });
            let prefix = format!("{}:", extension.id);
            section(
                &mut members,
                extension.attributes.iter(),
                &prefix,
                before,
                &mut part,
                &mut problems,
            );
        }
        if !part.is_empty() {
            document.insert(extension.id.clone(), Value::Object(part));
        }
    }
    finish::check_required(&document, schema, finish::Lists::Checked, &mut problems);
    problems.into_result()?;
    order(&mut document, schema);
    Ok(document)
}

/// The canonical name of a member, if it is an attribute or an extension.
fn canonical<'a>(name: &str, schema: &'a ResourceSchema) -> Option<&'a str> {
    let attribute = schema.attribute(name).map(|attribute| attribute.name.as_str());
    attribute.or_else(|| schema.extension(name).map(|extension| extension.id.as_str()))
}

/// Takes the attributes of one schema out of what was given.
fn section<'a>(
    given: &mut Map<String, Value>,
    attributes: impl Iterator<Item = &'a Attribute>,
    prefix: &str,
    before: Option<&Map<String, Value>>,
    into: &mut Map<String, Value>,
    problems: &mut Problems,
) {
    for attribute in attributes {
        let value = given.shift_remove(&attribute.name);
        let old = before.and_then(|before| before.get(&attribute.name));
        let path = format!("{prefix}{}", attribute.name);
        let kept = if is_writable(attribute) {
            let new = value.and_then(|value| any(value, attribute, &path, problems));
            keep_fixed(new, old, attribute, &path, problems)
        } else if attribute.mutability == Mutability::ReadOnly && !prefix.is_empty() {
            // What the server itself put into an extension stays; in the core schema such attributes (id, meta, groups) are
            // computed when they are read, and are in no document.
            old.cloned()
        } else {
            None
        };
        if let Some(kept) = kept {
            into.insert(attribute.name.clone(), kept);
        }
    }
}

/// An immutable attribute that has a value keeps it: the same one may be sent again, or none.
fn keep_fixed(
    new: Option<Value>,
    old: Option<&Value>,
    attribute: &Attribute,
    path: &str,
    problems: &mut Problems,
) -> Option<Value> {
    let Some(old) = old else { return new };
    if attribute.mutability == Mutability::Immutable {
        if new.as_ref().is_some_and(|new| !is_same(new, old, attribute)) {
            problems.mutability(path, "is immutable and already has another value");
        }
        // Something required has to be sent even so (RFC 7644 §3.5.1).
        return if new.is_none() && attribute.required {
            None
        } else {
            Some(old.clone())
        };
    }
    if attribute.multi_valued
        || !attribute.is_complex()
        || attribute
            .sub_attributes
            .iter()
            .all(|sub| sub.mutability != Mutability::Immutable)
    {
        return new;
    }
    let Some(Value::Object(mut members)) = new else {
        return new;
    };
    for sub in attribute
        .sub_attributes
        .iter()
        .filter(|sub| sub.mutability == Mutability::Immutable)
    {
        let kept = keep_fixed(
            members.shift_remove(&sub.name),
            old.get(&sub.name),
            sub,
            &format!("{path}.{}", sub.name),
            problems,
        );
        if let Some(kept) = kept {
            members.insert(sub.name.clone(), kept);
        }
    }
    Some(Value::Object(members))
}

fn is_same(new: &Value, old: &Value, attribute: &Attribute) -> bool {
    match (new, old) {
        (Value::String(new), Value::String(old)) => text::same(new, old, attribute.case_exact),
        (new, old) => new == old,
    }
}

/// The members of a schema with free keys are texts.
fn free_members(
    members: Map<String, Value>,
    extension: &Schema,
    into: &mut Map<String, Value>,
    problems: &mut Problems,
) {
    for (name, value) in members {
        match value {
            value if is_absent(&value) => {}
            Value::String(text) if text.contains('\0') || name.contains('\0') => {
                problems.value(&extension.id, "may not contain U+0000");
            }
            Value::String(text) => {
                into.insert(name, Value::String(text));
            }
            _ => problems.value(&format!("{}:{name}", extension.id), "is not a text"),
        }
    }
}

/// Lists of schemas are taken as they come, unless they name another type of resource.
fn check_schemas(schemas: Option<Value>, schema: &ResourceSchema, problems: &mut Problems) {
    let listed = match schemas {
        None | Some(Value::Null) => return,
        Some(Value::Array(listed)) => listed,
        Some(single @ Value::String(_)) => vec![single],
        Some(_) => return problems.value("schemas", "is a list of URNs"),
    };
    for urn in &listed {
        let Some(urn) = urn.as_str() else {
            problems.value("schemas", "holds something that is no URN");
            continue;
        };
        let is_core = urn
            .get(..CORE_PREFIX.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(CORE_PREFIX));
        if is_core && !urn.eq_ignore_ascii_case(&schema.core.id) {
            problems.value("schemas", &format!("`{urn}` is not the schema of a {}", schema.name));
        }
    }
}
