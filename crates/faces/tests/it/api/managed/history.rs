//! What happened in a group, and events by group, kind, actor and time.

use serde_json::{Value, json};

use super::{NOBODY, admin, ask, each, let_do, person, refused, top, way};

testkit::both! {
    async fn events_are_found_by_group_kind_actor_and_time(app: TestApp) {
        let admin = admin(&app).await;
        let (acme, zoo) = (top(&admin, "acme").await, top(&admin, "zoo").await);
        let (ada, theirs) = person(&app, "ada").await;
        let_do(&admin, &acme, ada, json!({ "preset": "owner" })).await;
        app.clock().advance(86_400);
        let join = way(&theirs, &acme, json!({ "require_approval": false })).await;
        let (ben, _) = person(&app, "ben").await;
        ask(&app, ben, &join, None).await;
        app.clock().advance(86_400);
        theirs.post(&format!("/api/v1/groups/{acme}/rename"), json!({ "name": "acne" })).await.expect(200);
        app.place_events().await;

        let kinds = |query: &str| {
            let request = admin.get(&format!("/api/v1/events?limit=500&{query}"));
            async move { each(&request.await.expect(200), "kind") }
        };
        let within = kinds(&format!("within={acme}")).await;
        for kind in ["group.created", "group_role.created", "delegation.granted", "configuration.created", "member.added", "group.renamed"] {
            assert!(within.iter().any(|found| found == kind), "{kind} of {within:?}");
        }
        assert!(kinds(&format!("within={zoo}")).await.iter().all(|kind| kind != "member.added"));
        let members = kinds(&format!("within={acme}&kind=member.")).await;
        assert!(!members.is_empty() && members.iter().all(|kind| kind.starts_with("member.")), "{members:?}");
        let by_ada = kinds(&format!("actor=user:{ada}")).await;
        assert!(by_ada.contains(&"group.renamed".to_owned()) && !by_ada.contains(&"group.created".to_owned()), "{by_ada:?}");
        assert_eq!(kinds("kind=group.renamed").await, ["group.renamed"]);
        assert_eq!(kinds("kind=group.renamed&from=2030-01-03T08:00:00Z").await, ["group.renamed"]);
        assert_eq!(kinds("kind=group.renamed&from=2030-01-03T08:00:01Z").await, Vec::<String>::new());
        assert_eq!(kinds("kind=group.renamed&to=2030-01-03T08:00:00Z").await, Vec::<String>::new());
        assert_eq!(kinds("kind=member.added&from=2030-01-02T00:00:00Z&to=2030-01-03T00:00:00Z").await, ["member.added"]);
        assert!(kinds("kind=group.created&from=2030-01-02T00:00:00Z").await.is_empty());
        let last = kinds("from=2030-01-03T00:00:00Z").await;
        assert_eq!(last.first().map(String::as_str), Some("group.renamed"), "{last:?}");
        // In pieces it is the same.
        let (mut pieces, mut after) = (Vec::new(), 0);
        loop {
            let piece = admin.get(&format!("/api/v1/events?limit=1&within={acme}&after={after}")).await.expect(200);
            let found = each(&piece, "kind");
            if found.is_empty() {
                break;
            }
            pieces.extend(found);
            after = piece.at("/after").as_i64().unwrap();
        }
        assert_eq!(pieces, within);
        let export = admin.get(&format!("/api/v1/events/export?within={acme}&kind=member.")).await.expect(200);
        let exported: Vec<String> = export.text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["kind"].as_str().unwrap().to_owned()).collect();
        assert_eq!(exported, members);
        assert!(admin.get("/api/v1/events/export?from=2040-01-01T00:00:00Z").await.expect(200).text.is_empty());
        for query in ["within=x", "from=yesterday", "to=x", &format!("within={acme}&subject={acme}")] {
            refused(admin.get(&format!("/api/v1/events?{query}")).await, 400, "invalid");
        }
        refused(admin.get("/api/v1/events/export?from=yesterday").await, 400, "invalid");
        refused(admin.get("/api/v1/events/verification?kind=x").await, 400, "unknown_member");
        refused(theirs.get(&format!("/api/v1/events?within={acme}")).await, 403, "missing_scope");
    }

    async fn administrators_read_the_history_of_their_group(app: TestApp) {
        let admin = admin(&app).await;
        let (acme, zoo) = (top(&admin, "acme").await, top(&admin, "zoo").await);
        let (ada, theirs) = person(&app, "ada").await;
        let path = format!("/api/v1/groups/{acme}/history");
        refused(theirs.get(&path).await, 403, "not_permitted");
        let_do(&admin, &acme, ada, json!({ "preset": "manager" })).await;
        refused(theirs.get(&path).await, 403, "not_permitted");
        admin.put(&format!("/api/v1/groups/{acme}/admins/{ada}"), json!({ "preset": "viewer" })).await.expect(200);
        way(&admin, &acme, json!({})).await;
        way(&admin, &zoo, json!({})).await;
        app.place_events().await;
        let history = theirs.get(&format!("{path}?limit=500")).await.expect(200);
        let subjects = each(&history, "subject");
        assert!(subjects.contains(&acme) && !subjects.contains(&zoo), "{history}");
        let kinds = each(&history, "kind");
        assert!(kinds.contains(&"configuration.created".to_owned()) && kinds.contains(&"delegation.changed".to_owned()), "{kinds:?}");
        let some = theirs.get(&format!("{path}?kind=delegation.&actor=client:x")).await.expect(200);
        assert!(each(&some, "kind").is_empty());
        let filtered = theirs.get(&format!("{path}?filter=kind%20eq%20%22delegation.changed%22")).await.expect(200);
        assert_eq!(each(&filtered, "kind"), ["delegation.changed"]);
        let rest = theirs.get(&format!("{path}?after={}", history.at("/after"))).await.expect(200);
        assert!(each(&rest, "kind").is_empty());
        refused(theirs.get(&format!("/api/v1/groups/{zoo}/history")).await, 403, "not_permitted");
        refused(theirs.get(&format!("/api/v1/groups/{NOBODY}/history")).await, 404, "not_found");
        refused(theirs.get(&format!("{path}?from=soon")).await, 400, "invalid");
        refused(theirs.get(&format!("{path}?within={zoo}")).await, 400, "unknown_member");
    }

    async fn who_acts_by_a_program_is_told_with_it(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let (ada, theirs) = person(&app, "ada").await;
        let_do(&admin, &acme, ada, json!({ "preset": "owner" })).await;
        theirs.post(&format!("/api/v1/groups/{acme}/rename"), json!({ "name": "acne" })).await.expect(200);
        app.user("ben").await;
        theirs.post(&format!("/api/v1/groups/{acme}/memberships"), json!({ "user_name": "ben", "roles": ["member"] })).await.expect(201);
        app.place_events().await;
        let path = format!("/api/v1/events?limit=500&actor=user:{ada}");
        let found = admin.get(&path).await.expect(200);
        let found = found.at("/items");
        let found = found.as_array().unwrap();
        let via = found[0]["via"].as_str().unwrap().to_owned();
        let client = via.strip_prefix("client:").unwrap();
        admin.get(&format!("/api/v1/clients/{client}")).await.expect(200);
        for kind in ["group.renamed", "member.added", "GROUP_MEMBERSHIP_CREATE"] {
            let fact = found.iter().find(|fact| fact["kind"] == kind).unwrap();
            assert_eq!((&fact["via"], &fact["body"]["via"]), (&json!(via), &json!(via)), "{fact}");
        }
        // Whoever looks for what a program did finds it.
        let by_it = admin.get(&format!("/api/v1/events?limit=500&filter=via%20eq%20%22{via}%22")).await.expect(200);
        assert_eq!(each(&by_it, "id"), found.iter().map(|fact| fact["id"].as_str().unwrap()).collect::<Vec<_>>());
        let theirs = theirs.get(&format!("/api/v1/groups/{acme}/history?kind=group.renamed")).await.expect(200);
        assert_eq!(each(&theirs, "via"), [via.as_str()]);
        let export = admin.get("/api/v1/events/export?kind=group.renamed").await.expect(200);
        let line: Value = serde_json::from_str(&export.text).unwrap();
        assert_eq!((&line["via"], &line["actor"]), (&json!(via), &json!(format!("user:{ada}"))));
        // A program that acts as itself is the actor.
        let own = admin.get("/api/v1/events?kind=group.created").await.expect(200);
        assert!(own.at("/items/0/via").is_null() && own.at("/items/0/actor").as_str().unwrap().starts_with("client:"), "{own}");
    }
}
