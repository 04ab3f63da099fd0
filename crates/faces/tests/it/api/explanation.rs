//! Why somebody is in a group.

use serde_json::json;
use testkit::{both, exchange};

both! {
    async fn an_explanation_is_told_in_the_language_asked_for(app: TestApp) {
        let ann = app.user("ann").await;
        let admin = app.client("admin", &["admin", "agm:manage"]).await;
        let group = json!({ "displayName": "ops", "members": [{ "value": ann.to_string() }] });
        let group = admin.post("/api/v1/groups", group).await.expect(201).at("/id");
        let path = format!("/api/v1/groups/{}/members/{ann}/explanation", group.as_str().expect("an id"));
        app.place_events().await;
        exchange!(admin.get(&path), @r#"
        200 OK
        {
          "sentences": [
            "ann has been a member of /ops since 1 January 2030.",
            "The program admin gave it.",
            "It has no end."
          ],
          "language": "en",
          "status": "enabled",
          "user": "ann",
          "group": "/ops",
          "membership": "{id 1}",
          "roles": [],
          "way": null,
          "valid_from": null,
          "expires_at": null,
          "effective_at": null,
          "imposed_by": null,
          "blocks": [],
          "asks_since": null,
          "administers": [],
          "entitlements": [],
          "removing": {
            "memberships": [],
            "entitlements": 0
          },
          "history": [
            {
              "at": "2030-01-01T08:00:00.000Z",
              "kind": "member.added",
              "by": "admin",
              "cause": "given"
            }
          ]
        }
        events: none   deliveries: none
        "#);
        let german = admin.get(&format!("{path}?language=de")).await.expect(200);
        assert_eq!(german.at("/sentences/0"), json!("ann ist seit 1. Januar 2030 Mitglied von /ops."));
    }

    async fn what_is_not_there_or_not_theirs_is_refused(app: TestApp) {
        let ann = app.user("ann").await;
        let admin = app.client("admin", &["admin", "agm:manage"]).await;
        let group = admin.post("/api/v1/groups", json!({ "displayName": "ops" })).await.expect(201).at("/id");
        let path = |user: &str| format!("/api/v1/groups/{}/members/{user}/explanation", group.as_str().expect("an id"));
        let nobody = "00000000-0000-7000-8000-000000000007";
        for user in [nobody, "x"] {
            admin.get(&path(user)).await.expect(404);
        }
        admin.get(&format!("/api/v1/groups/{nobody}/members/{ann}/explanation")).await.expect(404);
        admin.get(&format!("{}?tongue=de", path(&ann.to_string()))).await.expect(400);
        let plain = app.client("plain", &["scim:read"]).await;
        plain.get(&path(&ann.to_string())).await.expect(403);
    }
}
