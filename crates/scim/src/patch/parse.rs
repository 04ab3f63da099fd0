//! The PatchOp message.

use serde_json::{Map, Value};

use super::{Op, Operation, PATCH_URN};
use crate::error::Error;

/// Reads a PatchOp message.
///
/// # Errors
/// `invalidSyntax`: it is no such message, or has no operations.
pub fn parse(body: &Map<String, Value>) -> Result<Vec<Operation>, Error> {
    let operations = parse_or_none(body)?;
    if operations.is_empty() {
        return Err(Error::invalid_syntax("Operations: at least one is needed"));
    }
    Ok(operations)
}

/// Reads a PatchOp message that may have no operations, as Wire's clients send it.
///
/// # Errors
/// `invalidSyntax`: it is no such message.
pub fn parse_or_none(body: &Map<String, Value>) -> Result<Vec<Operation>, Error> {
    match member(body, "schemas") {
        None | Some(Value::Null) => {}
        Some(Value::Array(urns)) if urns.iter().any(is_patch_urn) => {}
        Some(Value::String(urn)) if urn.eq_ignore_ascii_case(PATCH_URN) => {}
        Some(_) => return Err(Error::invalid_syntax(format!("schemas: expected [\"{PATCH_URN}\"]"))),
    }
    match member(body, "Operations") {
        Some(Value::Array(operations)) => parse_list(operations),
        Some(_) => Err(Error::invalid_syntax("Operations: expected a list")),
        None => Err(Error::invalid_syntax("Operations: missing")),
    }
}

/// Reads operations without the message around them.
///
/// # Errors
/// `invalidSyntax`: one is no operation.
pub fn parse_list(operations: &[Value]) -> Result<Vec<Operation>, Error> {
    operations
        .iter()
        .enumerate()
        .map(|(index, operation)| read(index, operation))
        .collect()
}

/// Reads what stands for a PatchOp message in a bulk operation: the message (RFC 7644, erratum 5050), or its operations alone.
///
/// # Errors
/// `invalidSyntax`: it is neither.
pub fn parse_value(data: &Value) -> Result<Vec<Operation>, Error> {
    match data {
        Value::Object(body) => parse(body),
        Value::Array(operations) => parse_list(operations),
        _ => Err(Error::invalid_syntax("data: expected a PatchOp message")),
    }
}

fn is_patch_urn(urn: &Value) -> bool {
    urn.as_str().is_some_and(|urn| urn.eq_ignore_ascii_case(PATCH_URN))
}

fn read(index: usize, operation: &Value) -> Result<Operation, Error> {
    let refuse = |why: &str| Error::invalid_syntax(format!("Operations[{index}]{why}"));
    let operation = operation.as_object().ok_or_else(|| refuse(": expected an object"))?;
    let op = match member(operation, "op").ok_or_else(|| refuse(".op: missing"))? {
        Value::String(name) if name.eq_ignore_ascii_case("add") => Op::Add,
        Value::String(name) if name.eq_ignore_ascii_case("replace") => Op::Replace,
        Value::String(name) if name.eq_ignore_ascii_case("remove") => Op::Remove,
        _ => return Err(refuse(".op: expected add, replace or remove")),
    };
    let path = match member(operation, "path") {
        None | Some(Value::Null) => None,
        Some(Value::String(path)) => Some(path.trim()).filter(|path| !path.is_empty()).map(str::to_owned),
        Some(_) => return Err(refuse(".path: expected a text")),
    };
    Ok(Operation {
        op,
        path,
        value: member(operation, "value").cloned(),
    })
}

/// A member by its name in any letter case; the exact spelling wins.
pub(crate) fn member<'a>(map: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    map.get(name).or_else(|| {
        map.iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    })
}
