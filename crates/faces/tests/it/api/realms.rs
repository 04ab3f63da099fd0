//! Realms, the clock, health.

use serde_json::json;

testkit::both! {
    async fn a_realm_is_read_and_set_by_its_own_administrator(app: TestApp) {
        app.realm("acme").await;
        let own = app.client_with("own", &["admin"], |program| program.realm("acme")).await;
        let set = own.patch("/api/v1/realms/acme", json!({ "settings": { "title": "Acme", "oidc": { "acr": "gold" } } })).await.expect(200);
        assert_eq!(set.at("/settings"), json!({ "title": "Acme", "oidc": { "acr": "gold" } }));
        assert_eq!(set.events, ["realm.changed"]);
        let reports = own.patch("/api/v1/realms/acme", json!({ "settings": { "scim_conflict": "report" } })).await.expect(200);
        assert_eq!(reports.at("/settings/scim_conflict"), "report");
        let unset = own.patch("/api/v1/realms/acme", json!({ "settings": { "title": null } })).await.expect(200);
        assert_eq!(unset.at("/settings/title"), json!(null));
        let unknown = own.patch("/api/v1/realms/acme", json!({ "settings": { "titel": "x" } })).await.expect(400);
        assert_eq!((unknown.at("/code"), unknown.at("/field")), (json!("unknown_member"), json!("settings.titel")));
        assert!(unknown.at("/detail").as_str().unwrap().contains("`title`"), "{unknown}");
        let deeper = own.patch("/api/v1/realms/acme", json!({ "settings": { "oidc": { "isuer": "x" } } })).await.expect(400);
        assert_eq!((deeper.at("/code"), deeper.at("/field")), (json!("unknown_member"), json!("oidc.isuer")));
        let bad = own.patch("/api/v1/realms/acme", json!({ "settings": { "home_url": "javascript:alert(1)" } })).await.expect(400);
        assert_eq!(bad.at("/field"), "home_url");
        own.get("/api/v1/realms/default").await.expect(401);
        let listed = own.get("/api/v1/realms").await;
        assert_eq!(listed.status, 401, "{listed}");
    }

    async fn realms_are_made_and_listed_from_the_default_one(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let made = admin.post("/api/v1/realms", json!({ "name": "acme", "settings": { "title": "Acme" } })).await.expect(201);
        assert_eq!(made.header("location"), "/api/v1/realms/acme");
        let listed = admin.get("/api/v1/realms?limit=1").await.expect(200);
        assert_eq!(listed.at("/items/0/name"), "default");
        let next = listed.at("/next").as_str().unwrap().to_owned();
        assert_eq!(admin.get(&format!("/api/v1/realms?cursor={next}")).await.expect(200).at("/items/0/name"), "acme");
        admin.post("/api/v1/realms", json!({ "name": "acme" })).await.expect(409);
        let bad = admin.post("/api/v1/realms", json!({ "name": "Not so" })).await.expect(400);
        assert_eq!(bad.at("/field"), "name");
        // What is in the new realm stays out of reach.
        admin.get("/api/v1/realms/acme").await.expect(401);
        let reader = app.client("reader", &["scim:read"]).await;
        reader.get("/api/v1/realms").await.expect(403);
        reader.get("/api/v1/realms/default").await.expect(403);
        reader.post("/api/v1/realms", json!({ "name": "other" })).await.expect(403);
    }

    async fn a_realm_is_made_with_a_client_that_administers_it(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let body = json!({ "name": "acme", "settings": { "title": "Acme" }, "admin_client": "boss" });
        let made = admin.post("/api/v1/realms", body.clone()).header("idempotency-key", "k").await.expect(201);
        assert_eq!((made.at("/name"), made.at("/settings/title"), made.header("location")), (json!("acme"), json!("Acme"), "/api/v1/realms/acme"));
        assert_eq!(made.events, ["realm.created"]);
        let bearer = made.at("/admin_token").as_str().unwrap().to_owned();
        let boss = app.bearer(&bearer);
        let shown = boss.get("/api/v1/realms/acme/clients/boss").await.expect(200);
        assert_eq!((shown.at("/id"), shown.at("/scopes"), shown.at("/has_secret")), (made.at("/admin_client_id"), json!(["admin"]), json!(false)));
        let token = boss.get("/api/v1/realms/acme/tokens").await.expect(200).at("/items/0/id");
        let token = boss.get(&format!("/api/v1/realms/acme/tokens/{}", token.as_str().unwrap())).await.expect(200);
        assert_eq!(token.at("/creator_left"), false);
        boss.post("/api/v1/realms/acme/clients", json!({ "name": "hr", "scopes": ["scim:write"] })).await.expect(201);
        boss.post("/api/v1/realms/acme/tokens", json!({ "client": "hr" })).await.expect(201);
        boss.patch("/api/v1/realms/acme", json!({ "settings": { "title": "Acme Ltd" } })).await.expect(200);
        let kinds: Vec<String> = app.events_of("acme").await.into_iter().map(|event| event.kind).collect();
        assert_eq!(kinds[..2], ["client.created", "token.created"]);
        // It reaches no other realm, and what administers another does not reach it.
        boss.get("/api/v1/realms/default").await.expect(401);
        admin.get("/api/v1/realms/acme/clients").await.expect(401);
        // The secret is shown once and kept nowhere.
        let again = admin.post("/api/v1/realms", body).header("idempotency-key", "k").await.expect(201);
        assert_eq!((again.at("/admin_client_id"), again.at("/admin_token")), (made.at("/admin_client_id"), json!(null)));
        assert!(again.events.is_empty());
    }

    async fn a_realm_whose_client_is_refused_is_not_made(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let refused = admin.post("/api/v1/realms", json!({ "name": "acme", "admin_client": "" })).await.expect(400);
        assert_eq!((refused.at("/code"), refused.at("/field")), (json!("invalid"), json!("admin_client")));
        assert!(refused.events.is_empty());
        let plain = admin.post("/api/v1/realms", json!({ "name": "acme" })).await.expect(201);
        assert_eq!((plain.at("/admin_client_id"), plain.at("/admin_token")), (json!(null), json!(null)));
        let taken = admin.post("/api/v1/realms", json!({ "name": "acme", "admin_client": "boss" })).await.expect(409);
        assert_eq!(taken.at("/field"), "name");
        let reader = app.client("reader", &["scim:read"]).await;
        reader.post("/api/v1/realms", json!({ "name": "other", "admin_client": "boss" })).await.expect(403);
    }

    async fn the_clock_is_shown_and_not_moved(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let shown = admin.get("/api/v1/clock").await.expect(200);
        assert_eq!((shown.at("/now"), shown.at("/stands")), (json!("2030-01-01T08:00:00.000Z"), json!(false)));
        let moved = admin.put("/api/v1/clock", json!({ "now": "2031-01-01T00:00:00Z" })).await.expect(409);
        assert_eq!(moved.at("/code"), "conflict");
    }

    async fn health_is_told_in_numbers(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        app.user("ann").await;
        admin.post("/api/v1/mails", json!({ "address": "ann@example.org" })).await.expect(201);
        let health = admin.get("/api/v1/health").await.expect(200);
        assert_eq!((health.at("/healthy"), health.at("/users"), health.at("/groups")), (json!(true), json!(1), json!(0)));
        assert_eq!((health.at("/deliveries_waiting"), health.at("/deliveries_parked")), (json!(1), json!(0)));
    }
}
