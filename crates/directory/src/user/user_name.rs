//! What a client's setting `user_name_transform` makes of a userName: in bodies, in operations and in filters. Pure.

use scim::filter::{CompareOp, Operand, Resolved};
use scim::patch::Operation;
use scim::schema::USER_URN;
use serde_json::Value;

use crate::client::{Client, UserNameTransform};
use crate::view::wire_rules;

/// The userName as it is taken. What comes out comes out again unchanged, so a client may write back what it is shown.
pub(crate) fn transformed(transform: UserNameTransform, name: &str) -> String {
    match transform {
        UserNameTransform::LocalPart => name.split('@').next().unwrap_or_default().to_owned(),
        UserNameTransform::ReplaceInvalid => name
            .to_lowercase()
            .chars()
            .map(|letter| if wire_rules::is_of_handle(letter) { letter } else { '_' })
            .collect(),
    }
}

/// Transforms the userName of a body.
pub(crate) fn in_body(client: Option<&Client>, body: &mut Value) {
    if let Some(transform) = of(client) {
        in_members(transform, body);
    }
}

/// Transforms the userName that operations write.
pub(crate) fn in_operations(client: Option<&Client>, mut operations: Vec<Operation>) -> Vec<Operation> {
    let Some(transform) = of(client) else { return operations };
    for operation in &mut operations {
        match (&operation.path, &mut operation.value) {
            (Some(path), Some(Value::String(name))) if is_user_name(path) => *name = transformed(transform, name),
            (Some(path), Some(value)) if path.eq_ignore_ascii_case(USER_URN) => in_members(transform, value),
            (None, Some(value)) => in_members(transform, value),
            _ => {}
        }
    }
    operations
}

/// Transforms what a filter compares userName with for equality: who looks for the name it sent finds whom it made.
pub(crate) fn in_filter(client: Option<&Client>, filter: Resolved) -> Resolved {
    let Some(transform) = of(client) else { return filter };
    match filter {
        Resolved::And(parts) => Resolved::And(parts.into_iter().map(|part| in_filter(client, part)).collect()),
        Resolved::Or(parts) => Resolved::Or(parts.into_iter().map(|part| in_filter(client, part)).collect()),
        Resolved::Not(part) => Resolved::Not(Box::new(in_filter(client, *part))),
        Resolved::Compare {
            attribute,
            op: op @ (CompareOp::Eq | CompareOp::Ne),
            value: Operand::String { exact, .. },
        } if attribute.key() == "userName" => Resolved::Compare {
            attribute,
            op,
            value: Operand::text(&transformed(transform, &exact)),
        },
        other => other,
    }
}

fn of(client: Option<&Client>) -> Option<UserNameTransform> {
    client.and_then(|client| client.settings.user_name_transform)
}

fn in_members(transform: UserNameTransform, value: &mut Value) {
    let Value::Object(members) = value else { return };
    for (key, value) in members {
        match value {
            Value::String(name) if is_user_name(key) => *name = transformed(transform, name),
            Value::Object(_) if key.eq_ignore_ascii_case(USER_URN) => in_members(transform, value),
            _ => {}
        }
    }
}

/// With or without the URN of its schema, in any letter case.
fn is_user_name(path: &str) -> bool {
    let head = path
        .get(..USER_URN.len())
        .filter(|head| head.eq_ignore_ascii_case(USER_URN));
    let bare = head
        .and_then(|head| path[head.len()..].strip_prefix(':'))
        .unwrap_or(path);
    bare.eq_ignore_ascii_case("userName")
}

#[cfg(test)]
mod tests {
    use super::{UserNameTransform, is_user_name, transformed};

    #[test]
    fn what_comes_out_comes_out_again() {
        for transform in [UserNameTransform::LocalPart, UserNameTransform::ReplaceInvalid] {
            for name in [
                "Ann.Lee@example.org",
                "a@b@c",
                "@",
                "",
                "Ünal O'Neil",
                "ann",
                "İ",
                "x\u{0}y",
            ] {
                let once = transformed(transform, name);
                assert_eq!(transformed(transform, &once), once, "{name}");
            }
        }
        assert_eq!(
            transformed(UserNameTransform::LocalPart, "Ann.Lee@example.org"),
            "Ann.Lee"
        );
        assert_eq!(
            transformed(UserNameTransform::ReplaceInvalid, "Ann.O'Neil@Exämple.org"),
            "ann.o_neil_ex_mple.org"
        );
    }

    #[test]
    fn a_path_may_have_the_urn_of_its_schema() {
        assert!(is_user_name("urn:ietf:params:scim:schemas:core:2.0:user:USERNAME"));
        assert!(is_user_name("username"));
        assert!(!is_user_name("userName.x") && !is_user_name("urn:ietf:params:scim:schemas:core:2.0:UseruserName"));
    }
}
