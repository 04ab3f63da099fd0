//! The native API of memberships and of offers of them.

use serde_json::json;

use super::super::things::Things;
use super::{ADMIN, Access, Asked, Good, MYSELF, ask};

const GROUP: Access = Access::Group("agm:admin");

pub(super) fn asked(method: &str, path: &str, things: &Things) -> Vec<Asked> {
    let there = &things.members;
    let (day, only_member) = ("2040-03-31", ["member"]);
    let asked = match (method, path) {
        ("POST", "/members/import") => ask(ADMIN, Good::Changes)
            .query("?source=walked".to_owned())
            .json(json!([{ "group": "walked", "member": there.person }])),
        ("GET", "/members/export") => ask(ADMIN, Good::Shows),
        ("GET", "/groups/{id}/memberships" | "/groups/{id}/memberships/{user}") => ask(GROUP, Good::Shows),
        ("POST", "/groups/{id}/memberships") => {
            let new = json!({ "user": things.unproved, "roles": only_member, "last_day": day });
            ask(GROUP, Good::Changes).json(new)
        }
        ("POST", "/groups/{id}/memberships/extend") => {
            ask(GROUP, Good::Changes).json(json!({ "users": [there.person], "last_day": day }))
        }
        ("POST", "/groups/{id}/invitations") => ask(GROUP, Good::Changes)
            .json(json!({ "invitees": [{ "address": "walked@example.org" }], "roles": only_member })),
        ("PUT", "/groups/{id}/memberships/{user}") => {
            ask(GROUP, Good::Changes).json(json!({ "roles": only_member, "last_day": day }))
        }
        ("DELETE", "/groups/{id}/memberships/{user}") => ask(GROUP, Good::Changes),
        ("POST", "/groups/{id}/memberships/{user}/suspend") => ask(GROUP, Good::Changes).json(json!({})),
        ("POST", "/groups/{id}/memberships/{user}/resume") => {
            let asked = ask(GROUP, Good::Changes).json(json!({}));
            return vec![asked.id(&there.group).with("user", &there.kept_out)];
        }
        ("PUT", "/me/memberships/{group}/lapse") => ask(MYSELF, Good::Changes),
        ("DELETE", "/me/memberships/{group}/lapse") => ask(MYSELF, Good::Tells),
        _ => return Vec::new(),
    };
    vec![
        asked
            .id(&there.group)
            .with("user", &there.person)
            .with("group", &there.group),
    ]
}
