//! An attribute found in a schema, and its values in a resource.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::attribute::{Attribute, Schema, Type};
use crate::filter::SortKey;

/// A resolved attribute: which schema, which attribute, which sub-attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeRef {
    schema: Arc<Schema>,
    urn: Option<String>,
    attribute: usize,
    sub: Option<usize>,
    explicit: bool,
    key: String,
}

impl AttributeRef {
    /// Finds a name and a sub-attribute in one schema; `urn` is that of an extension.
    pub(super) fn within(schema: &Arc<Schema>, urn: Option<&str>, name: &str, sub: Option<&str>) -> Option<Self> {
        let place = |attributes: &[Attribute], name: &str| {
            attributes
                .iter()
                .position(|attribute| attribute.name.eq_ignore_ascii_case(name))
        };
        let (schema, at) = match place(&schema.attributes, name) {
            Some(at) => (Arc::clone(schema), at),
            // Any name is an attribute of an open schema.
            None if schema.open => {
                let attributes = vec![Attribute::new(name, Type::String, "A free field.")];
                (
                    Arc::new(Schema {
                        attributes,
                        ..Schema::clone(schema)
                    }),
                    0,
                )
            }
            None => return None,
        };
        let attribute = &schema.attributes[at];
        let found = match sub {
            Some(sub) => Some(place(&attribute.sub_attributes, sub)?),
            // The bare name of a complex attribute means its `value`, if it has one: `emails co "@"`, `manager eq "…"`.
            None => place(&attribute.sub_attributes, "value"),
        };
        let mut key = match urn {
            Some(urn) => format!("{urn}:{}", attribute.name),
            None => attribute.name.clone(),
        };
        if let Some(found) = found {
            key.push('.');
            key.push_str(&attribute.sub_attributes[found].name);
        }
        Some(Self {
            urn: urn.map(str::to_owned),
            attribute: at,
            sub: found,
            explicit: sub.is_some(),
            key,
            schema,
        })
    }

    /// The sub-attribute of that name as a filter in the attribute's brackets sees it: from one value.
    pub(crate) fn in_brackets(attribute: &Attribute, name: &str) -> Option<Self> {
        let sub = attribute.sub(name)?;
        let schema = Schema {
            id: String::new(),
            name: attribute.name.clone(),
            description: String::new(),
            attributes: vec![sub.clone()],
            open: false,
        };
        Self::within(&Arc::new(schema), None, &sub.name, None)
    }

    /// The attribute as a whole: no sub-attribute is named, and no `value` is meant.
    pub fn whole(&self) -> Self {
        let name = &self.attribute().name;
        let key = self
            .urn
            .as_ref()
            .map_or_else(|| name.clone(), |urn| format!("{urn}:{name}"));
        Self {
            sub: None,
            explicit: false,
            key,
            ..self.clone()
        }
    }

    /// The canonical name: `userName`, `name.familyName`, `emails.value` (also for the bare `emails`), `meta.lastModified`,
    /// `urn:…:enterprise:2.0:User:manager.value`.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The extension's URN; none for core and common attributes.
    pub fn urn(&self) -> Option<&str> {
        self.urn.as_deref()
    }

    /// The attribute.
    pub fn attribute(&self) -> &Attribute {
        &self.schema.attributes[self.attribute]
    }

    /// The sub-attribute that is named, or the `value` that is meant by the bare name.
    pub fn sub(&self) -> Option<&Attribute> {
        self.sub.map(|sub| &self.attribute().sub_attributes[sub])
    }

    /// Whether the path itself names the sub-attribute.
    pub fn explicit_sub(&self) -> bool {
        self.explicit
    }

    /// What is compared: the sub-attribute, else the attribute.
    pub fn target(&self) -> &Attribute {
        self.sub().unwrap_or_else(|| self.attribute())
    }

    /// The values a resource has for it, in their order; none is null.
    pub fn values<'a>(&self, resource: &'a Map<String, Value>) -> Vec<&'a Value> {
        self.elements(resource)
            .into_iter()
            .filter_map(|element| self.within_element(element))
            .flat_map(flat)
            .collect()
    }

    /// The key by which a resource sorts: that of the primary value, else of the first; none without a value.
    pub fn sort_key(&self, resource: &Map<String, Value>) -> Option<SortKey> {
        let elements = self.elements(resource);
        let primary = elements
            .iter()
            .find(|element| element.get("primary") == Some(&Value::Bool(true)));
        let value = primary
            .and_then(|element| self.within_element(element))
            .or_else(|| elements.iter().find_map(|element| self.within_element(element)))?;
        SortKey::of(value, self.target())
    }

    /// The attribute's values, whole.
    fn elements<'a>(&self, resource: &'a Map<String, Value>) -> Vec<&'a Value> {
        let holder = match &self.urn {
            None => Some(resource),
            Some(urn) => resource.get(urn).and_then(Value::as_object),
        };
        holder
            .and_then(|holder| holder.get(&self.attribute().name))
            .map(flat)
            .unwrap_or_default()
    }

    fn within_element<'a>(&self, element: &'a Value) -> Option<&'a Value> {
        let value = match (self.sub(), element) {
            (Some(sub), Value::Object(map)) => map.get(&sub.name)?,
            // Roles may be plain text in what Wire's clients see.
            (Some(sub), other) if sub.name == "value" => other,
            (Some(_), _) => return None,
            (None, element) => element,
        };
        (!value.is_null()).then_some(value)
    }
}

fn flat(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(list) => list.iter().filter(|element| !element.is_null()).collect(),
        Value::Null => Vec::new(),
        single => vec![single],
    }
}
