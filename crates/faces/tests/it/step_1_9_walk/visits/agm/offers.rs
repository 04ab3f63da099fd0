//! Offers to become a member or an administrator.

use serde_json::json;

use super::super::super::MARK;
use super::super::super::things::Things;
use super::super::{Asked, Good, MYSELF, ask};
use super::GROUP;

pub(super) fn asked(method: &str, path: &str, things: &Things, round: usize) -> Vec<Asked> {
    let of = &things.offers;
    let address = |name: &str| format!("{MARK}-{name}-{round}@example.org");
    let asked = match (method, path) {
        ("GET", "/account/user/invitation/{id}") => ask(MYSELF, Good::Shows).id(&of.first),
        ("POST", "/account/user/invitation/{id}/accept") => ask(MYSELF, Good::Changes).id(&of.first).json(json!({})),
        ("POST", "/account/user/invitation/{id}/reject") => ask(MYSELF, Good::Changes).id(&of.second).json(json!({})),
        ("POST", "/account/group-admin/group/{groupId}/members/invitation") => {
            ask(GROUP, Good::Changes).with("groupId", &of.group).json(json!({
                "email": address("member"), "groupEnrollmentConfiguration": { "id": of.way }, "groupRoles": ["member"],
            }))
        }
        ("POST", "/account/group-admin/group/{groupId}/admin/invite") => ask(GROUP, Good::Changes)
            .with("groupId", &of.group)
            .json(json!({ "email": address("admin") })),
        _ => return Vec::new(),
    };
    vec![asked]
}
