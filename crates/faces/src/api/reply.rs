//! What goes back: JSON with its version and place.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use directory::idempotency::Answer;
use serde::Serialize;

/// An answer.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    status: StatusCode,
    /// The version, as an entity tag.
    etag: Option<String>,
    location: Option<String>,
    body: String,
    replayed: bool,
}

impl Reply {
    /// 200 with a body.
    pub(super) fn ok(body: &impl Serialize) -> Self {
        Self::text(StatusCode::OK, serde_json::to_string(body).unwrap_or_default())
    }

    /// 201 with a body and the place of what was made.
    pub(super) fn created(location: String, body: &impl Serialize) -> Self {
        let text = serde_json::to_string(body).unwrap_or_default();
        Self {
            location: Some(location),
            ..Self::text(StatusCode::CREATED, text)
        }
    }

    /// 201 with the place of what was made; the body is put in later.
    pub(super) fn made(location: String) -> Self {
        Self {
            location: Some(location),
            ..Self::text(StatusCode::CREATED, String::new())
        }
    }

    /// 204.
    pub(super) fn done() -> Self {
        Self::text(StatusCode::NO_CONTENT, String::new())
    }

    /// JSON that has been written already.
    pub(super) fn text(status: StatusCode, body: String) -> Self {
        Self {
            status,
            etag: None,
            location: None,
            body,
            replayed: false,
        }
    }

    /// The answer a request got when it was first sent.
    pub(super) fn replayed(answer: Answer) -> Self {
        let header = |name: &str| {
            answer
                .headers
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.clone())
        };
        Self {
            status: StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK),
            etag: header("etag"),
            location: header("location"),
            body: answer.body,
            replayed: true,
        }
    }

    #[must_use]
    pub(super) fn version(self, version: i64) -> Self {
        self.etag(format!("W/\"{version}\""))
    }

    #[must_use]
    pub(super) fn etag(mut self, etag: String) -> Self {
        self.etag = Some(etag);
        self
    }

    #[must_use]
    pub(super) fn with_body(mut self, body: String) -> Self {
        self.body = body;
        self
    }

    /// The last part of the place of what was made: its id.
    pub(super) fn made_id(&self) -> &str {
        self.location
            .as_deref()
            .and_then(|location| location.rsplit('/').next())
            .unwrap_or_default()
    }
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        let header = |name: &str, value: Option<String>| value.map(|value| (name.to_owned(), value));
        let headers = [header("etag", reply.etag), header("location", reply.location)]
            .into_iter()
            .flatten()
            .collect();
        Self {
            status: reply.status.as_u16(),
            headers,
            body: reply.body,
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
        for (name, value) in [(header::ETAG, self.etag), (header::LOCATION, self.location)] {
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
                headers.insert(name, value);
            }
        }
        if self.replayed {
            headers.insert("idempotency-replayed", HeaderValue::from_static("true"));
        }
        response
    }
}
