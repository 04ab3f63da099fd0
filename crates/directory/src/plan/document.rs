//! What a source says of a person, put into their document. Nothing here reads or writes the store.

use scim::patch::{self, Op, Operation, PatchOptions};
use scim::schema::ResourceSchema;
use serde_json::{Map, Value, json};

use super::Setting;
use crate::error::Error;

/// A document with what a row says of it.
pub(super) fn apply(
    schema: &ResourceSchema,
    mut document: Map<String, Value>,
    settings: &[Setting],
) -> Result<Map<String, Value>, Error> {
    let operations: Vec<Operation> = settings
        .iter()
        .filter_map(|setting| operation(&document, setting))
        .collect();
    patch::apply(&mut document, &operations, schema, &PatchOptions::default())?;
    Ok(document)
}

/// What a setting does to a document; none where it changes nothing.
fn operation(document: &Map<String, Value>, setting: &Setting) -> Option<Operation> {
    let path = setting.path.as_str();
    let element = path
        .split_once('[')
        .and_then(|(list, rest)| Some((list, rest.rsplit_once("].")?)));
    let value = setting.value.clone();
    if let Some((list, (filter, sub))) = element {
        let list = document.get(list).and_then(Value::as_array);
        let kind = filter.split('"').nth(1).unwrap_or_default();
        let is_of_kind = |element: &&Value| {
            element
                .get("type")
                .and_then(Value::as_str)
                .is_some_and(|found| found.eq_ignore_ascii_case(kind))
        };
        // What has no type counts as being of any.
        let untyped = |element: &Value| element.get("type").is_none() && element.get(sub) == value.as_ref();
        let mut elements = list.into_iter().flatten();
        return match &value {
            Some(_) if elements.clone().any(untyped) => None,
            Some(_) => Some(replace(path, value)),
            None => elements
                .find(is_of_kind)
                .map(|_| remove(&path[..path.len() - sub.len() - 1])),
        };
    }
    Some(if value.is_some() {
        replace(path, value)
    } else {
        remove(path)
    })
}

fn replace(path: &str, value: Option<Value>) -> Operation {
    Operation {
        op: Op::Replace,
        path: Some(path.to_owned()),
        value,
    }
}

fn remove(path: &str) -> Operation {
    Operation {
        op: Op::Remove,
        path: Some(path.to_owned()),
        value: None,
    }
}

/// Of several addresses the one at work is the person's, whatever the order of the columns.
pub(super) fn prefer_work(body: &mut Map<String, Value>) {
    let Some(emails) = body.get_mut("emails").and_then(Value::as_array_mut) else {
        return;
    };
    if emails
        .iter()
        .any(|email| email.get("primary") == Some(&Value::Bool(true)))
    {
        return;
    }
    let work = emails
        .iter_mut()
        .find(|email| email.get("type") == Some(&json!("work")));
    if let Some(Value::Object(work)) = work {
        work.insert("primary".into(), true.into());
    }
}
