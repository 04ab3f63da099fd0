//! Where people are signed in, as the realm's administration sees it.

use serde_json::json;
use testkit::{both, exchange};

use crate::pages::browser::{Browser, provider};

both! {
    async fn sessions_are_shown_and_ended(app: TestApp) {
        let provider = provider(&app).await;
        let admin = app.client("admin", &["admin"]).await;
        let ann = app.user("ann").await;
        let path = format!("/api/v1/users/{ann}/sessions");
        assert_eq!(admin.get(&path).await.expect(200).json(), json!({ "sessions": [] }));
        let (first, second) = (Browser::new(&app), Browser::new(&app));
        for browser in [&first, &second] {
            browser.signs_in(&provider, "s1", "ann@example.org").await.expect(303);
        }
        let listed = admin.get(&path).await.expect(200).json();
        let sessions = listed["sessions"].as_array().unwrap();
        assert_eq!(sessions.len(), 2);
        assert_eq!((&sessions[0]["issuer"], &sessions[0]["subject"]), (&json!("https://id.example/default"), &json!("s1")));
        assert_eq!(sessions[0]["expires_at"], json!("2030-01-01T20:00:00.000Z"));

        // The last one is listed first.
        let last = sessions[0]["id"].as_str().unwrap();
        exchange!(admin.delete(&format!("{path}?session={last}")), @r#"
        204 No Content
        events: session.ended   deliveries: none
        "#);
        app.clock().advance(60);
        second.get("/sessions").await.expect(303);
        first.get("/sessions").await.expect(200);
        admin.delete(&format!("{path}?session={last}")).await.expect(404);
        assert_eq!(admin.delete(&path).await.expect(204).events, ["session.ended"]);
        assert!(admin.delete(&path).await.expect(204).events.is_empty());
        first.get("/sessions").await.expect(303);

        admin.delete(&format!("{path}?sesion={last}")).await.expect(400);
        for path in [path.replace(&ann.to_string(), "0190163d-8694-7d0a-8a5a-0123456789ab"), path.replace(&ann.to_string(), "ann")] {
            admin.get(&path).await.expect(404);
            admin.delete(&path).await.expect(404);
        }
        let other = app.client("hr", &["scim:write"]).await;
        other.get(&path).await.expect(403);
        other.delete(&path).await.expect(403);
    }
}
