//! What a path, or a key in a value without a path, points at.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::document;
use crate::error::Error;
use crate::filter::{self, CompareOp, Filter, Literal, Resolved};
use crate::path::AttrPath;
use crate::schema::{Attribute, AttributeRef, Mutability, ResourceSchema, Schema};

pub(super) enum Target {
    /// The document: the URN of the core schema.
    Resource,
    /// All of an extension: its bare URN.
    Extension(Arc<Schema>),
    /// An attribute, or something in it.
    Attribute(Box<Place>),
    /// Well-formed, but no schema has it.
    Undefined,
}

/// An attribute, or something in it.
pub(super) struct Place {
    /// The attribute as a whole.
    pub(super) attribute: AttributeRef,
    /// The sub-attribute that is named.
    pub(super) sub: Option<Attribute>,
    /// Of a multi-valued attribute: which elements.
    pub(super) selection: Option<Selection>,
    /// As written, for messages.
    pub(super) path: String,
}

pub(super) struct Selection {
    pub(super) filter: Resolved,
    /// The element that the filter describes, if it is nothing but equalities of what may be written.
    pub(super) described: Option<Map<String, Value>>,
}

impl Place {
    /// The attribute's definition.
    pub(super) fn definition(&self) -> &Attribute {
        self.attribute.attribute()
    }

    pub(super) fn is(&self, mutability: Mutability) -> bool {
        self.definition().mutability == mutability || self.sub.as_ref().is_some_and(|sub| sub.mutability == mutability)
    }
}

pub(super) fn find(text: &str, schema: &ResourceSchema) -> Result<Target, Error> {
    if text.contains('[') {
        return with_brackets(text, schema);
    }
    if text.eq_ignore_ascii_case(&schema.core.id) {
        return Ok(Target::Resource);
    }
    if let Some(extension) = schema.extension(text) {
        return Ok(Target::Extension(Arc::clone(extension)));
    }
    let path: AttrPath = text.parse()?;
    let Some(found) = schema.resolve(&path) else {
        return Ok(Target::Undefined);
    };
    let sub = if found.explicit_sub() {
        found.sub().cloned()
    } else {
        None
    };
    // A sub-attribute of a list is that of all its elements; where there is none, the first one gets it.
    let every = || Selection {
        filter: Resolved::Constant(true),
        described: Some(Map::new()),
    };
    let selection = (found.attribute().multi_valued && sub.is_some()).then(every);
    Ok(Target::Attribute(Box::new(Place {
        attribute: found.whole(),
        sub,
        selection,
        path: text.to_owned(),
    })))
}

fn with_brackets(text: &str, schema: &ResourceSchema) -> Result<Target, Error> {
    let bracketed = filter::target(text)?;
    let Some(found) = schema.resolve(&bracketed.path) else {
        return Ok(Target::Undefined);
    };
    let attribute = found.whole();
    let definition = attribute.attribute();
    if !definition.multi_valued || !definition.is_complex() {
        return Err(Error::invalid_path(format!(
            "path: {} has no elements for brackets to choose from",
            definition.name
        )));
    }
    let sub = match &bracketed.sub {
        None => None,
        Some(name) => match definition.sub(name) {
            Some(sub) => Some(sub.clone()),
            None => return Ok(Target::Undefined),
        },
    };
    let filter = filter::element(&bracketed.filter, definition)?;
    let mut described = Map::new();
    let described = describe(&bracketed.filter, definition, &mut described).then_some(described);
    let selection = Some(Selection { filter, described });
    Ok(Target::Attribute(Box::new(Place {
        attribute,
        sub,
        selection,
        path: text.to_owned(),
    })))
}

/// Collects the equalities of a filter; false if it asks for anything else.
fn describe(filter: &Filter, attribute: &Attribute, into: &mut Map<String, Value>) -> bool {
    match filter {
        Filter::And(parts) => parts.iter().all(|part| describe(part, attribute, into)),
        Filter::Compare {
            path,
            op: CompareOp::Eq,
            value,
        } => {
            let value = match value {
                Literal::String(text) => Value::from(text.as_str()),
                Literal::Bool(flag) => Value::from(*flag),
                Literal::Number(number) => Value::from(number.clone()),
                Literal::Null => return false,
            };
            let Some(sub) = attribute
                .sub(&path.name)
                .filter(|sub| sub.mutability != Mutability::ReadOnly)
            else {
                return false;
            };
            let Ok(value) = document::coerce(value, sub, &path.name) else {
                return false;
            };
            into.insert(sub.name.clone(), value.clone())
                .is_none_or(|before| before == value)
        }
        _ => false,
    }
}
