//! Each route with its parameters filled in.

use faces::{Face, RouteInfo};
use http::Method;
use serde_json::{Value, json};
use testkit::{Request, TestClient};

use super::DEFAULT;
use super::things::Things;

/// What a route asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Nothing. Why, and what it shows.
    Public(&'static str),
    /// A token with that scope.
    Token(&'static str),
    /// A token that acts as a person, with `scim:me`.
    Person,
    /// The id and secret of an OAuth2 client; a bearer token stands for neither.
    Client,
    /// The secret of a link that came by mail, which is in the path.
    Link,
    /// A trial set-up: elsewhere there is nothing.
    Trial,
}

/// What comes of it for whoever has the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Good {
    /// What people wrote is shown.
    Shows,
    /// Something else is told.
    Tells,
    /// An event is recorded.
    Changes,
    /// It is refused to everybody. Why.
    Refused(u16, &'static str),
}

/// One request to one route.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Option<Body>,
    pub(super) access: Access,
    pub(super) good: Good,
}

#[derive(Clone, Debug)]
pub(super) enum Body {
    Json(Value),
    Form(Vec<(&'static str, String)>),
}

impl Visit {
    pub(super) fn request(&self, client: &TestClient) -> Request {
        let request = client.request(self.method.clone(), &self.path);
        match &self.body {
            None => request,
            Some(Body::Json(body)) => request.json(body),
            Some(Body::Form(fields)) => {
                let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
                request.form(&fields)
            }
        }
    }

    /// As somebody sends it who does not have the secret that is in the path.
    pub(super) fn of_an_intruder(&self) -> Self {
        let mut visit = self.clone();
        if visit.access == Access::Link {
            let (before, secret) = visit.path.rsplit_once('/').expect("a path");
            visit.path = format!("{before}/{}", "A".repeat(secret.len()));
        }
        visit
    }
}

/// What a route is, apart from where it is mounted: `/api/v1/realms/{realm}/users` is `/api/v1/users`.
fn without_realm(path: &str) -> String {
    let path = path.replacen("/api/v1/realms/{realm}", "/api/v1", 1);
    let path = path.replacen(
        "/.well-known/oauth-authorization-server/realms/{realm}",
        "/.well-known/oauth-authorization-server",
        1,
    );
    path.replacen("/realms/{realm}", "", 1)
}

/// What to ask of a route, with `{realm}` filled in so. A route without an answer fails the walk: say below what it asks for.
pub(super) fn visits(route: &RouteInfo, things: &Things, round: usize, realm: &str) -> Vec<Visit> {
    let below = without_realm(&route.path);
    let asked = match route.face {
        Face::Scim => scim(route.method.as_str(), &below, things, round),
        Face::ScimTokens => scim_tokens(route.method.as_str(), &below, things),
        Face::Oauth => oauth(route.method.as_str(), &below, things),
        Face::Api => api(route.method.as_str(), &below, things, round),
        Face::Pages => pages(route.method.as_str(), &below, things),
    };
    assert!(
        !asked.is_empty(),
        "{} {} is not walked: say in visits.rs what it asks for",
        route.method,
        route.path
    );
    let visit = |asked: Asked| {
        let mut path = route.path.replace("{realm}", realm);
        for (name, value) in &asked.parameters {
            path = path.replace(&format!("{{{name}}}"), value);
        }
        path.push_str(&asked.query);
        // Tokens have names from version 8 of Wire's API on.
        if route.face == Face::ScimTokens && route.method == Method::PUT {
            path = path.replace("/scim/auth-tokens", "/v8/scim/auth-tokens");
        }
        assert!(!path.contains('{'), "a parameter of {path} is not filled in");
        Visit {
            method: route.method.clone(),
            path,
            body: asked.body,
            access: asked.access,
            good: asked.good,
        }
    };
    asked.into_iter().map(visit).collect()
}

/// What is asked of a route.
struct Asked {
    parameters: Vec<(&'static str, String)>,
    query: String,
    body: Option<Body>,
    access: Access,
    good: Good,
}

fn ask(access: Access, good: Good) -> Asked {
    Asked {
        parameters: Vec::new(),
        query: String::new(),
        body: None,
        access,
        good,
    }
}

impl Asked {
    fn id(self, id: &str) -> Self {
        self.with("id", id)
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.parameters.push((name, value.to_owned()));
        self
    }

    fn query(mut self, query: String) -> Self {
        self.query = query;
        self
    }

    fn json(mut self, body: Value) -> Self {
        self.body = Some(Body::Json(body));
        self
    }

    fn form(mut self, fields: &[(&'static str, &str)]) -> Self {
        self.body = Some(Body::Form(
            fields
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect(),
        ));
        self
    }
}

const READ: Access = Access::Token("scim:read");
const WRITE: Access = Access::Token("scim:write");
const ADMIN: Access = Access::Token("admin");
const INVITE: Access = Access::Token("invite");
const EVENTS: Access = Access::Token("events:read");

fn patch(operations: Value) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations })
}

fn scim(method: &str, path: &str, of: &Things, round: usize) -> Vec<Asked> {
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
        ("GET", "/Me") => ask(Access::Person, Good::Shows),
        ("POST", "/Me") => ask(Access::Person, Good::Refused(409, "a person who has a token has an account")).json(json!({ "userName": walked })),
        ("PUT", "/Me") => ask(Access::Person, Good::Changes).json(json!({ "userName": of.my_name, "active": true, "title": walked })),
        ("PATCH", "/Me") => ask(Access::Person, Good::Changes).json(title),
        ("DELETE", "/Me") => ask(Access::Person, Good::Refused(403, "a bearer token is no fresh proof of who leaves")),
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

fn scim_tokens(method: &str, path: &str, of: &Things) -> Vec<Asked> {
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

fn oauth(method: &str, path: &str, of: &Things) -> Vec<Asked> {
    const METADATA: Access =
        Access::Public("where a client finds the token endpoint (RFC 8414); addresses and names of scopes");
    let path = path
        .strip_prefix("/oauth2")
        .or_else(|| path.strip_prefix("/oauth"))
        .unwrap_or(path);
    let asked = match (method, path) {
        ("POST", "/token") => ask(Access::Client, Good::Changes).form(&[("grant_type", "client_credentials")]),
        ("POST", "/revoke") => ask(Access::Client, Good::Changes).form(&[("token", &of.client_token)]),
        ("POST", "/introspect") => ask(Access::Client, Good::Tells).form(&[("token", &of.client_token)]),
        ("GET", "/.well-known/oauth-authorization-server") => ask(METADATA, Good::Tells),
        _ => return Vec::new(),
    };
    vec![asked]
}

fn api(method: &str, path: &str, of: &Things, round: usize) -> Vec<Asked> {
    const DOCUMENT: Access = Access::Public("the description of the API, the same in every installation");
    let walked = format!("walked-{round}");
    let asked = match (method, path.strip_prefix("/api/v1").unwrap_or(path)) {
        ("GET", "/api/openapi.json" | "/api/docs") => ask(DOCUMENT, Good::Tells),
        ("GET", "/health" | "/deliveries" | "/jobs" | "/clock" | "/realms" | "") => ask(ADMIN, Good::Tells),
        ("PUT", "/clock") => ask(ADMIN, Good::Refused(409, "a clock is moved on the machine alone"))
            .json(json!({ "now": "2031-01-01T00:00:00Z" })),
        ("POST", "/realms") => ask(ADMIN, Good::Changes).json(json!({ "name": walked })),
        ("PATCH", "") => ask(ADMIN, Good::Changes).json(json!({ "settings": { "title": walked } })),

        ("GET", "/users" | "/groups" | "/plans" | "/mails" | "/clients" | "/tokens") => ask(ADMIN, Good::Shows),
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
        ("GET", "/users/{id}/roles" | "/users/{id}/writers") => ask(ADMIN, Good::Tells).id(&of.person),
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
        _ => return Vec::new(),
    };
    vec![asked]
}

fn pages(method: &str, path: &str, of: &Things) -> Vec<Asked> {
    const START: Access =
        Access::Public("the start page: what this is and where to go; the realm's title, logo and addresses");
    const END: Access = Access::Public(
        "where accepting, declining and confirming end: the same for everybody; the realm's title and home",
    );
    const DESIGN: Access = Access::Public("files of the design and its components, the same in every installation");
    let asked = match (method, path) {
        ("GET", "" | "/") => ask(START, Good::Tells),
        ("GET", "/welcome" | "/declined" | "/confirmed") => ask(END, Good::Tells),
        ("GET", "/design") => ask(DESIGN, Good::Tells),
        ("GET", "/assets/{file}") => {
            ask(DESIGN, Good::Refused(404, "its name is that of its content")).with("file", "usher.css")
        }
        ("GET", "/invitation/{secret}") => ask(Access::Link, Good::Shows).with("secret", &of.link),
        ("POST", "/invitation/{secret}") => {
            return ["accept", "decline"]
                .map(|answer| {
                    ask(Access::Link, Good::Changes)
                        .with("secret", &of.link)
                        .form(&[("answer", answer)])
                })
                .into();
        }
        ("GET", "/confirmation/{secret}") => ask(Access::Link, Good::Tells).with("secret", &of.proof),
        ("POST", "/confirmation/{secret}") => ask(Access::Link, Good::Changes).with("secret", &of.proof).form(&[]),
        ("GET", "/mail") => ask(Access::Trial, Good::Shows),
        ("GET", "/mail/{id}" | "/mail/{id}/body") => ask(Access::Trial, Good::Shows).id(&of.mail),
        _ => return Vec::new(),
    };
    vec![asked]
}

#[test]
fn every_route_is_known_below_the_realm_as_at_the_root() {
    for route in faces::routes() {
        let below = without_realm(&route.path);
        assert!(
            !below.contains("{realm}"),
            "{} is mounted in a way the walk does not know",
            route.path
        );
    }
    assert_eq!(without_realm("/api/v1/realms/{realm}/users"), "/api/v1/users");
    assert_eq!(DEFAULT, "default");
}
