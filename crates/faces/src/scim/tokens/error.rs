//! Errors as Wire's other APIs have them: `{"code":403,"label":"insufficient-permissions","message":"…"}`.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use directory::{DenialClass, Error, Refusal};
use serde_json::json;

use crate::face::Problem;
use crate::trail::Refused;

/// An error on its way to a caller of the token API.
#[derive(Debug)]
pub(crate) struct TokenError {
    status: StatusCode,
    label: &'static str,
    message: String,
    retry_after: Option<u64>,
}

impl TokenError {
    pub(super) fn client_error(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            label: "client-error",
            message: message.into(),
            retry_after: None,
        }
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            label: "not-found",
            message: message.into(),
            retry_after: None,
        }
    }
}

impl From<Error> for TokenError {
    fn from(error: Error) -> Self {
        let Error::Refused(refusal) = error else {
            return Problem::of_store(&error).into();
        };
        let message = refusal.to_string();
        let (status, label) = match &refusal {
            Refusal::MissingScope(_) | Refusal::Forbidden { .. } | Refusal::Managed { .. } => {
                (StatusCode::FORBIDDEN, "insufficient-permissions")
            }
            Refusal::LimitReached { .. } => (StatusCode::FORBIDDEN, "token-limit-reached"),
            Refusal::NotFound { .. } => (StatusCode::NOT_FOUND, "not-found"),
            Refusal::Taken { .. } | Refusal::Conflict { .. } | Refusal::Changed => (StatusCode::CONFLICT, "conflict"),
            Refusal::Sensitive { .. }
            | Refusal::Invalid { .. }
            | Refusal::Scim(_)
            | Refusal::TooMany { .. }
            | Refusal::TooLarge { .. }
            | Refusal::Expired { .. } => (StatusCode::BAD_REQUEST, "client-error"),
            Refusal::Denied(denial) => match denial.class() {
                DenialClass::Invalid => (StatusCode::BAD_REQUEST, "client-error"),
                DenialClass::Forbidden => (StatusCode::FORBIDDEN, "insufficient-permissions"),
                DenialClass::NotFound => (StatusCode::NOT_FOUND, "not-found"),
                DenialClass::Conflict => (StatusCode::CONFLICT, "conflict"),
            },
        };
        Self {
            status,
            label,
            message,
            retry_after: None,
        }
    }
}

impl From<Problem> for TokenError {
    fn from(problem: Problem) -> Self {
        let label = match problem.status {
            StatusCode::UNAUTHORIZED => "unauthorized",
            StatusCode::NOT_FOUND => "not-found",
            StatusCode::METHOD_NOT_ALLOWED => "method-not-allowed",
            StatusCode::PAYLOAD_TOO_LARGE => "too-large",
            StatusCode::TOO_MANY_REQUESTS => "client-error",
            status if status.is_server_error() => "server-error",
            _ => "client-error",
        };
        Self {
            status: problem.status,
            label,
            message: problem.detail,
            retry_after: problem.retry_after,
        }
    }
}

impl IntoResponse for TokenError {
    fn into_response(self) -> Response {
        let body = json!({ "code": self.status.as_u16(), "label": self.label, "message": self.message });
        let mut response = (self.status, Json(body)).into_response();
        Refused::beside(&mut response, self.label, &self.message);
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// What went wrong outside any handler.
pub(crate) fn render(problem: &Problem) -> Response {
    TokenError::from(problem.clone()).into_response()
}

#[cfg(test)]
mod tests {
    use directory::Denial;

    use super::*;

    #[test]
    fn what_group_management_refuses_has_a_status() {
        for denial in Denial::each() {
            let error = TokenError::from(Error::from(denial.clone()));
            assert!(error.status.is_client_error(), "{}", denial.code());
            assert_eq!(error.message, denial.to_string());
        }
    }
}
