//! What happens to every request before it is routed and after it is answered: a request id, other spellings of paths, limits,
//! the realm and the caller, and an answer in the face's own form whatever goes wrong.
//!
//! It is one function around the router, not a stack of layers: each layer of axum moves request, answer and future once more
//! and allocates for it.

use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::Response;
use futures_util::FutureExt as _;
use http_body_util::Limited;
use tower::Service as _;
use tracing::{Instrument as _, Span, field};

use crate::aliases::{self, Canonical};
use crate::app::{self, App};
use crate::caller::{self, Credentials};
use crate::cors;
use crate::face::{Face, Problem};
use crate::limits::Limits;
use crate::passage::Passage;
use crate::request_id::{REQUEST_ID, RequestId, RequestIds};
use crate::trail::{Leaving, Noted, Trail, loggable};
use crate::{pages, scim};

/// Where requests come in: everything that is served, with limits, request ids and each face's own errors. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Entry(Arc<Gate>);

/// An answer, and what is counted of it.
#[derive(Debug)]
pub struct Answered {
    /// The answer.
    pub response: Response,
    /// Which face gave it. A browser asking what it may ask comes to none.
    pub face: Option<Face>,
    /// From the head of the request to the head of the answer.
    pub took: Duration,
}

#[derive(Debug)]
struct Gate {
    app: App,
    router: Router,
    limits: Arc<Limits>,
    ids: RequestIds,
    variants: scim::variants::Variants,
}

impl Entry {
    /// An entry to all faces.
    pub fn new(app: App) -> Self {
        Self(Arc::new(Gate {
            router: app::router(app.clone()),
            limits: Arc::new(Limits::new(&app.config)),
            app,
            ids: RequestIds::new(),
            variants: scim::variants::Variants::default(),
        }))
    }

    /// Answers a request that came on a connection with that peer.
    pub fn answer<B>(&self, request: Request<B>, peer: SocketAddr) -> impl Future<Output = Answered> + Send + use<'_, B>
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<axum::BoxError>,
    {
        let limit = self.0.app.config.max_body_bytes;
        self.0.enter(request.map(|body| limited(body, limit)), peer.ip())
    }
}

/// A body that ends with an error where it gets too long.
fn limited<B>(body: B, limit: usize) -> Body
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    if body.is_end_stream() {
        Body::empty()
    } else {
        Body::new(Limited::new(body, limit))
    }
}

impl Gate {
    async fn enter(&self, mut request: Request, peer: IpAddr) -> Answered {
        let began = Instant::now();
        if request.method() == Method::OPTIONS {
            return Answered {
                response: cors::preflight(&request),
                face: None,
                took: began.elapsed(),
            };
        }
        let origin = cors::origin(&request);
        let id = self.ids.of(request.headers());
        let method = request.method().clone();
        let path: Arc<str> = request.uri().path().into();
        let address = self.limits.address_of(request.headers(), peer);
        let canonical = aliases::canonical(&path);
        if let Some(canonical) = &canonical {
            rewrite(&mut request, canonical);
        }
        let face = Face::of_path(request.uri().path());
        let languages = match face {
            Face::Pages => request.headers().get(header::ACCEPT_LANGUAGE).cloned(),
            _ => None,
        };
        let wire_version = canonical.as_ref().and_then(|canonical| canonical.wire_version);
        let passage = Arc::new(Passage::new(
            id.clone(),
            path,
            face,
            address,
            wire_version,
            Arc::clone(&self.limits),
        ));
        let span = trace(&request, &id);
        // Pinned where it lies: each move would copy all of its state.
        let work = pin!(
            self.handle(&passage, canonical, request, address)
                .instrument(span.clone())
        );
        let mut response = guarded(face, work, |panic| {
            tracing::error!(request.id = %id, panic, "a handler of {method} {} panicked", loggable(&passage.path));
        })
        .await;
        if face == Face::Pages {
            response = pages::error::spoken(response, languages.as_ref(), &passage.path);
        }
        let (status, took) = (response.status().as_u16(), began.elapsed());
        if !span.is_disabled() {
            traced(&span, &passage.trail, &method, status);
        }
        let took_ms = took.as_millis() as u64;
        tracing::debug!(request.id = %id, status, took_ms, "{method} {} answered {status}", loggable(&passage.path));
        let headers = response.headers_mut();
        headers.insert(REQUEST_ID, id.header());
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if face != Face::Pages && !headers.contains_key(header::CACHE_CONTROL) {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        cors::allow(headers, origin);
        if method == Method::HEAD {
            response = without_body(response);
        }
        if let Some((realm, person)) = passage.trail.person() {
            let route = passage.trail.route().unwrap_or("no route");
            if method.is_safe() && status < 400 {
                tracing::debug!(request.id = %id, realm = realm.number(), user.id = %person, status, "{method} {route}");
            } else {
                tracing::info!(request.id = %id, realm = realm.number(), user.id = %person, status, "{method} {route}");
            }
        }
        if let Some((realm, client)) = passage.trail.client()
            // Where the store is away, a standing clock is too: then this server's own log has to do.
            && let Ok(at) = self.app.directory.now().await
        {
            let leaving = Leaving {
                at,
                method,
                response: &response,
                took,
                id,
                address,
            };
            let noted = Noted::of(&passage, leaving);
            self.app.directory.note_request(realm, client, Arc::new(noted));
        }
        Answered {
            response,
            face: Some(face),
            took,
        }
    }
}

/// The answer to HEAD: it says how long the body would be. HTTP/2 takes a body that comes all the same for an error.
fn without_body(response: Response) -> Response {
    let (mut head, body) = response.into_parts();
    if body.is_end_stream() {
        return Response::from_parts(head, body);
    }
    if let Some(length) = body.size_hint().exact() {
        head.headers
            .entry(header::CONTENT_LENGTH)
            .or_insert(HeaderValue::from(length));
    }
    Response::from_parts(head, Body::empty())
}

/// The span of a request: what traces tell of it. The caller's own trace goes on in it.
fn trace(request: &Request, id: &RequestId) -> Span {
    let caller = request
        .headers()
        .get("traceparent")
        .and_then(|value| value.to_str().ok());
    tracing::trace_span!(
        target: directory::SPANS,
        "request",
        traceparent = caller,
        otel.name = field::Empty,
        http.request.method = request.method().as_str(),
        http.route = field::Empty,
        http.response.status_code = field::Empty,
        usher.request.id = %id,
        usher.client.id = field::Empty,
        usher.user.id = field::Empty,
        failed = field::Empty,
    )
}

/// Adds what is known at the end. No path: in it may be what nobody needs to know who looks at traces.
fn traced(span: &Span, trail: &Trail, method: &Method, status: u16) {
    match trail.route() {
        Some(route) => span
            .record("otel.name", format!("{method} {route}"))
            .record("http.route", route),
        None => span.record("otel.name", method.as_str()),
    };
    span.record("http.response.status_code", status);
    if let Some((_, client)) = trail.client() {
        span.record("usher.client.id", field::display(client));
    }
    if let Some((_, person)) = trail.person() {
        span.record("usher.user.id", field::display(person));
    }
    if status >= 500 {
        span.record("failed", true);
    }
}

/// A panic in a handler is that request's fault alone, and answered in the face's form.
async fn guarded(face: Face, work: impl Future<Output = Response>, tell: impl FnOnce(&str)) -> Response {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(response) => response,
        Err(panic) => {
            tell(panic_text(panic.as_ref()));
            face.problem(&Problem::fault())
        }
    }
}

impl Gate {
    async fn handle(
        &self,
        passage: &Arc<Passage>,
        canonical: Option<Canonical>,
        request: Request,
        address: IpAddr,
    ) -> Response {
        let face = passage.face;
        let answered = self.in_time(passage, canonical, request, address).await;
        let response = answered.unwrap_or_else(|problem| face.problem(&problem));
        // Whoever is nobody here costs as much as whoever sends what does not count.
        let is_nobody = passage
            .asked()
            .is_some_and(|asked| matches!(asked.credentials, Credentials::NotAdmitted));
        if (is_nobody || response.status() == StatusCode::UNAUTHORIZED)
            && let Err(problem) = self.limits.refused(address)
        {
            return face.problem(&problem);
        }
        response
    }

    /// Takes a place among the requests that are worked on, and no longer than a request may.
    async fn in_time(
        &self,
        passage: &Arc<Passage>,
        canonical: Option<Canonical>,
        request: Request,
        address: IpAddr,
    ) -> Result<Response, Problem> {
        let _slot = self.limits.enter()?;
        let work = pin!(self.answer(passage, canonical, request, address));
        tokio::time::timeout(self.app.config.request_timeout, work)
            .await
            .unwrap_or_else(|_| Err(Problem::busy("the request took too long; it may still be carried out")))
    }

    async fn answer(
        &self,
        passage: &Arc<Passage>,
        canonical: Option<Canonical>,
        request: Request,
        address: IpAddr,
    ) -> Result<Response, Problem> {
        if has_two_hosts(request.headers()) {
            return Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "the request has more than one header Host; send one",
            ));
        }
        if !request.headers().contains_key(header::AUTHORIZATION) {
            self.limits.anonymous(address)?;
        }
        if canonical.as_ref().is_some_and(|canonical| canonical.bad_version) {
            return Ok(scim::error::unknown_version());
        }
        let limit = self.app.config.max_body_bytes;
        if content_length(request.headers()).is_some_and(|length| length > limit as u64) {
            return Err(Problem::too_large(limit));
        }
        let (mut parts, body) = request.into_parts();
        if let Credentials::Valid(principal) = caller::resolve(&self.app, passage, &parts, address).await? {
            self.limits.caller(principal)?;
            if let Some(variant) = canonical.and_then(|canonical| canonical.variant) {
                self.variants.note(principal, variant);
            }
        }
        parts.extensions.insert(Arc::clone(passage));
        let Ok(response) = self.router.clone().call(Request::from_parts(parts, body)).await;
        // Wire's clients are told Usher's own word for an error (W-39); others read errors strictly.
        Ok(if passage.face == Face::Scim && passage.is_of_wire() {
            scim::error::with_cause(response)
        } else {
            response
        })
    }
}

fn rewrite(request: &mut Request, canonical: &Canonical) {
    let uri = request.uri();
    let target = match uri.query() {
        Some(query) => format!("{}?{query}", canonical.path),
        None => canonical.path.clone(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = target.parse().ok();
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
}

/// A proxy in front and we could each believe another one; RFC 9112 has such a request refused.
fn has_two_hosts(headers: &HeaderMap) -> bool {
    headers.get_all(header::HOST).iter().nth(1).is_some()
}

pub(crate) fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_host_is_noticed() {
        let mut headers = HeaderMap::new();
        assert!(!has_two_hosts(&headers));
        headers.append(header::HOST, HeaderValue::from_static("a.example"));
        assert!(!has_two_hosts(&headers));
        headers.append(header::HOST, HeaderValue::from_static("a.example"));
        assert!(has_two_hosts(&headers));
    }

    #[tokio::test]
    async fn a_panic_is_answered_in_the_form_of_each_face() {
        for (face, kind) in [
            (Face::Scim, "application/scim+json"),
            (Face::ScimTokens, "application/json"),
            (Face::Oauth, "application/json"),
            (Face::Api, "application/problem+json"),
            (Face::Agm, "application/json"),
            (Face::Pages, "text/html"),
        ] {
            let mut told = String::new();
            let broken = async { panic!("the handler is broken") };
            let response = guarded(face, broken, |panic| panic.clone_into(&mut told)).await;
            assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
            let found = response
                .headers()
                .get(header::CONTENT_TYPE)
                .and_then(|value| value.to_str().ok());
            assert!(
                found.is_some_and(|found| found.starts_with(kind)),
                "{face:?}: {found:?}"
            );
            assert_eq!(told, "the handler is broken");
        }
    }
}
