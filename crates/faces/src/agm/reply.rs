//! What goes back: JSON, or nothing but a status and a place.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// An answer.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    status: StatusCode,
    /// The version, as an entity tag.
    etag: Option<String>,
    location: Option<String>,
    /// Whether a preference of the caller was followed.
    is_preferred: bool,
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
        Self::text(StatusCode::OK, serde_json::to_string(body).unwrap_or_default())
    }

    /// 201 without a body.
    pub(super) fn created() -> Self {
        Self::text(StatusCode::CREATED, String::new())
    }

    /// 201 with what the caller prefers to see of what was made.
    pub(super) fn represented(body: &impl Serialize) -> Self {
        let body = serde_json::to_string(body).unwrap_or_default();
        Self {
            is_preferred: true,
            ..Self::text(StatusCode::CREATED, body)
        }
    }

    /// 204.
    pub(super) fn done() -> Self {
        Self::text(StatusCode::NO_CONTENT, String::new())
    }

    /// With the place of what was made or changed.
    #[must_use]
    pub(super) fn at(self, location: String) -> Self {
        Self {
            location: Some(location),
            ..self
        }
    }

    /// With the version of what is shown, which If-Match takes back.
    #[must_use]
    pub(super) fn version(self, version: i64) -> Self {
        Self {
            etag: Some(format!("W/\"{version}\"")),
            ..self
        }
    }

    /// 200 with a part of a list.
    pub(super) fn list<T: Serialize>(results: &[T], count: usize) -> Self {
        Self::ok(&Listed { results, count })
    }

    fn text(status: StatusCode, body: String) -> Self {
        Self {
            status,
            etag: None,
            location: None,
            is_preferred: false,
            body,
        }
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
        if self.is_preferred {
            headers.insert("preference-applied", HeaderValue::from_static("return=representation"));
        }
        for (name, value) in [(header::ETAG, self.etag), (header::LOCATION, self.location)] {
            if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
                headers.insert(name, value);
            }
        }
        response
    }
}
