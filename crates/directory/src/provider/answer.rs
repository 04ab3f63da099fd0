//! What a provider answers to a code (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3), and what it says of whoever signed in
//! (§5.3.2). Pure.

use serde_json::{Map, Value};

/// The tokens that a code was good for.
#[derive(PartialEq, Eq)]
pub(super) struct Tokens {
    pub(super) id_token: String,
    pub(super) access_token: Option<String>,
}

impl Tokens {
    /// Reads the answer of the token endpoint.
    ///
    /// # Errors
    /// It is none, or has no ID token; in words for an operator.
    pub(super) fn parse(body: &[u8]) -> Result<Self, String> {
        let answer: Value =
            serde_json::from_slice(body).map_err(|error| format!("the answer to the code is no JSON: {error}"))?;
        let text = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
        let id_token =
            text("id_token").ok_or("the answer to the code has no ID token: the scope `openid` is not granted")?;
        Ok(Self {
            id_token,
            access_token: text("access_token"),
        })
    }
}

/// What it says of whoever signed in; none where that is of somebody else, which is not to be used (§5.3.2), or is no JSON, as
/// where the provider signs it.
pub(super) fn userinfo(body: &[u8], subject: &str) -> Option<Map<String, Value>> {
    let claims: Map<String, Value> = serde_json::from_slice(body).ok()?;
    (claims.get("sub").and_then(Value::as_str) == Some(subject)).then_some(claims)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_an_id_token_nobody_signed_in() {
        let whole = Tokens::parse(br#"{"access_token":"a","token_type":"Bearer","id_token":"x.y.z"}"#);
        let whole = whole.map(|tokens| (tokens.id_token, tokens.access_token));
        assert_eq!(whole, Ok(("x.y.z".to_owned(), Some("a".to_owned()))));
        for wrong in [&b"{}"[..], b"[]", b"id_token=x", br#"{"id_token":1}"#] {
            assert!(Tokens::parse(wrong).is_err());
        }
    }

    #[test]
    fn what_is_said_of_somebody_else_is_not_used() {
        let said = userinfo(br#"{"sub":"u1","email":"a@b.example"}"#, "u1").expect("it is theirs");
        assert_eq!(said["email"], "a@b.example");
        for wrong in [&br#"{"sub":"u2"}"#[..], b"{}", b"x.y.z", br#"{"sub":["u1"]}"#] {
            assert!(userinfo(wrong, "u1").is_none());
        }
    }
}
