//! A8.2: PUT, W-90 to W-97.

use serde_json::{Value, json};

use super::{
    MAP, UNKNOWN, USERS, accept, apply, bound, found, generic, made, made_with, mailed, person, person_with, refused,
    tells, wire,
};

testkit::both! {
    async fn w_090_what_is_missing_is_its_default_except_roles(app: TestApp) {
        let bound = bound(&app).await;
        app.set_realm("default", |settings| settings.language = Some("de".into())).await;
        let more = json!({ "displayName": "Ann", "title": "Dr", "active": false, "preferredLanguage": "fr", "roles": ["admin"], MAP: { "Team": "Blue" } });
        let path = made_with(&bound, "ann", more).await;
        let replaced = bound.put(&path, json!({ "userName": "ann", "externalId": "ext-ann" })).await.expect(200);
        assert_eq!((replaced.at("/displayName"), replaced.at("/title"), replaced.at("/active"), replaced.at("/preferredLanguage")), (json!("ext-ann"), Value::Null, json!(true), json!("de")));
        assert_eq!((replaced.at("/roles"), replaced.json()[MAP].clone(), replaced.at("/emails")), (json!(["admin"]), json!({}), Value::Null));
        refused(&bound.put(&path, json!({ "userName": "ann" })).await, 400, "invalidValue");
    }

    async fn w_091_unknown_and_foreign_ids(app: TestApp) {
        let wire = wire(&app).await;
        let other = app.client_with("other", &super::BOTH, |program| program.realm("acme").profile("wire")).await;
        let foreign = other.post("/realms/acme/scim/v2/Users", person("ann")).await.expect(201).id();
        for id in [UNKNOWN, "no-id", &foreign] {
            refused(&wire.put(&format!("{USERS}/{id}"), person("ann")).await, 404, "");
        }
    }

    async fn w_092_what_changes_nothing_changes_nothing(app: TestApp) {
        let bound = bound(&app).await;
        let path = made(&bound, "ann").await;
        let before = bound.get(&path).await.expect(200);
        app.clock().advance(60);
        for body in [person("ann"), person_with("ANN", json!({ "externalId": "ext-ann", "emails": [{ "value": "ann@x.example" }] })), before.json()] {
            let answer = bound.put(&path, body).await.expect(200);
            assert_eq!(answer.json(), before.json());
            assert!(answer.events.is_empty(), "{answer}");
        }
    }

    async fn w_093_conflicts_are_those_of_post(app: TestApp) {
        let wire = wire(&app).await;
        made(&wire, "ann").await;
        let path = made(&wire, "ben").await;
        let name = wire.put(&path, person_with("Ann", json!({ "externalId": "ext-ben", "emails": [{ "value": "ben@x.example" }] }))).await;
        refused(&name, 409, "uniqueness");
        tells(&name, "userName");
        let id = wire.put(&path, person_with("ben", json!({ "externalId": "ext-ann" }))).await;
        refused(&id, 409, "uniqueness");
        tells(&id, "externalId");
        wire.put(&path, person_with("ben", json!({ "title": "Dr" }))).await.expect(200);
    }

    async fn w_094_the_external_id_may_change(app: TestApp) {
        let bound = bound(&app).await;
        let path = made(&bound, "ann").await;
        let changed = bound.put(&path, person_with("ann", json!({ "externalId": "new" }))).await.expect(200);
        assert_eq!((changed.at("/externalId"), changed.events.clone()), (json!("new"), vec!["user.changed".to_owned()]));
        let event = app.events().await.pop().unwrap();
        assert_eq!(event.body["external_id"], json!({ "before": "ext-ann", "after": "new" }));
        assert_eq!(found(&bound, "externalId eq \"new\"").await.at("/totalResults"), 1);
        assert_eq!(found(&bound, "externalId eq \"ext-ann\"").await.at("/totalResults"), 0);
        bound.post(USERS, person_with("ben", json!({ "externalId": "ext-ann" }))).await.expect(201);
    }

    async fn w_095_another_address_of_who_is_in_is_there_at_once(app: TestApp) {
        let wire = wire(&app).await;
        let path = made(&wire, "ann").await;
        accept(&app, &mailed(&app).await).await.expect(303);
        let changed = wire.put(&path, person_with("ann", json!({ "emails": [{ "value": "new@x.example" }] }))).await.expect(200);
        assert_eq!((changed.at("/emails/0/value"), changed.at("/active"), changed.deliveries.len()), (json!("new@x.example"), json!(true), 0));
        let event = app.events().await.pop().unwrap();
        assert!(event.body.to_string().contains("new@x.example"), "{event:?}");
    }

    async fn w_096_scim_wins_and_the_event_reports_what_it_overwrote(app: TestApp) {
        let bound = bound(&app).await;
        let path = made_with(&bound, "ann", json!({ "displayName": "Ann" })).await;
        let admin = generic(&app).await;
        apply(&admin, &path, json!({ "op": "replace", "path": "displayName", "value": "By hand" })).await.expect(200);
        assert_eq!(bound.get(&path).await.at("/displayName"), "By hand", "there is one record");
        bound.put(&path, person_with("ann", json!({ "displayName": "Ann" }))).await.expect(200);
        let event = app.events().await.pop().unwrap();
        assert_eq!((event.kind.as_str(), event.actor.starts_with("client:")), ("user.changed", true));
        assert!(event.body.to_string().contains("By hand"), "{event:?}");
    }

    async fn w_097_a_put_without_an_id(app: TestApp) {
        let wire = wire(&app).await;
        refused(&wire.put(USERS, person("ann")).await, 405, "");
        refused(&wire.put(&format!("{USERS}/"), person("ann")).await, 405, "");
    }
}
