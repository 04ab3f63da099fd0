//! Whether a resource matches.

use serde_json::{Map, Value};

use super::{CompareOp, Operand, Resolved};
use crate::schema::AttributeRef;

impl Resolved {
    /// Whether the resource matches. It has all that the filter may ask for: `id`, `meta`, `groups` and the caller's
    /// `externalId` are the caller's to put in.
    pub fn matches(&self, resource: &Map<String, Value>) -> bool {
        match self {
            Self::Constant(holds) => *holds,
            Self::And(parts) => parts.iter().all(|part| part.matches(resource)),
            Self::Or(parts) => parts.iter().any(|part| part.matches(resource)),
            Self::Not(filter) => !filter.matches(resource),
            Self::Has { attribute, filter } => attribute
                .values(resource)
                .into_iter()
                .filter_map(Value::as_object)
                .any(|element| filter.matches(element)),
            Self::Compare { attribute, op, value } => compares(attribute, *op, value, resource),
            Self::Present(attribute) => attribute.values(resource).into_iter().any(is_present),
        }
    }
}

fn compares(attribute: &AttributeRef, op: CompareOp, operand: &Operand, resource: &Map<String, Value>) -> bool {
    let case_exact = attribute.target().case_exact;
    let mut values = attribute.values(resource).into_iter().peekable();
    if values.peek().is_none() {
        return op == CompareOp::Ne;
    }
    values.any(|value| operand.holds(op, value, case_exact))
}

/// RFC 7644 §3.4.2.2: not null, not empty; of a complex value any sub-attribute.
fn is_present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => list.iter().any(is_present),
        Value::Object(map) => map.values().any(is_present),
        Value::Bool(_) | Value::Number(_) => true,
    }
}
