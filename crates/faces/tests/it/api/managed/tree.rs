//! The tree, a level at a time.

use serde_json::{Value, json};

use super::{NOBODY, admin, below, each, happened, let_do, person, refused, token_of, top, with_role};

const TREE: &str = "/api/v1/tree";

testkit::both! {
    async fn a_tree_is_made_and_read_level_by_level(app: TestApp) {
        let admin = admin(&app).await;
        let (ada, _) = person(&app, "ada").await;
        let new = json!({ "name": "acme", "description": "All of it", "attributes": { "cost": ["7"] }, "owner": { "user_name": "ada" } });
        let made = admin.post(TREE, new).await.expect(201);
        assert_eq!(made.header("location"), format!("/api/v1/groups/{}", made.id()));
        assert_eq!((made.at("/path"), made.at("/children"), made.at("/managed"), made.at("/roles/0/name")), (json!("/acme"), json!(0), json!(true), json!("member")));
        for kind in ["group.created", "group_role.created", "delegation.granted"] {
            happened(&made, kind);
        }
        let acme = made.id();
        let ops = below(&admin, &acme, "ops/eu").await;
        below(&admin, &acme, "Dev").await;
        let night = below(&admin, &ops, "night").await;
        let roots = admin.get(TREE).await.expect(200);
        assert_eq!((each(&roots, "path"), roots.at("/items/0/children")), (vec!["/acme".to_owned()], json!(2)));
        let children = format!("/api/v1/groups/{acme}/children");
        let first = admin.get(&format!("{children}?limit=1")).await.expect(200);
        assert_eq!((each(&first, "path"), first.at("/next")), (vec!["/acme/Dev".to_owned()], json!("Dev")));
        let second = admin.get(&format!("{children}?limit=1&cursor=Dev")).await.expect(200);
        assert_eq!((each(&second, "path"), second.at("/next")), (vec!["/acme/ops~/eu".to_owned()], Value::Null));
        let place = admin.get(&format!("/api/v1/groups/{night}/path")).await.expect(200);
        assert_eq!((place.at("/path"), place.at("/groups/1/id")), (json!("/acme/ops~/eu/night"), json!(ops)));
        // Who owns it from above does not own it once more.
        let ada = token_of(&app, ada, &["agm:manage"]).await;
        let deep = ada.post(TREE, json!({ "name": "deep", "parent": night })).await.expect(201);
        assert_eq!(deep.at("/path"), "/acme/ops~/eu/night/deep");
        assert!(!deep.events.contains(&"delegation.granted".to_owned()), "{deep}");
        admin.delete(&format!("/api/v1/groups/{}", deep.id())).await.expect(204);
    }

    async fn what_cannot_be_made_is_refused(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        below(&admin, &acme, "ops").await;
        refused(admin.post(TREE, json!({ "name": " " })).await, 400, "group_name_blank");
        refused(admin.post(TREE, json!({ "name": "ACME" })).await, 409, "group_name_taken");
        refused(admin.post(TREE, json!({ "name": "Ops", "parent": acme })).await, 400, "group_name_taken");
        refused(admin.post(TREE, json!({ "name": "x", "parent": NOBODY })).await, 404, "not_found");
        refused(admin.post(TREE, json!({ "name": "x", "parent": "above" })).await, 400, "invalid");
        refused(admin.post(TREE, json!({ "name": "x", "template": NOBODY })).await, 404, "not_found");
        refused(admin.post(TREE, json!({ "name": "x", "owner": { "user_name": "nobody" } })).await, 404, "user_unknown");
        refused(admin.post(TREE, json!({ "name": "x", "owner": {} })).await, 400, "invalid");
        refused(admin.post(TREE, json!({ "name": "x", "nmae": "y" })).await, 400, "unknown_member");
        let (mallory, theirs) = person(&app, "mallory").await;
        let denied = refused(theirs.post(TREE, json!({ "name": "x" })).await, 403, "not_permitted");
        assert!(denied.text.contains("groups.create"), "{denied}");
        let denied = refused(theirs.post(TREE, json!({ "name": "x", "parent": acme })).await, 403, "not_permitted");
        assert!(denied.text.contains("subgroups.create"), "{denied}");
        refused(theirs.get(&format!("/api/v1/groups/{acme}/children")).await, 403, "not_permitted");
        refused(theirs.get(&format!("/api/v1/groups/{acme}/path")).await, 403, "not_permitted");
        refused(theirs.get(&format!("/api/v1/groups/{NOBODY}/children")).await, 404, "not_found");
        let for_themselves = token_of(&app, mallory, &["agm:self"]).await;
        refused(for_themselves.get(TREE).await, 403, "missing_scope");
        refused(admin.get("/api/v1/tree?cursor=%2F%2F").await, 400, "invalid_cursor");
        refused(admin.get("/api/v1/tree?limit=0").await, 400, "invalid");
    }

    async fn everybody_begins_where_they_administer(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let ops = below(&admin, &acme, "ops").await;
        let zoo = top(&admin, "Zoo").await;
        let (ada, theirs) = person(&app, "ada").await;
        assert!(each(&theirs.get(TREE).await.expect(200), "id").is_empty());
        let_do(&admin, &ops, ada, json!({ "preset": "viewer" })).await;
        let_do(&admin, &zoo, ada, json!({ "preset": "viewer" })).await;
        assert_eq!(each(&theirs.get(TREE).await.expect(200), "path"), ["/Zoo", "/acme/ops"]);
        let first = theirs.get("/api/v1/tree?limit=1").await.expect(200);
        assert_eq!(first.at("/next"), "/Zoo");
        assert_eq!(each(&theirs.get("/api/v1/tree?limit=1&cursor=/Zoo").await.expect(200), "path"), ["/acme/ops"]);
        let all = with_role(&app, &admin, "max", "manage-groups", &["agm:manage"]).await;
        assert_eq!(each(&all.get(TREE).await.expect(200), "path"), ["/acme", "/Zoo"]);
        assert_eq!(each(&all.get("/api/v1/tree?limit=1&cursor=/acme").await.expect(200), "path"), ["/Zoo"]);
        // A program that is narrowed to some groups sees those, however many stand before them.
        let policy = json!({ "group_filter": "displayName eq \"Zoo\"" });
        let narrow = app.client_with("narrow", &["agm:manage"], |program| program.policy(policy)).await;
        assert_eq!(each(&narrow.get("/api/v1/tree?limit=1").await.expect(200), "path"), ["/Zoo"]);
        refused(narrow.get(&format!("/api/v1/groups/{acme}/children")).await, 404, "not_found");
    }

    async fn groups_move_and_change_their_names(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let zoo = top(&admin, "zoo").await;
        let ops = below(&admin, &acme, "ops").await;
        let path = |id: &str, what: &str| format!("/api/v1/groups/{id}/{what}");
        let moved = admin.post(&path(&ops, "move"), json!({ "parent": zoo })).await.expect(200);
        assert_eq!((moved.at("/path"), moved.at("/parent")), (json!("/zoo/ops"), json!(zoo)));
        assert_eq!(moved.events.first().map(String::as_str), Some("group.moved"));
        let same = admin.post(&path(&ops, "move"), json!({ "parent": zoo })).await.expect(200);
        assert!(same.events.is_empty() && same.at("/path") == "/zoo/ops", "{same}");
        let itself = admin.post(&path(&ops, "move"), json!({ "parent": ops })).await.expect(200);
        assert!(itself.events.is_empty() && itself.at("/path") == "/zoo/ops", "{itself}");
        refused(admin.post(&path(&zoo, "move"), json!({ "parent": ops })).await, 400, "group_cycle");
        refused(admin.post(&path(&ops, "move"), json!({})).await, 400, "invalid");
        refused(admin.post(&path(&ops, "move"), json!({ "parent": NOBODY })).await, 404, "not_found");
        let at_top = admin.post(&path(&ops, "move"), json!({ "parent": null })).await.expect(200);
        assert_eq!((at_top.at("/path"), at_top.at("/parent")), (json!("/ops"), Value::Null));

        let renamed = admin.post(&path(&ops, "rename"), json!({ "name": "Operations" })).await.expect(200);
        assert_eq!((renamed.at("/path"), renamed.events.clone()), (json!("/Operations"), vec!["group.renamed".to_owned()]));
        refused(admin.post(&path(&ops, "rename"), json!({ "name": "ZOO" })).await, 409, "group_name_taken");
        refused(admin.post(&path(&ops, "rename"), json!({ "name": "" })).await, 400, "group_name_blank");
        let stale = admin.post(&path(&ops, "rename"), json!({ "name": "x" })).header("if-match", "W/\"1\"").await;
        refused(stale, 412, "changed");
        let (ada, theirs) = person(&app, "ada").await;
        let_do(&admin, &ops, ada, json!({ "capabilities": ["attributes.write", "group.move"] })).await;
        refused(theirs.post(&path(&zoo, "rename"), json!({ "name": "x" })).await, 403, "not_permitted");
        let denied = refused(theirs.post(&path(&ops, "move"), json!({ "parent": zoo })).await, 403, "not_permitted");
        assert!(denied.text.contains("subgroups.create"), "{denied}");
        assert_eq!(theirs.post(&path(&ops, "rename"), json!({ "name": "ops" })).await.expect(200).at("/path"), "/ops");
    }

    async fn what_is_set_about_a_group_is_set_at_once(app: TestApp) {
        let admin = admin(&app).await;
        let ops = top(&admin, "ops").await;
        let path = format!("/api/v1/groups/{ops}/settings");
        let set = json!({ "contact": "ops@example.org", "notice_days": 14, "grace_days": 0, "self_approval": true, "plain_members": true, "privileged": { "roles": ["inviter"] } });
        let answer = admin.put(&path, set.clone()).await.expect(200);
        assert_eq!((answer.json(), answer.events.clone()), (set, vec!["group.settings_changed".to_owned(), "group.privileged_changed".to_owned()]));
        assert_eq!(admin.get(&path).await.expect(200).json(), answer.json());
        // What is absent is as the realm says; whether it is privileged stays.
        let bare = admin.put(&path, json!({ "notice_days": 7 })).await.expect(200);
        assert_eq!(bare.json(), json!({ "notice_days": 7, "self_approval": false, "plain_members": false, "privileged": { "roles": ["inviter"] } }));

        let (ada, theirs) = person(&app, "ada").await;
        let_do(&admin, &ops, ada, json!({ "capabilities": ["attributes.write"] })).await;
        let before = admin.get(&path).await.expect(200).text;
        let both = refused(theirs.put(&path, json!({ "notice_days": 3, "privileged": null })).await, 403, "privileged");
        assert_eq!(admin.get(&path).await.expect(200).text, before, "{both}");
        refused(admin.put(&path, json!({ "notice_days": 0 })).await, 400, "invalid");
        for bad in [json!([0]), json!([3651]), json!([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]), json!("7"), json!([-1])] {
            refused(admin.put(&path, json!({ "reminder_days": bad })).await, 400, "invalid");
        }
        let eleven: Vec<String> = (0..11).map(|n| format!("desk{n}@example.org")).collect();
        for bad in [json!(eleven), json!(["nobody"]), json!("desk@example.org")] {
            refused(admin.put(&path, json!({ "request_mails_to": bad })).await, 400, "invalid");
        }
        refused(admin.put(&path, json!({ "contact": "nobody" })).await, 400, "invalid");
        refused(admin.put(&path, json!({ "privileged": { "roles": ["king"] } })).await, 400, "invalid");
        refused(admin.put(&path, json!({ "notice_days": -1 })).await, 400, "invalid");
        refused(admin.put(&path, json!({})).header("if-match", "W/\"1\"").await, 412, "changed");
        let (_, bystander) = person(&app, "ben").await;
        refused(bystander.get(&path).await, 403, "not_permitted");
        refused(bystander.put(&path, json!({})).await, 403, "not_permitted");
        assert_eq!(theirs.put(&path, json!({})).await.expect(200).at("/privileged/roles/0"), "inviter");
        // Reminders are put in order; an address counts once.
        let lists = json!({ "reminder_days": [7, 30, 1, 7], "request_mails_to": ["desk@example.org", "desk@example.org"] });
        let lists = admin.put(&path, lists).await.expect(200);
        assert_eq!((lists.at("/reminder_days"), lists.at("/request_mails_to")), (json!([30, 7, 1]), json!(["desk@example.org"])));
        let open = admin.put(&path, json!({ "privileged": null })).await.expect(200);
        assert_eq!(open.json(), json!({ "self_approval": false, "plain_members": false, "privileged": null }));
    }

    async fn a_request_that_is_sent_again_is_done_once(app: TestApp) {
        let admin = admin(&app).await;
        let send = || admin.post(TREE, json!({ "name": "acme" })).header("idempotency-key", "one");
        let first = send().await.expect(201);
        let again = send().await.expect(201);
        assert_eq!((again.text.as_str(), again.header("idempotency-replayed")), (first.text.as_str(), "true"));
        assert!(again.events.is_empty());
    }
}
