//! What SailPoint sends (SCIM spec, section 23.3).

use serde_json::json;

use crate::scim::{group, hr, ids, patch, user};

testkit::both! {
    async fn schemas_are_discovered_and_accounts_aggregated(app: TestApp) {
        let sailpoint = hr(&app).await;
        for path in ["ServiceProviderConfig", "ResourceTypes", "Schemas"] {
            sailpoint.get(&format!("/scim/v2/{path}")).await.expect(200);
        }
        let mut made = Vec::new();
        for number in 0..3 {
            made.push(user(&sailpoint, &format!("u{number}")).await);
        }
        group(&sailpoint, "all", &[&made[0]]).await;
        let mut seen = Vec::new();
        let mut start = 1;
        loop {
            let page = sailpoint.get(&format!("/scim/v2/Users?startIndex={start}&count=2")).await.expect(200).json();
            let count = page["itemsPerPage"].as_u64().unwrap_or_default();
            seen.extend(ids(&page));
            start += count;
            if count == 0 || start > page["totalResults"].as_u64().unwrap_or_default() {
                break;
            }
        }
        assert_eq!(seen, made);
        assert_eq!(sailpoint.get("/scim/v2/Groups?startIndex=1&count=100").await.at("/totalResults"), 1);
    }

    async fn an_account_is_made_disabled_enabled_and_deleted(app: TestApp) {
        let sailpoint = hr(&app).await;
        let body = json!({ "userName": "ann", "name": { "familyName": "A" }, "emails": [{ "value": "a@x.example", "type": "work" }] });
        let made = sailpoint.post("/scim/v2/Users", body.clone()).await.expect(201);
        let path = format!("/scim/v2/Users/{}", made.id());
        let off = sailpoint.patch(&path, patch(json!([{ "op": "add", "value": { "active": false } }]))).await.expect(200);
        assert_eq!(off.at("/active"), false);
        let on = sailpoint.patch(&path, patch(json!([{ "op": "add", "value": { "active": true } }]))).await.expect(200);
        assert_eq!(on.at("/active"), true);
        sailpoint.patch(&path, patch(json!([{ "op": "replace", "value": { "password": "n3w" } }]))).await.expect(200);
        let put = sailpoint.put(&path, json!({ "userName": "ann", "title": "Lead", "active": false })).await.expect(200);
        assert_eq!((put.at("/title"), put.at("/active")), (json!("Lead"), json!(false)));
        sailpoint.delete(&path).await.expect(204);
        sailpoint.get(&path).await.expect(404);
    }
}
