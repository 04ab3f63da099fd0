//! `usher explain`, and what has happened in a group.

use db::Engine;
use serde_json::{Value, json};

use crate::support::Place;

#[test]
fn why_somebody_is_in_a_group_is_said_in_two_languages() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let place = Place::on(engine);
        place.run(&[
            "user",
            "create",
            "ada",
            "--email",
            "ada@example.org",
            "--display-name",
            "Ada",
        ]);
        place.run(&["group", "create", "acme", "--managed", "--owner", "ada"]);
        place.run(&["group", "create", "ops", "--parent", "/acme"]);
        let said = place.run(&["explain", "ada", "/acme/ops"]);
        assert_eq!(
            said,
            "Ada was never a member of /acme/ops.\nAda administers it as owner, inherited from /acme."
        );
        place.run(&["group", "add", "/acme/ops", "ada"]);
        place.run(&["group", "add", "/acme", "ada"]);
        let said = place.run(&["explain", "ada", "/acme", "--language", "de"]);
        let lines: Vec<&str> = said.lines().collect();
        assert!(
            lines[0].starts_with("Ada ist seit ") && lines[0].ends_with(" Mitglied von /acme."),
            "{said}"
        );
        assert_eq!(
            &lines[1..],
            [
                "Der Betrieb hat sie gegeben.",
                "Sie hat kein Ende.",
                "Ada verwaltet die Gruppe als owner.",
                "Sie zu beenden, beendet auch /acme/ops.",
            ]
        );
        place.run(&["group", "remove", "/acme/ops", "ada"]);
        let told = place.json(&["explain", "ada", "/acme/ops"]);
        assert_eq!(
            (&told["status"], &told["user"]["name"]),
            (&json!("ended"), &json!("Ada"))
        );
        let first = told["sentences"][0].as_str().expect("a sentence");
        assert!(
            first.starts_with("Ada is no member of /acme/ops: the operator ended the membership on "),
            "{first}"
        );
        let kinds: Vec<&Value> = told["history"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|fact| &fact["kind"])
            .collect();
        assert_eq!(kinds, ["member.added", "member.removed"]);
        let (text, code) = place.attempt_code(&["explain", "nobody", "/acme"]);
        assert!(code == 1 && text.contains("usher user list"), "{text}");
        let (text, code) = place.attempt_code(&["explain", "ada", "/acme", "--language", "fr"]);
        assert!(code == 2 && text.contains("known are en, de"), "{text}");
    }
}

#[test]
fn what_happened_in_a_group_is_found_and_exported() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let place = Place::on(engine);
        place.run(&["user", "create", "ada", "--email", "ada@example.org"]);
        place.run(&["group", "create", "acme", "--managed", "--description", "=1+1"]);
        place.run(&["group", "create", "other", "--managed"]);
        for group in ["/acme", "/other"] {
            place.run(&["group", "add", group, "ada"]);
        }
        let kinds = |words: &[&str]| {
            let all = place.json(&[&["event", "list"], words].concat());
            let all = all.as_array().expect("a list").iter();
            all.filter_map(|event| event["kind"].as_str().map(str::to_owned))
                .collect::<Vec<_>>()
        };
        assert_eq!(kinds(&["--group", "/acme", "--kind", "member."]), ["member.added"]);
        assert_eq!(kinds(&["--kind", "member."]).len(), 2);
        assert!(kinds(&["--group", "/acme"]).contains(&"group.created".to_owned()));
        assert_eq!(kinds(&["--kind", "member.", "--limit", "1"]).len(), 1);
        assert!(kinds(&["--kind", "member.", "--actor", "ada"]).is_empty());
        assert_eq!(
            kinds(&["--kind", "member.", "--actor", "operator", "--since", "2001-01-01"]).len(),
            2
        );
        assert!(kinds(&["--until", "2001-01-01"]).is_empty());
        assert!(kinds(&["--since", "2141-01-01T00:00:00Z"]).is_empty());
        let (text, code) = place.attempt_code(&["event", "list", "--since", "yesterday"]);
        assert!(code == 2 && text.contains("2031-03-31"), "{text}");

        let csv = place.run(&["audit", "export", "--group", "/acme", "--format", "csv"]);
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(
            lines[0],
            "position,at,kind,actor,subject_type,subject,subject_version,id,body,via,request_id"
        );
        assert!(
            lines[1..].iter().all(|line| !line.contains("other")) && lines.len() > 2,
            "{csv}"
        );
        let jsonl = place.run(&["audit", "export", "--kind", "member."]);
        let first: Value = serde_json::from_str(jsonl.lines().next().expect("a line")).expect("JSON");
        assert_eq!((jsonl.lines().count(), &first["kind"]), (2, &json!("member.added")));
    }
}
