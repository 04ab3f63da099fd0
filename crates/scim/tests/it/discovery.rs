//! What the service provider says about itself, and the messages that carry lists and errors.

use std::sync::Arc;

use scim::discovery::{self, AuthenticationScheme, BulkLimits, Capabilities, Pagination};
use scim::schema::{self, ResourceSchema};
use scim::{Error, ScimType, list};
use serde_json::{Value, json};

use crate::{group_type, user_type};

const BASE: &str = "https://example.com/scim/v2";

fn capabilities() -> Capabilities {
    Capabilities {
        patch: true,
        bulk: Some(BulkLimits {
            max_operations: 1000,
            max_payload_bytes: 1_048_576,
        }),
        filter_max_results: Some(1000),
        change_password: false,
        sort: true,
        etag: true,
        pagination: Some(Pagination {
            cursor: true,
            default_page_size: 100,
            max_page_size: 1000,
            cursor_timeout_seconds: 3600,
        }),
        authentication: vec![AuthenticationScheme::bearer_token()],
        documentation_uri: None,
    }
}

fn no_nulls(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(list) => list.iter().all(no_nulls),
        Value::Object(map) => map.values().all(no_nulls),
        _ => true,
    }
}

#[test]
fn the_configuration_is_typed_as_strict_clients_want_it() {
    let expected = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": { "supported": true },
        "bulk": { "supported": true, "maxOperations": 1000, "maxPayloadSize": 1_048_576 },
        "filter": { "supported": true, "maxResults": 1000 },
        "changePassword": { "supported": false },
        "sort": { "supported": true },
        "etag": { "supported": true },
        "pagination": {
            "cursor": true, "index": true, "defaultPaginationMethod": "index", "defaultPageSize": 100, "maxPageSize": 1000, "cursorTimeout": 3600
        },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "OAuth Bearer Token",
            "description": "Authentication by a bearer token in the Authorization header",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true
        }],
        "meta": { "resourceType": "ServiceProviderConfig", "location": "https://example.com/scim/v2/ServiceProviderConfig" }
    });
    assert_eq!(discovery::service_provider_config(&capabilities(), BASE), expected);
    let nothing = Capabilities {
        bulk: None,
        filter_max_results: None,
        pagination: None,
        ..capabilities()
    };
    let document = discovery::service_provider_config(&nothing, BASE);
    assert_eq!(
        document["bulk"],
        json!({ "supported": false, "maxOperations": 0, "maxPayloadSize": 0 })
    );
    assert!(document.get("pagination").is_none());
}

#[test]
fn types_name_their_schemas_and_every_schema_is_there() {
    let (user, group) = (user_type().always_listing(schema::ENTERPRISE_USER_URN), group_type());
    let types = discovery::resource_types(&[&user, &group], BASE);
    assert_eq!(
        types[0],
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
            "id": "User",
            "name": "User",
            "description": "User Account",
            "endpoint": "/Users",
            "schema": "urn:ietf:params:scim:schemas:core:2.0:User",
            "schemaExtensions": [
                { "schema": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "required": true }
            ],
            "meta": { "resourceType": "ResourceType", "location": "https://example.com/scim/v2/ResourceTypes/User" }
        })
    );
    let schemas = discovery::schemas(&[&user, &group], BASE);
    for resource_type in &types {
        let extensions = resource_type["schemaExtensions"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|extension| &extension["schema"]);
        for urn in std::iter::once(&resource_type["schema"]).chain(extensions) {
            assert!(
                discovery::find(&schemas, &urn.as_str().unwrap().to_uppercase()).is_some(),
                "{urn}"
            );
        }
    }
    let mut ids: Vec<&str> = schemas.iter().map(|schema| schema["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 7);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 7);
    // What can only be looked at is described, but is no extension that a client could write.
    assert!(discovery::find(&schemas, schema::USHER_USER_URN).is_some());
    assert!(discovery::find(&schemas, "urn:example:nobody").is_none());
    assert!(discovery::find(&types, "user").is_some());
}

#[test]
fn no_document_has_a_null_or_an_empty_list_of_values() {
    let wire = ResourceSchema::new(
        "User",
        "/Users",
        Arc::new(schema::user()),
        vec![Arc::new(schema::wire_profile()), Arc::new(schema::wire_map())],
    );
    for schema in discovery::schemas(&[&user_type(), &wire, &group_type()], BASE) {
        assert!(no_nulls(&schema), "{schema}");
        for empty in [
            "\"canonicalValues\":[]",
            "\"referenceTypes\":[]",
            "\"subAttributes\":[]",
        ] {
            assert!(!schema.to_string().contains(empty), "{schema}");
        }
        assert_eq!(
            schema["meta"]["location"],
            format!("{BASE}/Schemas/{}", schema["id"].as_str().unwrap())
        );
    }
}

/// The documents hold what their own schemas say, and nothing else.
#[test]
fn the_documents_keep_to_their_own_schemas() {
    fn check(value: &Value, attributes: &[schema::Attribute], path: &str) {
        for (name, value) in value.as_object().unwrap() {
            if path.is_empty() && matches!(name.as_str(), "schemas" | "id" | "meta") {
                continue;
            }
            // RFC 7643 §8.7.2 describes two levels of attributes, but the schema of schemas itself has three.
            if path == "attributes.subAttributes." && name == "subAttributes" {
                continue;
            }
            let attribute = attributes.iter().find(|attribute| attribute.name == *name);
            let attribute = attribute.unwrap_or_else(|| panic!("{path}{name} is in no schema"));
            assert_eq!(attribute.multi_valued, value.is_array(), "{path}{name}");
            let elements = value
                .as_array()
                .map_or_else(|| vec![value], |list| list.iter().collect());
            for element in elements {
                let fits = match attribute.kind {
                    schema::Type::Complex => element.is_object(),
                    schema::Type::Boolean => element.is_boolean(),
                    schema::Type::Integer => element.is_u64(),
                    _ => element.is_string(),
                };
                assert!(fits, "{path}{name}: {element}");
                if attribute.kind == schema::Type::Complex {
                    check(element, &attribute.sub_attributes, &format!("{path}{name}."));
                }
            }
        }
        for required in attributes.iter().filter(|attribute| attribute.required) {
            assert!(
                value.get(&required.name).is_some(),
                "{path}{} is missing",
                required.name
            );
        }
    }
    check(
        &discovery::service_provider_config(&capabilities(), BASE),
        &schema::service_provider_config_schema().attributes,
        "",
    );
    for document in discovery::resource_types(&[&user_type(), &group_type()], BASE) {
        check(&document, &schema::resource_type_schema().attributes, "");
    }
    for document in discovery::schemas(&[&user_type(), &group_type()], BASE) {
        check(&document, &schema::schema_schema().attributes, "");
    }
}

#[test]
fn a_list_always_has_resources_and_a_last_page_no_cursor() {
    let parsed = |text: String| serde_json::from_str::<Value>(&text).unwrap();
    let urn = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
    assert_eq!(
        parsed(list::list_response(&[], Some(0), Some(1), None)),
        json!({ "schemas": [urn], "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": [] })
    );
    let resources = [r#"{"id":"1"}"#.to_owned(), r#"{"id":"2"}"#.to_owned()];
    assert_eq!(
        parsed(list::list_response(&resources, None, None, Some("a\"b"))),
        json!({ "schemas": [urn], "itemsPerPage": 2, "nextCursor": "a\"b", "Resources": [{ "id": "1" }, { "id": "2" }] })
    );
    assert_eq!(
        parsed(list::list_response(&resources, Some(2), Some(1), None)),
        list::whole_list(&[json!({ "id": "1" }), json!({ "id": "2" })])
    );
}

#[test]
fn an_error_has_its_status_as_text() {
    assert_eq!(
        Error::uniqueness("userName is taken").about("userName").to_json(),
        json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": "409",
            "scimType": "uniqueness",
            "detail": "userName is taken"
        })
    );
    assert_eq!(
        Error::with_status(404, "user not found").to_json().get("scimType"),
        None
    );
    assert_eq!(Error::sensitive("x").to_json()["status"], "403");
    for (error, word) in [
        (Error::invalid_filter("x"), "invalidFilter"),
        (Error::too_many("x"), "tooMany"),
        (Error::mutability("x"), "mutability"),
        (Error::invalid_syntax("x"), "invalidSyntax"),
        (Error::invalid_path("x"), "invalidPath"),
        (Error::no_target("x"), "noTarget"),
        (Error::invalid_value("x"), "invalidValue"),
        (Error::invalid_vers("x"), "invalidVers"),
        (Error::invalid_cursor(), "invalidCursor"),
        (Error::expired_cursor(), "expiredCursor"),
        (Error::invalid_count("x"), "invalidCount"),
    ] {
        assert_eq!((error.status, error.scim_type.map(ScimType::name)), (400, Some(word)));
    }
}
