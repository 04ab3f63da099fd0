//! The one table from refusals to this face's errors. No other place of it names a status for a refusal.
//!
//! An error is one text in one of a few shapes, which the clients of the predecessor know, and a stable `code` beside it.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use directory::{Denial, DenialClass, Error, Refusal};
use serde_json::json;

use crate::face::Problem;
use crate::trail::Refused;

/// How an error is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// `error` and `error_description`, both with the text.
    Twice,
    /// `error` with the text: what is met before a handler, and what the administration of the realm is refused.
    Once,
    /// `error` with a word, and the text as `error_description`.
    Word(&'static str),
    /// `errorMessage` with the text: where groups at the top are made.
    Message,
}

/// What goes back in place of an answer.
#[derive(Clone, Debug)]
pub(crate) struct AgmError {
    status: StatusCode,
    code: &'static str,
    text: String,
    shape: Shape,
    retry_after: Option<u64>,
}

impl AgmError {
    fn new(status: StatusCode, code: &'static str, text: impl Into<String>) -> Self {
        Self {
            status,
            code,
            text: text.into(),
            shape: Shape::Twice,
            retry_after: None,
        }
    }

    /// The body is no JSON.
    pub(super) fn malformed(text: impl Into<String>) -> Self {
        let shape = Shape::Word("invalid_request");
        Self {
            shape,
            ..Self::new(StatusCode::BAD_REQUEST, "malformed", text)
        }
    }

    /// The body has a member that does not exist.
    pub(super) fn unknown_member(text: impl Into<String>) -> Self {
        Self {
            shape: Shape::Once,
            ..Self::new(StatusCode::BAD_REQUEST, "unknown_member", text)
        }
    }

    /// A value of a body does not fit.
    pub(super) fn unfit(text: impl Into<String>) -> Self {
        let shape = Shape::Word("unknown_error");
        Self {
            shape,
            ..Self::new(StatusCode::BAD_REQUEST, "invalid", text)
        }
    }

    /// A value of a query does not fit.
    pub(super) fn unfit_query(text: impl Into<String>) -> Self {
        Self {
            shape: Shape::Once,
            ..Self::new(StatusCode::BAD_REQUEST, "invalid", text)
        }
    }

    /// The body is of another kind.
    pub(super) fn media_type() -> Self {
        Self {
            shape: Shape::Once,
            ..Self::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "media_type",
                "bodies are sent as application/json",
            )
        }
    }
}

impl AgmError {
    /// What the predecessor had and Usher does not.
    pub(super) fn not_offered(text: impl Into<String>) -> Self {
        Self {
            shape: Shape::Once,
            ..Self::new(StatusCode::METHOD_NOT_ALLOWED, "not_offered", text)
        }
    }

    /// As what is met before a handler, where what the path names is not there or not for the caller: with the text once.
    pub(super) fn met_before(self) -> Self {
        match self.status {
            StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => Self {
                shape: Shape::Once,
                ..self
            },
            _ => self,
        }
    }

    /// As the administration of the realm is refused: with the text once.
    pub(super) fn of_admin(self) -> Self {
        match self.status {
            StatusCode::FORBIDDEN => self.once(),
            _ => self,
        }
    }

    /// Where the state of things does not allow it, with the word `conflict`: where the predecessor met a constraint of its
    /// database.
    #[must_use]
    pub(super) fn with_conflict(self) -> Self {
        match self.status {
            StatusCode::CONFLICT => Self {
                shape: Shape::Word("conflict"),
                ..self
            },
            _ => self,
        }
    }

    /// As the making of a group at the top is refused.
    pub(super) fn of_top_group(self) -> Self {
        match self.status {
            StatusCode::BAD_REQUEST | StatusCode::CONFLICT => self.with_message(),
            _ => self.of_admin(),
        }
    }

    /// Whether something is not there.
    pub(super) fn is_not_found(&self) -> bool {
        self.status == StatusCode::NOT_FOUND
    }

    /// With the text once: what the predecessor met before its own code.
    #[must_use]
    pub(super) fn once(self) -> Self {
        Self {
            shape: Shape::Once,
            ..self
        }
    }

    /// As `errorMessage`: where a group at the top is made.
    #[must_use]
    pub(super) fn with_message(self) -> Self {
        Self {
            shape: Shape::Message,
            ..self
        }
    }
}

impl From<Error> for AgmError {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into(),
            error => Self::from(&Problem::of_store(&error)),
        }
    }
}

impl From<Refusal> for AgmError {
    fn from(refusal: Refusal) -> Self {
        let text = refusal.to_string();
        let (status, code) = match refusal {
            Refusal::Denied(denial) => return denial.into(),
            Refusal::NotFound { .. } => (StatusCode::NOT_FOUND, "not_found"),
            Refusal::Expired { .. } => (StatusCode::NOT_FOUND, "expired"),
            Refusal::Taken { .. } => (StatusCode::CONFLICT, "taken"),
            Refusal::Changed => (StatusCode::CONFLICT, "changed"),
            Refusal::Conflict { .. } => (StatusCode::CONFLICT, "conflict"),
            Refusal::LimitReached { .. } => (StatusCode::CONFLICT, "limit_reached"),
            Refusal::MissingScope(_) => (StatusCode::FORBIDDEN, "missing_scope"),
            Refusal::Forbidden { .. } | Refusal::Managed { .. } => (StatusCode::FORBIDDEN, "forbidden"),
            Refusal::Sensitive { .. } => (StatusCode::FORBIDDEN, "sensitive"),
            Refusal::Invalid { .. } => (StatusCode::BAD_REQUEST, "invalid"),
            Refusal::Scim(error) => {
                let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
                (status, "invalid")
            }
            Refusal::TooMany { .. } => (StatusCode::BAD_REQUEST, "too_many"),
            Refusal::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
        };
        Self::new(status, code, text)
    }
}

impl From<Denial> for AgmError {
    fn from(denial: Denial) -> Self {
        let status = match denial.class() {
            DenialClass::Invalid => StatusCode::BAD_REQUEST,
            DenialClass::Forbidden => StatusCode::FORBIDDEN,
            DenialClass::NotFound => StatusCode::NOT_FOUND,
            DenialClass::Conflict => StatusCode::CONFLICT,
        };
        Self::new(status, denial.code(), denial.to_string())
    }
}

impl From<&Problem> for AgmError {
    fn from(problem: &Problem) -> Self {
        let (code, shape) = match problem.status.as_u16() {
            400 => ("invalid", Shape::Once),
            401 => ("unauthorized", Shape::Once),
            403 => ("forbidden", Shape::Once),
            404 => ("not_found", Shape::Once),
            405 => ("method_not_allowed", Shape::Once),
            413 => ("too_large", Shape::Once),
            415 => ("media_type", Shape::Once),
            429 => ("too_many_requests", Shape::Once),
            408 | 503 | 504 => ("unavailable", Shape::Once),
            other if other < 500 => ("invalid", Shape::Once),
            _ => ("failed", Shape::Word("unknown_error")),
        };
        let wrong_token = problem
            .challenge
            .as_deref()
            .is_some_and(|challenge| challenge.contains("invalid_token"));
        let text = match code {
            "unauthorized" if wrong_token => "the token is not valid in this realm",
            "unauthorized" => "this takes a token of the realm, sent as `Authorization: Bearer TOKEN`",
            _ => problem.detail.as_str(),
        };
        Self {
            shape,
            retry_after: problem.retry_after,
            ..Self::new(problem.status, problem.code.unwrap_or(code), text)
        }
    }
}

impl IntoResponse for AgmError {
    fn into_response(self) -> Response {
        let (text, code) = (self.text, self.code);
        let body = match self.shape {
            Shape::Twice => json!({ "error": text, "error_description": text, "code": code }),
            Shape::Once => json!({ "error": text, "code": code }),
            Shape::Word(word) => json!({ "error": word, "error_description": text, "code": code }),
            Shape::Message => json!({ "errorMessage": text, "code": code }),
        };
        let mut response = (self.status, body.to_string()).into_response();
        Refused::beside(&mut response, code, &text);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// What went wrong outside any handler.
pub(crate) fn render(problem: &Problem) -> Response {
    AgmError::from(problem).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_group_management_refuses_keeps_its_word() {
        for denial in Denial::each() {
            let error = AgmError::from(Refusal::from(denial.clone()));
            assert_eq!((error.code, error.shape), (denial.code(), Shape::Twice));
            assert_eq!(error.text, denial.to_string());
            assert!(error.status.is_client_error());
        }
    }

    #[test]
    fn a_fault_tells_nothing_but_that_it_is_one() {
        let error = AgmError::from(&Problem::fault());
        assert_eq!((error.status.as_u16(), error.code), (500, "failed"));
        assert_eq!(error.shape, Shape::Word("unknown_error"));
    }
}
