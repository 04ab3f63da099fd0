//! Tokens.

use serde_json::json;

testkit::both! {
    async fn a_token_works_until_it_is_revoked(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        admin.post("/api/v1/clients", json!({ "name": "hr", "scopes": ["scim:read"] })).await.expect(201);
        let made = admin.post("/api/v1/tokens", json!({ "client": "hr", "name": "first", "expires_at": "2030-02-01T00:00:00Z" })).await.expect(201);
        let bearer = made.at("/token").as_str().unwrap().to_owned();
        assert_eq!(made.at("/scopes"), json!(["scim:read"]));
        app.bearer(&bearer).get("/scim/v2/Users").await.expect(200);
        let path = made.header("location").to_owned();
        let shown = admin.get(&path).await.expect(200);
        assert_eq!((shown.at("/name"), shown.at("/token")), (json!("first"), json!(null)));
        assert_eq!(admin.patch(&path, json!({ "name": "second" })).await.expect(200).at("/name"), "second");
        let listed = admin.get("/api/v1/tokens?client=hr").await.expect(200);
        assert_eq!((listed.at("/items/0/name"), listed.at("/items/1")), (json!("second"), json!(null)));
        assert!(!listed.text.contains(&bearer));
        assert_eq!(admin.delete(&path).await.expect(204).events, ["token.revoked"]);
        app.directory().forget_cached();
        app.bearer(&bearer).get("/scim/v2/Users").await.expect(401);
        assert!(admin.delete(&path).await.expect(204).events.is_empty());
    }

    async fn what_does_not_fit_a_token_is_named(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        admin.post("/api/v1/clients", json!({ "name": "hr", "scopes": ["scim:read"] })).await.expect(201);
        for (body, field) in [
            (json!({ "client": "hr", "scopes": ["scim:write"] }), "scope"),
            (json!({ "client": "hr", "expires_at": "tomorrow" }), "expires_at"),
            (json!({ "client": "hr", "expires_at": "2020-01-01T00:00:00Z" }), "expires_at"),
            (json!({ "client": "hr", "user": "ann" }), "user"),
        ] {
            let answer = admin.post("/api/v1/tokens", body).await.expect(400);
            assert_eq!((answer.at("/code"), answer.at("/field")), (json!("invalid"), json!(field)), "{answer}");
        }
        admin.post("/api/v1/tokens", json!({ "client": "nobody" })).await.expect(404);
    }

    async fn the_tokens_of_a_client_come_in_pages(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        admin.post("/api/v1/clients", json!({ "name": "hr", "scopes": ["scim:read"] })).await.expect(201);
        for name in ["one", "two", "three"] {
            admin.post("/api/v1/tokens", json!({ "client": "hr", "name": name })).await.expect(201);
        }
        let page = admin.get("/api/v1/tokens?client=hr&limit=2").await.expect(200);
        let next = page.at("/next").as_str().unwrap().to_owned();
        let rest = admin.get(&format!("/api/v1/tokens?client=hr&limit=2&cursor={next}")).await.expect(200);
        assert_eq!((rest.at("/items/0/name"), rest.at("/items/1"), rest.at("/next")), (json!("three"), json!(null), json!(null)));
    }
}
