//! Who may do what, and what errors look like.

use serde_json::json;
use testkit::exchange;

testkit::both! {
    async fn a_caller_without_a_token_is_told_so(app: TestApp) {
        let answer = exchange!(app.anonymous().get("/api/v1/users"), @r#"
            401 Unauthorized
            www-authenticate: Bearer realm="usher"
            {
              "type": "urn:usher:problem:unauthorized",
              "title": "Unauthorized",
              "status": 401,
              "detail": "this takes a token of the realm, sent as `Authorization: Bearer TOKEN`",
              "code": "unauthorized"
            }
            events: none   deliveries: none
            "#);
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }

    async fn a_token_without_the_scope_is_refused_everywhere(app: TestApp) {
        let reader = app.client("reader", &["scim:read", "scim:write", "events:read", "invite"]).await;
        for path in ["users", "groups", "clients", "tokens", "mails", "deliveries", "jobs", "plans", "clock", "health"] {
            let answer = reader.get(&format!("/api/v1/{path}")).await.expect(403);
            assert_eq!(answer.at("/code"), "missing_scope", "{answer}");
        }
        let answer = reader.post("/api/v1/users", json!({ "userName": "ann" })).await.expect(403);
        assert!(answer.events.is_empty());
    }

    async fn a_policy_keeps_a_client_to_users_and_groups(app: TestApp) {
        let scopes = ["admin", "events:read"];
        let narrow = app.client_with("narrow", &scopes, |program| program.policy(json!({ "user_filter": "userType eq \"Guest\"" }))).await;
        for path in ["clients", "tokens", "events", "events/export", "mails", "deliveries", "jobs", "plans", "clock", "health", "realms", "realms/default"] {
            let answer = narrow.get(&format!("/api/v1/{path}")).await.expect(403);
            assert_eq!(answer.at("/code"), "forbidden", "{answer}");
        }
        // It cannot make itself, or another, one without the policy.
        let widened = narrow.post("/api/v1/clients", json!({ "name": "wide", "scopes": ["admin"] })).await.expect(403);
        let taken_away = narrow.patch("/api/v1/clients/narrow", json!({ "policy": null })).await.expect(403);
        let token = narrow.post("/api/v1/tokens", json!({ "client": "narrow" })).await.expect(403);
        for answer in [widened, taken_away, token] {
            assert!(answer.events.is_empty());
        }
        narrow.get("/api/v1/users").await.expect(200);
        narrow.get("/api/v1/groups").await.expect(200);
        let open = app.client_with("open", &scopes, |program| program.policy(json!({}))).await;
        open.get("/api/v1/clients").await.expect(200);
        open.get("/api/v1/events").await.expect(200);
    }

    async fn a_token_of_another_realm_is_no_token(app: TestApp) {
        app.realm("acme").await;
        let other = app.client_with("other", &["admin"], |program| program.realm("acme")).await;
        other.get("/api/v1/users").await.expect(401);
        other.get("/api/v1/realms/default/users").await.expect(401);
        other.get("/api/v1/realms/acme/users").await.expect(200);
        other.get("/api/v1/realms/nobody/users").await.expect(404);
    }

    async fn a_path_that_is_not_there_answers_with_a_problem(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let answer = admin.get("/api/v1/nothing").await.expect(404);
        assert_eq!(answer.at("/code"), "not_found");
        let answer = admin.delete("/api/v1/users").await.expect(405);
        assert_eq!(answer.at("/code"), "method_not_allowed");
        assert!(answer.header("allow").contains("GET"), "{answer}");
    }

    async fn a_face_that_is_switched_off_is_not_there(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        app.set_realm("default", |settings| settings.faces_off = vec!["api".into()]).await;
        admin.get("/api/v1/users").await.expect(404);
    }

    async fn a_body_that_does_not_fit_is_told_where(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let unknown = admin.post("/api/v1/clients", json!({ "name": "x", "scopess": [] })).await.expect(400);
        assert_eq!((unknown.at("/code"), unknown.at("/field")), (json!("unknown_member"), json!("scopess")));
        assert!(unknown.at("/detail").as_str().unwrap().contains("did you mean `scopes`?"), "{unknown}");
        let wrong = admin.post("/api/v1/clients", json!({ "name": "x", "scopes": ["scim:read", 5] })).await.expect(400);
        assert_eq!((wrong.at("/code"), wrong.at("/field")), (json!("invalid"), json!("scopes[1]")));
        let missing = admin.post("/api/v1/clients", json!({})).await.expect(400);
        assert_eq!((missing.at("/code"), missing.at("/field")), (json!("invalid"), json!("name")));
        let query = admin.get("/api/v1/clients?limt=5").await.expect(400);
        assert_eq!((query.at("/code"), query.at("/field")), (json!("unknown_member"), json!("limt")));
        admin.get("/api/v1/clients?limit=0").await.expect(400);
        let problem = admin.get("/api/v1/clients?limit=x").await.expect(400).json();
        assert_eq!(problem["detail"], "limit: expected a whole number", "{problem}");
        admin.get("/api/v1/clients?cursor=x").await.expect(400);
        let broken = admin.request(http::Method::POST, "/api/v1/clients").body("application/json", "{").await.expect(400);
        assert_eq!(broken.at("/code"), "malformed");
        let form = admin.post_form("/api/v1/clients", &[("name", "x")]).await.expect(415);
        assert_eq!(form.at("/code"), "unsupported_media_type");
        let deep = "[".repeat(5000);
        admin.request(http::Method::POST, "/api/v1/clients").body("application/json", deep.clone()).await.expect(400);
        admin.request(http::Method::POST, "/api/v1/users").body("application/json", deep).await.expect(400);
        assert_eq!(app.event_kinds().await.iter().filter(|kind| *kind == "client.created").count(), 1);
    }

    async fn a_path_that_is_no_text_leads_nowhere_and_says_so(app: TestApp) {
        let admin = app.client("admin", &["admin", "events:read"]).await;
        for place in ["users/%FF", "groups/%FF/members", "clients/%FF/log", "invitations/%FF", "jobs/%FF", "plans/%FF", "events/%FF"] {
            let answer = admin.get(&format!("/api/v1/{place}")).await.expect(404);
            assert_eq!((answer.header("content-type"), answer.at("/code")), ("application/problem+json", json!("not_found")), "{place}");
        }
        // Nor is a query another text than it is.
        for place in ["users?filter=%FF", "groups?after=%C3", "events?actor=%FF%FE"] {
            let answer = admin.get(&format!("/api/v1/{place}")).await.expect(400);
            assert_eq!((answer.header("content-type"), answer.at("/code")), ("application/problem+json", json!("invalid")), "{place}");
        }
    }
}
