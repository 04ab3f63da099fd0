//! Bodies as clients send them, and what is made of them.

use std::sync::Arc;

use scim::document::{Intent, accept, coerce, coerce_element, complete_as_canaille, finish, unknown};
use scim::schema::{self, ENTERPRISE_USER_URN, GROUP_URN, ResourceSchema, Schema, USER_URN};
use scim::{Error, ScimType};
use serde_json::{Map, Value, json};

use crate::{group_type, user_type};

fn created(schema: &ResourceSchema, body: Value) -> Value {
    Value::Object(accept(body, schema, Intent::Create).unwrap())
}

fn refused(schema: &ResourceSchema, body: Value) -> Error {
    accept(body, schema, Intent::Create).unwrap_err()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is no object"),
    }
}

fn replaced(schema: &ResourceSchema, before: Value, body: Value) -> Result<Value, Error> {
    accept(
        body,
        schema,
        Intent::Replace {
            before: &object(before),
        },
    )
    .map(Value::Object)
}

/// RFC 7643 §8.2 and §8.3, shortened in nothing but repetition.
fn full_user() -> Value {
    json!({
        "schemas": [USER_URN, ENTERPRISE_USER_URN],
        "id": "2819c223-7f76-453a-919d-413861904646",
        "externalId": "701984",
        "userName": "bjensen@example.com",
        "name": {
            "formatted": "Ms. Barbara J Jensen, III",
            "familyName": "Jensen",
            "givenName": "Barbara",
            "middleName": "Jane",
            "honorificPrefix": "Ms.",
            "honorificSuffix": "III"
        },
        "displayName": "Babs Jensen",
        "nickName": "Babs",
        "profileUrl": "https://login.example.com/bjensen",
        "emails": [
            { "value": "bjensen@example.com", "type": "work", "primary": true },
            { "value": "babs@jensen.org", "type": "home" }
        ],
        "addresses": [{
            "streetAddress": "100 Universal City Plaza",
            "locality": "Hollywood",
            "region": "CA",
            "postalCode": "91608",
            "country": "USA",
            "formatted": "100 Universal City Plaza\nHollywood, CA 91608 USA",
            "type": "work",
            "primary": true
        }],
        "phoneNumbers": [{ "value": "tel:555-555-5555", "type": "work" }, { "value": "tel:555-555-4444", "type": "mobile" }],
        "ims": [{ "value": "someaimhandle", "type": "aim" }],
        "photos": [{ "value": "https://photos.example.com/profilephoto/72930000000Ccne/F", "type": "photo" }],
        "userType": "Employee",
        "title": "Tour Guide",
        "preferredLanguage": "en-US",
        "locale": "en-US",
        "timezone": "America/Los_Angeles",
        "active": true,
        "password": "t1meMa$heen",
        "groups": [{ "value": "e9e30dba-f08f-4109-8486-d5c6a331660a", "$ref": "../Groups/e9e30dba", "display": "Tour Guides" }],
        "x509Certificates": [{ "value": "MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAw" }],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "employeeNumber": "701984",
            "costCenter": "4130",
            "organization": "Universal Studios",
            "division": "Theme Park",
            "department": "Tour Operations",
            "manager": { "value": "26118915", "$ref": "../Users/26118915", "displayName": "John Smith" }
        },
        "meta": { "resourceType": "User", "created": "2010-01-23T04:56:22Z", "version": "W/\"3694e05e9dff591\"" }
    })
}

#[test]
fn the_full_user_of_the_rfc_is_kept_but_for_what_is_not_the_clients() {
    let mut expected = full_user();
    let map = expected.as_object_mut().unwrap();
    for name in ["id", "meta", "groups", "password"] {
        map.shift_remove(name);
    }
    map[ENTERPRISE_USER_URN]["manager"]
        .as_object_mut()
        .unwrap()
        .shift_remove("displayName");
    let document = created(&user_type(), full_user());
    assert_eq!(document, expected);
    assert!(document.to_string().starts_with(&format!(
        "{{\"schemas\":[\"{USER_URN}\",\"{ENTERPRISE_USER_URN}\"],\"externalId\":\"701984\",\"userName\""
    )));
}

#[test]
fn the_group_of_the_rfc_is_kept_with_its_members() {
    let body = json!({
        "schemas": [GROUP_URN],
        "id": "e9e30dba-f08f-4109-8486-d5c6a331660a",
        "displayName": "Tour Guides",
        "members": [
            { "value": "2819c223", "$ref": "https://example.com/v2/Users/2819c223", "display": "Babs Jensen" },
            { "value": "902c246b", "$ref": null, "type": "User" },
            { "value": "2819c223", "type": "User" }
        ],
    });
    let expected = json!({
        "schemas": [GROUP_URN],
        "displayName": "Tour Guides",
        "members": [{ "value": "2819c223", "$ref": "https://example.com/v2/Users/2819c223" }, { "value": "902c246b", "type": "User" }],
    });
    assert_eq!(created(&group_type(), body), expected);
}

#[test]
fn names_are_taken_in_any_letter_case_and_answered_in_one() {
    let body = json!({
        "SCHEMAS": [USER_URN.to_uppercase()],
        "UserName": "ada",
        "EMAILS": [{ "Value": "ada@example.com", "Primary": "True", "TYPE": "work" }],
        "URN:ietf:params:scim:schemas:extension:Enterprise:2.0:user": { "Department": "Tools", "Manager": { "Value": "7f3c" } },
    });
    let expected = json!({
        "schemas": [USER_URN, ENTERPRISE_USER_URN],
        "userName": "ada",
        "emails": [{ "value": "ada@example.com", "type": "work", "primary": true }],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "Tools", "manager": { "value": "7f3c" } },
    });
    assert_eq!(created(&user_type(), body), expected);
}

#[test]
fn of_names_that_differ_in_case_only_the_last_counts() {
    let document = created(
        &user_type(),
        json!({ "userName": "a", "USERNAME": "b", "title": "x", "Title": null }),
    );
    assert_eq!(document, json!({ "schemas": [USER_URN], "userName": "b" }));
}

/// Entra's documented POST has top-level nulls of enterprise attributes; dotted and odd names must not be stored either.
#[test]
fn unknown_members_are_neither_refused_nor_kept() {
    let body = json!({
        "userName": "ada",
        "department": null,
        "manager": "7f3c",
        "name.givenName": "Ada",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department": "Tools",
        "urn:example:unknown": { "a": 1 },
        "__proto__": { "active": false },
        "constructor": [],
        "name": { "givenName": "Ada", "__proto__": { "familyName": "x" }, "unknown": { "deep": [[[1]]] } },
        "emails": [{ "value": "a@example.com", "verified": true }, { "verified": true }],
    });
    let expected = json!({
        "schemas": [USER_URN],
        "userName": "ada",
        "name": { "givenName": "Ada" },
        "emails": [{ "value": "a@example.com" }],
    });
    assert_eq!(created(&user_type(), body), expected);
}

#[test]
fn null_and_empty_mean_absent() {
    let body = json!({
        "userName": "ada", "title": null, "emails": [], "roles": [null], "phoneNumbers": [{}, { "value": null }], "name": { "givenName": null },
        "addresses": null, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": null, "manager": "", "costCenter": [] },
        "displayName": [], "active": [], "password": [], "nickName": [], "ims": [""], "photos": "",
    });
    assert_eq!(
        created(&user_type(), body),
        json!({ "schemas": [USER_URN], "userName": "ada" })
    );
    for nothing in [json!(null), json!([]), json!({})] {
        let mut body = json!({ "userName": "ada" });
        body[ENTERPRISE_USER_URN] = nothing;
        assert_eq!(
            created(&user_type(), body),
            json!({ "schemas": [USER_URN], "userName": "ada" })
        );
    }
}

#[test]
fn a_value_may_come_as_the_text_of_it() {
    for (given, roles) in [
        (
            json!(["admin", "admin", "user"]),
            json!([{ "value": "admin" }, { "value": "user" }]),
        ),
        (json!("admin"), json!([{ "value": "admin" }])),
        (
            json!(["admin", { "value": "user", "type": "x" }]),
            json!([{ "value": "admin" }, { "value": "user", "type": "x" }]),
        ),
        (
            json!(["{\"value\":\"admin\"}"]),
            json!([{ "value": "{\"value\":\"admin\"}" }]),
        ),
    ] {
        let made = created(&user_type(), json!({ "userName": "ada", "roles": given }));
        assert_eq!(made["roles"], roles);
    }
}

#[test]
fn of_elements_without_a_value_one_is_left_whichever_is_primary() {
    let body = json!({ "userName": "ada", "roles": [{ "value": "a", "primary": true }, { "type": "x", "primary": true }, { "type": "x", "primary": false }] });
    let made = created(&user_type(), body);
    assert_eq!(
        made["roles"],
        json!([{ "value": "a", "primary": true }, { "type": "x", "primary": false }])
    );
    assert_eq!(created(&user_type(), made.clone()), made);
}

#[test]
fn values_come_back_exactly_as_sent() {
    let body = json!({
        "schemas": [USER_URN],
        "externalId": " 0042 ",
        "userName": " Ａda ",
        "displayName": "e\u{301} \u{1F680} \u{202E}rtl  ",
        "preferredLanguage": "0b1e0c0e-no-language",
        "locale": "",
        "active": false,
        "emails": [{ "value": "Uuid@UUID.com", "display": "x", "type": "anything", "primary": false }, { "value": "b" }],
        "roles": [{ "value": "{\"id\":\"1\",\"value\":\"admin\"}" }],
        "x509Certificates": [{ "value": "MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAw" }],
    });
    assert_eq!(created(&user_type(), body.clone()), body);
}

#[test]
fn a_wrong_type_is_refused_by_the_name_of_the_attribute() {
    for (member, value, detail) in [
        ("userName", json!(5), "userName: is a text, not a number"),
        ("userName", json!(["ada"]), "userName: is a text, not a list"),
        ("addresses", json!("Wien"), "addresses: is a list, not this text"),
        (
            "addresses",
            json!(["Wien"]),
            "addresses[0]: is an object, not this text",
        ),
        ("roles", json!(5), "roles: is a list, not a number"),
        ("emails", json!([5]), "emails[0]: is an object, not a number"),
        ("emails", json!([["a"]]), "emails[0]: is an object, not a list"),
        (
            "emails",
            json!([{ "value": "a" }, { "value": {} }]),
            "emails[1].value: is a text, not an object",
        ),
        (
            "emails",
            json!([{ "primary": "yes" }]),
            "emails[0].primary: is true or false, not this text",
        ),
        ("active", json!("maybe"), "active: is true or false, not this text"),
        ("active", json!(1), "active: is true or false, not a number"),
        ("name", json!("Ada"), "name: is an object, not this text"),
        (
            "name",
            json!({ "givenName": true }),
            "name.givenName: is a text, not true or false",
        ),
        (
            "x509Certificates",
            json!([{ "value": "not base64!" }]),
            "x509Certificates[0].value: is a text in base64",
        ),
        ("title", json!("a\0b"), "title: may not contain U+0000"),
        ("schemas", json!({}), "schemas: is a list of URNs"),
        ("schemas", json!([5]), "schemas: holds something that is no URN"),
        (
            ENTERPRISE_USER_URN,
            json!("x"),
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User: is an object",
        ),
        (
            ENTERPRISE_USER_URN,
            json!({ "department": 4 }),
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department: is a text, not a number",
        ),
    ] {
        let mut body = json!({ "userName": "ada" });
        body[member] = value;
        let error = refused(&user_type(), body);
        assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidValue)));
        assert_eq!(error.detail, detail);
    }
    assert_eq!(
        refused(&user_type(), json!([])).scim_type,
        Some(ScimType::InvalidSyntax)
    );
}

#[test]
fn all_problems_are_told_at_once() {
    let error = refused(
        &user_type(),
        json!({ "title": 1, "emails": [{ "value": 1 }, { "primary": 2 }], "schemas": [GROUP_URN] }),
    );
    let told: Vec<&str> = error.detail.split("; ").collect();
    assert_eq!(told.len(), 5, "{told:?}");
    assert_eq!(error.attribute.as_deref(), Some("schemas"));
    assert!(told.contains(&"userName: is required"), "{told:?}");
    let many: Vec<Value> = (0..50).map(Value::from).collect();
    assert!(
        refused(&user_type(), json!({ "userName": "a", "emails": many }))
            .detail
            .ends_with("; and 30 more")
    );
}

#[test]
fn what_is_required_may_be_neither_missing_nor_empty() {
    for body in [json!({}), json!({ "userName": null }), json!({ "userName": "" })] {
        assert_eq!(refused(&user_type(), body).detail, "userName: is required");
    }
    assert_eq!(
        refused(&group_type(), json!({ "members": [] })).detail,
        "displayName: is required"
    );
}

#[test]
fn schemas_may_be_missing_or_list_what_nobody_knows_but_not_another_type() {
    let microsoft = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group";
    for schemas in [
        json!(null),
        json!([]),
        json!([microsoft]),
        json!(["urn:scim:schemas:core:1.0"]),
        json!([ENTERPRISE_USER_URN, USER_URN]),
        json!(USER_URN),
    ] {
        let document = created(&user_type(), json!({ "schemas": schemas, "userName": "ada" }));
        assert_eq!(
            document["schemas"],
            json!([USER_URN]),
            "a listed extension without data is not listed in the answer"
        );
    }
    for schemas in [
        json!([GROUP_URN]),
        json!([USER_URN, GROUP_URN]),
        json!([schema::SCHEMA_URN]),
    ] {
        let error = refused(&user_type(), json!({ "schemas": schemas, "userName": "ada" }));
        assert!(error.detail.contains("is not the schema of a User"), "{error}");
    }
}

#[test]
fn booleans_may_be_texts_and_a_manager_may_be_its_id() {
    for (sent, kept) in [("True", true), ("false", false), ("FALSE", false)] {
        assert_eq!(
            created(&user_type(), json!({ "userName": "a", "active": sent }))["active"],
            kept
        );
    }
    for manager in [
        json!("7f3c"),
        json!([{ "value": "7f3c", "$ref": null }]),
        json!({ "value": "7f3c", "displayName": "Grace" }),
        json!(["7f3c"]),
    ] {
        let mut body = json!({ "userName": "a" });
        body[ENTERPRISE_USER_URN] = json!({ "manager": manager });
        assert_eq!(
            created(&user_type(), body)[ENTERPRISE_USER_URN],
            json!({ "manager": { "value": "7f3c" } })
        );
    }
}

#[test]
fn base64_is_taken_in_every_form_and_answered_in_one() {
    for sent in ["+/8=", "-_8=", "-_8", "+/8", " +/\n8= ", "+/9="] {
        let document = created(
            &user_type(),
            json!({ "userName": "a", "x509Certificates": [{ "value": sent }] }),
        );
        assert_eq!(document["x509Certificates"][0]["value"], "+/8=", "{sent}");
    }
}

#[test]
fn one_value_of_a_kind_and_one_primary_is_kept() {
    let document = created(
        &user_type(),
        json!({ "userName": "a", "emails": [
            { "value": "", "type": "home", "primary": true },
            { "value": "A@x", "type": "work" },
            { "value": "b@x", "type": "work", "primary": true },
            { "value": "a@X", "type": "Work", "display": "again", "primary": true },
            { "value": "a@x", "type": "home" },
            { "value": "a@x" },
        ] }),
    );
    let expected = json!([
        { "value": "", "type": "home", "primary": false },
        { "value": "A@x", "type": "work", "primary": true },
        { "value": "b@x", "type": "work", "primary": false },
        { "value": "a@x", "type": "home" },
        { "value": "a@x" },
    ]);
    assert_eq!(document["emails"], expected);
    let addresses = json!([{ "locality": "Berlin" }, { "locality": "Berlin" }, { "locality": "Bonn" }]);
    assert_eq!(
        created(&user_type(), json!({ "userName": "a", "addresses": addresses }))["addresses"],
        json!([{ "locality": "Berlin" }, { "locality": "Bonn" }])
    );
}

/// A configured extension with an attribute of every kind.
fn badge_type() -> ResourceSchema {
    let schema = json!({ "id": "urn:example:Badge", "attributes": [
        { "name": "number", "mutability": "immutable", "caseExact": true },
        { "name": "floor", "type": "integer" },
        { "name": "share", "type": "decimal" },
        { "name": "since", "type": "dateTime" },
        { "name": "tags", "multiValued": true },
        { "name": "pin", "mutability": "writeOnly", "returned": "never" },
        { "name": "seen", "type": "dateTime", "mutability": "readOnly" },
        { "name": "door", "type": "complex", "subAttributes": [{ "name": "code", "required": true }, { "name": "serial", "mutability": "immutable" }] },
    ] });
    ResourceSchema::new(
        "User",
        "/Users",
        Arc::new(schema::user()),
        vec![Arc::new(Schema::from_json(&schema).unwrap())],
    )
}

fn badge(value: Value) -> Value {
    json!({ "userName": "ada", "urn:example:Badge": value })
}

#[test]
fn numbers_times_and_lists_of_texts_are_checked() {
    let kept = created(
        &badge_type(),
        badge(
            json!({ "floor": 5.0, "share": 1, "since": "2026-01-01T01:00:00+01:00", "tags": ["a", "A", "b"], "pin": 1, "seen": 1 }),
        ),
    );
    assert_eq!(
        kept["urn:example:Badge"],
        json!({ "floor": 5, "share": 1, "since": "2026-01-01T00:00:00Z", "tags": ["a", "b"] })
    );
    for (value, detail) in [
        (
            json!({ "floor": 5.5 }),
            "urn:example:Badge:floor: is a whole number of 64 bits, not 5.5",
        ),
        (
            json!({ "floor": 18_446_744_073_709_551_615_u64 }),
            "urn:example:Badge:floor: is a whole number of 64 bits, not 18446744073709551615",
        ),
        (
            json!({ "floor": "5" }),
            "urn:example:Badge:floor: is a whole number, not this text",
        ),
        (
            json!({ "share": "1" }),
            "urn:example:Badge:share: is a number, not this text",
        ),
        (
            json!({ "since": "soon" }),
            "urn:example:Badge:since: is a date with time such as 2026-01-31T12:00:00Z",
        ),
        (
            json!({ "since": 0 }),
            "urn:example:Badge:since: is a date with time, not a number",
        ),
        (
            json!({ "tags": "a" }),
            "urn:example:Badge:tags: is a list, not this text",
        ),
        (
            json!({ "tags": [["a"]] }),
            "urn:example:Badge:tags[0]: is a text, not a list",
        ),
        (
            json!({ "door": {} , "tags": ["a", 1]}),
            "urn:example:Badge:tags[1]: is a text, not a number",
        ),
        (
            json!({ "door": { "serial": "1" } }),
            "urn:example:Badge:door.code: is required",
        ),
    ] {
        assert_eq!(refused(&badge_type(), badge(value)).detail, detail);
    }
}

#[test]
fn what_is_immutable_stays_as_it_was_first_set() {
    let schema = badge_type();
    let before = created(
        &schema,
        badge(json!({ "number": "17", "floor": 1, "door": { "code": "a", "serial": "s" } })),
    );
    let kept = |body| replaced(&schema, before.clone(), body).map(|document| document["urn:example:Badge"].clone());
    assert_eq!(kept(badge(json!({ "number": "17" }))), Ok(json!({ "number": "17" })));
    assert_eq!(
        kept(json!({ "userName": "ada" })),
        Ok(json!({ "number": "17" })),
        "absent is not another value"
    );
    assert_eq!(
        kept(badge(json!({ "door": { "code": "b" } }))),
        Ok(json!({ "number": "17", "door": { "code": "b", "serial": "s" } }))
    );
    let error = kept(badge(json!({ "number": "18", "door": { "code": "b", "serial": "t" } }))).unwrap_err();
    assert_eq!(error.scim_type, Some(ScimType::Mutability));
    assert_eq!(error.detail.split("; ").count(), 2, "{error}");
    // What was never set may be set once.
    let before = created(&schema, json!({ "userName": "ada" }));
    assert_eq!(
        replaced(&schema, before, badge(json!({ "number": "18" }))).unwrap()["urn:example:Badge"]["number"],
        "18"
    );
}

#[test]
fn canailles_user_name_stays_but_may_be_repeated_in_another_case() {
    let schema = ResourceSchema::new(
        "User",
        "/Users",
        Arc::new(schema::canaille_user()),
        vec![Arc::new(schema::enterprise_user())],
    )
    .always_listing(ENTERPRISE_USER_URN);
    let body = |user_name: &str| json!({ "userName": user_name, "active": true, "name": { "formatted": "Ada L", "familyName": "L" } });
    let before = created(&schema, body("ada"));
    assert_eq!(before["schemas"], json!([USER_URN, ENTERPRISE_USER_URN]));
    assert_eq!(
        replaced(&schema, before.clone(), body("ADA")).unwrap()["userName"],
        "ada"
    );
    assert_eq!(
        replaced(&schema, before.clone(), body("bob")).unwrap_err().scim_type,
        Some(ScimType::Mutability)
    );
    assert_eq!(
        replaced(&schema, before, json!({ "active": true, "name": { "formatted": "A" } }))
            .unwrap_err()
            .detail,
        "userName: is required; name.familyName: is required"
    );
    assert_eq!(
        refused(&schema, json!({ "userName": "ada" })).detail,
        "name: is required; active: is required"
    );
    let group = ResourceSchema::new("Group", "/Groups", Arc::new(schema::canaille_group()), Vec::new());
    assert_eq!(
        refused(&group, json!({ "displayName": "a", "members": [] })).detail,
        "members: is required"
    );
    assert_eq!(
        refused(
            &group,
            json!({ "displayName": "a", "members": [{ "$ref": "/Users/1" }, { "value": "2" }] })
        )
        .detail,
        "members[0].value: is required; members[1].$ref: is required"
    );
    // A caller keeps members apart; the rest is finished without them.
    let mut document = object(created(
        &group,
        json!({ "displayName": "a", "members": [{ "value": "1", "$ref": "/Users/1" }] }),
    ));
    document.shift_remove("members");
    assert_eq!(finish(&mut document, &group), Ok(()));
}

#[test]
fn what_canailles_clients_leave_out_is_filled_in() {
    let schema = ResourceSchema::new("User", "/Users", Arc::new(schema::canaille_user()), Vec::new());
    let mut body =
        json!({ "userName": "ada", "ACTIVE": null, "Name": { "familyName": "Lovelace", "GivenName": "Ada" } });
    complete_as_canaille(&mut body);
    let document = created(&schema, body);
    assert_eq!(document["active"], true);
    assert_eq!(document["name"]["formatted"], "Ada Lovelace");
    let mut body =
        json!({ "userName": "ada", "active": "False", "name": { "Formatted": "A. L.", "familyName": "Lovelace" } });
    complete_as_canaille(&mut body);
    let document = created(&schema, body);
    assert_eq!(
        (&document["active"], &document["name"]["formatted"]),
        (&json!(false), &json!("A. L."))
    );
    // What cannot be filled in is still missing.
    let mut body = json!({ "userName": "ada", "name": {} });
    complete_as_canaille(&mut body);
    assert_eq!(refused(&schema, body).detail, "name: is required");
}

#[test]
fn a_replacement_clears_what_it_leaves_out_but_for_what_the_server_wrote() {
    let schema = badge_type();
    let mut before = created(
        &schema,
        json!({ "userName": "ada", "title": "x", "urn:example:Badge": { "floor": 1 } }),
    );
    before["urn:example:Badge"]["seen"] = json!("2026-01-01T00:00:00Z");
    let after = replaced(&schema, before, json!({ "userName": "ada" })).unwrap();
    assert_eq!(
        after,
        json!({ "schemas": [USER_URN, "urn:example:Badge"], "userName": "ada", "urn:example:Badge": { "seen": "2026-01-01T00:00:00Z" } })
    );
}

#[test]
fn an_echo_of_the_whole_resource_changes_nothing() {
    let stored = created(&user_type(), full_user());
    assert_eq!(replaced(&user_type(), stored.clone(), full_user()).unwrap(), stored);
}

#[test]
fn wires_rich_info_is_checked_two_levels_deep() {
    let extensions = vec![Arc::new(schema::wire_profile()), Arc::new(schema::wire_map())];
    let schema = ResourceSchema::new("User", "/Users", Arc::new(schema::user()), extensions);
    let with = |urn: &str, value: Value| {
        Value::Object(Map::from_iter([
            ("userName".to_owned(), json!("ada")),
            (urn.to_owned(), value),
        ]))
    };
    let list = json!({ "richInfo": { "Version": 0, "FIELDS": [{ "type": "Department", "Value": "Sales" }] } });
    let kept = created(&schema, with(schema::WIRE_PROFILE_URN, list));
    assert_eq!(
        kept[schema::WIRE_PROFILE_URN],
        json!({ "richInfo": { "version": 0, "fields": [{ "type": "Department", "value": "Sales" }] } })
    );
    let error = refused(
        &schema,
        with(
            schema::WIRE_PROFILE_URN,
            json!({ "richInfo": { "fields": [{ "type": "a" }] } }),
        ),
    );
    assert_eq!(
        error.detail,
        "urn:wire:scim:schemas:profile:1.0:richInfo.version: is required; urn:wire:scim:schemas:profile:1.0:richInfo.fields[0].value: is required"
    );
    let kept = created(
        &schema,
        with(schema::WIRE_MAP_URN, json!({ "Cost Center": "4", "x": null })),
    );
    assert_eq!(kept[schema::WIRE_MAP_URN], json!({ "Cost Center": "4" }));
    assert!(
        refused(&schema, with(schema::WIRE_MAP_URN, json!({ "a": 1 })))
            .detail
            .ends_with("1.0:User:a: is not a text")
    );
}

#[test]
fn one_value_can_be_coerced_by_itself() {
    let user = schema::user();
    let emails = user.attribute("emails").unwrap();
    assert_eq!(
        coerce(json!([{ "VALUE": "a" }, { "value": "a" }]), emails, "emails"),
        Ok(json!([{ "value": "a" }]))
    );
    assert_eq!(
        coerce(json!({ "value": "a" }), emails, "emails"),
        Ok(json!([{ "value": "a" }]))
    );
    assert_eq!(coerce(json!([]), emails, "emails"), Ok(json!(null)));
    assert_eq!(
        coerce_element(json!({ "value": "a", "primary": "true" }), emails, "emails"),
        Ok(json!({ "value": "a", "primary": true }))
    );
    assert_eq!(
        coerce_element(json!("a"), emails, "emails"),
        Ok(json!({ "value": "a" }))
    );
    assert_eq!(
        coerce_element(json!(5), emails, "emails").unwrap_err().detail,
        "emails: is an object, not a number"
    );
    let active = user.attribute("active").unwrap();
    assert_eq!(coerce(json!("False"), active, "active"), Ok(json!(false)));
    assert_eq!(coerce(json!(null), active, "active"), Ok(json!(null)));
}

#[test]
fn finishing_cleans_what_a_change_left_behind() {
    let schema = user_type();
    let mut document = object(json!({
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "manager": {} },
        "urn:wire:scim:schemas:profile:1.0": { "richInfo": { "version": 0 } },
        "emails": [{ "value": "a", "primary": true }, {}, { "value": "b", "primary": true }],
        "title": null,
        "userName": "ada",
        "schemas": [],
        "externalId": "1",
    }));
    finish(&mut document, &schema).unwrap();
    let expected = json!({
        "schemas": [USER_URN, "urn:wire:scim:schemas:profile:1.0"],
        "externalId": "1",
        "userName": "ada",
        "emails": [{ "value": "a", "primary": true }, { "value": "b", "primary": false }],
        "urn:wire:scim:schemas:profile:1.0": { "richInfo": { "version": 0 } },
    });
    assert_eq!(Value::Object(document.clone()).to_string(), expected.to_string());
    document.shift_remove("userName");
    assert_eq!(
        finish(&mut document, &schema).unwrap_err().detail,
        "userName: is required"
    );
}

#[test]
fn what_no_schema_has_is_named_once() {
    let body = object(json!({
        "USERNAME": "ann", "password": "x", "id": "1", "meta": { "anything": 1 }, "shoeSize": 43, "nothing": null,
        "name": { "givenName": "Ann", "pet": "Rex" },
        "emails": [{ "value": "a@b", "since": 1 }, { "value": "c@d", "since": 2, "$ref": null }], "nickName": "A",
        ENTERPRISE_USER_URN.to_uppercase(): { "department": "d", "floor": 3, "manager": { "value": "1", "mood": "good" } },
        "urn:a:b:c": { "x": 1 }, "name.givenName": "B",
    }));
    assert_eq!(
        unknown(&body, &user_type()),
        [
            "shoeSize",
            "name.pet",
            "emails.since",
            &format!("{ENTERPRISE_USER_URN}:floor"),
            &format!("{ENTERPRISE_USER_URN}:manager.mood"),
            "urn:a:b:c",
            "name.givenName",
        ]
    );
    assert!(unknown(&object(full_user()), &user_type()).is_empty());
}
