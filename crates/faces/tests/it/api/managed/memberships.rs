//! Memberships: given, changed, suspended, extended and ended by whoever administers a group, and left to lapse by their owner.

use serde_json::{Value, json};

use super::{NOBODY, admin, below, each, happened, let_do, person, refused, top, way};

testkit::both! {
    async fn somebody_is_let_in_changed_kept_out_and_let_go(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        admin.post(&format!("/api/v1/groups/{acme}/roles"), json!({ "name": "lead" })).await.expect(201);
        let (gail, manager) = person(&app, "gail").await;
        let_do(&admin, &acme, gail, json!({ "preset": "manager" })).await;
        let (ann, _) = person(&app, "ann").await;
        let path = format!("/api/v1/groups/{acme}/memberships");

        let given = manager.post(&path, json!({ "user_name": "ann", "roles": ["member"], "last_day": "2030-03-31" })).await.expect(201);
        happened(&given, "member.added");
        let one = format!("{path}/{ann}");
        assert_eq!(given.header("location"), one);
        let shown = manager.get(&one).await.expect(200);
        assert_eq!((shown.at("/user_name"), shown.at("/path"), shown.at("/status")), (json!("ann"), json!("/acme"), json!("enabled")));
        assert_eq!((shown.at("/first_day"), shown.at("/last_day"), shown.at("/effective_last_day")), (json!("2030-01-01"), json!("2030-03-31"), json!("2030-03-31")));
        let listed = manager.get(&format!("{path}?search=ANN&status=enabled&role=member")).await.expect(200);
        assert_eq!(listed.at("/items/0"), shown.json());

        let more = manager.put(&one, json!({ "roles": ["lead", "member"], "last_day": "2030-06-30" })).await.expect(200);
        happened(&more, "member.roles_changed");
        assert_eq!((more.at("/roles"), more.at("/last_day")), (json!(["lead", "member"]), json!("2030-06-30")));
        let stale = manager.put(&one, json!({ "roles": ["member"] })).header("if-match", "W/\"1\"").await;
        refused(stale, 412, "changed");

        let out = manager.post(&format!("{one}/suspend"), json!({ "reason": "on leave" })).await.expect(200);
        assert_eq!((out.at("/status"), out.at("/reason")), (json!("suspended"), json!("on leave")));
        assert_eq!(each(&manager.get(&format!("{path}?status=suspended")).await.expect(200), "user"), [ann.to_string()]);
        refused(manager.post(&format!("{one}/suspend"), json!({})).await, 409, "not_enabled");
        let back = manager.post(&format!("{one}/resume"), json!({})).await.expect(200);
        assert_eq!(back.at("/status"), "enabled");

        happened(&manager.delete(&one).await.expect(204), "member.removed");
        refused(manager.get(&one).await, 404, "not_found");
        assert!(each(&manager.get(&path).await.expect(200), "user").is_empty());
    }

    async fn a_list_goes_on_page_by_page_and_below(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let ops = below(&admin, &acme, "ops").await;
        for (name, group, last_day) in [("ann", &acme, "2030-03-31"), ("bob", &acme, "2030-02-28"), ("cleo", &ops, "2030-01-31")] {
            person(&app, name).await;
            let new = json!({ "user_name": name, "roles": ["member"], "last_day": last_day });
            admin.post(&format!("/api/v1/groups/{group}/memberships"), new).await.expect(201);
        }
        let path = format!("/api/v1/groups/{acme}/memberships");
        let list = async |query: &str| {
            let answer = admin.get(&format!("{path}?{query}")).await.expect(200);
            (each(&answer, "user_name"), answer.at("/next"))
        };
        assert_eq!(list("").await, (vec!["ann".to_owned(), "bob".into()], Value::Null));
        let (first, next) = list("limit=1&order=user_name").await;
        assert_eq!(first, ["ann"]);
        assert_eq!(list(&format!("limit=1&order=user_name&cursor={}", next.as_str().unwrap())).await, (vec!["bob".to_owned()], Value::Null));
        assert_eq!(list("below=true&order=end").await.0, ["cleo", "bob", "ann"]);
        assert_eq!(list("order=user_name&descending=true").await.0, ["bob", "ann"]);
        for (wrong, code) in [("status=barred", "invalid"), ("order=age", "invalid"), ("limit=0", "invalid"), ("cursor=x", "invalid_cursor"), ("colour=red", "unknown_member")] {
            refused(admin.get(&format!("{path}?{wrong}")).await, 400, code);
        }
    }

    async fn many_are_kept_longer_each_by_itself(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let path = format!("/api/v1/groups/{acme}/memberships");
        let mut people = Vec::new();
        for name in ["ann", "bob", "cleo"] {
            let (id, _) = person(&app, name).await;
            let new = json!({ "user_name": name, "roles": ["member"], "last_day": "2030-01-31" });
            admin.post(&path, new).await.expect(201);
            people.push(id.to_string());
        }
        admin.post(&format!("{path}/{}/suspend", people[1]), json!({})).await.expect(200);
        let extend = format!("{path}/extend");
        let all = json!([people[0], people[1], people[2], NOBODY]);
        let told = admin.post(&extend, json!({ "users": all, "last_day": "2030-12-31" })).await.expect(200);
        let codes: Vec<Value> = (0..4).map(|one| told.at(&format!("/results/{one}/code"))).collect();
        assert_eq!(codes, [Value::Null, json!("member_suspended"), Value::Null, json!("not_found")]);
        assert_eq!((told.at("/done"), told.at("/refused")), (json!(2), json!(2)));
        let days = each(&admin.get(&format!("{path}?order=user_name")).await.expect(200), "last_day");
        assert_eq!(days, ["2030-12-31", "2030-01-31", "2030-12-31"]);
        let for_good = admin.post(&extend, json!({ "users": [people[0]], "last_day": null })).await.expect(200);
        assert_eq!(for_good.at("/done"), 1);
        assert_eq!(admin.get(&format!("{path}/{}", people[0])).await.expect(200).at("/last_day"), Value::Null);

        // Nothing gets shorter.
        let shorter = admin.post(&extend, json!({ "users": [people[0], people[2]], "last_day": "2030-11-30" })).await.expect(200);
        let codes: Vec<Value> = (0..2).map(|one| shorter.at(&format!("/results/{one}/code"))).collect();
        assert_eq!((shorter.at("/done"), codes), (json!(0), vec![json!("ends_later"); 2]));
        let same = admin.post(&extend, json!({ "users": [people[2]], "last_day": "2030-12-31" })).await.expect(200);
        assert_eq!(same.at("/done"), 1);

        refused(admin.post(&extend, json!({ "users": [people[0]] })).await, 400, "invalid");
        refused(admin.post(&extend, json!({ "users": [], "last_day": null })).await, 400, "invalid");
        refused(admin.post(&extend, json!({ "users": vec![NOBODY; 501], "last_day": null })).await, 400, "invalid");
        refused(admin.post(&extend, json!({ "users": [people[0]], "last_day": "31.12.2030" })).await, 400, "invalid");
        refused(admin.post(&format!("/api/v1/groups/{NOBODY}/memberships/extend"), json!({ "users": [people[0]], "last_day": null })).await, 404, "not_found");
        let (_, bystander) = person(&app, "dora").await;
        refused(bystander.post(&extend, json!({ "users": [people[0]], "last_day": null })).await, 403, "not_permitted");
    }

    async fn what_does_not_fit_or_is_not_theirs_is_refused(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let path = format!("/api/v1/groups/{acme}/memberships");
        let (ann, bystander) = person(&app, "ann").await;
        let (vera, viewer) = person(&app, "vera").await;
        let_do(&admin, &acme, vera, json!({ "preset": "viewer" })).await;
        let new = json!({ "user": ann.to_string(), "roles": ["member"] });
        refused(bystander.post(&path, new.clone()).await, 403, "not_permitted");
        refused(bystander.get(&path).await, 403, "not_permitted");
        refused(viewer.post(&path, new.clone()).await, 403, "not_permitted");
        refused(viewer.get(&format!("{path}/{ann}")).await, 404, "not_found");
        for (wrong, code) in [
            (json!({ "roles": ["member"] }), "invalid"),
            (json!({ "user": ann.to_string(), "user_name": "ann", "roles": ["member"] }), "invalid"),
            (json!({ "user": "ann", "roles": ["member"] }), "invalid"),
            (json!({ "user": ann.to_string(), "roles": ["boss"] }), "role_unknown"),
            (json!({ "user": ann.to_string(), "roles": [] }), "roles_required"),
            (json!({ "user": ann.to_string(), "roles": ["member"], "last_day": "soon" }), "invalid"),
            (json!({ "user": ann.to_string(), "roles": ["member"], "lastDay": "2031-01-01" }), "unknown_member"),
        ] {
            refused(admin.post(&path, wrong).await, 400, code);
        }
        admin.post(&path, new.clone()).await.expect(201);
        assert!(admin.post(&path, new).await.status >= 400);
        let one = format!("{path}/{ann}");
        refused(viewer.put(&one, json!({ "roles": ["member"] })).await, 403, "not_permitted");
        refused(viewer.delete(&one).await, 403, "not_permitted");
        refused(viewer.post(&format!("{one}/suspend"), json!({})).await, 403, "not_permitted");
        refused(viewer.post(&format!("{one}/resume"), json!({})).await, 403, "not_permitted");
        viewer.get(&one).await.expect(200);
    }

    async fn whoever_may_change_and_not_see_is_told_that_it_is_done(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let (ann, _) = person(&app, "ann").await;
        let (sue, keeper) = person(&app, "sue").await;
        let_do(&admin, &acme, sue, json!({ "capabilities": ["members.suspend"] })).await;
        let path = format!("/api/v1/groups/{acme}/memberships");
        admin.post(&path, json!({ "user_name": "ann", "roles": ["member"] })).await.expect(201);
        keeper.post(&format!("{path}/{ann}/suspend"), json!({})).await.expect(204);
        assert_eq!(admin.get(&format!("{path}/{ann}")).await.expect(200).at("/status"), "suspended");
        refused(keeper.post(&format!("{path}/extend"), json!({ "users": [ann.to_string()], "last_day": null })).await, 403, "not_permitted");
    }

    async fn who_may_not_assign_roles_changes_days_alone(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        admin.post(&format!("/api/v1/groups/{acme}/roles"), json!({ "name": "lead" })).await.expect(201);
        let (sue, keeper) = person(&app, "sue").await;
        let (ann, _) = person(&app, "ann").await;
        let_do(&admin, &acme, sue, json!({ "capabilities": ["members.read", "members.write"] })).await;
        let one = format!("/api/v1/groups/{acme}/memberships/{ann}");
        keeper.post(&format!("/api/v1/groups/{acme}/memberships"), json!({ "user_name": "ann", "roles": ["member"] })).await.expect(201);
        for roles in [json!(["lead"]), json!(["lead", "member"])] {
            let denied = refused(keeper.put(&one, json!({ "roles": roles })).await, 403, "not_permitted");
            assert!(denied.text.contains("roles.assign"), "{denied}");
        }
        let days = keeper.put(&one, json!({ "roles": ["member"], "last_day": "2031-12-31" })).await.expect(200);
        assert_eq!((days.at("/roles"), days.at("/last_day")), (json!(["member"]), json!("2031-12-31")));
        admin.put(&one, json!({ "roles": ["lead"] })).await.expect(200);
    }

    async fn one_lets_ones_own_lapse_or_no_longer(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        way(&admin, &acme, json!({})).await;
        let (_, me) = person(&app, "ann").await;
        let new = json!({ "user_name": "ann", "roles": ["member"], "last_day": "2030-03-31" });
        admin.post(&format!("/api/v1/groups/{acme}/memberships"), new).await.expect(201);
        let mine = async || me.get("/api/v1/me/memberships").await.expect(200).at("/items/0/lapses");
        let lapse = format!("/api/v1/me/memberships/{acme}/lapse");
        assert_eq!(mine().await, false);
        me.put(&lapse, json!({})).await.expect(204);
        assert_eq!(mine().await, true);
        me.delete(&lapse).await.expect(204);
        assert_eq!(mine().await, false);
        let (_, other) = person(&app, "bob").await;
        refused(other.put(&lapse, json!({})).await, 404, "not_found");
        refused(admin.put(&lapse, json!({})).await, 403, "person_required");
    }
}
