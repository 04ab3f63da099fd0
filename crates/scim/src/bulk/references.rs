//! References to other operations by `bulkId:…`: found, filled in, cut out.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::{Method, Write};
use crate::patch::PATCH_URN;

const PREFIX: &str = "bulkId:";

/// Where an operation's resource is, once it is there.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) id: String,
    pub(super) location: Option<String>,
}

/// The bulkIds a write refers to, each once, in the order of appearance.
pub(super) fn of(write: &Write) -> Vec<String> {
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    let mut note = |bulk_id: &str| {
        if seen.insert(bulk_id.to_owned()) {
            found.push(bulk_id.to_owned());
        }
    };
    if let Some(bulk_id) = in_path(write) {
        note(bulk_id);
    }
    visit(&write.data, &mut note);
    found
}

/// The bulkId that stands for the id in the write's path.
pub(super) fn in_path(write: &Write) -> Option<&str> {
    write.id.as_deref().and_then(|id| id.strip_prefix(PREFIX))
}

fn visit(value: &Value, note: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => each(text, note),
        Value::Array(list) => list.iter().for_each(|element| visit(element, note)),
        Value::Object(members) => members.values().for_each(|value| visit(value, note)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A text is a reference as a whole, at the end of a URL, or in quotes in a PATCH path.
fn each(text: &str, note: &mut impl FnMut(&str)) {
    if let Some((_, bulk_id)) = at_end(text) {
        return note(bulk_id);
    }
    let mut rest = text;
    while let Some(at) = rest.find(QUOTED) {
        rest = &rest[at + QUOTED.len()..];
        let Some(end) = rest.find('"') else { return };
        note(&rest[..end]);
        rest = &rest[end + 1..];
    }
}

const QUOTED: &str = "\"bulkId:";

/// What stands before the reference, and the bulkId.
fn at_end(text: &str) -> Option<(&str, &str)> {
    let (before, bulk_id) = text.rsplit_once(PREFIX)?;
    let whole = (before.is_empty() || before.ends_with('/')) && !bulk_id.is_empty() && !bulk_id.contains('"');
    whole.then_some((before, bulk_id))
}

/// Fills in what is known.
pub(super) fn fill(write: &mut Write, made: &HashMap<String, Made>) {
    if let Some(there) = in_path(write).and_then(|bulk_id| made.get(bulk_id)) {
        write.id = Some(there.id.clone());
    }
    fill_value(&mut write.data, "", made);
}

pub(super) fn fill_value(value: &mut Value, key: &str, made: &HashMap<String, Made>) {
    match value {
        Value::String(text) => {
            if let Some(filled) = filled(text, key, made) {
                *text = filled;
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|element| fill_value(element, key, made)),
        Value::Object(members) => members.iter_mut().for_each(|(key, value)| fill_value(value, key, made)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn filled(text: &str, key: &str, made: &HashMap<String, Made>) -> Option<String> {
    if let Some((before, bulk_id)) = at_end(text) {
        let there = made.get(bulk_id)?;
        return Some(match &there.location {
            Some(location) if before.is_empty() && key.eq_ignore_ascii_case("$ref") => location.clone(),
            _ => format!("{before}{}", there.id),
        });
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(QUOTED) {
        let tail = &rest[at + QUOTED.len()..];
        let end = tail.find('"')?;
        out.push_str(&rest[..=at]);
        out.push_str(
            made.get(&tail[..end])
                .map_or(&rest[at + 1..at + QUOTED.len() + end], |there| &there.id),
        );
        rest = &tail[end..];
    }
    if out.is_empty() {
        return None;
    }
    out.push_str(rest);
    Some(out)
}

/// What was cut out of a resource that is created without it: operations that put it in.
#[derive(Clone, Debug, Default)]
pub(super) struct Cut {
    pub(super) operations: Vec<Value>,
}

impl Cut {
    /// The write that completes the resource.
    pub(super) fn into_write(self, endpoint: &str, made: &Made, all: &HashMap<String, Made>) -> Write {
        let mut data = json!({ "schemas": [PATCH_URN], "Operations": self.operations });
        fill_value(&mut data, "", all);
        Write {
            method: Method::Patch,
            endpoint: endpoint.to_owned(),
            id: Some(made.id.clone()),
            version: None,
            data,
        }
    }
}

/// Takes every value out of a resource that refers to one of these bulkIds: an element of a list alone, else the attribute.
pub(super) fn cut(data: &mut Value, open: &dyn Fn(&str) -> bool) -> Cut {
    let mut cut = Cut::default();
    if let Value::Object(resource) = data {
        cut_members(resource, None, open, &mut cut);
    }
    cut
}

fn cut_members(members: &mut Map<String, Value>, urn: Option<&str>, open: &dyn Fn(&str) -> bool, cut: &mut Cut) {
    let names: Vec<String> = members.keys().cloned().collect();
    for name in names {
        let Some(value) = members.get_mut(&name) else { continue };
        let path = urn.map_or_else(|| name.clone(), |urn| format!("{urn}:{name}"));
        match value {
            Value::Object(extension) if urn.is_none() && name.contains(':') => {
                cut_members(extension, Some(&name), open, cut);
            }
            Value::Array(list) => {
                let (gone, kept): (Vec<Value>, Vec<Value>) = std::mem::take(list)
                    .into_iter()
                    .partition(|element| refers(element, open));
                *list = kept;
                if !gone.is_empty() {
                    cut.operations.push(json!({ "op": "add", "path": path, "value": gone }));
                }
            }
            single if refers(single, open) => {
                cut.operations
                    .push(json!({ "op": "add", "path": path, "value": single.take() }));
                members.shift_remove(&name);
            }
            _ => {}
        }
    }
}

fn refers(value: &Value, open: &dyn Fn(&str) -> bool) -> bool {
    let mut refers = false;
    visit(value, &mut |bulk_id| refers |= open(bulk_id));
    refers
}
