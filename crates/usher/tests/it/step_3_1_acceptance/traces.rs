//! What is kept of everything that is done: 67.
//!
//! Here each write is played as people do it, against the built binary. That no writing route was forgotten is seen where the routes
//! are known: `step_3_3_rows` in the crate of the faces walks all of them, and says of each what it leaves.

use serde_json::{Value, json};

use super::world::{World, last_part, text};

const GROUP: &str = "/account/group-admin/group";
const RULES: &str = "/admin/configuration-rules";
/// A group comes with a role and a way to join.
const GROUP_MADE: &str = "group.created group_role.created configuration.created";
/// A member comes with their roles.
const MEMBER_MADE: &str = "member.added member.roles_changed";

/// What was done so far: who did it, what it was, and what it leaves.
struct Acts<'a> {
    world: &'a World<'a>,
    done: Vec<(&'static str, String, &'static str)>,
}

impl Acts<'_> {
    /// Does something that leaves these kinds of facts, each once; its place where it has one.
    fn act(&mut self, who: &'static str, what: &str, body: &Value, leaves: &'static str) -> String {
        let (method, path) = what.split_once(' ').expect("a verb and a path");
        let body = Some(body).filter(|body| !body.is_null());
        let answer = self.world.by(who).send(method, path, body);
        assert!(
            matches!(answer.status, 201 | 204),
            "{what}: {} {}",
            answer.status,
            answer.text
        );
        self.done.push((who, what.to_owned(), leaves));
        answer
            .header("location")
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned()
    }
}

/// Every write leaves one fact of its kind with who did it; those of people carry the keys their readers know.
pub(super) fn t67(world: &World<'_>) {
    world.set(&json!({ "agm": { "actor_attribute": "nickName" } }));
    for name in ["u1", "gb"] {
        let named = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{ "op": "add", "path": "nickName", "value": format!("vo-{name}") }] });
        let path = format!("/realms/{{realm}}/scim/v2/Users/{}", world.id(name));
        world.admin("PATCH", &path, Some(&named)).expect(200);
    }
    // Whatever was done before is on record.
    world.advance("1m");
    let before = kept(world).len();
    let done = everything(world);
    let wanted: Vec<(String, String)> = done
        .iter()
        .flat_map(|(who, _, leaves)| {
            leaves
                .split(' ')
                .map(move |kind| (format!("user:{}", world.id(who)), kind.to_owned()))
        })
        .collect();
    crate::support::until("all that was done is on record", || {
        kept(world).len() >= before + wanted.len()
    });
    let found = kept(world).split_off(before);
    let all: Vec<&String> = done.iter().map(|(_, what, _)| what).collect();
    assert_eq!(found, wanted, "{all:?}");
    histories(world);
    of_who_left(world);
    let verified = world.stage.place.run(&["audit", "verify", "--realm", &world.realm]);
    assert!(!verified.is_empty());
}

/// Everything that people and the realm's administration can do, once or twice: who did it, what it was, and what it leaves.
pub(super) fn everything(world: &World<'_>) -> Vec<(&'static str, String, &'static str)> {
    let mut acts = Acts {
        world,
        done: Vec::new(),
    };
    of_the_realm(&mut acts);
    of_groups(&mut acts);
    of_members(&mut acts);
    of_requests(&mut acts);
    of_invitations(&mut acts);
    of_the_end(&mut acts);
    acts.done
}

/// Who did what, in order; without mails and their deliveries, what follows later, and what stands in the histories of people.
fn kept(world: &World<'_>) -> Vec<(String, String)> {
    let later = [
        "recalculation.finished",
        "entitlements.changed",
        "invitation.mail_changed",
    ];
    let (mut kept, mut after) = (Vec::new(), 0);
    loop {
        let path = format!("/api/v1/realms/{{realm}}/events?limit=500&after={after}");
        let page = world.admin("GET", &path, None).expect(200).json();
        let items = page["items"].as_array().expect("items");
        let Some(last) = items.last() else { return kept };
        after = last["position"].as_i64().expect("a position");
        for fact in items {
            let kind = text(&fact["kind"]);
            let counts = !["mail.", "delivery.", "GROUP_MEMBERSHIP_"]
                .iter()
                .any(|other| kind.starts_with(other));
            if counts && !later.contains(&kind.as_str()) {
                kept.push((text(&fact["actor"]), kind));
            }
        }
    }
}

fn of_the_realm(acts: &mut Acts<'_>) {
    let rule = json!({ "field": "active", "type": "TOP_LEVEL", "required": false, "defaultValue": "true" });
    acts.act(
        "root",
        "PUT /admin/configuration",
        &json!({ "expiration-notification-period": "9" }),
        "realm.changed",
    );
    let id = acts.act("root", &format!("POST {RULES}"), &rule, "rule.created");
    acts.act(
        "root",
        &format!("PUT {RULES}/{id}"),
        &json!({ "field": "active", "type": "TOP_LEVEL", "required": true, "defaultValue": "true" }),
        "rule.changed",
    );
    acts.act("root", &format!("DELETE {RULES}/{id}"), &Value::Null, "rule.deleted");
    let entitlements = json!({ "userAttribute": "entitlements", "urnNamespace": "urn:mace:example.org" });
    acts.act(
        "root",
        "POST /admin/member-user-attribute/configuration",
        &entitlements,
        "entitlement_settings.changed",
    );
    acts.world.advance("1m");
    for what in ["memberUserAttribute", "effective-expiration-date"] {
        acts.act(
            "root",
            &format!("POST /admin/{what}/calculation"),
            &Value::Null,
            "recalculation.started",
        );
        acts.world.advance("1m");
    }
}

fn of_groups(acts: &mut Acts<'_>) {
    let world = acts.world;
    let (a, b) = (world.group("/a"), world.group("/a/b"));
    let at = format!("{GROUP}/{b}");
    let way = json!({ "name": "second", "active": true, "visibleToNotMembers": true, "requireApproval": true,
        "requireApprovalForExtension": true, "multiselectRole": true, "commentsNeeded": false, "groupRoles": ["member"] });
    let none = Value::Null;
    let top = acts.act("root", "POST /admin/group", &json!({ "name": "top" }), GROUP_MADE);
    acts.act(
        "root",
        &format!("POST /admin/group/{top}/children"),
        &json!({ "name": "low" }),
        GROUP_MADE,
    );
    let low = world.find("/top/low");
    acts.act("root", &format!("DELETE /admin/group/{low}"), &none, "group.deleted");
    let own = acts.act(
        "mg",
        &format!("POST {GROUP}"),
        &json!({ "name": "own" }),
        "group.created group_role.created configuration.created delegation.granted",
    );
    acts.act(
        "mg",
        &format!("POST {GROUP}/{own}/children"),
        &json!({ "id": top, "name": "top" }),
        "group.moved",
    );
    acts.act("mg", &format!("DELETE {GROUP}/{top}"), &none, "group.deleted");
    acts.act(
        "gb",
        &format!("POST {at}/attributes"),
        &json!({ "description": ["new"] }),
        "group.attributes_replaced",
    );
    acts.act(
        "gb",
        &format!("POST {at}/children"),
        &json!({ "name": "new" }),
        GROUP_MADE,
    );
    let second = acts.act("gb", &format!("POST {at}/configuration"), &way, "configuration.created");
    let mut changed = way.clone();
    (changed["id"], changed["name"]) = (json!(second), json!("other"));
    acts.act(
        "gb",
        &format!("POST {at}/configuration"),
        &changed,
        "configuration.changed",
    );
    let first = world.way("/a/b");
    acts.act(
        "gb",
        &format!("POST {at}/default-configuration?configurationId={second}"),
        &none,
        "group.default_configuration_changed",
    );
    acts.act(
        "gb",
        &format!("POST {at}/default-configuration?configurationId={first}"),
        &none,
        "group.default_configuration_changed",
    );
    acts.act(
        "gb",
        &format!("DELETE {at}/configuration/{second}"),
        &none,
        "configuration.deleted",
    );
    acts.act(
        "root",
        &format!("POST /admin/group/{b}/configuration"),
        &way,
        "configuration.created",
    );
    for (method, below, kind) in [
        ("POST", "roles?name=lead", "group_role.created"),
        ("POST", "roles?name=chair", "group_role.created"),
        ("PUT", "role/chair?name=head", "group_role.renamed"),
        ("DELETE", "role/head", "group_role.deleted"),
        ("POST", "admin?username=u2", "delegation.granted"),
        ("DELETE", "admin?username=u2", "delegation.revoked"),
    ] {
        acts.act("gb", &format!("{method} {at}/{below}"), &none, kind);
    }
    let admin = format!("/admin/group/{a}/admin/{}", world.id("u2"));
    acts.act("root", &format!("POST {admin}"), &none, "delegation.granted");
    acts.act("root", &format!("DELETE {admin}"), &none, "delegation.revoked");
}

fn of_members(acts: &mut Acts<'_>) {
    let world = acts.world;
    let members = format!("{GROUP}/{}/members", world.group("/a/b"));
    let none = Value::Null;
    let lasts = |days: i64| json!({ "groupRoles": ["member", "lead"], "membershipExpiresAt": world.day(days) });
    let mut body = lasts(9);
    body["user"] = json!({ "username": "u1" });
    // By its own id, and by whose it is.
    for (by_user, days) in [(false, 12), (true, 15)] {
        let id = acts.act("gb", &format!("POST {members}"), &body, MEMBER_MADE);
        let member = if by_user {
            format!("{GROUP}/{}/member/user/{}", world.group("/a/b"), world.id("u1"))
        } else {
            format!("{GROUP}/{}/member/{id}", world.group("/a/b"))
        };
        acts.act("gb", &format!("PUT {member}"), &lasts(days), "member.changed");
        for (method, below, kind) in [
            ("DELETE", "/role/lead", "member.roles_changed"),
            ("POST", "/role?name=lead", "member.roles_changed"),
            ("POST", "/suspend?justification=why", "member.suspended"),
            ("POST", "/activate", "member.resumed"),
            ("DELETE", "", "member.removed"),
        ] {
            acts.act("gb", &format!("{method} {member}{below}"), &none, kind);
        }
    }
    acts.act("gb", &format!("POST {members}"), &body, MEMBER_MADE);
    acts.act(
        "u1",
        &format!("DELETE /account/user/group/{}/member", world.group("/a/b")),
        &none,
        "member.removed",
    );
}

fn of_requests(acts: &mut Acts<'_>) {
    let world = acts.world;
    let way = world.way("/a/b");
    let asks = json!({ "groupEnrollmentConfiguration": { "id": way }, "groupRoles": ["member"], "comments": "please" });
    let none = Value::Null;
    for (who, act, leaves) in [
        ("u1", "accept", "request.accepted member.added member.roles_changed"),
        ("u2", "reject", "request.rejected"),
    ] {
        acts.act(who, "POST /account/user/enroll-request", &asks, "request.submitted");
        let list = world.by(who).get("/account/user/enroll-requests").expect(200).json();
        let id = text(&list["results"][0]["id"]);
        let review = format!("POST /account/group-admin/enroll-request/{id}");
        acts.act(
            "gb",
            &format!("{review}/extra-info?comment=who"),
            &none,
            "request.asked",
        );
        acts.act(
            who,
            &format!("POST /account/user/enroll-request/{id}/respond?comment=me"),
            &none,
            "request.answered",
        );
        acts.act("gb", &format!("{review}/{act}"), &none, leaves);
    }
    let open = world.add_way("/x", &json!({ "name": "open", "requireApproval": false }));
    acts.done.push(("mg", "a way".to_owned(), "configuration.created"));
    let joins = json!({ "groupEnrollmentConfiguration": { "id": open }, "groupRoles": ["member"] });
    acts.act(
        "u2",
        "POST /account/user/enroll-request",
        &joins,
        "request.self_approved member.added member.roles_changed",
    );
}

fn of_invitations(acts: &mut Acts<'_>) {
    let world = acts.world;
    let at = format!("{GROUP}/{}", world.group("/a/b"));
    let way = world.way("/a/b");
    let member = json!({ "email": "u2@people.example", "groupRoles": ["member"], "groupEnrollmentConfiguration": { "id": way } });
    let admin = json!({ "email": "u2@people.example" });
    for (below, body, act, leaves) in [
        ("members/invitation", &member, "reject", "invitation.rejected"),
        (
            "members/invitation",
            &member,
            "accept",
            "invitation.accepted member.added member.roles_changed",
        ),
        ("admin/invite", &admin, "reject", "invitation.rejected"),
        (
            "admin/invite",
            &admin,
            "accept",
            "delegation.granted invitation.accepted",
        ),
    ] {
        let before = world.stage.sink.taken().len();
        acts.act("gb", &format!("POST {at}/{below}"), body, "invitation.created");
        crate::support::until("the mail with the link", || {
            world
                .stage
                .sink
                .taken()
                .iter()
                .skip(before)
                .any(|mail| mail.recipient == "u2@people.example" && mail.invitation().is_some())
        });
        let link = world.mail("u2", "/invitation/").invitation().expect("a link");
        let secret = last_part(link.split(['?', '#']).next().unwrap_or_default());
        let path = format!("/account/user/invitation/{secret}/{act}");
        acts.act("u2", &format!("POST {path}"), &json!({}), leaves);
    }
}

fn of_the_end(acts: &mut Acts<'_>) {
    let id = acts.world.id("u2").to_owned();
    acts.act(
        "root",
        &format!("DELETE /admin/user/{id}"),
        &Value::Null,
        "user.deprovisioned delegation.revoked member.removed member.removed",
    );
}

/// Whoever was deleted last was in two groups: both ends are in the history of the group and in theirs.
fn of_who_left(world: &World<'_>) {
    let left = |kind: &str| -> Vec<Value> {
        let facts = world.events(kind, 2).into_iter().map(|fact| fact["body"].clone());
        facts.filter(|body| body["cause"] == "user_deleted").collect()
    };
    for kind in ["member.removed", "GROUP_MEMBERSHIP_DELETE"] {
        let facts = left(kind);
        assert_eq!(facts.len(), 2, "{kind}: {facts:?}");
        for fact in &facts {
            assert_eq!(fact["before"]["status"], "enabled", "{kind}: {fact}");
            assert_eq!(fact["after"], json!({ "status": "ended" }), "{kind}: {fact}");
        }
    }
    let mut groups: Vec<String> = left("GROUP_MEMBERSHIP_DELETE")
        .iter()
        .map(|fact| {
            assert_eq!(
                (text(&fact["username"]), text(&fact["roles"])),
                ("u2".to_owned(), "member".to_owned())
            );
            text(&fact["group"])
        })
        .collect();
    groups.sort();
    assert_eq!(groups, ["/a/b", "/x"]);
    let path = format!(
        "/api/v1/realms/{{realm}}/events?limit=500&kind=member.removed&within={}",
        world.group("/x")
    );
    let within = world.admin("GET", &path, None).expect(200).json();
    let users: Vec<&Value> = within["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|fact| &fact["body"]["user"])
        .collect();
    assert!(users.contains(&&json!(world.id("u2"))), "{within}");
}

/// What the histories of people say, in the words of the predecessor.
fn histories(world: &World<'_>) {
    for kind in ["CREATE", "UPDATE", "DELETE", "SUSPEND"] {
        let facts = world.events(&format!("GROUP_MEMBERSHIP_{kind}"), 1);
        let fact = facts
            .iter()
            .map(|fact| &fact["body"])
            .find(|fact| fact["roles"] == "lead::member");
        let fact = fact.unwrap_or_else(|| panic!("no {kind} with two roles in {facts:?}"));
        let days = match kind {
            "CREATE" => 9,
            "DELETE" => 0,
            _ => 12,
        };
        for (key, value) in [
            ("group", "/a/b"),
            ("username", "u1"),
            ("actionUser", "vo-gb"),
            ("voPersonID", "vo-u1"),
            ("membership expiration", &world.day(days)),
        ] {
            assert_eq!(fact[key], value, "{kind}: {fact}");
        }
        assert!(
            fact["before"] != fact["after"] && fact["request_id"].is_string(),
            "{kind}: {fact}"
        );
    }
}
