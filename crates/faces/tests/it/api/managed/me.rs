//! What is one's own.

use serde_json::{Value, json};

use super::{admin, ask, below, each, person, refused, token_of, top, way};

testkit::both! {
    async fn people_see_their_memberships_and_requests(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let ops = below(&admin, &acme, "ops").await;
        let zoo = top(&admin, "zoo").await;
        let (ada, _) = person(&app, "ada").await;
        let me = token_of(&app, ada, &["agm:self"]).await;
        for group in [&ops, &zoo] {
            let free = way(&admin, group, json!({ "require_approval": false, "membership_expiration_days": 30 })).await;
            ask(&app, ada, &free, None).await;
            app.clock().advance(60);
        }
        let join = way(&admin, &acme, json!({})).await;
        let waiting = ask(&app, ada, &join, None).await;

        let mine = me.get("/api/v1/me/memberships").await.expect(200);
        assert_eq!(each(&mine, "path"), ["/acme/ops", "/zoo"]);
        assert_eq!((mine.at("/items/0/roles"), mine.at("/items/0/status"), mine.at("/items/0/until")), (json!(["member"]), json!("enabled"), json!("2030-02-01T00:00:00.000Z")));
        assert_eq!(each(&me.get("/api/v1/me/memberships?descending=true").await.expect(200), "path"), ["/zoo", "/acme/ops"]);
        assert_eq!(each(&me.get("/api/v1/me/memberships?search=OP").await.expect(200), "path"), ["/acme/ops"]);
        let first = me.get("/api/v1/me/memberships?limit=1").await.expect(200);
        assert_eq!(first.at("/next"), "1");
        let second = me.get("/api/v1/me/memberships?limit=1&cursor=1&order=group").await.expect(200);
        assert_eq!((each(&second, "path"), second.at("/next")), (vec!["/zoo".to_owned()], Value::Null));
        assert!(each(&me.get("/api/v1/me/memberships?status=pending").await.expect(200), "id").is_empty());
        for query in ["status=ended", "order=size", "limit=0"] {
            refused(me.get(&format!("/api/v1/me/memberships?{query}")).await, 400, "invalid");
        }

        let requests = me.get("/api/v1/me/requests").await.expect(200);
        assert_eq!((requests.at("/count"), requests.at("/items/0/id")), (json!(3), json!(waiting)));
        let open = me.get("/api/v1/me/requests?status=PENDING_APPROVAL").await.expect(200);
        assert_eq!(each(&open, "id"), [waiting]);
        let below_acme = me.get(&format!("/api/v1/me/requests?group={acme}&limit=1")).await.expect(200);
        assert_eq!((below_acme.at("/count"), below_acme.at("/next")), (json!(2), json!("1")));
        refused(me.get("/api/v1/me/requests?group=x").await, 400, "invalid");

        let (_, other) = person(&app, "ben").await;
        assert!(each(&other.get("/api/v1/me/memberships").await.expect(200), "id").is_empty());
        assert_eq!(other.get("/api/v1/me/requests").await.expect(200).at("/count"), 0);
        let only_manages = token_of(&app, ada, &["agm:manage"]).await;
        for path in ["/api/v1/me/memberships", "/api/v1/me/requests"] {
            refused(admin.get(path).await, 403, "person_required");
            refused(only_manages.get(path).await, 403, "missing_scope");
        }
    }
}
