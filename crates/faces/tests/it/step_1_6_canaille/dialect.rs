//! Number 2: the schemas say what holds as in section 5, and paths may name people and groups by their names (section 4).

use serde_json::{Value, json};
use testkit::{Answer, TestApp, TestClient};

use super::{BOTH, ENTERPRISE, add, add_group, assert_refused, canaille, person};
use crate::scim::{escaped, members, patch};

/// The attribute a dotted path leads to, in a schema as it is published.
fn attribute(schema: &Answer, path: &str) -> Value {
    let mut found = json!({ "subAttributes": schema.at("/attributes") });
    for name in path.split('.') {
        let list = found["subAttributes"].as_array().cloned().unwrap_or_default();
        found = list
            .into_iter()
            .find(|attribute| attribute["name"] == name)
            .unwrap_or_else(|| panic!("no {path}"));
    }
    found
}

async fn schema(client: &TestClient, name: &str) -> Answer {
    client
        .get(&format!(
            "/scim/v2/Schemas/urn:ietf:params:scim:schemas:core:2.0:{name}"
        ))
        .await
        .expect(200)
}

async fn generic(app: &TestApp) -> TestClient {
    app.client("generic", &BOTH).await
}

testkit::both! {
    async fn c_02_what_no_schema_has_may_be_refused(app: TestApp) {
        let set = |program: testkit::Program| program.profile("canaille").settings(&json!({ "unknown_attributes": "reject" }));
        let strict = app.client_with("strict", &BOTH, set).await;
        let mut body = person("ann");
        for (name, value) in [("loginShell", json!("sh")), ("lock_date", json!(1)), ("nothing", Value::Null)] {
            body[name] = value;
        }
        body["name"]["maidenName"] = json!("B");
        body["emails"][0]["verified"] = json!(true);
        body[ENTERPRISE] = json!({ "department": "Sales", "floor": "1" });
        let refused = strict.post("/scim/v2/Users", body.clone()).await;
        assert_refused(&refused, 400, "invalidValue", "POST");
        for name in ["loginShell", "lock_date", "name.maidenName", "emails.verified", &format!("{ENTERPRISE}:floor")] {
            assert!(refused.at("/detail").as_str().is_some_and(|detail| detail.contains(name)), "{name}: {refused}");
        }
        let id = add(&strict, "ann").await;
        let path = format!("/scim/v2/Users/{id}");
        assert_refused(&strict.put(&path, body.clone()).await, 400, "invalidValue", "PUT");
        for operations in [json!([{ "op": "add", "value": { "loginShell": "sh" } }]), json!([{ "op": "add", "path": "loginShell", "value": "sh" }])] {
            assert_refused(&strict.patch(&path, patch(operations)).await, 400, "invalidPath", "PATCH");
        }
        let shown = strict.get(&path).await.json();
        strict.put(&path, shown).await.expect(200);
        let group = json!({ "displayName": "g", "members": [{ "value": id, "since": 1 }], "colour": "red" });
        let refused = strict.post("/scim/v2/Groups", group.clone()).await;
        assert_refused(&refused, 400, "invalidValue", "POST of a group");
        assert!(refused.at("/detail").as_str().is_some_and(|detail| detail.contains("members.since") && detail.contains("colour")), "{refused}");
        // Without the switch all of it is left out, and nothing is said.
        let usual = canaille(&app).await;
        body["userName"] = json!("ben");
        assert_eq!(usual.post("/scim/v2/Users", body).await.expect(201).header("warning"), "");
        usual.post("/scim/v2/Groups", group.clone()).await.expect(201);
        // Or left out and named.
        let told = app.client_with("told", &BOTH, |program| program.settings(&json!({ "unknown_attributes": "ignore" }))).await;
        let made = told.post("/scim/v2/Groups", group.clone()).await.expect(201);
        let warning = "299 usher \"ignored, no schema has it: members.since, colour\"";
        assert_eq!(made.header("warning"), warning);
        let path = format!("/scim/v2/Groups/{}", made.id());
        assert_eq!(told.put(&path, group).await.expect(200).header("warning"), warning);
        let added = told.patch(&path, patch(json!([{ "op": "add", "path": "colour", "value": "red" }]))).await.expect(200);
        assert_eq!((added.header("warning"), added.events.len()), ("299 usher \"ignored, no schema has it: colour\"", 0));
    }

    async fn c_02_flags_are_published_as_canaille_has_them(app: TestApp) {
        let (canaille, generic) = (canaille(&app).await, generic(&app).await);
        for (kind, path, required, mutability, elsewhere) in [
            ("User", "userName", true, "immutable", (true, "readWrite")),
            ("User", "name", true, "readWrite", (false, "readWrite")),
            ("User", "name.formatted", true, "readWrite", (false, "readWrite")),
            ("User", "name.familyName", true, "readWrite", (false, "readWrite")),
            ("User", "name.givenName", false, "readWrite", (false, "readWrite")),
            ("User", "displayName", false, "readWrite", (false, "readWrite")),
            ("User", "active", true, "readWrite", (false, "readWrite")),
            ("User", "password", false, "writeOnly", (false, "writeOnly")),
            ("User", "emails", false, "readWrite", (false, "readWrite")),
            ("User", "groups", false, "readOnly", (false, "readOnly")),
            ("Group", "displayName", true, "immutable", (true, "readWrite")),
            ("Group", "members", true, "readWrite", (false, "readWrite")),
            ("Group", "members.value", true, "immutable", (false, "immutable")),
            ("Group", "members.$ref", true, "immutable", (false, "immutable")),
            ("Group", "members.display", false, "readOnly", (false, "readOnly")),
        ] {
            let flags = |attribute: Value| (attribute["required"] == true, attribute["mutability"].as_str().unwrap_or_default().to_owned());
            let published = flags(attribute(&schema(&canaille, kind).await, path));
            assert_eq!(published, (required, mutability.to_owned()), "{kind} {path}");
            let standard = flags(attribute(&schema(&generic, kind).await, path));
            assert_eq!(standard, (elsewhere.0, elsewhere.1.to_owned()), "{kind} {path} for others");
        }
    }

    async fn c_02_schemas_are_core_and_enterprise(app: TestApp) {
        let canaille = canaille(&app).await;
        let listed = canaille.get("/scim/v2/Schemas").await.expect(200);
        let ids: Vec<String> = listed.at("/Resources").as_array().into_iter().flatten().filter_map(|schema| schema["id"].as_str().map(str::to_owned)).collect();
        assert!(ids.iter().any(|id| id == ENTERPRISE) && ids.iter().all(|id| id.starts_with("urn:ietf:params:scim:schemas:")), "{ids:?}");
        let user = canaille.get("/scim/v2/ResourceTypes/User").await.expect(200);
        assert_eq!(user.at("/schemaExtensions"), json!([{ "schema": ENTERPRISE, "required": true }]));
        assert_eq!(user.at("/endpoint"), "/Users", "relative, as RFC 7643 §6 has it");
        let made = canaille.post("/scim/v2/Users", person("ann")).await.expect(201);
        assert_eq!(made.at("/schemas"), json!(["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE]), "always listed");
    }

    async fn c_02_required_ones_are_asked_for_and_completed(app: TestApp) {
        let canaille = canaille(&app).await;
        for (body, missing) in [
            (json!({ "userName": "a" }), "name"),
            (json!({ "userName": "a", "name": { "givenName": "A" } }), "name.familyName"),
            (json!({ "name": { "familyName": "A" } }), "userName"),
        ] {
            let answer = canaille.post("/scim/v2/Users", body.clone()).await;
            assert_refused(&answer, 400, "invalidValue", &body.to_string());
            assert!(answer.at("/detail").as_str().unwrap_or_default().contains(missing), "{answer}");
        }
        let made = canaille.post("/scim/v2/Users", json!({ "userName": "b", "name": { "givenName": "Bo", "familyName": "Berg" } })).await.expect(201);
        assert_eq!((made.at("/name/formatted"), made.at("/active")), (json!("Bo Berg"), json!(true)));
        let path = format!("/scim/v2/Users/{}", made.id());
        for required in ["name", "name.familyName", "name.formatted", "active", "userName"] {
            let answer = canaille.patch(&path, patch(json!([{ "op": "remove", "path": required }]))).await;
            assert_refused(&answer, 400, "mutability", required);
        }
        // To others they are what RFC 7643 says.
        let generic = generic(&app).await;
        generic.post("/scim/v2/Users", json!({ "userName": "c" })).await.expect(201);
        generic.patch(&path, patch(json!([{ "op": "remove", "path": "name" }]))).await.expect(200);
    }

    async fn c_02_names_are_immutable_by_put_and_by_patch(app: TestApp) {
        let canaille = canaille(&app).await;
        let path = format!("/scim/v2/Users/{}", add(&canaille, "ann").await);
        let rename = patch(json!([{ "op": "replace", "path": "userName", "value": "ben" }]));
        assert_refused(&canaille.put(&path, person("ben")).await, 400, "mutability", "PUT");
        assert_refused(&canaille.patch(&path, rename.clone()).await, 400, "mutability", "PATCH");
        assert_refused(&canaille.patch(&path, patch(json!([{ "op": "replace", "value": { "userName": "ben" } }]))).await, 400, "mutability", "PATCH without path");
        canaille.put(&path, person("ann")).await.expect(200);
        let group = format!("/scim/v2/Groups/{}", add_group(&canaille, "staff", &[]).await);
        assert_refused(&canaille.put(&group, json!({ "displayName": "crew" })).await, 400, "mutability", "PUT of a group");
        assert_refused(&canaille.patch(&group, patch(json!([{ "op": "replace", "path": "displayName", "value": "crew" }]))).await, 400, "mutability", "PATCH of a group");
        let generic = generic(&app).await;
        generic.patch(&path, rename).await.expect(200);
        generic.put(&path, person("cid")).await.expect(200);
        generic.put(&group, json!({ "displayName": "crew" })).await.expect(200);
    }

    async fn c_02_people_are_found_by_user_name_or_local_part(app: TestApp) {
        let canaille = canaille(&app).await;
        let jensen = add(&canaille, "bjensen").await;
        let mail = add(&canaille, "babs@example.org").await;
        for (name, id) in [("bjensen", &jensen), ("BJensen", &jensen), ("babs@example.org", &mail), ("babs", &mail), ("Babs", &mail), (jensen.as_str(), &jensen)] {
            let found = canaille.get(&format!("/scim/v2/Users/{}", escaped(name))).await.expect(200);
            assert_eq!((found.id(), found.at("/meta/location")), (id.clone(), json!(format!("https://usher.example/scim/v2/Users/{id}"))), "{name}: the id stays ours");
        }
        // A whole name comes before a local part; of two local parts neither is meant.
        let whole = add(&canaille, "babs").await;
        assert_eq!(canaille.get("/scim/v2/Users/babs").await.expect(200).id(), whole);
        add(&canaille, "cid@example.org").await;
        add(&canaille, "cid@example.com").await;
        for none in ["cid", "bjens", "bjensen@", "bjensen@example.org", "%", "_", "b%25", "%00", "*", "..", "example.org"] {
            assert_refused(&canaille.get(&format!("/scim/v2/Users/{}", escaped(none))).await, 404, "", none);
        }
        let title = patch(json!([{ "op": "replace", "path": "title", "value": "Lead" }]));
        assert_eq!(canaille.patch("/scim/v2/Users/bjensen", title).await.expect(200).at("/title"), "Lead");
        assert_eq!(canaille.put("/scim/v2/Users/bjensen", person("bjensen")).await.expect(200).id(), jensen);
        assert_refused(&generic(&app).await.get("/scim/v2/Users/bjensen").await, 404, "", "by others");
        canaille.delete("/scim/v2/Users/bjensen").await.expect(204);
        assert_refused(&canaille.get("/scim/v2/Users/bjensen").await, 404, "", "one who has left");
    }

    async fn c_02_groups_are_found_by_display_name(app: TestApp) {
        let canaille = canaille(&app).await;
        let ann = add(&canaille, "ann").await;
        let staff = add_group(&canaille, "Tour Guides", &[&ann]).await;
        assert_eq!(canaille.get("/scim/v2/Groups/Tour%20Guides").await.expect(200).id(), staff);
        assert_eq!(canaille.get("/scim/v2/Groups/tour%20guides").await.expect(200).id(), staff);
        // Two of one name: none is meant, and it is no fault.
        let second = add_group(&canaille, "Tour Guides", &[]).await;
        assert_refused(&canaille.get("/scim/v2/Groups/Tour%20Guides").await, 404, "", "two of one name");
        assert_ne!(staff, second);
        canaille.get(&format!("/scim/v2/Groups/{second}")).await.expect(200);
    }

    async fn c_02_members_are_named_by_id_or_user_name_and_answered_by_id(app: TestApp) {
        let canaille = canaille(&app).await;
        let (ann, ben) = (add(&canaille, "ann").await, add(&canaille, "ben").await);
        let body = json!({ "displayName": "staff", "members": [{ "value": "ann", "$ref": "https://usher.example/scim/v2/Users/ann" }] });
        let staff = canaille.post("/scim/v2/Groups", body).await.expect(201);
        assert_eq!(members(&canaille, &staff.id()).await, [ann.as_str()]);
        assert_eq!(staff.at("/members/0/$ref"), format!("https://usher.example/scim/v2/Users/{ann}"));
        let path = format!("/scim/v2/Groups/{}", staff.id());
        canaille.patch(&path, patch(json!([{ "op": "add", "path": "members", "value": [{ "value": "ben" }] }]))).await.expect(200);
        assert_eq!(members(&canaille, &staff.id()).await.len(), 2);
        canaille.patch(&path, patch(json!([{ "op": "remove", "path": "members", "value": [{ "value": "ann" }] }]))).await.expect(200);
        assert_eq!(members(&canaille, &staff.id()).await, [ben]);
    }

    async fn c_02_what_canaille_does_not_have_is_left_alone(app: TestApp) {
        let (canaille, generic) = (canaille(&app).await, generic(&app).await);
        let mut body = person("ann");
        for (name, value) in [
            ("externalId", json!("x-1")), ("password", json!("secret word")), ("locale", json!("de-DE")), ("roles", json!([{ "value": "boss" }])), ("unknown", json!({ "a": [1] })),
            ("emails", json!([{ "value": "ann@example.org", "type": "work", "primary": true }])), (ENTERPRISE, json!({ "manager": { "value": "m" }, "costCenter": "7" })),
        ] {
            body[name] = value;
        }
        let made = canaille.post("/scim/v2/Users", body).await.expect(201);
        assert_eq!((made.at("/externalId"), made.at("/roles"), made.at("/password"), made.at("/unknown")), (Value::Null, Value::Null, Value::Null, Value::Null));
        assert_eq!((made.at("/locale"), made.at("/emails/0/type"), made.json()[ENTERPRISE]["costCenter"].clone()), (json!("de-DE"), json!("work"), json!("7")));
        let stored = generic.get(&format!("/scim/v2/Users/{}", made.id())).await.expect(200);
        assert_eq!((stored.at("/roles/0/value"), stored.at("/externalId")), (json!("boss"), Value::Null));
        assert!(!app.events().await.iter().any(|event| event.body.to_string().contains("secret word")), "no password is kept anywhere");
    }
}
