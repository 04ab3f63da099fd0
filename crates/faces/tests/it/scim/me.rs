//! `/Me`.

use serde_json::json;

use super::{hr, patch};

testkit::both! {
    async fn a_person_reads_and_changes_themselves(app: TestApp) {
        let ann = app.user("ann").await;
        let me = app.acting_as(ann, &["scim:me"]).await;
        let read = me.get("/scim/v2/Me").await.expect(200);
        let url = format!("https://usher.example/scim/v2/Users/{ann}");
        assert_eq!((read.id(), read.header("content-location"), read.header("location")), (ann.to_string(), url.as_str(), url.as_str()));
        assert_eq!(read.at("/meta/location"), url);
        let tag = read.header("etag").to_owned();
        let rename = patch(json!([{ "op": "replace", "path": "displayName", "value": "Ann" }]));
        let written = me.patch("/scim/v2/Me", rename.clone()).header("if-match", &tag).await.expect(200);
        assert_eq!((written.at("/displayName"), written.at("/userName")), (json!("Ann"), json!("ann")));
        me.patch("/scim/v2/Me", rename).header("if-match", &tag).await.expect(412);
        let mut whole = written.json();
        whole["nickName"] = "A".into();
        assert_eq!(me.put("/scim/v2/Me", whole).await.expect(200).at("/nickName"), "A");
        me.get("/scim/v2/Me").header("if-none-match", "*").await.expect(304);
        me.get("/scim/v2/Me").header("if-none-match", written.header("etag")).await.expect(200);
    }

    async fn nobody_raises_their_own_rights(app: TestApp) {
        let ann = app.user("ann").await;
        let ben = app.user("ben").await;
        let me = app.acting_as(ann, &["scim:me"]).await;
        for (path, value) in [("userName", json!("root")), ("active", json!(false)), ("roles", json!([{ "value": "admin" }])),             ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", json!("Board"))]
        {
            let answer = me.patch("/scim/v2/Me", patch(json!([{ "op": "replace", "path": path, "value": value }]))).await;
            assert_eq!(answer.status, 403, "{path}: {answer}");
            assert!(answer.events.is_empty());
        }
        me.delete("/scim/v2/Me").await.expect(403);
        me.post("/scim/v2/Me", json!({ "userName": "other" })).await.expect(409);
        me.get("/scim/v2/Users").await.expect(403);
        let others = me.get(&format!("/scim/v2/Users/{ben}")).await;
        assert!(matches!(others.status, 403 | 404), "{others}");
        let write = me.patch(&format!("/scim/v2/Users/{ben}"), patch(json!([{ "op": "replace", "path": "displayName", "value": "x" }]))).await;
        assert!(matches!(write.status, 403 | 404), "{write}");
    }

    async fn a_program_is_no_person(app: TestApp) {
        let hr = hr(&app).await;
        for answer in [hr.get("/scim/v2/Me").await, hr.put("/scim/v2/Me", json!({ "userName": "x" })).await, hr.delete("/scim/v2/Me").await, hr.post("/scim/v2/Me", json!({})).await] {
            assert_eq!(answer.status, 404, "{answer}");
        }
        app.anonymous().get("/scim/v2/Me").await.expect(401);
    }

    async fn a_token_without_the_scope_is_refused(app: TestApp) {
        let ann = app.user("ann").await;
        let me = app.acting_as(ann, &["events:read"]).await;
        me.get("/scim/v2/Me").await.expect(403);
        me.patch("/scim/v2/Me", patch(json!([{ "op": "replace", "path": "displayName", "value": "x" }]))).await.expect(403);
    }
}
