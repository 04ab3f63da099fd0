//! SCIM's errors (RFC 7644 §3.12): the one table from what the directory refuses to what a client is told.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use directory::{DenialClass, Error, Refusal};
use scim::error::{Error as Scim, ScimType};

use super::respond;
use crate::face::{Face, Problem};
use crate::trail::Refused;

/// An error on its way to a SCIM client.
#[derive(Debug)]
pub(crate) struct ScimError {
    error: Scim,
    /// Usher's own word for it, where the directory refused.
    cause: Option<&'static str>,
    retry_after: Option<u64>,
    challenge: Option<String>,
}

/// What clients of Wire's kind are told beside SCIM's own members.
#[derive(Clone, Debug)]
struct Cause {
    error: Scim,
    label: &'static str,
}

impl ScimError {
    /// The status, as Bulk writes it.
    pub(super) fn status(&self) -> u16 {
        self.error.status
    }

    /// What is wrong, in a sentence.
    pub(super) fn detail(&self) -> &str {
        &self.error.detail
    }

    /// The message of RFC 7644 §3.12.
    pub(super) fn to_json(&self) -> serde_json::Value {
        self.error.to_json()
    }

    pub(super) fn is_not_found(&self) -> bool {
        self.error.status == 404
    }

    fn refused(refusal: Refusal) -> Self {
        let text = refusal.to_string();
        let status = |status| Scim::with_status(status, text.clone());
        let mut challenge = None;
        let mut retry_after = None;
        let (error, cause) = match refusal {
            Refusal::Scim(error) => (error, "scim"),
            Refusal::NotFound { .. } => (status(404), "not-found"),
            Refusal::Taken { attribute } => (Scim::uniqueness(text).about(attribute), "taken"),
            Refusal::Changed => (status(412), "changed"),
            Refusal::MissingScope(scope) => {
                challenge = Some(format!(
                    "Bearer realm=\"usher\", error=\"insufficient_scope\", scope=\"{scope}\""
                ));
                (status(403), "missing-scope")
            }
            Refusal::Forbidden { .. } => (status(403), "forbidden"),
            Refusal::Managed { .. } => (status(403), "managed-by-scim"),
            Refusal::Sensitive { attribute } => (Scim::sensitive(text).about(attribute), "sensitive"),
            Refusal::Invalid { attribute, .. } => (Scim::invalid_value(text).about(attribute), "invalid"),
            Refusal::TooMany { .. } => (Scim::too_many(text), "too-many"),
            Refusal::TooLarge { .. } => (status(413), "too-large"),
            Refusal::Expired { .. } => (status(409), "expired"),
            Refusal::Conflict { .. } => (status(409), "conflict"),
            Refusal::LimitReached { .. } => {
                retry_after = Some(3600);
                (status(429), "limit-reached")
            }
            Refusal::Denied(denial) => {
                let error = match denial.class() {
                    DenialClass::Invalid => Scim::invalid_value(text),
                    DenialClass::Forbidden => status(403),
                    DenialClass::NotFound => status(404),
                    DenialClass::Conflict => status(409),
                };
                (error, denial.code())
            }
        };
        Self {
            error,
            cause: Some(cause),
            retry_after,
            challenge,
        }
    }
}

impl From<Scim> for ScimError {
    fn from(error: Scim) -> Self {
        Self {
            error,
            cause: None,
            retry_after: None,
            challenge: None,
        }
    }
}

impl From<Refusal> for ScimError {
    fn from(refusal: Refusal) -> Self {
        Self::refused(refusal)
    }
}

impl From<Error> for ScimError {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => Self::refused(refusal),
            fault => Problem::of_store(&fault).into(),
        }
    }
}

impl From<Problem> for ScimError {
    fn from(problem: Problem) -> Self {
        Self {
            error: Scim::with_status(problem.status.as_u16(), problem.detail),
            cause: None,
            retry_after: problem.retry_after,
            challenge: problem.challenge,
        }
    }
}

impl IntoResponse for ScimError {
    fn into_response(self) -> Response {
        let mut response = message(&self.error, self.cause);
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = self
            .challenge
            .and_then(|challenge| HeaderValue::from_str(&challenge).ok())
        {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(label) = self.cause {
            response.extensions_mut().insert(Cause {
                error: self.error,
                label,
            });
        }
        response
    }
}

fn message(error: &Scim, cause: Option<&'static str>) -> Response {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = respond::json(status, error.to_json().to_string());
    let word = error.scim_type.map(ScimType::name).or(cause);
    let word = word.or(status.canonical_reason()).unwrap_or_default();
    Refused::beside(&mut response, word, &error.detail);
    response
}

/// What went wrong outside any handler.
pub(crate) fn render(problem: &Problem) -> Response {
    let error = match problem.status {
        StatusCode::NOT_FOUND => Scim::with_status(404, "no SCIM endpoint is at this path"),
        status => Scim::with_status(status.as_u16(), problem.detail.clone()),
    };
    message(&error, None)
}

/// RFC 7644 §3.13: a version of the protocol that is not served.
pub(crate) fn unknown_version() -> Response {
    message(
        &Scim::invalid_vers("only version 2 of SCIM is served, below /scim/v2"),
        None,
    )
}

/// The same answer with Usher's own word for the error, which clients of Wire's kind read (W-39).
pub(crate) fn with_cause(mut response: Response) -> Response {
    let Some(Cause { error, label }) = response.extensions_mut().remove() else {
        return response;
    };
    let mut message = error.to_json();
    if let Some(map) = message.as_object_mut() {
        let mut cause = serde_json::Map::new();
        cause.insert("label".into(), label.into());
        if let Some(attribute) = error.attribute {
            cause.insert("attribute".into(), attribute.into());
        }
        map.insert("urn:usher:error".into(), cause.into());
    }
    // The router has noted the length of the body before.
    response.headers_mut().remove(header::CONTENT_LENGTH);
    *response.body_mut() = Body::from(message.to_string());
    response
}

/// A body or query that a face could not read, for callers outside `scim`.
pub(super) fn wrong_media_type(found: &str) -> ScimError {
    Scim::with_status(
        415,
        format!("the body is `{found}`; send application/scim+json or application/json in UTF-8"),
    )
    .into()
}

/// The answer to a request of SCIM without credentials where it takes some.
pub(super) fn unauthorized() -> Response {
    crate::caller::unauthorized(Face::Scim, &crate::caller::Credentials::None)
}

#[cfg(test)]
mod tests {
    use directory::Denial;

    use super::*;

    #[test]
    fn what_group_management_refuses_has_a_status_and_its_word() {
        for denial in Denial::each() {
            let error = ScimError::from(Refusal::from(denial.clone()));
            let expected = match denial.class() {
                DenialClass::Invalid => 400,
                DenialClass::Forbidden => 403,
                DenialClass::NotFound => 404,
                DenialClass::Conflict => 409,
            };
            assert_eq!(error.status(), expected, "{}", denial.code());
            assert_eq!(error.detail(), denial.to_string());
            assert_eq!(error.cause, Some(denial.code()));
            assert_eq!(error.error.scim_type.is_some(), expected == 400, "{}", denial.code());
        }
    }
}
