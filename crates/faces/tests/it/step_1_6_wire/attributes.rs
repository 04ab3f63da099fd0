//! A5: attributes, the six rows of A5.1, and W-40 to W-44.

use directory::realm::{ExternalIdMatch, SetRealm};
use directory::user::User;
use serde_json::{Value, json};

use super::{
    BOTH, ENTERPRISE, MAP, PROFILE, USER_URN, USERS, accept, apply, bound, found, generic, id_in, made, made_with,
    mailed, person, person_with, refused, tells, usher, wire, with_issuer,
};

testkit::both! {
    async fn a_5_everything_is_stored_and_comes_back(app: TestApp) {
        let bound = bound(&app).await;
        let body = json!({
            "userName": "Ann.B", "externalId": "AnnB-1", "displayName": "Ann B", "active": true, "preferredLanguage": "de-AT",
            "emails": [{ "value": "home@x.example", "type": "home", "display": "At home" }, { "value": "ann@x.example", "type": "work", "primary": true }],
            "name": { "givenName": "Ann", "familyName": "B" }, "nickName": "A", "title": "Dr", "phoneNumbers": [{ "value": "+1", "type": "work" }],
            "addresses": [{ "type": "work", "locality": "Wien" }], "userType": "Staff", "timezone": "Europe/Vienna", "locale": "de-AT",
            "profileUrl": "https://x.example/ann", "entitlements": [{ "value": "desk" }], "unknownField": "ignored",
            ENTERPRISE: { "department": "Sales" },
        });
        let made = bound.post(USERS, body.clone()).await.expect(201);
        let read = bound.get(&format!("{USERS}/{}", made.id())).await.expect(200).json();
        assert_eq!(read, made.json());
        for (name, value) in body.as_object().unwrap().iter().filter(|(name, _)| !["userName", "unknownField"].contains(&name.as_str())) {
            assert_eq!(&read[name], value, "{name}");
        }
        assert_eq!((&read["userName"], &read["unknownField"]), (&json!("ann.b"), &Value::Null));
        for urn in [USER_URN, PROFILE, MAP] {
            assert!(read["schemas"].as_array().unwrap().contains(&json!(urn)), "{urn}");
        }
        let bare = bound.post(USERS, person("ben")).await.expect(201);
        assert_eq!(bare.at("/schemas"), json!([USER_URN, PROFILE, MAP]), "always all three");
        assert_eq!((bare.at("/roles"), bare.at("/active"), bare.at("/preferredLanguage"), bare.at("/displayName")), (json!(["member"]), json!(true), json!("en"), json!("ben@x.example")));
        let meta = bare.at("/meta");
        assert_eq!((&meta["resourceType"], &meta["version"]), (&json!("User"), &json!(bare.header("etag"))));
        refused(&bound.post(USERS, person_with("cid", json!({ "title": 5 }))).await, 400, "invalidValue");
    }

    async fn a_5_a_name_is_the_address_or_the_external_id(app: TestApp) {
        let bound = bound(&app).await;
        let without = bound.post(USERS, json!({ "userName": "ann", "externalId": "NameID-7" })).await.expect(201);
        assert_eq!(without.at("/displayName"), "NameID-7");
        let generic = generic(&app).await;
        assert_eq!(generic.get(&format!("{USERS}/{}", without.id())).await.at("/displayName"), Value::Null, "only Wire is shown one");
    }

    async fn a_5_external_ids_compare_exactly_and_addresses_without_case(app: TestApp) {
        let bound = bound(&app).await;
        bound.post(USERS, json!({ "userName": "ann", "externalId": "NameID-7" })).await.expect(201);
        assert_eq!(found(&bound, "externalId eq \"nameid-7\"").await.at("/totalResults"), 0);
        assert_eq!(found(&bound, "externalId eq \"NameID-7\"").await.at("/Resources/0/externalId"), "NameID-7");
        bound.post(USERS, json!({ "userName": "ben", "externalId": "nameid-7" })).await.expect(201);
        bound.post(USERS, json!({ "userName": "cid", "externalId": "Cid@x.example" })).await.expect(201);
        assert_eq!(found(&bound, "externalId eq \"cid@X.example\"").await.at("/Resources/0/externalId"), "Cid@x.example");
        refused(&bound.post(USERS, json!({ "userName": "dan", "externalId": "cid@x.EXAMPLE" })).await, 409, "uniqueness");
    }

    async fn a_5_every_comparison_of_external_ids_is_the_same_one(app: TestApp) {
        let bound = bound(&app).await;
        let ids = ["Foo@x.example", "NameID-7", "nameid-8", "Straße@x.example"];
        for (index, id) in ids.iter().enumerate() {
            bound.post(USERS, json!({ "userName": format!("p{index}"), "externalId": id, "emails": [{ "value": format!("p{index}@x.example") }] })).await.expect(201);
        }
        let none = made(&bound, "none").await;
        apply(&bound, &none, json!({ "op": "remove", "path": "externalId" })).await.expect(200);
        let hits = async |filter: &str| found(&bound, filter).await.expect(200).at("/totalResults").as_u64().unwrap();
        for rule in [None, Some(ExternalIdMatch::Exact), Some(ExternalIdMatch::Ci)] {
            app.set_realm("default", |settings| settings.external_id_match = rule).await;
            for literal in ["Foo@x.example", "foo@x.example", "NameID-7", "NAMEID-8", "STRASSE@X.example", "other", ""] {
                for op in ["eq", "co", "sw", "ew", "gt", "le"] {
                    let term = format!("externalId {op} \"{literal}\"");
                    let (holds, not) = (hits(&term).await, hits(&format!("not ({term})")).await);
                    assert_eq!(holds + not, 5, "{rule:?} {term}");
                    assert_eq!(hits(&format!("{term} and not ({term})")).await, 0, "{rule:?} {term}");
                    assert_eq!(hits(&format!("{term} and title pr or {term}")).await, holds, "{rule:?} {term}, by index and by looking");
                    assert_eq!(hits(&format!("not (not ({term}))")).await, holds, "{rule:?} {term}, by looking alone");
                }
                let (eq, ne) = (format!("externalId eq \"{literal}\""), format!("externalId ne \"{literal}\""));
                assert_eq!(hits(&eq).await + hits(&ne).await, 5, "{rule:?} {literal}");
                assert_eq!(hits(&format!("{eq} and {ne}")).await, 0, "{rule:?} {literal}");
            }
        }
        app.set_realm("default", |settings| settings.external_id_match = None).await;
        for (filter, count) in [("externalId co \"FOO@\"", 1), ("externalId sw \"fOO\"", 1), ("externalId sw \"Foo\"", 1), ("externalId ew \"EXAMPLE\"", 2), ("externalId co \"nameid\"", 1), ("externalId sw \"nameid\"", 1), ("externalId sw \"NameID\"", 1), ("externalId ne \"foo@X.example\" and externalId pr", 3)] {
            assert_eq!(hits(filter).await, count, "{filter}");
        }
        let sorted = bound.get(&format!("{USERS}?sortBy=externalId")).await.expect(200).json();
        let names: Vec<&str> = sorted["Resources"].as_array().unwrap().iter().filter_map(|user| user["externalId"].as_str()).collect();
        assert_eq!(names, ["NameID-7", "Foo@x.example", "nameid-8", "Straße@x.example"], "as they compare, shown as they were sent");
        // Policies compare alike, in lists and one by one.
        let narrow = |program: testkit::Program| program.profile("wire").idp().policy(json!({ "user_filter": "externalId eq \"foo@X.example\"" }));
        let narrow = app.client_with("narrow", &BOTH, narrow).await;
        let listed = narrow.get(USERS).await.expect(200);
        assert_eq!(listed.at("/totalResults"), 1);
        let path = format!("{USERS}/{}", listed.at("/Resources/0/id").as_str().unwrap());
        assert_eq!(narrow.get(&path).await.expect(200).at("/externalId"), "Foo@x.example");
        apply(&narrow, &path, json!({ "op": "add", "path": "title", "value": "Dr" })).await.expect(200);
    }

    async fn a_5_external_ids_may_all_compare_exactly(app: TestApp) {
        let bound = bound(&app).await;
        app.set_realm("default", |settings| settings.external_id_match = Some(ExternalIdMatch::Exact)).await;
        bound.post(USERS, json!({ "userName": "cid", "externalId": "Cid@x.example", "emails": [{ "value": "a@x.example" }] })).await.expect(201);
        assert_eq!(found(&bound, "externalId eq \"cid@x.example\"").await.at("/totalResults"), 0);
        let other = bound.post(USERS, json!({ "userName": "dan", "externalId": "cid@x.example", "emails": [{ "value": "b@x.example" }] })).await.expect(201);
        assert_eq!(found(&bound, "externalId eq \"cid@x.example\"").await.at("/Resources/0/id"), other.id());
        refused(&bound.post(USERS, json!({ "userName": "eve", "externalId": "cid@x.example", "emails": [{ "value": "c@x.example" }] })).await, 409, "uniqueness");
    }

    async fn a_5_external_ids_may_all_compare_without_case(app: TestApp) {
        let wire = wire(&app).await;
        app.set_realm("default", |settings| settings.external_id_match = Some(ExternalIdMatch::Ci)).await;
        let path = made_with(&wire, "ann", json!({ "externalId": "NameID-7" })).await;
        let by_case = found(&wire, "externalId eq \"NAMEID-7\"").await;
        assert_eq!((by_case.at("/totalResults"), by_case.at("/Resources/0/externalId")), (json!(1), json!("NameID-7")));
        refused(&wire.post(USERS, person_with("ben", json!({ "externalId": "nameid-7" }))).await, 409, "uniqueness");
        // A client's own is no conflict, however it writes it, and the old form is free when it leaves it.
        wire.put(&path, person_with("ann", json!({ "externalId": "nameID-7" }))).await.expect(200);
        wire.put(&path, person_with("ann", json!({ "externalId": "other" }))).await.expect(200);
        wire.post(USERS, person_with("ben", json!({ "externalId": "NAMEID-7" }))).await.expect(201);
        // Sent again after the invitation expired, it is the same person.
        app.clock().advance(30 * 86_400);
        app.run_jobs().await;
        let again = wire.post(USERS, json!({ "userName": "ann-2", "externalId": "OTHER", "emails": [{ "value": "other@x.example" }] })).await.expect(201);
        assert_eq!(again.id(), id_in(&path));
        // Whoever is none of Wire's kind sees no difference.
        let generic = generic(&app).await;
        for id in ["x-1", "X-1"] {
            generic.post(USERS, json!({ "userName": format!("of-{id}-{}", id.len() + usize::from(id == "X-1")), "externalId": id })).await.expect(201);
        }
        assert_eq!(found(&generic, "externalId eq \"x-1\"").await.at("/totalResults"), 1);
    }

    async fn a_5_another_rule_holds_for_those_who_are_there(app: TestApp) {
        let bound = bound(&app).await;
        let address = made_with(&bound, "ann", json!({ "externalId": "Ann@x.example" })).await;
        let opaque = made_with(&bound, "ben", json!({ "externalId": "NameID-7" })).await;
        let same = made_with(&bound, "cid", json!({ "externalId": "nameid-7" })).await;
        let set = async |rule: Option<ExternalIdMatch>| {
            let mut settings = app.directory().realm("default").await.expect("there").settings.clone();
            settings.external_id_match = rule;
            let command = SetRealm { settings, if_version: None, force: false };
            app.directory().execute(&app.operator().await, command).await
        };
        let finds = async |id: &str| found(&bound, &format!("externalId eq \"{id}\"")).await.at("/totalResults");
        let refusal = set(Some(ExternalIdMatch::Ci)).await.expect_err("two would be one").to_string();
        assert!(refusal.contains("`NameID-7`") && refusal.contains("`nameid-7`"), "{refusal}");
        assert_eq!(finds("ann@x.example").await, 1, "nothing has changed");
        bound.delete(&same).await.expect(204);
        set(Some(ExternalIdMatch::Ci)).await.expect("set");
        assert_eq!((finds("NAMEID-7").await, finds("ann@X.example").await), (json!(1), json!(1)));
        set(Some(ExternalIdMatch::Exact)).await.expect("set");
        assert_eq!((finds("NameID-7").await, finds("NAMEID-7").await), (json!(1), json!(0)));
        assert_eq!((finds("Ann@x.example").await, finds("ann@x.example").await), (json!(1), json!(0)));
        set(None).await.expect("set");
        assert_eq!((finds("ann@x.example").await, finds("NAMEID-7").await), (json!(1), json!(0)));
        for (path, id) in [(&address, "Ann@x.example"), (&opaque, "NameID-7")] {
            assert_eq!(bound.get(path).await.at("/externalId"), id, "as it was sent");
        }
    }

    async fn a_5_the_local_part_of_a_name_is_the_user_name(app: TestApp) {
        with_issuer(&app).await;
        let local = |program: testkit::Program| program.profile("wire").idp().settings(&json!({ "user_name_transform": "local_part" }));
        let entra = app.client_with("entra", &BOTH, local).await;
        let made = entra.post(USERS, person_with("Ann.B@x.example", json!({ "emails": [{ "value": "ann@x.example" }] }))).await.expect(201);
        assert_eq!(made.at("/userName"), "ann.b");
        let path = format!("{USERS}/{}", made.id());
        for filter in ["userName eq \"Ann.B@x.example\"", "userName eq \"ann.b\"", "not (userName ne \"Ann.B@x.example\")", "active eq true and userName eq \"ANN.B@x.example\""] {
            assert_eq!(found(&entra, filter).await.at("/Resources/0/id"), made.id(), "{filter}");
        }
        // Two names with one result are one name.
        let other = entra.post(USERS, person_with("ann.b@y.example", json!({ "externalId": "other", "emails": [{ "value": "b@x.example" }] }))).await;
        refused(&other, 409, "uniqueness");
        tells(&other, "userName");
        // What is shown, and what was sent, may be written again.
        for name in ["ann.b", "Ann.B@x.example"] {
            let same = entra.put(&path, person_with(name, json!({ "externalId": made.at("/externalId"), "emails": [{ "value": "ann@x.example" }] }))).await.expect(200);
            assert!(same.events.is_empty(), "{same}");
        }
        for (operation, name) in [
            (json!({ "op": "replace", "path": "userName", "value": "Ann.C@x.example" }), "ann.c"),
            (json!({ "op": "replace", "path": format!("{USER_URN}:userName"), "value": "Ann.D@x.example" }), "ann.d"),
            (json!({ "op": "replace", "value": { "username": "Ann.E@x.example" } }), "ann.e"),
            (json!({ "op": "replace", "value": { USER_URN: { "userName": "Ann.F@x.example" } } }), "ann.f"),
            (json!({ "op": "replace", "path": "nickName", "value": "a@b" }), "ann.f"),
        ] {
            let patched = apply(&entra, &path, operation.clone()).await.expect(200);
            assert_eq!(patched.at("/userName"), name, "{operation}");
        }
        refused(&entra.post(USERS, person("@x.example")).await, 400, "invalidValue");
        refused(&entra.post(USERS, person("o'neil@x.example")).await, 400, "invalidValue");
        // Others keep their names whole.
        let generic = generic(&app).await;
        assert_eq!(generic.post(USERS, json!({ "userName": "ben@x.example" })).await.expect(201).at("/userName"), "ben@x.example");
        assert_eq!(found(&generic, "userName eq \"ann.f@x.example\"").await.at("/totalResults"), 0);
    }

    async fn a_5_what_a_user_name_may_not_have_is_replaced(app: TestApp) {
        with_issuer(&app).await;
        let replace = |program: testkit::Program| program.profile("wire").idp().settings(&json!({ "user_name_transform": "replace_invalid" }));
        let client = app.client_with("hr", &BOTH, replace).await;
        let made = client.post(USERS, person_with("Ünal.O'Neil@x.example", json!({ "externalId": "u", "emails": [{ "value": "u@x.example" }] }))).await.expect(201);
        assert_eq!(made.at("/userName"), "_nal.o_neil_x.example");
        assert_eq!(found(&client, "userName eq \"Ünal.O'Neil@x.example\"").await.at("/Resources/0/id"), made.id());
        refused(&client.post(USERS, person_with("Änal.O Neil@x.example", json!({ "externalId": "v", "emails": [{ "value": "v@x.example" }] }))).await, 409, "uniqueness");
        let admin = app.client("admin", &["admin"]).await;
        let elsewhere = admin.post("/api/v1/clients", json!({ "name": "x", "profile": "okta", "settings": { "user_name_transform": "replace_invalid" } })).await.expect(400);
        assert_eq!(elsewhere.at("/field"), "user_name_transform", "{elsewhere}");
    }

    async fn a_5_roles_come_in_every_form_and_go_out_as_texts(app: TestApp) {
        let wire = wire(&app).await;
        for (index, (form, shown)) in [
            (json!(["admin"]), "admin"), (json!([{ "value": "owner" }]), "owner"), (json!([{ "value": "partner", "primary": true }]), "partner"),
            (json!(["{\"id\":\"7\",\"value\":\"admin\",\"displayName\":\"Admin\"}"]), "admin"), (json!([{ "value": "{\"value\":\"admin\"}" }]), "admin"), (json!("admin"), "admin"),
        ].into_iter().enumerate() {
            let made = wire.post(USERS, person_with(&format!("u{index}"), json!({ "roles": form.clone() }))).await.expect(201);
            assert_eq!(made.at("/roles"), json!([shown]), "{form}");
            let generic = app.client(&format!("generic{index}"), &BOTH).await;
            assert_eq!(generic.get(&format!("{USERS}/{}", made.id())).await.at("/roles/0/value"), shown, "objects to others");
        }
    }

    async fn a_5_1_row_1_bound_with_an_address_as_external_id(app: TestApp) {
        let bound = bound(&app).await;
        let made = bound.post(USERS, json!({ "userName": "ann", "externalId": "Ann@x.example" })).await.expect(201);
        assert_eq!((made.at("/active"), made.at("/externalId"), made.at("/displayName")), (json!(true), json!("Ann@x.example"), json!("Ann@x.example")));
        assert!(made.deliveries.is_empty());
        assert_eq!(usher(&bound, &format!("{USERS}/{}", made.id())).await["lifecycle"], "active");
    }

    async fn a_5_1_row_2_bound_with_an_address_in_emails(app: TestApp) {
        let bound = bound(&app).await;
        for (name, external_id) in [("ann", "other@x.example"), ("ben", "opaque")] {
            let made = bound.post(USERS, json!({ "userName": name, "externalId": external_id, "emails": [{ "value": format!("{name}@x.example") }] })).await.expect(201);
            assert_eq!((made.at("/active"), made.at("/externalId"), made.at("/emails/0/value")), (json!(true), json!(external_id), json!(format!("{name}@x.example"))));
            assert!(made.deliveries.is_empty());
        }
    }

    async fn a_5_1_row_3_bound_without_any_address(app: TestApp) {
        let bound = bound(&app).await;
        let made = bound.post(USERS, json!({ "userName": "ann", "externalId": "opaque" })).await.expect(201);
        assert_eq!((made.at("/active"), made.at("/emails")), (json!(true), Value::Null));
        assert!(made.deliveries.is_empty());
    }

    async fn a_5_1_row_4_unbound_with_an_address_as_external_id(app: TestApp) {
        let wire = wire(&app).await;
        let made = wire.post(USERS, json!({ "userName": "ann", "externalId": "ann@x.example" })).await.expect(201);
        assert_eq!(made.at("/active"), false);
        assert_eq!(app.deliver_mail().await[0].to, "ann@x.example");
        assert_eq!(usher(&wire, &format!("{USERS}/{}", made.id())).await["lifecycle"], "invited");
    }

    async fn a_5_1_row_5_unbound_with_an_address_in_emails(app: TestApp) {
        let wire = wire(&app).await;
        for (name, external_id) in [("ann", "other@x.example"), ("ben", "opaque")] {
            let made = wire.post(USERS, json!({ "userName": name, "externalId": external_id, "emails": [{ "value": "first@x.example", "type": "home" }, { "value": format!("{name}@x.example"), "primary": true }] }));
            assert_eq!(made.await.expect(201).at("/active"), false);
            assert_eq!(app.deliver_mail().await[0].to, format!("{name}@x.example"), "the primary one");
            app.set_realm("default", |settings| settings.unique_emails = Some(false)).await;
        }
    }

    async fn a_5_1_row_6_unbound_without_any_address(app: TestApp) {
        let answer = wire(&app).await.post(USERS, json!({ "userName": "ann", "externalId": "opaque" })).await;
        refused(&answer, 400, "invalidValue");
        tells(&answer, "emails");
    }

    async fn w_040_a_put_moves_from_the_old_style_to_the_new_one(app: TestApp) {
        let wire = wire(&app).await;
        let made = wire.post(USERS, json!({ "userName": "ann", "externalId": "ann@x.example" })).await.expect(201);
        let path = format!("{USERS}/{}", made.id());
        let page = mailed(&app).await;
        accept(&app, &page).await.expect(303);
        let moved = wire.put(&path, json!({ "userName": "ann", "externalId": "4711", "emails": [{ "value": "ann@x.example" }] })).await.expect(200);
        assert_eq!((moved.id(), moved.at("/externalId"), moved.at("/active")), (made.id(), json!("4711"), json!(true)));
        assert_eq!(found(&wire, "externalId eq \"4711\"").await.at("/totalResults"), 1);
        assert_eq!(found(&wire, "externalId eq \"ann@x.example\"").await.at("/totalResults"), 0);
        // Also of someone who has not answered yet: the mailbox is the same, and so is the link.
        let ben = wire.post(USERS, json!({ "userName": "ben", "externalId": "ben@x.example" })).await.expect(201);
        let page = mailed(&app).await;
        wire.put(&format!("{USERS}/{}", ben.id()), json!({ "userName": "ben", "externalId": "4712", "emails": [{ "value": "ben@x.example" }] })).await.expect(200);
        assert!(app.deliver_mail().await.is_empty());
        accept(&app, &page).await.expect(303);
    }

    async fn w_041_an_external_id_is_unique_within_a_provider(app: TestApp) {
        let wire = wire(&app).await;
        let bound = bound(&app).await;
        made(&wire, "ann").await;
        // The same word for somebody else, by another provider's clients.
        let other = bound.post(USERS, json!({ "userName": "ben", "externalId": "ext-ann" })).await.expect(201);
        refused(&bound.post(USERS, json!({ "userName": "cid", "externalId": "ext-ann" })).await, 409, "uniqueness");
        refused(&wire.post(USERS, json!({ "userName": "cid", "externalId": "ext-ann", "emails": [{ "value": "c@x.example" }] })).await, 409, "uniqueness");
        assert_eq!(found(&bound, "externalId eq \"ext-ann\"").await.at("/Resources/0/id"), other.id());
        assert_eq!(found(&wire, "externalId eq \"ext-ann\"").await.at("/Resources/0/userName"), "ann");
    }

    async fn w_044_people_that_scim_manages_do_not_change_name_handle_address_and_language(app: TestApp) {
        let bound = bound(&app).await;
        let path = made_with(&bound, "ann", json!({ "displayName": "Ann" })).await;
        let ann = directory::Id::<User>::parse(id_in(&path)).unwrap();
        let me = app.client_with("me", &["scim:me"], |program| program.profile("wire").acts_as(ann)).await;
        for (path, value) in [("displayName", json!("Other")), ("userName", json!("other")), ("preferredLanguage", json!("de")), ("locale", json!("de-DE")), ("name.givenName", json!("Other")), ("emails", json!([{ "value": "other@x.example" }]))] {
            let answer = apply(&me, "/scim/v2/Me", json!({ "op": "replace", "path": path, "value": value })).await;
            refused(&answer, 403, "");
            assert_eq!(answer.json()["urn:usher:error"]["label"], "managed-by-scim", "{answer}");
        }
        apply(&me, "/scim/v2/Me", json!({ "op": "replace", "path": "nickName", "value": "A" })).await.expect(200);
        apply(&bound, &path, json!({ "op": "replace", "path": "displayName", "value": "Ann B" })).await.expect(200);
        // Whom no program manages changes them; with the lock for all in the realm nobody does, except SCIM.
        let boss = app.user("boss").await;
        let local = app.client_with("local", &["scim:me"], |program| program.acts_as(boss)).await;
        apply(&local, "/scim/v2/Me", json!({ "op": "replace", "path": "displayName", "value": "Boss" })).await.expect(200);
        app.set_realm("default", |settings| settings.self_editable = Some(Vec::new())).await;
        refused(&apply(&local, "/scim/v2/Me", json!({ "op": "replace", "path": "displayName", "value": "B" })).await, 403, "");
        apply(&bound, &path, json!({ "op": "replace", "path": "displayName", "value": "Ann C" })).await.expect(200);
    }
}
