//! What follows from memberships is worked out anew.

use serde_json::{Value, json};
use testkit::{both, exchange};

const ENDS: &str = "/realms/default/agm/admin/effective-expiration-date/calculation";
const ENTITLEMENTS: &str = "/realms/default/agm/admin/memberUserAttribute/calculation";

both! {
    async fn effective_ends_are_worked_out_anew_once_at_a_time(app: TestApp) {
        let admin = app.client("groups", &["agm:admin"]).await;
        exchange!(admin.post(ENDS, json!({})), @r#"
        204 No Content
        events: recalculation.started   deliveries: none
        "#);
        exchange!(admin.post(ENDS, json!({})), @r#"
        409 Conflict
        {
          "error": "this is being done already; wait for its end: `usher job list` shows it",
          "error_description": "this is being done already; wait for its end: `usher job list` shows it",
          "code": "job_running"
        }
        events: none   deliveries: none
        "#);
        app.run_jobs().await;
        assert_eq!(app.event_kinds().await.last().map(String::as_str), Some("recalculation.finished"));
        admin.post(ENDS, json!({})).await.expect(204);
    }

    async fn entitlements_are_asked_for_apart_from_them(app: TestApp) {
        let admin = app.client("groups", &["agm:admin"]).await;
        admin.post(ENDS, json!({})).await.expect(204);
        exchange!(admin.post(ENTITLEMENTS, json!({})), @r#"
        204 No Content
        events: recalculation.started   deliveries: none
        "#);
        assert_eq!(admin.post(ENTITLEMENTS, json!({})).await.expect(409).at("/code"), json!("job_running"));
    }

    async fn nobody_else_begins_it(app: TestApp) {
        let provider = app.provider("default").await;
        app.user("ann").await;
        let with = |roles: &[&str]| {
            let claims = json!({
                "email": "ann@example.org", "email_verified": true,
                "resource_access": { "realm-management": { "roles": roles } },
            });
            app.bearer(&provider.token("s1", &claims))
        };
        let hr = app.client("hr", &["scim:write"]).await;
        for path in [ENDS, ENTITLEMENTS] {
            for roles in [&[][..], &["view-realm"], &["manage-users", "view-users"]] {
                let refused = with(roles).post(path, json!({})).await.expect(403);
                assert_eq!((refused.at("/code"), refused.at("/error_description")), (json!("forbidden"), Value::Null), "{roles:?}");
            }
            hr.post(path, json!({})).await.expect(403);
            app.bearer("none").post(path, json!({})).await.expect(401);
            with(&["manage-realm"]).post(path, json!({})).await.expect(204);
        }
    }
}
