//! JSON bodies, read with errors that name the member.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;

use super::error::AgmError;
use crate::app::App;

/// A JSON object. Where nothing is sent, or null, it is an empty one; the wire types know all members that clients send back.
#[derive(Debug)]
pub(super) struct Json<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let kind = Kind::of(request.headers());
        let bytes = read(request, app).await?;
        match (kind, bytes.is_empty()) {
            (Kind::Unsaid | Kind::Json, true) => parse(b"{}"),
            (Kind::Json, _) if bytes.trim_ascii() == b"null" => parse(b"{}"),
            (Kind::Json, _) => parse(&bytes),
            (Kind::Unsaid | Kind::Other, _) => Err(AgmError::media_type()),
        }
        .map(Self)
        .map_err(IntoResponse::into_response)
    }
}

/// A body that may be absent: JSON where it is said to be, and else none. Other bodies have never been of an effect here.
#[derive(Debug)]
pub(super) struct Written(pub(super) Option<serde_json::Value>);

impl FromRequest<App> for Written {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let kind = Kind::of(request.headers());
        let bytes = read(request, app).await?;
        match kind {
            Kind::Json if !bytes.is_empty() => serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(|why| broken(&why).into_response()),
            Kind::Json | Kind::Unsaid | Kind::Other => Ok(None),
        }
        .map(Self)
    }
}

async fn read(request: Request, app: &App) -> Result<Bytes, Response> {
    let bytes = Bytes::from_request(request, app).await;
    bytes.map_err(|rejection| {
        super::error::render(&crate::face::Problem::new(rejection.status(), rejection.body_text()))
    })
}

/// What the body is said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Unsaid,
    Json,
    Other,
}

impl Kind {
    fn of(headers: &HeaderMap) -> Self {
        let Some(value) = headers.get(header::CONTENT_TYPE) else {
            return Self::Unsaid;
        };
        let said = value.to_str().unwrap_or_default();
        let said = said.split(';').next().unwrap_or_default().trim();
        if said.eq_ignore_ascii_case("application/json") {
            Self::Json
        } else {
            Self::Other
        }
    }
}

fn broken(why: &dyn std::fmt::Display) -> AgmError {
    AgmError::malformed(format!("the body is no JSON: {why}"))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, AgmError> {
    // serde would take a list as the members in their order.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(AgmError::malformed("the body is no JSON object"));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        if inner.is_syntax() || inner.is_eof() {
            return broken(&inner);
        }
        let text = inner.to_string();
        let text = text.split(" at line ").next().unwrap_or(&text);
        match text.split('`').nth(1) {
            Some(member) if text.starts_with("unknown field") => {
                AgmError::unknown_member(format!("there is no `{member}` here"))
            }
            Some(member) if text.starts_with("duplicate field") => {
                AgmError::malformed(format!("the body has `{member}` twice"))
            }
            _ if path == "." || path.is_empty() => AgmError::unfit(format!("the body does not fit: {text}")),
            _ => AgmError::unfit(format!("{path}: {text}")),
        }
    })?;
    reader.end().map_err(|error| broken(&error))?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields, default)]
    struct Sample {
        name: Option<String>,
        roles: Vec<String>,
    }

    fn refused(body: &str) -> String {
        format!("{:?}", parse::<Sample>(body.as_bytes()).expect_err("it does not fit"))
    }

    #[test]
    fn what_does_not_fit_is_named() {
        assert_eq!(parse::<Sample>(b"{}").ok(), Some(Sample::default()));
        assert!(refused(r#"{"nmae":"a"}"#).contains("there is no `nmae` here"));
        assert!(refused(r#"{"name":"a","name":"b"}"#).contains("`name` twice"));
        assert!(refused(r#"{"roles":["a",1]}"#).contains("roles[1]"));
        for broken in ["", "{", "[]", "{} x", r#"{"name":}"#, "\u{0}"] {
            assert!(refused(broken).contains("malformed"), "{broken}");
        }
        let deep = format!(r#"{{"name":{}1{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
        assert!(!refused(&deep).is_empty());
    }
}
