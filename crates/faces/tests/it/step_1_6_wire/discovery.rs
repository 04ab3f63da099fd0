//! A11: what the service says about itself.

use serde_json::json;

use super::{ENTERPRISE, GROUPS, MAP, PROFILE, USER_URN, USERS, USHER, escaped, generic, made, wire};

testkit::both! {
    async fn a_11_the_configuration_is_truthful(app: TestApp) {
        let config = app.anonymous().get("/scim/v2/ServiceProviderConfig").await.expect(200);
        for what in ["patch", "bulk", "filter", "sort", "etag"] {
            assert_eq!(config.at(&format!("/{what}/supported")), true, "{what}");
        }
        assert_eq!(config.at("/changePassword/supported"), false);
        assert_eq!(config.at("/authenticationSchemes/0/type"), "oauthbearertoken");
    }

    async fn a_11_schemas_follow_the_profile(app: TestApp) {
        let (wire, generic) = (wire(&app).await, generic(&app).await);
        let all = wire.get("/scim/v2/Schemas").await.expect(200).json();
        let ids: Vec<&str> = all["Resources"].as_array().unwrap().iter().filter_map(|schema| schema["id"].as_str()).collect();
        for urn in [USER_URN, ENTERPRISE, USHER, PROFILE, MAP, "urn:ietf:params:scim:schemas:core:2.0:Group"] {
            assert!(ids.contains(&urn), "{urn}: {ids:?}");
            assert_eq!(wire.get(&format!("/scim/v2/Schemas/{}", escaped(urn))).await.expect(200).id(), urn);
        }
        for urn in [PROFILE, MAP] {
            generic.get(&format!("/scim/v2/Schemas/{urn}")).await.expect(404);
            app.anonymous().get(&format!("/scim/v2/Schemas/{urn}")).await.expect(404);
        }
        app.set_realm("default", |settings| settings.profile = Some("wire".into())).await;
        app.anonymous().get(&format!("/scim/v2/Schemas/{MAP}")).await.expect(200);
    }

    async fn a_11_resource_types_name_their_extensions(app: TestApp) {
        let wire = wire(&app).await;
        let user = wire.get("/scim/v2/ResourceTypes/User").await.expect(200);
        assert_eq!((user.at("/endpoint"), user.at("/schema")), (json!("/Users"), json!(USER_URN)));
        let extensions = user.at("/schemaExtensions").to_string();
        for urn in [ENTERPRISE, PROFILE, MAP] {
            assert!(extensions.contains(urn), "{urn}");
        }
        assert_eq!(wire.get("/scim/v2/ResourceTypes").await.at("/totalResults"), 2);
    }

    async fn a_11_bulk_me_and_search_are_there(app: TestApp) {
        let wire = wire(&app).await;
        made(&wire, "ann").await;
        let search = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": "userName eq \"ann\"" });
        for path in ["/scim/v2/.search", &format!("{USERS}/.search")] {
            assert_eq!(wire.post(path, search.clone()).await.expect(200).at("/totalResults"), 1, "{path}");
        }
        let bulk = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [{ "method": "POST", "path": "/Groups", "bulkId": "1", "data": { "displayName": "ops" } }] });
        assert_eq!(wire.post("/scim/v2/Bulk", bulk).await.expect(200).at("/Operations/0/status"), "201");
        assert_eq!(wire.get(GROUPS).await.at("/totalResults"), 1);
        wire.get("/scim/v2/Me").await.expect(404);
    }
}
