//! The forms that only Wire's clients use: roles as plain texts, and rich info, an ordered list of (type, value) that is
//! written as a list under one URN and as a map under another.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::document::is_absent;
use crate::error::Error;
use crate::patch::{Op, Operation, member};
use crate::schema::{WIRE_MAP_URN, WIRE_PROFILE_URN};

/// Rich info: types and values, in order.
pub type Fields = Vec<(String, String)>;

/// Roles as complex values: plain texts, one text, or objects come in, and both also with JSON of an object as the text, as
/// Entra ID writes them.
///
/// # Errors
/// `invalidValue`: anything else.
pub fn roles_to_objects(roles: &Value) -> Result<Value, Error> {
    let one = |role: &Value| match role {
        Value::String(name) => Ok(role_in(name).unwrap_or_else(|| json!({ "value": name }))),
        Value::Object(members) => Ok(member(members, "value")
            .and_then(Value::as_str)
            .and_then(role_in)
            .unwrap_or_else(|| role.clone())),
        _ => Err(Error::invalid_value("roles: expected a list of texts or objects").about("roles")),
    };
    match roles {
        Value::Null => Ok(Value::Null),
        Value::Array(list) => Ok(Value::Array(list.iter().map(one).collect::<Result<_, _>>()?)),
        single => Ok(Value::Array(vec![one(single)?])),
    }
}

/// The role that a text holds as JSON.
fn role_in(text: &str) -> Option<Value> {
    let object: Map<String, Value> = serde_json::from_str(text).ok()?;
    member(&object, "value")?.as_str()?;
    Some(Value::Object(object))
}

/// Both forms as one. The list gives the order; what the map says wins, and what only it has follows in alphabetical order;
/// fields without a value are dropped.
///
/// # Errors
/// `invalidValue`: one of them is not of its form.
pub fn merge(list: Option<&Value>, map: Option<&Value>) -> Result<Fields, Error> {
    let mut fields = Named::new(list.map(read_list).transpose()?.unwrap_or_default());
    let mut given = map.map(read_map).transpose()?.unwrap_or_default();
    given.sort_by(|(left, _), (right, _)| left.cmp(right));
    for (kind, value) in given {
        fields.set(kind, value);
    }
    Ok(fields.kept())
}

/// The list under [`WIRE_PROFILE_URN`], in its versioned form.
pub fn list_form(fields: &[(String, String)]) -> Value {
    let fields: Vec<Value> = fields
        .iter()
        .map(|(kind, value)| json!({ "type": kind, "value": value }))
        .collect();
    json!({ "richInfo": { "version": 0, "fields": fields } })
}

/// The map under [`WIRE_MAP_URN`].
pub fn map_form(fields: &[(String, String)]) -> Value {
    Value::Object(
        fields
            .iter()
            .map(|(kind, value)| (kind.clone(), Value::from(value.as_str())))
            .collect(),
    )
}

/// Applies the operations on rich info, under either URN, and returns the others. A field that is there keeps its place, a new
/// one comes last.
///
/// # Errors
/// `invalidValue`: a key is missing, or a value is no text. `invalidPath`: brackets.
pub fn patch(operations: &[Operation], fields: &mut Fields) -> Result<Vec<Operation>, Error> {
    let mut named = Named::new(std::mem::take(fields));
    let mut rest = Vec::with_capacity(operations.len());
    for operation in operations {
        match &operation.path {
            Some(path) => match Place::of(path)? {
                // As a path either form lacks the key of its field; as a member it has the fields in its value.
                Some(Place::List | Place::Map) => {
                    return Err(Error::invalid_value(format!(
                        "path: `{path}` names no field of rich info"
                    )));
                }
                Some(place) => place.apply(operation.op, operation.value.as_ref(), &mut named)?,
                None => rest.push(operation.clone()),
            },
            None => rest.extend(without_path(operation, &mut named)?),
        }
    }
    *fields = named.kept();
    Ok(rest)
}

fn without_path(operation: &Operation, fields: &mut Named) -> Result<Option<Operation>, Error> {
    let (Some(Value::Object(members)), Op::Add | Op::Replace) = (&operation.value, operation.op) else {
        return Ok(Some(operation.clone()));
    };
    let mut others = Map::new();
    for (key, value) in members {
        match Place::of(key)? {
            Some(place) => place.apply(operation.op, Some(value), fields)?,
            None => {
                others.insert(key.clone(), value.clone());
            }
        }
    }
    let took_all = others.is_empty() && !members.is_empty();
    Ok((!took_all).then(|| Operation {
        value: Some(Value::Object(others)),
        ..operation.clone()
    }))
}

/// What a path points at in rich info.
enum Place<'a> {
    List,
    Map,
    Field(&'a str),
}

impl<'a> Place<'a> {
    fn of(path: &'a str) -> Result<Option<Self>, Error> {
        let Some((key, whole)) = after_urn(path) else {
            return Ok(None);
        };
        match key {
            None => Ok(Some(whole)),
            Some(key) if matches!(whole, Self::List) && key.eq_ignore_ascii_case("richInfo") => Ok(Some(Self::List)),
            Some("") => Err(Error::invalid_value(format!("path: `{path}` names no field"))),
            Some(key) if key.contains(['[', ']']) => {
                Err(Error::invalid_value(format!("path: `{path}` takes no brackets")))
            }
            Some(key) => Ok(Some(Self::Field(key))),
        }
    }

    fn apply(&self, op: Op, value: Option<&Value>, fields: &mut Named) -> Result<(), Error> {
        match (self, op, value) {
            (Self::Field(key), Op::Remove, _) => fields.remove(key),
            (_, Op::Add, Some(absent)) if is_absent(absent) => {}
            (Self::Field(key), Op::Replace, Some(absent)) if is_absent(absent) => fields.remove(key),
            (Self::Field(key), _, Some(Value::String(value))) => fields.set((*key).to_owned(), value.clone()),
            (Self::Field(key), _, _) => return Err(Error::invalid_value(format!("rich info: {key} takes a text"))),
            (Self::List | Self::Map, Op::Replace, Some(absent)) if is_absent(absent) => fields.clear(),
            (Self::Map, Op::Add | Op::Replace, Some(value)) => {
                for (kind, value) in read_map(value)? {
                    fields.set(kind, value);
                }
            }
            (Self::List, Op::Add | Op::Replace, Some(value)) => {
                let given = read_list(value)?;
                if op == Op::Replace {
                    fields.clear();
                }
                for (kind, value) in given {
                    fields.set(kind, value);
                }
            }
            (Self::List | Self::Map, _, _) => {
                return Err(Error::invalid_value(format!(
                    "rich info: {} needs the name of a field",
                    op.name()
                )));
            }
        }
        Ok(())
    }
}

/// What stands after one of the two URNs, and which of them it is.
fn after_urn(path: &str) -> Option<(Option<&str>, Place<'_>)> {
    [(WIRE_PROFILE_URN, Place::List), (WIRE_MAP_URN, Place::Map)]
        .into_iter()
        .find_map(|(urn, place)| {
            let head = path.get(..urn.len()).filter(|head| head.eq_ignore_ascii_case(urn))?;
            match &path[head.len()..] {
                "" => Some((None, place)),
                rest => rest.strip_prefix(':').map(|key| (Some(key), place)),
            }
        })
}

/// Fields, found by their names in any letter case. One without a value is no field, but keeps its place until the end.
struct Named {
    fields: Fields,
    places: HashMap<String, usize>,
}

impl Named {
    fn new(fields: Fields) -> Self {
        let mut named = Self {
            fields: Fields::new(),
            places: HashMap::new(),
        };
        for (kind, value) in fields {
            named.set(kind, value);
        }
        named
    }

    fn place_of(&self, kind: &str) -> Option<usize> {
        self.places.get(&kind.to_lowercase()).copied()
    }

    fn set(&mut self, kind: String, value: String) {
        if let Some(index) = self.place_of(&kind) {
            self.fields[index] = (kind, value);
        } else {
            self.places.insert(kind.to_lowercase(), self.fields.len());
            self.fields.push((kind, value));
        }
    }

    fn remove(&mut self, kind: &str) {
        if let Some(index) = self.place_of(kind) {
            self.fields[index].1.clear();
        }
    }

    fn clear(&mut self) {
        self.fields.clear();
        self.places.clear();
    }

    fn kept(self) -> Fields {
        self.fields.into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }
}

/// The map: of names that differ in case only, the first wins.
fn read_map(map: &Value) -> Result<Fields, Error> {
    let members = match map {
        Value::Object(members) => members,
        absent if is_absent(absent) => return Ok(Vec::new()),
        _ => {
            return Err(Error::invalid_value(format!(
                "{WIRE_MAP_URN}: expected an object of texts"
            )));
        }
    };
    let mut named = Named::new(Fields::new());
    for (kind, value) in members {
        match value {
            Value::String(value) if named.place_of(kind).is_none() => named.set(kind.clone(), value.clone()),
            Value::String(_) => {}
            absent if is_absent(absent) => {}
            _ => return Err(Error::invalid_value(format!("{WIRE_MAP_URN}: {kind} takes a text"))),
        }
    }
    Ok(named.fields)
}

/// The list: versioned, or as it was before it had a version; with the member `richInfo` around it, or bare.
fn read_list(list: &Value) -> Result<Fields, Error> {
    let refuse = |why: &str| Err(Error::invalid_value(format!("{WIRE_PROFILE_URN}: richInfo: {why}")));
    let inner = match list {
        Value::Object(members) => match member(members, "richInfo") {
            Some(inner) => inner,
            None if member(members, "version").is_some() || member(members, "fields").is_some() => list,
            None => return Ok(Vec::new()),
        },
        other => other,
    };
    match inner {
        Value::Null => Ok(Vec::new()),
        Value::Array(fields) => read_fields(fields, Repeated::FirstWins),
        Value::Object(versioned) => match (member(versioned, "version"), member(versioned, "fields")) {
            (Some(version), _) if version.as_f64() != Some(0.0) => refuse("version is 0"),
            (Some(_), Some(Value::Array(fields))) => read_fields(fields, Repeated::Refused),
            _ => refuse("expected version and fields"),
        },
        _ => refuse("expected version and fields"),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Repeated {
    FirstWins,
    Refused,
}

fn read_fields(list: &[Value], repeated: Repeated) -> Result<Fields, Error> {
    let mut named = Named::new(Fields::new());
    for field in list {
        let text = |name: &str| {
            field
                .as_object()
                .and_then(|field| member(field, name))
                .and_then(Value::as_str)
        };
        let (Some(kind), Some(value)) = (text("type"), text("value")) else {
            return Err(Error::invalid_value(format!(
                "{WIRE_PROFILE_URN}: every field has a type and a value, both texts"
            )));
        };
        match (named.place_of(kind), repeated) {
            (None, _) => named.set(kind.to_owned(), value.to_owned()),
            (Some(_), Repeated::FirstWins) => {}
            (Some(_), Repeated::Refused) => {
                return Err(Error::invalid_value(format!(
                    "{WIRE_PROFILE_URN}: {kind} is there twice"
                )));
            }
        }
    }
    Ok(named.fields)
}
