//! SCIM.

mod aliases;
mod bulk;
mod conditional;
mod crud;
mod discovery;
mod entitlements_shown;
mod errors;
mod hostile;
mod lists;
mod me;
mod patch;
mod policy;
mod profiles;
mod tokens;

use serde_json::{Value, json};
use testkit::{TestApp, TestClient};

/// A client that reads and writes.
pub(crate) async fn hr(app: &TestApp) -> TestClient {
    app.client("hr", &["scim:read", "scim:write"]).await
}

/// A PATCH body.
pub(crate) fn patch(operations: Value) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations })
}

/// Makes a user of that name and gives the id.
pub(crate) async fn user(client: &TestClient, name: &str) -> String {
    client
        .post("/scim/v2/Users", json!({ "userName": name }))
        .await
        .expect(201)
        .id()
}

/// Makes a group with these members and gives the id.
pub(crate) async fn group(client: &TestClient, name: &str, members: &[&str]) -> String {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    client
        .post("/scim/v2/Groups", json!({ "displayName": name, "members": members }))
        .await
        .expect(201)
        .id()
}

/// The ids of a group's members, sorted.
pub(crate) async fn members(client: &TestClient, group: &str) -> Vec<String> {
    let answer = client.get(&format!("/scim/v2/Groups/{group}")).await.expect(200);
    values(&answer.at("/members"))
}

/// The `value`s of a list, sorted.
pub(crate) fn values(list: &Value) -> Vec<String> {
    let mut values: Vec<String> = list
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|element| element["value"].as_str().map(str::to_owned))
        .collect();
    values.sort();
    values
}

/// The ids on a page, in order.
pub(crate) fn ids(page: &Value) -> Vec<String> {
    let resources = page["Resources"].as_array().cloned().unwrap_or_default();
    resources
        .iter()
        .filter_map(|resource| resource["id"].as_str().map(str::to_owned))
        .collect()
}

/// A text as it stands in a query.
pub(crate) fn escaped(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
