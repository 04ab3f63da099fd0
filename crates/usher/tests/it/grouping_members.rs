//! `usher group members`, `import` and `export`: who is in a group, how they stand, and until when.

use std::fs;

use serde_json::{Value, json};

use crate::grouping::{BOTH, acme, refused};

#[test]
fn members_are_listed_with_their_history_and_a_group_is_exported_whole() {
    for engine in BOTH {
        let place = acme(engine);
        place.run(&["group", "add", "/acme/ops", "ann", "bob"]);
        place.run(&["group", "remove", "/acme/ops", "bob"]);
        let members = place.json(&["group", "members", "list", "/acme/ops"]);
        assert_eq!(members.as_array().map(Vec::len), Some(1), "{members}");
        assert_eq!(
            (&members[0]["user_name"], &members[0]["status"]),
            (&json!("ann"), &json!("enabled"))
        );
        assert_eq!(
            place.json(&["group", "members", "list", "/acme/ops", "--status", "suspended"]),
            json!([])
        );
        refused(
            &place,
            &["group", "members", "list", "/acme/ops", "--status", "gone"],
            2,
            "known are enabled, pending",
        );
        let history = place.json(&["group", "members", "history", "/acme/ops", "bob"]);
        let kinds: Vec<&str> = history
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|one| one["kind"].as_str())
            .collect();
        assert_eq!(kinds, ["member.added", "member.removed"]);
        refused(
            &place,
            &["group", "members", "history", "/acme", "bob"],
            1,
            "usher explain bob /acme",
        );

        let file = place.folder().join("ops.json");
        let file = file.to_str().expect("UTF-8");
        place.run(&["group", "export", file, "--json", "--group", "/acme/ops"]);
        let whole: Value = serde_json::from_str(&fs::read_to_string(file).expect("it is read")).expect("JSON");
        assert_eq!(whole["path"], "/acme/ops");
        assert_eq!(
            (&whole["roles"][0]["name"], &whole["admins"][0]["name"]),
            (&json!("member"), &json!("ann"))
        );
        assert_eq!(
            (&whole["members"][0]["user_name"], &whole["members"][1]),
            (&json!("ann"), &Value::Null)
        );
        refused(
            &place,
            &["group", "export", file, "--json", "--group", "/acme"],
            1,
            "--force",
        );
        refused(&place, &["group", "export", "-", "--json"], 2, "--group");
    }
}

#[test]
fn a_member_is_added_changed_kept_out_extended_and_taken_out() {
    for engine in BOTH {
        let place = acme(engine);
        place.run(&["group", "roles", "define", "/acme/ops", "chair"]);
        let members = |args: &[&str]| place.json(&[&["group", "members"][..], args].concat());
        let added = members(&["add", "/acme/ops", "bob", "--until", "2090-03-31"]);
        assert_eq!(
            (&added["user_name"], &added["roles"], &added["until"]),
            (&json!("bob"), &json!(["member"]), &json!("2090-03-31"))
        );
        let set = members(&["set", "/acme/ops", "bob", "--role", "chair"]);
        assert_eq!(
            (&set["roles"], &set["until"]),
            (&json!(["chair"]), &json!("2090-03-31"))
        );
        assert_eq!(
            members(&["set", "/acme/ops", "bob", "--until", ""])["until"],
            Value::Null
        );
        members(&["set", "/acme/ops", "bob", "--until", "2090-04-30"]);
        members(&["add", "/acme/ops", "ann", "--until", "2090-01-31"]);

        assert_eq!(
            members(&["suspend", "/acme/ops", "ann", "--reason", "on leave"])["status"],
            "suspended"
        );
        let extend = [
            "group",
            "members",
            "extend",
            "/acme/ops",
            "--ending-by",
            "2090-12-31",
            "--until",
            "2091-12-31",
        ];
        refused(&place, &extend, 1, "1 of 2 were not extended");
        assert_eq!(members(&["resume", "/acme/ops", "ann"])["status"], "enabled");
        let extended = place.json(&[
            "group",
            "members",
            "extend",
            "/acme/ops",
            "ann",
            "--until",
            "2091-12-31",
        ]);
        assert_eq!(extended[0]["until"], "2091-12-31");
        let days: Vec<Value> = members(&["list", "/acme/ops"])
            .as_array()
            .expect("a list")
            .iter()
            .map(|one| one["until"].clone())
            .collect();
        assert_eq!(days, ["2091-12-31", "2091-12-31"]);

        let invited = members(&[
            "invite",
            "/acme/ops",
            "ada@example.org",
            "ben@example.org",
            "--language",
            "de",
        ]);
        assert_eq!(
            (&invited[1]["address"], &invited[1]["state"]),
            (&json!("ben@example.org"), &json!("pending"))
        );
        let invite = ["group", "members", "invite", "/acme/ops", "cleo@example.org", "nowhere"];
        refused(&place, &invite, 1, "1 of 2 were not invited");

        place.run(&["group", "members", "remove", "/acme/ops", "ann"]);
        assert_eq!(members(&["list", "/acme/ops"])[0]["user_name"], "bob");
        refused(&place, &["group", "members", "set", "/acme/ops", "bob"], 2, "--until");
        refused(
            &place,
            &["group", "members", "set", "/acme/ops", "ann", "--role", "chair"],
            1,
            "membership",
        );
        refused(
            &place,
            &["group", "members", "add", "/acme/ops", "ann", "--until", "31.12.2090"],
            2,
            "2030-12-31",
        );
    }
}

#[test]
fn members_are_imported_with_roles_and_days_and_come_back_from_an_export() {
    for engine in BOTH {
        let place = acme(engine);
        place.run(&["group", "roles", "define", "/acme/ops", "chair"]);
        let file = |name: &str, text: &str| {
            let file = place.folder().join(name);
            fs::write(&file, text).expect("written");
            file.to_str().expect("UTF-8").to_owned()
        };
        let csv = file(
            "members.csv",
            "group,member,roles,until\n/acme/ops,ann,chair; member,2041-03-31\n/acme/ops,bob,,\n",
        );
        let planned = place.json(&["group", "import", &csv]);
        assert_eq!(
            (&planned["counts"], &planned["state"]),
            (&json!({ "add_member": 2 }), &json!("ready"))
        );
        place.run(&["group", "import", &csv, "--yes"]);
        let members = place.json(&["group", "members", "list", "/acme/ops"]);
        let ann = members
            .as_array()
            .expect("a list")
            .iter()
            .find(|one| one["user_name"] == "ann")
            .expect("ann");
        assert_eq!(
            (&ann["roles"], &ann["until"]),
            (&json!(["chair", "member"]), &json!("2041-03-31"))
        );
        assert_eq!(
            (&ann["expires_at"], &ann["given_by"]),
            (&json!("2041-04-01T00:00:00.000Z"), &json!("import"))
        );

        // What is exported whole changes nothing here.
        let whole = file(
            "whole.json",
            &place.run(&["group", "export", "--json", "--group", "/acme/ops"]),
        );
        assert_eq!(
            place.json(&["group", "import", &whole, "--source", "members"])["counts"],
            json!({ "nothing": 2 })
        );
        let terms = place.run(&["group", "export", "--terms"]);
        assert!(
            terms.starts_with("group,member,roles,from,until\n")
                && terms.contains("\n/acme/ops,ann,chair; member,,2041-03-31\n"),
            "{terms}"
        );
        let terms = file("terms.csv", &terms);
        let again = place.json(&["group", "import", &terms, "--source", "members"]);
        assert_eq!(again["counts"]["nothing"], 2, "{again}");
        let list = file(
            "list.json",
            r#"[{ "group": "/acme/ops", "member": "ann", "roles": ["member"], "until": null }]"#,
        );
        let plan = place.json(&["group", "import", &list, "--source", "members"]);
        assert_eq!(plan["counts"], json!({ "change_member": 1 }));
        let shown = place.run(&["plan", "show", plan["id"].as_str().expect("an id")]);
        assert!(
            shown.contains("roles: chair, member -> member")
                && shown.contains("expires_at: 2041-04-01T00:00:00.000Z -> (none)"),
            "{shown}"
        );
        let guests = file("guests.csv", "group,member\n/acme,bob\n");
        place.run(&[
            "group",
            "import",
            &guests,
            "--roles",
            "member",
            "--until",
            "2041-12-31",
            "--yes",
        ]);
        let bob = place.json(&["group", "members", "list", "/acme"]);
        assert_eq!(
            (&bob[0]["roles"], &bob[0]["until"]),
            (&json!(["member"]), &json!("2041-12-31"))
        );
        let said = place.run(&["explain", "bob", "/acme"]);
        assert!(
            said.contains("The source guests gave it, by the plan ")
                && said.contains("It lasts until 31 December 2041."),
            "{said}"
        );

        let wrong = file("wrong.csv", "group,member,mood\n/acme,bob,good\n");
        refused(
            &place,
            &["group", "import", &wrong],
            2,
            "there may be `roles`, `from` and `until`",
        );
        let wrong = file("wrong.json", "7");
        refused(
            &place,
            &["group", "import", &wrong],
            1,
            "neither a list of rows nor a group",
        );
        let wrong = file("days.csv", "group,member,until\n/acme,ann,31.3.2041\n");
        assert_eq!(
            place.json(&["group", "import", &wrong])["counts"],
            json!({ "refused": 1 })
        );
    }
}
