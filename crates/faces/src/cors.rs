//! What scripts of other origins may do (Fetch standard, CORS): call every face but the pages, which carry forms, without
//! cookies.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use crate::face::Face;

const VARY: HeaderValue = HeaderValue::from_static("origin");
const METHODS: HeaderValue = HeaderValue::from_static("GET,HEAD,POST,PUT,PATCH,DELETE");
const HEADERS: HeaderValue =
    HeaderValue::from_static("authorization,content-type,accept,if-match,if-none-match,idempotency-key,prefer");
const EXPOSED: HeaderValue =
    HeaderValue::from_static("etag,location,content-location,preference-applied,retry-after,x-request-id");

/// The origin of the script behind a request, if it may read the answer.
pub(crate) fn origin(request: &Request) -> Option<HeaderValue> {
    let origin = request.headers().get(header::ORIGIN)?;
    (Face::of_path(request.uri().path()) != Face::Pages).then(|| origin.clone())
}

/// The answer to a browser that asks what a script may do.
pub(crate) fn preflight(request: &Request) -> Response {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(header::VARY, VARY);
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
    if let Some(origin) = origin(request) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    response
}

/// Says in any other answer what a script of that origin may read of it.
pub(crate) fn allow(headers: &mut HeaderMap, origin: Option<HeaderValue>) {
    headers.append(header::VARY, VARY);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
}
