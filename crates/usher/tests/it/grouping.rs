//! `usher group`: the tree, what is set about groups, roles and administrators.

use db::Engine;
use serde_json::{Value, json};

use crate::support::Place;

pub(crate) const BOTH: [Engine; 2] = [Engine::Sqlite, Engine::Postgres];

/// People, and three groups: /acme, /acme/ops and /acme/p~/q.
pub(crate) fn acme(engine: Engine) -> Place {
    let place = Place::on(engine);
    for name in ["ann", "bob"] {
        place.run(&[
            "user",
            "create",
            name,
            "--email",
            &format!("{name}@example.org"),
            "--quiet",
        ]);
    }
    place.run(&[
        "group",
        "create",
        "acme",
        "--managed",
        "--owner",
        "ann",
        "--description",
        "All of us",
    ]);
    place.run(&["group", "create", "ops", "--parent", "/acme"]);
    place.run(&["group", "create", "p/q", "--parent", "acme"]);
    place
}

/// The names of a tree, each with what is below it.
fn names(trees: &Value) -> Value {
    let node = |node: &Value| json!({ node["name"].as_str().expect("a name"): names(&node["groups"]) });
    trees.as_array().expect("a list").iter().map(node).collect()
}

pub(crate) fn refused(place: &Place, words: &[&str], code: i32, said: &str) {
    let (text, is) = place.attempt_code(words);
    assert!(is == code && text.contains(said), "{words:?} ended with {is}: {text}");
    assert_eq!(text.trim_end().lines().count(), 1, "{text}");
}

#[test]
fn the_tree_is_shown_and_changed() {
    for engine in BOTH {
        let place = acme(engine);
        place.run(&["group", "create", "plain"]);
        let table = place.run(&["group", "tree"]);
        let first: Vec<&str> = table
            .lines()
            .map(|line| {
                line.split("  ")
                    .find(|part| !part.trim().is_empty())
                    .unwrap_or("")
                    .trim()
            })
            .collect();
        assert_eq!(first, ["NAME", "acme", "ops", "p/q", "plain"], "{table}");
        assert!(table.contains("All of us"), "{table}");
        let tree = place.json(&["group", "tree"]);
        assert_eq!(
            names(&tree),
            json!([{ "acme": [{ "ops": [] }, { "p/q": [] }] }, { "plain": [] }])
        );
        assert_eq!(tree[0]["groups"][1]["path"], "/acme/p~/q");
        assert_eq!(
            names(&place.json(&["group", "tree", "--limit", "1"]))[0],
            names(&tree)[0]
        );

        // Named by path, by id, and by what it is called.
        let id = place.run(&["group", "settings", "/acme/p~/q", "--quiet"]);
        for name in ["/acme/p~/q", id.as_str(), "p/q"] {
            assert_eq!(place.json(&["group", "show", name])["path"], "/acme/p~/q", "{name}");
        }
        let renamed = place.json(&["group", "rename", "/acme/p~/q", "quality"]);
        assert_eq!(
            (&renamed["id"], &renamed["path"]),
            (&json!(id), &json!("/acme/quality"))
        );
        let moved = place.json(&["group", "move", "/acme/quality", "--parent", "/acme/ops"]);
        assert_eq!(moved["path"], "/acme/ops/quality");
        let below = place.json(&["group", "tree", "/acme/ops"]);
        assert_eq!(names(&below), json!([{ "ops": [{ "quality": [] }] }]));
        assert_eq!(place.json(&["group", "move", "/acme/ops", "--top"])["path"], "/ops");

        refused(
            &place,
            &["group", "move", "/ops", "--parent", "/ops/quality"],
            1,
            "lies below it",
        );
        refused(&place, &["group", "rename", "/ops", "acme"], 1, "has this name");
        refused(
            &place,
            &["group", "rename", "/ops", " "],
            1,
            "the name of the group is empty",
        );
        refused(&place, &["group", "move", "/ops"], 2, "--parent");
        refused(
            &place,
            &["group", "create", "ops", "--parent", "/nowhere"],
            1,
            "there is no group `/nowhere`",
        );
        refused(
            &place,
            &["group", "create", "x", "--managed", "--template", "t"],
            2,
            "there is no template `t`",
        );
        refused(&place, &["group", "delete", "/ops"], 1, "the group has groups below it");
        place.run(&["group", "delete", "/ops/quality"]);
        place.run(&["group", "delete", "/ops"]);
        assert_eq!(
            names(&place.json(&["group", "tree"])),
            json!([{ "acme": [] }, { "plain": [] }])
        );
    }
}

#[test]
fn what_is_set_stays_until_it_is_unset() {
    for engine in BOTH {
        let place = acme(engine);
        let words = [
            "group",
            "settings",
            "/acme",
            "--contact",
            "desk@example.org",
            "--notice-days",
            "30",
            "--reminder-days",
            "3,21",
            "--request-mails-to",
            "a@example.org,b@example.org",
            "--grace-days",
            "0",
        ];
        let more = [
            "--self-approval",
            "true",
            "--attribute",
            "room=1",
            "--attribute",
            "room=2",
            "--privileged",
            "realm-admin,auditor",
        ];
        let set = place.json(&[&words[..], &more[..]].concat());
        for (name, value) in [
            ("contact", json!("desk@example.org")),
            ("notice_days", json!(30)),
            ("reminder_days", json!([21, 3])),
            ("request_mails_to", json!(["a@example.org", "b@example.org"])),
            ("grace_days", json!(0)),
            ("self_approval", json!(true)),
            ("plain_members", json!(false)),
            ("privileged", json!(["realm-admin", "auditor"])),
            (
                "attributes",
                json!({ "description": ["All of us"], "room": ["1", "2"] }),
            ),
        ] {
            assert_eq!(set[name], value, "{name}");
        }
        let shown = place.json(&["group", "settings", "/acme"]);
        assert_eq!(shown, set, "looking changes nothing");
        let unset = place.json(&[
            "group",
            "settings",
            "/acme",
            "--notice-days",
            "",
            "--reminder-days",
            "",
            "--request-mails-to",
            "",
            "--privileged",
            "",
            "--attribute",
            "room=",
        ]);
        assert_eq!(
            (&unset["notice_days"], &unset["privileged"]),
            (&Value::Null, &Value::Null)
        );
        assert_eq!(
            (&unset["reminder_days"], &unset["request_mails_to"]),
            (&json!([]), &json!([]))
        );
        assert_eq!(
            (&unset["grace_days"], &unset["attributes"]),
            (&json!(0), &json!({ "description": ["All of us"] }))
        );

        refused(
            &place,
            &["group", "settings", "/acme", "--notice-days", "0"],
            1,
            "from 1 to 3650",
        );
        refused(
            &place,
            &["group", "settings", "/acme", "--notice-days", "soon"],
            2,
            "no whole number",
        );
        refused(
            &place,
            &["group", "settings", "/acme", "--contact", "desk"],
            2,
            "--contact",
        );
        refused(
            &place,
            &["group", "settings", "/acme", "--privileged", "boss"],
            1,
            "is no role of a realm",
        );
        refused(
            &place,
            &["group", "settings", "/acme", "--attribute", "room"],
            2,
            "no NAME=VALUE",
        );
    }
}

#[test]
fn roles_are_defined_renamed_and_deleted() {
    for engine in BOTH {
        let place = acme(engine);
        let roles = |group: &str| {
            let all = place.json(&["group", "roles", "list", group]);
            let all = all.as_array().expect("a list").iter();
            all.map(|role| role["name"].as_str().expect("a name").to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            place
                .json(&["group", "roles", "define", "/acme", "chair", "Chair"])
                .as_array()
                .map(Vec::len),
            Some(2)
        );
        place.run(&["group", "roles", "rename", "/acme", "Chair", "treasurer"]);
        assert_eq!(roles("/acme"), ["chair", "member", "treasurer"]);
        refused(
            &place,
            &["group", "roles", "define", "/acme", "chair"],
            1,
            "the group has a role of this name",
        );
        refused(
            &place,
            &["group", "roles", "rename", "/acme", "Chair", "x"],
            1,
            "it has `chair`, `member`, `treasurer`",
        );
        place.run(&["group", "roles", "delete", "/acme", "chair"]);
        place.run(&[
            "group",
            "roles",
            "delete",
            "/acme",
            "treasurer",
            "--replace-with",
            "member",
        ]);
        assert_eq!(roles("/acme"), ["member"]);
        refused(
            &place,
            &[
                "group",
                "roles",
                "delete",
                "/acme",
                "member",
                "--force",
                "--replace-with",
                "x",
            ],
            2,
            "cannot be used with",
        );
    }
}

#[test]
fn administrators_come_and_go_with_what_they_may_do_and_how_long() {
    for engine in BOTH {
        let place = acme(engine);
        place.run(&["realm", "set", "default", "time_zone=Europe/Berlin"]);
        let added = place.json(&[
            "group",
            "admins",
            "add",
            "/acme",
            "bob",
            "--as",
            "members.read,audit.read",
            "--no-inherit",
            "--from",
            "2041-01-01",
            "--until",
            "2041-03-31",
        ]);
        assert_eq!(
            (&added["name"], &added["capabilities"]),
            (&json!("bob"), &json!("viewer"))
        );
        assert_eq!((&added["inherit"], &added["on"]), (&json!(false), &json!("/acme")));
        assert_eq!(
            (&added["from"], &added["until"]),
            (&json!("2040-12-31T23:00:00.000Z"), &json!("2041-03-31T22:00:00.000Z"))
        );
        let who = |group: &str| {
            let all = place.json(&["group", "admins", "list", group]);
            let all = all.as_array().expect("a list").iter();
            all.map(|one| json!([one["name"], one["direct"], one["counts"]]))
                .collect::<Vec<_>>()
        };
        // Bob's time has not come, and he inherits nothing.
        let mut at_the_top = who("/acme");
        at_the_top.sort_by_key(ToString::to_string);
        assert_eq!(at_the_top, [json!(["ann", true, true]), json!(["bob", true, false])]);
        assert_eq!(who("/acme/ops"), [json!(["ann", false, true])]);
        let set = place.json(&[
            "group",
            "admins",
            "set",
            "/acme",
            "bob",
            "--as",
            "manager",
            "--from",
            "",
            "--inherit",
            "true",
        ]);
        assert_eq!(
            (&set["capabilities"], &set["from"], &set["inherit"]),
            (&json!("manager"), &Value::Null, &json!(true))
        );
        assert_eq!(set["until"], added["until"]);
        assert_eq!(
            place.json(&["group", "admins", "add", "/acme", "--group", "/acme/ops"])["name"],
            "/acme/ops"
        );

        refused(
            &place,
            &["group", "admins", "add", "/acme", "bob"],
            1,
            "administers the group already",
        );
        refused(
            &place,
            &["group", "admins", "add", "/acme", "bob", "--as", "boss"],
            2,
            "owner, manager, reviewer, viewer",
        );
        refused(
            &place,
            &["group", "admins", "add", "/acme", "bob", "--until", "31.3.2041"],
            2,
            "2031-03-31",
        );
        refused(
            &place,
            &["group", "admins", "add", "/acme/ops", "bob", "--until", "2001-01-01"],
            1,
            "the last day is over",
        );
        refused(
            &place,
            &["group", "admins", "set", "/acme/ops", "bob"],
            1,
            "does not administer this group",
        );
        place.run(&["group", "admins", "remove", "/acme", "--group", "/acme/ops"]);
        refused(
            &place,
            &["group", "admins", "remove", "/acme", "ann"],
            1,
            "nobody else owns the group",
        );
        place.run(&["group", "admins", "remove", "/acme", "ann", "--force"]);
        assert_eq!(who("/acme"), [json!(["bob", true, true])]);
    }
}

#[test]
fn groups_are_made_like_templates() {
    for engine in BOTH {
        let place = acme(engine);
        assert_eq!(place.json(&["template", "list"]), json!([]));
        let words = [
            "template",
            "set",
            "project",
            "--role",
            "member",
            "--role",
            "lead",
            "--notice-days",
            "30",
        ];
        let made = place.json(&[&words[..], &["--attribute", "kind=project"]].concat());
        assert_eq!(
            (&made["roles"], &made["notice_days"]),
            (&json!(["member", "lead"]), &json!(30))
        );
        let changed = place.json(&[
            "template",
            "set",
            "project",
            "--notice-days",
            "",
            "--grace-days",
            "7",
            "--rename",
            "projects",
        ]);
        assert_eq!((&changed["id"], &changed["name"]), (&made["id"], &json!("projects")));
        assert_eq!(
            (&changed["roles"], &changed["notice_days"], &changed["grace_days"]),
            (&made["roles"], &Value::Null, &json!(7))
        );
        let group = place.json(&["group", "create", "moon", "--parent", "/acme", "--template", "projects"]);
        assert_eq!(
            (&group["grace_days"], &group["attributes"]),
            (&json!(7), &json!({ "kind": ["project"] }))
        );
        assert_eq!(
            place
                .json(&["group", "roles", "list", "/acme/moon"])
                .as_array()
                .map(Vec::len),
            Some(2)
        );
        refused(&place, &["template", "show", "project"], 2, "there are `projects`");
        refused(
            &place,
            &["template", "set", "projects", "--notice-days", "0"],
            1,
            "from 1 to 3650",
        );
        place.run(&["template", "remove", "projects"]);
        assert_eq!(place.json(&["template", "list"]), json!([]));
    }
}
