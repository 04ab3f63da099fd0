//! Groups that people manage, and how people join them.

mod delegations;
mod eligibilities;
mod eligibilities_end;
mod group_roles;
mod group_templates;
mod history;
mod insight;
mod me;
mod member_lists;
mod memberships;
mod offers;
mod overdue;
mod own_terms;
mod requests;
mod reviews;
mod rules;
mod terms;
mod tree;
mod ways;

use directory::Id;
use directory::enrollment::SubmitRequest;
use directory::enrollment::terms::TermsGiven;
use directory::user::User;
use serde_json::{Value, json};
use testkit::{Answer, Program, TestApp, TestClient};

/// An id of nothing.
const NOBODY: &str = "0190f9c4-0000-7000-8000-000000000000";

/// A program that may do everything.
async fn admin(app: &TestApp) -> TestClient {
    app.client("admin", &["admin"]).await
}

/// A new person, with a token that reaches group management.
async fn person(app: &TestApp, name: &str) -> (Id<User>, TestClient) {
    let user = app.user(name).await;
    (user, app.acting_as(user, &["agm:self", "agm:manage"]).await)
}

/// Another token of a person, with these scopes.
async fn token_of(app: &TestApp, user: Id<User>, scopes: &[&str]) -> TestClient {
    let name = format!("{} of {user}", scopes.join(" "));
    app.client_with(&name, scopes, |program| program.acts_as(user)).await
}

/// The same with a role in the realm.
async fn with_role(app: &TestApp, admin: &TestClient, name: &str, role: &str, scopes: &[&str]) -> TestClient {
    let user = app.user(name).await;
    let path = format!("/api/v1/users/{user}/roles/{role}");
    admin.put(&path, json!({})).await.expect(204);
    app.acting_as(user, scopes).await
}

/// A group at the top that nobody owns.
async fn top(admin: &TestClient, name: &str) -> String {
    let new = json!({ "name": name, "owner": null });
    admin.post("/api/v1/tree", new).await.expect(201).id()
}

/// A group below another one that nobody owns by itself.
async fn below(admin: &TestClient, parent: &str, name: &str) -> String {
    let new = json!({ "name": name, "owner": null, "parent": parent });
    admin.post("/api/v1/tree", new).await.expect(201).id()
}

/// Lets a person do something in a group and all below.
async fn let_do(admin: &TestClient, group: &str, user: Id<User>, what: Value) {
    let mut grant = json!({ "user": user.to_string() });
    for (name, value) in what.as_object().unwrap() {
        grant[name] = value.clone();
    }
    admin
        .post(&format!("/api/v1/groups/{group}/admins"), grant)
        .await
        .expect(201);
}

/// A way to join a group as a member.
async fn way(admin: &TestClient, group: &str, what: Value) -> String {
    let mut new = json!({ "name": "Join", "visible": true, "roles": ["member"] });
    for (name, value) in what.as_object().unwrap() {
        new[name] = value.clone();
    }
    let path = format!("/api/v1/groups/{group}/configurations");
    admin.post(&path, new).await.expect(201).id()
}

/// Asks to join in a person's name; the id of the request.
async fn ask(app: &TestApp, user: Id<User>, way: &str, terms: Option<TermsGiven>) -> String {
    let program = Program::default().acts_as(user);
    let name = format!("asks for {user} after {} events", app.events().await.len());
    let principal = app.principal(&name, &["agm:self"], program).await;
    let command = SubmitRequest {
        configuration: Id::parse(way).unwrap(),
        roles: vec!["member".into()],
        comments: Some("they asked me to".into()),
        terms,
    };
    let submitted = app.directory().execute(&principal, command).await;
    submitted.expect("submitted").request.id.to_string()
}

#[track_caller]
fn refused(answer: Answer, status: u16, code: &str) -> Answer {
    let answer = answer.expect(status);
    assert_eq!(answer.at("/code"), code, "{answer}");
    assert!(answer.events.is_empty(), "{answer}");
    answer
}

/// That this happened, whatever else followed from it.
#[track_caller]
fn happened(answer: &Answer, kind: &str) {
    assert!(answer.events.iter().any(|event| event == kind), "{answer}");
}

/// What stands in the items of a page under a name.
#[track_caller]
fn each(answer: &Answer, name: &str) -> Vec<String> {
    let items = answer.at("/items");
    let list = items.as_array().unwrap_or_else(|| panic!("no items:\n{answer}"));
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    list.iter().map(|item| text(&item[name])).collect()
}
