//! Which entitlements a client sees of those that follow from memberships: what it is not shown is not there.

use serde_json::{Value, json};
use testkit::{Answer, TestApp, TestClient, both};

use super::{hr, patch};

const SETTINGS: &str = "/realms/default/agm/admin/member-user-attribute/configuration";
const BOTH: [&str; 2] = ["scim:read", "scim:write"];

/// Ann is in /acme, /acme/ops and /zoo; the library lets her in too.
struct World {
    admin: TestClient,
    hr: TestClient,
    acme: String,
    ops: String,
    ann: String,
}

async fn top(admin: &TestClient, name: &str, parent: Option<&str>) -> String {
    let mut new = json!({ "name": name, "owner": null });
    if let Some(parent) = parent {
        new["parent"] = parent.into();
    }
    admin.post("/api/v1/tree", new).await.expect(201).id()
}

async fn world(app: &TestApp) -> World {
    let admin = app.client("admin", &["admin"]).await;
    let form = json!({ "userAttribute": "e", "urnNamespace": "urn:xx:y" });
    admin.post(SETTINGS, form).await.expect(204);
    let hr = hr(app).await;
    let ann = json!({ "userName": "ann", "entitlements": [{ "value": "library" }] });
    let ann = hr.post("/scim/v2/Users", ann).await.expect(201).id();
    hr.post("/scim/v2/Users", json!({ "userName": "ben" }))
        .await
        .expect(201);
    let acme = top(&admin, "acme", None).await;
    let ops = top(&admin, "ops", Some(&acme)).await;
    let zoo = top(&admin, "zoo", None).await;
    for group in [&acme, &ops, &zoo] {
        let new = json!({ "user_name": "ann", "roles": ["member"] });
        admin
            .post(&format!("/api/v1/groups/{group}/memberships"), new)
            .await
            .expect(201);
    }
    World {
        admin,
        hr,
        acme,
        ops,
        ann,
    }
}

impl World {
    /// A program that is shown so much.
    async fn desk(&self, app: &TestApp, shown: Value) -> TestClient {
        app.client_with("desk", &BOTH, |program| {
            program.policy(json!({ "entitlements": shown }))
        })
        .await
    }

    fn path(&self) -> String {
        format!("/scim/v2/Users/{}", self.ann)
    }
}

/// What stands in them after `urn:xx:y:group:`, or the whole where it is another's.
fn ends(user: &Value) -> Vec<String> {
    let list = user["entitlements"].as_array().map(Vec::as_slice).unwrap_or_default();
    let values = list.iter().filter_map(|one| one["value"].as_str());
    values
        .map(|value| value.trim_start_matches("urn:xx:y:group:").to_owned())
        .collect()
}

async fn find(client: &TestClient, filter: &str) -> Answer {
    let query = percent_encoding::utf8_percent_encode(filter, percent_encoding::NON_ALPHANUMERIC);
    client.get(&format!("/scim/v2/Users?filter={query}")).await.expect(200)
}

const ACME: &str = "acme:role=member";
const OPS: &str = "acme:ops:role=member";
const ZOO: &str = "zoo:role=member";

both! {
    async fn a_client_sees_all_none_or_those_of_the_groups_it_is_given(app: TestApp) {
        let world = world(&app).await;
        let all = ["library", OPS, ACME, ZOO];
        for (shown, seen) in [
            (None, &all[..]),
            (Some(json!("all")), &all[..]),
            (Some(json!("none")), &all[..1]),
            (Some(json!([])), &all[..1]),
            (Some(json!(["/acme"])), &["library", OPS, ACME][..]),
            (Some(json!(["/ACME/ops"])), &["library", OPS][..]),
            (Some(json!(["/zoo", "/acme/ops", "/zoo"])), &["library", OPS, ZOO][..]),
        ] {
            let policy = shown.clone().map(|shown| json!({ "entitlements": shown }));
            let name = format!("shown {shown:?}");
            let desk = app.client_with(&name, &BOTH, |program| policy.map_or(program.clone(), |policy| program.policy(policy))).await;
            let one = desk.get(&world.path()).await.expect(200);
            assert_eq!(ends(&one.json()), seen, "{shown:?}: {one}");
            for list in ["/scim/v2/Users", "/scim/v2/Users?attributes=userName,entitlements"] {
                let listed = desk.get(list).await.expect(200);
                assert_eq!(ends(&listed.at("/Resources/0")), seen, "{shown:?}: {listed}");
                assert!(ends(&listed.at("/Resources/1")).is_empty(), "{shown:?}: {listed}");
            }
            // The person is in the same version to everybody, as with attributes that are not shown.
            let tag = one.header("etag").to_owned();
            assert_eq!(world.hr.get(&world.path()).await.header("etag"), tag);
            let known = desk.get(&world.path()).header("if-none-match", &tag).await;
            assert_eq!(known.status, 304, "{known}");
        }
    }

    async fn what_is_not_shown_is_neither_found_nor_counted(app: TestApp) {
        let world = world(&app).await;
        let desk = world.desk(&app, json!(["/acme/ops"])).await;
        for (filter, count) in [
            ("entitlements.value eq \"urn:xx:y:group:acme:ops:role=member\"", 1),
            ("entitlements eq \"library\"", 1),
            ("entitlements.value eq \"urn:xx:y:group:acme:role=member\"", 0),
            ("entitlements.value eq \"urn:xx:y:group:zoo:role=member\"", 0),
            ("entitlements[value co \"zoo\"]", 0),
            ("entitlements.value sw \"urn:xx:y:group:z\"", 0),
            ("userName eq \"ann\" and entitlements.value ew \"zoo:role=member\"", 0),
            ("not (entitlements.value co \"zoo\")", 2),
        ] {
            let found = find(&desk, filter).await;
            assert_eq!(found.at("/totalResults"), json!(count), "{filter}: {found}");
        }
        let none = app.client_with("none", &BOTH, |program| program.policy(json!({ "entitlements": "none" }))).await;
        assert_eq!(find(&none, "entitlements.value co \"urn:\"").await.at("/totalResults"), 0);
        assert_eq!(find(&none, "entitlements pr").await.at("/totalResults"), 1);
        // Nor does a change of them say what was there; others' values stay.
        let gone = patch(json!([{ "op": "remove", "path": "entitlements[value co \"zoo\"]" }]));
        let answer = none.patch(&world.path(), gone).await;
        assert!(answer.status == 400 || answer.events.is_empty(), "{answer}");
        let shown = none.get(&world.path()).await.expect(200).json();
        assert!(none.put(&world.path(), shown).await.expect(200).events.is_empty());
        assert_eq!(ends(&world.hr.get(&world.path()).await.expect(200).json()), ["library", OPS, ACME, ZOO]);
    }

    async fn groups_stay_chosen_when_they_move_or_change_their_names_and_are_forgotten_when_they_go(app: TestApp) {
        let world = world(&app).await;
        let (admin, ops) = (&world.admin, &world.ops);
        let desk = world.desk(&app, json!(["/acme/ops"])).await;
        let shown = || async { admin.get("/api/v1/clients/desk").await.expect(200).at("/policy/entitlements") };
        assert_eq!(shown().await, json!(["/acme/ops"]));
        admin.post(&format!("/api/v1/groups/{ops}/move"), json!({ "parent": null })).await.expect(200);
        admin.post(&format!("/api/v1/groups/{ops}/rename"), json!({ "name": "night" })).await.expect(200);
        app.run_jobs().await;
        assert_eq!(shown().await, json!(["/night"]));
        let seen = || async { ends(&desk.get(&world.path()).await.expect(200).json()) };
        assert_eq!(seen().await, ["library", "night:role=member"]);
        // Another group takes its old place, and is none of it.
        let other = top(admin, "ops", Some(&world.acme)).await;
        let new = json!({ "user_name": "ann", "roles": ["member"] });
        admin.post(&format!("/api/v1/groups/{other}/memberships"), new).await.expect(201);
        assert_eq!(seen().await, ["library", "night:role=member"]);
        // What comes below is seen too.
        admin.post(&format!("/api/v1/groups/{other}/move"), json!({ "parent": ops })).await.expect(200);
        app.run_jobs().await;
        assert_eq!(seen().await, ["library", "night:ops:role=member", "night:role=member"]);
        let changed = admin.patch("/api/v1/clients/desk", json!({ "disabled": false })).await.expect(200);
        assert_eq!(changed.at("/policy/entitlements"), json!(["/night"]));
        for group in [&other, ops] {
            admin.delete(&format!("/api/v1/groups/{group}")).await.expect(204);
        }
        app.run_jobs().await;
        // Nothing is left to be shown, which is not the same as everything.
        assert_eq!((seen().await, shown().await), (vec!["library".to_owned()], json!([])));
        let again = top(admin, "night", None).await;
        admin.post(&format!("/api/v1/groups/{again}/memberships"), json!({ "user_name": "ann", "roles": ["member"] })).await.expect(201);
        assert_eq!(seen().await, ["library"]);
    }

    async fn it_is_set_by_paths_and_what_is_none_is_refused(app: TestApp) {
        let world = world(&app).await;
        let admin = &world.admin;
        let made = admin.post("/api/v1/clients", json!({ "name": "desk", "scopes": ["scim:read"], "policy": { "entitlements": ["/acme/ops"] } })).await.expect(201);
        assert_eq!(made.at("/policy/entitlements"), json!(["/acme/ops"]));
        let found = admin.get("/api/v1/clients?filter=policy.entitlements%20eq%20%22%2Facme%2Fops%22").await.expect(200);
        assert_eq!(found.at("/items/0/name"), "desk", "{found}");
        // It is told by ids, which stay.
        let told = app.events().await.pop().expect("an event");
        assert_eq!(told.body["after"]["policy"]["entitlements"], json!([world.ops]));
        let many: Vec<String> = (0..101).map(|_| "/acme".to_owned()).collect();
        let deep = "/a".repeat(100_000);
        for shown in [
            json!("some"), json!(7), json!({}), json!([7]), json!([["/acme"]]), json!(["acme"]), json!([""]), json!(["/"]), json!(["//"]),
            json!(["/acme/"]), json!(["/nope"]), json!(["/acme/nope"]), json!(["/acme", "/nope"]), json!(["/acme\u{0}"]), json!(["/acme'; --"]),
            json!(["/%"]), json!(["/acme/../zoo"]), json!([deep]), json!(many), json!(["0190f9c4-0000-7000-8000-000000000000"]),
        ] {
            let refused = admin.patch("/api/v1/clients/desk", json!({ "policy": { "entitlements": shown } })).await.expect(400);
            assert_eq!((refused.at("/code"), refused.events.len()), (json!("invalid"), 0), "{refused}");
            assert!(!refused.at("/detail").as_str().unwrap_or_default().contains("variant"), "{refused}");
            let new = json!({ "name": "other", "policy": { "entitlements": shown } });
            assert!(admin.post("/api/v1/clients", new).await.expect(400).events.is_empty());
        }
        assert_eq!(admin.get("/api/v1/clients/desk").await.at("/policy/entitlements"), json!(["/acme/ops"]));
        // What is shown may be sent back, and an id names a group too.
        let policy = admin.get("/api/v1/clients/desk").await.at("/policy");
        assert!(admin.patch("/api/v1/clients/desk", json!({ "policy": policy })).await.expect(200).events.is_empty());
        assert!(admin.patch("/api/v1/clients/desk", json!({ "policy": { "entitlements": [world.ops] } })).await.expect(200).events.is_empty());
        let all = admin.patch("/api/v1/clients/desk", json!({ "policy": { "entitlements": "all" } })).await.expect(200);
        assert_eq!(all.at("/policy"), json!({}));
    }
}
