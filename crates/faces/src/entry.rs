//! What happens to every request before it is routed and after it is answered: a request id, other spellings of paths, limits,
//! the realm and the caller, and an answer in the face's own form whatever goes wrong.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use directory::client::Profile;
use futures_util::FutureExt as _;
use http_body_util::Limited;
use tower::ServiceBuilder;
use tower::util::MapRequestLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tracing::{Instrument as _, Span, field};

use crate::aliases::{self, Canonical};
use crate::app::App;
use crate::caller::{self, Credentials};
use crate::face::{Face, Problem};
use crate::limits::Limits;
use crate::trail::{self, Answered, Trail};
use crate::{pages, scim};

/// The header that ties an answer to the log.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The version in front of Wire's token API, where the path has one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WireVersion(pub(crate) u32);

/// Wraps the routed handlers into what every request goes through.
pub(crate) fn wrap(routed: Router, app: App) -> Router {
    let limits = Arc::new(Limits::new(&app.config));
    let gate = Arc::new(Gate {
        app,
        limits,
        ids: RequestIds::new(),
        variants: scim::variants::Variants::default(),
    });
    let cors = CorsLayer::new()
        // Pages carry forms and are not for other origins' scripts.
        .allow_origin(AllowOrigin::predicate(|_, parts| {
            Face::of_path(parts.uri.path()) != Face::Pages
        }))
        .allow_methods([
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::ACCEPT,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            HeaderName::from_static("idempotency-key"),
        ])
        .expose_headers([
            header::ETAG,
            header::LOCATION,
            header::CONTENT_LOCATION,
            header::RETRY_AFTER,
            REQUEST_ID,
        ]);
    let routed = routed.layer(MapRequestLayer::new(trail::note_route));
    let service = ServiceBuilder::new()
        .layer(from_fn_with_state(gate, enter))
        .service(routed);
    Router::new().fallback_service(ServiceBuilder::new().layer(cors).service(service))
}

#[derive(Debug)]
struct Gate {
    app: App,
    limits: Arc<Limits>,
    ids: RequestIds,
    variants: scim::variants::Variants,
}

async fn enter(State(gate): State<Arc<Gate>>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = gate.ids.of(request.headers());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let languages = request.headers().get(header::ACCEPT_LANGUAGE).cloned();
    let address = gate.limits.address_of(&request);
    let trail = Arc::new(Trail::default());
    request.extensions_mut().insert(Arc::clone(&trail));
    request.extensions_mut().insert(Arc::clone(&gate.limits));
    let canonical = aliases::canonical(&path);
    if let Some(canonical) = &canonical {
        rewrite(&mut request, canonical);
    }
    let face = Face::of_path(request.uri().path());
    request.extensions_mut().insert(face);
    let span = trace(&request, &id);
    let work = gate
        .handle(face, canonical, request, next, address)
        .instrument(span.clone());
    let mut response = guarded(face, work, |panic| {
        tracing::error!(request.id = %id.to_str().unwrap_or_default(), panic, "a handler of {method} {} panicked", loggable(&path));
    })
    .await;
    if face == Face::Pages {
        response = pages::error::spoken(response, languages.as_ref(), &path);
    }
    let (status, took) = (response.status().as_u16(), began.elapsed());
    let took_ms = took.as_millis() as u64;
    if !span.is_disabled() {
        traced(&span, &trail, &method, status);
    }
    if let Some((realm, client)) = trail.client()
        // Where the store is away, a standing clock is too: then this server's own log has to do.
        && let Ok(now) = gate.app.directory.now().await
    {
        let answered = Answered {
            trail: &trail,
            method: &method,
            path: loggable(&path),
            response: &response,
            took,
            request_id: id.to_str().unwrap_or_default(),
            address,
        };
        let logged = answered.logged(now);
        gate.app.directory.note_request(realm, client, logged);
    }
    tracing::debug!(request.id = %id.to_str().unwrap_or_default(), status, took_ms, "{method} {} answered {status}", loggable(&path));
    // For whoever counts.
    response.extensions_mut().insert(face);
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if face != Face::Pages && !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// The span of a request: what traces tell of it. The caller's own trace goes on in it.
fn trace(request: &Request, id: &HeaderValue) -> Span {
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
        usher.request.id = id.to_str().unwrap_or_default(),
        usher.client.id = field::Empty,
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
        face: Face,
        canonical: Option<Canonical>,
        request: Request,
        next: Next,
        address: Option<IpAddr>,
    ) -> Response {
        let answered = async {
            let _slot = self.limits.enter()?;
            let work = self.answer(face, canonical, request, next, address);
            tokio::time::timeout(self.app.config.request_timeout, work)
                .await
                .unwrap_or_else(|_| Err(Problem::busy("the request took too long; it may still be carried out")))
        };
        let response = answered.await.unwrap_or_else(|problem| face.problem(&problem));
        if response.status() == StatusCode::UNAUTHORIZED
            && let Err(problem) = self.limits.refused(address)
        {
            return face.problem(&problem);
        }
        response
    }

    async fn answer(
        &self,
        face: Face,
        canonical: Option<Canonical>,
        request: Request,
        next: Next,
        address: Option<IpAddr>,
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
        caller::resolve(&self.app, face, &mut parts, address).await?;
        if let Some(Credentials::Valid(principal)) = parts.extensions.get::<Credentials>() {
            self.limits.client(principal)?;
        }
        if let (Some(variant), Some(Credentials::Valid(principal))) = (
            canonical.and_then(|canonical| canonical.variant),
            parts.extensions.get::<Credentials>(),
        ) {
            self.variants.note(principal, variant);
        }
        // Wire's clients are told Usher's own word for an error (W-39); others read errors strictly.
        let names_causes = face == Face::Scim && is_wire(&parts.extensions);
        let response = next
            .run(Request::from_parts(parts, Body::new(Limited::new(body, limit))))
            .await;
        Ok(if names_causes {
            scim::error::with_cause(response)
        } else {
            response
        })
    }
}

/// Whether a request comes from a client of Wire's kind.
pub(crate) fn is_wire(extensions: &Extensions) -> bool {
    match extensions.get::<Credentials>() {
        Some(Credentials::Valid(principal)) => principal.client().is_some_and(|client| client.profile == Profile::Wire),
        _ => false,
    }
}

fn rewrite(request: &mut Request, canonical: &Canonical) {
    if let Some(version) = canonical.wire_version {
        request.extensions_mut().insert(WireVersion(version));
    }
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

/// A path without the secret of a link.
fn loggable(path: &str) -> &str {
    const BEFORE_SECRET: [&str; 2] = ["/invitation/", "/confirmation/"];
    let ends = BEFORE_SECRET
        .iter()
        .filter_map(|part| Some(path.find(part)? + part.len()));
    &path[..ends.min().unwrap_or(path.len())]
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no text")
}

/// Request ids: the caller's own if it is harmless, else a number that differs between processes.
#[derive(Debug)]
struct RequestIds {
    process: u32,
    next: AtomicU64,
}

impl RequestIds {
    fn new() -> Self {
        // The hasher's keys are random per process; an id in a log needs no more than to differ.
        Self {
            process: RandomState::new().hash_one(0_u8) as u32,
            next: AtomicU64::new(1),
        }
    }

    fn of(&self, headers: &HeaderMap) -> HeaderValue {
        let harmless = |value: &&HeaderValue| {
            let bytes = value.as_bytes();
            (1..=64).contains(&bytes.len())
                && bytes
                    .iter()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        };
        if let Some(given) = headers.get(&REQUEST_ID).filter(harmless) {
            return given.clone();
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        HeaderValue::from_str(&format!("{:08x}-{number}", self.process)).unwrap_or_else(|_| HeaderValue::from(number))
    }
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

    #[test]
    fn the_secret_of_a_link_is_not_logged() {
        assert_eq!(
            loggable("/realms/default/invitation/secret"),
            "/realms/default/invitation/"
        );
        assert_eq!(loggable("/confirmation/secret/invitation/"), "/confirmation/");
        assert_eq!(loggable("/scim/v2/Users"), "/scim/v2/Users");
    }

    #[test]
    fn only_harmless_request_ids_are_taken_over() {
        let ids = RequestIds::new();
        let mut headers = HeaderMap::new();
        let own = ids.of(&headers);
        assert_ne!(own, ids.of(&headers));
        headers.insert(REQUEST_ID, HeaderValue::from_static("trace-1"));
        assert_eq!(ids.of(&headers), "trace-1");
        headers.insert(REQUEST_ID, HeaderValue::from_static("a b"));
        assert_ne!(ids.of(&headers), "a b");
    }
}
