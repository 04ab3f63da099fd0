//! If-Match and Idempotency-Key.

use serde_json::json;

testkit::both! {
    async fn a_change_of_an_old_version_is_refused(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let user = format!("/api/v1/users/{}", app.user("ann").await);
        let client = admin.post("/api/v1/clients", json!({ "name": "hr" })).await.expect(201).header("location").to_owned();
        let group = admin.post("/api/v1/groups", json!({ "displayName": "Ops" })).await.expect(201).header("location").to_owned();
        for (path, body) in [
            (user.as_str(), json!({ "displayName": "A" })),
            (client.as_str(), json!({ "disabled": true })),
            (group.as_str(), json!({ "displayName": "B" })),
            ("/api/v1/realms/default", json!({ "settings": { "title": "T" } })),
        ] {
            let etag = admin.get(path).await.expect(200).header("etag").to_owned();
            assert!(etag.starts_with("W/\""), "{path}");
            let old = admin.patch(path, body.clone()).header("if-match", "W/\"77\"").await.expect(412);
            assert_eq!(old.at("/code"), "changed");
            assert!(old.events.is_empty());
            let new = admin.patch(path, body).header("if-match", &etag).await.expect(200);
            assert_ne!(new.header("etag"), etag, "{path}");
        }
        for path in [user, client, group] {
            admin.delete(&path).header("if-match", "\"x\"").await.expect(412);
            admin.delete(&path).header("if-match", "*").await.expect(204);
        }
    }

    async fn a_request_that_is_sent_again_is_done_once(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let user = json!({ "userName": "ann" });
        let first = admin.post("/api/v1/users", user.clone()).header("idempotency-key", "k1").await.expect(201);
        assert_eq!(first.events, ["user.created"]);
        let again = admin.post("/api/v1/users", user.clone()).header("idempotency-key", "k1").await.expect(201);
        assert_eq!((again.id(), again.header("idempotency-replayed")), (first.id(), "true"));
        assert!(again.events.is_empty());
        let other = admin.post("/api/v1/users", json!({ "userName": "ben" })).header("idempotency-key", "k1").await.expect(409);
        assert_eq!(other.at("/code"), "conflict");
        admin.delete(&format!("/api/v1/users/{}", first.id())).await.expect(204);
        let gone = admin.post("/api/v1/users", user).header("idempotency-key", "k1").await.expect(201);
        assert!(gone.events.is_empty() && gone.text.is_empty());
    }

    async fn a_secret_is_not_kept_for_a_request_that_is_sent_again(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let body = json!({ "name": "hr", "scopes": ["scim:read"] });
        let first = admin.post("/api/v1/clients", body.clone()).header("idempotency-key", "k").await.expect(201);
        let again = admin.post("/api/v1/clients", body).header("idempotency-key", "k").await.expect(201);
        assert!(first.at("/client_secret").is_string());
        assert_eq!((again.id(), again.at("/client_secret")), (first.id(), json!(null)));
        let token = json!({ "client": "hr" });
        let first = admin.post("/api/v1/tokens", token.clone()).header("idempotency-key", "t").await.expect(201);
        let again = admin.post("/api/v1/tokens", token).header("idempotency-key", "t").await.expect(201);
        assert!(first.at("/token").is_string());
        assert_eq!((again.id(), again.at("/token")), (first.id(), json!(null)));
    }

    async fn a_refused_request_may_be_mended_under_its_key(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        admin.post("/api/v1/clients", json!({ "name": "" })).header("idempotency-key", "k").await.expect(400);
        admin.post("/api/v1/clients", json!({ "name": "hr" })).header("idempotency-key", "k").await.expect(201);
        let long = "k".repeat(256);
        let refused = admin.post("/api/v1/clients", json!({ "name": "it" })).header("idempotency-key", &long).await.expect(400);
        assert_eq!(refused.at("/field"), "Idempotency-Key");
    }

    async fn a_key_belongs_to_its_caller(app: TestApp) {
        let one = app.client("one", &["admin"]).await;
        let two = app.client("two", &["admin"]).await;
        one.post("/api/v1/users", json!({ "userName": "ann" })).header("idempotency-key", "k").await.expect(201);
        let other = two.post("/api/v1/users", json!({ "userName": "ben" })).header("idempotency-key", "k").await.expect(201);
        assert_eq!(other.events, ["user.created"]);
    }
}
