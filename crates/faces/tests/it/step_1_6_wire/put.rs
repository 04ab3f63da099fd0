//! A8.2: PUT, W-90 to W-97.

use directory::Id;
use directory::realm::{AdoptOnPost, ScimConflict};
use serde_json::{Value, json};
use testkit::TestApp;

use super::{
    ENTERPRISE, MAP, UNKNOWN, USERS, accept, apply, bound, found, generic, id_in, made, made_with, mailed, person,
    person_with, refused, tells, wire,
};

/// The realm has it reported when a PUT meets what others wrote.
async fn reports(app: &TestApp) {
    app.set_realm("default", |settings| {
        settings.scim_conflict = Some(ScimConflict::Report);
    })
    .await;
}

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

    async fn w_096_what_others_wrote_stays_and_is_reported_once(app: TestApp) {
        reports(&app).await;
        let bound = bound(&app).await;
        let hers = json!({ "displayName": "Ann", "title": "Dr", "nickName": "A" });
        let path = made_with(&bound, "ann", hers.clone()).await;
        let me = app.client_with("portal", &["scim:me"], |program| program.acts_as(Id::parse(id_in(&path)).unwrap())).await;
        apply(&me, "/scim/v2/Me", json!({ "op": "replace", "path": "title", "value": "Prof" })).await.expect(200);
        let admin = generic(&app).await;
        apply(&admin, &path, json!({ "op": "remove", "path": "nickName" })).await.expect(200);
        apply(&admin, &path, json!({ "op": "add", "value": { ENTERPRISE: { "division": "North" } } })).await.expect(200);
        let program = app.events().await.pop().unwrap().actor;
        app.clock().advance(60);
        // The nightly PUT: the value of its own is taken, the rest stays as others left it.
        let mut body = person_with("ann", hers);
        body["displayName"] = "Ann B.".into();
        let first = bound.put(&path, body.clone()).await.expect(200);
        assert_eq!((first.at("/displayName"), first.at("/title"), first.at("/nickName")), (json!("Ann B."), json!("Prof"), Value::Null));
        assert_eq!(first.json()[ENTERPRISE], json!({ "division": "North" }));
        assert!(first.at("/schemas").as_array().unwrap().contains(&json!(ENTERPRISE)), "{first}");
        assert_eq!(first.events, ["user.changed", "user.write_conflict"]);
        assert!(first.header("warning").contains("title"), "{first}");
        let event = app.events().await.pop().unwrap();
        let person = format!("user:{}", id_in(&path));
        let mut told = event.body["conflicts"].as_array().unwrap().clone();
        told.sort_by_key(|conflict| conflict["attribute"].to_string());
        assert_eq!(told, [
            json!({ "attribute": "nickName", "writer": program, "kept": null, "refused": "A" }),
            json!({ "attribute": "title", "writer": person, "kept": "Prof", "refused": "Dr" }),
            json!({ "attribute": format!("{ENTERPRISE}:division"), "writer": program, "kept": "North", "refused": null }),
        ]);
        // Once for each value.
        app.clock().advance(60);
        let second = bound.put(&path, body.clone()).await.expect(200);
        assert_eq!((second.json(), second.events.len()), (first.json(), 0));
        body["title"] = "Mag".into();
        let other = bound.put(&path, body.clone()).await.expect(200);
        assert_eq!((other.json(), other.events.clone()), (first.json(), vec!["user.write_conflict".to_owned()]));
        assert_eq!(app.events().await.pop().unwrap().body["conflicts"], json!([{ "attribute": "title", "writer": person, "kept": "Prof", "refused": "Mag" }]));
        // Whoever sends what is there has given in, and may insist anew.
        let given_in = bound.put(&path, first.json()).await.expect(200);
        assert_eq!((given_in.json(), given_in.events.len()), (first.json(), 0));
        assert_eq!(bound.put(&path, body).await.expect(200).events, ["user.write_conflict"]);
    }

    async fn w_096_what_a_patch_names_is_the_programs_again(app: TestApp) {
        reports(&app).await;
        let bound = bound(&app).await;
        let path = made_with(&bound, "ann", json!({ "title": "Dr" })).await;
        let admin = generic(&app).await;
        apply(&admin, &path, json!({ "op": "replace", "path": "title", "value": "Prof" })).await.expect(200);
        assert_eq!(bound.put(&path, person_with("ann", json!({ "title": "Dr" }))).await.expect(200).at("/title"), "Prof");
        let patched = apply(&bound, &path, json!({ "op": "replace", "path": "title", "value": "Mag" })).await.expect(200);
        assert_eq!((patched.at("/title"), patched.events.clone()), (json!("Mag"), vec!["user.changed".to_owned()]));
        let put = bound.put(&path, person_with("ann", json!({ "title": "Dr" }))).await.expect(200);
        assert_eq!((put.at("/title"), put.events.clone()), (json!("Dr"), vec!["user.changed".to_owned()]));
    }

    async fn w_096_a_suspension_always_holds_and_names_are_kept_like_the_rest(app: TestApp) {
        reports(&app).await;
        let bound = bound(&app).await;
        let path = made(&bound, "ann").await;
        let admin = generic(&app).await;
        for active in [false, true] {
            apply(&admin, &path, json!({ "op": "replace", "path": "active", "value": active })).await.expect(200);
        }
        apply(&admin, &path, json!({ "op": "replace", "path": "userName", "value": "anna" })).await.expect(200);
        let put = bound.put(&path, person_with("ann", json!({ "active": false }))).await.expect(200);
        assert_eq!((put.at("/active"), put.at("/userName")), (json!(false), json!("anna")));
        assert_eq!(put.events, ["user.changed", "user.lifecycle_changed", "user.write_conflict"]);
    }

    async fn w_096_only_a_program_that_manages_the_person_repeats_itself(app: TestApp) {
        reports(&app).await;
        let bound = bound(&app).await;
        let path = made_with(&bound, "ann", json!({ "title": "Dr" })).await;
        // Whoever has nothing to do with the person edits by PUT as by PATCH, and so does an operator.
        let admin = generic(&app).await;
        let mut body = admin.get(&path).await.expect(200).json();
        body["title"] = "Prof".into();
        let edited = admin.put(&path, body).await.expect(200);
        assert_eq!((edited.at("/title"), edited.events.clone()), (json!("Prof"), vec!["user.changed".to_owned()]));
        assert_eq!(bound.put(&path, person_with("ann", json!({ "title": "Dr" }))).await.expect(200).at("/title"), "Prof");
        // Two programs that both manage somebody leave each other's values alone.
        let hr = app.client("hr", &super::BOTH).await;
        let made = hr.post(USERS, json!({ "userName": "ben", "title": "Dr" })).await.expect(201);
        let shared = format!("{USERS}/{}", made.id());
        let other = app.client("crm", &super::BOTH).await;
        other.put(&shared, json!({ "userName": "ben", "externalId": "7", "title": "Dr", "nickName": "B" })).await.expect(200);
        let theirs = other.put(&shared, json!({ "userName": "ben", "externalId": "7", "title": "Prof", "nickName": "Benny" })).await.expect(200);
        assert_eq!((theirs.at("/title"), theirs.at("/nickName")), (json!("Dr"), json!("Benny")));
        let own = hr.put(&shared, json!({ "userName": "ben", "title": "Mag" })).await.expect(200);
        assert_eq!((own.at("/title"), own.at("/nickName")), (json!("Mag"), json!("Benny")));
    }

    async fn w_096_who_is_taken_over_is_the_new_programs(app: TestApp) {
        reports(&app).await;
        app.set_realm("default", |settings| settings.adopt_on_post = Some(AdoptOnPost::MatchUsername)).await;
        let id = app.user_with("default", json!({ "userName": "ann", "title": "Dr", "emails": [{ "value": "ann@x.example" }] })).await;
        let bound = bound(&app).await;
        assert_eq!(bound.post(USERS, person_with("ann", json!({ "title": "Dr" }))).await.id(), id.to_string());
        let path = format!("{USERS}/{id}");
        let put = bound.put(&path, person_with("ann", json!({ "title": "Prof" }))).await.expect(200);
        assert_eq!((put.at("/title"), put.events.clone()), (json!("Prof"), vec!["user.changed".to_owned()]));
    }

    async fn w_096_rights_come_first(app: TestApp) {
        reports(&app).await;
        let policy = json!({ "writable": ["userName", "externalId"] });
        let hr = app.client_with("hr", &super::BOTH, |program| program.policy(policy)).await;
        let made = hr.post(USERS, json!({ "userName": "ann" })).await.expect(201);
        let path = format!("{USERS}/{}", made.id());
        apply(&generic(&app).await, &path, json!({ "op": "add", "path": "title", "value": "Prof" })).await.expect(200);
        refused(&hr.put(&path, json!({ "userName": "ann", "title": "Dr" })).await, 403, "");
    }

    async fn w_097_a_put_without_an_id(app: TestApp) {
        let wire = wire(&app).await;
        refused(&wire.put(USERS, person("ann")).await, 405, "");
        refused(&wire.put(&format!("{USERS}/"), person("ann")).await, 405, "");
    }
}
