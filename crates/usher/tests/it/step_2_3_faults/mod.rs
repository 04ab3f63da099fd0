//! What an operator may meet with: a disk that is full, read-only or broken, a database that is gone, hangs or loses its
//! connections, a mail server that misbehaves. What was answered with success is there afterwards, what was refused is not,
//! whoever asks meanwhile is told in the form of their face, and the server goes on by itself.
//!
//! - `sync`: the log is on disk between a request and its answer
//! - `disk`: full disks and file systems that become read-only, real ones
//! - `refused`: errors of the system, which strace makes up
//! - `outage`: PostgreSQL stopped, hanging and back
//! - `cut`: connections to PostgreSQL that break in COMMIT
//! - `mail`: mails to a server that hangs, refuses, closes and dies

mod cut;
mod disk;
mod mail;
mod outage;
mod refused;
mod sync;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Http, Response, Usher};

/// How long a server may take until it answers again when what it missed is back.
const BACK: Duration = Duration::from_secs(30);

/// What is told of a write that certainly did nothing, and of one of which nobody knows.
const NOTHING: &str = "nothing was changed";
const UNKNOWN: &str = "may have been made or not";

/// What a writer was told of each person.
#[derive(Debug, Default)]
struct Told {
    made: BTreeSet<String>,
    not_made: BTreeSet<String>,
    open: BTreeSet<String>,
}

impl Told {
    /// Sends a person, and notes the answer, which is a success or an error of SCIM that says whether anything was changed.
    fn create(&mut self, http: &mut Http, name: &str) -> u16 {
        let body =
            json!({ "userName": name, "externalId": name, "emails": [{ "value": format!("{name}@example.org") }] });
        let answer = http.post("/scim/v2/Users", &body);
        let name = name.to_owned();
        if answer.status == 201 {
            self.made.insert(name);
        } else {
            let error = unavailable(&answer);
            let detail = error["detail"].as_str().unwrap_or_default();
            if detail.contains(NOTHING) {
                self.not_made.insert(name);
            } else {
                assert!(
                    detail.contains(UNKNOWN) || detail.contains("may still be carried out"),
                    "{detail} does not say whether anything was changed"
                );
                self.open.insert(name);
            }
        }
        answer.status
    }

    /// What was answered with success is there once, what was refused is not, and nobody else is.
    fn compare(&self, http: &mut Http) {
        let list = http
            .get("/scim/v2/Users?count=1000&attributes=userName,externalId")
            .expect(200)
            .json();
        let resources = list["Resources"].as_array().cloned().unwrap_or_default();
        let text = |user: &Value, name: &str| user[name].as_str().unwrap_or_default().to_owned();
        let there: Vec<String> = resources.iter().map(|user| text(user, "userName")).collect();
        assert!(
            resources.iter().all(|user| user["userName"] == user["externalId"]),
            "somebody is there by half: {list}"
        );
        let once: BTreeSet<String> = there.iter().cloned().collect();
        assert_eq!(once.len(), there.len(), "somebody is there twice: {there:?}");
        let lost: Vec<_> = self.made.difference(&once).collect();
        assert!(lost.is_empty(), "answered with success and not there: {lost:?}");
        let ghosts: Vec<_> = self.not_made.intersection(&once).collect();
        assert!(ghosts.is_empty(), "answered as not made and there: {ghosts:?}");
        let strangers: Vec<_> = once
            .iter()
            .filter(|name| !self.made.contains(*name) && !self.open.contains(*name))
            .collect();
        assert!(strangers.is_empty(), "made by nobody: {strangers:?}");
    }

    fn counts(&self) -> String {
        format!(
            "{} writes answered with success, 0 of them lost; {} refused, 0 of them there; {} open",
            self.made.len(),
            self.not_made.len(),
            self.open.len()
        )
    }
}

/// The body of a 503 of SCIM.
#[track_caller]
fn unavailable(answer: &Response) -> Value {
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(
        answer.header("content-type").starts_with("application/scim+json"),
        "{answer:?}"
    );
    assert!(!answer.header("retry-after").is_empty(), "{answer:?}");
    let error = answer.json();
    assert_eq!(error["status"], "503", "{error}");
    error
}

/// The native API says the same in its own form.
#[track_caller]
fn api_unavailable(usher: &Usher, token: &str, name: &str) -> String {
    let mut http = usher.http().bearer(token);
    let answer = http.post("/api/v1/users", &json!({ "userName": name }));
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(
        answer.header("content-type").starts_with("application/problem+json"),
        "{answer:?}"
    );
    assert!(!answer.header("retry-after").is_empty(), "{answer:?}");
    answer.json()["detail"].as_str().unwrap_or_default().to_owned()
}

/// Asks for readiness until it is red or green; the last answer.
#[track_caller]
fn readiness(usher: &Usher, ready: bool) -> String {
    let mut health = usher.health();
    let since = Instant::now();
    loop {
        let answer = health.get("/health/ready");
        if (answer.status == 200) == ready {
            health.get("/health/live").expect(200);
            return answer.text;
        }
        assert!(since.elapsed() < BACK, "it is still {}: {}", answer.status, answer.text);
    }
}

/// Writes until a write succeeds again.
#[track_caller]
fn comes_back(told: &mut Told, http: &mut Http, name: &str) -> Duration {
    let since = Instant::now();
    for number in 0.. {
        if told.create(http, &format!("{name}{number}")) == 201 {
            break;
        }
        assert!(since.elapsed() < BACK, "nothing can be written yet");
    }
    since.elapsed()
}
