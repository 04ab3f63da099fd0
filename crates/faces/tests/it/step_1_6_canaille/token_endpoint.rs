//! Number 4: the table of section 3.1, and who may do what with which token (section 3.2).

use serde_json::{Value, json};
use testkit::{Answer, Program, TestApp};

use super::{BOTH, assert_refused};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

/// A client of Canaille's kind with a secret: its id and the secret.
async fn registered(app: &TestApp, name: &str, scopes: &[&str]) -> (String, String) {
    let made = app
        .register(name, scopes, &Program::default().profile("canaille"))
        .await;
    let secret = made.secret.expect("a secret");
    (made.client.id.to_string(), secret.reveal().to_owned())
}

fn assert_oauth_error(answer: &Answer, status: u16, error: &str) {
    assert_eq!((answer.status, answer.at("/error")), (status, json!(error)), "{answer}");
    assert!(
        answer.at("/error_description").is_string() && answer.events.is_empty(),
        "{answer}"
    );
    assert!(
        answer.header("content-type").starts_with("application/json"),
        "{answer}"
    );
}

testkit::both! {
    async fn c_04_a_client_shows_its_secret_by_basic_or_in_the_form(app: TestApp) {
        let (id, secret) = registered(&app, "app", &BOTH).await;
        let nobody = app.anonymous();
        nobody.post_form("/oauth/token", &[GRANT]).basic(&id, &secret).await.expect(200);
        nobody.post_form("/oauth/token", &[GRANT, ("client_id", &id), ("client_secret", &secret)]).await.expect(200);
        let metadata = nobody.get("/.well-known/oauth-authorization-server").await.expect(200);
        assert_eq!(metadata.at("/token_endpoint_auth_methods_supported"), json!(["client_secret_basic", "client_secret_post"]));
        // An assertion is no secret.
        let kind = ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        let asserted = nobody.post_form("/oauth/token", &[GRANT, kind, ("client_assertion", "e30.e30.x"), ("client_id", &id)]).await;
        assert_oauth_error(&asserted, 401, "invalid_client");
    }

    async fn c_04_the_reply_is_an_opaque_bearer_token_of_an_hour(app: TestApp) {
        let (id, secret) = registered(&app, "app", &BOTH).await;
        let reply = app.anonymous().post_form("/oauth/token", &[GRANT]).basic(&id, &secret).await.expect(200);
        let members: Vec<String> = reply.json().as_object().expect("an object").keys().cloned().collect();
        assert_eq!(members, ["access_token", "token_type", "expires_in", "scope"], "no refresh token");
        let token = reply.at("/access_token").as_str().expect("a text").to_owned();
        assert!(token.starts_with("ush_") && token.len() >= 40 && !token.contains('.'), "opaque: {token}");
        assert_eq!((reply.at("/token_type"), reply.at("/expires_in")), (json!("Bearer"), json!(3600)));
        assert_eq!((reply.header("cache-control"), reply.header("pragma")), ("no-store", "no-cache"));
        let client = app.bearer(&token);
        client.get("/scim/v2/Users").await.expect(200);
        app.clock().advance(3601);
        assert_refused(&client.get("/scim/v2/Users").await, 401, "", "an hour later");
    }

    async fn c_04_without_a_scope_it_is_what_the_client_is_registered_with(app: TestApp) {
        let (id, secret) = registered(&app, "app", &BOTH).await;
        let reply = app.anonymous().post_form("/oauth/token", &[GRANT]).basic(&id, &secret).await.expect(200);
        assert_eq!(reply.at("/scope"), "scim:read scim:write");
        let less = app.anonymous().post_form("/oauth/token", &[GRANT, ("scope", "scim:read")]).basic(&id, &secret).await.expect(200);
        assert_eq!(less.at("/scope"), "scim:read");
    }

    async fn c_04_a_scope_that_is_not_allowed_is_refused(app: TestApp) {
        let (id, secret) = registered(&app, "app", &["scim:read"]).await;
        for scope in ["scim:write", "scim:read scim:write", "admin", "openid", "openid profile", "scim:read openid", "\u{7}"] {
            let reply = app.anonymous().post_form("/oauth/token", &[GRANT, ("scope", scope)]).basic(&id, &secret).await;
            assert_oauth_error(&reply, 400, "invalid_scope");
            assert_eq!(reply.at("/access_token"), Value::Null);
        }
    }

    async fn c_04_a_client_without_the_grant_is_unauthorized(app: TestApp) {
        let (id, secret) = registered(&app, "bare", &[]).await;
        let reply = app.anonymous().post_form("/oauth/token", &[GRANT]).basic(&id, &secret).await;
        assert_oauth_error(&reply, 400, "unauthorized_client");
    }

    async fn c_04_a_wrong_secret_is_an_invalid_client(app: TestApp) {
        let (id, secret) = registered(&app, "app", &BOTH).await;
        for (user, password) in [(id.as_str(), "wrong"), (id.as_str(), ""), ("nobody", secret.as_str()), ("", "")] {
            let reply = app.anonymous().post_form("/oauth/token", &[GRANT]).basic(user, password).await;
            assert_oauth_error(&reply, 401, "invalid_client");
            assert!(reply.header("www-authenticate").starts_with("Basic"), "{reply}");
        }
    }

    async fn c_04_a_missing_or_another_grant_type_is_said_so(app: TestApp) {
        let (id, secret) = registered(&app, "app", &BOTH).await;
        for fields in [&[] as &[(&str, &str)], &[("grant_type", "")], &[("scope", "scim:read")]] {
            assert_oauth_error(&app.anonymous().post_form("/oauth/token", fields).basic(&id, &secret).await, 400, "invalid_request");
        }
        for grant in ["password", "authorization_code", "refresh_token", "\"x\r\n"] {
            let reply = app.anonymous().post_form("/oauth/token", &[("grant_type", grant)]).basic(&id, &secret).await;
            assert_oauth_error(&reply, 400, "unsupported_grant_type");
        }
    }

    async fn c_04_a_revoked_token_is_invalid_at_once(app: TestApp) {
        let (id, secret) = registered(&app, "app", &BOTH).await;
        let reply = app.anonymous().post_form("/oauth/token", &[GRANT]).basic(&id, &secret).await.expect(200);
        let token = reply.at("/access_token").as_str().expect("a text").to_owned();
        let client = app.bearer(&token);
        client.get("/scim/v2/Users").await.expect(200);
        app.anonymous().post_form("/oauth/revoke", &[("token", &token)]).basic(&id, &secret).await.expect(200);
        let refused = client.get("/scim/v2/Users").await;
        assert_refused(&refused, 401, "", "a revoked token");
        assert!(refused.at("/detail").as_str().unwrap_or_default().starts_with("invalid_token: "), "{refused}");
        assert!(refused.header("www-authenticate").contains("error=\"invalid_token\""), "{refused}");
        // A second time, and what never was a token, is no error (RFC 7009).
        app.anonymous().post_form("/oauth/revoke", &[("token", &token)]).basic(&id, &secret).await.expect(200);
        app.anonymous().post_form("/oauth/revoke", &[("token", "x")]).basic(&id, &secret).await.expect(200);
    }

    async fn c_04_an_administrator_makes_a_token_by_hand(app: TestApp) {
        registered(&app, "app", &BOTH).await;
        let admin = app.client("admin", &["admin"]).await;
        let made = admin.post("/api/v1/tokens", json!({ "client": "app", "description": "by hand" })).await.expect(201);
        let token = made.at("/token").as_str().expect("a text").to_owned();
        app.bearer(&token).get("/scim/v2/Users").await.expect(200);
        assert_eq!(app.bearer(&token).get("/scim/v2/Me").await.status, 404, "it acts as no person");
    }

    async fn c_04_who_may_do_what_with_which_token(app: TestApp) {
        let ann = app.user("ann").await;
        let program = app.client("program", &BOTH).await;
        let person = app.acting_as(ann, &["scim:me"]).await;
        let nobody = app.anonymous();
        let search = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": "userName pr" });
        for path in ["/scim/v2/Users", "/scim/v2/Groups"] {
            program.get(path).await.expect(200);
            assert_refused(&person.get(path).await, 403, "", path);
            assert_refused(&nobody.get(path).await, 401, "", path);
        }
        program.post("/scim/v2/.search", search.clone()).await.expect(200);
        assert_refused(&person.post("/scim/v2/.search", search.clone()).await, 403, "", ".search");
        let unknown = nobody.post("/scim/v2/.search", search).await;
        assert_refused(&unknown, 401, "", ".search");
        assert!(unknown.at("/detail").as_str().unwrap_or_default().starts_with("missing_authorization: "), "{unknown}");
        person.get("/scim/v2/Me").await.expect(200);
        assert_refused(&program.get("/scim/v2/Me").await, 404, "", "Me of a program");
        assert_refused(&nobody.get("/scim/v2/Me").await, 401, "", "Me of nobody");
        assert_refused(&person.delete("/scim/v2/Me").await, 403, "", "leaving by oneself");
        for path in ["ServiceProviderConfig", "ResourceTypes", "Schemas"] {
            nobody.get(&format!("/scim/v2/{path}")).await.expect(200);
            assert_refused(&app.bearer("ush_nonsense").get(&format!("/scim/v2/{path}")).await, 401, "", path);
        }
    }
}
