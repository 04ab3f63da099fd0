//! What a monitoring system sees: health, readiness, metrics.

use std::collections::BTreeSet;

use db::Engine;
use serde_json::json;

use crate::support::{Http, Place, Usher};

/// A server with its second listener, and a client of that.
fn watched(place: &Place) -> (Usher, Http) {
    let usher = place.serve_with(&["--health-listen", "127.0.0.1:0"]);
    let log = usher.log();
    let address = log
        .split("health and metrics on ")
        .nth(1)
        .and_then(|rest| rest.split_whitespace().next());
    let watch = Http::new(address.expect("the log names it"));
    (usher, watch)
}

#[test]
fn a_server_tells_how_it_is_on_sqlite() {
    a_server_tells_how_it_is(Engine::Sqlite);
}

#[test]
fn a_server_tells_how_it_is_on_postgres() {
    a_server_tells_how_it_is(Engine::Postgres);
}

fn a_server_tells_how_it_is(engine: Engine) {
    // With no mail server, so that the mail stays queued.
    let place = Place::on(engine);
    let (usher, mut watch) = watched(&place);
    for path in ["/health/live", "/healthz", "/health/ready", "/readyz"] {
        watch.get(path).expect(200);
    }
    let token = place.token("hr", "scim:read,scim:write", &["--invite", "unlinked"]);
    let mut http = usher.http().bearer(&token);
    let person = json!({ "userName": "ann", "emails": [{ "value": "ann@example.org", "primary": true }] });
    http.post("/scim/v2/Users", &person).expect(201);
    http.post("/scim/v2/Users", &person).expect(409);
    http.get("/scim/v2/Users?count=0").expect(200);

    let answer = watch.get("/metrics").expect(200);
    assert_eq!(
        answer.header("content-type"),
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    );
    let text = answer.text;
    for line in [
        "usher_build_info{version=\"0.1.0\"} 1",
        "usher_requests_total{face=\"scim\",method=\"POST\",status=\"2xx\"} 1",
        "usher_requests_total{face=\"scim\",method=\"POST\",status=\"4xx\"} 1",
        "usher_requests_total{face=\"scim\",method=\"GET\",status=\"2xx\"} 1",
        "usher_request_duration_seconds_count{face=\"scim\"} 3",
        "usher_database_up 1",
        "usher_database_waiting 0",
        "usher_deliveries{target=\"mail\",state=\"queued\"} 1",
        "usher_deliveries{target=\"mail\",state=\"parked\"} 0",
        "usher_jobs_due 0",
        "usher_jobs_parked 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
    }
    assert!(text.ends_with("# EOF\n"));
    assert!(!text.contains("default") && !text.contains("ann"), "{text}");
    let committed = text
        .lines()
        .find_map(|line| line.strip_prefix("usher_database_transactions_total "));
    let committed: u64 = committed.and_then(|number| number.parse().ok()).expect("a number");
    assert!(committed > 0, "{text}");
    names_are_sound(&text);
    usher.stop();
}

/// Each metric is described once, before its values.
fn names_are_sound(text: &str) {
    let mut described = BTreeSet::new();
    for line in text.lines().filter(|line| *line != "# EOF") {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let name = rest.split(' ').next().unwrap_or_default();
            assert!(described.insert(name.to_owned()), "{name} is described twice");
        } else if !line.starts_with('#') {
            let name = line.split(['{', ' ']).next().unwrap_or_default();
            let known = described.iter().any(|known| name.starts_with(known.as_str()));
            assert!(known, "{line} is not described");
        }
    }
}

#[test]
fn readiness_warns_of_what_nobody_would_notice() {
    let place = Place::on(Engine::Sqlite);
    let (usher, mut watch) = watched(&place);
    assert_eq!(watch.get("/health/ready").expect(200).text, "ready\n");
    usher.stop();
    let place = Place::on(Engine::Sqlite)
        .set("USHER_MAIL__SMTP", "smtp://192.0.2.1:25?tls=none")
        .set("USHER_MAIL__FROM", "usher@example.org");
    let (usher, mut watch) = watched(&place);
    let said = watch.get("/readyz").expect(200).text;
    assert_eq!(said, "ready\nwarning: mails go to 192.0.2.1:25 in clear\n");
    assert!(
        usher
            .log()
            .contains("mails go to 192.0.2.1:25 in clear: take tls=none out"),
        "{}",
        usher.log()
    );
    usher.stop();
}
