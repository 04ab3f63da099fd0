//! What goes back: JSON, or nothing but a status and a place.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// An answer.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    status: StatusCode,
    body: String,
}

/// A part of a list, and how many there are in all.
#[derive(Serialize)]
struct Listed<'a, T> {
    results: &'a [T],
    count: usize,
}

impl Reply {
    /// 200 with a body.
    pub(super) fn ok(body: &impl Serialize) -> Self {
        Self {
            status: StatusCode::OK,
            body: serde_json::to_string(body).unwrap_or_default(),
        }
    }

    /// 204.
    pub(super) fn done() -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            body: String::new(),
        }
    }

    /// 200 with a part of a list.
    pub(super) fn list<T: Serialize>(results: &[T], count: usize) -> Self {
        Self::ok(&Listed { results, count })
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let has_body = !self.body.is_empty();
        let mut response = if has_body {
            (self.status, self.body).into_response()
        } else {
            self.status.into_response()
        };
        let headers = response.headers_mut();
        if has_body {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}
