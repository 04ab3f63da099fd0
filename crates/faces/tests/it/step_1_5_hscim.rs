//! The acceptance suite of Wire's hscim, H-1 to H-12 (Wire spec, A13; SCIM spec, section 23.10).

use serde_json::{Value, json};
use testkit::{TestApp, TestClient};

use crate::scim::{escaped, patch};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

async fn wire(app: &TestApp) -> TestClient {
    app.client_with("wire", &["scim:read", "scim:write"], |program| program.profile("wire"))
        .await
}

fn body(name: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
        "externalId": format!("0a21f0f2-8d2a-4f8e-479e-{name}"), "userName": name, "active": true,
        "emails": [{ "primary": true, "type": "work", "value": format!("{name}@x.example") }],
        "meta": { "resourceType": "User" },
        "name": { "formatted": "given family", "familyName": "family", "givenName": "given" },
        "roles": [],
    })
}

async fn found(client: &TestClient, path: &str, filter: &str) -> Value {
    client
        .get(&format!("{path}?filter={}", escaped(filter)))
        .await
        .expect(200)
        .at("/totalResults")
}

testkit::both! {
    async fn h_1_to_h_4_create_and_query(app: TestApp) {
        let wire = wire(&app).await;
        let made = wire.post("/scim/v2/Users", body("ada")).await.expect(201);
        assert_eq!(made.at("/name/familyName"), "family");
        wire.get("/scim/v2/Users").await.expect(200);
        assert_eq!(found(&wire, "/scim/v2/Users", "userName eq \"ada\"").await, 1);
        assert_eq!(found(&wire, "/scim/v2/Users", "USERNAME Eq \"ADA\"").await, 1);
        let none = wire.get("/scim/v2/Users?filter=userName+eq+%22nobody%22").await.expect(200);
        assert_eq!(none.json(), json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": [],
        }));
        assert_eq!(none.json().as_object().map(serde_json::Map::len), Some(5));
    }

    async fn h_5_to_h_8_change_and_delete(app: TestApp) {
        let wire = wire(&app).await;
        let path = format!("/scim/v2/Users/{}", wire.post("/scim/v2/Users", body("ada")).await.expect(201).id());
        let renamed = wire.patch(&path, patch(json!([{ "op": "Replace", "path": "userName", "value": "Grace" }]))).await.expect(200);
        assert_eq!(renamed.at("/userName"), "grace", "handles are lower-case");
        let shown = wire.patch(&path, patch(json!([{ "op": "Replace", "path": "displayName", "value": "Grace H" }]))).await.expect(200);
        assert_eq!((shown.at("/displayName"), shown.at("/userName"), shown.at("/externalId")), (json!("Grace H"), json!("grace"), json!("0a21f0f2-8d2a-4f8e-479e-ada")));
        let removed = wire.patch(&path, patch(json!([{ "op": "Remove", "path": "displayName" }]))).await.expect(200);
        assert_eq!(removed.at("/displayName"), "ada@x.example", "the address stands in");
        wire.delete(&path).await.expect(204);
        wire.delete(&path).await.expect(204);
        wire.get(&path).await.expect(404);
    }

    async fn h_9_to_h_11_the_wishes(app: TestApp) {
        let wire = wire(&app).await;
        let boss = wire.post("/scim/v2/Users", body("boss")).await.expect(201).id();
        let id = wire.post("/scim/v2/Users", body("ada")).await.expect(201).id();
        let path = format!("/scim/v2/Users/{id}");
        assert_eq!(found(&wire, "/scim/v2/Users", "externalId eq \"0a21f0f2-8d2a-4f8e-479e-ada\"").await, 1);
        let both = json!([
            { "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "new@x.example" },
            { "op": "Replace", "path": "name.familyName", "value": "Lovelace" },
            { "op": "Add", "path": format!("{ENTERPRISE}:manager"), "value": boss },
        ]);
        let changed = wire.patch(&path, patch(both)).await.expect(200);
        assert_eq!((changed.at("/emails/0/value"), changed.at("/name/familyName")), (json!("new@x.example"), json!("Lovelace")));
        assert_eq!(found(&wire, "/scim/v2/Users", &format!("id eq \"{id}\" and manager eq \"{boss}\"")).await, 1);
        assert_eq!(found(&wire, "/scim/v2/Users", "userName eq \"ada\" and userName eq \"boss\"").await, 0);
        let group = wire.post("/scim/v2/Groups", json!({ "displayName": "ops", "members": [{ "value": id, "type": "User", "$ref": path }] })).await.expect(201).id();
        assert_eq!(found(&wire, "/scim/v2/Groups", &format!("id eq \"{group}\" and members eq \"{id}\"")).await, 1);
        assert_eq!(found(&wire, "/scim/v2/Groups", &format!("id eq \"{group}\" and members eq \"{boss}\"")).await, 0);
    }

    async fn h_12_errors_name_the_part_at_fault(app: TestApp) {
        let wire = wire(&app).await;
        for (body, part) in [
            (json!({ "userName": "ada", "externalId": "x", "emails": "no list of values", "active": 5 }), "active"),
            (json!({ "externalId": "x@y.example" }), "userName"),
            (json!({ "userName": "a b", "externalId": "x@y.example" }), "userName"),
        ] {
            let answer = wire.post("/scim/v2/Users", body).await.expect(400);
            assert!(answer.at("/detail").as_str().unwrap_or_default().contains(part), "{answer}");
        }
        let filter = wire.get("/scim/v2/Users?filter=userName+foo+%22x%22").await.expect(400);
        assert!(filter.at("/detail").as_str().unwrap_or_default().contains("foo"), "{filter}");
    }

    async fn one_bad_operation_undoes_all(app: TestApp) {
        let wire = wire(&app).await;
        let path = format!("/scim/v2/Users/{}", wire.post("/scim/v2/Users", body("ada")).await.expect(201).id());
        for (bad, kind) in [(json!({ "op": "Remove" }), "noTarget"), (json!({ "op": "Remove", "path": "userName" }), "mutability"), (json!({ "op": "Replace", "path": "unknown", "value": 1 }), "invalidPath")] {
            let answer = wire.patch(&path, patch(json!([{ "op": "Replace", "path": "displayName", "value": "X" }, bad]))).await.expect(400);
            assert_eq!(answer.scim_type(), kind);
        }
        assert_ne!(wire.get(&path).await.at("/displayName"), "X");
        wire.patch(&path, patch(json!([]))).await.expect(200);
    }
}
