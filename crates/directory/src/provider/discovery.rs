//! Where a provider says its keys are (OpenID Connect Discovery 1.0).

use serde_json::Value;
use url::Url;

/// Where the provider's own description is. A slash at the end of the issuer is left out (§4).
pub(super) fn address(issuer: &str) -> String {
    let base = issuer.strip_suffix('/').unwrap_or(issuer);
    format!("{base}/.well-known/openid-configuration")
}

/// Where the keys are, by the provider's description.
///
/// # Errors
/// It describes another issuer, or names no place where keys can be got; in words for an operator.
pub(super) fn keys_at(issuer: &str, description: &[u8]) -> Result<String, String> {
    let description: Value =
        serde_json::from_slice(description).map_err(|error| format!("its description is no JSON: {error}"))?;
    let text = |name: &str| description.get(name).and_then(Value::as_str);
    // Byte for byte (§4.3): else whoever may write one issuer's description signs for another.
    match text("issuer") {
        Some(described) if described == issuer => {}
        Some(described) => return Err(format!("it describes the issuer {described:?} instead")),
        None => return Err("its description names no issuer".to_owned()),
    }
    let address = text("jwks_uri").ok_or("its description does not say where its keys are (`jwks_uri`)")?;
    let parsed = Url::parse(address).map_err(|_| format!("its keys are at no URL: {address:?}"))?;
    let encrypted = parsed.scheme() == "https" || (parsed.scheme() == "http" && issuer.starts_with("http://"));
    if !encrypted || parsed.host().is_none() {
        return Err(format!("its keys have to be at an https URL, not at {address:?}"));
    }
    Ok(address.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ISSUER: &str = "https://id.example/realms/a";

    fn found(issuer: &str, description: &Value) -> Result<String, String> {
        keys_at(issuer, description.to_string().as_bytes())
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
        assert!(keys_at(ISSUER, b"<html>").is_err());
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
}
