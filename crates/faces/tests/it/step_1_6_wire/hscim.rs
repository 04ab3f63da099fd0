//! A13: what hscim's suites assert, H-1 to H-12 (F-1). The same as one sequence is in `step_1_5_hscim`.

use serde_json::{Value, json};
use testkit::{TestApp, TestClient};

use super::{ENTERPRISE, GROUPS, USER_URN, USERS, apply, escaped, found, operations, refused, tells, wire};

fn body(name: &str) -> Value {
    json!({
        "schemas": [USER_URN, ENTERPRISE], "externalId": format!("0a21f0f2-8d2a-4f8e-479e-{name}"), "userName": name, "active": true,
        "emails": [{ "primary": true, "type": "work", "value": format!("{name}@testuser.com") }], "meta": { "resourceType": "User" },
        "name": { "formatted": "givenName familyName", "familyName": "familyName", "givenName": "givenName" }, "roles": [],
    })
}

async fn known(app: &TestApp) -> (TestClient, String) {
    let wire = wire(app).await;
    let made = wire.post(USERS, body("known")).await.expect(201);
    (wire, format!("{USERS}/{}", made.id()))
}

testkit::both! {
    async fn h_01_post(app: TestApp) {
        let made = wire(&app).await.post(USERS, body("known")).await.expect(201);
        assert_eq!((made.at("/name/familyName"), made.at("/emails/0/type")), (json!("familyName"), json!("work")));
    }

    async fn h_02_get_all(app: TestApp) {
        known(&app).await.0.get(USERS).await.expect(200);
    }

    async fn h_03_filter_by_a_known_name(app: TestApp) {
        let (wire, _) = known(&app).await;
        for filter in ["userName eq \"known\"", "username EQ \"KNOWN\""] {
            assert_eq!(found(&wire, filter).await.expect(200).at("/totalResults"), 1);
        }
    }

    async fn h_04_filter_by_an_unknown_name(app: TestApp) {
        let (wire, _) = known(&app).await;
        let empty = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0, "Resources": [], "startIndex": 1, "itemsPerPage": 0 });
        assert_eq!(found(&wire, "userName eq \"unknown\"").await.expect(200).json(), empty);
    }

    async fn h_05_patch_replaces_the_user_name(app: TestApp) {
        let (wire, path) = known(&app).await;
        assert_eq!(apply(&wire, &path, json!({ "op": "Replace", "path": "userName", "value": "renamed" })).await.expect(200).at("/userName"), "renamed");
    }

    async fn h_06_patch_replaces_the_display_name_and_nothing_else(app: TestApp) {
        let (wire, path) = known(&app).await;
        let mut before = wire.get(&path).await.json();
        let mut after = apply(&wire, &path, json!({ "op": "Replace", "path": "displayName", "value": "newName" })).await.expect(200).json();
        assert_eq!(after["displayName"], "newName");
        for whole in [&mut before, &mut after] {
            for name in ["displayName", "meta"] {
                whole.as_object_mut().unwrap().remove(name);
            }
        }
        assert_eq!(before, after);
    }

    async fn h_07_patch_removes_the_display_name(app: TestApp) {
        let (wire, path) = known(&app).await;
        apply(&wire, &path, json!({ "op": "Replace", "path": "displayName", "value": "newName" })).await.expect(200);
        let removed = apply(&wire, &path, json!({ "op": "Remove", "path": "displayName" })).await.expect(200);
        assert_eq!(removed.at("/displayName"), "known@testuser.com");
    }

    async fn h_08_delete_twice(app: TestApp) {
        let (wire, path) = known(&app).await;
        wire.delete(&path).await.expect(204);
        wire.delete(&path).await.expect(204);
        wire.get(&path).await.expect(404);
    }

    async fn h_09_filter_by_external_id(app: TestApp) {
        let (wire, _) = known(&app).await;
        assert_eq!(found(&wire, "externalId eq \"0a21f0f2-8d2a-4f8e-479e-known\"").await.expect(200).at("/totalResults"), 1);
    }

    async fn h_10_one_patch_with_an_address_and_a_name(app: TestApp) {
        let (wire, path) = known(&app).await;
        let both = json!([{ "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "updated@microsoft.com" }, { "op": "Replace", "path": "name.familyName", "value": "updatedFamilyName" }]);
        let changed = wire.patch(&path, operations(both)).await.expect(200);
        assert_eq!((changed.at("/emails/0/value"), changed.at("/name/familyName")), (json!("updated@microsoft.com"), json!("updatedFamilyName")));
    }

    async fn h_11_filters_with_and_by_id_manager_and_member(app: TestApp) {
        let (wire, path) = known(&app).await;
        let id = path.rsplit('/').next().unwrap();
        let boss = wire.post(USERS, body("boss")).await.expect(201).id();
        apply(&wire, &path, json!({ "op": "Add", "path": format!("{ENTERPRISE}:manager"), "value": boss })).await.expect(200);
        for (filter, hits) in [(format!("id eq \"{id}\" and manager eq \"{boss}\""), 1), ("userName eq \"known\" and userName eq \"boss\"".into(), 0), (format!("id eq \"{id}\""), 1)] {
            assert_eq!(found(&wire, &filter).await.expect(200).at("/totalResults"), hits, "{filter}");
        }
        let group = wire.post(GROUPS, json!({ "displayName": "ops", "members": [{ "value": id }] })).await.expect(201).id();
        for (member, hits) in [(id, 1), (boss.as_str(), 0)] {
            let filter = escaped(&format!("id eq \"{group}\" and members eq \"{member}\""));
            assert_eq!(wire.get(&format!("{GROUPS}?filter={filter}&excludedAttributes=members")).await.expect(200).at("/totalResults"), hits);
        }
    }

    async fn h_12_errors_name_the_part_at_fault(app: TestApp) {
        let (wire, path) = known(&app).await;
        for (more, part) in [(json!({ "active": 5 }), "active"), (json!({ "emails": "none" }), "emails"), (json!({ "userName": "a b" }), "userName"), (json!({ "name": { "givenName": 1 } }), "name.givenName")] {
            let mut bad = body("other");
            for (name, value) in more.as_object().unwrap() {
                bad[name] = value.clone();
            }
            let answer = wire.post(USERS, bad).await;
            refused(&answer, 400, "invalidValue");
            tells(&answer, part);
        }
        let filter = found(&wire, "userName foo \"x\"").await;
        refused(&filter, 400, "invalidFilter");
        tells(&filter, "foo");
        let patch = wire.patch(&path, operations(json!([{ "op": "add", "path": "title", "value": "x" }, { "op": "add", "path": "nowhere", "value": "x" }]))).await;
        refused(&patch, 400, "invalidPath");
        tells(&patch, "Operations[1]");
        tells(&patch, "nowhere");
    }
}
