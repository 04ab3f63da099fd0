//! What a realm allows its groups to configure.

use serde_json::{Value, json};

use super::{NOBODY, admin, below, each, let_do, person, refused, top, way, with_role};

const RULES: &str = "/api/v1/rules";

testkit::both! {
    async fn a_rule_is_added_replaced_and_taken_away(app: TestApp) {
        let admin = admin(&app).await;
        let made = admin.post(RULES, json!({ "level": "top_level", "field": "membership_expiration_days", "required": true, "default": "90", "max": 365 })).await.expect(201);
        let one = made.header("location").to_owned();
        let shown = json!({ "id": made.id(), "level": "top_level", "field": "membership_expiration_days", "required": true, "default": "90", "max": 365, "version": 1 });
        assert_eq!((made.json(), made.events.clone()), (shown.clone(), vec!["rule.created".to_owned()]));
        assert_eq!(admin.get(&one).await.expect(200).json(), shown);
        assert_eq!(admin.get(RULES).await.expect(200).json(), json!({ "items": [shown] }));
        let replaced = admin.put(&one, json!({ "level": "subgroup", "field": "terms", "required": true })).await.expect(200);
        assert_eq!((replaced.at("/field"), replaced.at("/max"), replaced.events.clone()), (json!("terms"), Value::Null, vec!["rule.changed".to_owned()]));
        refused(admin.put(&one, json!({ "level": "subgroup", "field": "terms" })).header("if-match", "W/\"1\"").await, 412, "changed");
        refused(admin.delete(&one).header("if-match", "W/\"1\"").await, 412, "changed");
        assert_eq!(admin.delete(&one).await.expect(204).events, ["rule.deleted"]);
        refused(admin.get(&one).await, 404, "not_found");
    }

    async fn rules_that_do_not_fit_are_refused(app: TestApp) {
        let admin = admin(&app).await;
        let rule = |what: Value| admin.post(RULES, what);
        for (field, what) in [
            ("level", json!({ "level": "middle", "field": "terms" })),
            ("field", json!({ "level": "subgroup", "field": "membershipExpirationDays" })),
            ("max", json!({ "level": "subgroup", "field": "terms", "max": 3 })),
            ("max", json!({ "level": "subgroup", "field": "membership_expiration_days", "max": 0 })),
            ("max", json!({ "level": "subgroup", "field": "membership_expiration_days", "max": "many" })),
            ("default", json!({ "level": "subgroup", "field": "membership_expiration_days", "default": "many" })),
            ("default", json!({ "level": "subgroup", "field": "visible", "default": "maybe" })),
            ("default", json!({ "level": "subgroup", "field": "membership_expiration_days", "default": "60", "max": 45 })),
        ] {
            assert_eq!(refused(rule(what).await, 400, "invalid").at("/field"), field);
        }
        admin.post(RULES, json!({ "level": "subgroup", "field": "terms" })).await.expect(201);
        refused(rule(json!({ "level": "subgroup", "field": "terms" })).await, 409, "rule_taken");
        refused(admin.put(&format!("{RULES}/{NOBODY}"), json!({ "level": "subgroup", "field": "terms" })).await, 404, "not_found");
        refused(admin.delete(&format!("{RULES}/nothing")).await, 404, "not_found");

        let owner = with_role(&app, &admin, "max", "manage-groups", &["agm:manage", "agm:admin"]).await;
        let auditor = with_role(&app, &admin, "aud", "auditor", &["agm:admin"]).await;
        refused(owner.get(RULES).await, 403, "forbidden");
        refused(owner.get(&format!("{RULES}/violations")).await, 403, "forbidden");
        auditor.get(RULES).await.expect(200);
        refused(auditor.post(RULES, json!({ "level": "subgroup", "field": "visible" })).await, 403, "forbidden");
        let program = app.client("program", &["agm:manage"]).await;
        refused(program.get(RULES).await, 403, "missing_scope");
    }

    async fn a_way_that_breaks_a_rule_is_refused_or_listed(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let ops = below(&admin, &acme, "ops").await;
        let paths = [&acme, &ops].map(|group| format!("/api/v1/groups/{group}/configurations"));
        // Whatever groups begin with fits.
        for path in &paths {
            for id in each(&admin.get(path).await.expect(200), "id") {
                admin.patch(&format!("{path}/{id}"), json!({ "membership_expiration_days": 30 })).await.expect(200);
            }
        }
        let long = way(&admin, &acme, json!({ "name": "Long", "membership_expiration_days": 1000 })).await;
        let below_it = way(&admin, &ops, json!({ "name": "Long", "membership_expiration_days": 1000 })).await;
        let violations = format!("{RULES}/violations");
        assert!(each(&admin.get(&violations).await.expect(200), "name").is_empty());
        let rule = json!({ "level": "top_level", "field": "membership_expiration_days", "max": 365 });
        admin.post(RULES, rule).await.expect(201);
        let found = admin.get(&violations).await.expect(200);
        assert_eq!((each(&found, "configuration"), found.at("/items/0/broken/0/field")), (vec![long.clone()], json!("membership_expiration_days")));
        admin.post(RULES, json!({ "level": "subgroup", "field": "membership_expiration_days", "max": 365 })).await.expect(201);
        let mut all = Vec::new();
        let first = admin.get(&format!("{violations}?limit=1")).await.expect(200);
        all.extend(each(&first, "configuration"));
        let next = first.at("/next");
        let second = admin.get(&format!("{violations}?limit=1&cursor={}", next.as_str().unwrap())).await.expect(200);
        assert_eq!(second.at("/next"), Value::Null);
        all.extend(each(&second, "configuration"));
        all.sort();
        let mut both = vec![long.clone(), below_it];
        both.sort();
        assert_eq!(all, both);
        refused(admin.get(&format!("{violations}?cursor=x")).await, 400, "invalid_cursor");

        let (ada, theirs) = person(&app, "ada").await;
        let_do(&admin, &acme, ada, json!({ "preset": "owner" })).await;
        let new = json!({ "name": "Longer", "membership_expiration_days": 2000 });
        let broken = refused(theirs.post(&paths[0], new.clone()).await, 400, "rule_violated");
        assert_eq!(broken.at("/field"), "membership_expiration_days");
        refused(theirs.post(&format!("{}?force=true", paths[0]), new.clone()).await, 400, "rule_violated");
        admin.post(&format!("{}?force=true", paths[0]), new).await.expect(201);
        // Who administers a group sees what is broken in it.
        let mine = theirs.get(&format!("/api/v1/insight/violations?group={acme}")).await.expect(200);
        assert_eq!(each(&mine, "name").len(), 2);
        refused(theirs.get("/api/v1/insight/violations").await, 403, "missing_scope");
        assert_eq!(each(&admin.get("/api/v1/insight/violations").await.expect(200), "name").len(), 3);
    }
}
