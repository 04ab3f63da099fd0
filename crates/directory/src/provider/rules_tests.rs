//! Every claim wrong once, and what the right ones make of their bearer.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::*;

const ISSUER: &str = "https://id.example/realms/a";
const NOW: i64 = 1_893_484_800;

fn settings() -> RealmSettings {
    let settings = json!({ "oidc": { "issuer": ISSUER, "audience": "usher" } });
    RealmSettings::from_value(settings).expect("settings")
}

fn set(key: &str, value: Value) -> RealmSettings {
    let mut all = json!({ "oidc": { "issuer": ISSUER, "audience": "usher" } });
    let mut at = &mut all;
    for part in key.split('.') {
        at = &mut at[part];
    }
    *at = value;
    RealmSettings::from_value(all).expect("settings")
}

fn good() -> Value {
    json!({ "iss": ISSUER, "aud": "usher", "sub": "u1", "exp": NOW + 300, "nbf": NOW, "iat": NOW })
}

/// The good claims with some others in their place; null takes one away.
fn with(changes: Value) -> Value {
    let mut claims = good();
    for (name, value) in changes.as_object().expect("an object") {
        claims[name] = value.clone();
        if value.is_null() {
            claims.as_object_mut().expect("an object").remove(name);
        }
    }
    claims
}

fn judged(header: &Value, claims: &Value, settings: &RealmSettings) -> Result<SignedIn, Misfit> {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}.c2ln", part(header), part(claims));
    let token = SignedToken::parse(&text)?;
    signed_in(&token, settings, ISSUER, Timestamp::from_millis(NOW * 1000))
}

fn by(claims: &Value) -> Result<SignedIn, Misfit> {
    judged(&json!({ "alg": "RS256" }), claims, &settings())
}

#[test]
fn each_claim_that_is_wrong_refuses_the_token() {
    assert!(by(&good()).is_ok());
    let long = "s".repeat(256);
    let cases = [
        (json!({ "iss": null }), Misfit::Issuer),
        (json!({ "iss": "" }), Misfit::Issuer),
        (json!({ "iss": [ISSUER] }), Misfit::Issuer),
        (json!({ "iss": format!("{ISSUER}/") }), Misfit::Issuer),
        (json!({ "iss": "https://ID.example/realms/a" }), Misfit::Issuer),
        (json!({ "iss": "https://id.example/realms/b" }), Misfit::Issuer),
        (json!({ "aud": null }), Misfit::Audience),
        (json!({ "aud": "other" }), Misfit::Audience),
        (json!({ "aud": ["other", "usher2", "Usher"] }), Misfit::Audience),
        (json!({ "aud": [] }), Misfit::Audience),
        (json!({ "aud": { "usher": true } }), Misfit::Audience),
        (json!({ "exp": null }), Misfit::Endless),
        (json!({ "exp": NOW - 30 }), Misfit::Expired),
        (json!({ "exp": 0 }), Misfit::Expired),
        (json!({ "exp": "soon" }), Misfit::Malformed),
        (json!({ "exp": -1 }), Misfit::Malformed),
        (json!({ "nbf": NOW + 31 }), Misfit::Early),
        (json!({ "nbf": "now" }), Misfit::Malformed),
        (json!({ "iat": NOW + 31 }), Misfit::Early),
        (json!({ "iat": false }), Misfit::Malformed),
        (json!({ "sub": null }), Misfit::Subject),
        (json!({ "sub": "" }), Misfit::Subject),
        (json!({ "sub": 1 }), Misfit::Subject),
        (json!({ "sub": long }), Misfit::Subject),
        (json!({ "sub": "a\u{0}b" }), Misfit::Subject),
        (json!({ "nonce": "n" }), Misfit::Purpose),
        (json!({ "at_hash": "h" }), Misfit::Purpose),
        (json!({ "c_hash": "h" }), Misfit::Purpose),
        (json!({ "typ": "ID" }), Misfit::Purpose),
        (json!({ "typ": "Refresh" }), Misfit::Purpose),
        (json!({ "typ": "Offline", "nonce": "n" }), Misfit::Purpose),
        (json!({ "typ": "Bearer", "at_hash": "h" }), Misfit::Purpose),
        (json!({ "cnf": { "jkt": "k" } }), Misfit::Bound),
    ];
    for (change, misfit) in cases {
        assert_eq!(by(&with(change.clone())), Err(misfit), "{change}");
    }
}

#[test]
fn what_is_not_wrong_is_taken() {
    let cases = [
        json!({ "aud": ["account", "usher"] }),
        json!({ "exp": NOW - 29 }),
        json!({ "nbf": NOW + 30, "iat": NOW + 30 }),
        json!({ "nbf": null, "iat": null }),
        json!({ "sub": "s".repeat(255) }),
        json!({ "typ": "Bearer", "nonce": "n" }),
        json!({ "azp": "whoever", "unknown": { "a": [1, 2] } }),
    ];
    for change in cases {
        assert!(by(&with(change.clone())).is_ok(), "{change}");
    }
    let access = json!({ "alg": "RS256", "typ": "at+jwt" });
    assert!(judged(&access, &with(json!({ "nonce": "n", "at_hash": "h" })), &settings()).is_ok());
}

#[test]
fn the_realm_says_by_which_algorithms() {
    let header = |algorithm: &str| json!({ "alg": algorithm });
    for algorithm in ["RS256", "PS256", "ES256", "EdDSA"] {
        assert!(judged(&header(algorithm), &good(), &settings()).is_ok(), "{algorithm}");
    }
    for algorithm in ["RS512", "ES384", "HS256", "none"] {
        assert_eq!(
            judged(&header(algorithm), &good(), &settings()),
            Err(Misfit::Algorithm),
            "{algorithm}"
        );
    }
    let narrow = set("oidc.algorithms", json!(["ES384"]));
    assert!(judged(&header("ES384"), &good(), &narrow).is_ok());
    assert_eq!(judged(&header("RS256"), &good(), &narrow), Err(Misfit::Algorithm));
}

#[test]
fn without_an_audience_no_token_counts_unless_the_realm_takes_any() {
    let unset = set("oidc.audience", Value::Null);
    let header = json!({ "alg": "RS256" });
    assert_eq!(judged(&header, &good(), &unset), Err(Misfit::AudienceUnset));
    let any = set("compat.token_any_audience", json!(true));
    for audience in [json!("account"), json!(["x"]), Value::Null] {
        assert!(judged(&header, &with(json!({ "aud": audience })), &any).is_ok());
    }
}

#[test]
fn an_address_counts_as_verified_only_where_the_provider_says_so() {
    let profile = |change: Value| by(&with(change)).expect("it counts").profile;
    let verified = profile(json!({ "email": "ann@example.org", "email_verified": true }));
    assert_eq!(verified.verified_email.as_deref(), Some("ann@example.org"));
    for not in [Value::Null, json!(false), json!("true"), json!(1)] {
        let profile = profile(json!({ "email": "ann@example.org", "email_verified": not }));
        assert_eq!((profile.verified_email, profile.email.is_some()), (None, true));
    }
    assert_eq!(profile(json!({ "email_verified": true })).verified_email, None);
    assert_eq!(
        profile(json!({ "email": "a\u{0}@example.org", "email_verified": true })).email,
        None
    );
}

#[test]
fn the_session_behind_the_token_is_told() {
    let token = |change: Value| by(&with(change)).expect("it counts").token;
    let told = token(json!({ "sid": "s1", "acr": "gold", "identity_provider": "edugain" }));
    assert_eq!(
        (told.session.as_deref(), told.acr.as_deref()),
        (Some("s1"), Some("gold"))
    );
    assert_eq!(told.authorities, ["edugain"]);
    let list = token(json!({ "authnAuthorities": ["home", "proxy"], "idp": "proxy" }));
    assert_eq!(list.authorities, ["home", "proxy"]);
    assert_eq!(token(json!({})).authorities, Vec::<String>::new());
}

#[test]
fn roles_are_read_where_keycloak_writes_them_and_in_a_flat_claim() {
    let roles = |change: Value| by(&with(change)).expect("it counts").roles;
    let account = |role: &str| json!({ "resource_access": { "account": { "roles": ["manage-account", role] } } });
    let administration = |role: &str| json!({ "resource_access": { "realm-management": { "roles": [role] } } });
    let cases = [
        (account("manage-groups"), vec![Role::ManageGroups]),
        (account("manage-groups-extended"), vec![Role::ManageGroupsExtended]),
        (account("realm-admin"), vec![]),
        (administration("realm-admin"), vec![Role::RealmAdmin]),
        (administration("manage-realm"), vec![Role::RealmAdmin]),
        (administration("view-users"), vec![Role::Auditor]),
        (administration("manage-groups"), vec![]),
        (administration("query-groups"), vec![]),
        (
            json!({ "usher_roles": ["auditor", "inviter", "owner"] }),
            vec![Role::Inviter, Role::Auditor],
        ),
        (json!({ "usher_roles": "realm-admin" }), vec![Role::RealmAdmin]),
        (json!({ "realm_access": { "roles": ["realm-admin"] } }), vec![]),
        (json!({ "roles": ["realm-admin"] }), vec![]),
    ];
    for (change, expected) in cases {
        assert_eq!(roles(change.clone()), expected, "{change}");
    }
}

#[test]
fn what_is_set_stands_in_the_place_of_the_default() {
    let settings = set(
        "oidc.roles.realm-admin",
        json!(["groups=chiefs", "https://x.example/role=admin"]),
    );
    let roles = |change: Value| {
        let judged = judged(&json!({ "alg": "RS256" }), &with(change), &settings);
        judged.expect("it counts").roles
    };
    assert_eq!(roles(json!({ "groups": ["chiefs"] })), [Role::RealmAdmin]);
    assert_eq!(roles(json!({ "https://x.example/role": "admin" })), [Role::RealmAdmin]);
    assert_eq!(roles(json!({ "usher_roles": ["realm-admin"] })), []);
    let named = set("agm.roles.manage", json!("chief"));
    let claims = with(json!({ "resource_access": { "account": { "roles": ["chief", "manage-groups"] } } }));
    let judged = judged(&json!({ "alg": "RS256" }), &claims, &named).expect("it counts");
    assert_eq!(judged.roles, [Role::ManageGroups]);
}

#[test]
fn a_weak_sign_in_carries_no_role() {
    let gold = set("oidc.acr", json!("gold"));
    let carried = |acr: &str| {
        let roles = json!({ "realm-management": { "roles": ["realm-admin", "view-realm"] } });
        let claims = with(json!({ "acr": acr, "resource_access": roles }));
        judged(&json!({ "alg": "RS256" }), &claims, &gold).expect("it counts")
    };
    let weak = carried("silver");
    assert!(weak.token.is_weak && weak.roles.is_empty() && weak.token.rights.is_empty());
    let strong = carried("gold");
    assert!(!strong.token.is_weak && strong.roles.contains(&Role::RealmAdmin));
}

#[test]
fn rights_of_the_administration_are_no_roles() {
    use RealmRight::{Groups, People, View};
    let signed_in = |role: &str| {
        let claims = with(json!({ "resource_access": { "realm-management": { "roles": [role] } } }));
        by(&claims).expect("it counts")
    };
    let manages = signed_in("manage-users");
    assert_eq!((manages.roles, manages.token.rights), (vec![], vec![Groups, People]));
    let views = signed_in("view-realm");
    assert_eq!((views.roles, views.token.rights), (vec![], vec![View]));
}
