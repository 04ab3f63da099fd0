//! What people are entitled to: 58 to 61.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::stage::section;
use super::world::{World, last_part};
use crate::support::run;

section! { 58: t58, 59: t59, 60: t60, 61: t61 }

const GROUP: &str = "/account/group-admin/group";
const SETTINGS: &str = "/admin/member-user-attribute/configuration";

/// Makes a group at the top with roles; its id.
fn group(world: &World<'_>, name: &str, roles: &[&str]) -> String {
    let made = world
        .by("root")
        .post("/admin/group", &json!({ "name": name }))
        .expect(201);
    let id = last_part(made.header("location"));
    for role in roles {
        let path = format!("{GROUP}/{id}/roles?name={}", percent(role));
        world.by("root").post(&path, &Value::Null).expect(204);
    }
    id
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn member(world: &World<'_>, group: &str, name: &str, roles: &[&str]) {
    let body = json!({ "user": { "username": name }, "groupRoles": roles });
    world
        .by("mg")
        .post(&format!("{GROUP}/{group}/members"), &body)
        .expect(204);
}

/// Makes a group below another one; its id.
fn below(world: &World<'_>, parent: &str, path: &str) -> String {
    let children = format!("/admin/group/{parent}/children");
    let made = world.by("root").post(&children, &json!({ "name": last_part(path) }));
    made.expect(204);
    world.find(path)
}

/// Makes somebody a member as programs do, who know no roles.
fn member_without_role(world: &World<'_>, group: &str, name: &str) {
    let add = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "add", "path": "members", "value": [{ "value": world.id(name) }] }] });
    let path = format!("/realms/{{realm}}/scim/v2/Groups/{group}");
    let answer = world.admin("PATCH", &path, Some(&add));
    assert!(matches!(answer.status, 200 | 204), "{}", answer.text);
}

/// The name of the group that a value tells of, whatever was written in its place.
fn name_in(value: &str) -> String {
    let written = value.split(':').nth(4).unwrap_or_default();
    let mut bytes = Vec::new();
    let mut rest = written.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next(), rest.next()].map(|digit| char::from(digit.expect("a digit")));
                u8::from_str_radix(&String::from_iter(digits), 16).expect("two digits")
            }
            other => other,
        });
    }
    String::from_utf8(bytes).expect("UTF-8")
}

/// The table of values; names and roles of all kinds, with and without an authority; a namespace that came encoded.
fn t58(world: &World<'_>) {
    world.with_entitlements();
    let acme = group(world, "acme", &[]);
    let data = below(world, &acme, "/acme/Data team");
    let path = format!("{GROUP}/{data}/roles?name={}", percent("lead dev"));
    world.by("root").post(&path, &Value::Null).expect(204);
    let plain = below(world, &acme, "/acme/r&d:1");
    member(world, &acme, "mgx", &["member"]);
    member(world, &data, "u1", &["member", "lead dev"]);
    member_without_role(world, &plain, "gb");
    let ours = |rest: &str| format!("urn:mace:example.org:group:acme{rest}#aai.example.org");
    assert_eq!(world.entitlements("mgx"), [ours(":role=member")]);
    assert_eq!(
        world.entitlements("u1"),
        [ours(":Data%20team:role=lead%20dev"), ours(":Data%20team:role=member")]
    );
    assert_eq!(world.entitlements("gb"), [ours(":r%26d%3A1")]);
    let written = [
        ("a b", "a%20b"),
        ("a~b", "a~b"),
        ("a:b", "a%3Ab"),
        ("a/b", "a%2Fb"),
        ("a#b", "a%23b"),
        ("a=b", "a%3Db"),
        ("a+b", "a%2Bb"),
        ("ä", "%C3%A4"),
        ("a%20b", "a%2520b"),
        ("role=x", "role%3Dx"),
        ("r&d", "r%26d"),
    ];
    for (name, _) in &written {
        member(world, &group(world, name, &[]), "u2", &["member"]);
    }
    let mut expected: Vec<String> = written
        .iter()
        .map(|(_, encoded)| format!("urn:mace:example.org:group:{encoded}:role=member#aai.example.org"))
        .collect();
    expected.sort();
    let found = world.entitlements("u2");
    assert_eq!(found, expected);
    // Each says the name it came from, and no other.
    let named: BTreeSet<String> = found.iter().map(|value| name_in(value)).collect();
    assert_eq!(named, written.iter().map(|(name, _)| (*name).to_owned()).collect());
    let without = json!({ "userAttribute": "entitlements", "urnNamespace": "urn%3Amace%3Aexample.org" });
    world.by("root").post(SETTINGS, &without).expect(204);
    world.advance("1m");
    assert_eq!(
        world.entitlements("u1"),
        [
            "urn:mace:example.org:group:acme:Data%20team:role=lead%20dev",
            "urn:mace:example.org:group:acme:Data%20team:role=member"
        ]
    );
}

/// Without a role one value, with two roles two, and none where the membership does not count.
fn t59(world: &World<'_>) {
    world.with_entitlements();
    member_without_role(world, world.group("/x"), "u1");
    assert_eq!(
        world.entitlements("u1"),
        ["urn:mace:example.org:group:x#aai.example.org"]
    );
    world
        .by("gb")
        .post(
            &format!("{GROUP}/{}/roles?name=lead", world.group("/a/b")),
            &Value::Null,
        )
        .expect(204);
    member(world, world.group("/a/b"), "u2", &["member", "lead"]);
    assert_eq!(world.entitlements("u2").len(), 2);
    world
        .by("gb")
        .post(
            &format!("{GROUP}/{}/member/user/{}/suspend", world.group("/a/b"), world.id("u2")),
            &Value::Null,
        )
        .expect(204);
    assert!(world.entitlements("u2").is_empty());
    world.add_member("/x", "mgx", &json!({ "validFrom": world.day(4) }));
    assert!(world.entitlements("mgx").is_empty());
}

/// What others have written there stays; new names are in the values.
fn t60(world: &World<'_>) {
    world.with_entitlements();
    let foreign = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "add", "path": "entitlements", "value": [{ "value": "urn:other:thing" }] }] });
    let user = format!("/realms/{{realm}}/scim/v2/Users/{}", world.id("u1"));
    world.admin("PATCH", &user, Some(&foreign)).expect(200);
    world.add_member("/a/b", "u1", &json!({}));
    let ours = |path: &str, role: &str| format!("urn:mace:example.org:group:{path}:role={role}#aai.example.org");
    assert_eq!(
        world.entitlements("u1"),
        [ours("a:b", "member"), "urn:other:thing".to_owned()]
    );
    // What is sent back as it was read is not theirs.
    let whole = world.scim_user(world.id("u1"));
    world.admin("PUT", &user, Some(&whole)).expect(200);
    let x = json!({ "id": world.group("/a/b"), "name": "b" });
    world
        .by("mg")
        .post(&format!("{GROUP}/{}/children", world.group("/x")), &x)
        .expect(204);
    world.advance("1m");
    assert_eq!(
        world.entitlements("u1"),
        [ours("x:b", "member"), "urn:other:thing".to_owned()]
    );
    world
        .by("mg")
        .put(
            &format!("{GROUP}/{}/role/member?name=people", world.group("/a/b")),
            &Value::Null,
        )
        .expect(204);
    world.advance("1m");
    assert_eq!(
        world.entitlements("u1"),
        [ours("x:b", "people"), "urn:other:thing".to_owned()]
    );
    // The group itself is called otherwise, and one above it.
    for (group, name, path) in [("/a/b", "bee", "x:bee"), ("/x", "ex", "ex:bee")] {
        let rename = format!("/api/v1/realms/{{realm}}/groups/{}/rename", world.group(group));
        world.admin("POST", &rename, Some(&json!({ "name": name }))).expect(200);
        world.advance("1m");
        assert_eq!(
            world.entitlements("u1"),
            [ours(path, "people"), "urn:other:thing".to_owned()]
        );
    }
    let other = json!({ "userAttribute": "entitlements", "urnNamespace": "urn:mace:example.com" });
    world.by("root").post(SETTINGS, &other).expect(204);
    world.advance("1m");
    assert_eq!(
        world.entitlements("u1"),
        ["urn:mace:example.com:group:ex:bee:role=people", "urn:other:thing"]
    );
}

/// All is worked out anew on demand: what was wrong is right then, and what is right stays as it is; one at a time.
fn t61(world: &World<'_>) {
    world.with_entitlements();
    for group in ["/a/b", "/x"] {
        world.add_member(group, "u1", &json!({}));
    }
    world.add_member("/x", "u2", &json!({}));
    world.advance("1m");
    let values = || ["u1", "u2", "gb"].map(|name| world.entitlements(name));
    let right = values();
    assert_eq!(right.each_ref().map(Vec::len), [2, 1, 0]);
    // Nothing that Usher does leaves them wrong, so somebody has been at the store: values are others, one is gone.
    world.stop();
    run(
        &world.stage.place,
        &[
            "UPDATE entitlements SET value = 'urn:mace:example.org:group:stale' WHERE value LIKE '%:group:a:b:%'",
            "DELETE FROM entitlements WHERE value LIKE '%:group:x:%'",
        ],
    );
    world.start_after(0);
    let none: Vec<String> = Vec::new();
    assert_eq!(
        values(),
        [vec!["urn:mace:example.org:group:stale".to_owned()], none.clone(), none]
    );
    let root = world.by("root");
    let all = "/admin/memberUserAttribute/calculation";
    let changed = |runs: usize| {
        world.advance("1m");
        let done = world.events("recalculation.finished", runs);
        assert_eq!(done.len(), runs, "{done:?}");
        done[runs - 1]["body"]["changed"].clone()
    };
    let before = world.events("recalculation.finished", 1).len();
    root.post(all, &Value::Null).expect(204);
    assert_eq!((changed(before + 1), values()), (json!(2), right.clone()));
    // A second time there is nothing to do.
    root.post(all, &Value::Null).expect(204);
    assert_eq!((changed(before + 2), values()), (json!(0), right.clone()));
    // While one is under way no other begins. It is over soon, so it may take more than one start; D-02 holds it up.
    for (path, word) in [
        (all, "recalculate_entitlements"),
        ("/admin/effective-expiration-date/calculation", "recalculate_effective"),
    ] {
        let second = (0..STARTS).find_map(|_| {
            let answers = [(); 2].map(|()| root.post(path, &Value::Null));
            assert!(
                answers.iter().all(|answer| matches!(answer.status, 204 | 409)),
                "{answers:?}"
            );
            answers.into_iter().find(|answer| answer.status == 409)
        });
        let refused = second.unwrap_or_else(|| panic!("{word} was never under way"));
        assert_eq!(refused.json()["code"], "job_running");
        world.advance("1m");
        root.post(path, &Value::Null).expect(204);
    }
    world.advance("1m");
    assert_eq!(values(), right);
}

/// So often two starts follow each other until the second finds the first under way, at most.
const STARTS: usize = 40;
