//! The one table from refusals to problems (RFC 9457). No other place of this face names a status for a refusal.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use directory::{Denial, DenialClass, Error, Refusal};
use scim::error::ScimType;
use serde::Serialize;
use utoipa::ToSchema;

use super::fields;
use crate::face;
use crate::trail::Refused;

macro_rules! codes {
    ($($variant:ident = $name:literal, $status:ident, $when:literal;)*) => {
        /// What kind of problem it is. The names are stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Code {
            $($variant,)*
        }

        impl Code {
            /// All codes.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable name.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            pub(crate) fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)* }
            }

            /// When it comes, for the reference.
            pub(crate) fn when(self) -> &'static str {
                match self { $(Self::$variant => $when,)* }
            }
        }
    };
}

codes! {
    Malformed = "malformed", BAD_REQUEST, "the body is no JSON, or not of the form described";
    UnknownMember = "unknown_member", BAD_REQUEST, "the body or the query has a member that does not exist; the nearest one is named";
    Invalid = "invalid", BAD_REQUEST, "a value does not fit; `field` names it";
    InvalidFilter = "invalid_filter", BAD_REQUEST, "the filter does not parse, or names an attribute that does not exist";
    InvalidPath = "invalid_path", BAD_REQUEST, "the path of an operation does not parse, or names an attribute that does not exist";
    NoTarget = "no_target", BAD_REQUEST, "the path of an operation matches nothing";
    Immutable = "immutable", BAD_REQUEST, "the attribute cannot be changed";
    InvalidCursor = "invalid_cursor", BAD_REQUEST, "the cursor is not one of this list";
    ExpiredCursor = "expired_cursor", BAD_REQUEST, "the cursor is too old: begin again";
    TooMany = "too_many", BAD_REQUEST, "the filter would look at too many resources; what makes it look at fewer is named";
    Unauthorized = "unauthorized", UNAUTHORIZED, "no token was given, or it is not valid in this realm";
    MissingScope = "missing_scope", FORBIDDEN, "the token lacks a scope, which is named";
    Forbidden = "forbidden", FORBIDDEN, "the caller may not do this";
    Sensitive = "sensitive", FORBIDDEN, "a filter or sort names an attribute the caller may not read";
    NotFound = "not_found", NOT_FOUND, "no such thing, or not for this caller";
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "the path does not take this verb";
    Taken = "taken", CONFLICT, "another resource has this value; `field` names the attribute";
    Conflict = "conflict", CONFLICT, "the state of the thing does not allow it";
    LimitReached = "limit_reached", CONFLICT, "there are as many as may be";
    Expired = "expired", GONE, "its time is over";
    Changed = "changed", PRECONDITION_FAILED, "the thing is not in the version that If-Match names";
    TooLarge = "too_large", PAYLOAD_TOO_LARGE, "the request is larger than one request may be";
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "the body is not sent as JSON";
    TooManyRequests = "too_many_requests", TOO_MANY_REQUESTS, "too many requests; Retry-After says when to come back";
    Failed = "failed", INTERNAL_SERVER_ERROR, "a fault of the server; its log has more";
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "the server cannot answer at the moment; try again";
}

impl Code {
    fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            400 => Self::Invalid,
            403 => Self::Forbidden,
            408 | 504 => Self::Unavailable,
            409 => Self::Conflict,
            other => {
                let same = Self::ALL.iter().copied().find(|code| code.status() == status);
                same.unwrap_or(if other < 500 { Self::Invalid } else { Self::Failed })
            }
        }
    }
}

/// A problem (RFC 9457).
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// What kind of problem it is, as a URI.
    #[serde(rename = "type")]
    #[schema(example = "urn:usher:problem:invalid")]
    kind: String,
    /// The status in words.
    title: String,
    /// The status.
    status: u16,
    /// What was attempted and what would be right, in English.
    detail: String,
    /// What kind of problem it is, in one stable word.
    #[schema(example = "invalid")]
    code: String,
    /// The member of the body or query that does not fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
}

/// What goes back in place of an answer.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    code: Code,
    /// The code's name, or the directory's own word where it has one.
    word: &'static str,
    status: StatusCode,
    detail: String,
    field: Option<String>,
}

impl Problem {
    pub(super) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            word: code.name(),
            status: code.status(),
            detail: detail.into(),
            field: None,
        }
    }

    pub(super) fn at(code: Code, field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            field: Some(field.into()),
            ..Self::new(code, detail)
        }
    }

    pub(super) fn code(&self) -> Code {
        self.code
    }

    /// The stable word.
    pub(super) fn word(&self) -> &'static str {
        self.word
    }

    pub(super) fn detail(&self) -> &str {
        &self.detail
    }

    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// The same, with the member that does not fit under the name it has here.
    pub(super) fn renamed(self, name: impl Fn(&str) -> String) -> Self {
        let Some(field) = self.field.as_deref() else {
            return self;
        };
        let here = name(field);
        let detail = self.detail.replacen(field, &here, 1);
        Self {
            field: Some(here),
            detail,
            ..self
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into(),
            error => {
                let problem = face::Problem::of_store(&error);
                Self::new(Code::of_status(problem.status), problem.detail)
            }
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let detail = refusal.to_string();
        match refusal {
            Refusal::NotFound { .. } => Self::new(Code::NotFound, detail),
            Refusal::Taken { attribute } => Self::at(Code::Taken, attribute, detail),
            Refusal::Changed => Self::new(Code::Changed, detail),
            Refusal::MissingScope(_) => Self::new(Code::MissingScope, detail),
            Refusal::Forbidden { .. } | Refusal::Managed { .. } => Self::new(Code::Forbidden, detail),
            Refusal::Sensitive { attribute } => Self::at(Code::Sensitive, attribute, detail),
            Refusal::Invalid { attribute, why } => match super::body::unknown_member(&why) {
                Some((member, detail)) => Self::at(Code::UnknownMember, format!("{attribute}.{member}"), detail),
                None => Self::at(Code::Invalid, attribute, detail),
            },
            Refusal::Scim(error) => error.into(),
            Refusal::TooMany { .. } => Self::new(Code::TooMany, detail),
            Refusal::TooLarge { .. } => Self::new(Code::TooLarge, detail),
            Refusal::Expired { .. } => Self::new(Code::Expired, detail),
            Refusal::Conflict { .. } => Self::new(Code::Conflict, detail),
            Refusal::LimitReached { .. } => Self::new(Code::LimitReached, detail),
            Refusal::Denied(denial) => denial.into(),
        }
    }
}

impl From<Denial> for Problem {
    fn from(denial: Denial) -> Self {
        let code = match denial.class() {
            DenialClass::Invalid => Code::Invalid,
            DenialClass::Forbidden => Code::Forbidden,
            DenialClass::NotFound => Code::NotFound,
            DenialClass::Conflict => Code::Conflict,
        };
        let problem = Self {
            word: denial.code(),
            ..Self::new(code, denial.to_string())
        };
        match denial {
            Denial::RuleViolated { field, .. } => {
                let field = Some(field);
                Self { field, ..problem }.renamed(fields::here)
            }
            _ => problem,
        }
    }
}

impl From<scim::error::Error> for Problem {
    fn from(error: scim::error::Error) -> Self {
        let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
        let code = match error.scim_type {
            Some(ScimType::InvalidFilter) => Code::InvalidFilter,
            Some(ScimType::TooMany) => Code::TooMany,
            Some(ScimType::Uniqueness) => Code::Taken,
            Some(ScimType::Mutability) => Code::Immutable,
            Some(ScimType::InvalidSyntax) => Code::Malformed,
            Some(ScimType::InvalidPath) => Code::InvalidPath,
            Some(ScimType::NoTarget) => Code::NoTarget,
            Some(ScimType::InvalidValue | ScimType::InvalidVers | ScimType::InvalidCount) => Code::Invalid,
            Some(ScimType::Sensitive) => Code::Sensitive,
            Some(ScimType::InvalidCursor) => Code::InvalidCursor,
            Some(ScimType::ExpiredCursor) => Code::ExpiredCursor,
            None => Code::of_status(status),
        };
        Self {
            field: error.attribute,
            ..Self::new(code, error.detail)
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = ProblemBody {
            kind: format!("urn:usher:problem:{}", self.word),
            title: self.status.canonical_reason().unwrap_or("Problem").to_owned(),
            status: self.status.as_u16(),
            detail: self.detail,
            code: self.word.to_owned(),
            field: self.field,
        };
        let text = serde_json::to_string(&body).unwrap_or_default();
        let mut response = (self.status, text).into_response();
        Refused::beside(&mut response, body.code, &body.detail);
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.code == Code::Unavailable {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// What went wrong outside any handler, as a problem.
pub(crate) fn render(problem: &face::Problem) -> Response {
    let code = Code::of_status(problem.status);
    let wrong_token = problem
        .challenge
        .as_deref()
        .is_some_and(|challenge| challenge.contains("invalid_token"));
    let detail = match code {
        Code::Unauthorized if wrong_token => "the token is not valid in this realm",
        Code::Unauthorized => "this takes a token of the realm, sent as `Authorization: Bearer TOKEN`",
        _ => problem.detail.as_str(),
    };
    Problem {
        status: problem.status,
        word: problem.code.unwrap_or(code.name()),
        ..Problem::new(code, detail)
    }
    .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_a_word_of_its_own() {
        for (index, code) in Code::ALL.iter().enumerate() {
            assert!(
                code.name()
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
            );
            assert!(Code::ALL[index + 1..].iter().all(|other| other.name() != code.name()));
        }
    }

    #[test]
    fn a_status_from_outside_a_handler_has_its_code() {
        assert_eq!(Code::of_status(StatusCode::UNAUTHORIZED), Code::Unauthorized);
        assert_eq!(Code::of_status(StatusCode::TOO_MANY_REQUESTS), Code::TooManyRequests);
        assert_eq!(Code::of_status(StatusCode::REQUEST_TIMEOUT), Code::Unavailable);
        assert_eq!(Code::of_status(StatusCode::IM_A_TEAPOT), Code::Invalid);
        assert_eq!(Code::of_status(StatusCode::BAD_GATEWAY), Code::Failed);
    }

    #[test]
    fn what_group_management_refuses_keeps_its_word() {
        for denial in Denial::each() {
            let problem = Problem::from(Refusal::from(denial.clone()));
            assert_eq!(problem.word, denial.code());
            assert_eq!(problem.detail, denial.to_string());
            let expected = match denial.class() {
                DenialClass::Invalid => 400,
                DenialClass::Forbidden => 403,
                DenialClass::NotFound => 404,
                DenialClass::Conflict => 409,
            };
            assert_eq!(problem.status, expected, "{}", denial.code());
            let same = Code::ALL.iter().find(|code| code.name() == denial.code());
            assert!(same.is_none_or(|code| code.status() == expected), "{}", denial.code());
        }
    }
}
