//! What the administration of the realm does to people, and what it does not do to the realm.

use serde_json::{Value, json};
use testkit::{TestApp, TestClient, TestProvider, both, exchange};

fn with(app: &TestApp, provider: &TestProvider, role: &str) -> TestClient {
    let claims = json!({
        "email": "root@example.org", "email_verified": true,
        "resource_access": { "realm-management": { "roles": [role] } },
    });
    app.bearer(&provider.token("root", &claims))
}

both! {
    async fn whoever_has_the_right_for_people_removes_one_with_all_that_is_theirs(app: TestApp) {
        let provider = app.provider("default").await;
        let (root, ann) = (app.user("root").await, app.user("ann").await);
        let scim = app.client("scim", &["scim:read", "scim:write"]).await;
        let group = json!({ "displayName": "night", "members": [{ "value": ann.to_string() }] });
        scim.post("/scim/v2/Groups", group).await.expect(201);
        let path = format!("/realms/default/agm/admin/user/{ann}");
        for role in ["manage-realm-not", "view-users"] {
            let refused = with(&app, &provider, role).delete(&path).await.expect(403);
            assert_eq!((refused.at("/code"), refused.at("/error_description")), (json!("forbidden"), Value::Null));
        }
        let admin = with(&app, &provider, "manage-users");
        exchange!(admin.delete(&path), @r#"
        204 No Content
        events: user.deprovisioned, member.removed   deliveries: none
        "#);
        exchange!(admin.delete(&path), @r#"
        404 Not Found
        {"error":"user not found","code":"not_found"}
        events: none   deliveries: none
        "#);
        for unknown in ["0190163d-8694-7d0a-8a5a-0123456789ab", "ann"] {
            let missing = admin.delete(&format!("/realms/default/agm/admin/user/{unknown}")).await.expect(404);
            assert_eq!(missing.at("/code"), json!("not_found"), "{unknown}");
        }
        let oneself = admin.delete(&format!("/realms/default/agm/admin/user/{root}")).await.expect(403);
        assert_eq!(oneself.at("/code"), json!("not_yourself"));
        scim.get(&format!("/scim/v2/Users/{ann}")).await.expect(404);
    }

    async fn nobody_removes_a_realm(app: TestApp) {
        let provider = app.provider("default").await;
        app.user("root").await;
        let root = with(&app, &provider, "manage-realm");
        let answer = root.delete("/realms/default/agm/admin").await.expect(405);
        assert_eq!(answer.headers.get("allow").map(http::HeaderValue::as_bytes), Some(b"".as_slice()));
        assert_eq!(answer.events, ["user.linked"]);
        assert_eq!(answer.text, r#"{"error":"a realm is not removed here","code":"not_offered"}"#);
        with(&app, &provider, "view-realm").delete("/realms/default/agm/admin").await.expect(403);
        app.anonymous().delete("/realms/default/agm/admin").await.expect(401);
    }

    async fn whoever_is_nobody_and_whoever_asks_too_often_is_held_off(app: TestApp) {
        let app = app.with_faces(|faces| { faces.refused_burst = 3; faces.refused_per_second = 1; faces.person_per_minute = 5; }).await;
        let provider = app.provider("default").await;
        app.user("ann").await;
        let ann = app.bearer(&provider.token_of("s1", "ann@example.org"));
        for _ in 0..5 {
            ann.get("/scim/v2/Me").await.expect(200);
        }
        let told = ann.get("/scim/v2/Me").await.expect(429);
        assert!(told.header("retry-after").parse::<u64>().is_ok_and(|wait| wait > 0));
        let nobody = app.bearer(&provider.token_of("s2", "nobody@example.org"));
        for _ in 0..3 {
            nobody.get("/scim/v2/Me").await.expect(403);
        }
        nobody.get("/scim/v2/Me").await.expect(429);
    }
}
