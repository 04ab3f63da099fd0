//! Mails: which kinds there are, and how they look.

use serde_json::json;

testkit::both! {
    async fn every_kind_of_mail_is_listed_and_shown_as_the_realm_sends_it(app: TestApp) {
        app.set_realm("default", |settings| {
            settings.title = Some("Acme".into());
            settings.agm.notices_off = vec!["admin_digest".into()];
        })
        .await;
        let admin = app.client("admin", &["admin"]).await;
        let all = admin.get("/api/v1/mails/templates").await.expect(200).at("/items");
        let all = all.as_array().expect("a list");
        assert!(all.len() > 40, "{}", all.len());
        let of = |name: &str| all.iter().find(|one| one["name"] == name).expect("a kind").clone();
        assert_eq!(of("admin_digest"), json!({ "name": "admin_digest", "optional": true, "on": false }));
        assert_eq!(of("invitation"), json!({ "name": "invitation", "optional": false, "on": true }));
        for one in all {
            let name = one["name"].as_str().expect("a name");
            for language in ["en", "de"] {
                let shown = admin.get(&format!("/api/v1/mails/templates/{name}?language={language}")).await.expect(200);
                assert_eq!((shown.at("/language"), shown.at("/name")), (json!(language), json!(name)));
                let text = shown.at("/forms/0/text");
                assert!(text.as_str().is_some_and(|text| text.contains("Acme") && text.contains("Ada Lovelace")), "{shown}");
            }
        }
        let decided = admin.get("/api/v1/mails/templates/accept_reject_enrollment").await.expect(200);
        assert_eq!(decided.at("/forms").as_array().map(Vec::len), Some(2));
        admin.get("/api/v1/mails/templates/nothing").await.expect(404);
        admin.get("/api/v1/mails/templates/test?language=fr").await.expect(400);
        app.client("reader", &["scim:read"]).await.get("/api/v1/mails/templates").await.expect(403);
    }
}
