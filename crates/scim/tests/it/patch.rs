//! PATCH by example: the matrix of RFC 7644 §3.5.2, row by row.

use scim::ScimType;
use scim::patch::{self, DeferredOp, Operation, PatchOptions, PatchOutcome};
use scim::schema::ResourceSchema;
use serde_json::{Map, Value, json};

use crate::{group_type, user_type};

pub(crate) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

pub(crate) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is no object"),
    }
}

pub(crate) fn message(operations: Value) -> Vec<Operation> {
    let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations });
    patch::parse(&object(body)).unwrap()
}

/// A user that the operations find: userName, and what is given.
fn user(attributes: Value) -> Map<String, Value> {
    let mut user = object(json!({ "schemas": [CORE], "userName": "ann" }));
    user.extend(object(attributes));
    scim::document::finish(&mut user, &user_type()).unwrap();
    user
}

/// What operations make of a user, without what every user has.
fn patched(before: Value, operations: Value) -> Value {
    let mut attributes = user(before);
    let outcome = patch::apply(
        &mut attributes,
        &message(operations.clone()),
        &user_type(),
        &PatchOptions::default(),
    );
    outcome.unwrap_or_else(|error| panic!("{operations}: {error}"));
    attributes.shift_remove("schemas");
    if attributes.get("userName") == Some(&json!("ann")) {
        attributes.shift_remove("userName");
    }
    Value::Object(attributes)
}

fn refusal(before: Value, operations: Value) -> scim::Error {
    let outcome = patch::apply(
        &mut user(before),
        &message(operations.clone()),
        &user_type(),
        &PatchOptions::default(),
    );
    outcome.expect_err(&operations.to_string())
}

fn refused(before: Value, operations: Value) -> Option<ScimType> {
    let error = refusal(before, operations);
    assert_eq!(error.status, 400);
    error.scim_type
}

fn work(value: &str) -> Value {
    json!({ "value": value, "type": "work" })
}

fn home(value: &str) -> Value {
    json!({ "value": value, "type": "home" })
}

#[test]
fn single_values_are_set_replaced_and_removed() {
    for (before, operation, after) in [
        (
            json!({}),
            json!({ "op": "add", "path": "title", "value": "Lead" }),
            json!({ "title": "Lead" }),
        ),
        (
            json!({ "title": "Lead" }),
            json!({ "op": "add", "path": "TITLE", "value": "Boss" }),
            json!({ "title": "Boss" }),
        ),
        (
            json!({}),
            json!({ "op": "replace", "path": "title", "value": "Lead" }),
            json!({ "title": "Lead" }),
        ),
        (
            json!({ "title": "Lead" }),
            json!({ "op": "replace", "path": "title", "value": null }),
            json!({}),
        ),
        (
            json!({ "title": "Lead" }),
            json!({ "op": "add", "path": "title", "value": null }),
            json!({ "title": "Lead" }),
        ),
        (
            json!({ "title": "Lead" }),
            json!({ "op": "remove", "path": "title" }),
            json!({}),
        ),
        (json!({}), json!({ "op": "remove", "path": "title" }), json!({})),
        (
            json!({ "active": true }),
            json!({ "op": "Replace", "path": "active", "value": "False" }),
            json!({ "active": false }),
        ),
        (
            json!({ "active": true }),
            json!({ "op": "remove", "path": "active" }),
            json!({}),
        ),
        (
            json!({}),
            json!({ "op": "add", "path": "externalId", "value": "7" }),
            json!({ "externalId": "7" }),
        ),
        (
            json!({}),
            json!({ "op": "replace", "path": "userName", "value": "bob" }),
            json!({ "userName": "bob" }),
        ),
        (
            json!({}),
            json!({ "op": "add", "path": format!("{CORE}:title"), "value": "x" }),
            json!({ "title": "x" }),
        ),
        // Taken and dropped.
        (
            json!({}),
            json!({ "op": "replace", "path": "password", "value": "secret" }),
            json!({}),
        ),
        (json!({}), json!({ "op": "remove", "path": "password" }), json!({})),
        // What follows from the data.
        (
            json!({}),
            json!({ "op": "Add", "path": "schemas", "value": [ENTERPRISE] }),
            json!({}),
        ),
        (
            json!({}),
            json!({ "op": "replace", "value": { "schemas": 5 } }),
            json!({}),
        ),
    ] {
        assert_eq!(patched(before, json!([operation])), after, "{operation}");
    }
}

#[test]
fn complex_values_are_merged() {
    let name = json!({ "name": { "givenName": "Ann", "familyName": "Lee" } });
    for (operation, after) in [
        (
            json!({ "op": "add", "path": "name", "value": { "givenName": "Bo" } }),
            json!({ "givenName": "Bo", "familyName": "Lee" }),
        ),
        (
            json!({ "op": "replace", "path": "name", "value": { "GIVENNAME": "Bo" } }),
            json!({ "givenName": "Bo", "familyName": "Lee" }),
        ),
        (
            json!({ "op": "replace", "path": "name", "value": { "givenName": null } }),
            json!({ "familyName": "Lee" }),
        ),
        (
            json!({ "op": "replace", "path": "name", "value": { "shoe": 42 } }),
            json!({ "givenName": "Ann", "familyName": "Lee" }),
        ),
        (
            json!({ "op": "replace", "path": "name.givenName", "value": "Bo" }),
            json!({ "givenName": "Bo", "familyName": "Lee" }),
        ),
        (
            json!({ "op": "add", "path": "name.middleName", "value": "M" }),
            json!({ "givenName": "Ann", "familyName": "Lee", "middleName": "M" }),
        ),
        (
            json!({ "op": "remove", "path": "name.givenName" }),
            json!({ "familyName": "Lee" }),
        ),
        (
            json!({ "op": "replace", "path": "name.givenName", "value": null }),
            json!({ "familyName": "Lee" }),
        ),
    ] {
        assert_eq!(
            patched(name.clone(), json!([operation])),
            json!({ "name": after }),
            "{operation}"
        );
    }
    for operation in [
        json!({ "op": "remove", "path": "name" }),
        json!({ "op": "replace", "path": "name", "value": null }),
        json!({ "op": "replace", "path": "name", "value": { "givenName": null, "familyName": "" } }),
    ] {
        let after = patched(name.clone(), json!([operation]));
        assert!(
            after == json!({}) || after == json!({ "name": { "familyName": "" } }),
            "{operation}: {after}"
        );
    }
    assert_eq!(
        patched(
            json!({ "name": { "givenName": "Ann" } }),
            json!([{ "op": "remove", "path": "name.givenName" }])
        ),
        json!({})
    );
}

#[test]
fn lists_grow_shrink_and_are_replaced() {
    let before = json!({ "emails": [work("a"), home("b")] });
    for (operation, after) in [
        (
            json!({ "op": "add", "path": "emails", "value": [work("c")] }),
            json!([work("a"), home("b"), work("c")]),
        ),
        (
            json!({ "op": "add", "path": "emails", "value": work("c") }),
            json!([work("a"), home("b"), work("c")]),
        ),
        (
            json!({ "op": "add", "value": { "emails": [work("c")] } }),
            json!([work("a"), home("b"), work("c")]),
        ),
        // One value and type is one element, in any letter case; it takes what it lacks.
        (
            json!({ "op": "add", "path": "emails", "value": [work("A")] }),
            json!([work("a"), home("b")]),
        ),
        (
            json!({ "op": "add", "path": "emails", "value": [{ "value": "a", "type": "work", "display": "Ann" }] }),
            json!([{ "value": "a", "type": "work", "display": "Ann" }, home("b")]),
        ),
        (
            json!({ "op": "add", "path": "emails", "value": [home("a")] }),
            json!([work("a"), home("b"), home("a")]),
        ),
        (
            json!({ "op": "add", "path": "emails", "value": [] }),
            json!([work("a"), home("b")]),
        ),
        (
            json!({ "op": "add", "path": "emails", "value": null }),
            json!([work("a"), home("b")]),
        ),
        (
            json!({ "op": "add", "path": "emails.value", "value": "c" }),
            json!([work("a"), home("b"), { "value": "c" }]),
        ),
        (
            json!({ "op": "replace", "path": "emails", "value": [work("c"), work("c")] }),
            json!([work("c")]),
        ),
        (
            json!({ "op": "replace", "value": { "emails": [work("c")] } }),
            json!([work("c")]),
        ),
        (json!({ "op": "replace", "path": "emails", "value": [] }), json!(null)),
        (
            json!({ "op": "replace", "path": "emails[type eq \"work\"]", "value": [] }),
            json!([home("b")]),
        ),
        (
            json!({ "op": "replace", "path": "emails[type eq \"work\"].type", "value": [] }),
            json!([{ "value": "a" }, home("b")]),
        ),
        (json!({ "op": "replace", "path": "emails", "value": null }), json!(null)),
        (
            json!({ "op": "replace", "path": "emails.type", "value": "other" }),
            json!([{ "value": "a", "type": "other" }, { "value": "b", "type": "other" }]),
        ),
        (json!({ "op": "remove", "path": "emails" }), json!(null)),
        (json!({ "op": "remove", "path": "emails", "value": null }), json!(null)),
        (
            json!({ "op": "remove", "path": "emails", "value": [{ "value": "A" }] }),
            json!([home("b")]),
        ),
        (
            json!({ "op": "remove", "path": "emails", "value": [{ "value": "a", "type": "home" }] }),
            json!([work("a"), home("b")]),
        ),
        (
            json!({ "op": "remove", "path": "emails", "value": { "value": "b" } }),
            json!([work("a")]),
        ),
        (
            json!({ "op": "remove", "path": "emails", "value": ["b", "z"] }),
            json!([work("a")]),
        ),
        (
            json!({ "op": "remove", "path": "emails", "value": [] }),
            json!([work("a"), home("b")]),
        ),
        (
            json!({ "op": "remove", "path": "emails.type" }),
            json!([{ "value": "a" }, { "value": "b" }]),
        ),
    ] {
        let after = if after.is_null() {
            json!({})
        } else {
            json!({ "emails": after })
        };
        assert_eq!(patched(before.clone(), json!([operation])), after, "{operation}");
    }
}

#[test]
fn an_empty_list_is_no_value_of_a_single_one_either() {
    let before = json!({ "displayName": "Ann", "active": true, "name": { "givenName": "Ann", "familyName": "B" }, (ENTERPRISE): { "department": "x" } });
    for (op, path, gone) in [
        ("replace", "displayName", "/displayName"),
        ("replace", "active", "/active"),
        ("replace", "name", "/name"),
        ("replace", "name.givenName", "/name/givenName"),
        (
            "replace",
            ENTERPRISE,
            "/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        ),
        ("add", "displayName", ""),
        ("add", "name.givenName", ""),
        ("add", ENTERPRISE, ""),
    ] {
        let by_path = patched(before.clone(), json!([{ "op": op, "path": path, "value": [] }]));
        let without = patched(before.clone(), json!([{ "op": op, "value": { path: [] } }]));
        assert_eq!(by_path, without, "{op} {path}");
        if gone.is_empty() {
            assert_eq!(by_path, before, "{op} {path}");
        } else {
            assert_eq!(by_path.pointer(gone), None, "{op} {path}");
        }
    }
}

#[test]
fn brackets_choose_elements() {
    let before = json!({ "emails": [work("a"), home("b")] });
    for (operation, after) in [
        (
            json!({ "op": "add", "path": "emails[type eq \"work\"]", "value": { "display": "A" } }),
            json!([{ "value": "a", "display": "A", "type": "work" }, home("b")]),
        ),
        (
            json!({ "op": "replace", "path": "emails[type eq \"work\"]", "value": { "value": "c", "type": "other" } }),
            json!([{ "value": "c", "type": "other" }, home("b")]),
        ),
        (
            json!({ "op": "replace", "path": "emails[type eq \"work\"]", "value": [work("c")] }),
            json!([work("c"), home("b")]),
        ),
        (
            json!({ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "c" }),
            json!([work("c"), home("b")]),
        ),
        (
            json!({ "op": "add", "path": "emails[type pr].display", "value": "x" }),
            json!([{ "value": "a", "display": "x", "type": "work" }, { "value": "b", "display": "x", "type": "home" }]),
        ),
        (
            json!({ "op": "remove", "path": "emails[type eq \"work\"]" }),
            json!([home("b")]),
        ),
        (
            json!({ "op": "remove", "path": "emails[type eq \"work\" or value eq \"B\"]" }),
            json!(null),
        ),
        (
            json!({ "op": "remove", "path": "emails[type eq \"home\" and not (primary eq true)]" }),
            json!([work("a")]),
        ),
        (
            json!({ "op": "remove", "path": "emails[type eq \"none\"]" }),
            json!([work("a"), home("b")]),
        ),
        (
            json!({ "op": "remove", "path": "emails[type eq \"work\"].type" }),
            json!([{ "value": "a" }, home("b")]),
        ),
        (
            json!({ "op": "replace", "path": "emails[type eq \"work\"].type", "value": null }),
            json!([{ "value": "a" }, home("b")]),
        ),
        (
            json!({ "op": "replace", "path": "emails[type eq \"work\"]", "value": null }),
            json!([home("b")]),
        ),
        (
            json!({ "op": "replace", "path": "emails[type eq \"none\"].value", "value": null }),
            json!([work("a"), home("b")]),
        ),
        (
            json!({ "op": "replace", "path": format!("{CORE}:emails[TYPE eq \"work\"].VALUE"), "value": "c" }),
            json!([work("c"), home("b")]),
        ),
        (
            json!({ "op": "replace", "value": { "emails[type eq \"work\"].value": "c" } }),
            json!([work("c"), home("b")]),
        ),
        // What is not there yet is made, where the path says what it is.
        (
            json!({ "op": "replace", "path": "emails[type eq \"other\"].value", "value": "c" }),
            json!([work("a"), home("b"), { "value": "c", "type": "other" }]),
        ),
        (
            json!({ "op": "add", "path": "emails[type eq \"other\" and display eq \"O\"].value", "value": "c" }),
            json!([work("a"), home("b"), { "display": "O", "type": "other", "value": "c" }]),
        ),
    ] {
        let after = if after.is_null() {
            json!({})
        } else {
            json!({ "emails": after })
        };
        assert_eq!(patched(before.clone(), json!([operation])), after, "{operation}");
    }
    for path in [
        "emails[type eq \"other\"]",
        "emails[type sw \"o\"].value",
        "emails[type eq \"o\" or type eq \"p\"].value",
        "emails[value eq \"z\"].value",
    ] {
        let operation = json!([{ "op": "replace", "path": path, "value": if path.ends_with(']') { json!({ "value": "c" }) } else { json!("c") } }]);
        assert_eq!(refused(before.clone(), operation), Some(ScimType::NoTarget), "{path}");
    }
}

#[test]
fn operations_with_one_filter_meet_one_element() {
    let operations = json!([
        { "op": "Add", "path": "addresses[type eq \"work\"].postalCode", "value": "10115" },
        { "op": "Add", "path": "addresses[type eq \"work\"].locality", "value": "Berlin" },
        { "op": "Replace", "path": "addresses[type eq \"work\"].locality", "value": "Bern" },
    ]);
    assert_eq!(
        patched(json!({}), operations),
        json!({ "addresses": [{ "type": "work", "postalCode": "10115", "locality": "Bern" }] })
    );
}

#[test]
fn one_value_is_primary() {
    let primary = |value: &str, primary: bool| json!({ "value": value, "primary": primary });
    let before = json!({ "emails": [primary("a", true), { "value": "b" }] });
    for (operation, after) in [
        (
            json!({ "op": "add", "path": "emails", "value": [primary("c", true)] }),
            json!([primary("a", false), { "value": "b" }, primary("c", true)]),
        ),
        (
            json!({ "op": "add", "path": "emails", "value": [primary("b", true)] }),
            json!([primary("a", false), primary("b", true)]),
        ),
        (
            json!({ "op": "replace", "path": "emails[value eq \"b\"].primary", "value": "True" }),
            json!([primary("a", false), primary("b", true)]),
        ),
        (
            json!({ "op": "add", "path": "emails[value eq \"b\"]", "value": { "primary": true } }),
            json!([primary("a", false), primary("b", true)]),
        ),
        (
            json!({ "op": "replace", "path": "emails", "value": [primary("c", true), primary("d", true)] }),
            json!([primary("c", true), primary("d", false)]),
        ),
        (
            json!({ "op": "replace", "path": "emails[primary eq \"True\"].value", "value": "z" }),
            json!([primary("z", true), { "value": "b" }]),
        ),
    ] {
        assert_eq!(
            patched(before.clone(), json!([operation])),
            json!({ "emails": after }),
            "{operation}"
        );
    }
    let made = patched(
        json!({}),
        json!([{ "op": "Replace", "path": "roles[primary eq \"True\"].value", "value": "Auditor" }]),
    );
    assert_eq!(made, json!({ "roles": [{ "primary": true, "value": "Auditor" }] }));
}

#[test]
fn extensions_are_changed_by_attribute_and_whole() {
    let before = json!({ (ENTERPRISE): { "department": "Tools", "manager": { "value": "m", "$ref": "../Users/m" } } });
    for (operation, after) in [
        (
            json!({ "op": "replace", "path": format!("{ENTERPRISE}:department"), "value": "Hr" }),
            json!({ "department": "Hr", "manager": { "value": "m", "$ref": "../Users/m" } }),
        ),
        (
            json!({ "op": "replace", "path": "department", "value": "Hr" }),
            json!({ "department": "Hr", "manager": { "value": "m", "$ref": "../Users/m" } }),
        ),
        (
            json!({ "op": "replace", "path": ENTERPRISE.to_uppercase(), "value": { "Department": "Hr" } }),
            json!({ "department": "Hr", "manager": { "value": "m", "$ref": "../Users/m" } }),
        ),
        (
            json!({ "op": "replace", "value": { (ENTERPRISE): { "costCenter": "7", "Manager": null } } }),
            json!({ "department": "Tools", "costCenter": "7" }),
        ),
        (
            json!({ "op": "add", "value": { (format!("{ENTERPRISE}:costCenter")): "7" } }),
            json!({ "department": "Tools", "costCenter": "7", "manager": { "value": "m", "$ref": "../Users/m" } }),
        ),
        // Another manager is not found under the address of the one before.
        (
            json!({ "op": "replace", "path": format!("{ENTERPRISE}:manager.value"), "value": "n" }),
            json!({ "department": "Tools", "manager": { "value": "n" } }),
        ),
        (
            json!({ "op": "Add", "path": "manager", "value": "n" }),
            json!({ "department": "Tools", "manager": { "value": "n" } }),
        ),
        (
            json!({ "op": "Add", "path": "manager", "value": [{ "value": "n", "$ref": "../Users/n" }] }),
            json!({ "department": "Tools", "manager": { "value": "n", "$ref": "../Users/n" } }),
        ),
        (
            json!({ "op": "replace", "path": "manager", "value": "" }),
            json!({ "department": "Tools" }),
        ),
        (
            json!({ "op": "remove", "path": format!("{ENTERPRISE}:manager") }),
            json!({ "department": "Tools" }),
        ),
    ] {
        assert_eq!(
            patched(before.clone(), json!([operation])),
            json!({ (ENTERPRISE): after }),
            "{operation}"
        );
    }
    for operation in [
        json!({ "op": "remove", "path": ENTERPRISE }),
        json!({ "op": "replace", "path": ENTERPRISE, "value": null }),
        json!({ "op": "replace", "value": { (ENTERPRISE): null } }),
    ] {
        assert_eq!(patched(before.clone(), json!([operation])), json!({}), "{operation}");
    }
}

#[test]
fn schemas_lists_the_extensions_that_have_data() {
    let mut attributes = user(json!({}));
    let apply = |attributes: &mut Map<String, Value>, operation: Value| {
        patch::apply(
            attributes,
            &message(json!([operation])),
            &user_type(),
            &PatchOptions::default(),
        )
        .unwrap()
    };
    assert!(
        apply(
            &mut attributes,
            json!({ "op": "add", "path": ENTERPRISE, "value": { "department": "x" } })
        )
        .changed
    );
    assert_eq!(attributes["schemas"], json!([CORE, ENTERPRISE]));
    assert!(apply(&mut attributes, json!({ "op": "remove", "path": ENTERPRISE })).changed);
    assert_eq!(attributes["schemas"], json!([CORE]));
}

#[test]
fn what_may_not_be_is_refused() {
    use ScimType::{InvalidFilter, InvalidPath, InvalidValue, Mutability, NoTarget};
    for (operation, expected) in [
        (json!({ "op": "remove" }), NoTarget),
        (json!({ "op": "remove", "value": { "title": "x" } }), NoTarget),
        (json!({ "op": "remove", "path": CORE }), NoTarget),
        (json!({ "op": "add", "path": "title" }), InvalidValue),
        (json!({ "op": "replace" }), InvalidValue),
        (json!({ "op": "replace", "value": "x" }), InvalidValue),
        (json!({ "op": "replace", "value": [] }), InvalidValue),
        (json!({ "op": "replace", "path": "title", "value": 5 }), InvalidValue),
        (
            json!({ "op": "replace", "path": "active", "value": "maybe" }),
            InvalidValue,
        ),
        (json!({ "op": "replace", "path": "emails", "value": [5] }), InvalidValue),
        (
            json!({ "op": "replace", "path": "emails[type eq \"work\"]", "value": "x" }),
            NoTarget,
        ),
        (json!({ "op": "replace", "path": "name", "value": 5 }), InvalidValue),
        (
            json!({ "op": "replace", "path": ENTERPRISE, "value": "x" }),
            InvalidValue,
        ),
        (json!({ "op": "replace", "path": "shoeSize", "value": 5 }), InvalidPath),
        (json!({ "op": "remove", "path": "shoeSize" }), InvalidPath),
        (
            json!({ "op": "replace", "path": "displayName.x", "value": "x" }),
            InvalidPath,
        ),
        (
            json!({ "op": "replace", "path": "urn:example:none:1.0:X:y", "value": "x" }),
            InvalidPath,
        ),
        (
            json!({ "op": "replace", "path": "emails[type eq", "value": "x" }),
            InvalidPath,
        ),
        (json!({ "op": "replace", "path": "emails]", "value": "x" }), InvalidPath),
        (
            json!({ "op": "replace", "path": "emails[type eq \"work\"].shoe", "value": "x" }),
            InvalidPath,
        ),
        (
            json!({ "op": "replace", "path": "emails[type eq \"work\"].value.x", "value": "x" }),
            InvalidPath,
        ),
        (
            json!({ "op": "replace", "path": "name[givenName eq \"x\"]", "value": "x" }),
            InvalidPath,
        ),
        (
            json!({ "op": "replace", "path": "emails[shoe eq \"work\"].value", "value": "x" }),
            InvalidFilter,
        ),
        (
            json!({ "op": "replace", "path": "emails[primary eq \"maybe\"].value", "value": "x" }),
            InvalidFilter,
        ),
        (json!({ "op": "replace", "path": "id", "value": "x" }), Mutability),
        (json!({ "op": "remove", "path": "id" }), Mutability),
        (
            json!({ "op": "replace", "path": "meta.created", "value": "2026-01-01T00:00:00Z" }),
            Mutability,
        ),
        (
            json!({ "op": "add", "path": "groups", "value": [{ "value": "g" }] }),
            Mutability,
        ),
        (
            json!({ "op": "replace", "path": "manager.displayName", "value": "x" }),
            Mutability,
        ),
        (
            json!({ "op": "replace", "path": "urn:usher:scim:schemas:1.0:User", "value": { "kind": "x" } }),
            Mutability,
        ),
        (json!({ "op": "remove", "path": "userName" }), Mutability),
        (
            json!({ "op": "replace", "path": "userName", "value": null }),
            Mutability,
        ),
        (json!({ "op": "replace", "value": { "userName": null } }), Mutability),
    ] {
        assert_eq!(refused(json!({}), json!([operation])), Some(expected), "{operation}");
    }
    assert_eq!(
        refusal(
            json!({}),
            json!([{ "op": "add", "path": "title", "value": "x" }, { "op": "remove" }])
        )
        .detail,
        "Operations[1]: remove needs a path"
    );
}

#[test]
fn inside_a_value_without_a_path_the_undefined_and_the_read_only_are_passed_over() {
    let value = json!({
        "schemas": ["urn:x"], "id": "7", "meta": { "version": "1" }, "groups": [], "shoeSize": 42, "__proto__": {}, "no name": 1, "name.shoe": 1,
        "http://schemas.microsoft.com/2006/11/x": {}, "urn:unknown:2.0:X": { "a": 1 }, "password": "x", "manager.displayName": "x",
        "name.givenName": "Ann", "NAME": { "familyName": "Lee" }, "externalId": "e", (CORE): { "title": "T" },
    });
    assert_eq!(
        patched(json!({}), json!([{ "op": "replace", "value": value }])),
        json!({ "externalId": "e", "name": { "familyName": "Lee", "givenName": "Ann" }, "title": "T" })
    );
}

#[test]
fn members_of_values_stand_in_the_order_of_the_schema() {
    let after = patched(
        json!({ "name": { "familyName": "Lee", "givenName": "Ann" } }),
        json!([
            { "op": "add", "path": "emails[type eq \"work\"].value", "value": "a@b" },
            { "op": "add", "path": "name.formatted", "value": "Ann Lee" },
            { "op": "add", "path": format!("{ENTERPRISE}:department"), "value": "IT" },
            { "op": "add", "path": format!("{ENTERPRISE}:employeeNumber"), "value": "7" },
        ]),
    );
    assert_eq!(after["emails"].to_string(), r#"[{"value":"a@b","type":"work"}]"#);
    assert_eq!(
        after["name"].to_string(),
        r#"{"formatted":"Ann Lee","familyName":"Lee","givenName":"Ann"}"#
    );
    assert_eq!(
        after[ENTERPRISE].to_string(),
        r#"{"employeeNumber":"7","department":"IT"}"#
    );
}

/// What has no value is told apart by all of it, in whatever order it was written.
#[test]
fn the_same_address_made_in_another_order_is_the_same() {
    let address = json!({ "locality": "Bonn", "country": "DE", "type": "work" });
    let after = patched(
        json!({ "addresses": [{ "type": "work" }] }),
        json!([
            { "op": "add", "path": "addresses[type eq \"work\"].country", "value": "DE" },
            { "op": "add", "path": "addresses[type eq \"work\"].locality", "value": "Bonn" },
        ]),
    );
    assert_eq!(after, json!({ "addresses": [address] }));
    let mut attributes =
        user(json!({ "addresses": [{ "type": "work", "country": "DE", "locality": "Bonn" }, address] }));
    scim::document::finish(&mut attributes, &user_type()).unwrap();
    assert_eq!(attributes["addresses"], json!([address]));
}

#[test]
fn operations_that_walk_long_lists_too_often_are_refused() {
    let many: Vec<Value> = (0..2_000)
        .map(|number| json!({ "value": format!("{number}") }))
        .collect();
    let one = |number: usize| json!({ "op": "add", "path": "emails", "value": [{ "value": format!("x{number}") }] });
    let operations = |count: usize| Value::Array((0..count).map(one).collect());
    patched(json!({ "emails": many }), operations(50));
    let error = refusal(json!({ "emails": many }), operations(200));
    assert_eq!(error.scim_type, Some(ScimType::TooMany), "{error}");
    let brackets = (0..20)
        .map(|number| format!("value eq \"{number}\""))
        .collect::<Vec<_>>()
        .join(" or ");
    let removal = json!({ "op": "remove", "path": format!("emails[{brackets}]") });
    let error = refusal(json!({ "emails": many }), Value::Array(vec![removal; 20]));
    assert_eq!(error.scim_type, Some(ScimType::TooMany), "{error}");
}

#[test]
fn lenient_passes_over_undefined_attributes() {
    let operations = message(json!([
        { "op": "add", "path": "shoeSize", "value": 42 },
        { "op": "remove", "path": "urn:example:none:1.0:X:y" },
        { "op": "add", "path": "title", "value": "x" },
    ]));
    let mut attributes = user(json!({}));
    let outcome = patch::apply(
        &mut attributes,
        &operations,
        &user_type(),
        &PatchOptions {
            lenient: true,
            ..PatchOptions::default()
        },
    )
    .unwrap();
    assert!(outcome.changed);
    assert_eq!(attributes["title"], "x");
    let malformed = message(json!([{ "op": "add", "path": "a..b", "value": 42 }]));
    assert!(
        patch::apply(
            &mut attributes,
            &malformed,
            &user_type(),
            &PatchOptions {
                lenient: true,
                ..PatchOptions::default()
            }
        )
        .is_err()
    );
}

#[test]
fn nothing_changed_is_seen() {
    let before = json!({ "title": "x", "name": { "givenName": "Ann" }, "emails": [work("a")], (ENTERPRISE): { "department": "d" } });
    for operation in [
        json!({ "op": "add", "path": "title", "value": "x" }),
        json!({ "op": "replace", "value": { "title": "x", "name": { "givenName": "Ann" }, "emails": [work("a")], "id": "7" } }),
        json!({ "op": "add", "path": "emails", "value": [work("a")] }),
        json!({ "op": "remove", "path": "emails[type eq \"home\"]" }),
        json!({ "op": "remove", "path": "nickName" }),
        json!({ "op": "add", "path": "password", "value": "x" }),
        json!({ "op": "replace", "path": "department", "value": "d" }),
    ] {
        let mut attributes = user(before.clone());
        let outcome = patch::apply(
            &mut attributes,
            &message(json!([operation])),
            &user_type(),
            &PatchOptions::default(),
        )
        .unwrap();
        assert_eq!(
            (outcome.changed, &attributes),
            (false, &user(before.clone())),
            "{operation}"
        );
    }
}

fn in_group(operations: Value) -> Result<(Map<String, Value>, PatchOutcome), scim::Error> {
    let mut group = object(json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "All" }));
    let outcome = patch::apply(
        &mut group,
        &message(operations),
        &group_type(),
        &PatchOptions {
            deferred: &["members"],
            ..PatchOptions::default()
        },
    )?;
    Ok((group, outcome))
}

#[test]
fn operations_on_what_is_not_in_the_document_are_handed_on_in_order() {
    let (group, outcome) = in_group(json!([
        { "op": "add", "path": "members", "value": [{ "$ref": null, "value": "u-1" }, { "value": "u-2", "type": "User" }] },
        { "op": "replace", "value": { "displayName": "Some", "members": [{ "value": "u-3" }] } },
        { "op": "Remove", "path": "members", "value": [{ "$ref": null, "value": "u-1" }, { "$ref": "https://x/Users/u-9" }] },
        { "op": "remove", "path": "members[value eq \"u-4\"]" },
        { "op": "remove", "path": "members", "value": null },
        { "op": "remove", "path": "members" },
        { "op": "replace", "path": "members", "value": [] },
        { "op": "add", "path": "Members", "value": { "value": "u-5" } },
        { "op": "add", "path": "members", "value": ["u-6"] },
        { "op": "add", "path": "members", "value": [] },
        { "op": "remove", "path": "members", "value": [] },
    ]))
    .unwrap();
    assert_eq!(group["displayName"], "Some");
    assert!(outcome.changed);
    let member = |id: &str| json!({ "value": id });
    let [add, replace, remove, remove_where, rest @ ..] = outcome.deferred.as_slice() else {
        panic!("{:?}", outcome.deferred)
    };
    assert_eq!(
        *add,
        DeferredOp::Add(vec![member("u-1"), json!({ "value": "u-2", "type": "User" })])
    );
    assert_eq!(*replace, DeferredOp::Replace(vec![member("u-3")]));
    assert_eq!(*remove, DeferredOp::RemoveValues(vec!["u-1".into(), "u-9".into()]));
    let DeferredOp::RemoveWhere(filter) = remove_where else {
        panic!("{remove_where:?}")
    };
    assert_eq!(filter.equal_values("value"), Some(vec!["u-4".into()]));
    assert!(filter.matches(&object(json!({ "value": "u-4", "type": "User" }))));
    assert_eq!(
        rest,
        [
            DeferredOp::RemoveAll,
            DeferredOp::RemoveAll,
            DeferredOp::Replace(vec![]),
            DeferredOp::Add(vec![member("u-5")]),
            DeferredOp::Add(vec![member("u-6")]),
        ]
    );
}

#[test]
fn a_member_is_added_or_removed_but_not_changed() {
    for operation in [
        json!({ "op": "replace", "path": "members[value eq \"u\"].value", "value": "v" }),
        json!({ "op": "add", "path": "members[value eq \"u\"].display", "value": "v" }),
        json!({ "op": "replace", "path": "members[value eq \"u\"]", "value": { "value": "v" } }),
        json!({ "op": "replace", "path": "members.type", "value": "Group" }),
        json!({ "op": "remove", "path": "displayName" }),
    ] {
        assert_eq!(
            in_group(json!([operation])).unwrap_err().scim_type,
            Some(ScimType::Mutability),
            "{operation}"
        );
    }
    let (_, outcome) = in_group(json!([{ "op": "add", "path": "members", "value": [{ "value": "u" }] }])).unwrap();
    assert!(!outcome.changed);
}

#[test]
fn immutable_attributes_are_set_once() {
    let schema = json!({
        "id": "urn:example:hr:1.0:User", "name": "Hr", "description": "", "attributes": [
            { "name": "badge", "type": "string", "mutability": "immutable" },
            { "name": "level", "type": "integer", "required": true },
            { "name": "since", "type": "dateTime" },
        ],
    });
    let schema = scim::schema::Schema::from_json(&schema).unwrap();
    let schema = ResourceSchema::new(
        "User",
        "/Users",
        std::sync::Arc::new(scim::schema::user()),
        vec![std::sync::Arc::new(schema)],
    );
    let urn = "urn:example:hr:1.0:User";
    let apply = |before: Value, operation: Value| {
        let mut attributes = object(json!({ "schemas": [CORE, urn], "userName": "ann", (urn): before }));
        let outcome = patch::apply(
            &mut attributes,
            &message(json!([operation])),
            &schema,
            &PatchOptions::default(),
        );
        outcome
            .map(|_| attributes.get(urn).cloned().unwrap_or_default())
            .map_err(|error| error.scim_type)
    };
    let badge = |op: &str, value: Value| json!({ "op": op, "path": format!("{urn}:badge"), "value": value });
    assert_eq!(
        apply(json!({ "level": 1 }), badge("add", json!("b"))),
        Ok(json!({ "badge": "b", "level": 1 }))
    );
    assert_eq!(
        apply(json!({ "level": 1 }), badge("replace", json!("b"))),
        Ok(json!({ "badge": "b", "level": 1 }))
    );
    let set = json!({ "badge": "b", "level": 1 });
    assert_eq!(apply(set.clone(), badge("replace", json!("b"))), Ok(set.clone()));
    for operation in [
        badge("add", json!("c")),
        badge("replace", json!("c")),
        badge("remove", json!(null)),
        badge("replace", json!(null)),
    ] {
        assert_eq!(
            apply(set.clone(), operation.clone()),
            Err(Some(ScimType::Mutability)),
            "{operation}"
        );
    }
    assert_eq!(
        apply(set.clone(), json!({ "op": "remove", "path": format!("{urn}:level") })),
        Err(Some(ScimType::Mutability))
    );
    assert_eq!(
        apply(set.clone(), json!({ "op": "remove", "path": urn })),
        Err(Some(ScimType::Mutability))
    );
    assert_eq!(
        apply(
            json!({ "level": 1 }),
            json!({ "op": "add", "path": "since", "value": "2026-01-01T01:00:00+01:00" })
        ),
        Ok(json!({ "level": 1, "since": "2026-01-01T00:00:00Z" }))
    );
}

#[test]
fn a_message_is_read_in_any_letter_case_and_refused_if_it_is_none() {
    let read = |body: Value| patch::parse(&object(body)).map_err(|error| error.scim_type);
    let operations =
        read(json!({ "operations": [{ "OP": "ADD", "Path": " title ", "VALUE": null, "name": "ignored" }] })).unwrap();
    assert_eq!(
        operations,
        [Operation {
            op: patch::Op::Add,
            path: Some("title".into()),
            value: Some(Value::Null)
        }]
    );
    for body in [
        json!({}),
        json!({ "Operations": [] }),
        json!({ "Operations": {} }),
        json!({ "Operations": [5] }),
        json!({ "Operations": [{ "path": "title" }] }),
        json!({ "Operations": [{ "op": "move" }] }),
        json!({ "Operations": [{ "op": 5 }] }),
        json!({ "Operations": [{ "op": "add", "path": 5 }] }),
        json!({ "schemas": [], "Operations": [{ "op": "add", "value": {} }] }),
        json!({ "schemas": ["urn:other"], "Operations": [{ "op": "add", "value": {} }] }),
    ] {
        assert_eq!(read(body.clone()), Err(Some(ScimType::InvalidSyntax)), "{body}");
    }
    assert_eq!(patch::parse_or_none(&object(json!({ "Operations": [] }))), Ok(vec![]));
    assert_eq!(
        patch::parse_value(&json!([{ "op": "remove", "path": "title" }]))
            .unwrap()
            .len(),
        1
    );
}
