//! Who people are at the realm's OpenID provider.

use serde_json::json;
use testkit::{both, exchange};

both! {
    async fn identities_are_shown_and_taken_back(app: TestApp) {
        let provider = app.provider("default").await;
        let admin = app.client("admin", &["admin"]).await;
        let ann = app.user("ann").await;
        let path = format!("/api/v1/users/{ann}/identities");
        assert_eq!(admin.get(&path).await.expect(200).json(), json!({ "identities": [] }));
        app.bearer(&provider.token_of("s1", "ann@example.org")).get("/scim/v2/Me").await.expect(200);
        exchange!(admin.get(&path), @r#"
        200 OK
        {
          "identities": [
            {
              "issuer": "https://id.example/default",
              "subject": "s1",
              "verified_email": "ann@example.org",
              "linked_at": "2030-01-01T08:00:00.000Z"
            }
          ]
        }
        events: none   deliveries: none
        "#);
        assert!(admin.delete(&format!("{path}?issuer=https://other.example")).await.expect(204).events.is_empty());
        exchange!(admin.delete(&path), @r#"
        204 No Content
        events: user.unlinked   deliveries: none
        "#);
        assert_eq!(admin.get(&path).await.expect(200).json(), json!({ "identities": [] }));
        admin.delete(&format!("{path}?isuer=x")).await.expect(400);
        for path in [path.replace(&ann.to_string(), "0190163d-8694-7d0a-8a5a-0123456789ab"), path.replace(&ann.to_string(), "ann")] {
            admin.get(&path).await.expect(404);
            admin.delete(&path).await.expect(404);
        }
        let other = app.client("hr", &["scim:write"]).await;
        other.get(&path).await.expect(403);
        other.delete(&path).await.expect(403);
    }

    async fn a_tenant_does_not_choose_its_provider(app: TestApp) {
        app.provider("acme").await;
        let admin = app.client_with("admin", &["admin"], |program| program.realm("acme")).await;
        let refused = admin.patch("/api/v1/realms/acme", json!({ "settings": { "oidc": { "issuer": "https://10.0.0.1" } } })).await.expect(403);
        assert_eq!(refused.at("/code"), json!("forbidden"));
        assert!(refused.events.is_empty());
        admin.patch("/api/v1/realms/acme", json!({ "settings": { "oidc": { "jit": "on" } } })).await.expect(200);
    }
}
