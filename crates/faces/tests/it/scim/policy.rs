//! A client's access policy: what is outside it is not there.

use serde_json::{Value, json};
use testkit::exchange;

use super::{group, hr, ids, members, patch, user};

const BOTH: [&str; 2] = ["scim:read", "scim:write"];

testkit::both! {
    async fn resources_outside_the_filter_are_not_found(app: TestApp) {
        let hr = hr(&app).await;
        let ann = user(&hr, "ann").await;
        let guest = hr.post("/scim/v2/Users", json!({ "userName": "gus", "userType": "Guest" })).await.expect(201).id();
        let policy = json!({ "user_filter": "userType eq \"Guest\"" });
        let desk = app.client_with("desk", &BOTH, |program| program.policy(policy)).await;
        let rename = patch(json!([{ "op": "replace", "path": "displayName", "value": "x" }]));
        let path = format!("/scim/v2/Users/{ann}");
        for answer in [desk.get(&path).await, desk.delete(&path).await, desk.patch(&path, rename.clone()).await, desk.put(&path, json!({ "userName": "ann" })).await] {
            assert_eq!(answer.status, 404, "{answer}");
            assert!(answer.events.is_empty());
        }
        let listed = desk.get("/scim/v2/Users").await.expect(200);
        assert_eq!((listed.at("/totalResults"), ids(&listed.json())), (json!(1), vec![guest.clone()]));
        assert_eq!(desk.get("/scim/v2/Users?filter=userName+eq+%22ann%22").await.at("/totalResults"), 0);
        desk.patch(&format!("/scim/v2/Users/{guest}"), rename).await.expect(200);
        let out = desk.patch(&format!("/scim/v2/Users/{guest}"), patch(json!([{ "op": "replace", "path": "userType", "value": "x" }]))).await;
        assert_eq!(out.status, 403, "{out}");
        assert_eq!(desk.post("/scim/v2/Users", json!({ "userName": "ben" })).await.status, 403);
        desk.post("/scim/v2/Users", json!({ "userName": "gil", "userType": "Guest" })).await.expect(201);
        // Who is out of reach cannot be made a member either.
        let id = group(&hr, "all", &[]).await;
        let add = patch(json!([{ "op": "add", "path": "members", "value": [{ "value": ann }, { "value": guest }] }]));
        desk.patch(&format!("/scim/v2/Groups/{id}"), add).await.expect(200);
        assert_eq!(members(&hr, &id).await, [guest]);
    }

    async fn attributes_outside_it_are_neither_read_nor_written_nor_asked_for(app: TestApp) {
        let hr = hr(&app).await;
        let ann = hr.post("/scim/v2/Users", json!({ "userName": "ann", "title": "Countess", "nickName": "A" })).await.expect(201).id();
        let policy = json!({ "readable": ["userName", "nickName"], "writable": ["nickName"] });
        let desk = app.client_with("desk", &BOTH, |program| program.policy(policy)).await;
        let path = format!("/scim/v2/Users/{ann}");
        exchange!(desk.get(&path), "what_a_policy_shows").expect(200);
        for list in ["/scim/v2/Users", "/scim/v2/Users?attributes=title,userName"] {
            assert_eq!(desk.get(list).await.expect(200).at("/Resources/0/title"), Value::Null);
        }
        for query in ["filter=title+eq+%22Countess%22", "sortBy=title", "filter=name.familyName+pr"] {
            let answer = desk.get(&format!("/scim/v2/Users?{query}")).await;
            assert_eq!((answer.status, answer.scim_type().as_str()), (403, "sensitive"), "{query}: {answer}");
        }
        let refused = desk.patch(&path, patch(json!([{ "op": "replace", "path": "title", "value": "x" }]))).await.expect(403);
        assert!(refused.at("/detail").as_str().unwrap_or_default().contains("title"), "{refused}");
        desk.patch(&path, patch(json!([{ "op": "replace", "path": "nickName", "value": "B" }]))).await.expect(200);
        // A PUT does not clear what its sender cannot see.
        desk.put(&path, json!({ "userName": "ann", "nickName": "C" })).await.expect(200);
        let now = hr.get(&path).await;
        assert_eq!((now.at("/title"), now.at("/nickName")), (json!("Countess"), json!("C")));
    }

    async fn types_and_operations_can_be_withheld(app: TestApp) {
        let hr = hr(&app).await;
        let ann = user(&hr, "ann").await;
        let policy = json!({ "resources": ["User"], "operations": ["read", "update"] });
        let desk = app.client_with("desk", &BOTH, |program| program.policy(policy)).await;
        desk.get(&format!("/scim/v2/Users/{ann}")).await.expect(200);
        desk.get("/scim/v2/Groups").await.expect(403);
        desk.post("/scim/v2/Users", json!({ "userName": "ben" })).await.expect(403);
        desk.delete(&format!("/scim/v2/Users/{ann}")).await.expect(403);
        let operations = json!([{ "method": "DELETE", "path": format!("/Users/{ann}") }, { "method": "POST", "path": "/Groups", "bulkId": "g", "data": { "displayName": "x" } }]);
        let bulk = desk.post("/scim/v2/Bulk", json!({ "Operations": operations })).await.expect(200);
        assert_eq!((bulk.at("/Operations/0/status"), bulk.at("/Operations/1/status")), (json!("403"), json!("403")));
        // Over all types, what is withheld is simply not among them.
        group(&hr, "all", &[]).await;
        assert_eq!(desk.get("/scim/v2").await.expect(200).at("/totalResults"), 1);
    }
}
