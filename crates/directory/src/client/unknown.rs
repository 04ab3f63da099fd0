//! What a client's setting `unknown_attributes` makes of what no schema has. Pure.

use scim::document;
use scim::error::Error as ScimError;
use scim::patch::{self, Operation};
use scim::schema::ResourceSchema;
use serde_json::Value;

use super::{Client, UnknownAttributes};

/// How many names a warning has at most.
const NAMED: usize = 20;
/// How many characters of each.
const NAME_CHARS: usize = 100;

/// What was left out of a whole body, as warnings.
///
/// # Errors
/// `invalidValue`, naming all of it, for a client that wants that.
pub(crate) fn of_body(
    client: Option<&Client>,
    body: &Value,
    schema: &ResourceSchema,
) -> Result<Vec<String>, ScimError> {
    let (Some(setting), Value::Object(members)) = (setting(client), body) else {
        return Ok(Vec::new());
    };
    judge(setting, &document::unknown(members, schema), ScimError::invalid_value)
}

/// What is passed over of operations, as warnings.
///
/// # Errors
/// `invalidPath`, naming all of it, for a client that wants that.
pub(crate) fn of_operations(
    client: Option<&Client>,
    operations: &[Operation],
    schema: &ResourceSchema,
) -> Result<Vec<String>, ScimError> {
    let Some(setting) = setting(client) else {
        return Ok(Vec::new());
    };
    judge(setting, &patch::unknown(operations, schema), ScimError::invalid_path)
}

/// Whether operations on what no schema has are passed over.
pub(crate) fn passes_over(client: Option<&Client>) -> bool {
    setting(client) == Some(UnknownAttributes::Ignore)
}

fn setting(client: Option<&Client>) -> Option<UnknownAttributes> {
    client.and_then(|client| client.settings.unknown_attributes)
}

fn judge(
    setting: UnknownAttributes,
    names: &[String],
    refuse: impl FnOnce(String) -> ScimError,
) -> Result<Vec<String>, ScimError> {
    match setting {
        _ if names.is_empty() => Ok(Vec::new()),
        UnknownAttributes::Reject => Err(refuse(format!("no schema has {}", listed(names)))),
        UnknownAttributes::Ignore => Ok(vec![format!("ignored, no schema has it: {}", listed(names))]),
    }
}

fn listed(names: &[String]) -> String {
    let mut shown: Vec<String> = names
        .iter()
        .take(NAMED)
        .map(|name| name.chars().take(NAME_CHARS).collect())
        .collect();
    if names.len() > NAMED {
        shown.push(format!("and {} more", names.len() - NAMED));
    }
    shown.join(", ")
}
