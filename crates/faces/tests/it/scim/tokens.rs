//! Wire's API for SCIM tokens.

use serde_json::{Value, json};
use testkit::exchange;

use super::hr;

const PATH: &str = "/scim/auth-tokens";

testkit::both! {
    async fn a_token_is_made_listed_used_and_ended(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let made = exchange!(admin.post(PATH, json!({ "description": "Okta", "password": "ignored", "verification_code": "123" })), "a_wire_token").expect(201);
        let (token, id) = (made.at("/token").as_str().unwrap_or_default().to_owned(), made.at("/info/id"));
        assert!(token.starts_with("ush_"));
        let listed = admin.get(PATH).await.expect(200);
        assert_eq!(listed.at("/tokens"), json!([made.at("/info")]));
        assert!(!listed.text.contains(&token), "shown once");
        let client = app.bearer(&token);
        let user = client.post("/scim/v2/Users", json!({ "userName": "ann", "externalId": "ann@x.example" })).await.expect(201);
        assert_eq!(user.at("/schemas").as_array().map(Vec::len), Some(3), "the profile is Wire's");
        let id = id.as_str().unwrap_or_default();
        admin.delete(&format!("{PATH}?id={id}")).await.expect(204);
        client.get("/scim/v2/Users").await.expect(401);
        admin.delete(&format!("{PATH}?id={id}")).await.expect(204);
        admin.delete(&format!("{PATH}/none")).await.expect(204);
        assert_eq!(admin.delete(PATH).await.expect(400).at("/label"), "client-error");
        assert_eq!(admin.get(PATH).await.at("/tokens"), json!([]));
    }

    async fn who_is_no_admin_is_refused_in_wires_form(app: TestApp) {
        let hr = hr(&app).await;
        let refused = exchange!(hr.get(PATH), "no_admin").expect(403);
        assert_eq!(refused.at("/label"), "insufficient-permissions");
        for answer in [hr.post(PATH, json!({ "description": "" })).await, hr.delete(&format!("{PATH}?id=x")).await] {
            assert_eq!((answer.status, answer.at("/label")), (403, json!("insufficient-permissions")));
        }
        let nobody = app.anonymous().get(PATH).await.expect(401);
        assert!(nobody.header("www-authenticate").starts_with("Bearer"));
        let ann = app.user("ann").await;
        app.acting_as(ann, &["admin"]).await.get(PATH).await.expect(403);
    }

    async fn the_number_of_tokens_is_limited_by_setting(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        app.set_realm("default", |settings| settings.max_scim_tokens = Some(1)).await;
        admin.post(PATH, json!({ "description": "" })).await.expect(201);
        let refused = admin.post(PATH, json!({ "description": "" })).await.expect(403);
        assert_eq!(refused.at("/label"), "token-limit-reached");
        assert!(refused.at("/message").as_str().unwrap_or_default().contains('1'), "{refused}");
        assert!(refused.events.is_empty(), "no client stays behind");
        app.set_realm("default", |settings| settings.max_scim_tokens = Some(0)).await;
        admin.post(PATH, json!({ "description": "" })).await.expect(201);
    }

    async fn early_versions_bind_by_themselves_and_later_ones_when_told(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let idp = async |path: &str, body: Value| admin.post(path, body).await.expect(201).at("/info/idp");
        let plain = json!({ "description": "" });
        assert_eq!(idp("/v7/scim/auth-tokens", plain.clone()).await, Value::Null);
        app.set_realm("default", |settings| settings.oidc.issuer = Some("https://idp.example".into())).await;
        let bound = idp(PATH, plain.clone()).await;
        assert!(bound.is_string());
        assert_eq!(idp("/v0/scim/auth-tokens", plain.clone()).await, bound);
        assert_eq!(idp("/v8/scim/auth-tokens", plain.clone()).await, Value::Null);
        assert_eq!(idp("/v8/scim/auth-tokens", json!({ "description": "", "idp": bound })).await, bound);
        let unknown = admin.post("/v8/scim/auth-tokens", json!({ "description": "", "idp": "11111111-1111-1111-1111-111111111111" })).await;
        assert_eq!(unknown.status, 404, "{unknown}");
    }

    async fn names_come_with_version_8(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let made = admin.post("/v8/scim/auth-tokens", json!({ "description": "", "name": "Okta" })).await.expect(201);
        assert_eq!(made.at("/info/name"), "Okta");
        let unnamed = admin.post("/v9/scim/auth-tokens", json!({ "description": "" })).await.expect(201);
        assert_eq!(unnamed.at("/info/name"), unnamed.at("/info/id"));
        let path = format!("/scim/auth-tokens/{}", made.at("/info/id").as_str().unwrap_or_default());
        let renamed = admin.put(&format!("/v8{path}"), json!({ "name": "Entra" })).await.expect(200);
        assert_eq!(renamed.text, "[]");
        assert_eq!(admin.get("/v8/scim/auth-tokens").await.at("/tokens/0/name"), "Entra");
        assert_eq!(admin.get("/v7/scim/auth-tokens").await.at("/tokens/0/name"), Value::Null);
        admin.put(&format!("/v7{path}"), json!({ "name": "x" })).await.expect(404);
        for body in [json!({}), json!({ "description": 1 })] {
            assert_eq!(admin.post(PATH, body).await.expect(400).at("/label"), "client-error");
        }
    }

    async fn a_token_outlives_the_rights_of_its_maker(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let token = admin.post(PATH, json!({ "description": "" })).await.expect(201).at("/token");
        let operator = app.operator().await;
        let id = app.directory().client(&operator, "admin").await.expect("the client").id;
        app.directory().execute(&operator, directory::client::DeleteClient { id, if_version: None }).await.expect("deleted");
        app.directory().forget_cached();
        admin.get(PATH).await.expect(401);
        app.bearer(token.as_str().unwrap_or_default()).get("/scim/v2/Users").await.expect(200);
    }
}
