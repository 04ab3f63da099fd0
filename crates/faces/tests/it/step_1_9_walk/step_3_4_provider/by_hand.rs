//! What routes take beside what the walk sends to them: written by hand, each with something that is not the sibling's, and once
//! more with what belongs together.
//!
//! That one is done: so the other was refused for what it names, and not for a path or a body that nothing answers. They are in
//! an order in which each that is done leaves what the next ones need.

use http::Method;
use serde_json::{Value, json};
use testkit::TestClient;

use super::super::things::{Enrollment, Things};
use super::super::visits::{Access, Body, Good, Visit};
use super::ROUND_OF_OWN;
use super::mixed::Mixed;

pub(super) const AGM: &str = "/realms/default/agm/account/group-admin";
const API: &str = "/api/v1/realms/default";

/// A role that only the groups of others have, and one that only the sibling's have.
const ALIEN: &str = "alien";
const OWN: &str = "second";
const EITHER: [&str; 2] = [ALIEN, OWN];

/// A request with something of others, and the same with what belongs together.
pub(super) struct ByHand {
    pub(super) mixed: Mixed,
    pub(super) fitting: Visit,
}

/// What they name beside the things of the walk: first of others, then of the sibling.
pub(super) struct More {
    /// Roles of groups in the tree, and of those of the native API.
    tree_roles: [String; 2],
    roles: [String; 2],
    /// Ways to join of the latter, without terms, which would keep people out as well.
    ways: [String; 2],
}

impl More {
    pub(super) async fn make(program: &TestClient, own: &Things, foreign: &Things) -> Self {
        let others = Self::of(program, foreign, ALIEN).await;
        let mine = Self::of(program, own, OWN).await;
        Self {
            tree_roles: [others.0, mine.0],
            roles: [others.1, mine.1],
            ways: [others.2, mine.2],
        }
    }

    async fn of(program: &TestClient, things: &Things, name: &str) -> (String, String, String) {
        let made = async |group: &str, what: &str, body: Value| {
            let path = format!("{API}/groups/{group}/{what}");
            program.post(&path, body).await.expect(201).id()
        };
        let (role, group) = (json!({ "name": name }), &things.api_groups.group);
        made(&things.members.group, "roles", role.clone()).await;
        let way = json!({ "name": "without terms", "roles": ["member"] });
        (
            made(&things.tree.group, "roles", role.clone()).await,
            made(group, "roles", role).await,
            made(group, "configurations", way).await,
        )
    }
}

type Sent = (Method, String, Option<Value>);

fn visit((method, path, body): Sent) -> Visit {
    Visit {
        method,
        path,
        body: body.map(Body::Json),
        access: Access::Group("agm:admin"),
        good: Good::Changes,
        open: None,
    }
}

/// The same request in both ways: what it names first is the sibling's in either, or in the second only.
fn twice<T>(begins_with_own: bool, [mixed, fitting]: [T; 2], request: impl Fn(T) -> Sent) -> ByHand {
    ByHand {
        mixed: Mixed {
            visit: visit(request(mixed)),
            begins_with_own,
        },
        fitting: visit(request(fitting)),
    }
}

pub(super) fn all(own: &Things, foreign: &Things, more: &More) -> Vec<ByHand> {
    let mut all = of_members(own, foreign);
    all.extend(of_roles_in_the_tree(own, more));
    all.extend(of_managed_groups(own, foreign, more));
    all.extend(of_places(own, foreign));
    all.extend(of_others(own, foreign, more));
    all.extend(lists_of_others(own, foreign));
    all
}

fn configured([of, id]: [&str; 2]) -> Sent {
    let mut body = Enrollment::body("mixed");
    body["id"] = json!(id);
    (Method::POST, format!("{AGM}/group/{of}/configuration"), Some(body))
}

/// Roles of other groups, and ways that are another group's.
fn of_members(own: &Things, foreign: &Things) -> Vec<ByHand> {
    let (mine, theirs) = (&own.enrollment, &foreign.enrollment);
    let members = |below: &str| format!("{AGM}/group/{}/member{below}", own.members.group);
    let (by_id, by_user) = (&own.members.membership, &own.members.person);
    let ways = [&theirs.second, &mine.second];
    vec![
        twice(true, ways.map(|way| [mine.group.as_str(), way]), configured),
        twice(true, EITHER, |role| {
            (Method::POST, members(&format!("/{by_id}/role?name={role}")), None)
        }),
        twice(true, EITHER, |role| {
            (Method::DELETE, members(&format!("/user/{by_user}/role/{role}")), None)
        }),
        twice(true, EITHER, |role| {
            (
                Method::POST,
                members(&format!("/user/{by_user}/role?name={role}")),
                None,
            )
        }),
        twice(true, EITHER, |role| {
            (Method::DELETE, members(&format!("/{by_id}/role/{role}")), None)
        }),
        twice(true, EITHER, |role| {
            let body = json!({ "groupRoles": [role] });
            (Method::PUT, members(&format!("/{by_id}")), Some(body))
        }),
        twice(true, EITHER, |role| {
            let body = json!({ "user": { "id": own.invited }, "groupRoles": [role] });
            (Method::POST, members("s"), Some(body))
        }),
        twice(true, ways, |way| {
            let body = json!({
                "user": { "id": own.unproved }, "groupRoles": ["member"], "groupEnrollmentConfiguration": { "id": way },
            });
            (Method::POST, format!("{AGM}/group/{}/members", mine.group), Some(body))
        }),
    ]
}

/// By name and by id.
fn of_roles_in_the_tree(own: &Things, more: &More) -> Vec<ByHand> {
    let roles = |below: &str| format!("{AGM}/group/{}/role/{below}", own.tree.group);
    let ids = || more.tree_roles.each_ref().map(String::as_str);
    vec![
        twice(true, [ALIEN, &own.tree.role], |role| {
            (Method::PUT, roles(&format!("{role}?name=head")), None)
        }),
        twice(true, ids(), |role| {
            (Method::PUT, roles(&format!("{role}?name=deputy")), None)
        }),
        twice(true, [ALIEN, "head"], |role| (Method::DELETE, roles(role), None)),
        twice(true, ids(), |role| (Method::DELETE, roles(role), None)),
    ]
}

fn of_managed_groups(own: &Things, foreign: &Things, more: &More) -> Vec<ByHand> {
    let mine = &own.api_groups;
    let api = |below: &str| format!("{API}/groups/{}/{below}", mine.group);
    let post = |below: &str, body: Value| (Method::POST, api(below), Some(body));
    let ways = || more.ways.each_ref();
    let taken_in = |address: &str| json!([{ "address": address }]);
    let replaced = [&foreign.api_groups.role, &more.roles[1]];
    vec![
        twice(true, EITHER, |role| {
            let body = json!({ "user": own.unproved, "roles": [role], "last_day": "2031-06-01" });
            post("memberships", body)
        }),
        twice(true, EITHER, |role| {
            let body = json!({ "user": own.unproved, "roles": [role], "hours": 2 });
            post("eligibilities", body)
        }),
        twice(true, EITHER, |role| {
            post("configurations", json!({ "name": "mixed", "roles": [role] }))
        }),
        twice(true, EITHER, |role| {
            let way = api(&format!("configurations/{}", mine.way));
            (Method::PATCH, way, Some(json!({ "roles": [role] })))
        }),
        twice(true, EITHER, |role| {
            let body = json!({ "invitees": taken_in("mixed@example.org"), "roles": [role] });
            post("invitations", body)
        }),
        // A way that is another group's.
        twice(true, ways(), |way| {
            let body = json!({ "user": own.invited, "roles": ["member"], "configuration": way });
            post("memberships", body)
        }),
        twice(true, ways(), |way| {
            let body =
                json!({ "invitees": taken_in("mixed-too@example.org"), "roles": ["member"], "configuration": way });
            post("invitations", body)
        }),
        twice(true, replaced, |instead| {
            let role = api(&format!("roles/{}?replace_with={instead}", mine.role));
            (Method::DELETE, role, None)
        }),
    ]
}

fn moved([group, parent]: [&str; 2]) -> Sent {
    let body = json!({ "parent": parent });
    (Method::POST, format!("{API}/groups/{group}/move"), Some(body))
}

/// Into the tree of others, and out of it.
fn of_places(own: &Things, foreign: &Things) -> Vec<ByHand> {
    let (mine, theirs) = (&own.api_groups, &foreign.api_groups);
    let to = |parents: [&'_ String; 2]| parents.map(|parent| [mine.child.clone(), parent.clone()]);
    let moved = |[group, parent]: [String; 2]| moved([&group, &parent]);
    vec![
        twice(true, to([&theirs.group, &own.tree.group]), moved),
        twice(true, to([&theirs.child, &own.tree.leaf]), moved),
        twice(
            false,
            [&theirs.child, &mine.child].map(|child| [child.clone(), mine.group.clone()]),
            moved,
        ),
    ]
}

fn of_others(own: &Things, foreign: &Things, more: &More) -> Vec<ByHand> {
    let (mine, theirs) = (&own.api_groups, &foreign.api_groups);
    let groups = [&theirs.group, &mine.group];
    let enrolled = [&foreign.enrollment.group, &own.enrollment.group];
    let ways = enrolled.map(|group| [group.as_str(), own.enrollment.second.as_str()]);
    let roles = [
        [&theirs.group, &theirs.role, &mine.role],
        [&mine.group, &more.roles[1], &"member".to_owned()],
    ];
    vec![
        twice(false, ways, configured),
        twice(false, groups, |group| {
            let body = json!({ "members_of": mine.group, "preset": "owner" });
            (Method::POST, format!("{API}/groups/{group}/admins"), Some(body))
        }),
        twice(false, roles, |[group, role, instead]| {
            let path = format!("{API}/groups/{group}/roles/{role}?replace_with={instead}");
            (Method::DELETE, path, None)
        }),
    ]
}

fn lists_of_others(own: &Things, foreign: &Things) -> Vec<ByHand> {
    let read = |path: String| (Method::GET, path, None);
    // By the name, which none of theirs has.
    let names = || ["API%200".to_owned(), format!("API%20{ROUND_OF_OWN}")];
    let groups = || [&foreign.api_groups.group, &own.api_groups.group];
    let mut all = vec![
        twice(false, names(), |name| read(format!("{API}/requests?group={name}"))),
        twice(false, names(), |name| {
            read(format!("{AGM}/enroll-requests?groupName={name}"))
        }),
        twice(false, groups(), |group| {
            read(format!("{AGM}/groups/members?groups={group}"))
        }),
    ];
    for list in [
        "reviews?",
        "insight/counts?",
        "insight/expiring?days=3650&",
        "insight/violations?",
    ] {
        all.push(twice(false, groups(), |group| {
            read(format!("{API}/{list}group={group}"))
        }));
    }
    all
}
