//! A signed token in its compact form (RFC 7515 §3.1): three parts between two dots. Nothing in it is believed here.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::algorithm::Algorithm;
use super::claims::Claims;
use super::misfit::Misfit;

/// The longest token that is looked at, in bytes.
const LONGEST: usize = 16 << 10;

/// The longest name of a key, in bytes.
const LONGEST_KEY_ID: usize = 512;

/// What kind of token the header says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `at+jwt`: an access token (RFC 9068 §2.1).
    Access,
    /// `logout+jwt`: somebody has signed out (Back-Channel Logout 1.0 §2.4).
    Logout,
    /// `JWT`, or nothing: its claims may tell.
    Any,
}

/// A token that reads as one.
#[derive(Debug)]
pub(super) struct SignedToken<'a> {
    pub(super) algorithm: Algorithm,
    pub(super) key_id: Option<String>,
    pub(super) kind: Kind,
    pub(super) claims: Claims,
    /// What was signed.
    pub(super) signed: &'a [u8],
    pub(super) signature: Vec<u8>,
}

/// Whether a bearer token may be a provider's: ours have no dot.
pub(crate) fn has_its_form(bearer: &str) -> bool {
    bearer.bytes().filter(|byte| *byte == b'.').count() == 2
}

impl<'a> SignedToken<'a> {
    /// Reads a token.
    pub(super) fn parse(text: &'a str) -> Result<Self, Misfit> {
        if text.len() > LONGEST {
            return Err(Misfit::TooLong);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(Misfit::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(Misfit::Malformed)?;
        if payload.contains('.') || signature.is_empty() {
            return Err(Misfit::Malformed);
        }
        let header = object(header)?;
        // It names parts of the header that must be understood, and none of them is (RFC 7515 §4.1.11).
        if header.contains_key("crit") {
            return Err(Misfit::Critical);
        }
        let algorithm = header.get("alg").and_then(Value::as_str).ok_or(Misfit::Malformed)?;
        let key_id = match header.get("kid") {
            None => None,
            Some(Value::String(id)) if id.len() <= LONGEST_KEY_ID => Some(id.clone()),
            Some(_) => return Err(Misfit::Malformed),
        };
        Ok(Self {
            algorithm: Algorithm::parse(algorithm).ok_or(Misfit::Algorithm)?,
            key_id,
            kind: kind(header.get("typ"))?,
            claims: Claims::of(object(payload)?),
            signed: signed.as_bytes(),
            signature: decode(signature)?,
        })
    }
}

fn kind(typ: Option<&Value>) -> Result<Kind, Misfit> {
    let Some(typ) = typ else { return Ok(Kind::Any) };
    let typ = typ.as_str().ok_or(Misfit::Malformed)?.to_ascii_lowercase();
    match typ.strip_prefix("application/").unwrap_or(&typ) {
        "at+jwt" => Ok(Kind::Access),
        "logout+jwt" => Ok(Kind::Logout),
        "jwt" => Ok(Kind::Any),
        _ => Err(Misfit::Purpose),
    }
}

fn object(part: &str) -> Result<Map<String, Value>, Misfit> {
    serde_json::from_slice(&decode(part)?).map_err(|_| Misfit::Malformed)
}

fn decode(part: &str) -> Result<Vec<u8>, Misfit> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Misfit::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(part: &str) -> String {
        URL_SAFE_NO_PAD.encode(part)
    }

    fn token(header: &str, payload: &str) -> String {
        format!("{}.{}.{}", encoded(header), encoded(payload), encoded("signature"))
    }

    fn misfit(text: &str) -> Misfit {
        SignedToken::parse(text).expect_err("it is refused")
    }

    #[test]
    fn a_token_is_read_in_its_parts() {
        let text = token(
            r#"{"alg":"ES256","kid":"one","typ":"JWT"}"#,
            r#"{"iss":"https://id.example"}"#,
        );
        let read = SignedToken::parse(&text).expect("a token");
        assert_eq!((read.algorithm, read.kind), (Algorithm::Es256, Kind::Any));
        assert_eq!(read.key_id.as_deref(), Some("one"));
        assert_eq!(read.claims.text("iss"), Some("https://id.example"));
        assert_eq!(read.signature, b"signature");
        assert_eq!(read.signed, text.rsplit_once('.').expect("dots").0.as_bytes());
    }

    #[test]
    fn what_does_not_read_as_a_token_is_refused() {
        let whole = token(r#"{"alg":"RS256"}"#, "{}");
        let parts: Vec<&str> = whole.split('.').collect();
        let (header, payload, signature) = (parts[0], parts[1], parts[2]);
        let cases = [
            String::new(),
            "..".to_owned(),
            "a.b".to_owned(),
            format!("{header}.{payload}."),
            format!("{header}.{payload}.{signature}.{signature}"),
            format!("{header}=.{payload}.{signature}"),
            format!("{header}.{payload}.{signature}="),
            format!("{header}.{payload}.+/+/"),
            format!(" {whole}"),
            token("[]", "{}"),
            token(r#"{"alg":"RS256"}"#, "[]"),
            token(r#"{"alg":"RS256"}"#, "{} {}"),
            token(r#"{"alg":1}"#, "{}"),
            token("{}", "{}"),
            token(r#"{"alg":"RS256","kid":1}"#, "{}"),
            token(r#"{"alg":"RS256","typ":1}"#, "{}"),
            token(r#"{"alg":"RS256"}"#, &"[".repeat(5_000)),
        ];
        for case in cases {
            assert_eq!(misfit(&case), Misfit::Malformed, "{case}");
        }
        let long = token(r#"{"alg":"RS256"}"#, &format!(r#"{{"a":"{}"}}"#, "a".repeat(LONGEST)));
        assert_eq!(misfit(&long), Misfit::TooLong);
    }

    #[test]
    fn an_algorithm_without_a_public_key_does_not_exist() {
        for name in ["none", "None", "NONE", "HS256", "HS512", "rs256", "ES256K", ""] {
            let text = token(&format!(r#"{{"alg":"{name}"}}"#), "{}");
            assert_eq!(misfit(&text), Misfit::Algorithm, "{name}");
        }
    }

    #[test]
    fn the_header_says_what_kind_it_is_and_asks_for_nothing() {
        let with = |more: &str| token(&format!(r#"{{"alg":"RS256",{more}}}"#), "{}");
        let kind = |more: &str| SignedToken::parse(&with(more)).map(|token| token.kind);
        assert_eq!(kind(r#""typ":"jwt""#), Ok(Kind::Any));
        assert_eq!(kind(r#""typ":"at+JWT""#), Ok(Kind::Access));
        assert_eq!(kind(r#""typ":"application/at+jwt""#), Ok(Kind::Access));
        assert_eq!(kind(r#""typ":"logout+jwt""#), Ok(Kind::Logout));
        for other in ["dpop+jwt", "secevent+jwt", "JWE", ""] {
            assert_eq!(kind(&format!(r#""typ":"{other}""#)), Err(Misfit::Purpose), "{other}");
        }
        assert_eq!(kind(r#""crit":["exp"]"#), Err(Misfit::Critical));
        assert_eq!(kind(r#""crit":[]"#), Err(Misfit::Critical));
    }

    #[test]
    fn only_two_dots_make_it_the_providers() {
        assert!(has_its_form("a.b.c") && has_its_form(".."));
        assert!(!has_its_form("ush_abc") && !has_its_form("a.b") && !has_its_form("a.b.c.d"));
    }
}
