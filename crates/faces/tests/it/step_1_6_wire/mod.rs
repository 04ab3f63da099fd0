//! Wire (`spec/wire-scim-and-ldap-bridge.md`, part A and section F 1 to 12): each test bears the number of what it shows.
//!
//! A number without a test is in [`NOT_SERVED`] with its reason; `every_number_has_a_test_or_a_reason` sees to that.

mod attributes;
mod base_urls;
mod checklist;
mod confirmation;
mod create;
mod delete;
mod discovery;
mod dump;
mod groups;
mod hscim;
mod invitations;
mod media_and_errors;
mod patch;
mod put;
mod read;
mod rich_info;
mod token_rules;
mod tokens;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use testkit::{Answer, TestApp, TestClient};

pub(super) use crate::scim::{escaped, patch as operations};

const USERS: &str = "/scim/v2/Users";
const GROUPS: &str = "/scim/v2/Groups";
const TOKENS: &str = "/scim/auth-tokens";
const USER_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const USHER: &str = "urn:usher:scim:schemas:1.0:User";
const PROFILE: &str = "urn:wire:scim:schemas:profile:1.0";
const MAP: &str = "urn:ietf:params:scim:schemas:extension:wire:1.0:User";
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
const BOTH: [&str; 2] = ["scim:read", "scim:write"];
const UNKNOWN: &str = "00000000-0000-0000-0000-000000000000";

/// Numbers that no test has, and why.
const NOT_SERVED: [(u32, &str); 3] = [
    (
        22,
        "accounts that a first sign-in makes come with signing in; `oidc.jit` and `jit.changed` are W-21",
    ),
    (
        43,
        "not served: finding a provider by an address is the sign-in page's, and Usher has one provider per realm",
    ),
    (
        108,
        "not served: rich info is read by SCIM and by the native API, there is no API of Wire's apps",
    ),
];

/// The numbers of the specification's rules.
fn rules() -> impl Iterator<Item = u32> {
    let parts = [
        1..=6,
        10..=23,
        30..=39,
        40..=44,
        50..=56,
        60..=72,
        80..=86,
        90..=97,
        100..=109,
    ];
    parts.into_iter().flatten()
}

const SOURCES: [&str; 17] = [
    include_str!("attributes.rs"),
    include_str!("base_urls.rs"),
    include_str!("checklist.rs"),
    include_str!("confirmation.rs"),
    include_str!("create.rs"),
    include_str!("delete.rs"),
    include_str!("discovery.rs"),
    include_str!("groups.rs"),
    include_str!("hscim.rs"),
    include_str!("invitations.rs"),
    include_str!("media_and_errors.rs"),
    include_str!("patch.rs"),
    include_str!("put.rs"),
    include_str!("read.rs"),
    include_str!("rich_info.rs"),
    include_str!("token_rules.rs"),
    include_str!("tokens.rs"),
];

/// The numbers behind that letter in the names of tests.
fn numbered(letter: &str) -> BTreeSet<u32> {
    let start = format!("async fn {letter}_");
    let names = SOURCES.iter().flat_map(|source| source.split(start.as_str()).skip(1));
    names.filter_map(|rest| rest.split('_').next()?.parse().ok()).collect()
}

#[test]
fn every_number_has_a_test_or_a_reason() {
    let reasons: BTreeSet<u32> = NOT_SERVED.iter().map(|(number, _)| *number).collect();
    let tested = numbered("w");
    assert_eq!(
        tested.intersection(&reasons).count(),
        0,
        "a reason is not needed where there is a test"
    );
    let covered: BTreeSet<u32> = tested.union(&reasons).copied().collect();
    assert_eq!(covered, rules().collect());
    assert_eq!(numbered("h"), (1..=12).collect());
    assert_eq!(numbered("f"), (1..=12).collect());
}

/// A client of Wire's whose people have no provider: they are invited.
async fn wire(app: &TestApp) -> TestClient {
    app.client_with("wire", &BOTH, |program| program.profile("wire")).await
}

/// A client of Wire's that is bound to the realm's provider: its people are in at once.
async fn bound(app: &TestApp) -> TestClient {
    with_issuer(app).await;
    app.client_with("bound", &BOTH, |program| program.profile("wire").idp())
        .await
}

/// The realm gets a provider.
async fn with_issuer(app: &TestApp) {
    app.set_realm("default", |settings| {
        settings.oidc.issuer = Some("https://idp.example".into());
    })
    .await;
}

/// A client that knows no dialect.
async fn generic(app: &TestApp) -> TestClient {
    app.client("generic", &BOTH).await
}

/// A body with everything Wire asks for.
fn person(name: &str) -> Value {
    json!({ "schemas": [USER_URN], "userName": name, "externalId": format!("ext-{name}"), "emails": [{ "value": format!("{name}@x.example") }] })
}

/// The same with more in it.
fn person_with(name: &str, more: Value) -> Value {
    let mut body = person(name);
    for (key, value) in more.as_object().cloned().unwrap_or_default() {
        body[key] = value;
    }
    body
}

/// Makes a person; the path.
async fn made(client: &TestClient, name: &str) -> String {
    made_with(client, name, json!({})).await
}

async fn made_with(client: &TestClient, name: &str, more: Value) -> String {
    let made = client.post(USERS, person_with(name, more)).await.expect(201);
    format!("{USERS}/{}", made.id())
}

/// The id at the end of a path.
fn id_in(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// One operation, sent.
async fn apply(client: &TestClient, path: &str, operation: Value) -> Answer {
    client.patch(path, operations(json!([operation]))).await
}

/// What a filter finds.
async fn found(client: &TestClient, filter: &str) -> Answer {
    client.get(&format!("{USERS}?filter={}", escaped(filter))).await
}

/// A SCIM error with SCIM's content type, that status and that scimType (empty: none), which changed nothing.
#[track_caller]
fn refused(answer: &Answer, status: u16, scim_type: &str) {
    assert_eq!(answer.status, status, "{answer}");
    assert_eq!(
        answer.header("content-type"),
        "application/scim+json;charset=utf-8",
        "{answer}"
    );
    assert_eq!(answer.at("/schemas"), json!([ERROR]), "{answer}");
    assert_eq!(answer.at("/status"), status.to_string(), "{answer}");
    assert_eq!(answer.scim_type(), scim_type, "{answer}");
    assert!(
        answer.at("/detail").as_str().is_some_and(|detail| !detail.is_empty()),
        "{answer}"
    );
    assert!(answer.events.is_empty() && answer.deliveries.is_empty(), "{answer}");
}

/// Whether the detail speaks of it.
#[track_caller]
fn tells(answer: &Answer, of: &str) {
    assert!(
        answer.at("/detail").as_str().unwrap_or_default().contains(of),
        "{of}: {answer}"
    );
}

/// Accepts the invitation behind a page's path.
async fn accept(app: &TestApp, page: &str) -> Answer {
    app.anonymous().post_form(page, &[("answer", "accept")]).await
}

/// The path of the page in the one mail that is due now.
async fn mailed(app: &TestApp) -> String {
    let mut mails = app.deliver_mail().await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    mails.remove(0).invitation_path()
}

/// What Usher knows of a person beyond SCIM.
async fn usher(client: &TestClient, path: &str) -> Value {
    let answer = client.get(&format!("{path}?attributes={USHER}")).await.expect(200);
    answer.json()[USHER].clone()
}
