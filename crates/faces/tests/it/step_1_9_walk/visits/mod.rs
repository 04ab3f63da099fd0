//! Each route with its parameters filled in: one file for each face, or for a topic of a large one.

mod agm;
mod api;
mod api_explanation;
mod api_groups;
mod api_memberships;
mod oauth;
mod pages;
mod scim;

use faces::{Face, RouteInfo};
use http::Method;
use serde_json::Value;
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
    /// A token with that scope, whoever has it: it tells what they administer, which may be nothing.
    Manages(&'static str),
    /// Who administers the group that is named, or that of the request that is named: a token with that scope, or a person.
    Group(&'static str),
    /// A token with that scope that acts as a person, for what is their own: what it names is theirs.
    Person(&'static str),
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
    /// A person who administers another group has it too. Why.
    pub(super) open: Option<&'static str>,
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
        Face::Scim => scim::asked(route.method.as_str(), &below, things, round),
        Face::ScimTokens => scim::tokens(route.method.as_str(), &below, things),
        Face::Oauth => oauth::asked(route.method.as_str(), &below, things),
        Face::Api if below.ends_with("/explanation") => api_explanation::asked(things),
        Face::Api => {
            let (method, below) = (route.method.as_str(), below.as_str());
            let topic = api_memberships::asked(method, below.trim_start_matches("/api/v1"), things);
            if topic.is_empty() {
                api::asked(method, below, things, round)
            } else {
                topic
            }
        }
        Face::Agm => agm::asked(route.method.as_str(), &below, things, round),
        Face::Pages => pages::asked(route.method.as_str(), &below, things),
    };
    assert!(
        !asked.is_empty(),
        "{} {} is not walked: say in visits what it asks for",
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
            open: asked.open,
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
    open: Option<&'static str>,
}

fn ask(access: Access, good: Good) -> Asked {
    Asked {
        parameters: Vec::new(),
        query: String::new(),
        body: None,
        access,
        good,
        open: None,
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

    fn open(mut self, why: &'static str) -> Self {
        self.open = Some(why);
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

const ADMIN: Access = Access::Token("admin");
const MYSELF: Access = Access::Person("agm:self");

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
