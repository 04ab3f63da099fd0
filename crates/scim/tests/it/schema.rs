//! What the schemas say, and how paths are found in them.

use std::sync::Arc;

use scim::path::AttrPath;
use scim::schema::{self, AttributeRef, Mutability, ResourceSchema, Returned, Schema, Uniqueness};
use serde_json::{Map, Value, json};

use crate::{group_type, user_type};

fn resolve(schema: &ResourceSchema, path: &str) -> Option<AttributeRef> {
    schema.resolve(&path.parse::<AttrPath>().unwrap())
}

fn key(schema: &ResourceSchema, path: &str) -> Option<String> {
    resolve(schema, path).map(|found| found.key().to_owned())
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is no object"),
    }
}

#[test]
fn a_path_in_any_letter_case_leads_to_one_key() {
    let user = user_type();
    for (path, expected) in [
        ("USERNAME", "userName"),
        ("urn:IETF:params:scim:schemas:core:2.0:user:userName", "userName"),
        ("Name.FamilyName", "name.familyName"),
        ("name", "name"),
        ("emails", "emails.value"),
        ("emails.value", "emails.value"),
        ("emails.Type", "emails.type"),
        ("addresses", "addresses"),
        ("Meta.lastmodified", "meta.lastModified"),
        ("externalid", "externalId"),
        ("urn:ietf:params:scim:schemas:core:2.0:User:id", "id"),
        (
            "manager",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
        ),
        (
            "Department",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
        ),
        (
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayname",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName",
        ),
        ("invitation.status", "urn:usher:scim:schemas:1.0:User:invitation.status"),
    ] {
        assert_eq!(key(&user, path).as_deref(), Some(expected), "{path}");
    }
    assert_eq!(key(&group_type(), "members").as_deref(), Some("members.value"));
}

#[test]
fn what_no_schema_has_is_not_found() {
    for path in [
        "nope",
        "userName.value",
        "emails.nope",
        "urn:example:User:userName",
        "members",
        "constructor",
    ] {
        assert_eq!(key(&user_type(), path), None, "{path}");
    }
}

#[test]
fn a_core_attribute_comes_before_one_of_an_extension() {
    let own = json!({ "id": "urn:example:User", "attributes": [{ "name": "title" }, { "name": "badge" }] });
    let user = ResourceSchema::new(
        "User",
        "/Users",
        Arc::new(schema::user()),
        vec![Arc::new(Schema::from_json(&own).unwrap())],
    );
    assert_eq!(key(&user, "title").as_deref(), Some("title"));
    assert_eq!(key(&user, "badge").as_deref(), Some("urn:example:User:badge"));
    assert_eq!(
        key(&user, "URN:EXAMPLE:USER:Title").as_deref(),
        Some("urn:example:User:title")
    );
}

#[test]
fn any_name_is_a_field_of_wires_map() {
    let user = ResourceSchema::new(
        "User",
        "/Users",
        Arc::new(schema::user()),
        vec![Arc::new(schema::wire_map())],
    );
    let path = format!("{}:Cost-Center", schema::WIRE_MAP_URN);
    assert_eq!(key(&user, &path), Some(path));
    assert_eq!(key(&user, "Cost-Center"), None);
}

#[test]
fn values_are_found_in_lists_objects_and_extensions() {
    let user = user_type();
    let resource = object(json!({
        "name": { "familyName": "Jensen" },
        "emails": [{ "value": "b@example.com", "type": "work" }, { "value": "a@example.com", "primary": true }, { "type": "home" }],
        "roles": ["owner"],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "manager": { "value": "26118915" } },
    }));
    let values = |path: &str| {
        resolve(&user, path)
            .unwrap()
            .values(&resource)
            .into_iter()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(values("emails"), [json!("b@example.com"), json!("a@example.com")]);
    assert_eq!(values("emails.type"), [json!("work"), json!("home")]);
    assert_eq!(values("name.familyName"), [json!("Jensen")]);
    assert_eq!(values("manager"), [json!("26118915")]);
    assert_eq!(values("roles"), [json!("owner")]);
    assert_eq!(values("title"), [] as [Value; 0]);
    assert_eq!(values("name"), [json!({ "familyName": "Jensen" })]);
}

#[test]
fn a_list_sorts_by_its_primary_value_else_by_its_first() {
    let emails = resolve(&user_type(), "emails").unwrap();
    let key = |emails_value: Value| emails.sort_key(&object(json!({ "emails": emails_value })));
    let primary = key(json!([{ "value": "b@x" }, { "value": "A@x", "primary": true }]));
    assert_eq!(primary, key(json!([{ "value": "a@x" }])));
    assert!(primary < key(json!([{ "value": "b@x" }, { "value": "a@x" }])));
    assert_eq!(key(json!([])), None);
}

/// RFC 7643 §8.7.1 by sample, and where spec and text part from it: displayName of groups, case of ids and references.
#[test]
fn the_core_schemas_say_what_the_rfc_says() {
    let user = schema::user();
    let user_name = user.attribute("userName").unwrap();
    assert!(user_name.required && !user_name.case_exact && user_name.uniqueness == Uniqueness::Server);
    let password = user.attribute("password").unwrap();
    assert_eq!(
        (password.mutability, password.returned),
        (Mutability::WriteOnly, Returned::Never)
    );
    let groups = user.attribute("groups").unwrap();
    assert!(
        groups.mutability == Mutability::ReadOnly && groups.sub("$ref").unwrap().mutability == Mutability::ReadOnly
    );
    let names: Vec<&str> = user
        .attributes
        .iter()
        .map(|attribute| attribute.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "userName",
            "name",
            "displayName",
            "nickName",
            "profileUrl",
            "title",
            "userType",
            "preferredLanguage",
            "locale",
            "timezone",
            "active",
            "password",
            "emails",
            "phoneNumbers",
            "ims",
            "photos",
            "addresses",
            "groups",
            "entitlements",
            "roles",
            "x509Certificates"
        ]
    );
    for name in [
        "emails",
        "phoneNumbers",
        "ims",
        "photos",
        "entitlements",
        "roles",
        "x509Certificates",
    ] {
        let subs: Vec<&str> = user
            .attribute(name)
            .unwrap()
            .sub_attributes
            .iter()
            .map(|sub| sub.name.as_str())
            .collect();
        assert_eq!(subs, ["value", "display", "type", "primary"], "{name}");
    }
    let group = schema::group();
    assert!(group.attribute("displayName").unwrap().required);
    let member = group.attribute("members").unwrap();
    assert!(
        member.sub("value").unwrap().mutability == Mutability::Immutable && member.sub("VALUE").unwrap().case_exact
    );
}

#[test]
fn ushers_extension_is_read_only_and_answered_on_request() {
    for attribute in schema::usher_user().attributes {
        assert_eq!(
            (attribute.mutability, attribute.returned),
            (Mutability::ReadOnly, Returned::Request),
            "{}",
            attribute.name
        );
    }
}

#[test]
fn canailles_flavour_changes_flags_only() {
    let (user, group) = (schema::canaille_user(), schema::canaille_group());
    assert_eq!(user.attribute("userName").unwrap().mutability, Mutability::Immutable);
    assert!(
        ["name", "active"]
            .iter()
            .all(|name| user.attribute(name).unwrap().required)
    );
    assert!(user.attribute("name").unwrap().sub("formatted").unwrap().required);
    assert!(group.attribute("members").unwrap().required);
    assert_eq!(
        group.attribute("displayName").unwrap().mutability,
        Mutability::Immutable
    );
    assert_eq!(user.attributes.len(), schema::user().attributes.len());
}

#[test]
fn a_schema_survives_its_own_json() {
    for schema in [
        Schema {
            id: "urn:example:Enterprise".into(),
            ..schema::enterprise_user()
        },
        Schema::from_json(&json!({
            "id": "urn:example:params:scim:User",
            "name": "Badge",
            "description": "Badges",
            "attributes": [
                { "name": "badge", "type": "string", "required": true, "caseExact": true, "canonicalValues": ["red", "blue"] },
                { "name": "floors", "type": "integer", "multiValued": true },
                { "name": "parking", "type": "complex", "subAttributes": [{ "name": "since", "type": "dateTime" }, { "name": "share", "type": "decimal" }] },
                { "name": "boss", "type": "reference", "referenceTypes": ["User"], "mutability": "immutable", "returned": "request" },
            ],
        }))
        .unwrap(),
    ] {
        assert_eq!(Schema::from_json(&schema.to_json("https://example.com/Schemas/x")).unwrap(), schema);
    }
}

#[test]
fn a_configured_schema_that_makes_no_sense_is_refused_with_the_reason() {
    let with = |attribute: Value| json!({ "id": "urn:example:User", "attributes": [attribute] });
    for (schema, reason) in [
        (json!([]), "schema: is not an object"),
        (
            json!({ "id": "example", "attributes": [] }),
            "schema: `example` is no URN; a schema's id begins with `urn:`",
        ),
        (
            json!({ "id": "urn:ietf:params:scim:schemas:core:2.0:User", "attributes": [{ "name": "a" }] }),
            "are taken",
        ),
        (
            json!({ "id": schema::ENTERPRISE_USER_URN, "attributes": [{ "name": "a" }] }),
            "is built in",
        ),
        (json!({ "id": "urn:x:y" }), "urn:x:y: has no attributes"),
        (
            json!({ "id": "urn:x:y", "attributes": [{ "name": "a" }, { "name": "A" }] }),
            "urn:x:y: has two attributes named `A`",
        ),
        (
            with(json!({ "name": "a", "requierd": true })),
            "urn:example:User: a: `requierd` is unknown",
        ),
        (
            with(json!({ "name": "a b" })),
            "urn:example:User: a b: a name is a letter",
        ),
        (
            with(json!({ "name": "a", "type": "text" })),
            "`type` is `text`, but may be string, boolean",
        ),
        (with(json!({ "name": "a", "uniqueness": "server" })), "is not enforced"),
        (with(json!({ "name": "a", "type": "complex" })), "needs subAttributes"),
        (
            with(json!({ "name": "a", "subAttributes": [{ "name": "b" }] })),
            "only a complex attribute has subAttributes",
        ),
        (
            with(
                json!({ "name": "a", "type": "complex", "subAttributes": [{ "name": "b", "type": "complex", "subAttributes": [{ "name": "c" }] }] }),
            ),
            "cannot hold another one",
        ),
        (
            with(json!({ "name": "a", "required": "yes" })),
            "`required` is neither true nor false",
        ),
    ] {
        let error = Schema::from_json(&schema).unwrap_err();
        assert!(error.detail.contains(reason), "{}\nshould say {reason}", error.detail);
    }
}

#[test]
fn an_indexed_attribute_is_no_part_of_what_clients_see() {
    let schema =
        Schema::from_json(&json!({ "id": "urn:example:User", "attributes": [{ "name": "badge", "indexed": true }] }))
            .unwrap();
    assert!(schema.attributes[0].indexed);
    assert!(!schema.to_json("x").to_string().contains("indexed"));
}
