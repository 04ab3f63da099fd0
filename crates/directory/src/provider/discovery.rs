//! Where a provider says its keys are (OpenID Connect Discovery 1.0).

use serde_json::Value;
use url::Url;

/// Where the provider's own description is. A slash at the end of the issuer is left out (§4).
pub(super) fn address(issuer: &str) -> String {
    let base = issuer.strip_suffix('/').unwrap_or(issuer);
    format!("{base}/.well-known/openid-configuration")
}

/// What a provider says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Description {
    /// Where its keys are.
    pub(super) keys: String,
    /// Where people are sent to sign in; none where it has no such place that can be used.
    pub(super) authorization: Option<String>,
    /// Where a code is exchanged for tokens.
    pub(super) token: Option<String>,
    /// Where it says more of whoever signed in.
    pub(super) userinfo: Option<String>,
    /// Where people are sent to sign out.
    pub(super) end_session: Option<String>,
    /// Whether it names itself where it sends people back (RFC 9207 §3).
    pub(super) names_itself: bool,
    /// Whether it takes a program's secret in the form alone, and not in the header that every provider has to know.
    pub(super) secret_in_form: bool,
}

impl Description {
    /// Reads the description of an issuer.
    ///
    /// # Errors
    /// It describes another issuer, or names no place where keys can be got; in words for an operator.
    pub(super) fn parse(issuer: &str, description: &[u8]) -> Result<Self, String> {
        let description: Value =
            serde_json::from_slice(description).map_err(|error| format!("its description is no JSON: {error}"))?;
        let text = |name: &str| description.get(name).and_then(Value::as_str);
        // Byte for byte (§4.3): else whoever may write one issuer's description signs for another.
        match text("issuer") {
            Some(described) if described == issuer => {}
            Some(described) => return Err(format!("it describes the issuer {described:?} instead")),
            None => return Err("its description names no issuer".to_owned()),
        }
        let keys = text("jwks_uri").ok_or("its description does not say where its keys are (`jwks_uri`)")?;
        let fits = |address: &str| {
            let parsed = Url::parse(address).ok()?;
            let encrypted = parsed.scheme() == "https" || (parsed.scheme() == "http" && issuer.starts_with("http://"));
            (encrypted && parsed.host().is_some()).then(|| address.to_owned())
        };
        let place = |name: &str| text(name).and_then(fits);
        let methods = description.get("token_endpoint_auth_methods_supported");
        let methods = methods.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let knows = |method: &str| methods.iter().any(|known| known == method);
        Ok(Self {
            keys: fits(keys).ok_or_else(|| format!("its keys have to be at an https URL, not at {keys:?}"))?,
            authorization: place("authorization_endpoint"),
            token: place("token_endpoint"),
            userinfo: place("userinfo_endpoint"),
            end_session: place("end_session_endpoint"),
            names_itself: description.get("authorization_response_iss_parameter_supported") == Some(&Value::Bool(true)),
            secret_in_form: knows("client_secret_post") && !knows("client_secret_basic"),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ISSUER: &str = "https://id.example/realms/a";

    fn found(issuer: &str, description: &Value) -> Result<String, String> {
        Description::parse(issuer, description.to_string().as_bytes()).map(|description| description.keys)
    }

    #[test]
    fn the_description_is_below_the_issuer() {
        let expected = "https://id.example/.well-known/openid-configuration";
        assert_eq!(address("https://id.example"), expected);
        assert_eq!(address("https://id.example/"), expected);
        assert_eq!(address(ISSUER), format!("{ISSUER}/.well-known/openid-configuration"));
    }

    #[test]
    fn keys_are_where_the_issuer_itself_says() {
        let keys = "https://keys.example/a";
        assert_eq!(
            found(ISSUER, &json!({ "issuer": ISSUER, "jwks_uri": keys })).as_deref(),
            Ok(keys)
        );
        for wrong in [
            json!({ "issuer": format!("{ISSUER}/"), "jwks_uri": keys }),
            json!({ "issuer": "https://id.example/realms/b", "jwks_uri": keys }),
            json!({ "jwks_uri": keys }),
            json!({ "issuer": ISSUER }),
            json!({ "issuer": ISSUER, "jwks_uri": "http://keys.example/a" }),
            json!({ "issuer": ISSUER, "jwks_uri": "file:///etc/keys" }),
            json!({ "issuer": ISSUER, "jwks_uri": "/keys" }),
            json!([]),
        ] {
            assert!(found(ISSUER, &wrong).is_err(), "{wrong}");
        }
        assert!(Description::parse(ISSUER, b"<html>").is_err());
    }

    #[test]
    fn a_provider_that_is_not_encrypted_may_have_its_keys_likewise() {
        let issuer = "http://127.0.0.1:9000";
        let keys = "http://127.0.0.1:9000/jwks";
        assert_eq!(
            found(issuer, &json!({ "issuer": issuer, "jwks_uri": keys })).as_deref(),
            Ok(keys)
        );
    }

    #[test]
    fn of_places_only_those_count_that_can_be_used() {
        let described = json!({
            "issuer": ISSUER, "jwks_uri": "https://keys.example/a",
            "authorization_endpoint": "https://id.example/auth?realm=a", "token_endpoint": "http://id.example/token",
            "userinfo_endpoint": "javascript:alert(1)", "end_session_endpoint": 7,
            "authorization_response_iss_parameter_supported": true,
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        });
        let read = Description::parse(ISSUER, described.to_string().as_bytes()).expect("it reads");
        assert_eq!(read.authorization.as_deref(), Some("https://id.example/auth?realm=a"));
        assert_eq!((read.token, read.userinfo, read.end_session), (None, None, None));
        assert!(read.names_itself && read.secret_in_form);
        let least = json!({ "issuer": ISSUER, "jwks_uri": "https://keys.example/a" });
        let least = Description::parse(ISSUER, least.to_string().as_bytes()).expect("it reads");
        assert!(!least.names_itself && !least.secret_in_form && least.authorization.is_none());
    }
}
