//! Caught mail.

use serde_json::json;

testkit::both! {
    async fn caught_mail_is_shown_safely(app: TestApp) {
        let app = app.with_settings(|settings| settings.keep_mail = true).await.with_faces(|faces| faces.caught_mail = true).await;
        let empty = app.anonymous().get("/mail").await.expect(200);
        assert!(empty.text.contains("No mail yet"));
        let admin = app.client("admin", &["admin"]).await;
        let new = json!({ "new_user": { "userName": "ann", "emails": [{ "value": "ann@example.org" }] } });
        admin.post("/api/v1/invitations", new).await.expect(201);
        let link = app.deliver_mail().await.remove(0).invitation_path();
        let list = app.anonymous().get("/mail").await.expect(200);
        assert!(list.text.contains("ann@example.org") && list.text.contains("Your invitation to default"), "{}", list.text);
        assert_eq!(list.header("cache-control"), "no-store");
        let id = list.text.replace("&#x2f;", "/").split("href=\"/mail/").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let mail = app.anonymous().get(&format!("/mail/{id}")).await.expect(200);
        let text = mail.text.replace("&#x2f;", "/");
        assert!(text.contains(&format!("href=\"{link}\"")), "{text}");
        assert!(text.contains("<iframe class=\"letter\" sandbox"));
        assert!(mail.header("content-security-policy").contains("frame-src 'self'"));
        let body = app.anonymous().get(&format!("/mail/{id}/body")).await.expect(200);
        let policy = body.header("content-security-policy");
        assert!(policy.starts_with("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none';"), "{policy}");
        assert!(body.text.contains("<html") && body.text.contains("<base target=\"_blank\">"), "links open beside the frame: {}", body.text);
        app.anonymous().get("/mail/nothing").await.expect(404);
        assert!(app.anonymous().get("/").await.expect(200).text.replace("&#x2f;", "/").contains("href=\"/mail\""));
    }

    async fn without_a_trial_set_up_no_mail_is_shown(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let id = admin.post("/api/v1/mails", json!({ "address": "ann@example.org" })).await.expect(201).id();
        for path in ["/mail".to_owned(), format!("/mail/{id}"), format!("/mail/{id}/body"), format!("/realms/default/mail/{id}")] {
            let page = app.anonymous().get(&path).await.expect(404);
            assert!(!page.text.contains("ann@example.org"));
        }
    }
}
