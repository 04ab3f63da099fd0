//! What clients of Canaille's kind rely on (Canaille spec): section 14 by its numbers, `c_01_…` to `c_15_…`, and section 6 by
//! its rows, `row_01_…` to `row_28_…`. Where that spec says what Usher does instead, that is what holds.
//!
//! - `checklist`: numbers 1, 5, 6, 8, 9, 10 and 14
//! - `dialect`: number 2; `matrix`: number 3; `token_endpoint`: number 4
//! - `filters`: number 7; `hostile` and `fuzz`: number 15
//!
//! scim2-tester, number 1, runs against the built program elsewhere; its old set is the one that Canaille 0.3.6 was locked
//! with (scim2-models 0.6.12, scim2-client 0.7.5, scim2-tester 0.2.8).

mod checklist;
mod dialect;
mod filters;
mod fuzz;
mod hostile;
mod matrix;
mod token_endpoint;

use serde_json::{Value, json};
use testkit::{Answer, TestApp, TestClient};

const BOTH: [&str; 2] = ["scim:read", "scim:write"];
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A client of Canaille's kind.
async fn canaille(app: &TestApp) -> TestClient {
    let set = |program: testkit::Program| program.profile("canaille");
    app.client_with("canaille", &BOTH, set).await
}

/// Clients of both kinds that section 6 is about, with their names.
async fn dialects(app: &TestApp) -> [(&'static str, TestClient); 2] {
    let generic = app.client("generic", &BOTH).await;
    [("generic", generic), ("canaille", canaille(app).await)]
}

/// A person as clients of Canaille's kind send them.
fn person(name: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "active": true,
        "name": { "formatted": format!("Given {name}"), "givenName": "Given", "familyName": name },
        "emails": [{ "value": format!("{name}@example.org") }],
    })
}

/// Adds that person and gives the id.
async fn add(client: &TestClient, name: &str) -> String {
    client.post("/scim/v2/Users", person(name)).await.expect(201).id()
}

/// Adds a group with these members and gives the id.
async fn add_group(client: &TestClient, name: &str, members: &[&str]) -> String {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    let body = json!({ "displayName": name, "members": members });
    client.post("/scim/v2/Groups", body).await.expect(201).id()
}

/// The answer is an error as RFC 7644 §3.12 has it, of this status, and nothing was written.
#[track_caller]
fn assert_refused(answer: &Answer, status: u16, scim_type: &str, sent: &str) {
    assert_eq!(answer.status, status, "{sent}: {answer}");
    assert_harmless(answer, sent);
    assert_eq!(answer.scim_type(), scim_type, "{sent}: {answer}");
}

/// No fault; and if it is an error, one in SCIM's form after which nothing is written.
#[track_caller]
fn assert_harmless(answer: &Answer, sent: &str) {
    assert!(answer.status < 500, "{sent}: {answer}");
    if answer.status >= 400 {
        assert!(
            answer.header("content-type").starts_with("application/scim+json"),
            "{sent}: {answer}"
        );
        assert_eq!(answer.at("/schemas"), json!([ERROR]), "{sent}: {answer}");
        assert_eq!(answer.at("/status"), answer.status.to_string(), "{sent}: {answer}");
        assert!(
            answer.at("/detail").as_str().is_some_and(|detail| !detail.is_empty()),
            "{sent}: {answer}"
        );
        assert!(
            answer.events.is_empty() && answer.deliveries.is_empty(),
            "{sent}: {answer}"
        );
    }
}
