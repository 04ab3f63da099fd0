//! Events, deliveries, mails, jobs.

use directory::delivery::Outcome;
use serde_json::{Value, json};

testkit::both! {
    async fn the_feed_is_read_from_a_position(app: TestApp) {
        let reader = app.client("reader", &["events:read"]).await;
        let (ann, _) = (app.user("ann").await, app.user("ben").await);
        app.place_events().await;
        let page = reader.get("/api/v1/events?limit=2").await.expect(200);
        let after = page.at("/after").as_i64().unwrap();
        assert_eq!(after, page.at("/items/1/position").as_i64().unwrap());
        let rest = reader.get(&format!("/api/v1/events?after={after}")).await.expect(200);
        assert_eq!(rest.at("/items/0/position").as_i64().unwrap(), after + 1);
        let end = rest.at("/after").as_i64().unwrap();
        let none = reader.get(&format!("/api/v1/events?after={end}")).await.expect(200);
        assert_eq!((none.at("/items"), none.at("/after")), (json!([]), json!(end)));
        let of_ann = reader.get(&format!("/api/v1/events?subject={ann}")).await.expect(200);
        assert_eq!((of_ann.at("/items/0/kind"), of_ann.at("/items/1")), (json!("user.created"), json!(null)));
        let one = of_ann.at("/items/0/id");
        assert_eq!(reader.get(&format!("/api/v1/events/{}", one.as_str().unwrap())).await.expect(200).json(), of_ann.at("/items/0"));
        reader.get("/api/v1/events?subject=ann").await.expect(400);
        app.client("other", &["scim:read"]).await.get("/api/v1/events").await.expect(403);
    }

    async fn what_the_predecessor_logged_has_its_name_too(app: TestApp) {
        let admin = app.client("admin", &["admin", "agm:admin", "agm:manage", "events:read"]).await;
        let made = async |name: &str| admin.post("/api/v1/tree", json!({ "name": name })).await.expect(201).id();
        let (acme, ops) = (made("acme").await, made("ops").await);
        admin.post(&format!("/api/v1/groups/{ops}/move"), json!({ "parent": acme })).await.expect(200);
        admin.delete(&format!("/api/v1/groups/{ops}")).await.expect(204);
        let days = json!({ "settings": { "agm": { "notice_days": 9 } } });
        admin.patch("/api/v1/realms/default", days).await.expect(200);
        let ann = app.user("ann").await;
        app.client("hr", &["scim:write"]).await.delete(&format!("/scim/v2/Users/{ann}")).await.expect(204);
        app.place_events().await;
        let log = admin.get("/api/v1/events?limit=500").await.expect(200).json();
        let named: Vec<_> = log["items"].as_array().unwrap().iter().filter_map(|one| one["admin_event"].as_str()).collect();
        assert_eq!(named, ["GROUP CREATE", "GROUP CREATE", "GROUP UPDATE", "GROUP DELETE", "REALM UPDATE", "USER DELETE"]);
        assert!(log["items"].as_array().unwrap().iter().all(|one| one["kind"] != "user.created" || one["admin_event"].is_null()));
        let asked = admin.get("/api/v1/events?filter=admin_event%20eq%20%22GROUP%20UPDATE%22").await.expect(200);
        assert_eq!((asked.at("/items/0/subject"), asked.at("/items/1")), (json!(ops), json!(null)));
    }

    async fn the_log_is_exported_line_by_line(app: TestApp) {
        let reader = app.client("reader", &["events:read"]).await;
        for number in 0..3 {
            app.user(&format!("user{number}")).await;
        }
        app.place_events().await;
        let export = reader.get("/api/v1/events/export").await.expect(200);
        assert_eq!(export.header("content-type"), "application/x-ndjson");
        let positions: Vec<i64> = export.text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["position"].as_i64().unwrap()).collect();
        let expected: Vec<i64> = (1..=positions.len() as i64).collect();
        assert_eq!(positions, expected);
        assert!(positions.len() >= 3);
        assert!(reader.get("/api/v1/events/export?after=100000").await.expect(200).text.is_empty());
        app.client("other", &["scim:read"]).await.get("/api/v1/events/export").await.expect(403);
    }

    async fn the_log_is_verified_in_pieces(app: TestApp) {
        let reader = app.client("reader", &["events:read"]).await;
        for number in 0..3 {
            app.user(&format!("user{number}")).await;
        }
        app.place_events().await;
        let whole = reader.get("/api/v1/events/verification").await.expect(200);
        assert_eq!((whole.at("/whole"), whole.at("/problems")), (json!(true), json!([])));
        let events = whole.at("/events").as_i64().unwrap();
        assert!(events >= 3);
        let rest = reader.get("/api/v1/events/verification?after=1").await.expect(200);
        assert_eq!((rest.at("/events"), rest.at("/problems")), (json!(events - 1), json!([])));
        reader.get("/api/v1/events/verification?after=100000").await.expect(400);
        let changed = app.db().write(|tx| tx.execute("UPDATE events SET actor = 'nobody' WHERE position = 2", &[])).await;
        assert_eq!(changed.expect("written"), 1);
        let problems = reader.get("/api/v1/events/verification").await.expect(200).at("/problems/0");
        assert_eq!(problems, json!({ "position": 2, "what": "the chain is broken here" }));
        app.client("other", &["scim:read"]).await.get("/api/v1/events/verification").await.expect(403);
    }

    async fn a_parked_delivery_is_retried_or_dropped(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let first = admin.post("/api/v1/mails", json!({ "address": "ann@example.org" })).await.expect(201);
        admin.post("/api/v1/mails", json!({ "address": "ben@example.org" })).await.expect(201);
        let refuses = || Outcome::Park { why: "550 no such user".into() };
        app.mail_server_answers(vec![refuses(), refuses()]);
        app.deliver_mail().await;
        let parked = admin.get("/api/v1/deliveries?state=parked").await.expect(200);
        assert_eq!(parked.at("/items/0/last_error"), "550 no such user");
        assert_eq!(admin.get("/api/v1/health").await.expect(200).at("/healthy"), false);
        let id = |index: usize| parked.at(&format!("/items/{index}/id")).as_str().unwrap().to_owned();
        let retried = admin.post(&format!("/api/v1/deliveries/{}/retry", id(0)), json!({})).await.expect(200);
        assert_eq!((retried.at("/state"), retried.at("/attempts")), (json!("queued"), json!(0)));
        assert_eq!(admin.post(&format!("/api/v1/deliveries/{}/drop", id(1)), json!({})).await.expect(200).at("/state"), "dropped");
        assert_eq!(app.deliver_mail().await.len(), 1);
        assert_eq!(admin.get(&format!("/api/v1/deliveries/{}", id(0))).await.expect(200).at("/state"), "confirmed");
        assert_eq!(admin.get(&format!("/api/v1/mails/{}", first.id())).await.expect(200).at("/state"), "sent");
        admin.post(&format!("/api/v1/deliveries/{}/retry", id(0)), json!({})).await.expect(409);
        admin.get("/api/v1/deliveries?state=lost").await.expect(400);
    }

    async fn jobs_are_listed_and_retried(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let ann = app.user("ann").await;
        admin.delete(&format!("/api/v1/users/{ann}")).await.expect(204);
        let jobs = admin.get("/api/v1/jobs?kind=erase_user").await.expect(200);
        assert_eq!(jobs.at("/items/0/subject"), ann.to_string());
        let id = jobs.at("/items/0/id").as_str().unwrap().to_owned();
        assert_eq!(admin.get(&format!("/api/v1/jobs/{id}")).await.expect(200).json(), jobs.at("/items/0"));
        admin.get("/api/v1/jobs/nothing").await.expect(404);
        let retried = admin.post(&format!("/api/v1/jobs/{id}/retry"), json!({})).await.expect(200);
        assert_eq!(retried.at("/due_at"), "2030-01-01T08:00:00.000Z");
        assert_eq!(admin.get("/api/v1/jobs?parked=true").await.expect(200).at("/items"), json!([]));
        admin.get("/api/v1/jobs?kind=sleep").await.expect(400);
    }
}
