//! Form bodies (RFC 6749 appendix B): each parameter at most once.

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header;
use url::form_urlencoded;

use super::error::OauthError;
use crate::app::App;

/// The largest form: a token, a secret and a list of scopes are short.
const MAX_BYTES: usize = 64 << 10;

/// The parameters of a form; empty ones count as absent (RFC 6749 §3.2).
#[derive(Debug)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(given, _)| given == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Self, OauthError> {
        if std::str::from_utf8(bytes).is_err() {
            return Err(OauthError::invalid_request("the form is not UTF-8"));
        }
        let mut pairs: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(bytes).filter(|(_, value)| !value.is_empty()) {
            if pairs.iter().any(|(given, _)| *given == name) {
                return Err(OauthError::invalid_request("a parameter is given twice"));
            }
            pairs.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(pairs))
    }
}

impl FromRequest<App> for Form {
    type Rejection = OauthError;

    async fn from_request(request: Request, _: &App) -> Result<Self, OauthError> {
        let kind = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(OauthError::invalid_request(
                "the body is a form: application/x-www-form-urlencoded",
            ));
        }
        let bytes = to_bytes(request.into_body(), MAX_BYTES).await;
        let bytes = bytes.map_err(|_| {
            OauthError::invalid_request(format!("the form broke off or is larger than {MAX_BYTES} bytes"))
        })?;
        Self::parse(&bytes)
    }
}
