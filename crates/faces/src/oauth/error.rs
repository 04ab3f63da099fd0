//! OAuth2's errors (RFC 6749 §5.2): the one table from what the directory refuses to what a client is told.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use directory::{DenialClass, Error, Refusal};
use serde_json::json;

use crate::face::{Face, Problem};
use crate::trail::Refused;

/// An error on its way to an OAuth2 client.
#[derive(Debug)]
pub(crate) struct OauthError {
    status: StatusCode,
    error: &'static str,
    description: String,
    /// The client tried Basic, so it is told of it.
    challenge: bool,
    /// It was met outside the protocol, such as a limit, and says more in headers.
    problem: Option<Box<Problem>>,
}

impl OauthError {
    fn new(status: StatusCode, error: &'static str, description: impl Into<String>) -> Self {
        Self {
            status,
            error,
            description: description.into(),
            challenge: false,
            problem: None,
        }
    }

    pub(super) fn invalid_request(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", description)
    }

    pub(super) fn unsupported_grant_type(given: &str) -> Self {
        let shown: String = given
            .chars()
            .filter(|letter| letter.is_ascii_graphic() && *letter != '"' && *letter != '\\')
            .take(60)
            .collect();
        Self::new(
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
            format!("`{shown}` is not served; client_credentials is"),
        )
    }

    pub(super) fn invalid_scope(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_scope", description)
    }

    pub(super) fn unauthorized_client(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "unauthorized_client", description)
    }

    /// The same for an unknown client, a wrong secret and one that is switched off.
    pub(super) fn invalid_client(tried_basic: bool) -> Self {
        Self {
            challenge: tried_basic,
            ..Self::new(
                StatusCode::UNAUTHORIZED,
                "invalid_client",
                "the client or its secret is not valid",
            )
        }
    }
}

impl From<Error> for OauthError {
    fn from(error: Error) -> Self {
        let Error::Refused(refusal) = error else {
            let problem = Problem::of_store(&error);
            let word = if problem.status == StatusCode::SERVICE_UNAVAILABLE {
                "temporarily_unavailable"
            } else {
                "server_error"
            };
            return Self::new(problem.status, word, problem.detail);
        };
        let text = refusal.to_string();
        match refusal {
            Refusal::Invalid { attribute, .. } if attribute == "scope" => Self::invalid_scope(text),
            Refusal::MissingScope(_) | Refusal::Forbidden { .. } | Refusal::Managed { .. } => {
                Self::new(StatusCode::FORBIDDEN, "access_denied", text)
            }
            Refusal::Denied(denial) if denial.class() == DenialClass::Forbidden => {
                Self::new(StatusCode::FORBIDDEN, "access_denied", text)
            }
            Refusal::Denied(_)
            | Refusal::NotFound { .. }
            | Refusal::Taken { .. }
            | Refusal::Changed
            | Refusal::Sensitive { .. }
            | Refusal::Invalid { .. }
            | Refusal::Scim(_)
            | Refusal::TooMany { .. }
            | Refusal::TooLarge { .. }
            | Refusal::Expired { .. }
            | Refusal::Conflict { .. }
            | Refusal::LimitReached { .. } => Self::invalid_request(text),
        }
    }
}

impl From<Problem> for OauthError {
    fn from(problem: Problem) -> Self {
        Self {
            problem: Some(Box::new(problem.clone())),
            ..Self::new(problem.status, word(problem.status), problem.detail)
        }
    }
}

impl IntoResponse for OauthError {
    fn into_response(self) -> Response {
        if let Some(problem) = self.problem {
            return Face::Oauth.problem(&problem);
        }
        let mut response = message(self.status, self.error, &self.description);
        if self.challenge {
            response.headers_mut().insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Basic realm=\"usher\", charset=\"UTF-8\""),
            );
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

fn message(status: StatusCode, error: &'static str, description: &str) -> Response {
    let body = json!({ "error": error, "error_description": description });
    let mut response = (status, Json(body)).into_response();
    Refused::beside(&mut response, error, description);
    response
}

/// What went wrong outside any handler.
pub(crate) fn render(problem: &Problem) -> Response {
    message(problem.status, word(problem.status), &problem.detail)
}

fn word(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "invalid_token",
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => "temporarily_unavailable",
        status if status.is_server_error() => "server_error",
        _ => "invalid_request",
    }
}

#[cfg(test)]
mod tests {
    use directory::Denial;

    use super::*;

    #[test]
    fn what_group_management_refuses_has_a_word_of_the_protocol() {
        for denial in Denial::each() {
            let error = OauthError::from(Error::from(denial.clone()));
            let forbidden = denial.class() == DenialClass::Forbidden;
            let expected = if forbidden { "access_denied" } else { "invalid_request" };
            assert_eq!(error.error, expected, "{}", denial.code());
            assert_eq!(error.description, denial.to_string());
        }
    }
}
