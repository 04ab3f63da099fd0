//! PostgreSQL is gone for a while: every face says so in its own form, and nobody has to start the server again.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Crash, Victim};
use crate::support::{Http, Response};

/// How long the server may take until it answers again.
const BACK: Duration = Duration::from_secs(30);

impl Crash {
    /// A round that kills PostgreSQL; after its start, how long the server took to write again.
    pub(super) fn lose_postgres(&mut self, round: usize) -> Duration {
        self.write_until_killed(round, Victim::Postgres);
        self.every_face_says_so();
        self.place.start_postgres();
        let back = Instant::now();
        let mut http = self.usher.http().bearer(&self.tokens[0]);
        let body = json!({ "displayName": format!("back {round}") });
        loop {
            let answer = http.post("/scim/v2/Groups", &body);
            if answer.status == 201 {
                let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
                let group = answer.json();
                ledger.group_created(group["id"].as_str().expect("an id"), &format!("back {round}"));
                return back.elapsed();
            }
            unavailable("a write", &answer, "application/scim+json");
            assert!(
                back.elapsed() < BACK,
                "it still answers {}: {}",
                answer.status,
                answer.text
            );
        }
    }

    fn every_face_says_so(&self) {
        let mut http = self.usher.http().bearer(&self.tokens[0]);
        let error = unavailable("SCIM", &http.get("/scim/v2/Users"), "application/scim+json");
        assert_eq!(error["status"], "503", "{error}");
        assert_eq!(
            error["schemas"][0], "urn:ietf:params:scim:api:messages:2.0:Error",
            "{error}"
        );
        let mut http = self.usher.http().bearer(&self.admin);
        let error = unavailable("the native API", &http.get("/api/v1/users"), "application/problem+json");
        assert_eq!(error["status"], 503, "{error}");
        let mut http = Http::new(&self.usher.url);
        let form = "grant_type=client_credentials&client_id=00000000-0000-7000-8000-000000000000&client_secret=x";
        let error = unavailable("OAuth", &http.post_form("/oauth/token", form), "application/json");
        assert_eq!(error["error"], "temporarily_unavailable", "{error}");
        let page = http.get("/invitation/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(page.status, 503, "{}", page.text);
        assert!(page.header("content-type").starts_with("text/html"), "{page:?}");
        assert!(!page.header("retry-after").is_empty(), "{page:?}");
    }
}

/// The body of a 503 in a face's own type.
fn unavailable(what: &str, answer: &Response, kind: &str) -> Value {
    assert_eq!(answer.status, 503, "{what}: {}", answer.text);
    assert!(answer.header("content-type").starts_with(kind), "{what}: {answer:?}");
    assert!(!answer.header("retry-after").is_empty(), "{what}: {answer:?}");
    answer.json()
}
