//! Ways to join, requests and rules.

use serde_json::json;

use super::super::super::things::{Enrollment, Things};
use super::super::{Access, Asked, Good, MYSELF, ask};
use super::{AGM_ADMIN, GROUP};

pub(super) fn asked(method: &str, path: &str, things: &Things, round: usize) -> Vec<Asked> {
    let known = &things.enrollment;
    let asked = match path
        .split_once("/account/user")
        .or(path.split_once("/account/group-admin"))
    {
        Some((_, below)) if path.starts_with("/account/user") => of_user(method, below, known),
        Some((_, below)) => of_group_admin(method, below, known, round),
        None => of_admin(method, path.strip_prefix("/admin").unwrap_or(path), known, round),
    };
    asked.into_iter().collect()
}

fn of_user(method: &str, path: &str, known: &Enrollment) -> Option<Asked> {
    const WAYS: &str = "the ways to join that a group shows to whoever wants to";
    let mine = |good| ask(MYSELF, good);
    Some(match (method, path) {
        ("GET", "/groups/configurations") => mine(Good::Shows)
            .query(format!("?groupPath={}", known.path.replace(' ', "%20")))
            .open(WAYS),
        ("GET", "/configuration/{id}" | "/groups/configuration/{id}") => mine(Good::Shows).id(&known.first).open(WAYS),
        ("GET", "/group/{groupId}/configurations") => mine(Good::Shows).with("groupId", &known.group).open(WAYS),
        ("GET", "/enroll-requests") => mine(Good::Shows),
        ("POST", "/enroll-request") => {
            let way = json!({ "id": known.unasked });
            mine(Good::Changes).json(json!({ "groupEnrollmentConfiguration": way, "groupRoles": ["member"] }))
        }
        ("GET", "/enroll-request/{id}") => mine(Good::Shows).id(&known.pending),
        ("DELETE", "/enroll-request/{id}") => mine(Good::Changes).id(&known.pending),
        ("POST", "/enroll-request/{id}/respond") => {
            mine(Good::Changes).id(&known.waiting).query("?comment=so".to_owned())
        }
        _ => return None,
    })
}

fn of_group_admin(method: &str, path: &str, known: &Enrollment, round: usize) -> Option<Asked> {
    let may = |good| ask(GROUP, good);
    let request = |good| may(good).with("enrollId", &known.pending);
    let group = |good| may(good).with("groupId", &known.group);
    Some(match (method, path) {
        ("GET", "/configuration-rules") => ask(AGM_ADMIN, Good::Shows)
            .open("the rules of the realm, by which whoever administers a group fills in its forms"),
        // Who administers no group is shown a list of none.
        ("GET", "/enroll-requests") => ask(Access::Manages("agm:admin"), Good::Shows),
        ("GET", "/enroll-request/{enrollId}") => request(Good::Shows),
        ("POST", "/enroll-request/{enrollId}/extra-info") => request(Good::Changes).query("?comment=why".to_owned()),
        ("POST", "/enroll-request/{enrollId}/accept" | "/enroll-request/{enrollId}/reject") => request(Good::Changes),
        ("GET", "/group/{groupId}/configuration/all") => group(Good::Shows),
        ("GET", "/group/{groupId}/configuration/{id}") => group(Good::Shows).id(&known.second),
        ("POST", "/group/{groupId}/configuration") => group(Good::Changes).json(Enrollment::body(&format!("{round}"))),
        ("DELETE", "/group/{groupId}/configuration/{id}") => group(Good::Changes).id(&known.second),
        ("POST", "/group/{groupId}/default-configuration") => {
            group(Good::Changes).query(format!("?configurationId={}", known.second))
        }
        _ => return None,
    })
}

fn of_admin(method: &str, path: &str, known: &Enrollment, round: usize) -> Option<Asked> {
    let may = |good| ask(AGM_ADMIN, good);
    let rule = |field: &str| {
        let text = format!("text of round {round}");
        json!({ "field": field, "type": "SUBGROUP", "required": false, "defaultValue": text })
    };
    Some(match (method, path) {
        ("GET", "/configuration-rules") => may(Good::Shows),
        ("POST", "/configuration-rules") => may(Good::Changes).json(rule("commentsDescription")),
        ("GET", "/configuration-rules/{id}") => may(Good::Shows).id(&known.rule),
        ("PUT", "/configuration-rules/{id}") => {
            let changed =
                json!({ "field": "commentsLabel", "type": "TOP_LEVEL", "required": true, "defaultValue": "x" });
            may(Good::Changes).id(&known.rule).json(changed)
        }
        ("DELETE", "/configuration-rules/{id}") => may(Good::Changes).id(&known.rule),
        ("GET", "/group/{groupId}/configuration/{id}") => {
            may(Good::Shows).with("groupId", &known.group).id(&known.second)
        }
        ("POST", "/group/{groupId}/configuration") => {
            let body = Enrollment::body(&format!("of the realm {round}"));
            may(Good::Changes).with("groupId", &known.group).json(body)
        }
        _ => return None,
    })
}
