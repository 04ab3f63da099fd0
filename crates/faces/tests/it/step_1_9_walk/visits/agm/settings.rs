//! What the administration of the realm sets.

use serde_json::json;

use super::super::super::things::Things;
use super::super::{Asked, Good, ask};
use super::AGM_ADMIN;

pub(super) fn asked(method: &str, path: &str, things: &Things, round: usize) -> Vec<Asked> {
    let asked = match (method, path) {
        ("PUT", "/admin/configuration") => ask(AGM_ADMIN, Good::Changes)
            .json(json!({ "expiration-notification-period": format!("{}", round % 100 + 30) })),
        ("GET", "/admin/member-user-attribute/configuration") => ask(AGM_ADMIN, Good::Tells),
        ("POST", "/admin/member-user-attribute/configuration") => ask(AGM_ADMIN, Good::Changes)
            .json(json!({ "userAttribute": "entitlements", "urnNamespace": format!("urn:walk:n-{round}") })),
        ("DELETE", "/admin/user/{id}") => ask(AGM_ADMIN, Good::Changes).id(&things.person),
        ("DELETE", "/admin") => ask(
            AGM_ADMIN,
            Good::Refused(405, "a realm is removed by the operator alone"),
        ),
        ("POST", "/admin/memberUserAttribute/calculation" | "/admin/effective-expiration-date/calculation") => {
            ask(AGM_ADMIN, Good::Changes)
        }
        _ => return Vec::new(),
    };
    vec![asked]
}
