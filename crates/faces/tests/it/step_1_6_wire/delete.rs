//! A8.4: DELETE is 204 always, and frees what it takes away.

use serde_json::json;

use super::{GROUPS, UNKNOWN, USERS, made, mailed, person, refused, wire};

testkit::both! {
    async fn a_8_4_known_deleted_unknown_and_foreign_are_204(app: TestApp) {
        let wire = wire(&app).await;
        let path = made(&wire, "ann").await;
        let deleted = wire.delete(&path).await.expect(204);
        assert!(deleted.events.contains(&"user.deprovisioned".to_owned()), "the record says what was deleted: {deleted}");
        let other = app.client_with("other", &super::BOTH, |program| program.realm("acme").profile("wire")).await;
        let foreign = other.post("/realms/acme/scim/v2/Users", person("ben")).await.expect(201).id();
        for id in [path.rsplit('/').next().unwrap(), UNKNOWN, "no-id", &foreign] {
            let again = wire.delete(&format!("{USERS}/{id}")).await.expect(204);
            assert!(again.events.is_empty() && again.text.is_empty(), "{again}");
        }
        other.get(&format!("/realms/acme/scim/v2/Users/{foreign}")).await.expect(200);
        refused(&wire.get(&path).await, 404, "");
        refused(&app.anonymous().delete(&path).await, 401, "");
        refused(&app.anonymous().delete(&format!("{USERS}/{UNKNOWN}")).await, 401, "");
    }

    async fn a_8_4_it_is_gone_everywhere(app: TestApp) {
        let wire = wire(&app).await;
        let path = made(&wire, "ann").await;
        super::accept(&app, &mailed(&app).await).await.expect(303);
        let id = path.rsplit('/').next().unwrap();
        let group = wire.post(GROUPS, json!({ "displayName": "ops", "members": [{ "value": id }] })).await.expect(201).id();
        let user = directory::Id::parse(id).unwrap();
        let me = app.client_with("me", &["scim:me"], |program| program.profile("wire").acts_as(user)).await;
        me.get("/scim/v2/Me").await.expect(200);
        wire.delete(&path).await.expect(204);
        app.directory().forget_cached();
        me.get("/scim/v2/Me").await.expect(401);
        assert_eq!(wire.get(&format!("{GROUPS}/{group}")).await.at("/members"), json!(null));
        wire.post(USERS, person("ann")).await.expect(201);
    }

    async fn a_8_4_by_a_setting_a_delete_suspends_first_and_to_programs_it_is_one(app: TestApp) {
        let putting_off = json!({ "suspend_before_delete_days": 30 });
        let wire = app.client_with("wire", &super::BOTH, |program| program.profile("wire").settings(&putting_off)).await;
        let path = made(&wire, "ann").await;
        super::accept(&app, &mailed(&app).await).await.expect(303);
        let id = super::id_in(&path);
        let group = wire.post(GROUPS, json!({ "displayName": "ops", "members": [{ "value": id }] })).await.expect(201).id();
        let deleted = wire.delete(&path).await.expect(204);
        assert_eq!(deleted.events, ["user.changed", "user.lifecycle_changed", "user.leaving"], "the record says what became of it: {deleted}");
        assert!(wire.delete(&path).await.expect(204).events.is_empty());
        let generic = super::generic(&app).await;
        for client in [&wire, &generic] {
            refused(&client.get(&path).await, 404, "");
            refused(&client.put(&path, person("ann")).await, 404, "");
            assert_eq!(super::found(client, "externalId eq \"ext-ann\"").await.at("/totalResults"), 0);
            let all = client.get(USERS).await.expect(200);
            assert_eq!((all.at("/totalResults"), all.at("/Resources")), (json!(0), json!([])));
            assert_eq!(client.get(&format!("{GROUPS}/{group}")).await.at("/members"), json!(null));
        }
        // The administrators see how the person stands, and until when.
        let admin = app.client("admin", &["admin"]).await;
        let seen = admin.get(&format!("/api/v1/users/{id}")).await.expect(200);
        let usher = seen.json()[super::USHER].clone();
        assert_eq!((seen.at("/active"), &usher["lifecycle"], &usher["leavesAt"]), (json!(false), &json!("suspended"), &json!("2030-01-31T08:00:00.000Z")));
        assert_eq!(admin.get("/api/v1/users").await.at("/items/0/id"), json!(id));
        // A POST is the same person again, no conflict (W-51, W-52), and in at once.
        let back = wire.post(USERS, person("ann")).await.expect(201);
        assert_eq!((back.id(), back.at("/active")), (id.to_owned(), json!(true)));
        assert_eq!(back.deliveries, [""; 0], "nobody is invited who was in");
        assert_eq!(back.at("/groups/0/value"), json!(group));
        assert_eq!(wire.get(&format!("{GROUPS}/{group}")).await.at("/members/0/value"), json!(id));
    }

    async fn a_8_4_within_the_days_the_external_id_brings_back_and_an_address_never(app: TestApp) {
        let putting_off = json!({ "suspend_before_delete_days": 30 });
        super::with_issuer(&app).await;
        let wire = app.client_with("wire", &super::BOTH, |program| program.profile("wire").idp().settings(&putting_off)).await;
        let path = made(&wire, "ann").await;
        let id = super::id_in(&path);
        wire.delete(&path).await.expect(204);
        let renamed = json!({ "userName": "ben", "externalId": "ext-ann", "emails": [{ "value": "b@x.example" }] });
        assert_eq!(wire.post(USERS, renamed).await.expect(201).id(), id);
        // Another person at the same address: whoever is leaving goes at once (W-55, W-56).
        wire.delete(&path).await.expect(204);
        let other = json!({ "userName": "cid", "externalId": "ext-cid", "emails": [{ "value": "B@x.example" }] });
        let made = wire.post(USERS, other).await.expect(201);
        assert_ne!(made.id(), id);
        assert_eq!(made.events, ["user.deprovisioned", "user.created"]);
        let cid = format!("{USERS}/{}", made.id());
        wire.delete(&cid).await.expect(204);
        // Where an address may be two people's it is in nobody's way.
        app.set_realm("default", |settings| settings.unique_emails = Some(false)).await;
        let namesake = json!({ "userName": "dan", "externalId": "ext-dan", "emails": [{ "value": "b@x.example" }] });
        assert_eq!(wire.post(USERS, namesake).await.expect(201).events, ["user.created"]);
        app.pass(30 * 86_400).await;
        assert_ne!(wire.post(USERS, json!({ "userName": "cid", "externalId": "ext-cid" })).await.expect(201).id(), made.id());
    }

    async fn a_8_4_who_takes_a_name_of_somebody_leaving_is_not_them(app: TestApp) {
        let putting_off = json!({ "suspend_before_delete_days": 30 });
        super::with_issuer(&app).await;
        let wire = app.client_with("wire", &super::BOTH, |program| program.profile("wire").idp().settings(&putting_off)).await;
        let (generic, admin) = (super::generic(&app).await, app.client("admin", &["admin"]).await);
        let path = made(&wire, "lee").await;
        let group = wire.post(GROUPS, json!({ "displayName": "secret", "members": [{ "value": super::id_in(&path) }] })).await.expect(201).id();
        wire.delete(&path).await.expect(204);
        let stranger = json!({ "userName": "lee", "externalId": "g-1", "emails": [{ "value": "other@x.example" }] });
        let made = generic.post(USERS, stranger).await.expect(201);
        assert_ne!(made.id(), super::id_in(&path));
        assert_eq!(generic.get(&format!("{GROUPS}/{group}")).await.at("/members"), json!(null));
        // By a PUT and a PATCH of the externalId too, which is one person's alone here.
        for name in ["ann", "ben"] {
            let gone = super::made(&wire, name).await;
            let other = super::made(&wire, &format!("{name}-2")).await;
            wire.delete(&gone).await.expect(204);
            let external_id = format!("ext-{name}");
            let written = match name {
                "ann" => wire.put(&other, super::person_with("ann-2", json!({ "externalId": external_id }))).await,
                _ => super::apply(&wire, &other, json!({ "op": "replace", "path": "externalId", "value": external_id })).await,
            };
            assert_eq!(written.expect(200).at("/externalId"), external_id);
            admin.get(&format!("/api/v1/users/{}", super::id_in(&gone))).await.expect(404);
        }
    }

    async fn a_8_4_who_has_expired_is_really_deleted(app: TestApp) {
        let (wire, generic) = (wire(&app).await, super::generic(&app).await);
        let path = made(&wire, "ann").await;
        app.pass(22 * 86_400).await;
        refused(&wire.get(&path).await, 404, "");
        let policy = json!({ "user_filter": "userType eq \"Guest\"" });
        let narrowed = app.client_with("narrowed", &super::BOTH, |program| program.profile("wire").policy(policy)).await;
        assert!(narrowed.delete(&path).await.expect(204).events.is_empty());
        assert_eq!(wire.delete(&path).await.expect(204).events, ["user.deprovisioned"]);
        refused(&generic.get(&path).await, 404, "");
        assert_ne!(generic.post(USERS, person("ann")).await.expect(201).id(), super::id_in(&path));
        assert!(wire.delete(&path).await.expect(204).events.is_empty());
    }

    async fn a_8_4_administrators_bring_back_and_end_at_once(app: TestApp) {
        let putting_off = json!({ "suspend_before_delete_days": 30 });
        super::with_issuer(&app).await;
        let wire = app.client_with("wire", &super::BOTH, |program| program.profile("wire").idp().settings(&putting_off)).await;
        let admin = app.client("admin", &["admin"]).await;
        let path = made(&wire, "ann").await;
        let api = format!("/api/v1/users/{}", super::id_in(&path));
        wire.delete(&path).await.expect(204);
        let restored = admin.post(&format!("{api}/restore"), json!({})).await.expect(200);
        assert_eq!((restored.at("/active"), restored.json()[super::USHER].get("leavesAt")), (json!(true), None));
        assert_eq!(admin.post(&format!("{api}/restore"), json!({})).await.expect(409).at("/code"), "conflict");
        wire.get(&path).await.expect(200);
        wire.delete(&path).await.expect(204);
        assert!(admin.delete(&api).await.expect(204).events.contains(&"user.deprovisioned".to_owned()));
        admin.get(&api).await.expect(404);
        assert_ne!(wire.post(USERS, person("ann")).await.expect(201).id(), super::id_in(&path));
    }
}
