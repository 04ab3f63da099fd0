//! How people want to be told.

use serde_json::json;

testkit::both! {
    async fn people_say_how_they_are_told(app: TestApp) {
        let ann = app.user("ann").await;
        let ann = app.acting_as(ann, &["agm:self"]).await;
        let none = ann.get("/api/v1/me/notices").await.expect(200);
        assert_eq!(none.at("/choices"), json!({}));
        let listed = |pointer: &str, name: &str| none.at(pointer).as_array().is_some_and(|list| list.contains(&json!(name)));
        assert!(listed("/mails", "suspend_member") && !listed("/mails", "invitation"));
        assert!(listed("/digest", "administration") && !listed("/digest", "suspend_member"));
        let chosen = json!({ "administration": "digest", "suspend_member": "off" });
        let set = ann.put("/api/v1/me/notices", json!({ "choices": chosen })).await.expect(200);
        assert_eq!((set.events.as_slice(), set.at("/choices")), (["notice_choices.changed".to_owned()].as_slice(), chosen));
        for wrong in [
            json!({ "choices": { "suspend_member": "digest" } }),
            json!({ "choices": { "invitation": "off" } }),
            json!({ "choices": { "suspend_member": "never" } }),
            json!({ "choices": { "suspend_member": null } }),
            json!({ "other": {} }),
            json!({}),
        ] {
            assert!(ann.put("/api/v1/me/notices", wrong.clone()).await.expect(400).events.is_empty(), "{wrong}");
        }
        assert_eq!(ann.put("/api/v1/me/notices", json!({ "choices": {} })).await.expect(200).at("/choices"), json!({}));
        app.client("program", &["agm:self", "admin"]).await.get("/api/v1/me/notices").await.expect(403);
    }
}
