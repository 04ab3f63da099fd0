//! A12: groups, as Usher serves them to Wire's clients.

use serde_json::{Value, json};
use testkit::TestClient;

use super::{GROUPS, UNKNOWN, USERS, apply, escaped, id_in, made, person, refused, tells, wire};

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

    async fn a_12_listing_is_by_name(app: TestApp) {
        let (wire, generic) = (wire(&app).await, super::generic(&app).await);
        for name in ["zeta", "Alpha", "mid", "beta"] {
            group(&wire, name, &[]).await;
        }
        let named = |page: &testkit::Answer| -> Vec<String> {
            let page = page.json();
            let groups = page["Resources"].as_array().cloned().unwrap_or_default();
            groups.iter().filter_map(|group| group["displayName"].as_str().map(str::to_owned)).collect()
        };
        let ascending = ["Alpha", "beta", "mid", "zeta"];
        assert_eq!(named(&wire.get(GROUPS).await.expect(200)), ascending);
        assert_eq!(named(&wire.get(&format!("{GROUPS}?startIndex=2&count=2")).await.expect(200)), ["beta", "mid"]);
        assert_eq!(named(&wire.get(&format!("{GROUPS}?filter={}", escaped("displayName co \"a\""))).await.expect(200)), ["Alpha", "beta", "zeta"]);
        let first = wire.get(&format!("{GROUPS}?cursor&count=3")).await.expect(200);
        let next = first.at("/nextCursor").as_str().unwrap().to_owned();
        let second = wire.get(&format!("{GROUPS}?cursor={next}&count=3")).await.expect(200);
        assert_eq!([named(&first), named(&second)].concat(), ascending);
        assert_eq!(named(&generic.get(GROUPS).await.expect(200)), ["zeta", "Alpha", "mid", "beta"], "others get them in the order of making");
        assert_eq!(named(&wire.get(&format!("{GROUPS}?sortBy=meta.created")).await.expect(200)), ["zeta", "Alpha", "mid", "beta"]);
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

    async fn a_12_a_display_name_has_1_to_4000_characters(app: TestApp) {
        let wire = wire(&app).await;
        let path = group(&wire, &"ä".repeat(4000), &[]).await;
        let long = "ä".repeat(4001);
        refused(&wire.post(GROUPS, json!({ "displayName": long })).await, 400, "invalidValue");
        refused(&wire.put(&path, json!({ "displayName": long })).await, 400, "invalidValue");
        refused(&apply(&wire, &path, json!({ "op": "replace", "path": "displayName", "value": long })).await, 400, "invalidValue");
        refused(&wire.put(&path, json!({ "displayName": " " })).await, 400, "invalidValue");
        super::generic(&app).await.post(GROUPS, json!({ "displayName": long })).await.expect(201);
    }

    async fn a_12_a_group_made_otherwise_is_shown_in_list_and_by_id_but_not_found_by_put_and_patch_and_403_to_delete(app: TestApp) {
        let wire = wire(&app).await;
        let admin = app.client("admin", &["admin"]).await;
        let id = admin.post("/api/v1/groups", json!({ "displayName": "by hand" })).await.expect(201).id();
        let path = format!("{GROUPS}/{id}");
        assert_eq!(wire.get(&path).await.expect(200).at("/displayName"), "by hand");
        assert_eq!(wire.get(GROUPS).await.at("/Resources/0/id"), json!(id));
        let put = wire.put(&path, json!({ "displayName": "mine" })).await;
        refused(&put, 404, "");
        tells(&put, "managed by SCIM");
        refused(&apply(&wire, &path, json!({ "op": "replace", "path": "displayName", "value": "mine" })).await, 404, "");
        let delete = wire.delete(&path).await;
        refused(&delete, 403, "");
        tells(&delete, "not managed by SCIM");
        assert!(wire.delete(&format!("{GROUPS}/{UNKNOWN}")).await.expect(204).events.is_empty());
        // To other clients and to the native API it is a group like any other, as one made by SCIM is to them.
        super::generic(&app).await.put(&path, json!({ "displayName": "ours" })).await.expect(200);
        let by_scim = group(&wire, "ops", &[]).await;
        admin.patch(&format!("/api/v1/groups/{}", id_in(&by_scim)), json!({ "displayName": "dev" })).await.expect(200);
        wire.delete(&by_scim).await.expect(204);
        admin.delete(&format!("/api/v1/groups/{id}")).await.expect(204);
    }

    async fn a_12_a_new_member_is_somebody_whom_scim_manages(app: TestApp) {
        let wire = wire(&app).await;
        let (ann, local) = (made(&wire, "ann").await, app.user("local").await.to_string());
        let made_elsewhere = super::generic(&app).await.post(USERS, person("gen")).await.expect(201).id();
        for stranger in [&local, &made_elsewhere] {
            let post = wire.post(GROUPS, json!({ "displayName": "ops", "members": [{ "value": stranger }] })).await;
            refused(&post, 400, "invalidValue");
            tells(&post, stranger);
        }
        let path = group(&wire, "ops", &[id_in(&ann)]).await;
        let added = apply(&wire, &path, json!({ "op": "add", "path": "members", "value": [{ "value": local }] })).await;
        refused(&added, 400, "invalidValue");
        refused(&wire.put(&path, json!({ "displayName": "ops", "members": [{ "value": local }] })).await, 400, "invalidValue");
        // Whom somebody else has put in is shown, and repeating what was read is harmless.
        app.client("admin", &["admin"]).await.put(&format!("/api/v1/groups/{}/members/{local}", id_in(&path)), json!({})).await.expect(204);
        let read = wire.get(&path).await.expect(200).json();
        assert_eq!(read["members"].as_array().map(Vec::len), Some(2));
        assert!(wire.put(&path, read).await.expect(200).events.is_empty());
        apply(&wire, &path, json!({ "op": "remove", "path": format!("members[value eq \"{local}\"]") })).await.expect(200);
        assert_eq!(crate::scim::members(&wire, id_in(&path)).await, [id_in(&ann)]);
    }

    async fn a_12_a_post_may_take_over_the_group_of_that_external_id(app: TestApp) {
        let adopting = json!({ "post_conflict": "adopt_same_external_id" });
        let wire = app.client_with("wire", &super::BOTH, |program| program.profile("wire").settings(&adopting)).await;
        let body = |name: &str| json!({ "displayName": name, "externalId": "g1" });
        let first = wire.post(GROUPS, body("ops")).await.expect(201);
        let again = wire.post(GROUPS, body("dev")).await.expect(200);
        assert_eq!((again.id(), again.at("/displayName")), (first.id(), json!("dev")));
        assert_eq!(again.header("location"), first.header("location"));
        let without = json!({ "displayName": "dev" });
        assert_ne!(wire.post(GROUPS, without).await.expect(201).id(), first.id());
    }

    async fn a_12_names_may_be_twice_unless_the_realm_says_otherwise(app: TestApp) {
        let wire = wire(&app).await;
        let ops = group(&wire, "ops", &[]).await;
        let twice = group(&wire, "ops", &[]).await;
        app.set_realm("default", |settings| settings.unique_group_names = Some(true)).await;
        let conflict = wire.post(GROUPS, json!({ "displayName": "OPS" })).await;
        refused(&conflict, 409, "uniqueness");
        tells(&conflict, "displayName");
        let dev = group(&wire, "dev", &[]).await;
        refused(&wire.put(&dev, json!({ "displayName": "ops" })).await, 409, "uniqueness");
        refused(&apply(&wire, &dev, json!({ "op": "replace", "path": "displayName", "value": "ops" })).await, 409, "uniqueness");
        // Who has the name keeps it.
        wire.put(&ops, json!({ "displayName": "Ops", "externalId": "g1" })).await.expect(200);
        wire.delete(&ops).await.expect(204);
        wire.delete(&twice).await.expect(204);
        wire.put(&dev, json!({ "displayName": "ops" })).await.expect(200);
    }
}
