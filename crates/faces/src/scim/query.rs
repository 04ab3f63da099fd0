//! Query parameters: read strictly where they are malformed, generously where they are unknown.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use directory::client::ResourceKind;
use percent_encoding::percent_decode_str;
use scim::projection::Projection;

use super::context::Scim;
use super::error::ScimError;

/// The parameters of a request; names compare without case.
#[derive(Clone, Debug, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    fn parse(text: &str) -> Result<Self, ScimError> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decode(name)?.to_ascii_lowercase(), decode(value)?);
            match pairs.iter_mut().find(|(given, _)| *given == name) {
                // Lists may come in several parameters; of others the first counts.
                Some((_, list)) if matches!(name.as_str(), "attributes" | "excludedattributes") => {
                    list.push(',');
                    list.push_str(&value);
                }
                Some(_) => {}
                None => pairs.push((name, value)),
            }
        }
        Ok(Self(pairs))
    }

    /// The value of a parameter.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// All parameters, decoded.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether a projection was asked for.
    pub(super) fn has_projection(&self) -> bool {
        self.get("attributes").is_some() || self.get("excludedAttributes").is_some()
    }
}

/// Form decoding: `+` is a space, escapes are bytes of UTF-8.
fn decode(text: &str) -> Result<String, ScimError> {
    let malformed = || {
        ScimError::from(scim::Error::invalid_syntax(
            "the query is malformed: escapes are % and two hexadecimal digits, in UTF-8",
        ))
    };
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
        match rest.get(at + 1..at + 3) {
            Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => rest = &rest[at + 3..],
            _ => return Err(malformed()),
        }
    }
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced)
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| malformed())
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = ScimError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ScimError> {
        Self::parse(parts.uri.query().unwrap_or_default())
    }
}

/// The projection a request asks for.
pub(super) fn projection(scim: &Scim, query: &Query, kind: ResourceKind) -> Result<Projection, ScimError> {
    Ok(Projection::parse(
        query.get("attributes"),
        query.get("excludedAttributes"),
        &[scim.schema(kind)],
    )?)
}

/// What belongs to a resource without being said of it: id, schemas and meta.
pub(super) fn only_meta(scim: &Scim, kind: ResourceKind) -> Result<Projection, ScimError> {
    Ok(Projection::parse(Some("meta"), None, &[scim.schema(kind)])?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_form_decoded_and_names_have_no_case() {
        let query = Query::parse("Filter=userName+eq+%22a%2Bb%22&attributes=a&ATTRIBUTES=b%2c+c&x").expect("a value");
        assert_eq!(query.get("filter"), Some("userName eq \"a+b\""));
        assert_eq!(query.get("attributes"), Some("a,b, c"));
        assert_eq!(query.get("count"), None);
    }

    #[test]
    fn what_is_malformed_is_refused() {
        for text in ["filter=%", "filter=%4", "filter=%zz", "filter=%ff", "a%=1"] {
            assert_eq!(Query::parse(text).expect_err("a refusal").status(), 400, "{text}");
        }
        assert_eq!(
            Query::parse("count=1&count=2").expect("a value").get("count"),
            Some("1")
        );
    }
}
