//! Schemas as JSON: how they are shown at `/Schemas` and `/ResourceTypes`, and how more of them are configured.

use serde_json::{Map, Value, json};

use super::attribute::{Attribute, Mutability, Returned, Schema, Type, Uniqueness};
use super::{
    CORE_PREFIX, ENTERPRISE_USER_URN, RESOURCE_TYPE_URN, ResourceSchema, SCHEMA_URN, USHER_USER_URN, WIRE_MAP_URN,
    WIRE_PROFILE_URN,
};
use crate::error::Error;

impl Schema {
    /// The document of RFC 7643 §7; `location` is its URL.
    pub fn to_json(&self, location: &str) -> Value {
        json!({
            "schemas": [SCHEMA_URN],
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "attributes": self.attributes.iter().map(attribute_to_json).collect::<Vec<_>>(),
            "meta": { "resourceType": "Schema", "location": location },
        })
    }

    /// Reads a schema from configuration: RFC 7643 §7, with `indexed` for attributes that are to answer filters quickly.
    /// What is not said of an attribute has the default of §2.2.
    ///
    /// # Errors
    /// `invalidValue`, naming the attribute: a member that is unknown or of the wrong type, a name that is none, or
    /// something that would not be enforced.
    pub fn from_json(value: &Value) -> Result<Schema, Error> {
        let members = object(value, "schema")?;
        known(
            members,
            "schema",
            &["schemas", "id", "name", "description", "attributes", "meta"],
        )?;
        let id = text(members, "schema", "id")?.unwrap_or_default();
        if !id.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("urn:"))
            || id.chars().any(|character| !character.is_ascii_graphic())
        {
            return Err(refuse(
                "schema",
                format!("`{id}` is no URN; a schema's id begins with `urn:`"),
            ));
        }
        if id.len() >= CORE_PREFIX.len() && id[..CORE_PREFIX.len()].eq_ignore_ascii_case(CORE_PREFIX) {
            return Err(refuse(&id, "the names of the core schemas are taken".into()));
        }
        if [ENTERPRISE_USER_URN, USHER_USER_URN, WIRE_PROFILE_URN, WIRE_MAP_URN]
            .iter()
            .any(|urn| urn.eq_ignore_ascii_case(&id))
        {
            return Err(refuse(&id, "this extension is built in".into()));
        }
        let attributes = list(members, &id, "attributes")?.ok_or_else(|| refuse(&id, "has no attributes".into()))?;
        let attributes = attributes_from_json(attributes, &id)?;
        let name = text(members, &id, "name")?.unwrap_or_else(|| id.rsplit(':').next().unwrap_or(&id).to_owned());
        let description = text(members, &id, "description")?.unwrap_or_default();
        Ok(Schema {
            name,
            description,
            attributes,
            open: false,
            id,
        })
    }
}

impl ResourceSchema {
    /// The document of RFC 7643 §6; `base` is the URL of the face, without a slash at the end.
    ///
    /// An extension of which clients write nothing, and see something on request only, is at `/Schemas` but not among the
    /// type's extensions: scim2-tester writes and reads back whatever is.
    pub fn to_json(&self, base: &str) -> Value {
        let mut document = json!({
            "schemas": [RESOURCE_TYPE_URN],
            "id": self.name,
            "name": self.name,
            "description": self.core.description,
            "endpoint": self.endpoint,
            "schema": self.core.id,
        });
        let extensions: Vec<Value> = self
            .extensions
            .iter()
            .filter(|extension| !extension.is_a_view())
            .map(|extension| json!({ "schema": extension.id, "required": self.always_lists(&extension.id) }))
            .collect();
        if !extensions.is_empty() {
            document["schemaExtensions"] = Value::Array(extensions);
        }
        document["meta"] =
            json!({ "resourceType": "ResourceType", "location": format!("{base}/ResourceTypes/{}", self.name) });
        document
    }
}

/// No nulls and no empty lists: strict clients read an empty `canonicalValues` as "nothing is allowed".
fn attribute_to_json(attribute: &Attribute) -> Value {
    let mut json = Map::new();
    json.insert("name".into(), attribute.name.as_str().into());
    json.insert("type".into(), word(TYPES, attribute.kind).into());
    json.insert("multiValued".into(), attribute.multi_valued.into());
    json.insert("description".into(), attribute.description.as_str().into());
    json.insert("required".into(), attribute.required.into());
    if !attribute.canonical_values.is_empty() {
        json.insert("canonicalValues".into(), attribute.canonical_values.clone().into());
    }
    if !attribute.is_complex() && attribute.kind != Type::Boolean {
        json.insert("caseExact".into(), attribute.case_exact.into());
    }
    json.insert("mutability".into(), word(MUTABILITIES, attribute.mutability).into());
    json.insert("returned".into(), word(RETURNED, attribute.returned).into());
    json.insert("uniqueness".into(), word(UNIQUENESSES, attribute.uniqueness).into());
    if !attribute.reference_types.is_empty() {
        json.insert("referenceTypes".into(), attribute.reference_types.clone().into());
    }
    if !attribute.sub_attributes.is_empty() {
        json.insert(
            "subAttributes".into(),
            attribute.sub_attributes.iter().map(attribute_to_json).collect(),
        );
    }
    Value::Object(json)
}

/// The words of a characteristic, with what they mean.
type Words<T> = &'static [(&'static str, T)];

const TYPES: Words<Type> = &[
    ("string", Type::String),
    ("boolean", Type::Boolean),
    ("decimal", Type::Decimal),
    ("integer", Type::Integer),
    ("dateTime", Type::DateTime),
    ("binary", Type::Binary),
    ("reference", Type::Reference),
    ("complex", Type::Complex),
];

const MUTABILITIES: Words<Mutability> = &[
    ("readWrite", Mutability::ReadWrite),
    ("readOnly", Mutability::ReadOnly),
    ("immutable", Mutability::Immutable),
    ("writeOnly", Mutability::WriteOnly),
];

const RETURNED: Words<Returned> = &[
    ("default", Returned::Default),
    ("always", Returned::Always),
    ("request", Returned::Request),
    ("never", Returned::Never),
];

const UNIQUENESSES: Words<Uniqueness> = &[
    ("none", Uniqueness::None),
    ("server", Uniqueness::Server),
    ("global", Uniqueness::Global),
];

fn word<T: PartialEq>(words: Words<T>, meaning: T) -> &'static str {
    words
        .iter()
        .find(|(_, known)| *known == meaning)
        .map_or("", |(word, _)| word)
}

fn attributes_from_json(list: &[Value], within: &str) -> Result<Vec<Attribute>, Error> {
    let mut attributes: Vec<Attribute> = Vec::with_capacity(list.len());
    for value in list {
        let attribute = attribute_from_json(value, within)?;
        if attributes
            .iter()
            .any(|other| other.name.eq_ignore_ascii_case(&attribute.name))
        {
            return Err(refuse(within, format!("has two attributes named `{}`", attribute.name)));
        }
        attributes.push(attribute);
    }
    if attributes.is_empty() {
        return Err(refuse(within, "has no attributes".into()));
    }
    Ok(attributes)
}

fn attribute_from_json(value: &Value, within: &str) -> Result<Attribute, Error> {
    const MEMBERS: [&str; 13] = [
        "name",
        "type",
        "multiValued",
        "description",
        "required",
        "canonicalValues",
        "caseExact",
        "mutability",
        "returned",
        "uniqueness",
        "referenceTypes",
        "subAttributes",
        "indexed",
    ];
    let members = object(value, within)?;
    let name =
        text(members, within, "name")?.ok_or_else(|| refuse(within, "has an attribute without a name".into()))?;
    let place = format!("{within}: {name}");
    if !is_name(&name) {
        return Err(refuse(
            &place,
            "a name is a letter, then letters, digits, `-` and `_`".into(),
        ));
    }
    known(members, &place, &MEMBERS)?;
    let kind = choice(members, &place, "type", TYPES)?.unwrap_or(Type::String);
    let mut attribute = Attribute {
        multi_valued: flag(members, &place, "multiValued")?,
        required: flag(members, &place, "required")?,
        canonical_values: texts(members, &place, "canonicalValues")?,
        case_exact: flag(members, &place, "caseExact")?,
        mutability: choice(members, &place, "mutability", MUTABILITIES)?.unwrap_or(Mutability::ReadWrite),
        returned: choice(members, &place, "returned", RETURNED)?.unwrap_or(Returned::Default),
        uniqueness: choice(members, &place, "uniqueness", UNIQUENESSES)?.unwrap_or(Uniqueness::None),
        reference_types: texts(members, &place, "referenceTypes")?,
        indexed: flag(members, &place, "indexed")?,
        ..Attribute::new(&name, kind, &text(members, &place, "description")?.unwrap_or_default())
    };
    let sub_attributes = list(members, &place, "subAttributes")?;
    match (attribute.is_complex(), sub_attributes) {
        (true, Some(list)) => attribute.sub_attributes = attributes_from_json(list, &place)?,
        (true, None) => return Err(refuse(&place, "a complex attribute needs subAttributes".into())),
        (false, Some(_)) => return Err(refuse(&place, "only a complex attribute has subAttributes".into())),
        (false, None) => {}
    }
    check(&attribute, &place)?;
    Ok(attribute)
}

/// Refuses what would be shown to clients but not enforced.
fn check(attribute: &Attribute, place: &str) -> Result<(), Error> {
    if attribute.uniqueness != Uniqueness::None {
        return Err(refuse(
            place,
            "uniqueness of extension attributes is not enforced; leave it `none`".into(),
        ));
    }
    if attribute.sub_attributes.iter().any(Attribute::is_complex) {
        return Err(refuse(
            place,
            "a complex attribute cannot hold another one (RFC 7643 §2.3.8)".into(),
        ));
    }
    if attribute.sub_attributes.iter().any(|sub| sub.indexed) {
        return Err(refuse(
            place,
            "only whole attributes can be indexed; of a complex one that is its `value`".into(),
        ));
    }
    if attribute
        .sub_attributes
        .iter()
        .any(|sub| !matches!(sub.returned, Returned::Default | Returned::Always))
    {
        return Err(refuse(
            place,
            "whether it is returned is said of the whole attribute".into(),
        ));
    }
    if attribute.required && attribute.mutability == Mutability::ReadOnly {
        return Err(refuse(place, "nobody could give it the value that is required".into()));
    }
    Ok(())
}

/// RFC 7643 §2.1, without `$`, which only `$ref` has.
fn is_name(name: &str) -> bool {
    let rest = name.strip_prefix(|first: char| first.is_ascii_alphabetic());
    name == "$ref"
        || rest.is_some_and(|rest| {
            rest.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        })
}

fn refuse(place: &str, why: String) -> Error {
    Error::invalid_value(format!("{place}: {why}"))
}

fn object<'a>(value: &'a Value, place: &str) -> Result<&'a Map<String, Value>, Error> {
    value
        .as_object()
        .ok_or_else(|| refuse(place, "is not an object".into()))
}

fn known(members: &Map<String, Value>, place: &str, names: &[&str]) -> Result<(), Error> {
    match members.keys().find(|key| !names.contains(&key.as_str())) {
        Some(unknown) => Err(refuse(
            place,
            format!("`{unknown}` is unknown; known are {}", names.join(", ")),
        )),
        None => Ok(()),
    }
}

fn text(members: &Map<String, Value>, place: &str, name: &str) -> Result<Option<String>, Error> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(refuse(place, format!("`{name}` is not text"))),
    }
}

fn flag(members: &Map<String, Value>, place: &str, name: &str) -> Result<bool, Error> {
    match members.get(name) {
        None => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(refuse(place, format!("`{name}` is neither true nor false"))),
    }
}

fn list<'a>(members: &'a Map<String, Value>, place: &str, name: &str) -> Result<Option<&'a [Value]>, Error> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::Array(list)) => Ok(Some(list)),
        Some(_) => Err(refuse(place, format!("`{name}` is not a list"))),
    }
}

fn texts(members: &Map<String, Value>, place: &str, name: &str) -> Result<Vec<String>, Error> {
    let list = list(members, place, name)?.unwrap_or_default();
    let texts = list
        .iter()
        .map(|value| value.as_str().map(str::to_owned))
        .collect::<Option<Vec<_>>>();
    texts.ok_or_else(|| refuse(place, format!("`{name}` holds something that is not text")))
}

fn choice<T: Copy>(members: &Map<String, Value>, place: &str, name: &str, words: Words<T>) -> Result<Option<T>, Error> {
    let Some(chosen) = text(members, place, name)? else {
        return Ok(None);
    };
    if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == chosen) {
        return Ok(Some(*meaning));
    }
    let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    Err(refuse(
        place,
        format!("`{name}` is `{chosen}`, but may be {}", words.join(", ")),
    ))
}
