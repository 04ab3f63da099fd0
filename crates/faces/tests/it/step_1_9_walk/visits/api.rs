//! The native API.

use serde_json::json;

use super::super::things::Things;
use super::{ADMIN, Access, Asked, Good, MYSELF, api_groups, ask};

const INVITE: Access = Access::Token("invite");
const EVENTS: Access = Access::Token("events:read");

pub(super) fn asked(method: &str, path: &str, of: &Things, round: usize) -> Vec<Asked> {
    const DOCUMENT: Access = Access::Public("the description of the API, the same in every installation");
    let walked = format!("walked-{round}");
    let asked = match (method, path.strip_prefix("/api/v1").unwrap_or(path)) {
        ("GET", "/api/openapi.json" | "/api/docs") => ask(DOCUMENT, Good::Tells),
        ("GET", "/health" | "/deliveries" | "/jobs" | "/clock" | "/realms" | "" | "/mails/templates") => {
            ask(ADMIN, Good::Tells)
        }
        ("PUT", "/clock") => ask(ADMIN, Good::Refused(409, "a clock is moved on the machine alone"))
            .json(json!({ "now": "2031-01-01T00:00:00Z" })),
        ("POST", "/realms") => ask(ADMIN, Good::Changes).json(json!({ "name": walked })),
        ("PATCH", "") => ask(ADMIN, Good::Changes).json(json!({ "settings": { "title": walked } })),

        ("GET", "/users" | "/groups" | "/plans" | "/mails" | "/clients" | "/tokens") => ask(ADMIN, Good::Shows),
        ("GET", "/me/notices") => ask(MYSELF, Good::Tells),
        ("PUT", "/me/notices") => ask(MYSELF, Good::Changes).json(json!({ "choices": { "administration": "off" } })),
        ("GET", "/mails/templates/{name}") => ask(ADMIN, Good::Tells)
            .with("name", "test")
            .query("?language=de".to_owned()),
        ("POST", "/users") => ask(ADMIN, Good::Changes).json(json!({ "userName": walked })),
        ("GET", "/users/{id}") => ask(ADMIN, Good::Shows).id(&of.person),
        ("PUT", "/users/{id}") => ask(ADMIN, Good::Changes)
            .id(&of.person)
            .json(json!({ "userName": walked })),
        ("PATCH", "/users/{id}") => ask(ADMIN, Good::Changes)
            .id(&of.person)
            .json(json!({ "title": walked })),
        ("DELETE", "/users/{id}") | ("POST", "/users/{id}/suspend") => ask(ADMIN, Good::Changes).id(&of.person),
        ("POST", "/users/{id}/resend-confirmation") => ask(ADMIN, Good::Changes).id(&of.unproved),
        ("POST", "/users/{id}/restore") => ask(ADMIN, Good::Changes).id(&of.leaving),
        ("POST", "/users/{id}/activate") => ask(ADMIN, Good::Changes).id(&of.suspended),
        ("GET", "/users/{id}/roles" | "/users/{id}/writers")
        | ("GET" | "DELETE", "/users/{id}/identities" | "/users/{id}/sessions") => {
            ask(ADMIN, Good::Tells).id(&of.person)
        }
        ("PUT", "/users/{id}/roles/{role}") => ask(ADMIN, Good::Changes).id(&of.person).with("role", "inviter"),
        ("DELETE", "/users/{id}/roles/{role}") => ask(ADMIN, Good::Changes).id(&of.person).with("role", "auditor"),

        ("POST", "/groups") => {
            ask(ADMIN, Good::Changes).json(json!({ "displayName": walked, "members": [{ "value": of.person }] }))
        }
        ("GET", "/groups/{id}" | "/groups/{id}/members") => ask(ADMIN, Good::Shows).id(&of.group),
        ("PUT" | "PATCH", "/groups/{id}") => ask(ADMIN, Good::Changes)
            .id(&of.group)
            .json(json!({ "displayName": walked })),
        ("DELETE", "/groups/{id}") => ask(ADMIN, Good::Changes).id(&of.group),
        ("POST", "/groups/{id}/members") => ask(ADMIN, Good::Changes)
            .id(&of.group)
            .json(json!({ "members": [of.suspended] })),
        ("PUT", "/groups/{id}/members/{member}") => {
            ask(ADMIN, Good::Changes).id(&of.group).with("member", &of.suspended)
        }
        ("DELETE", "/groups/{id}/members/{member}") => {
            ask(ADMIN, Good::Changes).id(&of.group).with("member", &of.person)
        }

        ("GET", "/invitations") => ask(INVITE, Good::Shows),
        ("POST", "/invitations") => {
            let new =
                json!({ "new_user": { "userName": walked, "emails": [{ "value": format!("{walked}@example.org") }] } });
            return [new, json!({ "user": of.uninvited })]
                .map(|body| ask(INVITE, Good::Changes).json(body))
                .into();
        }
        ("GET", "/invitations/{id}") => ask(INVITE, Good::Shows).id(&of.invitation),
        ("POST", "/invitations/{id}/resend" | "/invitations/{id}/revoke") => {
            ask(INVITE, Good::Changes).id(&of.invitation)
        }
        ("POST", "/mails") => ask(ADMIN, Good::Changes).json(json!({ "address": "walked@example.org" })),
        ("GET", "/mails/{id}") => ask(ADMIN, Good::Shows).id(&of.mail),

        ("POST", "/clients") => ask(ADMIN, Good::Changes).json(json!({ "name": walked, "scopes": ["admin"] })),
        ("GET", "/clients/{id}" | "/clients/{id}/people") => ask(ADMIN, Good::Shows).id(&of.client),
        ("GET", "/clients/{id}/log") => ask(ADMIN, Good::Tells).id(&of.client),
        ("PATCH", "/clients/{id}") => ask(ADMIN, Good::Changes)
            .id(&of.client)
            .json(json!({ "scopes": ["admin"] })),
        ("DELETE", "/clients/{id}") => ask(ADMIN, Good::Changes).id(&of.client),
        ("POST", "/clients/{id}/secret") => ask(ADMIN, Good::Changes).id(&of.client).json(json!({})),
        ("POST", "/tokens") => {
            return [
                json!({ "client": of.client }),
                json!({ "client": of.client, "user": of.person }),
            ]
            .map(|body| ask(ADMIN, Good::Changes).json(body))
            .into();
        }
        ("GET", "/tokens/{id}") => ask(ADMIN, Good::Shows).id(&of.token),
        ("PATCH", "/tokens/{id}") => ask(ADMIN, Good::Changes)
            .id(&of.token)
            .json(json!({ "name": "walked" })),
        ("DELETE", "/tokens/{id}") => ask(ADMIN, Good::Changes).id(&of.token),

        ("GET", "/events" | "/events/export") => ask(EVENTS, Good::Shows),
        ("GET", "/events/verification") => ask(EVENTS, Good::Tells),
        ("GET", "/events/{id}") => ask(EVENTS, Good::Shows).id(&of.event),
        ("GET", "/plans/{id}" | "/plans/{id}/items") => ask(ADMIN, Good::Shows).id(&of.plan),
        ("POST", "/plans/{id}/approve") => ask(ADMIN, Good::Changes).id(&of.plan).json(json!({})),
        ("POST", "/plans/{id}/apply") => ask(ADMIN, Good::Changes).id(&of.approved_plan).json(json!({})),
        ("POST", "/plans/{id}/discard") => ask(ADMIN, Good::Changes).id(&of.plan),
        ("GET", "/deliveries/{id}") => ask(ADMIN, Good::Tells).id(&of.delivery),
        ("POST", "/deliveries/{id}/retry" | "/deliveries/{id}/drop") => ask(ADMIN, Good::Changes).id(&of.delivery),
        ("GET", "/jobs/{id}") => ask(ADMIN, Good::Tells).id(&of.job),
        ("POST", "/jobs/{id}/retry") => ask(ADMIN, Good::Changes).id(&of.job),
        (_, below) => return api_groups::asked(method, below, of, round),
    };
    vec![asked]
}
