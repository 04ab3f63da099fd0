//! A3: Wire's API for SCIM tokens, W-10 to W-17.

use directory::Role;
use directory::user::GrantRole;
use serde_json::{Value, json};
use testkit::TestClient;

use super::{TOKENS, UNKNOWN, USERS, USHER, bound, id_in, made, person, usher, wire, with_issuer};

fn plain() -> Value {
    json!({ "description": "" })
}

/// What a token is bound to; null when to nothing.
async fn bound_to(admin: &TestClient, path: &str, body: Value) -> Value {
    admin.post(path, body).await.expect(201).at("/info/idp")
}

testkit::both! {
    async fn w_010_only_who_administers_the_realm_makes_tokens(app: TestApp) {
        let ann = app.user("ann").await;
        let person = app.acting_as(ann, &["admin"]).await;
        let provisioner = wire(&app).await;
        for caller in [&person, &provisioner] {
            for answer in [caller.get(TOKENS).await, caller.post(TOKENS, plain()).await, caller.delete(&format!("{TOKENS}?id={UNKNOWN}")).await, caller.delete(&format!("{TOKENS}/{UNKNOWN}")).await] {
                assert_eq!((answer.status, answer.at("/label"), answer.at("/code")), (403, json!("insufficient-permissions"), json!(403)), "{answer}");
            }
        }
        let operator = app.operator().await;
        app.directory().execute(&operator, GrantRole { id: ann, role: Role::RealmAdmin }).await.expect("granted");
        app.directory().forget_cached();
        person.get(TOKENS).await.expect(200);
        person.post(TOKENS, plain()).await.expect(201);
        // Nobody is in two realms: who comes from another one is nobody here.
        let stranger = app.client_with("stranger", &["admin"], |program| program.realm("acme")).await;
        stranger.get(TOKENS).await.expect(401);
        stranger.get("/realms/acme/scim/auth-tokens").await.expect(200);
    }

    async fn w_011_passwords_are_accepted_and_ignored(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        for body in [plain(), json!({ "description": "a", "password": "wrong" }), json!({ "description": "b", "password": null })] {
            let made = admin.post(TOKENS, body).await.expect(201);
            assert!(made.at("/token").as_str().unwrap().starts_with("ush_"), "{made}");
        }
        assert!(!format!("{:?}", app.events().await).contains("wrong"));
        let guide = include_str!("../../../../../docs/provision-by-scim.md");
        assert!(guide.contains("/scim/auth-tokens"), "the guide shows the call");
    }

    async fn w_012_codes_are_ignored_and_step_up_is_a_setting_of_the_provider(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        admin.post(TOKENS, json!({ "description": "", "verification_code": "000000" })).await.expect(201);
        let set = json!({ "settings": { "oidc": { "acr": "urn:example:gold" } } });
        let changed = admin.patch("/api/v1/realms/default", set).await.expect(200);
        assert_eq!(changed.at("/settings/oidc/acr"), "urn:example:gold");
        assert_eq!(changed.events, ["realm.changed"]);
    }

    async fn w_013_the_limit_is_20_and_named(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        for _ in 0..20 {
            admin.post(TOKENS, plain()).await.expect(201);
        }
        let refused = admin.post(TOKENS, plain()).await.expect(403);
        assert_eq!(refused.at("/label"), "token-limit-reached");
        assert!(refused.at("/message").as_str().unwrap().contains("20"), "{refused}");
        assert!(refused.events.is_empty());
        // One that has ended makes room.
        let first = admin.get(TOKENS).await.at("/tokens/0/id").as_str().unwrap().to_owned();
        admin.delete(&format!("{TOKENS}/{first}")).await.expect(204);
        admin.post(TOKENS, plain()).await.expect(201);
        admin.post(TOKENS, plain()).await.expect(403);
        app.set_realm("default", |settings| settings.max_scim_tokens = Some(0)).await;
        admin.post(TOKENS, plain()).await.expect(201);
    }

    async fn w_014_up_to_version_7_tokens_are_bound_by_themselves(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let early = [TOKENS, "/v0/scim/auth-tokens", "/v7/scim/auth-tokens"];
        for path in early {
            assert_eq!(bound_to(&admin, path, plain()).await, Value::Null);
        }
        with_issuer(&app).await;
        for path in early {
            assert!(bound_to(&admin, path, plain()).await.is_string(), "{path}");
        }
        // Bound is what it says: who is made by such a token needs no invitation.
        let token = admin.post(TOKENS, plain()).await.at("/token");
        let client = app.bearer(token.as_str().unwrap());
        assert_eq!(client.post(USERS, person("ann")).await.expect(201).at("/active"), true);
        assert!(app.deliver_mail().await.is_empty());
    }

    async fn w_015_from_version_8_on_tokens_are_bound_when_told(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        with_issuer(&app).await;
        let issuer = bound_to(&admin, TOKENS, plain()).await;
        for path in ["/v8/scim/auth-tokens", "/v12/scim/auth-tokens"] {
            assert_eq!(bound_to(&admin, path, plain()).await, Value::Null);
            assert_eq!(bound_to(&admin, path, json!({ "description": "", "idp": issuer })).await, issuer);
            admin.post(path, json!({ "description": "", "idp": UNKNOWN })).await.expect(404);
        }
    }

    async fn w_016_a_token_is_bound_anew_with_an_event_after_a_preview(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let wire = wire(&app).await;
        with_issuer(&app).await;
        let ann = made(&wire, "ann").await;
        made(&wire, "ben").await;
        let preview = admin.get("/api/v1/clients/wire/people").await.expect(200);
        assert_eq!(preview.at("/items").as_array().map(Vec::len), Some(2), "{preview}");
        assert_eq!(preview.at("/items/0/id"), id_in(&ann));
        let bound = admin.patch("/api/v1/clients/wire", json!({ "idp": true })).await.expect(200);
        assert_eq!(bound.events, ["client.changed"]);
        let event = app.events().await.pop().unwrap();
        assert_eq!((event.body["before"]["idp"].clone(), event.body["after"]["idp"].clone()), (json!(false), json!(true)));
        app.directory().forget_cached();
        // Those there are keep what they have: their externalId and their invitation.
        let kept = wire.get(&ann).await.expect(200);
        assert_eq!((kept.at("/externalId"), kept.at("/active")), (json!("ext-ann"), json!(false)));
        assert_eq!(usher(&wire, &ann).await["lifecycle"], "invited");
        assert_eq!(wire.post(USERS, person("cid")).await.expect(201).at("/active"), true);
    }

    async fn w_017_several_tokens_may_be_bound_to_one_provider(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        with_issuer(&app).await;
        let one = admin.post(TOKENS, plain()).await.expect(201);
        let two = admin.post(TOKENS, plain()).await.expect(201);
        assert_eq!(one.at("/info/idp"), two.at("/info/idp"));
        // What one of them made the other one finds, by the same externalId.
        let (one, two) = (app.bearer(one.at("/token").as_str().unwrap()), app.bearer(two.at("/token").as_str().unwrap()));
        let path = made(&one, "ann").await;
        assert_eq!(two.get(&path).await.expect(200).at("/externalId"), "ext-ann");
        assert_eq!(two.post(USERS, person("ann")).await.expect(409).scim_type(), "uniqueness");
        let other = bound(&app).await;
        assert_eq!(other.get(&format!("{path}?attributes=externalId,{USHER}")).await.expect(200).at("/externalId"), "ext-ann");
    }
}
