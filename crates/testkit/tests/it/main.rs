//! The kit itself: what a test sees is what happened.

use serde_json::json;
use testkit::{Program, exchange};

testkit::both! {
    async fn an_answer_shows_what_it_caused(app: TestApp) {
        let hr = app.client("hr", &["scim:read", "scim:write"]).await;
        let made = hr.post("/scim/v2/Users", json!({ "userName": "ann" })).await.expect(201);
        assert_eq!((made.events.clone(), made.deliveries.len()), (vec!["user.created".to_owned()], 0));
        exchange!(hr.post("/scim/v2/Users", json!({ "userName": "Ann" })), @r#"
        409 Conflict
        {
          "schemas": [
            "urn:ietf:params:scim:api:messages:2.0:Error"
          ],
          "status": "409",
          "scimType": "uniqueness",
          "detail": "userName is taken"
        }
        events: none   deliveries: none
        "#);
        let shown = hr.get(&format!("/scim/v2/Users/{}", made.id())).await.expect(200).to_string();
        assert!(shown.contains("\"id\": \"{id 1}\"") && shown.contains("2030-01-01T08:00:00"), "{shown}");
    }

    async fn an_invited_person_gets_a_mail(app: TestApp) {
        let hr = app.client_with("hr", &["scim:write"], Program::invites).await;
        let body = json!({ "userName": "ann", "emails": [{ "value": "ann@example.org" }] });
        let made = hr.post("/scim/v2/Users", body).await.expect(201);
        assert_eq!(made.deliveries.len(), 1, "{made}");
        let mails = app.deliver_mail().await;
        assert_eq!((mails.len(), mails[0].to.as_str()), (1, "ann@example.org"));
        assert!(mails[0].link().starts_with("https://usher.example/realms/default/invitation/"));
        assert_eq!(app.deliveries().await[0].state, "confirmed");
        app.pass(22 * 24 * 3600).await;
        assert!(app.event_kinds().await.contains(&"invitation.expired".to_owned()));
    }

    async fn realms_and_people_are_apart(app: TestApp) {
        let ann = app.user("ann").await;
        let me = app.acting_as(ann, &["scim:me"]).await;
        me.get("/scim/v2/Me").await.expect(200);
        let other = app.client_with("hr", &["scim:read"], |program| program.realm("other")).await;
        other.get("/realms/other/scim/v2/Users").await.expect(200);
        other.get("/scim/v2/Users").await.expect(401);
    }

    async fn another_node_sees_the_same_store(app: TestApp) {
        let ann = app.user("ann").await;
        let node = app.another().await;
        let hr = app.client("hr", &["scim:read"]).await;
        let there = node.bearer(hr.token());
        there.get(&format!("/scim/v2/Users/{ann}")).await.expect(200);
    }
}
