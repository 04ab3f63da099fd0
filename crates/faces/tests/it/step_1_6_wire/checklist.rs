//! Section F, 1 to 12.

use serde_json::{Value, json};

use super::dump::dump;
use super::{
    BOTH, GROUPS, MAP, PROFILE, SOURCES, TOKENS, USERS, USHER, accept, apply, bound, found, generic, id_in, made,
    mailed, numbered, operations, person, person_with, refused, wire,
};

/// The numbers after `row_` in the module of the catalogue.
fn rows() -> Vec<u32> {
    let errors = SOURCES
        .iter()
        .find(|source| source.starts_with("//! A4"))
        .expect("the file");
    let source = errors.split_once("mod catalogue {").expect("the catalogue").1;
    let names = source
        .split("async fn row_")
        .skip(1)
        .map(|rest| rest.split('(').next().unwrap_or_default());
    let mut rows: Vec<u32> = names
        .flat_map(|name| name.split('_'))
        .filter_map(|part| part.parse().ok())
        .collect();
    rows.sort_unstable();
    rows
}

testkit::both! {
    async fn f_01_hscims_sequence(app: TestApp) {
        assert_eq!(numbered("h"), (1..=12).collect(), "each step has a test of its own");
        let wire = wire(&app).await;
        let path = made(&wire, "known").await;
        assert_eq!(found(&wire, "userName eq \"known\"").await.at("/totalResults"), 1);
        assert_eq!(found(&wire, "userName eq \"unknown\"").await.at("/itemsPerPage"), 0);
        for operation in [json!({ "op": "Replace", "path": "userName", "value": "new" }), json!({ "op": "Replace", "path": "displayName", "value": "New" }), json!({ "op": "Remove", "path": "displayName" })] {
            apply(&wire, &path, operation).await.expect(200);
        }
        wire.delete(&path).await.expect(204);
        wire.delete(&path).await.expect(204);
    }

    async fn f_02_the_catalogue_has_its_rows(app: TestApp) {
        assert_eq!(rows(), (1..=19).collect::<Vec<u32>>(), "each row has a test of its own");
        refused(&app.anonymous().get(USERS).await, 401, "");
    }

    async fn f_03_the_switch_flips_with_the_first_and_the_last_token(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let flip = |events: &[String]| events.iter().filter(|kind| *kind == "jit.changed").count();
        let mut ids = Vec::new();
        for flips in [1, 0] {
            let made = admin.post(TOKENS, json!({ "description": "" })).await.expect(201);
            assert_eq!(flip(&made.events), flips);
            ids.push(made.at("/info/id").as_str().unwrap().to_owned());
        }
        for (id, flips) in ids.into_iter().zip([0, 1]) {
            let ended = admin.delete(&format!("{TOKENS}?id={id}")).await.expect(204);
            assert_eq!(flip(&ended.events), flips, "2 to 1, then 1 to 0");
        }
        let bodies: Vec<Value> = app.events().await.into_iter().filter(|event| event.kind == "jit.changed").map(|event| event.body).collect();
        let flips: Vec<_> = bodies.iter().map(|body| (&body["before"], &body["after"])).collect();
        assert_eq!(flips, [(&json!(true), &json!(false)), (&json!(false), &json!(true))]);
    }

    async fn f_04_a_token_is_shown_once_and_only_its_hash_is_kept(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let made = admin.post(TOKENS, json!({ "description": "Okta" })).await.expect(201);
        let secret = made.at("/token").as_str().unwrap().to_owned();
        app.bearer(&secret).get(USERS).await.expect(200);
        for path in [TOKENS, "/api/v1/tokens", "/api/v1/events", "/api/v1/clients"] {
            assert!(!admin.get(path).await.expect(200).text.contains(&secret), "{path}");
        }
        let bare = secret.trim_start_matches("ush_");
        for (table, rows) in dump(&app).await {
            assert!(!rows.iter().any(|row| row.contains(bare)), "{table} holds the secret");
        }
        let operator = app.operator().await;
        let id = app.directory().client(&operator, "admin").await.expect("the client").id;
        app.directory().execute(&operator, directory::client::DeleteClient { id, if_version: None }).await.expect("deleted");
        app.directory().forget_cached();
        app.bearer(&secret).get(USERS).await.expect(200);
    }

    async fn f_05_who_is_invited(app: TestApp) {
        let wire = wire(&app).await;
        let bound = bound(&app).await;
        for (index, (client, external_id, address, active)) in [
            (&bound, "a@x.example", None, json!(true)), (&bound, "opaque", Some("b@x.example"), json!(true)), (&bound, "opaque 2", None, json!(true)),
            (&wire, "c@x.example", None, json!(false)), (&wire, "opaque", Some("d@x.example"), json!(false)), (&wire, "opaque 2", None, Value::Null),
        ].into_iter().enumerate() {
            let mut body = json!({ "userName": format!("u{index}"), "externalId": external_id });
            if let Some(address) = address {
                body["emails"] = json!([{ "value": address }]);
            }
            let answer = client.post(USERS, body).await;
            assert_eq!((answer.status, answer.at("/active"), answer.deliveries.len()), (if active.is_null() { 400 } else { 201 }, active.clone(), usize::from(active == false)), "row {}: {answer}", index + 1);
        }
    }

    async fn f_06_an_upper_case_name_is_stored_lower(app: TestApp) {
        let wire = wire(&app).await;
        let made = wire.post(USERS, person_with("ANN", json!({}))).await.expect(201);
        assert_eq!(made.at("/userName"), "ann");
        assert_eq!(generic(&app).await.get(&format!("{USERS}/{}", made.id())).await.at("/userName"), "ann", "stored, not only shown");
    }

    async fn f_07_pending(app: TestApp) {
        let wire = wire(&app).await;
        let path = made(&wire, "ann").await;
        let first = mailed(&app).await;
        assert_eq!(apply(&wire, &path, json!({ "op": "replace", "path": "active", "value": true })).await.expect(200).at("/active"), false);
        apply(&wire, &path, json!({ "op": "replace", "path": "emails", "value": [{ "value": "new@x.example" }] })).await.expect(200);
        accept(&app, &first).await.expect(410);
        let second = mailed(&app).await;
        wire.delete(&path).await.expect(204);
        accept(&app, &second).await.expect(410);
    }

    async fn f_08_expired_and_sent_again(app: TestApp) {
        let wire = wire(&app).await;
        let path = made(&wire, "ann").await;
        app.pass(22 * 86_400).await;
        refused(&wire.get(&path).await, 404, "");
        assert_eq!(wire.post(USERS, person("ann")).await.expect(201).id(), id_in(&path));
    }

    async fn f_09_rich_info_merges(app: TestApp) {
        let bound = bound(&app).await;
        let list = |fields: &[(&str, &str)]| json!({ "richInfo": { "version": 0, "fields": fields.iter().map(|(kind, value)| json!({ "type": kind, "value": value })).collect::<Vec<_>>() } });
        for (index, (given, map, expected)) in [
            (list(&[("b", "1"), ("a", "2")]), json!({}), list(&[("b", "1"), ("a", "2")])),
            (list(&[("b", "1")]), json!({ "B": "2" }), list(&[("B", "2")])),
            (list(&[("b", "1")]), json!({ "d": "4", "c": "3" }), list(&[("b", "1"), ("c", "3"), ("d", "4")])),
            (list(&[("b", "1"), ("a", "2")]), json!({ "b": "" }), list(&[("a", "2")])),
            (list(&[("b", "")]), json!({}), list(&[])),
        ].into_iter().enumerate() {
            let made = bound.post(USERS, person_with(&format!("u{index}"), json!({ PROFILE: given, MAP: map }))).await.expect(201);
            assert_eq!(made.json()[PROFILE], expected, "case {index}");
        }
        bound.post(USERS, person_with("full", json!({ MAP: { "a": "x".repeat(4999) } }))).await.expect(201);
        refused(&bound.post(USERS, person_with("over", json!({ MAP: { "a": "x".repeat(5000) } }))).await, 413, "invalidValue");
        refused(&bound.post(USERS, person_with("v1", json!({ PROFILE: { "richInfo": { "version": 1, "fields": [] } } }))).await, 400, "invalidValue");
    }

    async fn f_10_patch_is_atomic(app: TestApp) {
        let wire = wire(&app).await;
        let path = made(&wire, "ann").await;
        let before = dump(&app).await;
        let answer = wire.patch(&path, operations(json!([{ "op": "replace", "path": "displayName", "value": "New" }, { "op": "remove" }]))).await;
        refused(&answer, 400, "noTarget");
        assert!(dump(&app).await == before, "nothing is written");
    }

    async fn f_11_deleting_what_is_unknown_or_foreign_does_nothing(app: TestApp) {
        let wire = wire(&app).await;
        let other = app.client_with("other", &BOTH, |program| program.realm("acme").profile("wire")).await;
        let foreign = other.post("/realms/acme/scim/v2/Users", person("ann")).await.expect(201).id();
        let before = dump(&app).await;
        for id in [super::UNKNOWN, &foreign, "x"] {
            wire.delete(&format!("{USERS}/{id}")).await.expect(204);
            wire.delete(&format!("{GROUPS}/{id}")).await.expect(204);
        }
        assert!(dump(&app).await == before, "nothing is written");
    }

    async fn f_12_get_changes_nothing(app: TestApp) {
        let wire = wire(&app).await;
        let path = made(&wire, "ann").await;
        app.user("local").await;
        let group = wire.post(GROUPS, json!({ "displayName": "ops", "members": [{ "value": id_in(&path) }] })).await.expect(201).id();
        let page = mailed(&app).await;
        app.clock().advance(1);
        let before = dump(&app).await;
        for path in [path.as_str(), USERS, GROUPS, &format!("{GROUPS}/{group}"), &format!("{path}?attributes={USHER}"), "/scim/v2/Schemas", "/scim/v2", "/scim/v2/Me"] {
            wire.get(path).await;
            wire.head(path).await;
        }
        for filter in ["userName eq \"local\"", "externalId eq \"local@example.org\"", "emails eq \"local@example.org\"", "userName eq \"nobody\""] {
            found(&wire, filter).await.expect(200);
        }
        assert!(dump(&app).await == before, "no row of any table has changed");
        let opened = app.anonymous().get(&page).await.expect(200);
        assert_eq!(opened.events, ["invitation.opened"], "a page tells that it was opened, and consumes nothing");
        accept(&app, &page).await.expect(303);
    }
}
