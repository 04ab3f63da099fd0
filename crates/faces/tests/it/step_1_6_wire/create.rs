//! A6: POST, W-50 to W-56.

use serde_json::{Value, json};

use super::{BOTH, USERS, accept, apply, bound, found, made, mailed, person, person_with, refused, tells, wire};

testkit::both! {
    async fn w_050_success_is_201_with_the_whole_resource_and_its_location(app: TestApp) {
        let made = wire(&app).await.post(USERS, person("ann")).await.expect(201);
        assert_eq!(made.header("location"), made.at("/meta/location"));
        assert_eq!(made.header("etag"), made.at("/meta/version"));
        assert_eq!((made.at("/userName"), made.at("/externalId")), (json!("ann"), json!("ext-ann")));
        assert_eq!(made.events, ["user.created", "invitation.created"]);
        assert_eq!(made.deliveries, ["mail invitation.created"]);
    }

    async fn w_051_an_external_id_of_somebody_there_is_a_conflict(app: TestApp) {
        let wire = wire(&app).await;
        let path = made(&wire, "ann").await;
        let again = json!({ "userName": "other", "externalId": "ext-ann", "emails": [{ "value": "o@x.example" }] });
        let page = mailed(&app).await;
        let conflict = async || {
            let answer = wire.post(USERS, again.clone()).await;
            refused(&answer, 409, "uniqueness");
            tells(&answer, "externalId");
        };
        conflict().await;
        accept(&app, &page).await.expect(303);
        conflict().await;
        apply(&wire, &path, json!({ "op": "replace", "path": "active", "value": false })).await.expect(200);
        conflict().await;
    }

    async fn w_052_a_user_name_in_use_is_a_conflict(app: TestApp) {
        let wire = wire(&app).await;
        // Of a person no program has anything to do with.
        app.user("ann").await;
        for name in ["ann", "ANN"] {
            let answer = wire.post(USERS, person_with(name, json!({ "emails": [{ "value": "o@x.example" }] }))).await;
            refused(&answer, 409, "uniqueness");
            tells(&answer, "userName");
        }
        // Realms do not see each other.
        let other = app.client_with("other", &super::BOTH, |program| program.realm("acme").profile("wire")).await;
        other.post("/realms/acme/scim/v2/Users", person("ann")).await.expect(201);
    }

    async fn w_053_an_external_id_of_somebody_who_left_is_free(app: TestApp) {
        let wire = wire(&app).await;
        let path = made(&wire, "ann").await;
        wire.delete(&path).await.expect(204);
        let again = wire.post(USERS, person("ann")).await.expect(201);
        assert!(!path.ends_with(&again.id()), "a new person");
    }

    async fn w_054_a_repeated_post_gets_the_first_answer(app: TestApp) {
        let wire = wire(&app).await;
        let post = |key: &'static str, body: Value| wire.post(USERS, body).header("idempotency-key", key);
        let first = post("k1", person("ann")).await.expect(201);
        let second = post("k1", person("ann")).await.expect(201);
        assert_eq!((second.json(), second.header("location"), second.header("idempotency-replayed")), (first.json(), first.header("location"), "true"));
        assert!(second.events.is_empty() && second.deliveries.is_empty(), "{second}");
        assert_eq!(second.header("content-type"), "application/scim+json;charset=utf-8");
        refused(&post("k1", person("ben")).await, 409, "");
        // One that was refused keeps nothing: mended, it is done.
        refused(&post("k2", json!({ "userName": "ben" })).await, 400, "invalidValue");
        post("k2", person("ben")).await.expect(201);
        // One transaction: a POST that fails at its last step leaves nothing.
        app.set_realm("default", |settings| settings.blocked_domains = vec!["x.example".into()]).await;
        refused(&wire.post(USERS, person("cid")).await, 400, "invalidValue");
        assert_eq!(found(&wire, "userName eq \"cid\"").await.at("/totalResults"), 0);
        app.set_realm("default", |settings| settings.blocked_domains = Vec::new()).await;
        wire.post(USERS, person("cid")).await.expect(201);
    }

    async fn w_055_names_and_addresses_are_free_at_once(app: TestApp) {
        let wire = wire(&app).await;
        let path = made(&wire, "ann").await;
        wire.delete(&path).await.expect(204);
        for (name, more) in [("ann", json!({ "externalId": "1", "emails": [{ "value": "1@x.example" }] })), ("ben", json!({ "externalId": "ext-ann", "emails": [{ "value": "2@x.example" }] })), ("cid", json!({ "emails": [{ "value": "ann@x.example" }] }))] {
            wire.post(USERS, person_with(name, more)).await.expect(201);
        }
    }

    async fn w_056_whose_addresses_are_unique_is_a_setting(app: TestApp) {
        let one = wire(&app).await;
        let two = bound(&app).await;
        let generic = super::generic(&app).await;
        made(&one, "ann").await;
        let with_address = |name: &str, address: &str| person_with(name, json!({ "emails": [{ "value": address }] }));
        // Among Wire's tokens whatever they are bound to; and against people of other programs.
        for client in [&one, &two] {
            let answer = client.post(USERS, with_address("ben", "Ann@X.example")).await;
            refused(&answer, 409, "uniqueness");
            tells(&answer, "emails");
        }
        generic.post(USERS, with_address("gen", "ann@x.example")).await.expect(201);
        // Keeping one's own is no conflict, taking another's is one.
        let path = made(&one, "cid").await;
        one.put(&path, person_with("cid", json!({ "title": "Dr" }))).await.expect(200);
        refused(&one.put(&path, with_address("cid", "ann@x.example")).await, 409, "uniqueness");
        refused(&apply(&one, &path, json!({ "op": "replace", "path": "emails", "value": [{ "value": "ann@x.example" }] })).await, 409, "uniqueness");
        app.set_realm("default", |settings| settings.unique_emails = Some(true)).await;
        refused(&generic.post(USERS, with_address("dan", "ann@x.example")).await, 409, "uniqueness");
        app.set_realm("default", |settings| settings.unique_emails = Some(false)).await;
        one.post(USERS, with_address("eve", "ann@x.example")).await.expect(201);
        // Other realms are not looked at.
        let other = app.client_with("other", &super::BOTH, |program| program.realm("acme").profile("wire")).await;
        other.post("/realms/acme/scim/v2/Users", person("ann")).await.expect(201);
    }

    async fn e_by_a_setting_a_post_of_a_known_external_id_replaces_who_has_it(app: TestApp) {
        let adopting = json!({ "post_conflict": "adopt_same_external_id" });
        for (number, profile) in ["okta", "wire"].into_iter().enumerate() {
            let client = app.client_with(profile, &super::BOTH, |program| program.profile(profile).never_invites().settings(&adopting)).await;
            let body = |name: &str, external_id: &str, more: Value| {
                let mut body = json!({ "userName": format!("{name}{number}"), "externalId": external_id, "emails": [{ "value": format!("{name}{number}@x.example") }] });
                body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
                body
            };
            let first = client.post(USERS, body("ann", "e1", json!({ "title": "Dr", "nickName": "A" }))).await.expect(201);
            let path = format!("{USERS}/{}", first.id());
            // As by a PUT: what the body does not say is gone; the answer is what is stored, and where.
            let again = client.post(USERS, body("anne", "e1", json!({ "title": "Prof" }))).await.expect(200);
            assert_eq!((again.id(), again.at("/userName"), again.at("/title"), again.at("/nickName")), (first.id(), json!(format!("anne{number}")), json!("Prof"), Value::Null));
            assert_eq!((again.header("location"), again.json()), (first.header("location"), client.get(&path).await.json()));
            assert_eq!(again.events, ["user.changed"]);
            assert!(client.post(USERS, body("anne", "e1", json!({ "title": "Prof" }))).await.expect(200).events.is_empty());
            // In a Bulk message and under an Idempotency-Key it is the same.
            let once = || client.post(USERS, body("anne", "e1", json!({}))).header("idempotency-key", "k");
            assert_eq!((once().await.expect(200).id(), once().await.expect(200).header("idempotency-replayed")), (first.id(), "true"));
            let bulk = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [{ "method": "POST", "path": "/Users", "bulkId": "1", "data": body("anne", "e1", json!({})) }] });
            let bulk = client.post("/scim/v2/Bulk", bulk).await.expect(200);
            assert_eq!(bulk.at("/Operations/0/status"), "200", "{bulk}");
            // A name alone is no ground.
            refused(&client.post(USERS, body("anne", "e2", json!({}))).await, 409, "uniqueness");
            client.post(USERS, body("ben", "e2", json!({}))).await.expect(201);
            refused(&client.post(USERS, body("ben", "e1", json!({}))).await, 409, "uniqueness");
            client.delete(&path).await.expect(204);
            assert_ne!(client.post(USERS, body("ann", "e1", json!({}))).await.expect(201).id(), first.id());
        }
    }

    async fn e_a_post_that_replaces_takes_the_right_to_and_tells_no_more_than_may_be_read(app: TestApp) {
        let adopting = json!({ "post_conflict": "adopt_same_external_id" });
        let blind = app.client_with("blind", &["scim:write"], |program| program.settings(&adopting)).await;
        let body = |title: &str| json!({ "userName": "ann", "externalId": "e1", "title": title });
        blind.post(USERS, body("Dr")).await.expect(201);
        let again = blind.post(USERS, body("Prof")).await.expect(200);
        assert_eq!(again.at("/title"), Value::Null, "{again}");
        let policy = json!({ "operations": ["create", "read"] });
        let creating = app.client_with("creating", &super::BOTH, |program| program.policy(policy).settings(&adopting)).await;
        creating.post(USERS, json!({ "userName": "ben", "externalId": "e1" })).await.expect(201);
        refused(&creating.post(USERS, json!({ "userName": "ben", "externalId": "e1", "title": "x" })).await, 403, "");
    }

    async fn w_067_a_post_takes_nobody_over_whom_its_client_may_not_change(app: TestApp) {
        app.set_realm("default", |settings| settings.adopt_on_post = Some(directory::realm::AdoptOnPost::MatchUsername)).await;
        let wire = wire(&app).await;
        let only_creates = json!({ "operations": ["create", "read"] });
        let narrow = app.client_with("narrow", &BOTH, |program| program.profile("wire").policy(only_creates)).await;
        // Somebody whose invitation has expired.
        made(&wire, "ann").await;
        mailed(&app).await;
        app.pass(22 * 86_400).await;
        app.run_jobs().await;
        let elsewhere = person_with("ann", json!({ "emails": [{ "value": "elsewhere@x.example" }] }));
        refused(&narrow.post(USERS, elsewhere.clone()).await, 409, "uniqueness");
        assert!(app.deliver_mail().await.is_empty());
        // Somebody whom no client of Wire's manages.
        app.user("local").await;
        refused(&narrow.post(USERS, person("local")).await, 409, "uniqueness");
        assert_eq!(wire.post(USERS, person("local")).await.expect(201).at("/userName"), "local");
        wire.post(USERS, elsewhere).await.expect(201);
    }

    async fn w_067_a_stranger_with_the_name_of_an_expired_invitation_is_refused(app: TestApp) {
        let wire = wire(&app).await;
        let made = made(&wire, "ann").await;
        mailed(&app).await;
        app.pass(22 * 86_400).await;
        app.run_jobs().await;
        let mut stranger = person("ann");
        stranger["externalId"] = json!("somebody-else");
        refused(&wire.post(USERS, stranger.clone()).await, 409, "uniqueness");
        let other = app.client_with("other", &BOTH, testkit::Program::invites).await;
        refused(&other.post(USERS, stranger).await, 409, "uniqueness");
        let again = wire.post(USERS, person("ann")).await.expect(201);
        assert_eq!(format!("{USERS}/{}", again.id()), made);
    }
}
