//! SCIM, and Wire's API for its tokens.

use serde_json::{Value, json};

use super::super::things::Things;
use super::{ADMIN, Access, Asked, Good, ask};

const READ: Access = Access::Token("scim:read");
const WRITE: Access = Access::Token("scim:write");
const ME: Access = Access::Person("scim:me");

fn patch(operations: Value) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations })
}

pub(super) fn asked(method: &str, path: &str, of: &Things, round: usize) -> Vec<Asked> {
    const DISCOVERY: Access =
        Access::Public("what the service can do, nothing of a realm (RFC 7643 §5); a realm may ask for a token");
    let walked = format!("walked-{round}");
    let title = patch(json!([{ "op": "replace", "path": "title", "value": walked }]));
    let path = path.strip_prefix("/scim/v2").unwrap_or(path);
    let asked = match (method, path) {
        ("GET", "/Users" | "/Groups" | "") => ask(READ, Good::Shows),
        ("POST", "/.search" | "/Users/.search" | "/Groups/.search") => ask(READ, Good::Shows).json(json!({})),
        ("POST", "/Users") => ask(WRITE, Good::Changes).json(json!({ "userName": walked })),
        ("GET", "/Users/{id}") => ask(READ, Good::Shows).id(&of.person),
        ("PUT", "/Users/{id}") => ask(WRITE, Good::Changes).id(&of.person).json(json!({ "userName": walked })),
        ("PATCH", "/Users/{id}") => ask(WRITE, Good::Changes).id(&of.person).json(title),
        ("DELETE", "/Users/{id}") => ask(WRITE, Good::Changes).id(&of.person),
        ("POST", "/Users/{id}/.invitation") => {
            return ["resend", "revoke"].map(|action| ask(WRITE, Good::Changes).id(&of.invited).json(json!({ "action": action }))).into();
        }
        ("POST", "/Users/{id}/.adopt") => ask(WRITE, Good::Changes).id(&of.person).json(json!({ "externalId": walked })),
        ("POST", "/Groups") => ask(WRITE, Good::Changes).json(json!({ "displayName": walked, "members": [{ "value": of.person }] })),
        ("GET", "/Groups/{id}") => ask(READ, Good::Shows).id(&of.group),
        ("PUT", "/Groups/{id}") => ask(WRITE, Good::Changes).id(&of.group).json(json!({ "displayName": walked })),
        ("PATCH", "/Groups/{id}") => ask(WRITE, Good::Changes).id(&of.group).json(patch(json!([{ "op": "add", "path": "members", "value": [{ "value": of.suspended }] }]))),
        ("DELETE", "/Groups/{id}") => ask(WRITE, Good::Changes).id(&of.group),
        ("GET", "/Me") => ask(ME, Good::Shows),
        ("POST", "/Me") => ask(ME, Good::Refused(409, "a person who has a token has an account")).json(json!({ "userName": walked })),
        ("PUT", "/Me") => ask(ME, Good::Changes).json(json!({
            "userName": of.my_name, "active": true, "title": walked, "emails": [{ "value": format!("{}@example.org", of.my_name) }],
        })),
        ("PATCH", "/Me") => ask(ME, Good::Changes).json(title),
        ("DELETE", "/Me") => ask(ME, Good::Refused(403, "a bearer token is no fresh proof of who leaves")),
        ("POST", "/Bulk") => ask(WRITE, Good::Changes).json(json!({ "Operations": [
            { "method": "PATCH", "path": format!("/Users/{}", of.person), "data": title }, { "method": "DELETE", "path": format!("/Groups/{}", of.group) },
            { "method": "PUT", "path": format!("/Users/{}", of.suspended), "data": { "userName": walked } },
        ] })),
        ("GET", "/ServiceProviderConfig" | "/ResourceTypes" | "/Schemas") => ask(DISCOVERY, Good::Tells),
        ("GET", "/ResourceTypes/{id}") => ask(DISCOVERY, Good::Tells).id("User"),
        ("GET", "/Schemas/{id}") => ask(DISCOVERY, Good::Tells).id("urn:ietf:params:scim:schemas:core:2.0:User"),
        _ => return Vec::new(),
    };
    vec![asked]
}

pub(super) fn tokens(method: &str, path: &str, of: &Things) -> Vec<Asked> {
    let asked = match (method, path.strip_prefix("/scim/auth-tokens").unwrap_or(path)) {
        ("GET", "") => ask(ADMIN, Good::Shows),
        ("POST", "") => ask(ADMIN, Good::Changes).json(json!({ "description": "walked" })),
        ("DELETE", "") => ask(ADMIN, Good::Changes).query(format!("?id={}", of.wire_token)),
        ("PUT", "/{id}") => ask(ADMIN, Good::Changes)
            .id(&of.wire_token)
            .json(json!({ "name": "walked" })),
        ("DELETE", "/{id}") => ask(ADMIN, Good::Changes).id(&of.wire_token),
        _ => return Vec::new(),
    };
    vec![asked]
}
