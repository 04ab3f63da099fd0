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

    async fn what_is_rarely_set_is_set_member_by_member(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let body = json!({ "name": "hr", "profile": "wire", "settings": { "unknown_attributes": "ignore", "user_name_transform": "replace_invalid", "post_conflict": "409", "suspend_before_delete_days": 7 } });
        let made = admin.post("/api/v1/clients", body.clone()).await.expect(201);
        let path = made.header("location").to_owned();
        assert_eq!(made.at("/settings"), body["settings"]);
        let changed = admin.patch(&path, json!({ "settings": { "unknown_attributes": null, "post_conflict": "adopt_same_external_id" } })).await.expect(200);
        let after = json!({ "user_name_transform": "replace_invalid", "post_conflict": "adopt_same_external_id", "suspend_before_delete_days": 7 });
        assert_eq!(changed.at("/settings"), after);
        assert_eq!(changed.events, ["client.changed"]);
        let event = app.events().await.pop().expect("an event");
        assert_eq!((&event.body["before"]["settings"], &event.body["after"]["settings"]), (&body["settings"], &after));
        assert_eq!(admin.get(&path).await.expect(200).at("/settings"), after);
        let found = admin.get("/api/v1/clients?filter=settings.suspend_before_delete_days%20eq%207").await.expect(200);
        assert_eq!(found.at("/items/0/name"), "hr", "{found}");
        // The profile that a setting is for stays with it.
        let profile = admin.patch(&path, json!({ "profile": "okta" })).await.expect(400);
        assert_eq!(profile.at("/field"), "user_name_transform", "{profile}");
        let bare = admin.patch(&path, json!({ "profile": "okta", "settings": { "user_name_transform": null, "post_conflict": null, "suspend_before_delete_days": null } })).await.expect(200);
        assert_eq!(bare.at("/settings"), json!(null));
        for (settings, field) in [
            (json!({ "unknown_attributes": "store" }), "unknown_attributes"),
            (json!({ "unknown_attributes": true }), "unknown_attributes"),
            (json!({ "suspend_before_delete_days": -1 }), "suspend_before_delete_days"),
            (json!({ "suspend_before_delete_days": "7" }), "suspend_before_delete_days"),
            (json!({ "colour": "red" }), "colour"),
        ] {
            let answer = admin.patch(&path, json!({ "settings": settings })).await.expect(400);
            assert_eq!((answer.at("/code"), answer.at("/field")), (json!("invalid"), json!(field)), "{answer}");
        }
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
