//! Realms, the clock, health.

use serde_json::json;

testkit::both! {
    async fn a_realm_is_read_and_set_by_its_own_administrator(app: TestApp) {
        app.realm("acme").await;
        let own = app.client_with("own", &["admin"], |program| program.realm("acme")).await;
        let set = own.patch("/api/v1/realms/acme", json!({ "settings": { "title": "Acme", "oidc": { "issuer": "https://id.example" } } })).await.expect(200);
        assert_eq!(set.at("/settings"), json!({ "title": "Acme", "oidc": { "issuer": "https://id.example" } }));
        assert_eq!(set.events, ["realm.changed"]);
        let unset = own.patch("/api/v1/realms/acme", json!({ "settings": { "title": null } })).await.expect(200);
        assert_eq!(unset.at("/settings/title"), json!(null));
        let unknown = own.patch("/api/v1/realms/acme", json!({ "settings": { "titel": "x" } })).await.expect(400);
        assert_eq!((unknown.at("/code"), unknown.at("/field")), (json!("unknown_member"), json!("settings.titel")));
        assert!(unknown.at("/detail").as_str().unwrap().contains("`title`"), "{unknown}");
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
