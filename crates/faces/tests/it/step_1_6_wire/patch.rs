//! A8.3: the rows of PATCH, in their order.

use serde_json::{Value, json};

use super::{
    ENTERPRISE, MAP, PROFILE, USERS, apply, bound, generic, made, made_with, operations, person, person_with, refused,
    tells, usher,
};

testkit::both! {
    async fn row_01_op_in_any_case(app: TestApp) {
        let bound = bound(&app).await;
        let path = made(&bound, "ann").await;
        for (op, value, shown) in [("Add", json!("a"), json!("a")), ("REPLACE", json!("b"), json!("b")), ("Remove", Value::Null, Value::Null)] {
            assert_eq!(apply(&bound, &path, json!({ "op": op, "path": "title", "value": value })).await.expect(200).at("/title"), shown, "{op}");
        }
        refused(&apply(&bound, &path, json!({ "op": "move", "path": "title", "value": "x" })).await, 400, "invalidSyntax");
    }

    async fn row_02_the_five_paths_of_wire(app: TestApp) {
        let bound = bound(&app).await;
        let path = made(&bound, "ann").await;
        for op in ["add", "replace"] {
            for (name, value, shown) in [("userName", json!("Other"), json!("other")), ("displayName", json!("A"), json!("A")), ("externalId", json!("new"), json!("new")), ("active", json!(false), json!(false)), ("roles", json!(["admin"]), json!(["admin"]))] {
                let changed = apply(&bound, &path, json!({ "op": op, "path": name, "value": value })).await.expect(200);
                assert_eq!(changed.at(&format!("/{name}")), shown, "{op} {name}");
            }
            bound.put(&path, person("ann")).await.expect(200);
        }
    }

    async fn row_03_other_core_paths(app: TestApp) {
        let bound = bound(&app).await;
        let path = made(&bound, "ann").await;
        let more = json!([
            { "op": "replace", "path": "emails", "value": [{ "value": "n@x.example" }] }, { "op": "add", "path": "name.givenName", "value": "Ann" },
            { "op": "replace", "path": "title", "value": "Dr" }, { "op": "replace", "path": "preferredLanguage", "value": "de" },
        ]);
        let changed = bound.patch(&path, operations(more)).await.expect(200);
        assert_eq!((changed.at("/emails/0/value"), changed.at("/name/givenName"), changed.at("/title"), changed.at("/preferredLanguage")), (json!("n@x.example"), json!("Ann"), json!("Dr"), json!("de")));
    }

    async fn row_04_a_value_path_makes_what_it_does_not_find(app: TestApp) {
        let bound = bound(&app).await;
        let path = made(&bound, "ann").await;
        let changed = apply(&bound, &path, json!({ "op": "Add", "path": "emails[type eq \"work\"].value", "value": "w@x.example" })).await.expect(200);
        assert_eq!(changed.at("/emails"), json!([{ "value": "ann@x.example" }, { "value": "w@x.example", "type": "work" }]));
        let again = apply(&bound, &path, json!({ "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "v@x.example" })).await.expect(200);
        assert_eq!(again.at("/emails/1/value"), "v@x.example");
    }

    async fn row_05_and_06_unknown_attributes(app: TestApp) {
        let bound = bound(&app).await;
        let path = made(&bound, "ann").await;
        for op in ["add", "replace"] {
            refused(&apply(&bound, &path, json!({ "op": op, "path": "shoeSize", "value": 43 })).await, 400, "invalidPath");
        }
        let removed = bound.patch(&path, operations(json!([{ "op": "remove", "path": "shoeSize" }, { "op": "add", "path": "title", "value": "Dr" }]))).await.expect(200);
        assert_eq!(removed.at("/title"), "Dr");
        refused(&apply(&generic(&app).await, &path, json!({ "op": "remove", "path": "shoeSize" })).await, 400, "invalidPath");
    }

    async fn row_07_display_name_removed(app: TestApp) {
        let bound = bound(&app).await;
        let path = made_with(&bound, "ann", json!({ "displayName": "Ann" })).await;
        assert_eq!(apply(&bound, &path, json!({ "op": "remove", "path": "displayName" })).await.expect(200).at("/displayName"), "ann@x.example");
    }

    async fn row_08_active_removed(app: TestApp) {
        let bound = bound(&app).await;
        let path = made_with(&bound, "ann", json!({ "active": false })).await;
        assert_eq!(usher(&bound, &path).await["lifecycle"], "suspended");
        assert_eq!(apply(&bound, &path, json!({ "op": "remove", "path": "active" })).await.expect(200).at("/active"), true);
        // Elsewhere it reads as unassigned, and the person counts as active.
        let generic = generic(&app).await;
        apply(&generic, &path, json!({ "op": "replace", "path": "active", "value": false })).await.expect(200);
        assert_eq!(apply(&generic, &path, json!({ "op": "remove", "path": "active" })).await.expect(200).at("/active"), Value::Null);
        assert_eq!(usher(&generic, &path).await["lifecycle"], "active");
    }

    async fn row_09_user_name_removed(app: TestApp) {
        let bound = bound(&app).await;
        let path = made(&bound, "ann").await;
        refused(&apply(&bound, &path, json!({ "op": "remove", "path": "userName" })).await, 400, "mutability");
    }

    async fn row_10_external_id_removed(app: TestApp) {
        let bound = bound(&app).await;
        let path = made(&bound, "ann").await;
        let removed = apply(&bound, &path, json!({ "op": "remove", "path": "externalId" })).await.expect(200);
        assert_eq!(removed.at("/externalId"), Value::Null);
        bound.post(USERS, json!({ "userName": "ben", "externalId": "ext-ann" })).await.expect(201);
        // Who has no address either could not be found again.
        let lone = bound.post(USERS, json!({ "userName": "cid", "externalId": "opaque" })).await.expect(201).id();
        let answer = apply(&bound, &format!("{USERS}/{lone}"), json!({ "op": "remove", "path": "externalId" })).await;
        refused(&answer, 400, "invalidValue");
        tells(&answer, "externalId");
    }

    async fn row_11_remove_without_a_path(app: TestApp) {
        let bound = bound(&app).await;
        let path = made(&bound, "ann").await;
        refused(&apply(&bound, &path, json!({ "op": "remove", "value": { "title": "x" } })).await, 400, "noTarget");
    }

    async fn row_12_without_a_path_only_what_is_given_changes(app: TestApp) {
        let bound = bound(&app).await;
        let path = made_with(&bound, "ann", json!({ "displayName": "Ann", "roles": ["admin"] })).await;
        let off = apply(&bound, &path, json!({ "op": "replace", "value": { "active": false } })).await.expect(200);
        assert_eq!((off.at("/active"), off.at("/displayName"), off.at("/externalId"), off.at("/roles")), (json!(false), json!("Ann"), json!("ext-ann"), json!(["admin"])));
        let value = json!({ "name.givenName": "Ann", format!("{ENTERPRISE}:department"): "Sales", "roles": ["owner"], format!("{MAP}:Team"): "Blue" });
        let entra = apply(&bound, &path, json!({ "op": "Add", "value": value })).await.expect(200);
        assert_eq!((entra.at("/name/givenName"), entra.json()[ENTERPRISE]["department"].clone(), entra.at("/roles"), entra.json()[MAP]["Team"].clone()), (json!("Ann"), json!("Sales"), json!(["owner"]), json!("Blue")));
        assert_eq!(entra.at("/active"), false);
    }

    async fn row_13_no_operations(app: TestApp) {
        let bound = bound(&app).await;
        let path = made(&bound, "ann").await;
        let before = bound.get(&path).await.json();
        let answer = bound.patch(&path, operations(json!([]))).await.expect(200);
        assert_eq!((answer.json(), answer.events.len()), (before, 0));
    }

    async fn row_14_taken_names(app: TestApp) {
        let bound = bound(&app).await;
        made(&bound, "ann").await;
        let path = made(&bound, "ben").await;
        for (name, value) in [("userName", "ann"), ("externalId", "ext-ann")] {
            let answer = apply(&bound, &path, json!({ "op": "replace", "path": name, "value": value })).await;
            refused(&answer, 409, "uniqueness");
            tells(&answer, name);
        }
    }

    async fn row_15_and_16_extension_paths(app: TestApp) {
        let bound = bound(&app).await;
        let path = made(&bound, "ann").await;
        for urn in [MAP, PROFILE] {
            let set = apply(&bound, &path, json!({ "op": "add", "path": format!("{urn}:Team"), "value": "Blue" })).await.expect(200);
            assert_eq!(set.json()[MAP]["Team"], "Blue");
            apply(&bound, &path, json!({ "op": "remove", "path": format!("{urn}:Team") })).await.expect(200);
        }
        let known = apply(&bound, &path, json!({ "op": "add", "path": format!("{ENTERPRISE}:department"), "value": "Sales" })).await.expect(200);
        assert_eq!(known.json()[ENTERPRISE]["department"], "Sales");
        refused(&apply(&bound, &path, json!({ "op": "add", "path": "urn:other:2.0:User:key", "value": "x" })).await, 400, "invalidPath");
    }

    async fn row_17_add_and_replace_without_a_value(app: TestApp) {
        let bound = bound(&app).await;
        let path = made(&bound, "ann").await;
        for op in ["add", "replace"] {
            refused(&apply(&bound, &path, json!({ "op": op, "path": "displayName" })).await, 400, "invalidValue");
            refused(&apply(&bound, &path, json!({ "op": op })).await, 400, "invalidValue");
            refused(&apply(&bound, &path, json!({ "op": op, "path": format!("{MAP}:Team") })).await, 400, "invalidValue");
        }
    }

    async fn row_18_and_19_roles_in_every_form(app: TestApp) {
        let bound = bound(&app).await;
        let path = made(&bound, "ann").await;
        for (form, shown) in [(json!("admin"), "admin"), (json!(["owner"]), "owner"), (json!([{ "value": "partner" }]), "partner"), (json!({ "value": "member" }), "member"), (json!(["{\"value\":\"admin\"}"]), "admin")] {
            let changed = apply(&bound, &path, json!({ "op": "replace", "path": "roles", "value": form.clone() })).await.expect(200);
            assert_eq!(changed.at("/roles"), json!([shown]), "{form}");
            bound.put(&path, person("ann")).await.expect(200);
        }
        let kept = apply(&bound, &path, json!({ "op": "remove", "path": "roles" })).await.expect(200);
        assert_eq!(kept.at("/roles"), json!(["admin"]));
        assert_eq!(apply(&bound, &path, json!({ "op": "replace", "path": "roles", "value": [] })).await.expect(200).at("/roles"), json!(["admin"]));
        refused(&apply(&bound, &path, json!({ "op": "replace", "path": "roles", "value": ["boss"] })).await, 400, "invalidValue");
    }

    async fn row_20_what_simple_attributes_do_not_have(app: TestApp) {
        let bound = bound(&app).await;
        let path = made(&bound, "ann").await;
        refused(&apply(&bound, &path, json!({ "op": "replace", "path": "displayName.x", "value": "a" })).await, 400, "invalidPath");
    }

    async fn row_21_extension_paths_without_a_key(app: TestApp) {
        let bound = bound(&app).await;
        let path = made(&bound, "ann").await;
        for urn in [MAP, PROFILE] {
            for bad in [format!("{urn}:"), format!("{urn}:Team[type eq \"a\"]"), format!("{urn}:Team[type eq \"a\"].value")] {
                refused(&apply(&bound, &path, json!({ "op": "add", "path": bad, "value": "x" })).await, 400, "invalidValue");
            }
        }
    }

    async fn row_06_the_unknown_may_be_ignored_with_a_warning(app: TestApp) {
        let set = |word: &'static str| move |program: testkit::Program| program.profile("wire").settings(&json!({ "unknown_attributes": word }));
        let lenient = app.client_with("lenient", &super::BOTH, set("ignore")).await;
        let path = made(&lenient, "ann").await;
        let sent = operations(json!([
            { "op": "add", "path": "nowhere", "value": 1 }, { "op": "replace", "path": "urn:a:b:User:x", "value": "y" }, { "op": "replace", "path": "title", "value": "Dr" },
            { "op": "add", "value": { "größe": 43, "name": { "givenName": "Ann", "pet": "\"Rex\"" }, MAP: { "Team": "Blue" } } },
        ]));
        let answer = lenient.patch(&path, sent).await.expect(200);
        assert_eq!((answer.at("/title"), answer.at("/name/givenName"), answer.json()[MAP].clone()), (json!("Dr"), json!("Ann"), json!({ "Team": "Blue" })));
        assert_eq!(answer.header("warning"), "299 usher \"ignored, no schema has it: nowhere, urn:a:b:User:x, gr??e, name.pet\"");
        assert_eq!(apply(&lenient, &path, json!({ "op": "add", "path": "title", "value": "Prof" })).await.expect(200).header("warning"), "");
        let posted = lenient.post(USERS, person_with("ben", json!({ "say \"hi\"": 1, "emails": [{ "value": "ben@x.example", "since": "2020" }], "nothing": null }))).await.expect(201);
        assert_eq!(posted.header("warning"), "299 usher \"ignored, no schema has it: emails.since, say \\\"hi\\\"\"");
        assert_eq!(lenient.put(&path, person_with("ann", json!({ "x": 1 }))).await.expect(200).header("warning"), "299 usher \"ignored, no schema has it: x\"");
        // What is malformed is no unknown attribute.
        for (bad, scim_type) in [(json!({ "op": "add", "path": "a b c", "value": 1 }), "invalidPath"), (json!({ "op": "replace", "path": "id", "value": "x" }), "mutability")] {
            refused(&apply(&lenient, &path, bad).await, 400, scim_type);
        }

        let strict = app.client_with("strict", &super::BOTH, set("reject")).await;
        for operation in [json!({ "op": "add", "value": { "shoeSize": 43, "title": "Dr" } }), json!({ "op": "remove", "path": "shoeSize" }), json!({ "op": "replace", "path": "name", "value": { "shoeSize": 1 } })] {
            let answer = apply(&strict, &path, operation).await;
            refused(&answer, 400, "invalidPath");
            tells(&answer, "shoeSize");
        }
        // What a client is shown it may write back.
        let shown = strict.get(&path).await.json();
        strict.put(&path, shown).await.expect(200);
    }

    async fn all_or_nothing(app: TestApp) {
        let bound = bound(&app).await;
        made(&bound, "ann").await;
        let path = made_with(&bound, "ben", json!({ MAP: { "Team": "Blue" } })).await;
        let before = bound.get(&path).await.json();
        let good = json!([{ "op": "replace", "path": "displayName", "value": "New" }, { "op": "add", "path": format!("{MAP}:Team"), "value": "Red" }]);
        for bad in [json!({ "op": "remove" }), json!({ "op": "add", "path": "nowhere", "value": 1 }), json!({ "op": "replace", "path": "userName", "value": "ann" }), json!({ "op": "add", "path": format!("{MAP}:X"), "value": 1 }), json!({ "op": "replace", "path": "preferredLanguage", "value": "xx" })] {
            let mut all = good.as_array().unwrap().clone();
            all.push(bad);
            let answer = bound.patch(&path, operations(Value::Array(all))).await;
            refused(&answer, answer.status, &answer.scim_type());
            assert!(answer.status >= 400);
            assert_eq!(bound.get(&path).await.json(), before);
        }
    }
}
