//! Groups and their members.

use serde_json::json;

testkit::both! {
    async fn a_group_is_added_shown_changed_and_deleted(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let ann = app.user("ann").await;
        let made = admin.post("/api/v1/groups", json!({ "displayName": "Ops", "members": [{ "value": ann.to_string() }] })).await.expect(201);
        assert_eq!(made.events, ["group.created", "member.added"]);
        assert_eq!(made.at("/members/0/value"), ann.to_string());
        let path = made.header("location").to_owned();
        let changed = admin.patch(&path, json!({ "displayName": "Operations" })).await.expect(200);
        assert_eq!(changed.at("/displayName"), "Operations");
        let unknown = admin.patch(&path, json!({ "displayname2": "x" })).await.expect(400);
        assert_eq!(unknown.at("/code"), "unknown_member");
        let page = admin.get("/api/v1/groups?filter=displayName%20eq%20%22operations%22").await.expect(200);
        assert_eq!(page.at("/items/0/id"), made.id());
        admin.delete(&path).await.expect(204);
        admin.get(&path).await.expect(404);
    }

    async fn members_come_and_go(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let (ann, ben) = (app.user("ann").await, app.user("ben").await);
        let group = admin.post("/api/v1/groups", json!({ "displayName": "Ops" })).await.expect(201).id();
        let members = format!("/api/v1/groups/{group}/members");
        assert_eq!(admin.put(&format!("{members}/{ann}"), json!({})).await.expect(204).events, ["member.added"]);
        assert!(admin.put(&format!("{members}/{ann}"), json!({})).await.expect(204).events.is_empty());
        let nobody = "0190f9c4-0000-7000-8000-000000000000";
        let added = admin.post(&members, json!({ "members": [ben.to_string(), nobody] })).await.expect(200);
        assert_eq!(added.json(), json!({ "changed": true, "left_out": [nobody] }));
        let unknown = admin.put(&format!("{members}/{nobody}"), json!({})).await.expect(404);
        assert_eq!(unknown.at("/code"), "not_found");
        let page = admin.get(&format!("{members}?attributes=userName")).await.expect(200);
        assert_eq!((page.at("/items/0/userName"), page.at("/items/1/userName")), (json!("ann"), json!("ben")));
        let one = admin.get(&format!("{members}?filter=userName%20eq%20%22ben%22%20or%20userName%20eq%20%22zoe%22")).await.expect(200);
        assert_eq!((one.at("/items/0/userName"), one.at("/items/1")), (json!("ben"), json!(null)));
        assert_eq!(admin.delete(&format!("{members}/{ann}")).await.expect(204).events, ["member.removed"]);
        assert!(admin.delete(&format!("{members}/{ann}")).await.expect(204).events.is_empty());
        admin.get("/api/v1/groups/0190f9c4-0000-7000-8000-000000000000/members").await.expect(404);
    }
}
