//! Which face a path belongs to, and what each says when no handler of its own could: an unknown path, a wrong verb, too
//! many requests, a fault.

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use directory::Denial;

use crate::passage::Passage;
use crate::trail::note_route;
use crate::{agm, api, oauth, pages, scim};

/// A protocol that others call Usher by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Face {
    /// SCIM 2.0.
    Scim,
    /// Wire's API for SCIM tokens.
    ScimTokens,
    /// OAuth2.
    Oauth,
    /// The native API.
    Api,
    /// Group management.
    Agm,
    /// Pages for people.
    Pages,
}

impl Face {
    /// The word by which a realm switches it off.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scim | Self::ScimTokens => "scim",
            Self::Oauth => "oauth",
            Self::Api => "api",
            Self::Agm => "agm",
            Self::Pages => "pages",
        }
    }

    /// The face a path belongs to, whether or not anything is served there.
    pub(crate) fn of_path(path: &str) -> Self {
        let below = below_realm(path);
        let starts = |prefix: &str| {
            below
                .strip_prefix(prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if starts("/scim/auth-tokens") {
            Self::ScimTokens
        } else if starts("/scim") {
            Self::Scim
        } else if starts("/oauth2") || starts("/oauth") || starts("/.well-known/oauth-authorization-server") {
            Self::Oauth
        } else if starts("/api") {
            Self::Api
        } else if starts("/agm") && below.len() < path.len() {
            // It has no paths at the root.
            Self::Agm
        } else {
            Self::Pages
        }
    }

    /// An error in this face's own form.
    pub(crate) fn problem(self, problem: &Problem) -> Response {
        let mut response = match self {
            Self::Scim => scim::error::render(problem),
            Self::ScimTokens => scim::tokens::error::render(problem),
            Self::Oauth => oauth::error::render(problem),
            Self::Api => api::error::render(problem),
            Self::Agm => agm::error::render(problem),
            Self::Pages => pages::error::render(problem),
        };
        if let Some(limit) = problem.limit {
            response.extensions_mut().insert(Limited(limit));
        }
        let headers = response.headers_mut();
        if let Some(seconds) = problem.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = problem
            .challenge
            .as_deref()
            .and_then(|challenge| HeaderValue::from_str(challenge).ok())
        {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// What follows `/realms/{realm}`, or the whole path.
fn below_realm(path: &str) -> &str {
    match path.strip_prefix("/realms/") {
        Some(rest) => rest.find('/').map_or("", |slash| &rest[slash..]),
        None => path,
    }
}

/// What went wrong outside any handler, in no protocol's terms. Each face's `error.rs` renders it; the headers are added here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The status.
    pub status: StatusCode,
    /// What to tell the caller: what was attempted and what would be right.
    pub detail: String,
    /// When to come back, in seconds.
    pub retry_after: Option<u64>,
    /// The value of `WWW-Authenticate`.
    pub challenge: Option<String>,
    /// What it is in one stable word, where the directory has one.
    pub code: Option<&'static str>,
    /// Which limit was reached, for whoever counts: `client`, `anonymous`, `refused` or `concurrent`.
    pub limit: Option<&'static str>,
}

/// Beside an answer: which limit of the server the request met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limited(pub &'static str);

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            retry_after: None,
            challenge: None,
            code: None,
            limit: None,
        }
    }

    /// What group management refuses before any handler.
    pub(crate) fn denied(denial: &Denial) -> Self {
        Self {
            code: Some(denial.code()),
            ..Self::new(StatusCode::FORBIDDEN, denial.to_string())
        }
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "nothing is served at this path")
    }

    /// A fault of ours. It is logged where it is met; the caller is told nothing of it.
    pub(crate) fn fault() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the request failed by a fault of the server; its log has more under the request id",
        )
    }

    /// What is no refusal: the store cannot be reached, or failed by a fault of ours. Logged here, once.
    pub(crate) fn of_store(error: &directory::Error) -> Self {
        tracing::error!(error = error as &dyn std::error::Error, "the store failed");
        error.advice().map_or_else(Self::fault, Self::busy)
    }

    pub(crate) fn busy(detail: impl Into<String>) -> Self {
        Self {
            retry_after: Some(1),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
        }
    }

    pub(crate) fn too_large(limit: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body is too large: at most {limit} bytes"),
        )
    }
}

fn face_of(request: &Request) -> Face {
    Passage::of(request.extensions()).map_or_else(|| Face::of_path(request.uri().path()), |passage| passage.face)
}

/// Answers for paths where nothing is served.
pub(crate) async fn unknown_path(request: Request) -> Response {
    face_of(&request).problem(&Problem::not_found())
}

/// Answers for verbs a path does not take; axum adds `Allow`.
pub(crate) async fn wrong_method(request: Request) -> Response {
    let request = note_route(request);
    let detail = format!(
        "{} is not possible here; the header Allow says what is",
        request.method()
    );
    face_of(&request)
        .problem(&Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail))
        .into_response()
}
