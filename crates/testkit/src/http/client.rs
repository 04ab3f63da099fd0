//! Who sends requests, and one request.

use std::future::{Future, IntoFuture};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;

use ::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST};
use ::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use directory::Id;
use directory::realm::Realm;
use directory::user::User;
use http_body_util::BodyExt;
use serde_json::Value;

use super::answer::Answer;
use crate::app::TestApp;
use crate::program::Program;

impl TestApp {
    /// A program of that name in the realm `default`, with a token of these scopes.
    pub async fn client(&self, name: &str, scopes: &[&str]) -> TestClient {
        self.client_with(name, scopes, |program| program).await
    }

    /// The same with a profile, a policy, in another realm …
    pub async fn client_with(&self, name: &str, scopes: &[&str], set: impl FnOnce(Program) -> Program) -> TestClient {
        let program = set(Program::default());
        let token = self.token(name, scopes, &program).await;
        self.bearer(token.plain.reveal()).in_realm(&program.realm)
    }

    /// Whoever holds a token that acts as that person.
    pub async fn acting_as(&self, user: Id<User>, scopes: &[&str]) -> TestClient {
        let name = format!("for {user}");
        self.client_with(&name, scopes, |program| program.acts_as(user)).await
    }

    /// Whoever sends this bearer token.
    pub fn bearer(&self, token: &str) -> TestClient {
        self.anonymous()
            .with_header("authorization", &format!("Bearer {token}"))
    }

    /// Whoever sends no credentials.
    pub fn anonymous(&self) -> TestClient {
        TestClient {
            app: self.clone(),
            realm: Realm::DEFAULT.to_owned(),
            headers: HeaderMap::new(),
            watched: true,
        }
    }
}

/// Whoever sends requests.
#[derive(Clone, Debug)]
pub struct TestClient {
    app: TestApp,
    /// Whose events its answers show.
    realm: String,
    headers: HeaderMap,
    /// Whether its answers show what they caused.
    watched: bool,
}

impl TestClient {
    /// The same with one more header in every request.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(header_name(name), header_value(value));
        self
    }

    /// The same with answers that show the events of that realm.
    pub fn in_realm(mut self, realm: &str) -> Self {
        realm.clone_into(&mut self.realm);
        self
    }

    /// The same with answers that tell of no events and deliveries: to look for them costs more than many a request.
    pub fn unwatched(mut self) -> Self {
        self.watched = false;
        self
    }

    /// Its bearer token.
    pub fn token(&self) -> &str {
        let value = self.headers.get(AUTHORIZATION).expect("credentials");
        value.to_str().expect("text").trim_start_matches("Bearer ")
    }

    /// GET.
    pub fn get(&self, path: &str) -> Request {
        self.request(Method::GET, path)
    }

    /// HEAD.
    pub fn head(&self, path: &str) -> Request {
        self.request(Method::HEAD, path)
    }

    /// DELETE.
    pub fn delete(&self, path: &str) -> Request {
        self.request(Method::DELETE, path)
    }

    /// POST of JSON.
    pub fn post(&self, path: &str, body: Value) -> Request {
        self.request(Method::POST, path).json(&body)
    }

    /// PUT of JSON.
    pub fn put(&self, path: &str, body: Value) -> Request {
        self.request(Method::PUT, path).json(&body)
    }

    /// PATCH with JSON.
    pub fn patch(&self, path: &str, body: Value) -> Request {
        self.request(Method::PATCH, path).json(&body)
    }

    /// POST of a form.
    pub fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Request {
        self.request(Method::POST, path).form(fields)
    }

    /// Any other.
    pub fn request(&self, method: Method, path: &str) -> Request {
        Request {
            client: self.clone(),
            method,
            path: path.to_owned(),
            headers: self.headers.clone(),
            body: Bytes::new(),
            from: IpAddr::V4(Ipv4Addr::LOCALHOST),
        }
    }
}

/// A request; `.await` sends it.
#[derive(Clone, Debug)]
#[must_use = "a request is sent by .await"]
pub struct Request {
    client: TestClient,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Bytes,
    from: IpAddr,
}

impl Request {
    /// With that header, in place of the client's own.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(header_name(name), header_value(value));
        self
    }

    /// Without that header.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    /// With a user and a password.
    pub fn basic(self, user: &str, password: &str) -> Self {
        let text = STANDARD.encode(format!("{user}:{password}"));
        self.header("authorization", &format!("Basic {text}"))
    }

    /// With that body.
    pub fn body(mut self, content_type: &str, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.header("content-type", content_type)
    }

    /// With JSON.
    pub fn json(self, body: &Value) -> Self {
        let kind = if self.path.contains("/scim") {
            "application/scim+json"
        } else {
            "application/json"
        };
        self.body(kind, body.to_string())
    }

    /// With a form.
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let encode =
            |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        let pairs: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        self.body("application/x-www-form-urlencoded", pairs.join("&"))
    }

    /// From that address.
    pub fn from_address(mut self, address: IpAddr) -> Self {
        self.from = address;
        self
    }

    async fn send(mut self) -> Answer {
        let app = &self.client.app;
        if !self.headers.contains_key(HOST) {
            self.headers.insert(HOST, HeaderValue::from_static("usher.example"));
        }
        if !self.body.is_empty() && !self.headers.contains_key(CONTENT_TYPE) {
            self.headers
                .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if self.client.watched {
            app.seen(&self.client.realm).await;
        }
        let mut request = ::http::Request::builder().method(&self.method).uri(&self.path);
        if let Some(headers) = request.headers_mut() {
            *headers = self.headers.clone();
        }
        let request = request.body(Body::from(self.body)).expect("a request");
        let peer = SocketAddr::new(self.from, 40_000);
        let (head, body) = app.entry().answer(request, peer).await.response.into_parts();
        let body = body.collect().await.expect("the body is read").to_bytes();
        // What hyper would refuse to send is wrong here too; the answer to HEAD names a length without a body.
        assert!(
            self.method != Method::HEAD || body.is_empty(),
            "HEAD {}: a body",
            self.path
        );
        if let Some(length) = head.headers.get(CONTENT_LENGTH).filter(|_| self.method != Method::HEAD) {
            let length: usize = length
                .to_str()
                .ok()
                .and_then(|text| text.parse().ok())
                .expect("a length");
            assert_eq!(length, body.len(), "{} {}: content-length", self.method, self.path);
        }
        let (events, deliveries) = if self.client.watched {
            app.caused(&self.client.realm).await
        } else {
            Default::default()
        };
        Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            text: String::from_utf8(body.to_vec()).expect("the body is UTF-8"),
            events,
            deliveries,
            app: app.clone(),
        }
    }
}

impl IntoFuture for Request {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

fn header_name(name: &str) -> HeaderName {
    HeaderName::from_bytes(name.as_bytes()).expect("a header's name")
}

fn header_value(value: &str) -> HeaderValue {
    HeaderValue::from_bytes(value.as_bytes()).expect("a header's value")
}
