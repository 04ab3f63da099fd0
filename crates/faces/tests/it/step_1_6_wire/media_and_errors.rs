//! A4: media types, JSON, errors W-30 to W-39, and every row of the catalogue (F-2).

use serde_json::{Value, json};
use testkit::TestClient;

use super::{
    BOTH, ENTERPRISE, GROUPS, MAP, PROFILE, UNKNOWN, USERS, apply, bound, found, generic, made, operations, person,
    person_with, refused, tells, wire,
};

async fn post(client: &TestClient, more: Value) -> testkit::Answer {
    client.post(USERS, person_with("new", more)).await
}

testkit::both! {
    async fn w_030_both_media_types_come_in_and_scims_goes_out(app: TestApp) {
        let wire = wire(&app).await;
        for (index, kind) in ["application/scim+json", "application/json", "application/scim+json; charset=utf-8", "application/json;charset=UTF-8"].into_iter().enumerate() {
            let made = wire.post(USERS, person(&format!("u{index}"))).header("content-type", kind).await.expect(201);
            assert_eq!(made.header("content-type"), "application/scim+json;charset=utf-8");
        }
        for path in [USERS, "/scim/v2/Schemas", "/scim/v2/nothing"] {
            let answer = wire.get(path).header("accept", "application/json").await;
            assert_eq!(answer.header("content-type"), "application/scim+json;charset=utf-8");
        }
    }

    async fn w_031_names_have_no_case_and_none_is_there_twice(app: TestApp) {
        let wire = wire(&app).await;
        let body = json!({ "USERNAME": "ann", "ExternalID": "x", "Emails": [{ "VALUE": "a@x.example", "Type": "work" }], "NAME": { "givenname": "Ann" } });
        let made = wire.post(USERS, body).await.expect(201);
        assert_eq!((made.at("/userName"), made.at("/externalId"), made.at("/emails/0/type"), made.at("/name/givenName")), (json!("ann"), json!("x"), json!("work"), json!("Ann")));
        for text in [
            r#"{"userName":"ben","username":"cid","externalId":"y","emails":[{"value":"b@x.example"}]}"#,
            r#"{"userName":"ben","externalId":"y","emails":[{"value":"b@x.example","Value":"c@x.example"}]}"#,
            r#"{"userName":"ben","externalId":"y","emails":[{"value":"b@x.example"}],"name":{"givenName":"a","GIVENNAME":"b"}}"#,
        ] {
            let answer = wire.request(http::Method::POST, USERS).body("application/scim+json", text).await;
            refused(&answer, 400, "invalidSyntax");
            tells(&answer, "twice");
        }
        let path = format!("{USERS}/{}", made.id());
        let twice = wire.request(http::Method::PATCH, &path).body("application/scim+json", r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","OP":"remove","path":"title","value":"x"}]}"#).await;
        refused(&twice, 400, "invalidSyntax");
    }

    async fn w_032_urns_have_no_case(app: TestApp) {
        let wire = wire(&app).await;
        let mut body = person("ann");
        body["schemas"] = json!(["URN:IETF:params:scim:schemas:CORE:2.0:user", MAP.to_uppercase()]);
        body[MAP.to_uppercase()] = json!({ "Team": "Blue" });
        let made = wire.post(USERS, body).await.expect(201);
        assert_eq!(made.json()[MAP], json!({ "Team": "Blue" }));
        let path = format!("{USERS}/{}", made.id());
        let patched = wire.patch(&path, json!({ "schemas": ["URN:ietf:params:scim:api:messages:2.0:patchop"], "Operations": [{ "op": "add", "path": format!("{}:Floor", PROFILE.to_uppercase()), "value": "2" }] })).await.expect(200);
        assert_eq!(patched.json()[MAP]["Floor"], "2");
    }

    async fn w_033_schemas_may_be_left_out(app: TestApp) {
        let wire = wire(&app).await;
        let mut body = person("ann");
        body["schemas"] = json!([]);
        let path = format!("{USERS}/{}", wire.post(USERS, body.clone()).await.expect(201).id());
        body.as_object_mut().unwrap().remove("schemas");
        wire.put(&path, body).await.expect(200);
        wire.patch(&path, json!({ "Operations": [{ "op": "add", "path": "title", "value": "Dr" }] })).await.expect(200);
        refused(&wire.patch(&path, json!({ "schemas": ["urn:other"], "Operations": [] })).await, 400, "invalidSyntax");
    }

    async fn w_034_null_and_an_empty_list_are_absent(app: TestApp) {
        let wire = wire(&app).await;
        let made = post(&wire, json!({ "displayName": null, "roles": [], "phoneNumbers": [], "title": null, "name": { "givenName": null } })).await.expect(201);
        for absent in ["/title", "/phoneNumbers", "/name"] {
            assert_eq!(made.at(absent), Value::Null);
        }
        assert_eq!(made.at("/roles"), json!(["member"]));
        let (path, generic) = (format!("{USERS}/{}", made.id()), generic(&app).await);
        for (client, name) in [(&wire, "cid"), (&generic, "dan")] {
            let none = json!({ "displayName": [], "active": [], "title": [], "password": [], "name": { "givenName": [] }, "nickName": null, MAP: [], PROFILE: [], ENTERPRISE: [] });
            let made = client.post(USERS, person_with(name, none.clone())).await.expect(201);
            for absent in ["/title", "/name", "/nickName", &format!("/{ENTERPRISE}")] {
                assert_eq!(made.at(absent), Value::Null);
            }
            let path = format!("{USERS}/{}", made.id());
            client.put(&path, person_with(name, none)).await.expect(200);
            apply(client, &path, json!({ "op": "add", "path": "title", "value": "Dr" })).await.expect(200);
            assert_eq!(apply(client, &path, json!({ "op": "add", "path": "title", "value": [] })).await.expect(200).at("/title"), "Dr");
            assert_eq!(apply(client, &path, json!({ "op": "replace", "path": "title", "value": [] })).await.expect(200).at("/title"), Value::Null);
        }
        apply(&wire, &path, json!({ "op": "replace", "path": "displayName", "value": "Ann" })).await.expect(200);
        let again = apply(&wire, &path, json!({ "op": "replace", "path": "displayName", "value": [] })).await.expect(200);
        assert_eq!(again.at("/displayName"), made.at("/displayName"));
        apply(&wire, &path, json!({ "op": "replace", "value": { "password": [], "title": [] } })).await.expect(200);
        refused(&wire.post(USERS, person_with("ben", json!({ "externalId": null }))).await, 400, "invalidValue");
        refused(&wire.post(USERS, person_with("ben", json!({ "userName": [] }))).await, 400, "invalidValue");
        refused(&wire.post(USERS, json!({ "userName": "ben", "externalId": "x", "emails": [] })).await, 400, "invalidValue");
    }

    async fn w_035_booleans_may_be_texts(app: TestApp) {
        let bound = bound(&app).await;
        let made = post(&bound, json!({ "active": "False", "emails": [{ "value": "n@x.example", "primary": "TRUE" }] })).await.expect(201);
        assert_eq!((made.at("/active"), made.at("/emails/0/primary")), (json!(false), json!(true)));
        let path = format!("{USERS}/{}", made.id());
        assert_eq!(apply(&bound, &path, json!({ "op": "Replace", "path": "active", "value": "true" })).await.expect(200).at("/active"), true);
        assert_eq!(apply(&bound, &path, json!({ "op": "Replace", "value": { "active": "fAlSe" } })).await.expect(200).at("/active"), false);
        refused(&apply(&bound, &path, json!({ "op": "Replace", "path": "active", "value": "no" })).await, 400, "invalidValue");
    }

    async fn w_036_timestamps_have_milliseconds_and_z(app: TestApp) {
        let wire = wire(&app).await;
        let path = made(&wire, "ann").await;
        app.clock().advance(1);
        apply(&wire, &path, json!({ "op": "add", "path": "title", "value": "Dr" })).await.expect(200);
        let read = wire.get(&path).await.expect(200);
        assert_eq!((read.at("/meta/created"), read.at("/meta/lastModified")), (json!("2030-01-01T08:00:00.000Z"), json!("2030-01-01T08:00:01.000Z")));
    }

    async fn w_037_errors_have_scims_form(app: TestApp) {
        let wire = wire(&app).await;
        let answer = post(&wire, json!({ "userName": "no spaces" })).await;
        refused(&answer, 400, "invalidValue");
        let members: Vec<String> = answer.json().as_object().unwrap().keys().cloned().collect();
        assert!(members.iter().all(|member| ["schemas", "status", "scimType", "detail", "urn:usher:error"].contains(&member.as_str())), "{members:?}");
    }

    async fn w_038_whatever_goes_wrong_is_a_scim_error(app: TestApp) {
        let app = app.with_faces(|config| {
            config.max_body_bytes = 20_000;
            config.anonymous_burst = 3;
            config.anonymous_per_second = 1;
        }).await;
        let wire = wire(&app).await;
        refused(&wire.get("/scim/v2/Nothing").await, 404, "");
        refused(&wire.get("/scim/v2/Users/not-an-id").await, 404, "");
        refused(&wire.get("/scim/v2/Users?filter=%zz").await, 400, "invalidSyntax");
        refused(&wire.get("/scim/v2/Users?filter=userName+eq").await, 400, "invalidFilter");
        refused(&wire.get("/scim/v2/Users?count=many").await, 400, "invalidCount");
        refused(&wire.request(http::Method::POST, USERS).body("application/scim+json", "{").await, 400, "invalidSyntax");
        refused(&wire.request(http::Method::POST, USERS).body("application/scim+json", "").await, 400, "invalidSyntax");
        refused(&wire.request(http::Method::POST, USERS).body("application/scim+json", "[]").await, 400, "invalidSyntax");
        refused(&wire.delete(USERS).await, 405, "");
        refused(&wire.put("/scim/v2/Schemas", json!({})).await, 405, "");
        refused(&post(&wire, json!({ "title": "x".repeat(20_000) })).await, 413, "");
        refused(&wire.request(http::Method::POST, USERS).body("text/plain", "x").await, 415, "");
        refused(&wire.get("/scim/v3/Users").await, 400, "invalidVers");
        let mut statuses = Vec::new();
        for _ in 0..4 {
            let answer = app.anonymous().get(USERS).await;
            refused(&answer, answer.status, "");
            statuses.push(answer.status);
            if answer.status == 429 {
                assert!(answer.header("retry-after").parse::<u64>().is_ok(), "{answer}");
            }
        }
        assert!(statuses.contains(&429), "{statuses:?}");
        let busy = app.with_faces(|config| config.max_concurrent = 0).await;
        let answer = busy.bearer(wire.token()).get(USERS).await;
        refused(&answer, 503, "");
        assert!(answer.header("retry-after").parse::<u64>().is_ok(), "{answer}");
    }

    async fn w_039_refusals_of_the_house_have_their_own_words(app: TestApp) {
        app.set_realm("default", |settings| {
            settings.blocked_domains = vec!["evil.example".into()];
            settings.max_open_invitations = Some(2);
        }).await;
        let wire = wire(&app).await;
        made(&wire, "ann").await;
        let label = |answer: &testkit::Answer| answer.json()["urn:usher:error"]["label"].clone();
        let taken = wire.post(USERS, person_with("ben", json!({ "emails": [{ "value": "ANN@x.example" }] }))).await;
        refused(&taken, 409, "uniqueness");
        tells(&taken, "emails");
        assert_eq!(label(&taken), "taken");
        for domain in ["evil.example", "sub.Evil.example"] {
            let blocked = wire.post(USERS, person_with("ben", json!({ "emails": [{ "value": format!("ben@{domain}") }] }))).await;
            refused(&blocked, 400, "invalidValue");
            tells(&blocked, "evil.example");
            assert_eq!(label(&blocked), "invalid");
        }
        made(&wire, "ben").await;
        let many = wire.post(USERS, person("cid")).await;
        refused(&many, 429, "");
        assert!(many.header("retry-after").parse::<u64>().is_ok(), "{many}");
        assert_eq!(label(&many), "limit-reached");
        // One that is accepted makes room.
        let page = app.deliver_mail().await.remove(0).invitation_path();
        super::accept(&app, &page).await.expect(303);
        wire.post(USERS, person("cid")).await.expect(201);
    }
}

/// The rows of A4's catalogue, in its order.
mod catalogue {
    use super::*;

    testkit::both! {
        async fn row_01_no_or_an_invalid_token(app: TestApp) {
            refused(&app.anonymous().get(USERS).await, 401, "");
            refused(&app.bearer("ush_x").get(USERS).await, 401, "");
            refused(&app.anonymous().post(USERS, person("ann")).await, 401, "");
        }

        async fn row_02_a_list_without_a_filter_is_a_page(app: TestApp) {
            let wire = wire(&app).await;
            made(&wire, "ann").await;
            assert_eq!(wire.get(USERS).await.expect(200).at("/totalResults"), 1);
        }

        async fn row_03_a_filter_on_what_is_not_there(app: TestApp) {
            let wire = wire(&app).await;
            refused(&found(&wire, "randomField eq \"x\"").await, 400, "invalidFilter");
            refused(&found(&wire, "userName like \"x\"").await, 400, "invalidFilter");
        }

        async fn row_04_user_name_characters_and_length(app: TestApp) {
            let wire = wire(&app).await;
            for bad in ["a b", "a@b.example", "ä", "a/b", "a", &"x".repeat(257)] {
                let answer = post(&wire, json!({ "userName": bad })).await;
                refused(&answer, 400, "invalidValue");
                tells(&answer, "userName");
            }
            for good in ["ab", "a_b.c-9", &"y".repeat(256)] {
                wire.post(USERS, person_with(good, json!({ "externalId": format!("e-{}", good.len()), "emails": [{ "value": format!("m{}@x.example", good.len()) }] }))).await.expect(201);
            }
        }

        async fn row_05_external_id_missing(app: TestApp) {
            let answer = wire(&app).await.post(USERS, json!({ "userName": "ann", "emails": [{ "value": "a@x.example" }] })).await;
            refused(&answer, 400, "invalidValue");
            tells(&answer, "externalId");
        }

        async fn row_06_no_provider_and_no_usable_address(app: TestApp) {
            let wire = wire(&app).await;
            refused(&wire.post(USERS, json!({ "userName": "ann", "externalId": "opaque" })).await, 400, "invalidValue");
            refused(&post(&wire, json!({ "emails": [{ "value": "no address" }] })).await, 400, "invalidValue");
        }

        async fn row_07_display_name_length(app: TestApp) {
            let wire = wire(&app).await;
            for bad in ["", &"ä".repeat(129)] {
                let answer = post(&wire, json!({ "displayName": bad })).await;
                refused(&answer, 400, "invalidValue");
                tells(&answer, "displayName");
            }
            post(&wire, json!({ "displayName": "ä".repeat(128) })).await.expect(201);
        }

        async fn row_08_language(app: TestApp) {
            let wire = wire(&app).await;
            for bad in ["xx", "deu", "DE", "german", "", "de-"] {
                refused(&post(&wire, json!({ "preferredLanguage": bad })).await, 400, "invalidValue");
            }
            assert_eq!(post(&wire, json!({ "preferredLanguage": "de-AT" })).await.expect(201).at("/preferredLanguage"), "de-AT");
        }

        async fn row_09_roles(app: TestApp) {
            let wire = wire(&app).await;
            for bad in [json!(["owner", "admin"]), json!(["boss"]), json!(["Owner"])] {
                refused(&post(&wire, json!({ "roles": bad })).await, 400, "invalidValue");
            }
        }

        async fn row_10_a_password(app: TestApp) {
            let wire = wire(&app).await;
            for name in ["password", "PASSWORD"] {
                let answer = post(&wire, json!({ name: "secret" })).await;
                refused(&answer, 400, "invalidValue");
                tells(&answer, "not supported");
            }
            let path = made(&wire, "ann").await;
            refused(&wire.put(&path, person_with("ann", json!({ "password": "secret" }))).await, 400, "invalidValue");
            refused(&apply(&wire, &path, json!({ "op": "add", "path": "password", "value": "secret" })).await, 400, "invalidValue");
            refused(&apply(&wire, &path, json!({ "op": "replace", "value": { "password": "secret" } })).await, 400, "invalidValue");
        }

        async fn row_11_user_name_or_external_id_in_use(app: TestApp) {
            let wire = wire(&app).await;
            made(&wire, "ann").await;
            let name = wire.post(USERS, json!({ "userName": "ANN", "externalId": "other", "emails": [{ "value": "o@x.example" }] })).await;
            refused(&name, 409, "uniqueness");
            tells(&name, "userName");
            let id = wire.post(USERS, json!({ "userName": "ben", "externalId": "ext-ann", "emails": [{ "value": "o@x.example" }] })).await;
            refused(&id, 409, "uniqueness");
            tells(&id, "externalId");
        }

        async fn row_12_rich_info_above_the_limit(app: TestApp) {
            let wire = wire(&app).await;
            refused(&post(&wire, json!({ MAP: { "a": "x".repeat(5000) } })).await, 413, "invalidValue");
        }

        async fn row_13_unknown_foreign_and_expired_people(app: TestApp) {
            let wire = wire(&app).await;
            let path = made(&wire, "ann").await;
            let other = app.client_with("other", &BOTH, |program| program.realm("acme").profile("wire")).await;
            let foreign = other.post("/realms/acme/scim/v2/Users", person("ann")).await.expect(201).id();
            app.deliver_mail().await;
            app.pass(22 * 86_400).await;
            for path in [&format!("{USERS}/{UNKNOWN}"), &format!("{USERS}/{foreign}"), &path] {
                refused(&wire.get(path).await, 404, "");
                refused(&wire.put(path, person("ann")).await, 404, "");
                refused(&apply(&wire, path, json!({ "op": "add", "path": "title", "value": "x" })).await, 404, "");
            }
        }

        async fn row_14_a_path_that_is_unknown_or_too_deep(app: TestApp) {
            let wire = wire(&app).await;
            let path = made(&wire, "ann").await;
            for bad in ["unknown", "name.givenName.first", "displayName.x", "name.unknown"] {
                refused(&apply(&wire, &path, json!({ "op": "replace", "path": bad, "value": "x" })).await, 400, "invalidPath");
            }
        }

        async fn row_15_and_16_remove_without_a_path_and_of_the_user_name(app: TestApp) {
            let wire = wire(&app).await;
            let path = made(&wire, "ann").await;
            refused(&apply(&wire, &path, json!({ "op": "remove" })).await, 400, "noTarget");
            refused(&apply(&wire, &path, json!({ "op": "remove", "path": "userName" })).await, 400, "mutability");
        }

        async fn row_17_rich_info_that_is_no_text(app: TestApp) {
            let wire = wire(&app).await;
            let path = made(&wire, "ann").await;
            for urn in [MAP, PROFILE] {
                for bad in [json!(1), json!(["a"]), json!({ "a": "b" })] {
                    refused(&apply(&wire, &path, json!({ "op": "add", "path": format!("{urn}:Team"), "value": bad })).await, 400, "invalidValue");
                }
            }
        }

        async fn row_18_deleting_all_people(app: TestApp) {
            let answer = wire(&app).await.delete(USERS).await;
            refused(&answer, 405, "");
            assert!(answer.header("allow").contains("GET"), "{answer}");
        }

        async fn row_19_patching_a_group_works(app: TestApp) {
            let wire = wire(&app).await;
            let path = format!("{GROUPS}/{}", wire.post(GROUPS, json!({ "displayName": "ops" })).await.expect(201).id());
            let changed = wire.patch(&path, operations(json!([{ "op": "replace", "path": "displayName", "value": "dev" }]))).await.expect(200);
            assert_eq!(changed.at("/displayName"), "dev");
        }
    }
}
