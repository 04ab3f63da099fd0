//! Who is in groups.

use serde_json::json;

use super::super::super::things::Things;
use super::super::{Asked, Good, MYSELF, ask};
use super::GROUP;

pub(super) fn asked(method: &str, path: &str, things: &Things, round: usize) -> Vec<Asked> {
    let there = &things.members;
    let asked = match (method, path) {
        ("GET", "/account/user/groups") => ask(MYSELF, Good::Tells),
        ("GET", "/account/user/group/{groupId}/member") => ask(MYSELF, Good::Shows),
        ("DELETE", "/account/user/group/{groupId}/member") => ask(MYSELF, Good::Changes),
        ("GET", "/account/group-admin/group/{groupId}/members") => ask(GROUP, Good::Shows),
        ("POST", "/account/group-admin/group/{groupId}/members") => {
            let body = json!({ "user": { "id": things.invited }, "groupRoles": ["member"] });
            ask(GROUP, Good::Changes).json(body)
        }
        _ => return of_one(method, path, things, round),
    };
    vec![asked.with("groupId", &there.group)]
}

/// By its own id, and by whose it is.
fn of_one(method: &str, path: &str, things: &Things, round: usize) -> Vec<Asked> {
    let there = &things.members;
    let Some(path) = path.strip_prefix("/account/group-admin/group/{groupId}/member/") else {
        return Vec::new();
    };
    let path = path
        .strip_prefix("{memberId}")
        .or_else(|| path.strip_prefix("user/{userId}"));
    let asked = match (method, path) {
        ("GET", Some("")) => ask(GROUP, Good::Shows),
        ("PUT", Some("")) => {
            let last_day = format!("2031-01-{:02}", round % 28 + 1);
            let body = json!({ "groupRoles": ["member"], "membershipExpiresAt": last_day });
            ask(GROUP, Good::Changes).json(body)
        }
        ("DELETE", Some("")) | ("POST", Some("/suspend")) => ask(GROUP, Good::Changes),
        ("POST", Some("/role")) => ask(GROUP, Good::Changes).query("?name=spare".to_owned()),
        ("DELETE", Some("/role/{name}")) => ask(GROUP, Good::Changes).with("name", "curator"),
        ("POST", Some("/activate")) => {
            let lifted = ask(GROUP, Good::Changes);
            let lifted = lifted
                .with("memberId", &there.suspended)
                .with("userId", &there.kept_out);
            return vec![lifted.with("groupId", &there.group)];
        }
        _ => return Vec::new(),
    };
    let asked = asked.with("memberId", &there.membership).with("userId", &there.person);
    vec![asked.with("groupId", &there.group)]
}
