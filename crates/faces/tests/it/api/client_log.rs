//! The last requests of a client.

use std::net::IpAddr;

use directory::Id;
use directory::client::Client;
use http::Method;
use serde_json::{Value, json};
use testkit::{Answer, Program, TestApp};

/// One member of every request that an answer lists.
fn each(answer: &Answer, member: &str) -> Vec<Value> {
    let items = answer.at("/items");
    items
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item[member].clone())
        .collect()
}

async fn rows(app: &TestApp) -> i64 {
    let mut rows = app.db().query("SELECT COUNT(*) FROM client_log", &[]).await.unwrap();
    rows[0].take(0).unwrap()
}

testkit::both! {
    async fn a_client_log_says_what_was_asked_and_refused(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let hr = app.client("hr", &["scim:read", "scim:write"]).await;
        let made = hr.post("/scim/v2/Users", json!({ "userName": "ann" })).from_address(IpAddr::from([192, 0, 2, 7])).header("x-request-id", "first").await.expect(201);
        hr.post("/scim/v2/Users", json!({ "userName": "ann" })).await.expect(409);
        hr.get("/scim/v2/Users?filter=userName%20eq%20%22geheim%22").await.expect(200);
        hr.get("/scim/v2/Users?filter=userName%20eqq%20%22geheim%22").await.expect(400);
        hr.get(&format!("/scim/Users/{}", hr.token())).await.expect(404);
        hr.get("/api/v1/users").await.expect(403);
        hr.get("/api/v1/clients").await.expect(403);
        hr.get("/nothing/here").await.expect(404);
        let log = admin.get("/api/v1/clients/hr/log").await.expect(200);
        assert_eq!(each(&log, "status"), [404, 403, 403, 404, 400, 200, 409, 201]);
        assert_eq!(each(&log, "route")[..6], [
            json!(null),
            json!("/api/v1/clients"),
            json!("/api/v1/users"),
            json!("/scim/v2/Users/{id}"),
            json!("/scim/v2/Users"),
            json!("/scim/v2/Users"),
        ]);
        assert_eq!(each(&log, "path")[2..4], [json!("/api/v1/users"), json!("/scim/Users/…")]);
        assert_eq!(each(&log, "code")[1..], [json!("missing_scope"), json!("missing_scope"), json!("not-found"), json!("invalidFilter"), json!(null), json!("uniqueness"), json!(null)]);
        let first = log.at("/items/7");
        assert_eq!((&first["request_id"], &first["address"], &first["method"], &first["at"]), (&json!("first"), &json!("192.0.2.7"), &json!("POST"), &json!("2030-01-01T08:00:00.000Z")));
        assert!(log.at("/items/6/refusal").as_str().unwrap().contains("userName"), "{log}");
        for secret in [hr.token(), "geheim"] {
            assert!(!log.text.contains(secret), "{secret} is in {log}");
        }
        assert!(!made.id().is_empty());
        // A list like the others: in parts, and through a filter.
        let part = admin.get("/api/v1/clients/hr/log?limit=3").await.expect(200);
        let next = part.at("/next").as_str().unwrap().to_owned();
        let rest = admin.get(&format!("/api/v1/clients/hr/log?limit=500&cursor={next}")).await.expect(200);
        assert_eq!((each(&part, "status").len(), each(&rest, "status")), (3, [404, 400, 200, 409, 201].map(|status| json!(status)).to_vec()));
        let refused = admin.get("/api/v1/clients/hr/log?filter=code%20eq%20%22uniqueness%22").await.expect(200);
        assert_eq!(each(&refused, "status"), [409]);
        let operation = |name: &str| json!({ "method": "POST", "path": "/Users", "bulkId": name, "data": { "userName": name } });
        let bulk = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [operation("bob"), operation("ann"), operation("eve")] });
        hr.post("/scim/v2/Bulk", bulk).await.expect(200);
        let bulk = admin.get("/api/v1/clients/hr/log?filter=code%20eq%20%22bulk%22").await.expect(200).at("/items/0");
        assert!(bulk["refusal"].as_str().unwrap().starts_with("1 of 3 operations were refused, the first: "), "{bulk}");
        hr.get("/api/v1/clients/hr/log").await.expect(403);
        admin.get("/api/v1/clients/nobody/log").await.expect(404);
    }

    async fn a_client_log_says_why_credentials_do_not_count(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let hr = app.client("hr", &["scim:read"]).await;
        let made = app.register("feed", &["scim:read"], &Program::default()).await;
        let secret = made.secret.unwrap().reveal().to_owned();
        let grant = [("grant_type", "client_credentials")];
        app.anonymous().post_form("/oauth2/token", &grant).basic("feed", "wrong").await.expect(401);
        app.anonymous().post_form("/oauth2/token", &grant).basic("feed", &secret).await.expect(200);
        let log = admin.get("/api/v1/clients/feed/log").await.expect(200);
        assert_eq!(each(&log, "refusal"), [json!(null), json!("the client sent a wrong secret")]);
        assert_eq!(each(&log, "code"), [json!(null), json!("invalid_client")]);

        let token = admin.get("/api/v1/tokens?client=hr").await.expect(200).at("/items/0/id");
        admin.delete(&format!("/api/v1/tokens/{}", token.as_str().unwrap())).await.expect(204);
        let refused = hr.get("/scim/v2/Users").await.expect(401);
        assert!(!refused.text.contains("revoked"), "{refused}");
        let brief = app.client_with("brief", &["scim:read"], |program| program.expires_at(app.now().plus_seconds(60))).await;
        let path = admin.get("/api/v1/clients/brief").await.expect(200).id();
        app.clock().advance(61);
        brief.get("/scim/v2/Users").await.expect(401);
        let expired = admin.get(&format!("/api/v1/clients/{path}/log")).await.expect(200);
        assert_eq!(each(&expired, "refusal"), ["the token has expired"]);
        let revoked = admin.get("/api/v1/clients/hr/log").await.expect(200);
        assert_eq!(each(&revoked, "refusal"), ["the token was revoked"]);
        admin.patch("/api/v1/clients/brief", json!({ "disabled": true })).await.expect(200);
        brief.get("/scim/v2/Users").await.expect(401);
        let off = admin.get("/api/v1/clients/brief/log").await.expect(200);
        assert_eq!(each(&off, "refusal")[0], "the client is switched off");
    }

    async fn servers_write_down_what_they_answered_and_keep_the_last(app: TestApp) {
        let (other, admin) = (app.another().await, app.client("admin", &["admin"]).await);
        let hr = app.client("hr", &["scim:read"]).await;
        let there = other.bearer(hr.token());
        let ask = async |number: usize| {
            let client = if number.is_multiple_of(2) { &hr } else { &there };
            client.get("/scim/v2/Users?count=0").header("x-request-id", &format!("r{number}")).await.expect(200);
            app.clock().advance(1);
        };
        for number in 0..4 {
            ask(number).await;
        }
        assert_eq!(rows(&app).await, 0, "no request writes");
        assert_eq!(app.directory().write_client_logs().await.unwrap(), 1);
        assert_eq!(other.directory().write_client_logs().await.unwrap(), 1);
        assert_eq!((app.directory().write_client_logs().await.unwrap(), rows(&app).await), (0, 2));
        for number in 4..500 {
            ask(number).await;
            if number.is_multiple_of(16) {
                app.directory().write_client_logs().await.unwrap();
                other.directory().write_client_logs().await.unwrap();
            }
        }
        let expected: Vec<String> = (300..500).rev().map(|number| format!("r{number}")).collect();
        other.directory().write_client_logs().await.unwrap();
        // One of the two still holds some of it in memory.
        let log = admin.get("/api/v1/clients/hr/log?limit=500").await.expect(200);
        assert_eq!(each(&log, "request_id"), expected);
        app.directory().write_client_logs().await.unwrap();
        let log = admin.get("/api/v1/clients/hr/log?limit=500").await.expect(200);
        assert_eq!(each(&log, "request_id"), expected);
        let mut held = app.db().query("SELECT CAST(SUM(entries) AS BIGINT) FROM client_log", &[]).await.unwrap();
        let held: i64 = held[0].take(0).unwrap();
        assert!((400..=432).contains(&held), "{held} requests are kept");
    }

    async fn a_client_log_keeps_the_beginning_of_an_unknown_verb(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let hr = app.client("hr", &["scim:read"]).await;
        let verb = Method::from_bytes(&[b'A'; 5_000]).expect("a verb");
        hr.request(verb, "/scim/v2/Users").await.expect(405);
        let log = admin.get("/api/v1/clients/hr/log").await.expect(200);
        let kept = log.at("/items/0/method").as_str().expect("a text").chars().count();
        assert!((2..=301).contains(&kept), "{kept} characters");
    }

    async fn a_client_log_goes_with_its_client(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let hr = app.client("hr", &["scim:read"]).await;
        hr.get("/scim/v2/Users").await.expect(200);
        app.directory().write_client_logs().await.unwrap();
        let before = rows(&app).await;
        hr.get("/scim/v2/Users").await.expect(200);
        admin.delete("/api/v1/clients/hr").await.expect(204);
        assert_eq!(rows(&app).await, before - 1);
        // What was noted before is not written down after.
        app.directory().write_client_logs().await.unwrap();
        let mut clients = app.db().query("SELECT DISTINCT client FROM client_log WHERE realm = ?1", &[app.realm("default").await.into()]).await.unwrap();
        assert_eq!(clients.len(), 1, "admin's alone");
        let left: Id<Client> = clients[0].take(0).unwrap();
        assert_eq!(left.to_string(), admin.get("/api/v1/clients/admin").await.expect(200).id());
    }

    async fn a_client_with_a_rate_limit_is_told_to_come_back(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let hr = app.client_with("hr", &["scim:read"], |program| program.settings(&json!({ "rate_limit": 3 }))).await;
        let free = app.client("free", &["scim:read"]).await;
        for _ in 0..3 {
            hr.get("/scim/v2/Users").await.expect(200);
        }
        let refused = hr.get("/scim/v2/Users").await.expect(429);
        assert_eq!(refused.at("/schemas/0"), "urn:ietf:params:scim:api:messages:2.0:Error");
        let wait: u64 = refused.header("retry-after").parse().unwrap();
        assert!((1..=21).contains(&wait), "{wait}");
        let api = hr.get("/api/v1/users").await.expect(429);
        assert_eq!((api.at("/code"), api.header("retry-after").is_empty()), (json!("too_many_requests"), false));
        let oauth = hr.post_form("/oauth2/introspect", &[("token", "x")]).await.expect(429);
        assert_eq!(oauth.at("/error"), "temporarily_unavailable");
        let tokens = hr.get("/scim/auth-tokens").await.expect(429);
        assert_eq!(tokens.at("/code"), 429);
        hr.get("/").await.expect(429);
        for _ in 0..9 {
            free.get("/scim/v2/Users").await.expect(200);
        }
        let log = admin.get("/api/v1/clients/hr/log?filter=status%20eq%20429").await.expect(200);
        assert_eq!(each(&log, "status").len(), 5);
        assert!(log.at("/items/0/refusal").as_str().unwrap().contains("3 requests a minute"), "{log}");
        let wrong = admin.patch("/api/v1/clients/hr", json!({ "settings": { "rate_limit": 0 } })).await.expect(400);
        assert_eq!(wrong.at("/field"), "rate_limit");
        admin.patch("/api/v1/clients/hr", json!({ "settings": { "rate_limit": null } })).await.expect(200);
        hr.get("/scim/v2/Users").await.expect(200);
    }

    async fn a_rate_limit_counts_where_a_client_names_itself_by_its_secret(app: TestApp) {
        let program = Program::default().settings(&json!({ "rate_limit": 3 }));
        let made = app.register("feed", &["scim:read"], &program).await;
        let secret = made.secret.unwrap().reveal().to_owned();
        let (nobody, grant) = (app.anonymous(), [("grant_type", "client_credentials")]);
        let in_form = [grant[0], ("client_id", "feed"), ("client_secret", &secret)];
        nobody.post_form("/oauth2/token", &grant).basic("feed", &secret).await.expect(200);
        nobody.post_form("/oauth2/token", &in_form).await.expect(200);
        nobody.post_form("/oauth2/introspect", &[("token", "x")]).basic("feed", &secret).await.expect(200);
        // A wrong secret takes nothing from the client.
        nobody.post_form("/oauth2/token", &grant).basic("feed", "wrong").await.expect(401);
        let refused = nobody.post_form("/oauth2/token", &grant).basic("feed", &secret).await.expect(429);
        assert_eq!(refused.at("/error"), "temporarily_unavailable");
        let wait: u64 = refused.header("retry-after").parse().unwrap();
        assert!((1..=21).contains(&wait), "{wait}");
        nobody.post_form("/oauth2/token", &in_form).await.expect(429);
        nobody.post_form("/oauth2/introspect", &[("token", "x")]).basic("feed", &secret).await.expect(429);
        nobody.post_form("/oauth2/revoke", &[("token", "x")]).basic("feed", &secret).await.expect(429);
        let admin = app.client("admin", &["admin"]).await;
        let log = admin.get("/api/v1/clients/feed/log?filter=status%20eq%20429").await.expect(200);
        assert_eq!(each(&log, "status").len(), 4);
    }

    async fn a_client_log_says_that_a_token_has_ended_only_where_that_counts(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let brief = app.client_with("brief", &["scim:read"], |program| program.expires_at(app.now().plus_seconds(60))).await;
        app.clock().advance(61);
        brief.get("/").await.expect(200);
        brief.get("/scim/v2/Users").await.expect(401);
        let log = admin.get("/api/v1/clients/brief/log").await.expect(200);
        assert_eq!((each(&log, "status"), each(&log, "refusal")), (vec![json!(401), json!(200)], vec![json!("the token has expired"), json!(null)]));
    }

    async fn a_client_log_is_forgotten_after_a_month(app: TestApp) {
        let hr = app.client("hr", &["scim:read"]).await;
        app.run_jobs().await;
        hr.get("/scim/v2/Users").await.expect(200);
        app.directory().write_client_logs().await.unwrap();
        app.clock().advance(29 * 86_400);
        app.run_jobs().await;
        assert_eq!(rows(&app).await, 1);
        app.clock().advance(2 * 86_400);
        app.run_jobs().await;
        assert_eq!(rows(&app).await, 0);
    }

    async fn a_client_log_names_no_person(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let hr = app.client("hr", &["scim:read"]).await;
        let id = "0190163d-8694-7d0a-8a5a-0123456789ab";
        hr.get("/scim/v2/Users/ann@example.org").await.expect(404);
        hr.get(&format!("/scim/v2/Users/{id}")).await.expect(404);
        hr.get("/ann@example.org/Users").await.expect(404);
        hr.get("/scim/v2/Users?filter=userName%20eq%20%22x%22%20ann%20%22y%22").await.expect(400);
        hr.get("/scim/v2/Users?filter=userName%20%22ann%22").await.expect(400);
        let log = admin.get("/api/v1/clients/hr/log").await.expect(200);
        assert!(!log.text.contains("ann"), "{log}");
        assert_eq!(each(&log, "path")[2..], [json!("/…/Users"), json!(format!("/scim/v2/Users/{id}")), json!("/scim/v2/Users/…")]);
        assert_eq!(each(&log, "code")[..2], [json!("invalidFilter"), json!("invalidFilter")]);
    }
}
