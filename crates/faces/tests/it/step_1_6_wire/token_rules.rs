//! A3.3 and A3.4: what tokens outlive, what they remember, and what they switch, W-18 to W-23.

use directory::Role;
use directory::client::DeleteClient;
use directory::realm::JitMode;
use directory::user::{DeleteUser, GrantRole};
use serde_json::{Value, json};
use testkit::{TestApp, TestClient};

use super::{TOKENS, USERS, person, refused, tells, wire, with_issuer};

/// Whether a first sign-in makes an account now, as the realm shows it.
async fn jit(admin: &TestClient) -> Value {
    admin
        .get("/api/v1/realms/default")
        .await
        .expect(200)
        .at("/jit_effective")
}

async fn new_token(admin: &TestClient) -> (String, String) {
    let made = admin.post(TOKENS, json!({ "description": "Okta" })).await.expect(201);
    let text = |pointer: &str| made.at(pointer).as_str().unwrap().to_owned();
    (text("/token"), text("/info/id"))
}

fn flips(events: &[String]) -> usize {
    events.iter().filter(|kind| *kind == "jit.changed").count()
}

async fn administrator(app: &TestApp) -> (directory::Id<directory::user::User>, TestClient) {
    let boss = app.user("boss").await;
    let operator = app.operator().await;
    let grant = GrantRole {
        id: boss,
        role: Role::RealmAdmin,
    };
    app.directory().execute(&operator, grant).await.expect("granted");
    (boss, app.acting_as(boss, &["admin"]).await)
}

testkit::both! {
    async fn w_018_a_token_outlives_its_creator_which_is_shown(app: TestApp) {
        let (boss, person) = administrator(&app).await;
        let (token, id) = new_token(&person).await;
        let admin = app.client("admin", &["admin"]).await;
        let shown = admin.get(&format!("/api/v1/tokens/{id}")).await.expect(200);
        assert_eq!((shown.at("/created_by"), shown.at("/creator_left")), (json!(format!("user:{boss}")), json!(false)));
        let operator = app.operator().await;
        app.directory().execute(&operator, DeleteUser { id: boss, if_match: directory::view::IfMatch::Any, needs: directory::Scope::Admin }).await.expect("deleted");
        app.directory().forget_cached();
        person.get(TOKENS).await.expect(401);
        app.bearer(&token).get(USERS).await.expect(200);
        assert_eq!(admin.get(&format!("/api/v1/tokens/{id}")).await.expect(200).at("/creator_left"), true);
        // The same for one that a program made.
        let (token, id) = new_token(&admin).await;
        let second = app.client("second", &["admin"]).await;
        assert_eq!(second.get(&format!("/api/v1/tokens/{id}")).await.at("/creator_left"), false);
        let maker = app.directory().client(&operator, "admin").await.expect("the client").id;
        app.directory().execute(&operator, DeleteClient { id: maker, if_version: None }).await.expect("deleted");
        app.directory().forget_cached();
        app.bearer(&token).get(USERS).await.expect(200);
        assert_eq!(second.get(&format!("/api/v1/tokens/{id}")).await.at("/creator_left"), true);
    }

    async fn w_019_tokens_may_expire_be_narrowed_and_overlap(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let wire = wire(&app).await;
        // Narrowed: reading only. Until the end of the day.
        let body = json!({ "client": "wire", "scopes": ["scim:read"], "expires_at": "2030-01-02T00:00:00Z" });
        let made = admin.post("/api/v1/tokens", body).await.expect(201);
        let reader = app.bearer(made.at("/token").as_str().unwrap());
        reader.get(USERS).await.expect(200);
        refused(&reader.post(USERS, person("ann")).await, 403, "");
        // Two are valid at once: a second token of the same client is a rotation.
        let second = admin.post("/api/v1/tokens", json!({ "client": "wire" })).await.expect(201);
        let second = app.bearer(second.at("/token").as_str().unwrap());
        let made = second.post(USERS, person("ann")).await.expect(201);
        assert_eq!(wire.get(&format!("{USERS}/{}", made.id())).await.expect(200).at("/externalId"), "ext-ann");
        app.pass(86_400).await;
        refused(&reader.get(USERS).await, 401, "");
        second.get(USERS).await.expect(200);
    }

    async fn w_019_a_tokens_last_use_is_remembered(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let (token, id) = new_token(&admin).await;
        let path = format!("/api/v1/tokens/{id}");
        let last = async |admin: &TestClient| {
            let shown = admin.get(&path).await.expect(200);
            (shown.at("/last_used_at"), shown.at("/last_used_from"))
        };
        assert_eq!(last(&admin).await, (Value::Null, Value::Null));
        app.clock().advance(60);
        app.bearer(&token).get(USERS).from_address([192, 0, 2, 7].into()).await.expect(200);
        let used = (json!("2030-01-01T08:01:00.000Z"), json!("192.0.2.7"));
        assert_eq!(last(&admin).await, used);
        assert!(app.directory().write_token_uses().await.expect("written") >= 1);
        assert_eq!(last(&admin).await, used);
        assert_eq!(app.directory().write_token_uses().await.expect("written"), 1, "only who has just looked");
        // Another node has it from the store.
        let other = app.another().await;
        let elsewhere = other.bearer(admin.token());
        assert_eq!(last(&elsewhere).await, used);
    }

    async fn w_019_a_token_that_will_expire_is_warned_of(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        wire(&app).await;
        let body = json!({ "client": "wire", "name": "nightly", "expires_at": "2030-01-31T08:00:00Z" });
        let id = admin.post("/api/v1/tokens", body.clone()).await.expect(201).id();
        let ended = admin.post("/api/v1/tokens", body).await.expect(201).id();
        admin.delete(&format!("/api/v1/tokens/{ended}")).await.expect(204);
        app.pass(23 * 86_400 - 1).await;
        let warnings = async || app.events().await.into_iter().filter(|event| event.kind == "token.expires_soon").collect::<Vec<_>>();
        assert!(warnings().await.is_empty());
        app.pass(1).await;
        let warned = warnings().await;
        assert_eq!(warned.len(), 1);
        assert_eq!((warned[0].subject.to_string(), warned[0].body["name"].clone(), warned[0].body["expires_at"].clone()), (id, json!("nightly"), json!("2030-01-31T08:00:00.000Z")));
    }

    async fn w_020_a_provider_with_bound_tokens_is_not_taken_away_without_force(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        with_issuer(&app).await;
        let (token, id) = new_token(&admin).await;
        let gone = json!({ "settings": { "oidc": { "issuer": null } } });
        let answer = admin.patch("/api/v1/realms/default", gone.clone()).await.expect(409);
        tells(&answer, &id);
        tells(&answer, "force");
        assert!(answer.events.is_empty());
        admin.patch("/api/v1/realms/default", json!({ "settings": { "title": "Acme" } })).await.expect(200);
        // Another provider in its place is no different: the people are at the one that goes.
        let mut other = json!({ "settings": { "oidc": { "issuer": "https://other.example" } } });
        let answer = admin.patch("/api/v1/realms/default", other.clone()).await.expect(409);
        tells(&answer, &id);
        assert!(answer.events.is_empty());
        let same = json!({ "settings": { "oidc": { "issuer": "https://idp.example", "audience": "usher" } } });
        admin.patch("/api/v1/realms/default", same).await.expect(200);
        other["force"] = true.into();
        let changed = admin.patch("/api/v1/realms/default", other).await.expect(200);
        assert_eq!(changed.at("/settings/oidc/issuer"), "https://other.example");
        let mut forced = gone;
        forced["force"] = true.into();
        let changed = admin.patch("/api/v1/realms/default", forced).await.expect(200);
        assert_eq!(changed.at("/settings/oidc/issuer"), Value::Null);
        app.directory().forget_cached();
        app.bearer(&token).get(USERS).await.expect(200);
    }

    async fn w_021_accounts_at_sign_in_follow_the_setting(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        assert_eq!(jit(&admin).await, true, "auto, and nobody provisions");
        let made = admin.post(TOKENS, json!({ "description": "" })).await.expect(201);
        assert_eq!(flips(&made.events), 1);
        assert_eq!(jit(&admin).await, false);
        // A client that only reads does not count.
        let id = made.at("/info/id").as_str().unwrap().to_owned();
        app.client("reader", &["scim:read"]).await;
        let ended = admin.delete(&format!("{TOKENS}?id={id}")).await.expect(204);
        assert_eq!(flips(&ended.events), 1);
        assert_eq!(jit(&admin).await, true);
        let flip = app.events().await.into_iter().rfind(|event| event.kind == "jit.changed").unwrap();
        assert_eq!((&flip.body["before"], &flip.body["after"]), (&json!(false), &json!(true)));
        for (mode, effective, flipped) in [("off", false, 1), ("auto", true, 1), ("on", true, 0)] {
            let set = json!({ "settings": { "oidc": { "jit": mode } } });
            let changed = admin.patch("/api/v1/realms/default", set).await.expect(200);
            assert_eq!((flips(&changed.events), jit(&admin).await), (flipped, json!(effective)), "{mode}");
        }
        let made = admin.post(TOKENS, json!({ "description": "" })).await.expect(201);
        assert_eq!((flips(&made.events), jit(&admin).await), (0, json!(true)), "`on` does not look at tokens");
        app.set_realm("default", |settings| settings.oidc.jit = Some(JitMode::Auto)).await;
        assert_eq!(jit(&admin).await, false);
    }

    async fn w_023_nobody_is_told_401(app: TestApp) {
        for answer in [app.anonymous().get(TOKENS).await, app.anonymous().post(TOKENS, json!({ "description": "" })).await, app.anonymous().delete(&format!("{TOKENS}?id=x")).await, app.bearer("ush_wrong").get(TOKENS).await] {
            assert_eq!((answer.status, answer.at("/code")), (401, json!(401)), "{answer}");
            assert!(answer.header("www-authenticate").starts_with("Bearer"));
        }
    }

    async fn a_3_4_how_a_token_is_used(app: TestApp) {
        let wire = wire(&app).await;
        let none = app.anonymous().get(USERS).await;
        refused(&none, 401, "");
        tells(&none, "authorization failed");
        tells(&none, "no token was given");
        let wrong = app.bearer("ush_unknown").get(USERS).await;
        refused(&wrong, 401, "");
        tells(&wrong, "the token is invalid");
        assert!(wrong.header("www-authenticate").contains("error=\"invalid_token\""));
        for scheme in ["bearer", "BEARER", "Bearer"] {
            wire.get(USERS).header("authorization", &format!("{scheme} {}", wire.token())).await.expect(200);
        }
        // Discovery needs none.
        for path in ["ServiceProviderConfig", "Schemas", "ResourceTypes"] {
            app.anonymous().get(&format!("/scim/v2/{path}")).await.expect(200);
        }
    }
}
