//! The provider that other tests stand on: tokens of a real OpenID provider, as people get them.

use serde_json::{Value, json};

use crate::support::{Http, Issuer, Provider, claims};

#[test]
fn a_token_says_what_the_provider_says_of_a_person() {
    let provider = Provider::shared();
    provider.say(
        "anna@signing-in",
        &json!({ "email": "anna@example.org", "email_verified": true }),
    );
    let tokens = provider.sign_in(Issuer::A, "urn:usher:signing-in", "anna@signing-in");
    let (head, body) = claims(&tokens.access_token);
    assert_eq!(head["alg"], "RS256");
    assert_eq!(body["iss"], provider.issuer(Issuer::A));
    assert_eq!(body["aud"], "urn:usher:signing-in");
    assert_eq!(
        (&body["sub"], &body["email"], &body["email_verified"]),
        (&json!("anna@signing-in"), &json!("anna@example.org"), &json!(true))
    );
    // The other token is for the program itself.
    assert_eq!(claims(&tokens.id_token).1["aud"], "app");
}

#[test]
fn keys_are_exchanged_and_a_provider_goes_and_comes_back() {
    let provider = Provider::start();
    let keys = || -> Value {
        let answer = Http::new(provider.issuer(Issuer::B)).get("/jwks").expect(200);
        answer.json()["keys"][0]["kid"].clone()
    };
    let before = keys();
    let old = provider.sign_in(Issuer::B, "urn:usher:keys", "ben");
    assert_eq!(claims(&old.access_token).0["kid"], before);
    provider.rotate(Issuer::B);
    assert_ne!(keys(), before);
    assert_eq!(
        claims(&provider.sign_in(Issuer::B, "urn:usher:keys", "ben").access_token).0["kid"],
        keys()
    );
    provider.set_down(Issuer::B, true);
    Http::new(provider.issuer(Issuer::B)).get("/jwks").expect(503);
    provider.set_down(Issuer::B, false);
    Http::new(provider.issuer(Issuer::B)).get("/jwks").expect(200);
}
