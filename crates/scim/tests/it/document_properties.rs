//! What holds for any body at all.

use proptest::prelude::*;
use scim::document::{Intent, accept, coerce, finish};
use scim::schema::{self, ResourceSchema};
use serde_json::{Map, Value, json};

use crate::user_type;

/// Any JSON, with names that often mean something.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9_f64).prop_map(Value::from),
        "[aAé \\x00]{0,3}|True|false|2026-01-01T00:00:00Z|AAAA".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            proptest::collection::vec((sub_name(), inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn sub_name() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("value"),
        Just("Value"),
        Just("type"),
        Just("primary"),
        Just("$ref"),
        Just("display"),
        Just("formatted"),
        Just("department"),
        Just("manager"),
        Just("__proto__")
    ]
    .prop_map(str::to_owned)
}

fn top_name() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::sample::select(
            schema::user()
                .attributes
                .into_iter()
                .map(|attribute| attribute.name)
                .collect::<Vec<_>>()
        ),
        proptest::sample::select(vec![
            "id",
            "META",
            "externalId",
            "USERNAME",
            "Emails",
            "name.familyName",
            schema::ENTERPRISE_USER_URN,
            schema::USHER_USER_URN
        ])
        .prop_map(str::to_owned),
    ]
}

/// A value that an attribute takes.
fn fitting(attribute: &schema::Attribute) -> BoxedStrategy<Value> {
    let single = match attribute.kind {
        schema::Type::Boolean => prop_oneof![any::<bool>().prop_map(Value::from), Just(json!("True"))].boxed(),
        schema::Type::Binary => proptest::collection::vec(any::<u8>(), 0..5)
            .prop_map(|bytes| base64_text(&bytes))
            .boxed(),
        schema::Type::Complex => {
            let subs: Vec<BoxedStrategy<(String, Value)>> = attribute
                .sub_attributes
                .iter()
                .map(|sub| {
                    let name = sub.name.clone();
                    prop_oneof![3 => fitting(sub), 1 => Just(Value::Null)]
                        .prop_map(move |value| (name.clone(), value))
                        .boxed()
                })
                .collect();
            subs.prop_map(|members| Value::Object(members.into_iter().collect()))
                .boxed()
        }
        _ => "[a-cA-C]{0,2}|\\PC{0,6}".prop_map(Value::from).boxed(),
    };
    if attribute.multi_valued {
        proptest::collection::vec(single, 0..5).prop_map(Value::Array).boxed()
    } else {
        single
    }
}

fn base64_text(bytes: &[u8]) -> Value {
    // Hex digits in fours are base64 as well.
    let quads: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}{byte:02x}")).collect();
    quads.concat().into()
}

fn fitting_body() -> impl Strategy<Value = Value> {
    let attributes: Vec<BoxedStrategy<Option<(String, Value)>>> = schema::user()
        .attributes
        .iter()
        .map(|attribute| {
            let name = attribute.name.clone();
            proptest::option::of(fitting(attribute).prop_map(move |value| (name.clone(), value))).boxed()
        })
        .collect();
    let enterprise: Vec<BoxedStrategy<(String, Value)>> = schema::enterprise_user()
        .attributes
        .iter()
        .map(|attribute| {
            let name = attribute.name.clone();
            fitting(attribute).prop_map(move |value| (name.clone(), value)).boxed()
        })
        .collect();
    (attributes, proptest::option::of(enterprise)).prop_map(|(attributes, enterprise)| {
        let mut body: Map<String, Value> = attributes.into_iter().flatten().collect();
        body.insert("userName".into(), "ada".into());
        if let Some(enterprise) = enterprise {
            body.insert(
                schema::ENTERPRISE_USER_URN.into(),
                Value::Object(enterprise.into_iter().collect()),
            );
        }
        Value::Object(body)
    })
}

fn create(body: Value, schema: &ResourceSchema) -> Result<Map<String, Value>, scim::Error> {
    accept(body, schema, Intent::Create)
}

fn has_nothing_empty(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(list) => !list.is_empty() && list.iter().all(has_nothing_empty),
        Value::Object(map) => !map.is_empty() && map.values().all(has_nothing_empty),
        _ => true,
    }
}

proptest! {
    #[test]
    fn no_body_is_too_odd(members in proptest::collection::vec((top_name(), json_value()), 0..8)) {
        let mut body: Map<String, Value> = members.into_iter().collect();
        let _ = create(Value::Object(body.clone()), &user_type());
        let _ = finish(&mut body, &user_type());
    }

    #[test]
    fn no_value_is_too_odd(value in json_value()) {
        for attribute in &schema::user().attributes {
            if let Ok(kept) = coerce(value.clone(), attribute, &attribute.name) {
                prop_assert!(kept.is_null() || has_nothing_empty(&kept));
                prop_assert_eq!(coerce(kept.clone(), attribute, &attribute.name), Ok(kept));
            }
        }
    }

    #[test]
    fn accepting_what_was_accepted_changes_nothing(body in fitting_body()) {
        let schema = user_type();
        let once = create(body, &schema).unwrap();
        prop_assert!(once.values().all(has_nothing_empty));
        prop_assert_eq!(once.keys().next().map(String::as_str), Some("schemas"));
        let twice = create(Value::Object(once.clone()), &schema).unwrap();
        prop_assert_eq!(Value::Object(twice).to_string(), Value::Object(once.clone()).to_string());
        let again = accept(Value::Object(once.clone()), &schema, Intent::Replace { before: &once }).unwrap();
        prop_assert_eq!(&again, &once);
        let mut finished = once.clone();
        finish(&mut finished, &schema).unwrap();
        prop_assert_eq!(Value::Object(finished).to_string(), Value::Object(once).to_string());
    }

    #[test]
    fn letter_case_of_names_makes_no_difference(body in fitting_body()) {
        fn upper(value: Value) -> Value {
            match value {
                Value::Object(map) => Value::Object(map.into_iter().map(|(name, value)| (name.to_uppercase(), upper(value))).collect()),
                Value::Array(list) => Value::Array(list.into_iter().map(upper).collect()),
                other => other,
            }
        }
        prop_assert_eq!(create(upper(body.clone()), &user_type()), create(body, &user_type()));
    }

    #[test]
    fn at_most_one_value_is_primary_and_schemas_list_what_is_there(body in fitting_body()) {
        let document = create(body, &user_type()).unwrap();
        for value in document.values() {
            let primaries = value.as_array().into_iter().flatten().filter(|element| element["primary"] == true).count();
            prop_assert!(primaries <= 1);
        }
        let listed = document["schemas"].as_array().unwrap().contains(&json!(schema::ENTERPRISE_USER_URN));
        prop_assert_eq!(listed, document.contains_key(schema::ENTERPRISE_USER_URN));
    }
}
