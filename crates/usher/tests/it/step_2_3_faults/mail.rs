//! Mails to a server that puts off, hangs, closes and dies: each arrives, those that were taken without an answer come again
//! under the same Message-ID, what is refused for good is kept with the reason, and none waits for another.

use std::collections::BTreeMap;

use db::Engine;
use serde_json::json;

use crate::support::{Place, Sink};

/// Of each kind.
const PEOPLE: usize = 3;
const KINDS: [&str; 6] = ["plain", "later", "hang", "drop", "die", "bounce"];

#[test]
fn no_mail_is_lost_on_sqlite() {
    no_mail_is_lost(Engine::Sqlite);
}

#[test]
fn no_mail_is_lost_on_postgres() {
    no_mail_is_lost(Engine::Postgres);
}

fn no_mail_is_lost(engine: Engine) {
    let sink = Sink::start();
    let place = Place::on(engine)
        .with_mail(&sink)
        .set("USHER_MAIL__TIMEOUT_SECONDS", "2");
    // It stands, so that repeats come when this test lets time pass.
    let usher = place.serve_with(&["--clock", "2030-01-01T08:00:00Z"]);
    let token = place.token("hr", "scim:read,scim:write", &["--invite", "unlinked"]);
    let mut http = usher.http().bearer(&token);
    for number in 0..PEOPLE {
        for kind in KINDS {
            let address = format!("{kind}{number}@example.org");
            let person = json!({ "userName": address, "emails": [{ "value": address }] });
            http.post("/scim/v2/Users", &person).expect(201);
        }
    }
    // No time passes, and those are there whose server is not in the way.
    for number in 0..PEOPLE {
        sink.mail_for(&format!("plain{number}@example.org"));
    }
    place.run(&["clock", "advance", "1h"]);
    let mut came: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for mail in sink.taken() {
        let id = mail.header("Message-ID").expect("an id").to_owned();
        came.entry(mail.recipient).or_default().push(id);
    }
    let (mut arrived, mut repeated) = (0, 0);
    for number in 0..PEOPLE {
        for kind in KINDS {
            let address = format!("{kind}{number}@example.org");
            let ids = came.remove(&address).unwrap_or_default();
            let wanted = match kind {
                "bounce" => 0,
                "die" => 2,
                _ => 1,
            };
            assert_eq!(ids.len(), wanted, "mails to {address}");
            assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "{address} got {ids:?}");
            arrived += usize::from(wanted > 0);
            repeated += wanted.saturating_sub(1);
        }
    }
    assert!(came.is_empty(), "{came:?}");

    // What came of each is told in plain words.
    let parked = place.json(&["delivery", "list", "--state", "parked"]);
    let parked = parked.as_array().expect("a list");
    assert_eq!(parked.len(), PEOPLE, "{parked:?}");
    for delivery in parked {
        let why = delivery["last_error"].as_str().unwrap_or_default();
        assert!(why.contains("refuses the recipient: 550 5.1.1 no such user"), "{why}");
    }
    let waiting = place.json(&["delivery", "list", "--state", "retrying"]);
    assert_eq!(waiting.as_array().map(Vec::len), Some(0), "{waiting}");
    testkit::figure!(
        "{arrived} mails on {engine:?}: 0 lost, {repeated} sent again under the same Message-ID, {PEOPLE} parked with the reason"
    );
    usher.stop();
}
