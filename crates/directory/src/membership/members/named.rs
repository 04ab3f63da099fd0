//! Whom member operations name, as they are written.

use db::Bound;
use scim::patch::{DeferredOp, Op, Operation};
use serde_json::Value;
use uuid::Uuid;

use super::super::reach::Reach;
use super::super::table;
use crate::change::Change;
use crate::error::Error;
use crate::user;

/// The id a member value names: `value`, else the last segment of `$ref`.
pub(super) fn member_ref(member: &Value) -> Option<String> {
    let text = |name: &str| member.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    match member {
        Value::String(id) => Some(id.clone()),
        _ => text("value").map(str::to_owned).or_else(|| {
            text("$ref")
                .and_then(|reference| reference.trim_end_matches('/').rsplit('/').next())
                .map(str::to_owned)
        }),
    }
}

pub(super) fn is_single(operations: &[DeferredOp]) -> bool {
    match operations {
        [DeferredOp::Add(values)] => values.len() == 1,
        [DeferredOp::RemoveValues(names)] => names.len() == 1,
        [DeferredOp::RemoveWhere(filter)] => filter.equal_values("value").is_some_and(|names| names.len() == 1),
        _ => false,
    }
}

/// What will be read for operations that add one member, whom they name by id.
pub(crate) fn foreseen(change: &Change<'_>, operations: &[Operation]) -> Vec<Bound> {
    let [
        Operation {
            op: Op::Add,
            path: Some(path),
            value: Some(value),
        },
    ] = operations
    else {
        return Vec::new();
    };
    let member = match value {
        Value::Array(values) if values.len() == 1 => &values[0],
        other => other,
    };
    let id = member_ref(member).and_then(|name| Uuid::try_parse(&name).ok());
    match id.filter(|_| path.eq_ignore_ascii_case("members")) {
        Some(id) => vec![table::read_kind(
            change.realm_id(),
            id,
            Reach::of(change.principal()).sight(),
        )],
        None => Vec::new(),
    }
}

/// Ids are ours; a profile that looks up by name may also write a userName.
pub(super) fn resolve(change: &mut Change<'_>, name: &str) -> Result<Option<Uuid>, Error> {
    if let Ok(id) = Uuid::try_parse(name) {
        return Ok(Some(id));
    }
    let by_name = change
        .principal()
        .client()
        .is_some_and(|client| client.profile.looks_up_by_name());
    if by_name && !name.is_empty() && !name.contains('\0') {
        return Ok(user::table::read_named(change, name)?.map(|user| user.id.uuid()));
    }
    Ok(None)
}
