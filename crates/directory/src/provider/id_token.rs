//! What tokens must say that the provider makes for Usher alone: the ID token that answers a sign-in (OpenID Connect Core
//! §3.1.3.7), and the logout token by which it tells of a sign-out (Back-Channel Logout 1.0 §2.6). Pure.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::algorithm::Algorithm;
use super::claims::Claims;
use super::misfit::Misfit;
use super::rules::{check_origin, check_time, is_fit};
use super::token::{Kind, SignedToken};
use crate::clock::Timestamp;
use crate::realm::RealmSettings;

/// What tells of a sign-out.
const LOGOUT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Who is in the right to be told: Usher at the realm's provider.
#[derive(Clone, Copy, Debug)]
pub(super) struct Party<'a> {
    pub(super) settings: &'a RealmSettings,
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
}

impl<'a> Party<'a> {
    /// At a realm's provider; none where that, or Usher's name there, is not set.
    pub(super) fn of(settings: &'a RealmSettings) -> Option<Self> {
        let oidc = &settings.oidc;
        Some(Self {
            settings,
            issuer: oidc.issuer.as_deref()?,
            client_id: oidc.client_id.as_deref()?,
        })
    }
}

/// Whose sessions have ended at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SignedOut {
    /// The one session, if it names one.
    pub(super) session: Option<String>,
    /// Whose.
    pub(super) subject: Option<String>,
    /// When that was.
    pub(super) at: Timestamp,
}

/// Whether an ID token answers the sign-in with that nonce, and came with that access token. Its signature is that of the issuer.
pub(super) fn check(
    token: &SignedToken<'_>,
    party: Party<'_>,
    nonce: &str,
    access_token: Option<&str>,
    now: Timestamp,
) -> Result<(), Misfit> {
    check_origin(token, party.settings, party.issuer)?;
    let claims = &token.claims;
    // Keycloak says in a claim what kind its tokens are.
    let by_claim = claims.text("typ").map(str::to_ascii_lowercase);
    if token.kind != Kind::Any || by_claim.is_some_and(|typ| typ != "id") || claims.has("events") {
        return Err(Misfit::Purpose);
    }
    check_party(claims, party)?;
    check_time(claims, now)?;
    if claims.text("nonce") != Some(nonce) {
        return Err(Misfit::Nonce);
    }
    match (claims.text("at_hash"), access_token) {
        (Some(hash), Some(access_token)) if hash != half_hash(token.algorithm, access_token) => Err(Misfit::OtherToken),
        _ => Ok(()),
    }
}

/// Who has signed out. The signature is that of the issuer.
pub(super) fn signed_out(token: &SignedToken<'_>, party: Party<'_>, now: Timestamp) -> Result<SignedOut, Misfit> {
    check_origin(token, party.settings, party.issuer)?;
    let claims = &token.claims;
    if token.kind == Kind::Access || claims.has("nonce") {
        return Err(Misfit::Purpose);
    }
    check_party(claims, party)?;
    check_time(claims, now)?;
    let text = |name: &str| claims.text(name).filter(|text| is_fit(text)).map(str::to_owned);
    let (session, subject) = (text("sid"), text("sub"));
    let at = claims.instant("iat").map_err(|()| Misfit::Malformed)?;
    match at {
        Some(at) if claims.tells_of(LOGOUT) && (session.is_some() || subject.is_some()) => {
            Ok(SignedOut { session, subject, at })
        }
        _ => Err(Misfit::NoLogout),
    }
}

/// It is for Usher, and where it is for others too, it was made because Usher asked.
fn check_party(claims: &Claims, party: Party<'_>) -> Result<(), Misfit> {
    let audience = claims.texts("aud");
    let asked_for_by = claims.text("azp");
    let is_ours = audience.contains(&party.client_id)
        && asked_for_by.is_none_or(|by| by == party.client_id)
        && (audience.len() == 1 || asked_for_by.is_some());
    if is_ours { Ok(()) } else { Err(Misfit::Audience) }
}

/// The left half of a token's hash, by the hash function of the algorithm (OpenID Connect Core §3.1.3.6).
fn half_hash(algorithm: Algorithm, token: &str) -> String {
    let function = match algorithm.name().get(2..) {
        Some("384") => &digest::SHA384,
        // Ed25519 has it inside.
        Some("512" | "DSA") => &digest::SHA512,
        _ => &digest::SHA256,
    };
    let hash = digest::digest(function, token.as_bytes());
    let hash = hash.as_ref();
    URL_SAFE_NO_PAD.encode(&hash[..hash.len() / 2])
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ISSUER: &str = "https://id.example/realms/a";
    const NOW: i64 = 1_893_484_800;

    fn judged<T>(
        header: &Value,
        claims: &Value,
        judge: impl FnOnce(&SignedToken<'_>, Party<'_>, Timestamp) -> Result<T, Misfit>,
    ) -> Result<T, Misfit> {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}.c2ln", part(header), part(claims));
        let settings = json!({ "oidc": { "issuer": ISSUER, "audience": "urn:usher:api", "client_id": "usher" } });
        let settings = RealmSettings::from_value(settings).expect("settings");
        let party = Party {
            settings: &settings,
            issuer: ISSUER,
            client_id: "usher",
        };
        judge(&SignedToken::parse(&text)?, party, Timestamp::from_millis(NOW * 1000))
    }

    fn with(mut claims: Value, changes: &Value) -> Value {
        for (name, value) in changes.as_object().expect("an object") {
            claims[name] = value.clone();
            if value.is_null() {
                claims.as_object_mut().expect("an object").remove(name);
            }
        }
        claims
    }

    fn id_token(header: &Value, changes: &Value) -> Result<(), Misfit> {
        let good = json!({ "iss": ISSUER, "aud": "usher", "sub": "u1", "exp": NOW + 300, "iat": NOW, "nonce": "n1" });
        judged(header, &with(good, changes), |token, party, now| {
            check(token, party, "n1", Some("access"), now)
        })
    }

    fn logout_token(header: &Value, changes: &Value) -> Result<SignedOut, Misfit> {
        let good = json!({ "iss": ISSUER, "aud": "usher", "sub": "u1", "sid": "s1", "exp": NOW + 60, "iat": NOW, "jti": "j1",
                           "events": { LOGOUT: {} } });
        judged(header, &with(good, changes), signed_out)
    }

    #[test]
    fn an_id_token_answers_the_sign_in_that_was_begun_here() {
        let plain = json!({ "alg": "RS256" });
        for good in [
            json!({}),
            json!({ "aud": ["usher"] }),
            json!({ "aud": ["usher", "other"], "azp": "usher" }),
            json!({ "azp": "usher", "typ": "ID" }),
            json!({ "at_hash": half_hash(Algorithm::parse("RS256").expect("known"), "access") }),
        ] {
            assert_eq!(id_token(&plain, &good), Ok(()), "{good}");
        }
        for (wrong, misfit) in [
            (json!({ "iss": "https://id.example/realms/b" }), Misfit::Issuer),
            (json!({ "aud": "urn:usher:api" }), Misfit::Audience),
            (json!({ "aud": [] }), Misfit::Audience),
            (json!({ "aud": ["usher", "other"] }), Misfit::Audience),
            (json!({ "aud": ["usher", "other"], "azp": "other" }), Misfit::Audience),
            (json!({ "azp": "other" }), Misfit::Audience),
            (json!({ "exp": null }), Misfit::Endless),
            (json!({ "exp": NOW - 60 }), Misfit::Expired),
            (json!({ "iat": NOW + 60 }), Misfit::Early),
            (json!({ "nonce": null }), Misfit::Nonce),
            (json!({ "nonce": "n2" }), Misfit::Nonce),
            (json!({ "typ": "Bearer" }), Misfit::Purpose),
            (json!({ "at_hash": "AAAA" }), Misfit::OtherToken),
            (json!({ "events": { LOGOUT: {} } }), Misfit::Purpose),
        ] {
            assert_eq!(id_token(&plain, &wrong), Err(misfit), "{wrong}");
        }
        for (header, misfit) in [
            (json!({ "alg": "RS256", "typ": "at+jwt" }), Misfit::Purpose),
            (json!({ "alg": "RS256", "typ": "logout+jwt" }), Misfit::Purpose),
            (json!({ "alg": "RS512" }), Misfit::Algorithm),
        ] {
            assert_eq!(id_token(&header, &json!({})), Err(misfit), "{header}");
        }
    }

    #[test]
    fn a_logout_token_says_who_has_signed_out() {
        let header = json!({ "alg": "RS256", "typ": "logout+jwt" });
        let whole = logout_token(&header, &json!({})).expect("it counts");
        assert_eq!(
            (whole.session.as_deref(), whole.subject.as_deref()),
            (Some("s1"), Some("u1"))
        );
        assert_eq!(whole.at, Timestamp::from_millis(NOW * 1000));
        assert!(logout_token(&json!({ "alg": "RS256" }), &json!({ "sub": null })).is_ok());
        for (wrong, misfit) in [
            (json!({ "sub": null, "sid": null }), Misfit::NoLogout),
            (json!({ "sub": null, "sid": "a\u{0}b" }), Misfit::NoLogout),
            (json!({ "events": null }), Misfit::NoLogout),
            (json!({ "events": { LOGOUT: true } }), Misfit::NoLogout),
            (json!({ "events": [LOGOUT] }), Misfit::NoLogout),
            (json!({ "iat": null }), Misfit::NoLogout),
            (json!({ "nonce": "n1" }), Misfit::Purpose),
            (json!({ "aud": "other" }), Misfit::Audience),
            (json!({ "exp": NOW - 60 }), Misfit::Expired),
            (json!({ "iss": "https://id.example/realms/b" }), Misfit::Issuer),
        ] {
            assert_eq!(logout_token(&header, &wrong), Err(misfit), "{wrong}");
        }
        let access = json!({ "alg": "RS256", "typ": "at+jwt" });
        assert_eq!(logout_token(&access, &json!({})), Err(Misfit::Purpose));
    }

    #[test]
    fn the_hash_of_a_token_is_the_left_half_by_the_algorithm() {
        let of = |name: &str| half_hash(Algorithm::parse(name).expect("known"), "access").len();
        // 16, 24 and 32 bytes in base64 without padding.
        assert_eq!((of("RS256"), of("ES384"), of("PS512"), of("EdDSA")), (22, 32, 43, 43));
    }
}
