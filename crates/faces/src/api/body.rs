//! What was sent: bodies and queries, read with errors that name the member.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use directory::{Id, Refusal, Timestamp, edit_distance};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::error::{Code, Problem};
use crate::app::App;

/// A JSON body, with its bytes: they tell a repeated request from another one.
#[derive(Debug)]
pub(super) struct Body<T> {
    pub(super) value: T,
    pub(super) bytes: Bytes,
}

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let bytes = read(request, app).await?;
        let value = parse(&bytes).map_err(IntoResponse::into_response)?;
        Ok(Self { value, bytes })
    }
}

/// A JSON object in SCIM's terms, taken as it stands.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) members: Map<String, Value>,
    pub(super) bytes: Bytes,
}

impl FromRequest<App> for Object {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let bytes = read(request, app).await?;
        let members = scim::document::parse_object(&bytes).map_err(|error| Problem::from(error).into_response())?;
        Ok(Self { members, bytes })
    }
}

async fn read(request: Request, app: &App) -> Result<Bytes, Response> {
    if !is_json(request.headers()) {
        return Err(Problem::new(Code::UnsupportedMediaType, "bodies are sent as application/json").into_response());
    }
    read_any(request, app).await
}

/// What was sent, in whatever form.
async fn read_any(request: Request, app: &App) -> Result<Bytes, Response> {
    let bytes = Bytes::from_request(request, app).await;
    bytes.map_err(|rejection| {
        super::error::render(&crate::face::Problem::new(rejection.status(), rejection.body_text()))
    })
}

/// A list, as a sheet or as JSON.
#[derive(Debug)]
pub(super) struct List {
    pub(super) is_sheet: bool,
    pub(super) bytes: Bytes,
}

impl FromRequest<App> for List {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let is_sheet = kind(request.headers()).as_deref() == Some("text/csv");
        if !is_sheet && !is_json(request.headers()) {
            let detail = "lists are sent as text/csv or application/json";
            return Err(Problem::new(Code::UnsupportedMediaType, detail).into_response());
        }
        let bytes = read_any(request, app).await?;
        Ok(Self { is_sheet, bytes })
    }
}

/// What kind of body it is said to be.
fn kind(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().unwrap_or_default();
    let kind = value.split(';').next().unwrap_or_default();
    Some(kind.trim().to_ascii_lowercase())
}

/// JSON in any of its names, or nothing said.
fn is_json(headers: &HeaderMap) -> bool {
    kind(headers)
        .is_none_or(|kind| kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json")))
}

/// A value of a JSON object; errors name the member.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // serde would take a list as the members in their order.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(Problem::new(Code::Malformed, "the body is no JSON object"));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        if inner.is_syntax() || inner.is_eof() {
            return Problem::new(Code::Malformed, format!("the body is no JSON: {inner}"));
        }
        explain(&path, &without_place(&inner.to_string()))
    })?;
    reader
        .end()
        .map_err(|error| Problem::new(Code::Malformed, format!("the body is no JSON: {error}")))?;
    Ok(value)
}

/// What the standard library says of a value in a query that is no number and no flag, in words for whoever sent it.
fn plain(why: &str) -> &str {
    match why {
        "invalid digit found in string" | "cannot parse integer from empty string" => "expected a whole number",
        "number too large to fit in target type" | "number too small to fit in target type" => {
            "the number is out of range"
        }
        "provided string was not `true` or `false`" => "expected true or false",
        other => other,
    }
}

/// serde's message, without the line and column it ends with, and without our names for kinds of numbers.
fn without_place(message: &str) -> String {
    let message = message.split(" at line ").next().unwrap_or(message);
    let Some((why, kind)) = message.rsplit_once("expected ") else {
        return message.to_owned();
    };
    // One that is too large is a whole number too, so the largest is named.
    let range = match kind {
        "u8" => format!("from 0 to {}", u8::MAX),
        "u16" => format!("from 0 to {}", u16::MAX),
        "u32" => format!("from 0 to {}", u32::MAX),
        "u64" | "usize" => format!("from 0 to {}", u64::MAX),
        "i32" => format!("from {} to {}", i32::MIN, i32::MAX),
        "i64" => format!("from {} to {}", i64::MIN, i64::MAX),
        _ => return message.to_owned(),
    };
    format!("{why}expected a whole number {range}")
}

/// serde's message as a problem that names the member.
fn explain(path: &str, message: &str) -> Problem {
    let below = |member: &str| {
        if path == "." || path.is_empty() {
            member.to_owned()
        } else {
            format!("{path}.{member}")
        }
    };
    if let Some((_, detail)) = unknown_member(message) {
        // The path leads to the member that is unknown.
        return Problem::at(Code::UnknownMember, path, detail);
    }
    if let Some(member) = quoted_after(message, "missing field `") {
        return Problem::at(Code::Invalid, below(member), format!("{member} is required"));
    }
    if path == "." || path.is_empty() {
        return Problem::new(Code::Malformed, format!("the body does not fit: {message}"));
    }
    Problem::at(Code::Invalid, path, format!("{path}: {message}"))
}

/// The member that serde's message calls unknown, and a sentence that names the nearest known one.
pub(super) fn unknown_member(message: &str) -> Option<(String, String)> {
    let member = quoted_after(message, "unknown field `")?;
    let known: Vec<&str> = message
        .split("expected")
        .nth(1)
        .unwrap_or_default()
        .split('`')
        .skip(1)
        .step_by(2)
        .collect();
    Some((member.to_owned(), nearest_sentence(member, &known)))
}

/// Says that there is no such member, and which one was probably meant.
pub(super) fn nearest_sentence(member: &str, known: &[&str]) -> String {
    let nearest = known
        .iter()
        .min_by_key(|name| edit_distance(&name.to_lowercase(), &member.to_lowercase()));
    match nearest {
        Some(nearest) => format!("there is no `{member}` here; did you mean `{nearest}`?"),
        None => format!("there is no `{member}` here"),
    }
}

fn quoted_after<'a>(message: &'a str, opening: &str) -> Option<&'a str> {
    message.split_once(opening)?.1.split('`').next()
}

/// The query of a request.
#[derive(Debug)]
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned + 'static> FromRequestParts<App> for Query<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Response> {
        match crate::query::read::<T>(&parts.uri) {
            Ok(query) => Ok(Self(query)),
            Err(text) => {
                let message = text.split_once(": ").map_or(text.as_str(), |(_, message)| message);
                let problem = match unknown_member(message) {
                    Some((member, detail)) => Problem::at(Code::UnknownMember, member, detail),
                    None => match message.split_once(": ") {
                        Some((field, why)) => Problem::at(Code::Invalid, field, format!("{field}: {}", plain(why))),
                        None => Problem::new(Code::Invalid, message),
                    },
                };
                Err(problem.into_response())
            }
        }
    }
}

/// Which of the known ones a member of a query names; none when it is absent.
pub(super) fn one_of<T: Copy, const N: usize>(
    member: &'static str,
    word: Option<&str>,
    known: [T; N],
    name: fn(T) -> &'static str,
) -> Result<Option<T>, Refusal> {
    let Some(word) = word else {
        return Ok(None);
    };
    let found = known.into_iter().find(|one| name(*one) == word);
    found
        .map(Some)
        .ok_or_else(|| Refusal::invalid(member, known.map(name).join(", ")))
}

/// A member that was not sent, or was, with a value or null.
#[derive(Debug, Default)]
pub(super) enum Sent<T> {
    #[default]
    Absent,
    Null,
    Value(T),
}

/// Reads a member that is there.
pub(super) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(reader: D) -> Result<Sent<T>, D::Error> {
    Ok(Option::deserialize(reader)?.map_or(Sent::Null, Sent::Value))
}

/// An instant that a member gives.
pub(super) fn instant(member: &'static str, text: Option<&str>) -> Result<Option<Timestamp>, Refusal> {
    let instant = text.map(Timestamp::parse).transpose();
    instant.map_err(|error| Refusal::invalid(member, error.to_string()))
}

/// The id that a member gives.
pub(super) fn id_in<T>(member: &'static str, text: &str) -> Result<Id<T>, Refusal> {
    Id::parse(text).ok_or_else(|| Refusal::invalid(member, "an id"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "in a test a panic is the report")]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[expect(dead_code, reason = "only its reading matters")]
        name: String,
        #[serde(default)]
        #[expect(dead_code, reason = "only its reading matters")]
        scopes: Vec<String>,
    }

    fn field_of(body: &str) -> (Code, String) {
        let response = parse::<Sample>(body.as_bytes()).unwrap_err();
        (response.code(), format!("{response:?}"))
    }

    #[test]
    fn a_word_is_one_of_the_known_ones() {
        let read = |word| {
            one_of(
                "letter",
                word,
                ['a', 'b'],
                |letter| if letter == 'a' { "alpha" } else { "beta" },
            )
        };
        assert_eq!(read(None), Ok(None));
        assert_eq!(read(Some("beta")), Ok(Some('b')));
        assert_eq!(read(Some("Beta")), Err(Refusal::invalid("letter", "alpha, beta")));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let (code, text) = field_of(r#"{"name":"a","scpoes":[]}"#);
        assert_eq!(code, Code::UnknownMember);
        assert!(text.contains("did you mean `scopes`"), "{text}");
        let (code, text) = field_of(r#"{"name":"a","scopes":["x",5]}"#);
        assert_eq!(code, Code::Invalid);
        assert!(text.contains("scopes[1]"), "{text}");
        let (code, text) = field_of("{}");
        assert_eq!(code, Code::Invalid);
        assert!(text.contains("name is required"), "{text}");
        for broken in ["", "{", "[1", "{\"name\":\"a\"} x", "\u{0}"] {
            assert_eq!(field_of(broken).0, Code::Malformed, "{broken}");
        }
        assert_eq!(field_of("[]").0, Code::Malformed);
    }
}
