//! What the administration of the realm does.

use serde_json::{Value, json};
use testkit::{TestApp, both, exchange};

const SETTINGS: &str = "/realms/default/agm/admin/configuration";

async fn days_and_hours(app: &TestApp) -> (u32, u32) {
    let realm = app.directory().realm("default").await.expect("it is there");
    (realm.settings.agm.notice_days(), realm.settings.agm.invitation_hours())
}

both! {
    async fn settings_are_set_by_whoever_administers_the_realm(app: TestApp) {
        let provider = app.provider("default").await;
        app.user("ann").await;
        let with = |role: &str| {
            let claims = json!({
                "email": "ann@example.org", "email_verified": true,
                "resource_access": { "realm-management": { "roles": [role] } },
            });
            app.bearer(&provider.token("s1", &claims))
        };
        let root = with("manage-realm");
        exchange!(root.put(SETTINGS, json!({ "expiration-notification-period": "30", "invitation-expiration-period": "48", "other": "x" })), @r#"
        204 No Content
        events: user.linked, realm.changed   deliveries: none
        "#);
        assert_eq!(days_and_hours(&app).await, (30, 48));
        exchange!(root.put(SETTINGS, json!({ "expiration-notification-period": "30" })), @r#"
        204 No Content
        events: none   deliveries: none
        "#);
        for role in ["view-realm", "manage-users", "view-users"] {
            let refused = with(role).put(SETTINGS, json!({ "expiration-notification-period": "7" })).await.expect(403);
            assert_eq!((refused.at("/code"), refused.at("/error_description")), (json!("forbidden"), Value::Null));
        }
        app.client("groups", &["agm:admin"]).await.put(SETTINGS, json!({ "invitation-expiration-period": "24" })).await.expect(204);
        assert_eq!(days_and_hours(&app).await, (30, 24));
    }

    async fn what_does_not_fit_is_refused_and_changes_nothing(app: TestApp) {
        let admin = app.client("groups", &["agm:admin"]).await;
        for wrong in ["soon", "", "-1", "0", "3651", "1.5", "99999999999"] {
            let refused = admin.put(SETTINGS, json!({ "expiration-notification-period": wrong })).await.expect(400);
            assert_eq!(refused.at("/code"), json!("invalid"), "{wrong}");
            assert!(refused.events.is_empty(), "{wrong}");
        }
        for wrong in [json!({ "expiration-notification-period": 30 }), json!({ "a": null }), json!({ "a": [] })] {
            assert_eq!(admin.put(SETTINGS, wrong).await.expect(400).at("/error"), json!("unknown_error"));
        }
        assert_eq!(admin.put(SETTINGS, json!([])).await.expect(400).at("/code"), json!("malformed"));
        assert_eq!(days_and_hours(&app).await, (21, 72));
    }

    async fn a_body_of_another_kind_is_refused(app: TestApp) {
        let admin = app.client("groups", &["agm:admin"]).await;
        exchange!(admin.put(SETTINGS, json!({ "a": "b" })).header("content-type", "text/plain"), @r#"
        415 Unsupported Media Type
        {"error":"bodies are sent as application/json","code":"media_type"}
        events: none   deliveries: none
        "#);
        admin.put(SETTINGS, json!({ "a": "b" })).header("content-type", "application/json; charset=UTF-8").await.expect(204);
    }
}
