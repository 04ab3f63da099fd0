//! The token endpoint.

use http::Method;
use serde_json::json;
use testkit::{Program, exchange};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

testkit::both! {
    async fn a_client_gets_a_token_by_basic_and_by_body(app: TestApp) {
        let made = app.register("hr", &["scim:read", "scim:write"], &Program::default()).await;
        let (id, secret) = (made.client.id.to_string(), made.secret.expect("a secret").reveal().to_owned());
        for path in ["/oauth/token", "/oauth2/token", "/realms/default/oauth2/token"] {
            let by_basic = app.anonymous().post_form(path, &[GRANT]).basic(&id, &secret).await.expect(200);
            let by_body = app.anonymous().post_form(path, &[GRANT, ("client_id", &id), ("client_secret", &secret), ("scope", "scim:read")]).await.expect(200);
            assert_eq!((by_basic.at("/token_type"), by_basic.at("/scope")), (json!("Bearer"), json!("scim:read scim:write")));
            assert_eq!((by_body.at("/scope"), by_body.at("/expires_in")), (json!("scim:read"), json!(3600)));
            assert_eq!(by_basic.header("cache-control"), "no-store");
            let token = by_body.at("/access_token").as_str().unwrap_or_default().to_owned();
            app.bearer(&token).get("/scim/v2/Users").await.expect(200);
            app.bearer(&token).post("/scim/v2/Users", json!({ "userName": "x" })).await.expect(403);
        }
        let by_name = app.anonymous().post_form("/oauth2/token", &[GRANT]).basic("hr", &secret).await;
        by_name.expect(200);
    }

    async fn a_token_ends_after_its_hour(app: TestApp) {
        let made = app.register("hr", &["scim:read"], &Program::default()).await;
        let secret = made.secret.expect("a secret").reveal().to_owned();
        let answer = app.anonymous().post_form("/oauth2/token", &[GRANT]).basic("hr", &secret).await.expect(200);
        let client = app.bearer(answer.at("/access_token").as_str().unwrap_or_default());
        client.get("/scim/v2/Users").await.expect(200);
        app.clock().advance(3601);
        client.get("/scim/v2/Users").await.expect(401);
    }

    async fn refusals_are_those_of_the_rfc(app: TestApp) {
        let made = app.register("hr", &["scim:read"], &Program::default()).await;
        let (id, secret) = (made.client.id.to_string(), made.secret.expect("a secret").reveal().to_owned());
        let scopeless = app.register("bare", &[], &Program::default()).await.secret.expect("a secret").reveal().to_owned();
        let nobody = app.anonymous();
        let post = |fields: &[(&str, &str)]| nobody.post_form("/oauth2/token", fields);
        for (request, status, error) in [
            (post(&[]).basic(&id, &secret), 400, "invalid_request"),
            (post(&[("grant_type", "password")]).basic(&id, &secret), 400, "unsupported_grant_type"),
            (post(&[GRANT, GRANT]).basic(&id, &secret), 400, "invalid_request"),
            (post(&[GRANT, ("scope", "scim:write")]).basic(&id, &secret), 400, "invalid_scope"),
            (post(&[GRANT, ("scope", "nonsense")]).basic(&id, &secret), 400, "invalid_scope"),
            (post(&[GRANT]).basic(&id, "wrong"), 401, "invalid_client"),
            (post(&[GRANT]).basic("nobody", &secret), 401, "invalid_client"),
            (post(&[GRANT]).header("authorization", "Basic %%%"), 401, "invalid_client"),
            (post(&[GRANT]), 401, "invalid_client"),
            (post(&[GRANT, ("client_id", &id)]), 401, "invalid_client"),
            (post(&[GRANT, ("client_id", &id), ("client_secret", "wrong")]), 401, "invalid_client"),
            (post(&[GRANT, ("client_secret", &secret)]), 400, "invalid_request"),
            (post(&[GRANT, ("client_id", &id), ("client_secret", &secret)]).basic(&id, &secret), 400, "invalid_request"),
            (post(&[GRANT]).basic("bare", &scopeless), 400, "unauthorized_client"),
            (nobody.post("/oauth2/token", json!({ "grant_type": "client_credentials" })).basic(&id, &secret), 400, "invalid_request"),
            (nobody.request(Method::POST, "/oauth2/token").body("application/x-www-form-urlencoded", vec![0xff, 0xfe]).basic(&id, &secret), 400, "invalid_request"),
        ] {
            let answer = request.clone().await;
            assert_eq!((answer.status, answer.at("/error")), (status, json!(error)), "{request:?}: {answer}");
            assert!(answer.events.is_empty());
        }
        exchange!(post(&[GRANT]).basic(&id, "wrong"), "an_invalid_client");
        let wrong_verb = nobody.get("/oauth2/token").await;
        assert_eq!((wrong_verb.status, wrong_verb.at("/error")), (405, json!("invalid_request")));
        assert_eq!(nobody.get("/oauth2/else").await.at("/error"), "invalid_request");
    }

    async fn a_client_of_another_realm_is_unknown(app: TestApp) {
        let made = app.register("hr", &["scim:read"], &Program::default().realm("acme")).await;
        let (id, secret) = (made.client.id.to_string(), made.secret.expect("a secret").reveal().to_owned());
        app.anonymous().post_form("/oauth2/token", &[GRANT]).basic(&id, &secret).await.expect(401);
        app.anonymous().in_realm("acme").post_form("/realms/acme/oauth2/token", &[GRANT]).basic(&id, &secret).await.expect(200);
    }
}
