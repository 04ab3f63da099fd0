//! What authentik sends (SCIM spec, section 23.8).

use serde_json::json;

use crate::scim::{hr, ids, members, patch, user};

testkit::both! {
    async fn it_reads_what_is_supported(app: TestApp) {
        let config = hr(&app).await.get("/scim/v2/ServiceProviderConfig").await.expect(200);
        assert_eq!((config.at("/patch/supported"), config.at("/filter/supported")), (json!(true), json!(true)));
        assert!(config.at("/bulk/maxOperations").as_u64().is_some_and(|most| most >= 1));
        assert_eq!(config.at("/authenticationSchemes/0/type"), "oauthbearertoken");
    }

    async fn people_are_made_and_replaced(app: TestApp) {
        let authentik = hr(&app).await;
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ann", "externalId": "7", "name": { "formatted": "Ann A", "familyName": "A", "givenName": "Ann" },
            "displayName": "Ann", "active": true, "emails": [{ "value": "a@x.example", "type": "other", "primary": true }], "photos": null, "locale": "en",
        });
        let made = authentik.post("/scim/v2/Users", body.clone()).await.expect(201);
        let mut again = body;
        again["id"] = made.id().into();
        again["displayName"] = "Ann A.".into();
        let put = authentik.put(&format!("/scim/v2/Users/{}", made.id()), again).await.expect(200);
        assert_eq!(put.at("/displayName"), "Ann A.");
    }

    async fn a_group_is_updated_as_a_whole_and_by_single_members(app: TestApp) {
        let authentik = hr(&app).await;
        let (a, b) = (user(&authentik, "a").await, user(&authentik, "b").await);
        let whole = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "externalId": "g-7", "displayName": "ops" });
        let id = authentik.post("/scim/v2/Groups", whole.clone()).await.expect(201).id();
        // A POST of a group that is there: authentik looks it up by its name.
        assert_eq!(authentik.get("/scim/v2/Groups?filter=displayName+eq+%22ops%22").await.at("/Resources/0/id"), id);
        let path = format!("/scim/v2/Groups/{id}");
        let mut value = whole;
        value["id"] = id.clone().into();
        value["displayName"] = "Ops".into();
        let add = |who: &str| json!({ "op": "add", "path": "members", "value": [{ "value": who }] });
        authentik.patch(&path, patch(json!([add(&a), add(&b)]))).await.expect(200);
        let changed = authentik.patch(&path, patch(json!([{ "op": "replace", "value": value }]))).await.expect(200);
        assert_eq!((changed.at("/displayName"), changed.at("/externalId")), (json!("Ops"), json!("g-7")));
        assert_eq!(members(&authentik, &id).await.len(), 2, "what is not in the value stays");
        authentik.patch(&path, patch(json!([{ "op": "remove", "path": "members", "value": [{ "value": a }] }]))).await.expect(200);
        assert_eq!(members(&authentik, &id).await, [b]);
    }

    async fn lists_are_read_to_their_end(app: TestApp) {
        let authentik = hr(&app).await;
        for number in 0..3 {
            crate::scim::group(&authentik, &format!("g{number}"), &[]).await;
        }
        let first = authentik.get("/scim/v2/Groups").await.expect(200);
        assert_eq!((first.at("/totalResults"), ids(&first.json()).len()), (json!(3), 3));
        let beyond = authentik.get("/scim/v2/Groups?startIndex=4").await.expect(200);
        assert_eq!((beyond.at("/totalResults"), beyond.at("/Resources")), (json!(3), json!([])));
    }
}
