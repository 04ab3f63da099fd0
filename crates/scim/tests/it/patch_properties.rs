//! Laws of PATCH.

use proptest::prelude::*;
use scim::patch::{self, Op, Operation, PatchOptions};
use serde_json::{Map, Value, json};

use crate::patch::ENTERPRISE;
use crate::user_type;

/// An attribute, and a value for it.
fn single() -> impl Strategy<Value = (String, Value)> {
    let text = "[a-zA-Zß]{1,6}";
    prop_oneof![
        text.prop_map(|text| ("title".to_owned(), json!(text))),
        text.prop_map(|text| ("name.familyName".to_owned(), json!(text))),
        text.prop_map(|text| ("name".to_owned(), json!({ "givenName": text }))),
        text.prop_map(|text| (format!("{ENTERPRISE}:department"), json!(text))),
        text.prop_map(|text| ("manager".to_owned(), json!(text))),
        any::<bool>().prop_map(|flag| ("active".to_owned(), json!(if flag { "True" } else { "False" }))),
        text.prop_map(|text| ("emails[type eq \"work\"].value".to_owned(), json!(text))),
    ]
}

fn mail() -> impl Strategy<Value = Value> {
    let kind = prop_oneof![Just(None), Just(Some("work")), Just(Some("home"))];
    ("[a-cA-C]", kind, proptest::option::of(any::<bool>())).prop_map(|(value, kind, primary)| {
        let mut mail = Map::new();
        mail.insert("value".into(), value.into());
        kind.map(|kind| mail.insert("type".into(), kind.into()));
        primary.map(|primary| mail.insert("primary".into(), primary.into()));
        Value::Object(mail)
    })
}

fn mails() -> impl Strategy<Value = Value> {
    proptest::collection::vec(mail(), 1..4).prop_map(Value::Array)
}

fn assignment() -> impl Strategy<Value = (String, Value)> {
    prop_oneof![2 => single(), 1 => mails().prop_map(|mails| ("emails".to_owned(), mails))]
}

/// A user that came about by operations.
fn user() -> impl Strategy<Value = Map<String, Value>> {
    proptest::collection::vec(assignment(), 0..6).prop_map(|assignments| {
        let mut user = Map::from_iter([("userName".to_owned(), json!("ann"))]);
        for (path, value) in assignments {
            apply(&mut user, Op::Replace, &path, Some(value));
        }
        scim::document::finish(&mut user, &user_type()).unwrap();
        user
    })
}

fn apply(user: &mut Map<String, Value>, op: Op, path: &str, value: Option<Value>) -> bool {
    let operation = Operation {
        op,
        path: Some(path.to_owned()),
        value,
    };
    let outcome = patch::apply(
        user,
        std::slice::from_ref(&operation),
        &user_type(),
        &PatchOptions::default(),
    );
    outcome.unwrap_or_else(|error| panic!("{operation:?}: {error}")).changed
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        proptest::sample::select(vec!["", "x", "True", "bulkId:a", ENTERPRISE]).prop_map(Value::from),
    ];
    let key = proptest::sample::select(vec![
        "userName",
        "EMAILS",
        "value",
        "type",
        "primary",
        "name.givenName",
        "$ref",
        "manager",
        ENTERPRISE,
        "emails[type eq \"x\"].value",
        "id",
        "schemas",
        "__proto__",
        "a[",
    ]);
    leaf.prop_recursive(3, 12, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
            proptest::collection::vec((key.clone(), inner), 0..4).prop_map(|members| members
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect::<Map<_, _>>()
                .into()),
        ]
    })
}

fn any_path() -> impl Strategy<Value = Option<String>> {
    let known = vec![
        "userName",
        "title",
        "name",
        "name.givenName",
        "emails",
        "emails.value",
        "emails[type eq \"work\"]",
        "emails[primary eq true].value",
        "emails[type pr].primary",
        "manager",
        "manager.value",
        ENTERPRISE,
        "roles",
        "x509Certificates",
        "addresses",
        "groups",
        "id",
        "a[b",
        "",
        "urn:x:y",
        "meta.version",
        "schemas",
        "active",
        "password",
    ];
    proptest::option::of(
        prop_oneof![4 => proptest::sample::select(known).prop_map(str::to_owned), 1 => any::<String>()],
    )
}

proptest! {
    #[test]
    fn replacing_twice_is_replacing_once(mut user in user(), (path, value) in assignment()) {
        apply(&mut user, Op::Replace, &path, Some(value.clone()));
        let once = user.clone();
        prop_assert!(!apply(&mut user, Op::Replace, &path, Some(value)));
        prop_assert_eq!(user, once);
    }

    #[test]
    fn adding_twice_is_adding_once(mut user in user(), (path, value) in assignment()) {
        apply(&mut user, Op::Add, &path, Some(value.clone()));
        let once = user.clone();
        prop_assert!(!apply(&mut user, Op::Add, &path, Some(value)));
        prop_assert_eq!(user, once);
    }

    #[test]
    fn removing_what_was_absent_before_it_was_added_changes_nothing((path, value) in single(), others in user()) {
        prop_assume!(!path.contains('['));
        let mut before = others;
        apply(&mut before, Op::Remove, &path, None);
        let mut after = before.clone();
        apply(&mut after, Op::Add, &path, Some(value));
        apply(&mut after, Op::Remove, &path, None);
        // Only the other part of a complex value may have come along.
        prop_assert_eq!(after, before);
    }

    #[test]
    fn removing_the_elements_that_were_added_leaves_none_of_them(mut user in user(), mails in mails()) {
        apply(&mut user, Op::Remove, "emails", None);
        let before = user.clone();
        apply(&mut user, Op::Add, "emails", Some(mails.clone()));
        apply(&mut user, Op::Remove, "emails", Some(mails));
        prop_assert_eq!(user, before);
    }

    #[test]
    fn a_list_that_replaces_is_all_there_is(mut user in user(), mails in mails()) {
        let mut fresh = Map::from_iter([("userName".to_owned(), json!("ann"))]);
        apply(&mut fresh, Op::Add, "emails", Some(mails.clone()));
        apply(&mut user, Op::Replace, "emails", Some(mails));
        prop_assert_eq!(&user["emails"], &fresh["emails"]);
    }

    #[test]
    fn a_value_without_a_path_is_its_members_one_by_one(user in user(), list in proptest::collection::vec(assignment(), 0..4), adds in any::<bool>()) {
        let op = if adds { Op::Add } else { Op::Replace };
        let value: Map<String, Value> = list.into_iter().collect();
        let mut one_by_one = user.clone();
        for (path, value) in &value {
            apply(&mut one_by_one, op, path, Some(value.clone()));
        }
        let mut at_once = user;
        let operation = Operation { op, path: None, value: Some(Value::Object(value)) };
        patch::apply(&mut at_once, &[operation], &user_type(), &PatchOptions::default()).unwrap();
        prop_assert_eq!(at_once, one_by_one);
    }

    #[test]
    fn changed_says_whether_the_document_is_another(mut user in user(), operations in proptest::collection::vec((any_path(), any_json(), 0..3_usize), 1..4)) {
        let ops = [Op::Add, Op::Replace, Op::Remove];
        let operations: Vec<_> =
            operations.into_iter().map(|(path, value, op)| Operation { op: ops[op], path, value: Some(value) }).collect();
        let before = user.clone();
        let outcome = patch::apply(&mut user, &operations, &user_type(), &PatchOptions::default());
        if outcome.is_err() {
            prop_assert_eq!(&user, &before, "what is refused has changed nothing");
        }
        if let Ok(outcome) = outcome {
            prop_assert_eq!(outcome.changed, user != before);
            // The end state is one that every write may have: finished, and accepted as a body.
            let mut finished = user.clone();
            scim::document::finish(&mut finished, &user_type()).unwrap();
            prop_assert_eq!(&finished, &user);
            let mails = user.get("emails").and_then(Value::as_array).into_iter().flatten();
            prop_assert!(mails.filter(|mail| mail.get("primary") == Some(&json!(true))).count() <= 1);
            let accepted = scim::document::accept(Value::Object(user.clone()), &user_type(), scim::document::Intent::Create);
            prop_assert_eq!(accepted.ok(), Some(user));
        }
    }
}
