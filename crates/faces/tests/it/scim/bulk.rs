//! Bulk.

use serde_json::{Value, json};
use testkit::exchange;

use super::{group, hr, members, user};

fn bulk(operations: Value) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations })
}

fn statuses(answer: &testkit::Answer) -> Vec<String> {
    let operations = answer.at("/Operations");
    let operations = operations.as_array().cloned().unwrap_or_default();
    operations
        .iter()
        .map(|operation| operation["status"].as_str().unwrap_or_default().to_owned())
        .collect()
}

testkit::both! {
    async fn operations_may_name_each_other_forwards_and_backwards(app: TestApp) {
        let hr = hr(&app).await;
        let operations = json!([
            { "method": "POST", "path": "/Groups", "bulkId": "g", "data": { "displayName": "all", "members": [{ "value": "bulkId:u" }] } },
            { "method": "post", "path": "/Users", "bulkId": "u", "data": { "userName": "ann" } },
            { "method": "PATCH", "path": "/Users/bulkId:u", "data": { "Operations": [{ "op": "add", "path": "title", "value": "Lead" }] } },
            { "method": "PUT", "path": "/Groups/bulkId:g", "data": { "displayName": "everybody", "members": [{ "value": "bulkId:u" }] } },
        ]);
        let answer = exchange!(hr.post("/scim/v2/Bulk", bulk(operations)), "bulk_with_references").expect(200);
        let location = answer.at("/Operations/0/location");
        let path = location.as_str().unwrap_or_default().trim_start_matches("https://usher.example").to_owned();
        let group = hr.get(&path).await.expect(200);
        assert_eq!(group.at("/displayName"), "everybody");
        assert_eq!(group.at("/members").as_array().map(Vec::len), Some(1));
    }

    async fn groups_in_a_circle_are_made(app: TestApp) {
        let hr = hr(&app).await;
        let operations = json!([
            { "method": "POST", "path": "/Groups", "bulkId": "a", "data": { "displayName": "a", "members": [{ "value": "bulkId:b" }] } },
            { "method": "POST", "path": "/Groups", "bulkId": "b", "data": { "displayName": "b", "members": [{ "value": "bulkId:a" }] } },
        ]);
        let answer = hr.post("/scim/v2/Bulk", bulk(operations)).await.expect(200);
        assert_eq!(statuses(&answer), ["201", "201"]);
        for (number, other) in [(0, 1), (1, 0)] {
            let id = |n: usize| answer.at(&format!("/Operations/{n}/location")).as_str().and_then(|url| url.rsplit('/').next().map(str::to_owned)).unwrap_or_default();
            assert_eq!(members(&hr, &id(number)).await, [id(other)]);
        }
    }

    async fn errors_stay_with_their_operation(app: TestApp) {
        let hr = hr(&app).await;
        let ann = user(&hr, "ann").await;
        let all = group(&hr, "all", &[]).await;
        let operations = json!([
            { "method": "POST", "path": "/Users", "bulkId": "1", "data": { "userName": "ANN" } },
            { "method": "PATCH", "path": format!("/Users/{ann}"), "version": "W/\"99\"", "data": { "Operations": [{ "op": "remove", "path": "title" }] } },
            { "method": "POST", "path": "/Groups", "bulkId": "2", "data": { "displayName": "x", "members": [{ "value": "bulkId:none" }] } },
            { "method": "DELETE", "path": "/Users/00000000-0000-0000-0000-000000000000" },
            { "method": "POST", "path": "/Unknown", "bulkId": "3", "data": {} },
            { "method": "GET", "path": "/Users" },
            { "method": "POST", "path": "/Users", "data": { "userName": "no-bulk-id" } },
            { "method": "PUT", "path": format!("/Groups/{all}") },
            { "method": "DELETE", "path": format!("/Groups/{all}") },
        ]);
        let answer = hr.post("/scim/v2/Bulk", bulk(operations)).await.expect(200);
        assert_eq!(statuses(&answer), ["409", "412", "409", "404", "404", "400", "400", "400", "204"]);
        assert_eq!(answer.at("/Operations/0/response/scimType"), "uniqueness");
        assert_eq!(hr.get("/scim/v2/Groups").await.at("/totalResults"), 0);
    }

    async fn it_stops_after_as_many_errors_as_it_is_told(app: TestApp) {
        let hr = hr(&app).await;
        user(&hr, "ann").await;
        let operations = json!([
            { "method": "POST", "path": "/Users", "bulkId": "1", "data": { "userName": "ann" } },
            { "method": "POST", "path": "/Users", "bulkId": "2", "data": { "userName": "ben" } },
        ]);
        let mut body = bulk(operations);
        body["failOnErrors"] = 1.into();
        let answer = hr.post("/scim/v2/Bulk", body).await.expect(200);
        assert_eq!(statuses(&answer), ["409"]);
        assert_eq!(hr.get("/scim/v2/Users").await.at("/totalResults"), 1);
    }

    async fn beyond_the_limits_nothing_is_done(app: TestApp) {
        let app = app.with_faces(|faces| { faces.bulk_max_operations = 2; faces.bulk_max_bytes = 2000; }).await;
        let hr = hr(&app).await;
        let config = hr.get("/scim/v2/ServiceProviderConfig").await.expect(200).at("/bulk");
        assert_eq!(config, json!({ "supported": true, "maxOperations": 2, "maxPayloadSize": 2000 }));
        let make = |name: String| json!({ "method": "POST", "path": "/Users", "bulkId": name, "data": { "userName": name } });
        let many: Vec<Value> = (0..3).map(|number| make(format!("u{number}"))).collect();
        let answer = hr.post("/scim/v2/Bulk", bulk(many.into())).await.expect(413);
        assert!(answer.at("/detail").as_str().unwrap_or_default().contains("maxOperations"), "{answer}");
        let answer = hr.post("/scim/v2/Bulk", bulk(json!([make("x".repeat(2000))]))).await.expect(413);
        assert!(answer.at("/detail").as_str().unwrap_or_default().contains("2000"), "{answer}");
        assert_eq!(hr.get("/scim/v2/Users").await.at("/totalResults"), 0);
        for body in [json!({}), json!({ "Operations": {} }), json!({ "Operations": [], "failOnErrors": "x" })] {
            assert_eq!(hr.post("/scim/v2/Bulk", body).await.scim_type(), "invalidSyntax");
        }
    }

    async fn who_may_not_write_gets_no_further(app: TestApp) {
        let reader = app.client("reader", &["scim:read"]).await;
        let operations = json!([{ "method": "POST", "path": "/Users", "bulkId": "1", "data": { "userName": "ann" } }]);
        for body in [bulk(operations), bulk(json!([])), json!({ "Operations": 1 })] {
            let answer = reader.post("/scim/v2/Bulk", body).await.expect(403);
            assert!(answer.header("www-authenticate").contains("scim:write"));
            assert!(answer.events.is_empty());
        }
    }
}
