//! Rich info and roles as Wire's clients write them (W-100 to W-109).

use scim::ScimType;
use scim::patch;
use scim::schema::{WIRE_MAP_URN, WIRE_PROFILE_URN};
use scim::wire::{self, Fields};
use serde_json::{Value, json};

use crate::patch::message;

fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs
        .iter()
        .map(|(kind, value)| ((*kind).to_owned(), (*value).to_owned()))
        .collect()
}

fn list(pairs: &[(&str, &str)]) -> Value {
    wire::list_form(&fields(pairs))
}

fn legacy(pairs: &[(&str, &str)]) -> Value {
    let fields: Vec<Value> = pairs
        .iter()
        .map(|(kind, value)| json!({ "type": kind, "value": value }))
        .collect();
    json!({ "richInfo": fields })
}

#[test]
fn both_forms_become_one_list() {
    for (list, map, merged) in [
        (None, None, fields(&[])),
        (
            Some(list(&[("B", "1"), ("A", "2")])),
            None,
            fields(&[("B", "1"), ("A", "2")]),
        ),
        (
            None,
            Some(json!({ "b": "1", "a": "2" })),
            fields(&[("a", "2"), ("b", "1")]),
        ),
        // The map's value and spelling, the list's place; the rest follows by its name.
        (
            Some(list(&[("Dept", "x"), ("Title", "y")])),
            Some(json!({ "z": "3", "TITLE": "w", "c": "4" })),
            fields(&[("Dept", "x"), ("TITLE", "w"), ("c", "4"), ("z", "3")]),
        ),
        (
            Some(list(&[("Dept", ""), ("Title", "y")])),
            None,
            fields(&[("Title", "y")]),
        ),
        (Some(list(&[("Dept", "x")])), Some(json!({ "dept": "" })), fields(&[])),
        (
            Some(legacy(&[("Dept", "x"), ("dept", "y")])),
            None,
            fields(&[("Dept", "x")]),
        ),
        (
            None,
            Some(json!({ "Dept": "x", "dept": "y" })),
            fields(&[("Dept", "x")]),
        ),
        (
            Some(json!({ "RICHINFO": { "Version": 0, "FIELDS": [{ "TYPE": "a", "Value": "b" }] } })),
            None,
            fields(&[("a", "b")]),
        ),
        (Some(json!({ "richInfo": null })), Some(Value::Null), fields(&[])),
        (Some(json!([])), Some(json!([])), fields(&[])),
        (None, Some(json!({ "a": [], "b": "c" })), fields(&[("b", "c")])),
    ] {
        assert_eq!(wire::merge(list.as_ref(), map.as_ref()), Ok(merged), "{list:?} {map:?}");
    }
}

#[test]
fn what_is_no_rich_info_is_refused() {
    for (list, map) in [
        (json!({ "richInfo": { "version": 1, "fields": [] } }), json!({})),
        (json!({ "richInfo": { "fields": [] } }), json!({})),
        (json!({ "richInfo": { "version": 0 } }), json!({})),
        (
            json!({ "richInfo": { "version": 0, "fields": [{ "type": "a", "value": "x" }, { "type": "A", "value": "y" }] } }),
            json!({}),
        ),
        (json!({ "richInfo": [{ "type": "a" }] }), json!({})),
        (json!({ "richInfo": [{ "type": "a", "value": 5 }] }), json!({})),
        (json!({ "richInfo": "x" }), json!({})),
        (json!({}), json!({ "a": 5 })),
        (json!({}), json!("x")),
    ] {
        let refused = wire::merge(Some(&list), Some(&map)).unwrap_err();
        assert_eq!(refused.scim_type, Some(ScimType::InvalidValue), "{list} {map}");
    }
}

#[test]
fn both_forms_show_the_same() {
    let held = fields(&[("Dept", "Sales"), ("Title", "Boss")]);
    assert_eq!(
        wire::list_form(&held),
        json!({ "richInfo": { "version": 0, "fields": [{ "type": "Dept", "value": "Sales" }, { "type": "Title", "value": "Boss" }] } })
    );
    assert_eq!(wire::map_form(&held), json!({ "Dept": "Sales", "Title": "Boss" }));
    assert_eq!(
        wire::merge(Some(&wire::list_form(&held)), Some(&wire::map_form(&held))),
        Ok(held)
    );
}

#[test]
fn patch_changes_fields_in_place() {
    let map = |key: &str| format!("{WIRE_MAP_URN}:{key}");
    let listed = |key: &str| format!("{WIRE_PROFILE_URN}:{key}");
    for (operation, after) in [
        (
            json!({ "op": "add", "path": map("Team"), "value": "x" }),
            fields(&[("Dept", "a"), ("Title", "b"), ("Team", "x")]),
        ),
        (
            json!({ "op": "Replace", "path": map("dept"), "value": "x" }),
            fields(&[("dept", "x"), ("Title", "b")]),
        ),
        (
            json!({ "op": "add", "path": listed("TITLE"), "value": "x" }),
            fields(&[("Dept", "a"), ("TITLE", "x")]),
        ),
        (
            json!({ "op": "add", "path": map("Job title"), "value": "x" }),
            fields(&[("Dept", "a"), ("Title", "b"), ("Job title", "x")]),
        ),
        (
            json!({ "op": "add", "path": map("a.b"), "value": "x" }),
            fields(&[("Dept", "a"), ("Title", "b"), ("a.b", "x")]),
        ),
        (
            json!({ "op": "replace", "path": map("dept"), "value": "" }),
            fields(&[("Title", "b")]),
        ),
        (
            json!({ "op": "replace", "path": map("dept"), "value": null }),
            fields(&[("Title", "b")]),
        ),
        (
            json!({ "op": "remove", "path": map("DEPT") }),
            fields(&[("Title", "b")]),
        ),
        (
            json!({ "op": "remove", "path": listed("title") }),
            fields(&[("Dept", "a")]),
        ),
        (
            json!({ "op": "remove", "path": map("none") }),
            fields(&[("Dept", "a"), ("Title", "b")]),
        ),
        (
            json!({ "op": "add", "value": { (WIRE_MAP_URN): { "Team": "x", "dept": "y" } } }),
            fields(&[("dept", "y"), ("Title", "b"), ("Team", "x")]),
        ),
        (
            json!({ "op": "replace", "value": { (map("Team")): "x" } }),
            fields(&[("Dept", "a"), ("Title", "b"), ("Team", "x")]),
        ),
        (
            json!({ "op": "replace", "value": { (WIRE_PROFILE_URN): list(&[("x", "y")]) } }),
            fields(&[("x", "y")]),
        ),
        (
            json!({ "op": "add", "value": { (listed("richInfo")): [{ "type": "x", "value": "y" }] } }),
            fields(&[("Dept", "a"), ("Title", "b"), ("x", "y")]),
        ),
        (
            json!({ "op": "replace", "value": { (WIRE_MAP_URN): { "Dept": "z" } } }),
            fields(&[("Dept", "z"), ("Title", "b")]),
        ),
        (json!({ "op": "replace", "value": { (WIRE_MAP_URN): [] } }), fields(&[])),
        (
            json!({ "op": "replace", "path": map("Dept"), "value": [] }),
            fields(&[("Title", "b")]),
        ),
    ] {
        let mut held = fields(&[("Dept", "a"), ("Title", "b")]);
        let rest = wire::patch(&message(json!([operation])), &mut held);
        assert_eq!((rest, held), (Ok(vec![]), after), "{operation}");
    }
}

#[test]
fn what_is_no_patch_of_rich_info_is_refused() {
    for operation in [
        json!({ "op": "add", "path": WIRE_MAP_URN, "value": "x" }),
        json!({ "op": "remove", "path": WIRE_MAP_URN }),
        json!({ "op": "remove", "path": WIRE_PROFILE_URN }),
        json!({ "op": "remove", "path": format!("{WIRE_PROFILE_URN}:richInfo") }),
        json!({ "op": "replace", "path": WIRE_MAP_URN, "value": { "a": "x" } }),
        json!({ "op": "add", "path": WIRE_MAP_URN.to_uppercase(), "value": null }),
        json!({ "op": "replace", "path": WIRE_PROFILE_URN, "value": list(&[("a", "x")]) }),
        json!({ "op": "add", "path": format!("{WIRE_PROFILE_URN}:richINFO"), "value": [] }),
        json!({ "op": "add", "path": format!("{WIRE_MAP_URN}:"), "value": "x" }),
        json!({ "op": "add", "path": format!("{WIRE_MAP_URN}:a[b eq \"c\"]"), "value": "x" }),
        json!({ "op": "add", "path": format!("{WIRE_MAP_URN}:a"), "value": 5 }),
        json!({ "op": "add", "path": format!("{WIRE_PROFILE_URN}:a"), "value": ["x"] }),
        json!({ "op": "add", "path": format!("{WIRE_PROFILE_URN}:a") }),
    ] {
        let refused = wire::patch(&message(json!([operation])), &mut fields(&[("a", "b")])).unwrap_err();
        assert_eq!(refused.scim_type, Some(ScimType::InvalidValue), "{operation}");
    }
}

#[test]
fn other_operations_are_left_as_they_are() {
    let operations = message(json!([
        { "op": "replace", "path": "displayName", "value": "x" },
        { "op": "add", "value": { "title": "y", (WIRE_MAP_URN): { "a": "b" } } },
        { "op": "remove" },
        { "op": "add", "value": {} },
    ]));
    let mut held = fields(&[]);
    let rest = wire::patch(&operations, &mut held).unwrap();
    assert_eq!(held, fields(&[("a", "b")]));
    assert_eq!(rest.len(), 4);
    assert_eq!(rest[1].value, Some(json!({ "title": "y" })));
    assert_eq!(
        (&rest[0], &rest[2], rest[3].op),
        (&operations[0], &operations[2], patch::Op::Add)
    );
}

#[test]
fn roles_may_be_texts() {
    for (roles, expected) in [
        (json!(["admin"]), json!([{ "value": "admin" }])),
        (json!("admin"), json!([{ "value": "admin" }])),
        (
            json!([{ "value": "admin", "primary": true }]),
            json!([{ "value": "admin", "primary": true }]),
        ),
        (json!([]), json!([])),
        (json!(null), json!(null)),
    ] {
        assert_eq!(wire::roles_to_objects(&roles), Ok(expected), "{roles}");
    }
    assert!(wire::roles_to_objects(&json!([5])).is_err());
    assert!(wire::roles_to_objects(&json!(5)).is_err());
}
