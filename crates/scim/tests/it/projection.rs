//! What is cut out of a resource's text.

use std::sync::Arc;

use proptest::prelude::*;
use scim::projection::Projection;
use scim::raw;
use scim::schema::{self, ResourceSchema, Schema};
use serde_json::{Value, json};

use crate::{group_type, user_type};

const ENTERPRISE: &str = schema::ENTERPRISE_USER_URN;
const USHER: &str = schema::USHER_USER_URN;

fn resource() -> Value {
    json!({
        "id": "1",
        "schemas": [schema::USER_URN, ENTERPRISE],
        "userName": "ada",
        "name": { "givenName": "Ada", "familyName": "L" },
        "emails": [{ "value": "a@x", "type": "work", "primary": true }, { "value": "b@x" }, { "type": "other" }],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "Tools", "manager": { "value": "2", "$ref": "../2" } },
        "meta": { "resourceType": "User", "location": "https://example.com/{[\"\\" },
    })
}

fn projection(attributes: &str, excluded: &str) -> Projection {
    Projection::parse(Some(attributes), Some(excluded), &[&user_type()]).unwrap()
}

fn applied(projection: &Projection, resource: &Value) -> Value {
    let mut out = Vec::new();
    projection.apply_raw(&resource.to_string(), &mut out);
    serde_json::from_slice(&out).unwrap()
}

fn names(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn only_what_is_named_is_answered_with_id_and_schemas() {
    for (attributes, expected) in [
        ("userName", vec!["id", "schemas", "userName"]),
        (" USERNAME ,, nope,urn:nobody:x", vec!["id", "schemas", "userName"]),
        (
            "urn:ietf:params:scim:schemas:core:2.0:User:userName",
            vec!["id", "schemas", "userName"],
        ),
        ("nope", vec!["id", "schemas"]),
        ("meta", vec!["id", "schemas", "meta"]),
        ("department", vec!["id", "schemas", ENTERPRISE]),
        (ENTERPRISE, vec!["id", "schemas", ENTERPRISE]),
    ] {
        assert_eq!(
            names(&applied(&projection(attributes, ""), &resource())),
            expected,
            "{attributes}"
        );
    }
}

#[test]
fn parts_are_cut_out_of_every_value() {
    let kept = |attributes: &str| applied(&projection(attributes, ""), &resource());
    assert_eq!(
        kept("emails.value")["emails"],
        json!([{ "value": "a@x" }, { "value": "b@x" }])
    );
    assert_eq!(
        kept("emails.TYPE,emails.value")["emails"],
        json!([{ "value": "a@x", "type": "work" }, { "value": "b@x" }, { "type": "other" }])
    );
    assert_eq!(kept("emails.value,emails")["emails"], resource()["emails"]);
    assert_eq!(kept("name.givenName")["name"], json!({ "givenName": "Ada" }));
    assert_eq!(
        kept("manager.value")[ENTERPRISE],
        json!({ "manager": { "value": "2" } })
    );
    assert_eq!(
        kept("manager")[ENTERPRISE],
        json!({ "manager": { "value": "2", "$ref": "../2" } })
    );
    assert_eq!(kept("name.middleName").get("name"), None);
}

#[test]
fn what_is_excluded_is_left_out_but_never_the_id() {
    let kept = |excluded: &str| applied(&projection("", excluded), &resource());
    assert_eq!(
        names(&kept("id,schemas,EMAILS,meta,nope")),
        ["id", "schemas", "userName", "name", ENTERPRISE]
    );
    assert_eq!(
        kept("emails.type,emails.primary")["emails"],
        json!([{ "value": "a@x" }, { "value": "b@x" }])
    );
    assert_eq!(
        kept("department")[ENTERPRISE],
        json!({ "manager": { "value": "2", "$ref": "../2" } })
    );
    assert_eq!(
        names(&kept(&format!("{ENTERPRISE},{ENTERPRISE}:department"))),
        ["id", "schemas", "userName", "name", "emails", "meta"]
    );
    assert_eq!(kept("id.x,name.nope"), resource());
}

#[test]
fn both_lists_at_once_are_refused_and_empty_ones_are_none() {
    let error = Projection::parse(Some("a"), Some("b"), &[&user_type()]).unwrap_err();
    assert_eq!(
        (error.status, error.scim_type),
        (400, Some(scim::ScimType::InvalidValue))
    );
    for projection in [
        projection("", ""),
        projection(" , ", ""),
        Projection::all(),
        Projection::from_lists(&[], &[], &[]).unwrap(),
    ] {
        assert!(projection.is_all());
        assert_eq!(applied(&projection, &resource()), resource());
    }
}

#[test]
fn what_need_not_be_loaded_can_be_asked_beforehand() {
    let (user, group) = (user_type(), group_type());
    let entra = Projection::parse(None, Some("members"), &[&group]).unwrap();
    assert!(!entra.wants("members") && entra.wants("displayName"));
    let one = Projection::parse(Some("members.value"), None, &[&group]).unwrap();
    assert!(one.wants("members") && !one.wants("displayName") && one.wants("id"));
    assert!(
        Projection::parse(None, Some("members.display"), &[&group])
            .unwrap()
            .wants("members")
    );
    for (attributes, wanted) in [
        (USHER, true),
        ("lifecycle", true),
        ("urn:usher:scim:schemas:1.0:User:invitation.status", true),
        ("userName", false),
        ("", false),
    ] {
        assert_eq!(
            Projection::parse(Some(attributes), None, &[&user, &group])
                .unwrap()
                .wants_requested(USHER),
            wanted,
            "{attributes}"
        );
    }
    assert!(!Projection::all().wants_requested(USHER));
}

#[test]
fn on_request_means_when_named_and_never_means_never() {
    let own = json!({ "id": "urn:example:User", "attributes": [
        { "name": "shown" }, { "name": "asked", "returned": "request" }, { "name": "secret", "returned": "never" }, { "name": "fixed", "returned": "always" },
    ] });
    let user = ResourceSchema::new(
        "User",
        "/Users",
        Arc::new(schema::user()),
        vec![Arc::new(Schema::from_json(&own).unwrap())],
    );
    let resource =
        json!({ "id": "1", "userName": "a", "urn:example:User": { "shown": 1, "asked": 2, "secret": 3, "fixed": 4 } });
    let kept = |attributes, excluded| {
        applied(&Projection::parse(attributes, excluded, &[&user]).unwrap(), &resource)["urn:example:User"].clone()
    };
    assert_eq!(kept(None, None), json!({ "shown": 1, "fixed": 4 }));
    assert_eq!(kept(Some("asked,secret"), None), json!({ "asked": 2, "fixed": 4 }));
    assert_eq!(
        kept(Some("urn:example:User"), None),
        json!({ "shown": 1, "asked": 2, "fixed": 4 })
    );
    assert_eq!(kept(None, Some("shown,fixed")), json!({ "fixed": 4 }));
    assert_eq!(kept(None, Some("urn:example:User")), json!({ "fixed": 4 }));
}

#[test]
fn plain_texts_in_a_list_stay_whole() {
    let wire = json!({ "id": "1", "roles": ["owner"] });
    assert_eq!(applied(&projection("roles.value", ""), &wire), wire);
}

#[test]
fn pieces_of_a_text_are_passed_on_as_they_stand_there() {
    let text = r#" { "a" : 1.50 , "b\u0022" : "x\"}" ,"c":[ 1, {"d":"]"} ],"e":{ } , "f":null } "#;
    let members: Vec<(String, &str)> = raw::members(text)
        .map(|(name, value)| (name.into_owned(), value))
        .collect();
    let expected = [
        ("a", "1.50"),
        ("b\"", r#""x\"}""#),
        ("c", r#"[ 1, {"d":"]"} ]"#),
        ("e", "{ }"),
        ("f", "null"),
    ];
    assert_eq!(members, expected.map(|(name, value)| (name.to_owned(), value)));
    assert_eq!(
        raw::elements(r#"[ 1, {"d":"]"} ,"," ]"#).collect::<Vec<_>>(),
        ["1", r#"{"d":"]"}"#, "\",\""]
    );
    assert_eq!(
        raw::members("{}").count() + raw::elements("[]").count() + raw::members("[1]").count(),
        0
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            proptest::collection::vec((any::<String>(), inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn the_pieces_are_what_a_parser_finds(members in proptest::collection::vec((any::<String>(), any_json()), 0..5), pretty in any::<bool>()) {
        let value = Value::Object(members.into_iter().collect());
        let text = if pretty { serde_json::to_string_pretty(&value).unwrap() } else { value.to_string() };
        let pieces: serde_json::Map<String, Value> =
            raw::members(&text).map(|(name, piece)| (name.into_owned(), serde_json::from_str(piece).unwrap())).collect();
        prop_assert_eq!(Value::Object(pieces), value);
    }

    #[test]
    fn text_that_is_no_json_does_no_harm(text in "[\\[\\]{}\",:\\\\é a1]{0,40}") {
        prop_assert!(raw::members(&text).count() <= text.len());
        prop_assert!(raw::elements(&text).count() <= text.len());
        projection("emails.value,name", "").apply_raw(&text, &mut Vec::new());
        projection("", "emails.value,name").apply_raw(&text, &mut Vec::new());
    }

    /// Whatever is asked for: the answer is JSON, has id and schemas, and nothing that is not in the resource.
    #[test]
    fn an_answer_is_always_a_part_of_the_resource_with_its_id(
        list in proptest::collection::vec("id|schemas|userName|emails(\\.(value|type|nope))?|name(\\.givenName)?|department|manager\\.value|meta\\.location|[a-z.:]{0,5}", 0..5),
        excludes in any::<bool>(),
    ) {
        let joined = list.join(",");
        let projection = if excludes { projection("", &joined) } else { projection(&joined, "") };
        let answer = applied(&projection, &resource());
        prop_assert_eq!(&answer["id"], &resource()["id"]);
        prop_assert_eq!(&answer["schemas"], &resource()["schemas"]);
        for name in names(&answer) {
            prop_assert!(projection.wants(name), "{} is there but not wanted", name);
        }
        prop_assert!(is_part(&answer, &resource()));
    }
}

fn is_part(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => part
            .iter()
            .all(|(name, value)| whole.get(name).is_some_and(|other| is_part(value, other))),
        (Value::Array(part), Value::Array(whole)) => part
            .iter()
            .all(|element| whole.iter().any(|other| is_part(element, other))),
        (part, whole) => part == whole,
    }
}
