//! `usher way`, `rule`, `terms` and `request`: how people join groups.

use db::{Db, Engine, Location, Options};
use directory::enrollment::SubmitRequest;
use directory::enrollment::terms::{Channel, TermsGiven};
use directory::{Actor, Credential, Directory, Id, Opening, Principal, Scope, Scopes, UserActor};
use serde_json::{Value, json};

use crate::support::Place;

const BOTH: [Engine; 2] = [Engine::Sqlite, Engine::Postgres];

fn acme(engine: Engine) -> Place {
    let place = Place::on(engine);
    for name in ["ann", "bob"] {
        place.run(&[
            "user",
            "create",
            name,
            "--email",
            &format!("{name}@example.org"),
            "--given-name",
            name,
            "--family-name",
            "Example",
        ]);
    }
    place.run(&["group", "create", "acme", "--managed", "--owner", "ann"]);
    place.run(&["group", "roles", "define", "/acme", "chair"]);
    place
}

fn refused(place: &Place, words: &[&str], code: i32, said: &str) {
    let (text, is) = place.attempt_code(words);
    assert!(is == code && text.contains(said), "{words:?} ended with {is}: {text}");
}

/// The group's ways to join by name, without the one that it may have had from the beginning.
fn ways(place: &Place) -> Vec<Value> {
    let all = place.json(&["way", "list", "/acme"]);
    let all = all.as_array().expect("a list").iter();
    all.filter(|way| way["name"] != "Join acme").cloned().collect()
}

/// Asks to join as a person does by one of the faces. Answers with the id of the request.
fn ask(place: &Place, user: &str, way: &Value) -> String {
    let user = place.json(&["user", "show", user])["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let environment = place.environment();
    let url = environment.iter().find(|(name, _)| name == "USHER_DATABASE__URL");
    let location = match url {
        Some((_, url)) => Location::Postgres(url.clone()),
        None => Location::Sqlite(place.data().join("usher.db")),
    };
    let command = SubmitRequest {
        configuration: Id::parse(way["id"].as_str().expect("an id")).expect("an id"),
        roles: vec!["member".to_owned()],
        comments: Some("I work there".to_owned()),
        terms: Some(TermsGiven {
            accepted: true,
            version: None,
            channel: Channel::Api,
            address: None,
        }),
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let db = Db::open(&location, &Options::default()).await.expect("the store");
        let directory = Directory::open_migrated(db, Opening::default())
            .await
            .expect("a directory");
        let person = Principal {
            realm: directory.realm("default").await.expect("a realm").id,
            actor: Actor::User(std::sync::Arc::new(UserActor {
                user: Id::parse(&user).expect("an id"),
                client: None,
                scopes: Scopes::of(&[Scope::AgmSelf]),
                roles: Vec::new(),
                credential: Credential::Own,
            })),
            request: None,
        };
        let submitted = directory.execute(&person, command).await.expect("submitted");
        directory.close().await;
        submitted.request.id.to_string()
    })
}

#[test]
fn ways_to_join_are_made_changed_and_taken_away() {
    for engine in BOTH {
        let place = acme(engine);
        let made = place.json(&[
            "way",
            "set",
            "/acme",
            "--name",
            "Quick",
            "--visible",
            "true",
            "--days",
            "365",
            "--role",
            "member",
        ]);
        for (name, value) in [
            ("name", json!("Quick")),
            ("group", json!("/acme")),
            ("visible", json!(true)),
            ("require_approval", json!(true)),
            ("membership_expiration_days", json!(365)),
            ("roles", json!(["member"])),
            ("terms", Value::Null),
        ] {
            assert_eq!(made[name], value, "{name}");
        }
        let words = [
            "way",
            "set",
            "/acme",
            "Quick",
            "--require-approval",
            "false",
            "--days",
            "",
            "--extend-from",
            "current-end",
        ];
        let changed = place.json(
            &[
                &words[..],
                &["--valid-from", "2041-01-01", "--terms", "https://example.org/terms"],
            ]
            .concat(),
        );
        assert_eq!(
            (&changed["require_approval"], &changed["visible"]),
            (&json!(false), &json!(true))
        );
        assert_eq!(
            (&changed["membership_expiration_days"], &changed["extend_from"]),
            (&Value::Null, &json!("current_end"))
        );
        assert_eq!(
            (&changed["valid_from"], &changed["terms"]["number"]),
            (&json!("2041-01-01"), &json!(1))
        );
        assert_eq!(place.json(&["way", "show", "/acme", "Quick"]), changed);
        place.run(&["way", "set", "/acme", "--name", "Slow"]);
        place.run(&["way", "default", "/acme", "Slow"]);
        let all = ways(&place);
        let mut flags: Vec<(&str, bool)> = all
            .iter()
            .map(|way| (way["name"].as_str().expect("a name"), way["default"] == true))
            .collect();
        flags.sort_unstable();
        assert_eq!(flags, [("Quick", false), ("Slow", true)]);

        refused(&place, &["way", "set", "/acme"], 2, "--name");
        refused(&place, &["way", "set", "/acme", "Fast", "--days", "7"], 1, "`Quick`");
        refused(
            &place,
            &["way", "set", "/acme", "Quick", "--role", "boss"],
            1,
            "`boss` is no role",
        );
        refused(
            &place,
            &["way", "set", "/acme", "Quick", "--terms", "somewhere"],
            1,
            "aup",
        );
        refused(
            &place,
            &["way", "set", "/acme", "Quick", "--valid-from", "2041-02-31"],
            2,
            "2041-02-31",
        );
        refused(
            &place,
            &["way", "remove", "/acme", "Slow"],
            1,
            "new members come by this way to join",
        );
        place.run(&["way", "remove", "/acme", "Quick"]);
        assert_eq!(ways(&place).len(), 1);
    }
}

#[test]
fn what_the_realm_allows_is_said_and_looked_after() {
    for engine in BOTH {
        let place = acme(engine);
        place.run(&["way", "set", "/acme", "--name", "Long", "--days", "900"]);
        let rule = place.json(&[
            "rule",
            "set",
            "top_level",
            "membershipExpirationDays",
            "--max",
            "365",
            "--default",
            "180",
        ]);
        assert_eq!((&rule["max"], &rule["required"]), (&json!("365"), &json!(false)));
        let again = place.json(&[
            "rule",
            "set",
            "top_level",
            "membershipExpirationDays",
            "--max",
            "400",
            "--required",
        ]);
        assert_eq!(
            (&again["id"], &again["max"], &again["default"]),
            (&rule["id"], &json!("400"), &Value::Null)
        );
        assert_eq!(place.json(&["rule", "list", "--level", "subgroup"]), json!([]));
        assert_eq!(place.json(&["rule", "list"]).as_array().map(Vec::len), Some(1));
        let broken = place.json(&["rule", "broken"]);
        let broken = broken
            .as_array()
            .expect("a list")
            .iter()
            .find(|one| one["way"] == "Long")
            .expect("it is broken");
        assert_eq!(
            (&broken["group"], &broken["field"]),
            (&json!("/acme"), &json!("membershipExpirationDays"))
        );
        refused(
            &place,
            &["way", "set", "/acme", "--name", "Longer", "--days", "401"],
            1,
            "breaks a rule of the realm",
        );
        assert_eq!(
            place.json(&["way", "set", "/acme", "--name", "Longer", "--days", "401", "--force"])["membership_expiration_days"],
            401
        );

        refused(&place, &["rule", "set", "top_level", "mood"], 1, "there are rules for");
        refused(&place, &["rule", "set", "middle", "aup"], 2, "top_level, subgroup");
        refused(&place, &["rule", "remove", "subgroup", "aup"], 1, "usher rule list");
        place.run(&["rule", "remove", "top_level", "membershipExpirationDays"]);
        assert_eq!(place.json(&["rule", "list"]), json!([]));
    }
}

#[test]
fn requests_are_read_and_decided() {
    for engine in BOTH {
        let place = acme(engine);
        let way = place.json(&[
            "way",
            "set",
            "/acme",
            "--name",
            "Join",
            "--role",
            "member",
            "--terms",
            "https://example.org/terms",
        ]);
        assert_eq!(place.json(&["request", "list"]), json!([]));
        let id = ask(&place, "bob", &way);
        let listed = place.json(&[
            "request", "list", "--status", "open", "--group", "acm", "--person", "bob",
        ]);
        assert_eq!(
            (&listed[0]["id"], &listed[0]["user"], &listed[0]["status"]),
            (&json!(id), &json!("bob"), &json!("PENDING_APPROVAL"))
        );
        assert_eq!(place.json(&["request", "list", "--status", "accepted"]), json!([]));
        let assigned = place.json(&["request", "assign", &id, "ann"]);
        assert_eq!(assigned["assigned_to"], place.json(&["user", "show", "ann"])["id"]);
        refused(&place, &["request", "assign", &id, "bob"], 1, "no such person is here");
        assert_eq!(
            place.json(&["request", "assign", &id, "--nobody"])["assigned_to"],
            Value::Null
        );
        let asked = place.json(&["request", "ask", &id, "Which desk?"]);
        assert_eq!(
            (&asked["status"], &asked["thread"][0]["text"]),
            (&json!("WAITING_FOR_REPLY"), &json!("Which desk?"))
        );
        refused(&place, &["request", "accept", &id], 1, "does not wait for a reviewer");
        let gone = place.json(&["request", "withdraw", &id]);
        assert_eq!(
            (&gone["status"], &gone["cause"]),
            (&json!("ARCHIVED"), &json!("withdrawn"))
        );
        let actor = place.json(&["event", "list", "--subject", &id]);
        assert_eq!(
            actor.as_array().and_then(|all| all.last()).map(|last| &last["actor"]),
            Some(&json!("operator"))
        );

        let id = ask(&place, "bob", &way);
        assert_eq!(
            place.json(&["request", "reject", &id, "--why", "no desk"])["justification"],
            "no desk"
        );
        let id = ask(&place, "bob", &way);
        let accepted = place.json(&["request", "accept", &id, "--why", "welcome"]);
        assert_eq!(
            (&accepted["status"], &accepted["comments"]),
            (&json!("ACCEPTED"), &json!("I work there"))
        );
        let members = place.json(&["group", "members", "list", "/acme"]);
        assert_eq!(
            (&members[0]["user_name"], &members[0]["roles"]),
            (&json!("bob"), &json!(["member"]))
        );
        refused(&place, &["request", "show", "x"], 2, "usher request list");
        refused(&place, &["request", "list", "--status", "lost"], 2, "known are open");

        // Terms: who has accepted which version.
        let all = place.json(&["terms", "acceptances", "/acme", "Join"]);
        assert_eq!((&all[0]["user"], &all[0]["channel"]), (&json!("bob"), &json!("api")));
        let next = place.json(&[
            "terms",
            "publish",
            "/acme",
            "Join",
            "https://example.org/terms/2",
            "--valid-days",
            "365",
            "--on-lapse",
            "withhold",
        ]);
        assert_eq!((&next["number"], &next["on_lapse"]), (&json!(2), &json!("withhold")));
        let numbers = place.json(&["terms", "list", "/acme", "Join"]);
        assert_eq!((&numbers[0]["number"], &numbers[1]["number"]), (&json!(2), &json!(1)));
        assert_eq!(place.json(&["terms", "acceptances", "/acme", "Join"]), json!([]));
        assert_eq!(
            place.json(&["terms", "acceptances", "/acme", "Join", "--number", "1"]),
            all
        );
        refused(
            &place,
            &["terms", "acceptances", "/acme", "Join", "--number", "3"],
            1,
            "usher terms list",
        );
        refused(&place, &["terms", "publish", "/acme", "Join", "nowhere"], 1, "aup");

        let explained = place.run(&["explain", "bob", "/acme"]);
        assert!(
            explained.contains("The operator approved the request of") && explained.contains("“Join”"),
            "{explained}"
        );
    }
}

#[test]
fn it_is_seen_who_is_where_what_ends_soon_and_who_has_nobody_in_charge() {
    for engine in BOTH {
        let place = acme(engine);
        place.run(&["group", "create", "lonely", "--managed"]);
        for (name, group, until) in [
            ("ann", "acme", ""),
            ("bob", "acme", "2031-01-31"),
            ("bob", "lonely", ""),
        ] {
            let list = place.folder().join(format!("{name}-{group}.csv"));
            std::fs::write(&list, format!("group,member,until\n/{group},{name},{until}\n")).expect("a list");
            let list = list.display().to_string();
            place.run(&["group", "import", &list, "--source", "lab", "--yes"]);
        }
        let counts = |words: &[&str]| {
            let counts = place.json(&[&["insight", "counts"], words].concat());
            (counts["enabled"].clone(), counts["expired"].clone())
        };
        assert_eq!(
            (counts(&[]), counts(&["/acme"])),
            ((json!(3), json!(0)), (json!(2), json!(0)))
        );
        let orphans = place.json(&["insight", "orphans"]);
        assert_eq!(
            (&orphans[0]["group"], &orphans[0]["people"], orphans.get(1)),
            (&json!("/lonely"), &json!(1), None)
        );
        let ending = place.json(&["insight", "ending", "--days", "3650"]);
        let one = &ending[0];
        assert_eq!(
            (&one["group"], &one["user"], &one["ends_at"], ending.get(1)),
            (&json!("/acme"), &json!("bob"), &json!("2031-02-01T00:00:00.000Z"), None)
        );
        assert_eq!(
            place.json(&["insight", "ending", "/lonely", "--days", "3650"]),
            json!([])
        );
        refused(&place, &["insight", "ending", "--days", "0"], 1, "1 to");
        refused(&place, &["insight", "counts", "/nowhere"], 1, "nowhere");
    }
}
