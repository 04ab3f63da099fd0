//! One installation and several processes: servers, commands, a clock that stands.

use std::time::{Duration, Instant};

use db::Engine;
use serde_json::{Value, json};

use crate::support::{Place, Sink};

fn names(list: &Value) -> Vec<&str> {
    let list = list.as_array().expect("a list");
    list.iter().filter_map(|item| item["name"].as_str()).collect()
}

#[test]
fn a_first_start_makes_the_realm_default() {
    let place = Place::on(Engine::Sqlite);
    let usher = place.serve();
    testkit::figure!("first start with a new database {} ms", usher.started_in.as_millis());
    assert_eq!(names(&place.json(&["realm", "list"])), ["default"]);
    assert_eq!(place.json(&["realm", "show"])["jit_effective"], true);
    let mut http = usher.http();
    http.get("/").expect(200);
    http.get("/scim/v2/ServiceProviderConfig").expect(200);
    usher.stop();
    let usher = place.serve();
    testkit::figure!("second start {} ms", usher.started_in.as_millis());
    assert_eq!(names(&place.json(&["realm", "list"])), ["default"]);
}

#[test]
fn commands_work_beside_a_running_server_on_sqlite() {
    commands_work_beside_a_running_server(Engine::Sqlite);
}

#[test]
fn commands_work_beside_a_running_server_on_postgres() {
    commands_work_beside_a_running_server(Engine::Postgres);
}

fn commands_work_beside_a_running_server(engine: Engine) {
    let place = Place::on(engine);
    let usher = place.serve();
    let token = place.token("hr", "scim:read", &[]);
    let mut http = usher.http().bearer(&token);
    let id = place.run(&["user", "create", "ann", "--email", "ann@example.org", "--quiet"]);
    let user = http.get(&format!("/scim/v2/Users/{id}")).expect(200).json();
    assert_eq!(user["userName"], "ann");

    place.run(&["realm", "create", "other"]);
    usher
        .http()
        .get("/realms/other/scim/v2/ServiceProviderConfig")
        .expect(200);
    http.get("/realms/other/scim/v2/Users").expect(401);

    let tokens = place.json(&["token", "list"]);
    let token_id = tokens[0]["id"].as_str().expect("its id");
    place.run(&["token", "revoke", token_id]);
    let revoked = Instant::now();
    while http.get("/scim/v2/Users").status != 401 {
        assert!(
            revoked.elapsed() < Duration::from_millis(1_100),
            "a revoked token still works after a second"
        );
    }
    usher.stop();
}

#[test]
fn a_folder_has_one_server_at_a_time() {
    let place = Place::on(Engine::Sqlite);
    let mut first = place.serve();
    let (served, why) = place.attempt(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(!served && why.contains(&first.url) && why.contains("--data"), "{why}");
    first.http().get("/").expect(200);
    // Its lock goes with the process, however that ends.
    first.kill();
    place.serve().stop();
}

#[test]
fn two_servers_share_one_database() {
    let place = Place::on(Engine::Postgres);
    let (one, two) = (place.serve(), place.serve());
    let token = place.token("hr", "scim:read,scim:write", &[]);
    let servers = [&one, &two];
    std::thread::scope(|scope| {
        for (number, usher) in servers.iter().enumerate() {
            let (token, other) = (&token, servers[1 - number]);
            scope.spawn(move || {
                let (mut here, mut there) = (usher.http().bearer(token), other.http().bearer(token));
                for user in 0..50 {
                    let body = json!({ "userName": format!("u{number}-{user}") });
                    let id = here.post("/scim/v2/Users", &body).expect(201).json()["id"].clone();
                    there
                        .get(&format!("/scim/v2/Users/{}", id.as_str().expect("an id")))
                        .expect(200);
                }
            });
        }
    });
    let total = one
        .http()
        .bearer(&token)
        .get("/scim/v2/Users?count=0")
        .expect(200)
        .json();
    assert_eq!(total["totalResults"], 100);
    one.stop();
    two.http().bearer(&token).get("/scim/v2/Users?count=0").expect(200);
    two.stop();
    assert!(place.attempt(&["audit", "verify"]).0);
}

#[test]
fn a_standing_clock_moves_with_a_server_running_on_sqlite() {
    a_standing_clock_moves(Engine::Sqlite);
}

#[test]
fn a_standing_clock_moves_with_a_server_running_on_postgres() {
    a_standing_clock_moves(Engine::Postgres);
}

fn a_standing_clock_moves(engine: Engine) {
    let sink = Sink::start();
    let place = Place::on(engine).with_mail(&sink);
    let usher = place.serve_with(&["--clock", "2030-01-01T08:00:00Z"]);
    let token = place.token("hr", "scim:read,scim:write", &["--invite", "unlinked"]);
    let mut http = usher.http().bearer(&token);
    let body = json!({ "userName": "ann", "emails": [{ "value": "ann@example.org" }] });
    let user = http.post("/scim/v2/Users", &body).expect(201).json();
    assert_eq!(user["meta"]["created"], "2030-01-01T08:00:00.000Z");
    let link = sink.mail_for("ann@example.org").invitation().expect("a link");

    place.run(&["clock", "advance", "36h"]);
    let second = http.post(
        "/scim/v2/Users",
        &json!({ "userName": "bob", "emails": [{ "value": "bob@example.org" }] }),
    );
    assert_eq!(second.expect(201).json()["meta"]["created"], "2030-01-02T20:00:00.000Z");
    assert_eq!(state(&place, "ann@example.org"), "pending");

    // Everything that became due has run when the command returns.
    place.run(&["clock", "set", "2030-01-23T08:00:00Z"]);
    assert_eq!(state(&place, "ann@example.org"), "expired");
    let page = usher.http().get(&crate::support::pages::path_of(&link));
    assert!(
        page.text.contains("value=\"anew\"") && !page.text.contains("value=\"accept\""),
        "the page of an expired link offers a new one and nothing else:\n{}",
        page.text
    );

    let (moved, why) = place.attempt(&["clock", "set", "2030-01-01T08:00:00Z"]);
    assert!(!moved, "time does not run back: {why}");
    usher.stop();
}

/// All of it happens in one millisecond, in several processes: what is last and what comes first is known all the same.
#[test]
fn a_standing_clock_keeps_the_order_of_what_happens() {
    let sink = Sink::start();
    let place = Place::on(Engine::Sqlite).with_mail(&sink);
    let usher = place.serve_with(&["--clock", "2030-01-01T08:00:00Z"]);
    for name in ["ann", "bob", "cem", "dan", "eve"] {
        let address = format!("{name}@example.org");
        let id = place.run(&["user", "create", name, "--email", &address, "--invite", "--quiet"]);
        sink.mail_for(&address);
        let last = place.json(&["mail", "show", "--last"]);
        assert_eq!(last["recipient"], json!(address), "{last}");
        let users = place.json(&["user", "list"]);
        assert_eq!(
            users.as_array().and_then(|users| users.last()).map(|user| &user["id"]),
            Some(&json!(id))
        );
    }
    usher.stop();
    let events = place.json(&["event", "list", "--all"]);
    let events = events.as_array().expect("a list");
    let mut versions = std::collections::HashMap::new();
    for event in events {
        let version = event["subject_version"].as_i64().expect("a version");
        let before = versions.insert(event["subject"].as_str(), version).unwrap_or(0);
        assert!(before <= version, "{event} comes after version {before}");
    }
    let third = place.json(&["event", "show", "3"]);
    assert_eq!(third["id"], events[2]["id"], "an event is shown by its position");
}

fn state(place: &Place, address: &str) -> String {
    let list = place.json(&["invite", "list"]);
    let list = list.as_array().expect("a list");
    let found = list.iter().find(|invitation| invitation["address"] == address);
    found
        .and_then(|invitation| invitation["state"].as_str())
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn a_clock_that_runs_cannot_be_set() {
    let place = Place::on(Engine::Sqlite);
    let usher = place.serve();
    let (moved, why) = place.attempt(&["clock", "advance", "1h"]);
    assert!(!moved && why.contains("--clock"), "{why}");
    usher.stop();
}

#[test]
fn an_unknown_setting_stops_the_start_and_names_the_nearest() {
    let place = Place::on(Engine::Sqlite);
    let file = place.folder().join("usher.toml");
    std::fs::write(&file, "[mail]\nsmpt = \"smtp://127.0.0.1:25\"\n").expect("written");
    let (good, why) = place.attempt(&["--config", "usher.toml", "config", "check"]);
    assert!(!good && why.contains("smpt") && why.contains("smtp"), "{why}");
}
