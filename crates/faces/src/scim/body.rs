//! Bodies: media types (RFC 7644 §3.1, §8.1), size, and JSON objects.

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use serde_json::{Map, Value};

use super::error::{ScimError, wrong_media_type};
use crate::app::App;
use crate::entry;
use crate::face::Problem;
use crate::passage::Passage;

/// A JSON object that came as the body.
#[derive(Debug)]
pub(super) struct Body(pub(super) Map<String, Value>);

impl FromRequest<App> for Body {
    type Rejection = ScimError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ScimError> {
        let to_wire = Passage::of(request.extensions()).is_some_and(|passage| passage.is_of_wire());
        let bytes = read(request, app.config.max_body_bytes).await?;
        if to_wire {
            refuse_twice(&bytes)?;
        }
        Ok(Self(scim::document::parse_object(&bytes)?))
    }
}

/// Of two members that differ in case only others get the last; Wire's clients are told (W-31).
fn refuse_twice(bytes: &[u8]) -> Result<(), ScimError> {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    match scim::document::duplicate_member(text) {
        Some(name) => {
            Err(scim::Error::invalid_syntax(format!("the body has the member `{name}` twice in one object")).into())
        }
        None => Ok(()),
    }
}

/// The bytes of a JSON body of at most `limit` bytes.
pub(super) async fn read(request: Request, limit: usize) -> Result<Bytes, ScimError> {
    check_media_type(request.headers())?;
    if entry::content_length(request.headers()).is_some_and(|length| length > limit as u64) {
        return Err(Problem::too_large(limit).into());
    }
    to_bytes(request.into_body(), limit).await.map_err(|error| {
        if is_length_limit(&error) {
            Problem::too_large(limit).into()
        } else {
            scim::Error::invalid_syntax("the body broke off").into()
        }
    })
}

fn is_length_limit(error: &axum::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// SCIM's own type or plain JSON, in UTF-8; a body without a type is taken for JSON.
fn check_media_type(headers: &HeaderMap) -> Result<(), ScimError> {
    if let Some(encoding) = headers
        .get(header::CONTENT_ENCODING)
        .filter(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
    {
        return Err(wrong_media_type(&format!(
            "encoded as {}",
            encoding.to_str().unwrap_or("something unreadable")
        )));
    }
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return Ok(());
    };
    let text = value.to_str().map_err(|_| wrong_media_type("something unreadable"))?;
    let mut parts = text.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default();
    let known = ["application/scim+json", "application/json"]
        .iter()
        .any(|known| kind.eq_ignore_ascii_case(known));
    let utf8 = parts
        .filter_map(|parameter| parameter.split_once('='))
        .all(|(name, value)| {
            !name.trim().eq_ignore_ascii_case("charset") || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        });
    if known && utf8 {
        Ok(())
    } else {
        Err(wrong_media_type(text))
    }
}
