//! There and back: what is exported is imported elsewhere, and is the same.

use std::fs;

use db::Engine;
use serde_json::Value;

use super::{file, path};
use crate::support::Place;

const PEOPLE: &str = "\
userName;email;personal_email;given_name;family_name;department;mobile;active
ann;ann@example.org;ann@home.example;Ann;\"=cmd|' /C calc'!A0\";Sales;+49 171 1;true
bob;bob@example.org;;Bob;'t Hooft;;;false
\"o;ne\";;;\"line
two\";\"say \"\"hi\"\"\";-1;'=x;true
";

#[test]
fn people_and_memberships_come_back_as_they_were() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let old = Place::on(engine);
        let csv = file(&old, "people.csv", PEOPLE);
        old.run(&["user", "import", path(&csv), "--yes"]);
        old.run(&["user", "create", "own", "--email", "own@example.org"]);
        let groups = file(
            &old,
            "groups.csv",
            "group,member\n@ops,ann\n@ops,bob\nempty,\n\"dev, ops\",own\n",
        );
        old.run(&["group", "import", path(&groups), "--yes"]);

        let (people, members) = (old.folder().join("out.csv"), old.folder().join("members.csv"));
        old.run(&["user", "export", path(&people)]);
        old.run(&["group", "export", path(&members)]);
        let text = fs::read_to_string(&people).expect("it is read");
        for cell in text.split([',', '\n']) {
            let cell = cell.trim_matches('"');
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell:?} would be a formula");
        }
        let taken = old.attempt_code(&["user", "export", path(&people)]);
        assert!(taken.0.contains("--force") && taken.1 == 1, "{taken:?}");

        // In the same realm nothing of it is news.
        let again = old.json(&["user", "import", path(&people), "--source", "again"]);
        assert_eq!(again["counts"], serde_json::json!({ "nothing": 4 }), "{again}");
        let again = old.json(&["group", "import", path(&members), "--source", "again"]);
        assert_eq!(again["counts"], serde_json::json!({ "nothing": 3 }), "{again}");

        // Elsewhere it is the same people in the same groups.
        let new = Place::on(engine);
        new.run(&["user", "import", path(&people), "--yes"]);
        new.run(&["group", "import", path(&members), "--yes"]);
        assert_eq!(sorted(&new.run(&["user", "export"])), sorted(&text));
        let text = fs::read_to_string(&members).expect("it is read");
        assert_eq!(sorted(&new.run(&["group", "export", "-"])), sorted(&text));
        for name in ["ann", "bob", "o;ne", "own"] {
            assert_eq!(attributes(&new, name), attributes(&old, name), "{name}");
        }
        assert_eq!(
            old.json(&["user", "show", "ann"])["name"]["familyName"],
            "=cmd|' /C calc'!A0"
        );
    }
}

/// The lines in an order of their own: people who were made at the same time have none.
fn sorted(csv: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = csv.trim_end().lines().collect();
    lines.sort_unstable();
    lines
}

/// What is known of a person, apart from ids and times.
fn attributes(place: &Place, name: &str) -> Value {
    let mut person = place.json(&["user", "show", name]);
    for other in ["id", "meta", "groups", "written_by", "urn:usher:scim:schemas:1.0:User"] {
        person.as_object_mut().expect("an object").remove(other);
    }
    person
}

#[test]
fn columns_and_people_can_be_chosen() {
    let place = Place::on(Engine::Sqlite);
    let csv = file(&place, "people.csv", PEOPLE);
    place.run(&["user", "import", path(&csv), "--yes"]);
    let words = [
        "user",
        "export",
        "--columns",
        "user_name,email,department",
        "--filter",
        "department eq \"Sales\"",
    ];
    assert_eq!(
        place.run(&words),
        "user_name,email,department\nann,ann@example.org,Sales"
    );
    let (said, code) = place.attempt_code(&["user", "export", "--columns", "userName,depratment"]);
    assert!(said.contains("the nearest is `department`"), "{said}");
    assert_eq!(code, 2);
}
