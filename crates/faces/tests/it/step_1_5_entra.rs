//! What Microsoft Entra ID sends, in its default dialect and in that of `aadOptscim062020` (SCIM spec, section 23.1).

use serde_json::{Value, json};
use testkit::{TestApp, TestClient};

use crate::scim::{members, patch, user};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const FLAG: &str = "aadOptscim062020";

async fn entra(app: &TestApp) -> TestClient {
    app.client_with("entra", &["scim:read", "scim:write"], |program| {
        program.profile("entra")
    })
    .await
}

async fn provision(entra: &TestClient) -> String {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
        "externalId": "0a21f0f2", "userName": "Ada@corp.example", "active": true, "displayName": "Ada A", "department": null, "manager": null,
        "emails": [{ "primary": true, "type": "work", "value": "ada.a@corp.example" }],
        "meta": { "resourceType": "User" },
        "name": { "formatted": "Ada A", "familyName": "A", "givenName": "Ada" },
        "roles": [],
    });
    entra.post("/scim/v2/Users", body).await.expect(201).id()
}

testkit::both! {
    async fn the_connection_is_tested_by_a_user_nobody_has(app: TestApp) {
        let entra = entra(&app).await;
        let answer = entra.get("/scim/v2/Users?filter=userName+eq+%225b1c2e3d-0000-4000-8000-9a8b7c6d5e4f%22").await.expect(200);
        assert_eq!(answer.json(), json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": [],
        }));
    }

    async fn a_person_is_found_by_what_they_are_matched_with(app: TestApp) {
        let entra = entra(&app).await;
        let id = provision(&entra).await;
        let again = entra.post("/scim/v2/Users", json!({ "userName": "ada@CORP.example" })).await.expect(409);
        assert_eq!(again.scim_type(), "uniqueness");
        for filter in [
            "userName+eq+%22Ada%40corp.example%22".to_owned(),
            "externalId+eq+%220a21f0f2%22".to_owned(),
            "emails%5Btype+eq+%22work%22%5D.value+eq+%22ada.a%40corp.example%22".to_owned(),
            format!("id+eq+%22{id}%22+and+active+eq+true"),
        ] {
            let found = entra.get(&format!("/scim/v2/Users?filter={filter}")).await.expect(200);
            assert_eq!((found.at("/totalResults"), found.at("/Resources/0/id")), (json!(1), json!(id)), "{filter}");
        }
        let read = entra.get(&format!("/scim/v2/Users/{id}")).await.expect(200);
        assert_eq!(read.at("/userName"), "Ada@corp.example", "stored as sent");
    }

    async fn the_default_dialect_has_capitals_and_texts(app: TestApp) {
        let entra = entra(&app).await;
        let id = provision(&entra).await;
        let boss = user(&entra, "boss").await;
        let path = format!("/scim/v2/Users/{id}");
        let operations = json!([
            { "op": "Replace", "path": "active", "value": "False" },
            { "op": "Add", "path": "addresses[type eq \"work\"].postalCode", "value": "10115" },
            { "op": "Add", "path": "addresses[type eq \"work\"].locality", "value": "Berlin" },
            { "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "ada@corp.example" },
            { "op": "Replace", "path": "name.familyName", "value": "B" },
            { "op": "Add", "path": format!("{ENTERPRISE}:manager"), "value": boss },
            { "op": "Replace", "path": "roles[primary eq \"True\"].value", "value": "Auditor" },
            { "op": "Replace", "path": format!("{ENTERPRISE}:department"), "value": "Engines" },
        ]);
        let changed = entra.patch(&path, patch(operations)).await.expect(200);
        assert_eq!(changed.at("/active"), false);
        assert_eq!(changed.at("/addresses"), json!([{ "type": "work", "postalCode": "10115", "locality": "Berlin" }]));
        assert_eq!(changed.at("/emails"), json!([{ "primary": true, "type": "work", "value": "ada@corp.example" }]));
        assert_eq!(changed.at("/roles"), json!([{ "primary": true, "value": "Auditor" }]));
        assert_eq!(changed.json()[ENTERPRISE]["manager"]["value"], boss);
        let by_manager = format!("id+eq+%22{id}%22+and+manager+eq+%22{boss}%22");
        assert_eq!(entra.get(&format!("/scim/v2/Users?filter={by_manager}")).await.at("/totalResults"), 1);
        let with_list = json!([{ "op": "Add", "path": "manager", "value": [{ "$ref": format!("https://x.example/Users/{boss}"), "value": boss }] }]);
        assert_eq!(entra.patch(&path, patch(with_list)).await.expect(200).json()[ENTERPRISE]["manager"]["value"], boss);
        let gone = json!([{ "op": "Remove", "path": format!("{ENTERPRISE}:manager") }, { "op": "Remove", "path": "roles" }]);
        let changed = entra.patch(&path, patch(gone)).await.expect(200);
        assert_eq!(changed.json()[ENTERPRISE].get("manager"), None);
        // Someone who is disabled is still read and found.
        assert_eq!(entra.get(&path).await.expect(200).at("/active"), false);
        assert_eq!(entra.get("/scim/v2/Users?filter=userName+eq+%22ada%40corp.example%22").await.at("/totalResults"), 1);
    }

    async fn the_flag_brings_plain_operations(app: TestApp) {
        let entra = entra(&app).await;
        let id = provision(&entra).await;
        let path = format!("/scim/v2/Users/{id}?{FLAG}");
        let operations = json!([
            { "op": "replace", "path": "phoneNumbers[type eq \"work\"].value", "value": "+1 202 555 0100" },
            { "op": "replace", "value": { "displayName": "Ada B", "name.givenName": "Ada M.", "active": false, format!("{ENTERPRISE}:employeeNumber"): "0042" } },
        ]);
        let changed = entra.patch(&path, patch(operations)).await.expect(200);
        assert_eq!(changed.at("/phoneNumbers"), json!([{ "type": "work", "value": "+1 202 555 0100" }]));
        assert_eq!((changed.at("/displayName"), changed.at("/name/givenName"), changed.at("/name/familyName")), (json!("Ada B"), json!("Ada M."), json!("A")));
        assert_eq!(changed.json()[ENTERPRISE]["employeeNumber"], "0042");
        assert_eq!(changed.json().as_object().map(|map| map.keys().any(|key| key.contains('.') && !key.starts_with("urn:"))), Some(false));
        assert_eq!(entra.get(&format!("/scim/v2/Users?{FLAG}&filter=externalId+eq+%220a21f0f2%22")).await.at("/totalResults"), 1);
    }

    async fn groups_in_the_default_dialect(app: TestApp) {
        let entra = entra(&app).await;
        let (a, b) = (user(&entra, "a").await, user(&entra, "b").await);
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group", "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
            "externalId": "8aa1a0c0", "displayName": "Ops", "meta": { "resourceType": "Group" },
        });
        let id = entra.post("/scim/v2/Groups", body).await.expect(201).id();
        let found = entra.get("/scim/v2/Groups?excludedAttributes=members&filter=displayName+eq+%22Ops%22").await.expect(200);
        assert_eq!((found.at("/totalResults"), found.at("/Resources/0/members")), (json!(1), Value::Null));
        let path = format!("/scim/v2/Groups/{id}");
        let both = json!([{ "op": "Add", "path": "members", "value": [{ "$ref": null, "value": a }, { "$ref": null, "value": b }] }]);
        entra.patch(&path, patch(both)).await.expect(200);
        assert_eq!(entra.get(&format!("{path}?excludedAttributes=members")).await.expect(200).at("/members"), Value::Null);
        let is_member = format!("/scim/v2/Groups?filter=id+eq+%22{id}%22+and+members+eq+%22{a}%22");
        assert_eq!(entra.get(&is_member).await.expect(200).at("/totalResults"), 1);
        let one_less = json!([{ "op": "Remove", "path": "members", "value": [{ "$ref": null, "value": a }] }]);
        entra.patch(&path, patch(one_less.clone())).await.expect(200);
        assert_eq!(members(&entra, &id).await, [b]);
        entra.patch(&path, patch(one_less)).await.expect(200);
        assert_eq!(entra.get(&is_member).await.expect(200).at("/totalResults"), 0);
        let rename = json!([{ "op": "Replace", "path": "displayName", "value": "Operations" }]);
        assert_eq!(entra.patch(&path, patch(rename)).await.expect(200).at("/displayName"), "Operations");
        entra.delete(&path).await.expect(204);
    }

    async fn groups_with_the_flag(app: TestApp) {
        let entra = entra(&app).await;
        let (a, b) = (user(&entra, "a").await, user(&entra, "b").await);
        let id = entra.post(&format!("/scim/v2/Groups?{FLAG}"), json!({ "displayName": "Ops", "externalId": "1" })).await.expect(201).id();
        let path = format!("/scim/v2/Groups/{id}?{FLAG}");
        entra.patch(&path, patch(json!([{ "op": "add", "path": "members", "value": [{ "value": a }, { "value": b }] }]))).await.expect(200);
        entra.patch(&path, patch(json!([{ "op": "remove", "path": format!("members[value eq \"{a}\"]") }]))).await.expect(200);
        assert_eq!(members(&entra, &id).await, [b]);
        entra.patch(&path, patch(json!([{ "op": "replace", "value": { "displayName": "Operations" } }]))).await.expect(200);
    }
}
