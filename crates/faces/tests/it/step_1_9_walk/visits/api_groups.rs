//! The native API of groups that people manage.

use serde_json::{Value, json};

use super::super::MARK;
use super::super::things::Things;
use super::{Access, Asked, Good, MYSELF, ask};

const MANAGE: Access = Access::Token("agm:admin");
const GROUP: Access = Access::Group("agm:admin");
/// Lists of what one administers.
const MINE: Access = Access::Manages("agm:admin");

pub(super) fn asked(method: &str, path: &str, things: &Things, round: usize) -> Vec<Asked> {
    [groups, ways, requests, reviews, realm]
        .into_iter()
        .flat_map(|topic| topic(method, path, things, round))
        .collect()
}

fn changes(body: Value) -> Asked {
    ask(GROUP, Good::Changes).json(body)
}

fn groups(method: &str, path: &str, things: &Things, round: usize) -> Vec<Asked> {
    let of = &things.api_groups;
    let walked = format!("api-walked-{round}");
    let asked = match (method, path) {
        ("GET", "/tree") => ask(MINE, Good::Shows),
        ("POST", "/tree") => {
            let at_top = json!({ "name": walked, "owner": null });
            let below = json!({ "name": walked, "owner": null, "parent": of.group });
            return vec![ask(MANAGE, Good::Changes).json(at_top), changes(below)];
        }
        ("GET", "/groups/{id}/children" | "/groups/{id}/path" | "/groups/{id}/settings" | "/groups/{id}/roles") => {
            ask(GROUP, Good::Shows).id(&of.group)
        }
        ("GET", "/groups/{id}/history" | "/groups/{id}/configurations") => ask(GROUP, Good::Shows).id(&of.group),
        ("GET", "/groups/{id}/admins" | "/groups/{id}/eligibilities") => ask(GROUP, Good::Tells).id(&of.group),
        // To the top, which is nobody's group.
        ("POST", "/groups/{id}/move") => ask(MANAGE, Good::Changes).json(json!({ "parent": null })).id(&of.child),
        ("POST", "/groups/{id}/rename" | "/groups/{id}/roles") => changes(json!({ "name": walked })).id(&of.group),
        ("PUT", "/groups/{id}/settings") => changes(json!({ "notice_days": 3 })).id(&of.group),
        ("POST", "/groups/{id}/admins") => {
            changes(json!({ "user": things.unproved, "preset": "viewer" })).id(&of.group)
        }
        ("PUT", "/groups/{id}/admins/{subject}") => changes(json!({ "preset": "manager" }))
            .id(&of.group)
            .with("subject", &things.person),
        ("DELETE", "/groups/{id}/admins/{subject}") => {
            ask(GROUP, Good::Changes).id(&of.group).with("subject", &things.person)
        }
        ("POST", "/groups/{id}/eligibilities") => {
            let new = json!({ "user": things.unproved, "roles": ["member"], "hours": 2 });
            changes(new).id(&of.group)
        }
        ("DELETE", "/groups/{id}/eligibilities/{user}") => {
            ask(GROUP, Good::Changes).id(&of.group).with("user", &things.person)
        }
        ("PATCH", "/groups/{id}/roles/{role}") => {
            changes(json!({ "name": walked })).id(&of.group).with("role", &of.role)
        }
        ("DELETE", "/groups/{id}/roles/{role}") => ask(GROUP, Good::Changes).id(&of.group).with("role", &of.role),
        _ => return Vec::new(),
    };
    vec![asked]
}

fn ways(method: &str, path: &str, things: &Things, round: usize) -> Vec<Asked> {
    let of = &things.api_groups;
    let of_way = |asked: Asked| asked.id(&of.group).with("configuration", &of.way);
    let terms = json!({ "url": format!("https://{MARK}.example.org/{round}") });
    let asked = match (method, path) {
        ("POST", "/groups/{id}/configurations") => {
            changes(json!({ "name": "walked", "roles": ["member"] })).id(&of.group)
        }
        (
            "GET",
            "/groups/{id}/configurations/{configuration}" | "/groups/{id}/configurations/{configuration}/terms",
        ) => of_way(ask(GROUP, Good::Shows)),
        ("PATCH", "/groups/{id}/configurations/{configuration}") => of_way(changes(json!({ "active": false }))),
        ("DELETE", "/groups/{id}/configurations/{configuration}") => of_way(ask(GROUP, Good::Changes)),
        ("PUT", "/groups/{id}/default-configuration") => changes(json!({ "configuration": of.way })).id(&of.group),
        ("POST", "/groups/{id}/configurations/{configuration}/terms") => of_way(changes(terms)),
        ("GET", "/groups/{id}/terms/{terms}/acceptances") => {
            ask(GROUP, Good::Tells).id(&of.group).with("terms", &of.terms)
        }
        _ => return Vec::new(),
    };
    vec![asked]
}

fn requests(method: &str, path: &str, things: &Things, _round: usize) -> Vec<Asked> {
    let of = &things.api_groups;
    let asked = match (method, path) {
        ("GET", "/requests") => ask(MINE, Good::Shows),
        ("GET", "/requests/{id}" | "/requests/{id}/messages") => ask(GROUP, Good::Shows).id(&of.request),
        ("POST", "/requests/{id}/messages") => changes(json!({ "text": "walked" })).id(&of.pending),
        ("POST", "/requests/{id}/assign") => changes(json!({ "reviewer": things.person })).id(&of.pending),
        ("POST", "/requests/{id}/accept" | "/requests/{id}/reject") => changes(json!({})).id(&of.pending),
        ("POST", "/requests/{id}/withdraw") => ask(MYSELF, Good::Changes).id(&of.mine),
        ("GET", "/me/memberships" | "/me/eligibilities") => ask(MYSELF, Good::Tells),
        ("GET", "/me/terms" | "/me/acceptances" | "/me/requests") => ask(MYSELF, Good::Shows),
        ("POST", "/me/terms/{group}/accept") => ask(MYSELF, Good::Changes)
            .json(json!({ "version": 1 }))
            .with("group", &of.agreed),
        ("POST", "/me/eligibilities/{group}/elevate") => {
            let body = json!({ "hours": 1, "justification": "walked" });
            ask(MYSELF, Good::Changes).json(body).with("group", &of.group)
        }
        _ => return Vec::new(),
    };
    vec![asked]
}

fn reviews(method: &str, path: &str, things: &Things, _round: usize) -> Vec<Asked> {
    let of = &things.api_groups;
    let decisions = json!({ "decisions": [{ "membership": of.reviewed, "decision": "keep" }] });
    let asked = match (method, path) {
        ("GET", "/reviews") => ask(MINE, Good::Shows),
        ("POST", "/reviews") => changes(json!({ "group": of.group, "name": "walked", "last_day": "2030-12-01" })),
        ("GET", "/reviews/{id}" | "/reviews/{id}/items" | "/reviews/{id}/outcome") => {
            ask(GROUP, Good::Shows).id(&of.review)
        }
        ("POST", "/reviews/{id}/decisions") => changes(decisions).id(&of.review),
        ("POST", "/reviews/{id}/close") => changes(json!({ "release": true })).id(&of.review),
        ("POST", "/reviews/{id}/cancel") => ask(GROUP, Good::Changes).id(&of.review),
        _ => return Vec::new(),
    };
    vec![asked]
}

fn realm(method: &str, path: &str, things: &Things, round: usize) -> Vec<Asked> {
    let of = &things.api_groups;
    let walked = format!("walked-{round}");
    let changes = |body| ask(MANAGE, Good::Changes).json(body);
    let asked = match (method, path) {
        ("GET", "/rules" | "/insight/orphans") => ask(MANAGE, Good::Shows),
        ("POST", "/rules") => changes(json!({ "level": "subgroup", "field": "multiselect_role" })),
        ("GET", "/rules/{id}") => ask(MANAGE, Good::Shows).id(&of.rule),
        ("PUT", "/rules/{id}") => {
            changes(json!({ "level": "subgroup", "field": "comments_label", "default": walked })).id(&of.rule)
        }
        ("DELETE", "/rules/{id}") => ask(MANAGE, Good::Changes).id(&of.rule),
        ("GET", "/rules/violations" | "/insight/counts" | "/insight/expiring" | "/insight/violations") => {
            ask(MANAGE, Good::Tells)
        }
        ("POST", "/entitlements/preview") => {
            ask(MANAGE, Good::Tells).json(json!({ "namespace": "urn:mace:walked.example.org" }))
        }
        ("POST", "/entitlements/read") => {
            ask(MANAGE, Good::Tells).json(json!({ "value": "urn:mace:walked.example.org:group:walked" }))
        }
        ("GET", "/group-templates") => {
            ask(MINE, Good::Shows).open("what whoever may make groups below their own can choose from")
        }
        ("POST", "/group-templates") => changes(json!({ "name": walked })),
        ("PUT", "/group-templates/{id}") => changes(json!({ "name": walked })).id(&of.template),
        ("DELETE", "/group-templates/{id}") => ask(MANAGE, Good::Changes).id(&of.template),
        _ => return Vec::new(),
    };
    vec![asked]
}
