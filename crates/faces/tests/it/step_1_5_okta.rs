//! What Okta sends (SCIM spec, section 23.2).

use serde_json::{Value, json};
use testkit::{TestApp, TestClient};

use crate::scim::{members, patch, user};

async fn okta(app: &TestApp) -> TestClient {
    app.client_with("okta", &["scim:read", "scim:write"], |program| program.profile("okta"))
        .await
}

testkit::both! {
    async fn a_person_is_looked_up_made_and_updated_by_put(app: TestApp) {
        let okta = okta(&app).await;
        let lookup = "/scim/v2/Users?filter=userName%20eq%20%22a%40b.example%22&startIndex=1&count=100";
        let none = okta.get(lookup).await.expect(200);
        assert_eq!((none.at("/totalResults"), none.at("/startIndex"), none.at("/itemsPerPage"), none.at("/Resources")), (json!(0), json!(1), json!(0), json!([])));
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "a@b.example",
            "name": { "givenName": "Ann", "familyName": "B" }, "emails": [{ "primary": true, "value": "a@b.example", "type": "work" }],
            "displayName": "Ann B", "locale": "en-US", "externalId": "00u1", "groups": [], "password": "1mz050nq", "active": true,
        });
        let made = okta.post("/scim/v2/Users", body.clone()).header("content-type", "application/json").await.expect(201);
        assert_eq!(made.at("/password"), Value::Null);
        assert_eq!(okta.post("/scim/v2/Users", body).await.expect(409).at("/status"), "409");
        let path = format!("/scim/v2/Users/{}", made.id());
        // Read, modify, write: everything comes back, with one change.
        let mut whole = okta.get(&path).await.expect(200).json();
        whole["name"]["familyName"] = "C".into();
        let replaced = okta.put(&path, whole.clone()).await.expect(200);
        assert_eq!((replaced.at("/name/familyName"), replaced.at("/externalId"), replaced.at("/locale")), (json!("C"), json!("00u1"), json!("en-US")));
        let off = okta.patch(&path, patch(json!([{ "op": "replace", "value": { "active": false } }]))).await.expect(200);
        assert_eq!(off.at("/active"), false);
        okta.patch(&path, patch(json!([{ "op": "replace", "value": { "password": "n3w" } }]))).await.expect(200);
        assert_eq!(okta.get(lookup).await.at("/Resources/0/active"), false);
    }

    async fn an_import_pages_through_all(app: TestApp) {
        let okta = okta(&app).await;
        for number in 0..5 {
            user(&okta, &format!("u{number}")).await;
        }
        let mut seen = Vec::new();
        for start in [1, 3, 5] {
            let page = okta.get(&format!("/scim/v2/Users?startIndex={start}&count=2")).await.expect(200);
            assert_eq!(page.at("/totalResults"), 5);
            seen.extend(crate::scim::ids(&page.json()));
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 5);
    }

    async fn groups_are_pushed(app: TestApp) {
        let okta = okta(&app).await;
        let (a, b) = (user(&okta, "a").await, user(&okta, "b").await);
        let made = okta.post("/scim/v2/Groups", json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Old", "members": [] })).await.expect(201);
        let id = made.id();
        let path = format!("/scim/v2/Groups/{id}");
        assert_eq!(okta.get("/scim/v2/Groups?filter=displayName%20eq%20%22Old%22").await.at("/totalResults"), 1);
        // The rename comes with every change of members, and with the id.
        let rename = json!({ "op": "replace", "value": { "id": id, "displayName": "New" } });
        let add = json!({ "op": "add", "path": "members", "value": [{ "value": a, "display": "a@x" }, { "value": b, "display": "b@x" }] });
        let changed = okta.patch(&path, patch(json!([rename, add]))).await.expect(200);
        assert_eq!(changed.at("/displayName"), "New");
        let swap = json!([{ "op": "remove", "path": format!("members[value eq \"{a}\"]") }, { "op": "add", "path": "members", "value": [{ "value": b, "display": "b@x" }] }]);
        okta.patch(&path, patch(swap)).await.expect(200);
        assert_eq!(members(&okta, &id).await, std::slice::from_ref(&b));
        // One unknown member does not sink the push.
        let push = json!([{ "op": "replace", "path": "members", "value": [{ "value": a }, { "value": "unknown" }] }]);
        okta.patch(&path, patch(push)).await.expect(200);
        assert_eq!(members(&okta, &id).await, std::slice::from_ref(&a));
        okta.patch(&path, patch(json!([{ "op": "replace", "path": "members", "value": [] }]))).await.expect(200);
        assert_eq!(members(&okta, &id).await, Vec::<String>::new());
        okta.put(&path, json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "id": id, "displayName": "New", "members": [{ "value": b, "display": "b" }] })).await.expect(200);
        assert_eq!(members(&okta, &id).await, [b]);
        okta.delete(&path).await.expect(204);
    }

    async fn errors_have_what_the_spec_test_asks_for(app: TestApp) {
        let okta = okta(&app).await;
        for answer in [app.bearer("ush_x").get("/scim/v2/Users").await.expect(401), okta.get("/scim/v2/Users/010101001010101011001010101011").await.expect(404)] {
            assert_eq!(answer.at("/status"), answer.status.to_string());
            assert!(answer.at("/detail").is_string());
            assert_eq!(answer.at("/schemas/0"), "urn:ietf:params:scim:api:messages:2.0:Error");
        }
    }
}
