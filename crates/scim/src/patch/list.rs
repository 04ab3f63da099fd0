//! What one operation makes of a list of values.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::Op;
use super::change::{merge_members, unassign};
use super::target::{Place, Selection};
use crate::document::{self, is_absent};
use crate::error::Error;
use crate::schema::{Attribute, Mutability};
use crate::text;

pub(super) fn changed(
    before: Option<Value>,
    op: Op,
    place: &Place,
    value: Option<&Value>,
) -> Result<Option<Value>, Error> {
    let attribute = place.definition();
    let list = match before {
        Some(Value::Array(list)) => list,
        Some(single) => vec![single],
        None => Vec::new(),
    };
    let list = match (&place.selection, &place.sub) {
        // `add emails.value` is one more address, not the same one everywhere.
        (Some(_), Some(sub)) if op == Op::Add && sub.name == "value" && !place.path.contains('[') => {
            let elements = elements(value.unwrap_or(&Value::Null), attribute, &place.path)?;
            added(list, elements, attribute)
        }
        (Some(selection), sub) => Selected {
            attribute,
            selection,
            sub: sub.as_ref(),
            path: &place.path,
        }
        .changed(list, op, value)?,
        (None, _) => match (op, value) {
            (Op::Remove, None | Some(Value::Null)) => Vec::new(),
            (Op::Remove, Some(value)) => without(list, &elements(value, attribute, &place.path)?, attribute),
            (Op::Add, value) => added(
                list,
                elements(value.unwrap_or(&Value::Null), attribute, &place.path)?,
                attribute,
            ),
            (Op::Replace, value) => added(
                Vec::new(),
                elements(value.unwrap_or(&Value::Null), attribute, &place.path)?,
                attribute,
            ),
        },
    };
    Ok((!list.is_empty()).then_some(Value::Array(list)))
}

/// A value as the elements it gives: a list, or one of them without a list around it.
pub(super) fn elements(value: &Value, attribute: &Attribute, path: &str) -> Result<Vec<Value>, Error> {
    let given = match value {
        Value::Array(list) => list.as_slice(),
        Value::Null => &[],
        single => std::slice::from_ref(single),
    };
    let mut elements = Vec::with_capacity(given.len());
    for element in given {
        let element = document::coerce_element(element.clone(), attribute, path)?;
        if !element.is_null() {
            elements.push(element);
        }
    }
    Ok(elements)
}

/// What an element names: its `value`, else the last part of its `$ref`.
pub(super) fn named(element: &Value) -> Option<String> {
    let text = |name: &str| {
        element
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    match element {
        Value::String(text) => Some(text.clone()),
        _ => text("value")
            .or_else(|| text("$ref").and_then(|reference| reference.trim_end_matches('/').rsplit('/').next()))
            .map(str::to_owned),
    }
}

/// By what two elements are one: the value and its type. References are one by their value alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Identity {
    value: String,
    kind: Option<String>,
}

impl Identity {
    fn of(element: &Value, attribute: &Attribute) -> Self {
        let Value::Object(members) = element else {
            return Self {
                value: comparable(element, attribute),
                kind: None,
            };
        };
        let member = |name: &str| {
            let (value, sub) = (members.get(name)?, attribute.sub(name)?);
            Some(comparable(value, sub))
        };
        match member("value") {
            Some(value) if attribute.refers_to_resources() => Self { value, kind: None },
            Some(value) => Self {
                value,
                kind: Some(member("type").unwrap_or_default()),
            },
            // What has no value (addresses) is one if all of it is.
            None => Self {
                value: sorted(members),
                kind: None,
            },
        }
    }
}

fn comparable(value: &Value, attribute: &Attribute) -> String {
    match value {
        Value::String(text) if attribute.case_exact => text.clone(),
        Value::String(text) => text::key(text),
        other => other.to_string(),
    }
}

fn sorted(members: &Map<String, Value>) -> String {
    let mut members: Vec<_> = members.iter().filter(|(name, _)| *name != "primary").collect();
    members.sort_unstable_by_key(|(name, _)| *name);
    format!("{members:?}")
}

/// The list with these elements; one that is there already takes what it lacks.
fn added(mut list: Vec<Value>, elements: Vec<Value>, attribute: &Attribute) -> Vec<Value> {
    let mut places: HashMap<Identity, usize> = list
        .iter()
        .enumerate()
        .rev()
        .map(|(index, element)| (Identity::of(element, attribute), index))
        .collect();
    let mut touched = Vec::with_capacity(elements.len());
    for element in elements {
        let index = *places.entry(Identity::of(&element, attribute)).or_insert(list.len());
        touched.push(index);
        match (list.get_mut(index), element) {
            (None, element) => list.push(element),
            (Some(Value::Object(there)), Value::Object(given)) => complete(there, given, attribute),
            (Some(_), _) => {}
        }
    }
    one_primary(&mut list, &touched);
    list
}

fn complete(there: &mut Map<String, Value>, given: Map<String, Value>, attribute: &Attribute) {
    for (name, value) in given {
        let fixed = attribute
            .sub(&name)
            .is_some_and(|sub| sub.name == "value" || sub.mutability == Mutability::Immutable);
        if !fixed || !there.contains_key(&name) {
            there.insert(name, value);
        }
    }
}

/// The list without the elements that are named: by value, and by type where the request gives one.
fn without(list: Vec<Value>, named: &[Value], attribute: &Attribute) -> Vec<Value> {
    let mut values = HashSet::new();
    let mut pairs = HashSet::new();
    for element in named {
        let identity = Identity::of(element, attribute);
        if element.get("value").is_some() && element.get("type").is_none() {
            values.insert(identity.value);
        } else {
            pairs.insert(identity);
        }
    }
    list.into_iter()
        .filter(|element| {
            let identity = Identity::of(element, attribute);
            !values.contains(&identity.value) && !pairs.contains(&identity)
        })
        .collect()
}

/// Of the elements that were just written the first primary one is it; all others are not (RFC 7644 §3.5.2).
fn one_primary(list: &mut [Value], touched: &[usize]) {
    let is_primary = |element: &Value| element.get("primary") == Some(&Value::Bool(true));
    let Some(primary) = touched
        .iter()
        .copied()
        .find(|index| list.get(*index).is_some_and(is_primary))
    else {
        return;
    };
    for (index, element) in list.iter_mut().enumerate() {
        if index != primary && is_primary(element) {
            element["primary"] = Value::Bool(false);
        }
    }
}

/// Elements chosen by a filter.
struct Selected<'a> {
    attribute: &'a Attribute,
    selection: &'a Selection,
    sub: Option<&'a Attribute>,
    path: &'a str,
}

impl Selected<'_> {
    fn changed(&self, list: Vec<Value>, op: Op, value: Option<&Value>) -> Result<Vec<Value>, Error> {
        let value = value.unwrap_or(&Value::Null);
        let absent = is_absent(value);
        match (op, self.sub) {
            (Op::Remove, None) => Ok(self.without(list)),
            (Op::Remove, Some(sub)) => self.unassigned(list, sub),
            (Op::Add, _) if absent => Ok(list),
            (_, None) if absent => Ok(self.without(list)),
            (_, Some(sub)) if absent => self.unassigned(list, sub),
            (_, None) => self.written(list, op, value),
            (_, Some(sub)) => self.sub_written(list, op, sub, value),
        }
    }

    fn matches(&self, element: &Value) -> bool {
        element
            .as_object()
            .is_some_and(|element| self.selection.filter.matches(element))
    }

    /// What is removed already need not be there.
    fn without(&self, list: Vec<Value>) -> Vec<Value> {
        list.into_iter().filter(|element| !self.matches(element)).collect()
    }

    fn unassigned(&self, mut list: Vec<Value>, sub: &Attribute) -> Result<Vec<Value>, Error> {
        for element in &mut list {
            if let (true, Value::Object(members)) = (self.matches(element), element) {
                unassign(members, sub, self.path)?;
            }
        }
        list.retain(|element| element.as_object().is_none_or(|members| !members.is_empty()));
        Ok(list)
    }

    /// Whole elements: `add` merges into them, `replace` replaces them.
    fn written(&self, mut list: Vec<Value>, op: Op, value: &Value) -> Result<Vec<Value>, Error> {
        let given = elements(value, self.attribute, self.path)?;
        let [Value::Object(given)] = given.as_slice() else {
            return Err(Error::invalid_value(format!("{}: expected one object", self.path)).about(self.path));
        };
        let touched: Vec<usize> = (0..list.len()).filter(|index| self.matches(&list[*index])).collect();
        if touched.is_empty() {
            return Err(self.nothing());
        }
        for index in &touched {
            match (op, &mut list[*index]) {
                (Op::Add, Value::Object(members)) => {
                    merge_members(members, op, &self.attribute.sub_attributes, given, self.path)?;
                }
                (_, element) => *element = Value::Object(given.clone()),
            }
        }
        one_primary(&mut list, &touched);
        Ok(self.distinct(list))
    }

    fn sub_written(&self, mut list: Vec<Value>, op: Op, sub: &Attribute, value: &Value) -> Result<Vec<Value>, Error> {
        let given = Map::from_iter([(sub.name.clone(), value.clone())]);
        let mut touched = Vec::new();
        for (index, element) in list.iter_mut().enumerate() {
            if let (true, Value::Object(members)) = (self.matches(element), element) {
                merge_members(members, op, std::slice::from_ref(sub), &given, self.path)?;
                touched.push(index);
            }
        }
        if touched.is_empty() {
            let mut element = self
                .selection
                .described
                .clone()
                .filter(|element| !element.contains_key(&sub.name))
                .ok_or_else(|| self.nothing())?;
            merge_members(&mut element, op, std::slice::from_ref(sub), &given, self.path)?;
            if element.contains_key(&sub.name) {
                touched.push(list.len());
                list.push(Value::Object(element));
            }
        }
        one_primary(&mut list, &touched);
        list.retain(|element| element.as_object().is_none_or(|members| !members.is_empty()));
        Ok(self.distinct(list))
    }

    /// No (type, value) pair twice (RFC 7643 §2.4).
    fn distinct(&self, list: Vec<Value>) -> Vec<Value> {
        let mut seen = HashSet::new();
        list.into_iter()
            .filter(|element| seen.insert(Identity::of(element, self.attribute)))
            .collect()
    }

    fn nothing(&self) -> Error {
        Error::no_target(format!("{}: no element matches", self.path))
    }
}
