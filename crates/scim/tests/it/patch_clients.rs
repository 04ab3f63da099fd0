//! PATCH as clients really send it: the messages of the RFC's examples, Entra ID's two dialects, Okta, authentik and others.

use scim::patch::{self, DeferredOp, PatchOptions};
use serde_json::{Value, json};

use crate::patch::{ENTERPRISE, message, object};
use crate::{group_type, user_type};

fn patched(before: &Value, operations: Value) -> Value {
    let mut attributes = object(before.clone());
    patch::apply(
        &mut attributes,
        &message(operations),
        &user_type(),
        &PatchOptions::default(),
    )
    .unwrap();
    attributes.shift_remove("schemas");
    Value::Object(attributes)
}

fn members(operations: Value) -> Vec<DeferredOp> {
    let mut group = object(json!({ "displayName": "All" }));
    let options = PatchOptions {
        deferred: &["members"],
        ..PatchOptions::default()
    };
    patch::apply(&mut group, &message(operations), &group_type(), &options)
        .unwrap()
        .deferred
}

#[test]
fn the_examples_of_rfc_7644() {
    let before = json!({
        "userName": "babs",
        "addresses": [
            { "type": "work", "streetAddress": "100 Universal City Plaza", "locality": "Hollywood", "primary": true },
            { "type": "home", "streetAddress": "456 Hollywood Blvd", "locality": "Hollywood" },
        ],
    });
    let value = json!({ "emails": [{ "value": "babs@jensen.org", "type": "home" }], "nickname": "Babs" });
    let after = patched(&before, json!([{ "op": "add", "value": value }]));
    assert_eq!(after["emails"], json!([{ "value": "babs@jensen.org", "type": "home" }]));
    assert_eq!(after["nickName"], "Babs");

    let work = json!({ "type": "work", "streetAddress": "911 Universal City Plaza", "country": "US", "primary": true });
    let after = patched(
        &before,
        json!([{ "op": "replace", "path": "addresses[type eq \"work\"]", "value": work }]),
    );
    assert_eq!(after["addresses"][0]["streetAddress"], "911 Universal City Plaza");
    assert_eq!(after["addresses"][0].get("locality"), None);
    assert_eq!(after["addresses"][1], before["addresses"][1]);

    let path = "addresses[type eq \"work\"].streetAddress";
    let after = patched(
        &before,
        json!([{ "op": "replace", "path": path, "value": "1010 Broadway Ave" }]),
    );
    assert_eq!(after["addresses"][0]["streetAddress"], "1010 Broadway Ave");
    assert_eq!(after["addresses"][0]["locality"], "Hollywood");

    let mails = json!([{ "value": "bjensen@example.com", "type": "work", "primary": true }, { "value": "babs@jensen.org", "type": "home" }]);
    let after = patched(
        &before,
        json!([{ "op": "replace", "value": { "emails": mails, "nickname": "Babs" } }]),
    );
    assert_eq!(after["emails"].as_array().map(Vec::len), Some(2));
    let filter = "emails[type eq \"work\" and value ew \"example.com\"]";
    let after = patched(&after, json!([{ "op": "remove", "path": filter }]));
    assert_eq!(after["emails"], json!([{ "value": "babs@jensen.org", "type": "home" }]));

    let babs =
        json!({ "display": "Babs Jensen", "$ref": "https://example.com/v2/Users/2819c223", "value": "2819c223" });
    let done = members(json!([
        { "op": "add", "path": "members", "value": [babs] },
        { "op": "remove", "path": "members" },
        { "op": "remove", "path": "members[value eq \"2819c223\"]" },
        { "op": "add", "path": "members", "value": [babs] },
    ]));
    assert_eq!(done.len(), 4);
}

#[test]
fn entra_with_capitals_texts_for_booleans_and_one_attribute_each() {
    let before =
        json!({ "userName": "ada", "active": true, "emails": [{ "type": "work", "value": "old@corp.example" }] });
    let operations = json!([
        { "op": "Replace", "path": "active", "value": "False" },
        { "op": "Add", "path": "addresses[type eq \"work\"].postalCode", "value": "10115" },
        { "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "ada@corp.example" },
        { "op": "Add", "path": format!("{ENTERPRISE}:manager"), "value": "7f3c" },
        { "op": "Replace", "path": "roles[primary eq \"True\"].value", "value": "Auditor" },
        { "op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+4930123456" },
        { "op": "Replace", "path": "name.familyName", "value": "Byron" },
        { "op": "Add", "path": "manager", "value": [{ "$ref": "https://x/Users/7f3d", "value": "7f3d" }] },
        { "op": "Remove", "path": "nickName" },
    ]);
    assert_eq!(
        patched(&before, operations),
        json!({
            "userName": "ada",
            "active": false,
            "emails": [{ "type": "work", "value": "ada@corp.example" }],
            "addresses": [{ "type": "work", "postalCode": "10115" }],
            "roles": [{ "primary": true, "value": "Auditor" }],
            "phoneNumbers": [{ "type": "mobile", "value": "+4930123456" }],
            "name": { "familyName": "Byron" },
            (ENTERPRISE): { "manager": { "value": "7f3d", "$ref": "https://x/Users/7f3d" } },
        })
    );
    let done = members(json!([
        { "op": "Add", "path": "members", "value": [{ "$ref": null, "value": "u-17" }, { "$ref": null, "value": "u-18" }] },
        { "op": "Remove", "path": "members", "value": [{ "$ref": null, "value": "u-03" }] },
    ]));
    assert_eq!(
        done,
        [
            DeferredOp::Add(vec![json!({ "value": "u-17" }), json!({ "value": "u-18" })]),
            DeferredOp::RemoveValues(vec!["u-03".into()])
        ]
    );
    // JSON text in a role is a text.
    let role = "{\"id\":\"1\",\"value\":\"Admin\"}";
    let after = patched(
        &before,
        json!([{ "op": "Add", "path": "roles", "value": [{ "value": role }] }]),
    );
    assert_eq!(after["roles"], json!([{ "value": role }]));
}

#[test]
fn entra_with_the_flag_for_scim_2() {
    let before = json!({ "userName": "ada", "displayName": "Ada" });
    let operations = json!([
        { "op": "replace", "path": "phoneNumbers[type eq \"work\"].value", "value": "+1 202 555 0100" },
        { "op": "replace", "value": { "displayName": "Ada B", "name.givenName": "Ada", (format!("{ENTERPRISE}:employeeNumber")): "0042" } },
    ]);
    assert_eq!(
        patched(&before, operations),
        json!({
            "userName": "ada",
            "name": { "givenName": "Ada" },
            "displayName": "Ada B",
            "phoneNumbers": [{ "type": "work", "value": "+1 202 555 0100" }],
            (ENTERPRISE): { "employeeNumber": "0042" },
        })
    );
    let done = members(json!([{ "op": "remove", "path": "members[value eq \"u-03\"]" }]));
    assert!(
        matches!(done.as_slice(), [DeferredOp::RemoveWhere(filter)] if filter.equal_values("value") == Some(vec!["u-03".into()]))
    );
}

#[test]
fn okta_sailpoint_authentik_wso2_and_keycloak() {
    let before = json!({ "userName": "ann", "active": true });
    for operations in [
        json!([{ "op": "replace", "value": { "active": false } }]),
        json!([{ "op": "add", "value": { "active": false } }]),
        json!([{ "op": "replace", "value": { "active": false, "id": "g-1", "password": "thrown away" } }]),
    ] {
        assert_eq!(
            patched(&before, operations),
            json!({ "userName": "ann", "active": false })
        );
    }
    assert_eq!(
        members(json!([{ "op": "replace", "value": { "id": "g-1", "displayName": "New" } }])),
        []
    );
    let whole = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "id": "g", "externalId": "e", "displayName": "New" });
    assert_eq!(members(json!([{ "op": "replace", "value": whole }])), []);
    for (operation, expected) in [
        (
            json!({ "op": "add", "value": { "members": [{ "value": "u-1" }] } }),
            DeferredOp::Add(vec![json!({ "value": "u-1" })]),
        ),
        (
            json!({ "op": "remove", "path": "members", "value": null }),
            DeferredOp::RemoveAll,
        ),
        (
            json!({ "op": "remove", "path": "members", "value": [{ "value": "u-2" }] }),
            DeferredOp::RemoveValues(vec!["u-2".into()]),
        ),
        (
            json!({ "op": "replace", "path": "members", "value": [] }),
            DeferredOp::Replace(vec![]),
        ),
        (
            json!({ "op": "add", "path": "members", "value": [{ "value": "u-9", "display": "nine@x" }] }),
            DeferredOp::Add(vec![json!({ "value": "u-9", "display": "nine@x" })]),
        ),
    ] {
        let done = members(json!([operation]));
        let plain = |op: &DeferredOp| match op {
            DeferredOp::Add(values) => {
                DeferredOp::Add(values.iter().map(|value| json!({ "value": value["value"] })).collect())
            }
            other => other.clone(),
        };
        assert_eq!(
            done.iter().map(plain).collect::<Vec<_>>(),
            [plain(&expected)],
            "{operation}"
        );
    }
}

#[test]
fn what_no_schema_has_is_named_once_and_lenience_passes_it_over() {
    let operations = message(json!([
        { "op": "add", "path": "shoeSize", "value": 43 },
        { "op": "remove", "path": "shoeSize" },
        { "op": "add", "path": "emails[type eq \"work\"].since", "value": "x" },
        { "op": "add", "path": "emails", "value": [{ "value": "a@b", "since": "x" }] },
        { "op": "replace", "path": ENTERPRISE, "value": { "floor": 3, "department": "d" } },
        { "op": "replace", "value": { "title": "Dr", "größe": 1, "name.pet": "Rex", "nothing": null, "urn:a:b:c": {} } },
        { "op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User", "value": { "colour": "red" } },
    ]));
    assert_eq!(
        patch::unknown(&operations, &user_type()),
        [
            "shoeSize",
            "emails[type eq \"work\"].since",
            "emails.since",
            &format!("{ENTERPRISE}:floor"),
            "größe",
            "name.pet",
            "urn:a:b:c",
            "urn:ietf:params:scim:schemas:core:2.0:User:colour",
        ]
    );
    let lenient = PatchOptions {
        lenient: true,
        ..PatchOptions::default()
    };
    let mut attributes = object(json!({ "userName": "ann" }));
    patch::apply(&mut attributes, &operations, &user_type(), &lenient).unwrap();
    attributes.shift_remove("schemas");
    assert_eq!(
        Value::Object(attributes),
        json!({ "userName": "ann", "title": "Dr", "emails": [{ "value": "a@b" }], ENTERPRISE: { "department": "d" } })
    );
}
