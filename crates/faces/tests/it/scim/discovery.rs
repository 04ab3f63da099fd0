//! Discovery.

use std::collections::BTreeSet;

use http::Method;
use serde_json::{Value, json};
use testkit::exchange;

use super::hr;

testkit::both! {
    async fn it_is_open_and_describes_what_is_served(app: TestApp) {
        let nobody = app.anonymous();
        exchange!(nobody.get("/scim/v2/ServiceProviderConfig"), "service_provider_config").expect(200);
        exchange!(nobody.get("/scim/v2/ResourceTypes"), "resource_types").expect(200);
        let types = nobody.get("/scim/v2/ResourceTypes?count=1").await.expect(200);
        assert_eq!(types.at("/totalResults"), 2);
        let schemas = nobody.get("/scim/v2/Schemas").await.expect(200);
        let listed = schemas.at("/Resources").as_array().cloned().unwrap_or_default();
        assert_eq!(schemas.at("/totalResults"), listed.len());
        for schema in &listed {
            let id = schema["id"].as_str().unwrap_or_default();
            assert_eq!(&nobody.get(&format!("/scim/v2/Schemas/{id}")).await.expect(200).json(), schema);
        }
        for resource_type in types.at("/Resources").as_array().cloned().unwrap_or_default() {
            let urns = resource_type["schemaExtensions"].as_array().cloned().unwrap_or_default();
            let urns = urns.iter().map(|extension| &extension["schema"]).chain([&resource_type["schema"]]);
            for urn in urns {
                assert!(listed.iter().any(|schema| schema["id"] == *urn), "{urn}");
            }
        }
        assert!(!schemas.text.contains("null"), "no nulls: Entra");
    }

    async fn other_verbs_are_refused_with_allow(app: TestApp) {
        let hr = hr(&app).await;
        for path in ["ServiceProviderConfig", "ResourceTypes", "Schemas", "ResourceTypes/User"] {
            for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
                let answer = hr.request(method.clone(), &format!("/scim/v2/{path}")).await;
                assert_eq!((answer.status, answer.at("/status")), (405, json!("405")), "{method} {path}: {answer}");
                assert!(answer.header("allow").contains("GET"), "{answer:?}");
            }
        }
    }

    async fn filters_are_forbidden_and_unknown_ids_not_found(app: TestApp) {
        let nobody = app.anonymous();
        for path in ["ServiceProviderConfig", "ResourceTypes", "Schemas", "Schemas/x"] {
            assert_eq!(nobody.get(&format!("/scim/v2/{path}?filter=id+pr")).await.status, 403, "{path}");
        }
        for path in ["ResourceTypes/Robot", "Schemas/urn:none"] {
            let answer = nobody.get(&format!("/scim/v2/{path}")).await;
            assert_eq!((answer.status, answer.at("/schemas/0")), (404, json!("urn:ietf:params:scim:api:messages:2.0:Error")));
        }
    }

    async fn a_realm_may_want_a_token_for_it(app: TestApp) {
        app.set_realm("default", |settings| settings.discovery_needs_token = true).await;
        app.anonymous().get("/scim/v2/Schemas").await.expect(401);
        hr(&app).await.get("/scim/v2/Schemas").await.expect(200);
    }

    async fn the_profile_decides_which_schemas_there_are(app: TestApp) {
        let urns = |answer: &testkit::Answer| -> BTreeSet<String> {
            let schemas = answer.at("/Resources");
            schemas.as_array().into_iter().flatten().filter_map(|schema| schema["id"].as_str().map(str::to_owned)).collect()
        };
        let wire = app.client_with("wire", &["scim:read"], |program| program.profile("wire").never_invites()).await;
        let generic = app.client("generic", &["scim:read"]).await;
        let own: BTreeSet<String> = &urns(&wire.get("/scim/v2/Schemas").await) - &urns(&generic.get("/scim/v2/Schemas").await);
        let expected = ["urn:ietf:params:scim:schemas:extension:wire:1.0:User", "urn:wire:scim:schemas:profile:1.0"];
        assert_eq!(own.into_iter().collect::<Vec<_>>(), expected);
        assert_eq!(urns(&app.anonymous().get("/scim/v2/Schemas").await), urns(&generic.get("/scim/v2/Schemas").await));
        app.set_realm("default", |settings| settings.profile = Some("wire".into())).await;
        assert_eq!(urns(&app.anonymous().get("/scim/v2/Schemas").await), urns(&wire.get("/scim/v2/Schemas").await));
    }

    async fn everything_that_is_shown_is_in_a_schema(app: TestApp) {
        let hr = hr(&app).await;
        let body = json!({
            "userName": "ann", "externalId": "1", "displayName": "Ann", "emails": [{ "value": "a@x.example", "type": "work", "primary": true, "display": "A" }],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "x", "manager": { "value": "y" } },
        });
        let ann = hr.post("/scim/v2/Users", body).await.expect(201);
        super::group(&hr, "all", &[&ann.id()]).await;
        let shown = hr.get(&format!("/scim/v2/Users/{}", ann.id())).await.expect(200).json();
        let schemas = hr.get("/scim/v2/Schemas").await.expect(200).at("/Resources");
        let attributes = |urn: &str| -> Vec<Value> {
            let schema = schemas.as_array().into_iter().flatten().find(|schema| schema["id"] == urn).cloned().unwrap_or_default();
            schema["attributes"].as_array().cloned().unwrap_or_default()
        };
        let core = attributes("urn:ietf:params:scim:schemas:core:2.0:User");
        for (name, value) in shown.as_object().into_iter().flatten() {
            if ["schemas", "id", "externalId", "meta"].contains(&name.as_str()) || name.starts_with("urn:") {
                continue;
            }
            let attribute = core.iter().find(|attribute| attribute["name"] == *name).unwrap_or_else(|| panic!("{name} is in no schema"));
            assert_eq!(attribute["multiValued"], value.is_array(), "{name}");
        }
        assert_eq!(attributes("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User").len(), 6);
    }
}
