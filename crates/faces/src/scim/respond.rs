//! Answers: media type, entity tag, location, and 304 for who already has it.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use directory::view::{IfMatch, Rendered};

/// RFC 7644 §8.1; the parameter is Wire's (W-30) and harmless to others.
const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/scim+json;charset=utf-8");

/// So many headers an answer has in the end, with those that the entry adds.
const USUAL_HEADERS: usize = 10;

/// A JSON text as an answer.
pub(super) fn json(status: StatusCode, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.reserve(USUAL_HEADERS);
    headers.insert(header::CONTENT_TYPE, MEDIA_TYPE);
    response
}

/// One resource with its entity tag.
pub(super) fn resource(status: StatusCode, rendered: Rendered) -> Response {
    let mut response = json(status, rendered.body);
    let headers = response.headers_mut();
    set(headers, header::ETAG, &rendered.etag);
    if status == StatusCode::CREATED {
        set(headers, header::LOCATION, &rendered.location);
    }
    response
}

/// What a POST made, or what was there already and has been taken over: both say where it is.
pub(super) fn posted(made: bool, rendered: Rendered) -> Response {
    let location = rendered.location.clone();
    let mut response = resource(posted_status(made), rendered);
    set(response.headers_mut(), header::LOCATION, &location);
    response
}

/// The status of that.
pub(super) fn posted_status(made: bool) -> StatusCode {
    if made { StatusCode::CREATED } else { StatusCode::OK }
}

/// The same answer with what its reader should know beside it (RFC 7234 §5.5).
pub(super) fn with_warnings(mut response: Response, warnings: &[String]) -> Response {
    for warning in warnings {
        if let Ok(value) = HeaderValue::from_str(&format!("299 usher \"{}\"", quoted(warning))) {
            response.headers_mut().append(header::WARNING, value);
        }
    }
    response
}

/// What may stand between quotes in a header: of everything beyond printable ASCII a question mark is left.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            ' '..='~' => quoted.push(letter),
            _ => quoted.push('?'),
        }
    }
    quoted
}

/// One resource, unless its reader already has it.
pub(super) fn unless_known(rendered: Rendered, if_none_match: &IfMatch) -> Response {
    if !knows(if_none_match, &rendered.etag) {
        return resource(StatusCode::OK, rendered);
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    set(response.headers_mut(), header::ETAG, &rendered.etag);
    response
}

fn knows(if_none_match: &IfMatch, etag: &str) -> bool {
    if matches!(if_none_match, IfMatch::Any) {
        return false;
    }
    match IfMatch::parse(etag) {
        IfMatch::OneOf(versions) => versions.into_iter().any(|version| if_none_match.names(version)),
        IfMatch::Any | IfMatch::Exists => false,
    }
}

/// Success without a body.
pub(super) fn no_content(etag: Option<&str>) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    if let Some(etag) = etag {
        set(response.headers_mut(), header::ETAG, etag);
    }
    response
}

/// Locations and tags are built from ids and settings only; what is no header value is left out.
pub(super) fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
