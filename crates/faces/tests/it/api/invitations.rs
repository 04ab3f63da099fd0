//! Invitations.

use serde_json::json;

testkit::both! {
    async fn a_new_person_is_invited_and_the_invitation_sent_again_and_taken_back(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let new = json!({ "new_user": { "userName": "ann", "emails": [{ "value": "ann@example.org" }] }, "language": "de", "days": 3 });
        let made = admin.post("/api/v1/invitations", new).await.expect(201);
        assert_eq!(made.at("/state"), "pending");
        assert_eq!((made.at("/language"), made.at("/expires_at")), (json!("de"), json!("2030-01-04T08:00:00.000Z")));
        let path = made.header("location").to_owned();
        let mail = app.deliver_mail().await.remove(0);
        assert_eq!(mail.to, "ann@example.org");
        assert!(!admin.get(&path).await.expect(200).text.contains(mail.invitation_path().rsplit('/').next().unwrap()));
        admin.post(&format!("{path}/resend"), json!({})).await.expect(200);
        let newer = app.deliver_mail().await.remove(0);
        assert_ne!(newer.invitation_path(), mail.invitation_path());
        let shown = admin.get(&path).await.expect(200);
        assert_eq!((shown.at("/mail"), shown.at("/send_count")), (json!("sent"), json!(2)));
        let listed = admin.get("/api/v1/invitations?state=pending&address=ANN%40example.org").await.expect(200);
        assert_eq!(listed.at("/items/0/id"), made.id());
        assert_eq!(admin.post(&format!("{path}/revoke"), json!({})).await.expect(200).at("/state"), "revoked");
        admin.post(&format!("{path}/resend"), json!({})).await.expect(409);
        let user = made.at("/user").as_str().unwrap().to_owned();
        let again = admin.post("/api/v1/invitations", json!({ "user": user })).await.expect(201);
        assert_ne!(again.id(), made.id());
    }

    async fn who_needs_no_invitation_gets_none(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let ann = app.user("ann").await;
        let active = admin.post("/api/v1/invitations", json!({ "user": ann.to_string() })).await.expect(409);
        assert_eq!(active.at("/code"), "conflict");
        for (body, field) in [
            (json!({}), "user"),
            (json!({ "user": "ann" }), "user"),
            (json!({ "user": ann.to_string(), "new_user": {} }), "user"),
            (json!({ "user": ann.to_string(), "address": "nobody" }), "address"),
            (json!({ "user": ann.to_string(), "language": "fr" }), "language"),
            (json!({ "user": ann.to_string(), "days": 0 }), "days"),
        ] {
            let answer = admin.post("/api/v1/invitations", body).await.expect(400);
            assert_eq!((answer.at("/code"), answer.at("/field")), (json!("invalid"), json!(field)), "{answer}");
        }
        app.client("reader", &["scim:read"]).await.get("/api/v1/invitations").await.expect(403);
    }
}
