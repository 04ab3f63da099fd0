//! The provider that other tests stand on: tokens of a real OpenID provider, as people get them; and signing in to Usher's pages
//! there.

use db::Engine;
use serde_json::{Value, json};

use crate::support::pages::Form;
use crate::support::{Browser, Http, Issuer, Place, Provider, Response, claims, until};

/// Usher, registered at a provider, with a person whose address that has verified.
fn registered(place: &Place, usher: &str, provider: &Provider) {
    provider.register(place, usher);
    place.run(&["user", "create", "ann", "--email", "ann@people.example"]);
    provider.say(
        "ann",
        &json!({ "email": "ann@people.example", "email_verified": true, "name": "Ann" }),
    );
}

/// Signs out at the provider, at whose page of that the browser is.
fn signs_out(browser: &mut Browser, page: &Response) -> Response {
    let (action, fields) = Form::filled(&page.text, &[]);
    browser.send(&action, &format!("{fields}&logout=yes"))
}

#[test]
fn people_sign_in_to_the_pages_at_a_real_provider_and_out_again() {
    let provider = Provider::start();
    let place = Place::on(Engine::Sqlite).set("USHER_SERVER__PROVIDER_NETWORKS", "127.0.0.1");
    let server = place.serve();
    let usher = server.url.clone();
    registered(&place, &usher, &provider);
    let shown = place.run(&["realm", "show", "default"]);
    assert!(shown.contains("********"), "{shown}");

    // There, and back to where they wanted to be.
    let mut browser = Browser::default();
    let page = browser.open(&format!("{usher}/sign-in?to=/sessions"));
    assert!(browser.at.starts_with(provider.issuer(Issuer::A)), "{}", browser.at);
    let page = browser.signs_in(page, "ann").expect(200);
    assert_eq!(browser.at, format!("{usher}/sessions"));
    assert!(
        page.text.contains("@ann") && page.text.contains("This browser"),
        "{}",
        page.text
    );

    // Out here and at the provider, which leads back.
    let leaving = browser.press(&page, &["sign out"]).expect(200);
    let (_, rest) = leaving
        .text
        .split_once("href=\"http://127.0.0.1")
        .expect("a link to the provider");
    let rest = rest.split('"').next().unwrap_or_default().replace("&amp;", "&");
    let page = browser.open(&format!("http://127.0.0.1{rest}")).expect(200);
    let end = signs_out(&mut browser, &page).expect(200);
    assert!(browser.at.starts_with(&format!("{usher}/signed-out")), "{}", browser.at);
    assert!(end.text.contains("You are signed out"), "{}", end.text);

    // Out at the provider alone, which tells.
    let page = browser.open(&format!("{usher}/sign-in"));
    let page = browser.signs_in(page, "ann").expect(200);
    assert!(page.text.contains("Hello, ann"), "{}", page.text);
    let issuer = provider.issuer(Issuer::A).to_owned();
    let page = browser.open(&format!("{issuer}/session/end")).expect(200);
    signs_out(&mut browser, &page);
    until("the session has ended here too", || {
        browser.open(&format!("{usher}/sessions"));
        browser.at.starts_with(&issuer)
    });
    let events = place.run(&["event", "list"]);
    for kind in ["user.linked", "session.started", "session.ended"] {
        assert!(events.contains(kind), "{events}");
    }

    // A wrong secret is said to whoever runs Usher, and not to whoever signs in.
    place.run(&["realm", "set", "default", "oidc.client_secret=wrong"]);
    until("the server follows", || {
        let mut other = Browser::default();
        let page = other.open(&format!("{usher}/sign-in"));
        let page = other.signs_in(page, "ann");
        page.status == 503 && page.text.contains("The sign-in does not answer")
    });
    assert!(server.log().contains("invalid_client"), "{}", server.log());
    server.stop();
}

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
