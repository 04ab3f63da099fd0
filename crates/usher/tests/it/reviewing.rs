//! `usher review` and `usher group eligible`: whether memberships are still right, and who has one for some hours only.

use db::Engine;
use serde_json::{Value, json};

use crate::support::{Place, Usher};

const BOTH: [Engine; 2] = [Engine::Sqlite, Engine::Postgres];

/// A group with ann as its owner and these people in it, and a server whose clock stands.
fn acme(engine: Engine, people: &[&str]) -> (Place, Usher) {
    let place = Place::on(engine);
    for name in ["ann"].iter().chain(people) {
        place.run(&["user", "create", name, "--email", &format!("{name}@example.org")]);
    }
    let usher = place.serve_with(&["--clock", "2031-01-01T08:00:00Z"]);
    place.run(&["group", "create", "acme", "--managed", "--owner", "ann"]);
    place.run(&["group", "roles", "define", "/acme", "chair"]);
    for name in people {
        place.run(&["group", "members", "add", "/acme", name]);
    }
    (place, usher)
}

fn refused(place: &Place, words: &[&str], code: i32, said: &str) {
    let (text, is) = place.attempt_code(words);
    assert!(is == code && text.contains(said), "{words:?} ended with {is}: {text}");
}

/// These members of all that is listed.
fn column(list: &Value, name: &str) -> Vec<String> {
    let all = list.as_array().expect("a list").iter();
    all.map(|one| one[name].as_str().expect("a text").to_owned()).collect()
}

fn of(items: &Value, name: &str) -> String {
    let all = items.as_array().expect("a list").iter();
    let one = all.clone().find(|one| one["user_name"] == name);
    one.expect("an item")["id"].as_str().expect("an id").to_owned()
}

fn members(place: &Place) -> Vec<String> {
    column(
        &place.json(&["group", "members", "list", "/acme", "--status", "enabled"]),
        "user_name",
    )
}

#[test]
fn a_review_is_begun_decided_and_closed() {
    for engine in BOTH {
        let (place, usher) = acme(engine, &["bob", "cat"]);
        let begun = place.json(&["review", "begin", "/acme", "--name", "spring", "--until", "2031-02-28"]);
        let id = begun["id"].as_str().expect("an id").to_owned();
        assert_eq!(
            (&begun["last_day"], &begun["undecided"], &begun["path"]),
            (&json!("2031-02-28"), &json!("keep"), &json!("/acme"))
        );
        place.run(&["clock", "advance", "1s"]);
        let listed = place.json(&["review", "list", "--state", "open", "--group", "/acme"]);
        assert_eq!(column(&listed, "name"), ["spring"]);
        assert_eq!((&listed[0]["items"], &listed[0]["to_decide"]), (&json!(2), &json!(2)));

        let items = place.json(&["review", "items", &id]);
        assert_eq!(items.as_array().map(Vec::len), Some(2));
        place.run(&["review", "decide", &id, "keep", &of(&items, "cat")]);
        // One that is not in it keeps no other from being decided.
        let nobody = "0190f9c4-0000-7000-8000-000000000000";
        let (said, code) = place.attempt_code(&["review", "decide", &id, "keep", nobody, &of(&items, "cat")]);
        assert!(code == 1 && said.contains("1 of 2 were not decided"), "{code}: {said}");
        place.run(&[
            "review",
            "decide",
            &id,
            "remove",
            &of(&items, "bob"),
            "--why",
            "has moved on",
        ]);
        let left = place.json(&["review", "items", &id, "--decision", "undecided"]);
        assert_eq!(left, json!([]));
        let foreseen = place.json(&["review", "outcome", &id]);
        assert_eq!(
            (
                column(&foreseen, "user_name"),
                &foreseen[0]["does"],
                &foreseen[0]["done"]
            ),
            (vec!["bob".to_owned()], &json!("remove"), &json!(false))
        );
        assert_eq!(members(&place).len(), 2, "nothing happens before it closes");

        place.run(&["review", "close", &id]);
        place.run(&["clock", "advance", "1s"]);
        let closed = place.json(&["review", "show", &id]);
        assert_eq!((&closed["state"], &closed["removed"]), (&json!("closed"), &json!(1)));
        assert_eq!(members(&place), ["cat"]);
        refused(&place, &["review", "close", &id], 1, "review");
        refused(&place, &["review", "cancel", &id], 1, "review");
        refused(
            &place,
            &["review", "decide", &id, "drop", "x"],
            2,
            "keep, remove, suspend",
        );
        refused(&place, &["review", "decide", &id, "keep", "x"], 2, "review items");
        refused(&place, &["review", "show", "x"], 2, "review list");
        refused(&place, &["review", "list", "--state", "ajar"], 2, "held");
        refused(
            &place,
            &["review", "begin", "/acme", "--name", "n", "--until", "2030-12-31"],
            1,
            "last_day",
        );
        usher.stop();
    }
}

#[test]
fn many_who_would_lose_by_silence_take_another_word() {
    for engine in BOTH {
        let people = ["bob", "cat", "dan", "eve", "fay", "gil", "hal"];
        let (place, usher) = acme(engine, &people);
        let words = ["review", "begin", "/acme", "--name", "spring", "--until", "2031-02-28"];
        let begun = place.json(&[&words[..], &["--undecided", "suspend"]].concat());
        let id = begun["id"].as_str().expect("an id").to_owned();
        place.run(&["clock", "advance", "1s"]);
        refused(&place, &["review", "close", &id], 3, "7 of 7");
        let ids = place.run(&["review", "items", &id, "--decision", "undecided", "--quiet"]);
        let one = ids.split_whitespace().next().expect("an id");
        place.run(&["review", "decide", &id, "keep", one]);
        refused(&place, &["review", "close", &id], 3, "6 of 7");
        assert_eq!(members(&place).len(), 7, "nothing happened");
        place.run(&["review", "close", &id, "--release"]);
        place.run(&["clock", "advance", "1s"]);
        let closed = place.json(&["review", "show", &id]);
        assert_eq!((&closed["state"], &closed["suspended"]), (&json!("closed"), &json!(6)));
        assert_eq!(members(&place).len(), 1);
        usher.stop();
    }
}

#[test]
fn who_may_make_themselves_a_member_is_listed_and_taken_away() {
    for engine in BOTH {
        let (place, usher) = acme(engine, &["bob"]);
        let words = ["group", "eligible", "add", "/acme", "ann", "--role", "chair"];
        let given = place.json(&[&words[..], &["--hours", "4", "--until", "2031-03-31"]].concat());
        for (name, value) in [
            ("user", json!("ann")),
            ("group", json!("/acme")),
            ("roles", json!(["chair"])),
            ("hours", json!(4)),
            ("until", json!("2031-03-31")),
            ("needs_justification", json!(true)),
            ("granted_by", json!("operator")),
        ] {
            assert_eq!(given[name], value, "{name}");
        }
        assert_eq!(place.json(&["group", "eligible", "list", "/acme"]), json!([given]));
        refused(&place, &[&words[..], &["--hours", "4"]].concat(), 1, "already");
        refused(&place, &[&words[..], &["--hours", "169"]].concat(), 1, "168");
        refused(
            &place,
            &[&words[..], &["--hours", "1", "--until", "soon"]].concat(),
            2,
            "soon",
        );
        place.run(&["group", "eligible", "remove", "/acme", "ann"]);
        assert_eq!(place.json(&["group", "eligible", "list", "/acme"]), json!([]));
        refused(
            &place,
            &["group", "eligible", "remove", "/acme", "ann"],
            1,
            "eligibility",
        );
        usher.stop();
    }
}
