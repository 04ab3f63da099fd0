//! Clients.

use serde_json::json;
use testkit::exchange;

testkit::both! {
    async fn a_client_is_made_shown_changed_and_deleted(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let body = json!({ "name": "hr", "scopes": ["scim:read", "scim:write"], "policy": { "resources": ["User"], "user_filter": "userType eq \"Guest\"" } });
        let made = admin.post("/api/v1/clients", body).await.expect(201);
        assert!(made.at("/client_secret").as_str().is_some_and(|secret| secret.len() >= 32));
        let path = made.header("location").to_owned();
        exchange!(admin.get(&path), @r#"
            200 OK
            etag: W/"1"
            {
              "id": "{id 1}",
              "name": "hr",
              "profile": "generic",
              "scopes": [
                "scim:read",
                "scim:write"
              ],
              "invite": "never",
              "idp": false,
              "pending_active": true,
              "policy": {
                "resources": [
                  "User"
                ],
                "user_filter": "userType eq \"Guest\""
              },
              "has_secret": true,
              "disabled": false,
              "created": "2030-01-01T08:00:00.000Z",
              "modified": "2030-01-01T08:00:00.000Z",
              "version": 1
            }
            events: none   deliveries: none
            "#);
        assert_eq!(admin.get("/api/v1/clients/hr").await.expect(200).id(), made.id());
        let changed = admin.patch(&path, json!({ "disabled": true, "policy": null })).await.expect(200);
        assert_eq!((changed.at("/disabled"), changed.at("/policy")), (json!(true), json!(null)));
        let kept = admin.patch(&path, json!({ "disabled": false })).await.expect(200);
        assert_eq!(kept.at("/scopes"), json!(["scim:read", "scim:write"]));
        let rotated = admin.post(&format!("{path}/secret"), json!({ "overlap_seconds": 60 })).await.expect(200);
        assert_ne!(rotated.at("/client_secret"), made.at("/client_secret"));
        assert_eq!(rotated.events, ["client.secret_rotated"]);
        admin.delete(&path).await.expect(204);
        admin.get(&path).await.expect(404);
    }

    async fn what_does_not_fit_a_client_is_named(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        for (body, field) in [
            (json!({ "name": "" }), "name"),
            (json!({ "name": "x", "profile": "azure" }), "profile"),
            (json!({ "name": "x", "scopes": ["scim:rite"] }), "scopes"),
            (json!({ "name": "x", "scopes": ["scim:read scim:write"] }), "scopes"),
            (json!({ "name": "x", "invite": "always" }), "invite"),
            (json!({ "name": "x", "policy": { "resources": ["Device"] } }), "policy.resources[0]"),
            (json!({ "name": "x", "policy": { "user_filter": "nope eq 1" } }), "policy filter"),
            (json!({ "name": "x", "policy": { "readable": ["nope"] } }), "policy"),
        ] {
            let answer = admin.post("/api/v1/clients", body).await.expect(400);
            assert_eq!((answer.at("/code"), answer.at("/field")), (json!("invalid"), json!(field)), "{answer}");
        }
        let taken = admin.post("/api/v1/clients", json!({ "name": "Admin" })).await.expect(409);
        assert_eq!(taken.at("/code"), "taken");
    }
}
