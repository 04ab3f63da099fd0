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
}
