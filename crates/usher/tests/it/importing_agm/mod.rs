//! `usher agm import`: the groups of the system before, from its database.

use db::{Db, Engine, Location, Options};
use serde_json::{Value, json};
use testkit::postgres::Database;

use crate::support::Place;

/// The tables of the system before, with two realms in them.
fn there() -> Database {
    let database = Database::fresh();
    let location = Location::Postgres(database.url().to_owned());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let db = Db::open(&location, &Options::default()).await.expect("it opens");
        let make = |tx: &mut db::Tx<'_>| -> Result<(), db::Error> {
            let statements = include_str!("tables.sql").split(";\n");
            statements
                .filter(|sql| !sql.trim().is_empty())
                .try_for_each(|sql| tx.execute(sql, &[]).map(drop))
        };
        db.write(make).await.expect("the tables are made");
        db.close().await;
    });
    database
}

fn member<'a>(members: &'a Value, name: &str) -> &'a Value {
    let all = members.as_array().expect("a list").iter();
    all.clone()
        .find(|one| one["user_name"] == name)
        .unwrap_or_else(|| panic!("{name} is not in {members}"))
}

#[test]
fn everything_is_taken_over_once() {
    let there = there();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let place = Place::on(engine);
        // One of them is here already, under another name.
        place.run(&["user", "create", "robert", "--email", "bob@example.org"]);
        // Its clocks went as those of the realm do.
        place.run(&["realm", "set", "default", "time_zone=Europe/Berlin"]);
        let import = ["agm", "import", there.url(), "--from-realm", "acme"];
        let planned = place.json(&import);
        assert_eq!(
            planned["counts"],
            json!({
                "create": 2, "adopt": 1, "set_setting": 7, "create_group": 3, "define_role": 3, "set_rule": 1, "configure": 1,
                "delegate": 1, "add_member": 4, "add_request": 2, "add_invitation": 2,
            })
        );
        let (said, _) = place.attempt_code(&import);
        for told in [
            "AgmMaxExpiredMembersToDelete=200 is not taken over, it has no meaning here: every membership ends by itself",
            "2 invitations are left out: nobody has answered them in time",
            "2 open invitations name no address",
            "`usher realm set default compat.invitation.any_account=true`",
        ] {
            assert!(said.contains(told), "{told}: {said}");
        }
        let wanted = [
            ("agm.invitation_hours", json!(48)),
            ("agm.notice_days", json!(30)),
            ("agm.link_url", json!("https://sso.example.org/auth")),
            ("agm.assurance_attribute", json!("eduPersonAssurance")),
            ("entitlements.attribute", json!("eduPersonEntitlement")),
            ("entitlements.namespace", json!("urn:geant:example")),
            ("entitlements.signature", json!("The team")),
        ];
        let plan = planned["id"].as_str().expect("an id");
        let shown = place.json(&["plan", "show", plan, "--action", "set_setting"]);
        for (item, (name, value)) in shown["listed"].as_array().expect("a list").iter().zip(&wanted) {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            assert_eq!(
                (&item["after"]["setting"], &item["after"]["value"], &item["before"]),
                (&json!(name), &json!(text), &Value::Null)
            );
        }
        place.run(&[&import[..], &["--yes"]].concat());

        let realm = place.json(&["realm", "show"]);
        for (name, value) in &wanted {
            assert_eq!(realm[name], *value, "{name}");
        }
        let invitations = place.json(&["invite", "list"]);
        let offers: Vec<(&Value, &Value, &Value)> = invitations
            .as_array()
            .expect("a list")
            .iter()
            .map(|one| (&one["offers"], &one["address"], &one["state"]))
            .collect();
        assert_eq!(
            offers,
            [
                (&json!("administration"), &Value::Null, &json!("pending")),
                (&json!("membership"), &Value::Null, &json!("pending")),
            ]
        );

        let settings = place.json(&["group", "settings", "/acme/ops"]);
        assert_eq!(settings["notice_days"], 14);
        assert_eq!(
            place.json(&["group", "settings", "/acme"])["attributes"],
            json!({ "description": ["All of us"] })
        );
        assert_eq!(
            place.json(&["group", "show", "/acme/ops/p~/q"])["path"],
            "/acme/ops/p~/q"
        );
        let way = place.json(&["way", "show", "/acme/ops", "Join ops"]);
        for (name, value) in [
            ("default", json!(true)),
            ("membership_expiration_days", json!(365)),
            ("require_approval_for_extension", json!(false)),
            ("roles", json!(["chair", "member"])),
            ("comments_label", json!("Why?")),
            ("enrollment_introduction", json!("Welcome")),
            ("invitation_conclusion", json!("Bye")),
        ] {
            assert_eq!(way[name], value, "{name}");
        }
        assert_eq!(way["terms"]["url"], "https://example.org/terms");
        assert_eq!(place.json(&["rule", "list"])[0]["max"], "400");
        assert_eq!(place.json(&["group", "admins", "list", "/acme"])[0]["name"], "ann");

        let ops = place.json(&["group", "members", "list", "/acme/ops"]);
        let ann = member(&ops, "ann");
        assert_eq!(
            (&ann["status"], &ann["roles"], &ann["until"]),
            (&json!("enabled"), &json!(["chair", "member"]), &json!("2141-03-31"))
        );
        let bob = member(&ops, "robert");
        assert_eq!(
            (&bob["status"], &bob["roles"]),
            (&json!("suspended"), &json!(["member"]))
        );
        let below = place.json(&["group", "members", "list", "/acme/ops/p~/q"]);
        assert_eq!(
            (&member(&below, "ann")["status"], &below[0]["from"]),
            (&json!("pending"), &json!("2141-01-01"))
        );
        assert_eq!(
            member(&place.json(&["group", "members", "list", "/acme"]), "robert")["status"],
            "enabled"
        );
        let said = place.run(&["explain", "robert", "/acme/ops"]);
        assert!(
            said.contains("Ann Example has kept")
                && said.contains("“lost the badge”")
                && said.contains("The source agm gave it"),
            "{said}"
        );

        let requests = place.json(&["request", "list"]);
        let of = |status: &str| {
            requests
                .as_array()
                .expect("a list")
                .iter()
                .find(|one| one["status"] == status)
                .expect("it is there")["id"]
                .clone()
        };
        let waits = place.json(&["request", "show", of("WAITING_FOR_REPLY").as_str().expect("an id")]);
        assert_eq!(
            (&waits["user"], &waits["thread"][0]["text"]),
            (&json!("eve"), &json!("Which desk?"))
        );
        assert_eq!(waits["identity"]["authorities"], json!(["The University"]));
        assert_eq!(waits["submitted_at"], "2026-01-02T09:00:00.000Z");
        let old = place.json(&["request", "show", of("SELF_APPROVED").as_str().expect("an id")]);
        assert_eq!(
            (&old["identity"]["last_name"], &old["decided_at"]),
            (&json!("Old"), &json!("2020-01-01T09:00:00.000Z"))
        );
        assert_eq!(place.json(&["mail", "list"]), json!([]), "nobody is sent a mail");

        // A second time there is nothing to do.
        assert_eq!(place.json(&import)["counts"], json!({ "nothing": 27 }));
    }
}

#[test]
fn what_cannot_be_taken_over_is_told() {
    let there = there();
    let place = Place::on(Engine::Sqlite);
    place.run(&["user", "create", "guest", "--quiet"]);
    let refused = |words: &[&str], code: i32, said: &str| {
        let (text, is) = place.attempt_code(words);
        assert!(is == code && text.contains(said), "{words:?} ended with {is}: {text}");
    };
    refused(
        &["agm", "import", there.url(), "--from-realm", "nowhere"],
        1,
        "there is no realm `nowhere`",
    );
    refused(
        &["agm", "import", "mysql://x", "--from-realm", "acme"],
        2,
        "postgres://user@host/name",
    );
    let words = ["agm", "import", there.url(), "--from-realm", "acme", "--no-people"];
    let planned = place.json(&words);
    assert_eq!(planned["counts"]["refused"], 3, "{planned}");
    // What names somebody who is not here is refused with them; everything else is taken over.
    let (text, code) = place.attempt_code(&[&words[..], &["--yes"]].concat());
    assert!(code == 1 && text.contains("usher plan show"), "{text}");
    assert_eq!(
        place
            .json(&["way", "list", "/acme/ops"])
            .as_array()
            .map(|ways| ways.iter().filter(|way| way["name"] == "Join ops").count()),
        Some(1)
    );
    assert_eq!(place.json(&["group", "members", "list", "/acme/ops"]), json!([]));
}

#[test]
fn what_cannot_be_read_is_told_with_the_reason() {
    let there = there();
    let place = Place::on(Engine::Sqlite);
    place.run(&["migrate"]);
    let import = ["agm", "import", there.url(), "--from-realm", "broken"];
    let planned = place.json(&import);
    let shown = place.json(&[
        "plan",
        "show",
        planned["id"].as_str().expect("an id"),
        "--state",
        "refused",
    ]);
    let refused: Vec<String> = shown["listed"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| {
            let text = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
            format!("{}: {}", text("name"), text("reason"))
        })
        .collect();
    assert_eq!(
        refused,
        [
            "invitation-expiration-period: agm.invitation_hours: a whole number",
            "keycloakUrl: agm.link_url: a URL that begins with https://",
            "orphan: the group h0 above it is not there",
            "below: the groups above it do not lead to one at the top",
            "about: the groups above it do not lead to one at the top",
            "round: the groups above it do not lead to one at the top",
            "aup: `SIDEWAYS` is no type of a rule",
            "ian in top: `EXPIRED` is no status of a membership",
            "una in top: its roles cannot be read: [null]",
            "member of : it names no way to join",
            "administrator of top: it does not say when it was made",
        ]
    );
    let (text, code) = place.attempt_code(&[&import[..], &["--yes"]].concat());
    assert!(code == 1 && text.contains("usher plan show"), "{text}");
    // What names a group that was not taken over is not either.
    assert_eq!(place.json(&["group", "members", "list", "/top"]), json!([]));
}

#[test]
fn members_are_read_slice_by_slice_each_once() {
    let there = there();
    let place = Place::on(Engine::Sqlite);
    place.run(&["migrate"]);
    let words = ["agm", "import", there.url(), "--from-realm", "other", "--no-people"];
    let planned = place.json(&words);
    assert_eq!(
        planned["counts"],
        json!({ "create_group": 2, "add_member": 2200, "refused": 1101 })
    );
}
