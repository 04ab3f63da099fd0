//! A12: groups, as Usher serves them to Wire's clients.

use serde_json::{Value, json};
use testkit::TestClient;

use super::{GROUPS, UNKNOWN, apply, escaped, id_in, made, refused, tells, wire};

async fn group(client: &TestClient, name: &str, members: &[&str]) -> String {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    format!(
        "{GROUPS}/{}",
        client
            .post(GROUPS, json!({ "displayName": name, "members": members }))
            .await
            .expect(201)
            .id()
    )
}

async fn hits(client: &TestClient, filter: &str) -> Value {
    client
        .get(&format!("{GROUPS}?filter={}", escaped(filter)))
        .await
        .expect(200)
        .at("/totalResults")
}

testkit::both! {
    async fn a_12_listing_takes_every_filter(app: TestApp) {
        let wire = wire(&app).await;
        let ann = made(&wire, "ann").await;
        wire.post(GROUPS, json!({ "displayName": "ops", "externalId": "g1", "members": [{ "value": id_in(&ann) }] })).await.expect(201);
        group(&wire, "dev ops", &[]).await;
        for (filter, count) in [("displayName co \"ops\"".to_owned(), 2), ("displayName eq \"OPS\"".into(), 1), ("externalId eq \"g1\"".into(), 1), (format!("members.value eq \"{}\"", id_in(&ann)), 1), ("displayName eq \"none\"".into(), 0)] {
            assert_eq!(hits(&wire, &filter).await, count, "{filter}");
        }
        refused(&wire.get(&format!("{GROUPS}?filter={}", escaped("nothing eq \"x\""))).await, 400, "invalidFilter");
        let page = wire.get(&format!("{GROUPS}?startIndex=0&count=1&sortBy=displayName")).await.expect(200);
        assert_eq!((page.at("/startIndex"), page.at("/totalResults"), page.at("/Resources/0/displayName")), (json!(1), json!(2), json!("dev ops")));
    }

    async fn a_12_post_needs_no_members_and_of_a_member_only_its_value(app: TestApp) {
        let wire = wire(&app).await;
        let ann = made(&wire, "ann").await;
        let made = wire.post(GROUPS, json!({ "displayName": "ops" })).await.expect(201);
        assert_eq!(made.header("location"), made.at("/meta/location"));
        wire.post(GROUPS, json!({ "displayName": "ops" })).await.expect(201);
        let full = wire.post(GROUPS, json!({ "displayName": "all", "members": [{ "value": id_in(&ann), "type": "User", "$ref": ann }] })).await.expect(201);
        assert_eq!((full.at("/members/0/value"), full.at("/members/0/type")), (json!(id_in(&ann)), json!("User")));
        let unknown = wire.post(GROUPS, json!({ "displayName": "bad", "members": [{ "value": UNKNOWN }, { "value": id_in(&ann) }] })).await;
        refused(&unknown, 400, "invalidValue");
        tells(&unknown, UNKNOWN);
        refused(&wire.post(GROUPS, json!({ "members": [] })).await, 400, "invalidValue");
        refused(&wire.post(GROUPS, json!({ "displayName": "" })).await, 400, "invalidValue");
    }

    async fn a_12_put_replaces_and_repeating_is_harmless(app: TestApp) {
        let wire = wire(&app).await;
        let (ann, ben) = (made(&wire, "ann").await, made(&wire, "ben").await);
        let path = group(&wire, "ops", &[id_in(&ann)]).await;
        let body = json!({ "displayName": "dev", "members": [{ "value": id_in(&ben) }] });
        let first = wire.put(&path, body.clone()).await.expect(200);
        assert_eq!((first.at("/displayName"), first.at("/members/0/value"), first.at("/members/1")), (json!("dev"), json!(id_in(&ben)), Value::Null));
        let second = wire.put(&path, body).await.expect(200);
        assert_eq!((second.json(), second.events.len()), (first.json(), 0));
        refused(&wire.put(&path, json!({ "displayName": "dev", "members": [{ "value": UNKNOWN }] })).await, 400, "invalidValue");
        refused(&wire.put(&format!("{GROUPS}/{UNKNOWN}"), json!({ "displayName": "x", "members": [] })).await, 404, "");
    }

    async fn a_12_patch_in_all_its_forms(app: TestApp) {
        let wire = wire(&app).await;
        let (ann, ben) = (made(&wire, "ann").await, made(&wire, "ben").await);
        let (ann, ben) = (id_in(&ann), id_in(&ben));
        let path = group(&wire, "ops", &[]).await;
        let after = async |operation: Value| {
            apply(&wire, &path, operation).await.expect(200);
            crate::scim::members(&wire, id_in(&path)).await
        };
        assert_eq!(after(json!({ "op": "Add", "path": "members", "value": [{ "value": ann }] })).await, [ann]);
        assert_eq!(after(json!({ "op": "add", "path": "members", "value": { "value": ann } })).await, [ann], "twice is once");
        assert_eq!(after(json!({ "op": "add", "value": { "members": [{ "value": ben }] } })).await.len(), 2);
        assert_eq!(after(json!({ "op": "remove", "path": format!("members[value eq \"{ann}\"]") })).await, [ben]);
        assert_eq!(after(json!({ "op": "remove", "path": format!("members[value eq \"{ann}\"]") })).await, [ben], "one who is none");
        assert_eq!(after(json!({ "op": "Remove", "path": "members", "value": [{ "value": ben }] })).await, Vec::<String>::new());
        assert_eq!(after(json!({ "op": "replace", "path": "members", "value": [{ "value": ann }, { "value": ben }] })).await.len(), 2);
        after(json!({ "op": "replace", "path": "displayName", "value": "dev" })).await;
        after(json!({ "op": "replace", "value": { "displayName": "dev 2" } })).await;
        assert_eq!(wire.get(&path).await.at("/displayName"), "dev 2");
        let bad = apply(&wire, &path, json!({ "op": "add", "path": "members", "value": [{ "value": UNKNOWN }] })).await;
        refused(&bad, 400, "invalidValue");
        tells(&bad, UNKNOWN);
    }

    async fn a_12_delete_is_204_and_leaves_an_event(app: TestApp) {
        let wire = wire(&app).await;
        let path = group(&wire, "ops", &[]).await;
        assert_eq!(wire.delete(&path).await.expect(204).events, ["group.deleted"]);
        assert!(wire.delete(&path).await.expect(204).events.is_empty());
        refused(&wire.get(&path).await, 404, "");
    }

    async fn a_12_versions_and_times_move(app: TestApp) {
        let wire = wire(&app).await;
        let path = group(&wire, "ops", &[]).await;
        let before = wire.get(&path).await.at("/meta");
        app.clock().advance(5);
        apply(&wire, &path, json!({ "op": "replace", "path": "displayName", "value": "dev" })).await.expect(200);
        let after = wire.get(&path).await.at("/meta");
        assert_ne!(before["version"], after["version"]);
        assert_eq!((&after["created"], &after["lastModified"]), (&before["created"], &json!("2030-01-01T08:00:05.000Z")));
    }
}
