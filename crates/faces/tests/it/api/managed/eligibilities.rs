//! Who may make themselves a member for some hours at a time, and doing it.

use serde_json::{Value, json};

use super::{NOBODY, admin, below, each, happened, let_do, person, refused, token_of, top, way};

testkit::both! {
    async fn somebody_is_eligible_elevates_steps_down_and_does_it_again(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        admin.post(&format!("/api/v1/groups/{acme}/roles"), json!({ "name": "root" })).await.expect(201);
        let (gail, manager) = person(&app, "gail").await;
        let_do(&admin, &acme, gail, json!({ "preset": "manager" })).await;
        let (ann, me) = person(&app, "ann").await;
        app.deliver_mail().await;
        let path = format!("/api/v1/groups/{acme}/eligibilities");
        let up = format!("/api/v1/me/eligibilities/{acme}/elevate");

        let given = manager.post(&path, json!({ "user_name": "ann", "roles": ["root"], "hours": 4, "last_day": "2030-06-30" })).await.expect(201);
        assert_eq!(given.events, ["eligibility.granted", "mail.queued"]);
        assert_eq!(given.header("location"), format!("{path}/{ann}"));
        let mails = app.deliver_mail().await;
        assert_eq!((mails.len(), mails[0].to.as_str(), mails[0].subject.as_str()), (1, "ann@example.org", "You may make yourself a member of /acme"));
        assert!(mails[0].text.contains("4 h"), "{}", mails[0].text);
        let listed = manager.get(&path).await.expect(200);
        assert_eq!(listed.at("/items/0"), given.json());
        assert_eq!((given.at("/roles"), given.at("/hours"), given.at("/needs_justification"), given.at("/until")), (json!(["root"]), json!(4), json!(true), json!("2030-07-01T00:00:00.000Z")));
        refused(manager.post(&path, json!({ "user_name": "ann", "roles": ["root"], "hours": 2 })).await, 409, "already_eligible");

        // Being eligible is not being a member.
        assert!(each(&me.get("/api/v1/me/memberships").await.expect(200), "group").is_empty());
        let mine = me.get("/api/v1/me/eligibilities").await.expect(200);
        assert_eq!((mine.at("/items/0/path"), mine.at("/items/0/active_until")), (json!("/acme"), Value::Null));

        let active = me.post(&up, json!({ "hours": 2, "justification": "the disk is full" })).await.expect(200);
        happened(&active, "member.added");
        assert_eq!(active.at("/until"), "2030-01-01T10:00:00.000Z");
        let added = app.events().await.into_iter().rfind(|event| event.kind == "member.added").expect("a fact");
        assert_eq!((&added.body["cause"], &added.body["after"]["eligibility"]), (&json!("elevated"), &given.at("/id")));
        let membership = manager.get(&format!("/api/v1/groups/{acme}/memberships/{ann}")).await.expect(200);
        assert_eq!((membership.at("/status"), membership.at("/roles"), membership.at("/reason")), (json!("enabled"), json!(["root"]), json!("the disk is full")));
        let mails = app.deliver_mail().await;
        assert_eq!((mails.len(), mails[0].to.as_str()), (1, "gail@example.org"), "{mails:?}");
        assert!(mails[0].text.contains("1 January 2030, 10:00 UTC") && mails[0].text.contains("the disk is full"), "{}", mails[0].text);
        assert_eq!(me.get("/api/v1/me/eligibilities").await.at("/items/0/active_until"), active.at("/until"));
        let why = manager.get(&format!("/api/v1/groups/{acme}/members/{ann}/explanation?language=en")).await.expect(200).at("/sentences").to_string();
        assert!(why.contains("made themselves a member for some hours, as they may: “the disk is full”") && why.contains("for 4 h at most at a time, until 30 June 2030"), "{why}");
        refused(me.post(&up, json!({ "hours": 1, "justification": "again" })).await, 409, "already_member");

        happened(&me.delete(&format!("/realms/default/agm/account/user/group/{acme}/member")).await.expect(204), "member.removed");
        assert_eq!(manager.get(&format!("/api/v1/groups/{acme}/memberships/{ann}")).await.status, 404);
        let again = me.post(&up, json!({ "hours": 4, "justification": "once more" })).await.expect(200);
        assert_eq!(again.at("/membership"), active.at("/membership"));
    }

    async fn what_does_not_fit_is_refused_and_changes_nothing(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let (ann, me) = person(&app, "ann").await;
        let path = format!("/api/v1/groups/{acme}/eligibilities");
        let new = |what: Value| {
            let mut new = json!({ "user": ann.to_string(), "roles": ["member"], "hours": 4 });
            for (name, value) in what.as_object().expect("an object") {
                new[name] = value.clone();
            }
            new
        };
        for (what, code) in [
            (json!({ "hours": 0 }), "invalid"), (json!({ "hours": 169 }), "invalid"), (json!({ "hours": -1 }), "invalid"), (json!({ "hours": "4" }), "invalid"),
            (json!({ "hours": 1.5 }), "invalid"), (json!({ "hours": 99_999_999_999_u64 }), "invalid"),
            (json!({ "roles": [] }), "roles_required"), (json!({ "roles": ["nope"] }), "role_unknown"), (json!({ "roles": ["m\u{0}"] }), "role_unknown"),
            (json!({ "last_day": "2029-12-31" }), "end_in_past"), (json!({ "last_day": "soon" }), "invalid"),
            (json!({ "user": NOBODY }), "user_unknown"), (json!({ "user": "x" }), "invalid"), (json!({ "user_name": "ann" }), "invalid"), (json!({ "colour": "red" }), "unknown_member"),
        ] {
            let told = refused(admin.post(&path, new(what)).await, 400, code);
            assert!(!told.to_string().contains("u32"), "{told}");
        }
        refused(admin.post(&format!("/api/v1/groups/{NOBODY}/eligibilities"), new(json!({}))).await, 404, "not_found");
        refused(admin.delete(&format!("{path}/{ann}")).await, 404, "not_found");
        // Nobody gets in without one, whatever they ask for.
        let up = |group: &str| format!("/api/v1/me/eligibilities/{group}/elevate");
        let body = json!({ "hours": 1, "justification": "x" });
        for group in [acme.as_str(), NOBODY, "x"] {
            refused(me.post(&up(group), body.clone()).await, 404, "not_eligible");
        }
        admin.post(&path, new(json!({ "last_day": "2030-01-02" }))).await.expect(201);
        let (_, other) = person(&app, "ben").await;
        refused(other.post(&up(&acme), body.clone()).await, 404, "not_eligible");
        refused(admin.post(&up(&acme), body.clone()).await, 403, "person_required");
        refused(token_of(&app, ann, &["agm:manage"]).await.post(&up(&acme), body.clone()).await, 403, "missing_scope");
        for (sent, code) in [
            (json!({ "hours": 5, "justification": "x" }), "hours_too_many"), (json!({ "hours": 0, "justification": "x" }), "invalid"), (json!({ "justification": "x" }), "invalid"),
            (json!({ "hours": 1 }), "justification_required"), (json!({ "hours": 1, "justification": " \n" }), "justification_required"),
            (json!({ "hours": 1, "justification": "a\u{0}b" }), "invalid"), (json!({ "hours": 1, "justification": "x".repeat(2001) }), "invalid"), (json!({ "hours": 1, "why": "x" }), "unknown_member"),
        ] {
            refused(me.post(&up(&acme), sent).await, 400, code);
        }
        // It ends no later than what allows it, and is over then.
        app.pass(38 * 3_600).await;
        let late = me.post(&up(&acme), json!({ "hours": 4, "justification": "late" })).await.expect(200);
        assert_eq!(late.at("/until"), "2030-01-03T00:00:00.000Z");
        app.pass(2 * 3_600).await;
        refused(me.post(&up(&acme), body).await, 403, "eligibility_over");
        assert!(each(&me.get("/api/v1/me/memberships").await.expect(200), "group").is_empty());
    }

    async fn it_takes_members_and_roles_and_no_terms_are_skipped(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let path = format!("/api/v1/groups/{acme}/eligibilities");
        let (gail, some) = person(&app, "gail").await;
        let (ann, me) = person(&app, "ann").await;
        let new = json!({ "user": ann.to_string(), "roles": ["member"], "hours": 4, "needs_justification": false });
        refused(some.post(&path, new.clone()).await, 403, "not_permitted");
        let_do(&admin, &acme, gail, json!({ "capabilities": ["members.read", "members.write"] })).await;
        refused(some.post(&path, new.clone()).await, 403, "not_permitted");
        admin.put(&format!("/api/v1/groups/{acme}/admins/{gail}"), json!({ "capabilities": ["members.read", "members.write", "roles.assign"] })).await.expect(200);
        some.post(&path, new.clone()).await.expect(201);
        refused(me.get(&path).await, 403, "not_permitted");
        refused(me.delete(&format!("{path}/{ann}")).await, 403, "not_permitted");
        // The group becomes privileged: who gave it had no say in who gets in.
        admin.put(&format!("/api/v1/groups/{acme}/settings"), json!({ "privileged": {} })).await.expect(200);
        let up = format!("/api/v1/me/eligibilities/{acme}/elevate");
        refused(me.post(&up, json!({ "hours": 1 })).await, 403, "privileged");
        some.delete(&format!("{path}/{ann}")).await.expect(204);
        refused(some.post(&path, new.clone()).await, 403, "privileged");
        admin.post(&path, new.clone()).await.expect(201);
        me.post(&up, json!({ "hours": 1 })).await.expect(200);
        // Where the first way to join has terms, only the person can accept them.
        let zoo = top(&admin, "zoo").await;
        let path = format!("/api/v1/groups/{zoo}/eligibilities");
        admin.post(&path, new.clone()).await.expect(201);
        let terms = way(&admin, &zoo, json!({ "terms": { "url": "https://example.org/terms" } })).await;
        admin.put(&format!("/api/v1/groups/{zoo}/default-configuration"), json!({ "configuration": terms })).await.expect(200);
        refused(me.post(&format!("/api/v1/me/eligibilities/{zoo}/elevate"), json!({ "hours": 1 })).await, 400, "terms_for_member");
        admin.delete(&format!("{path}/{ann}")).await.expect(204);
        refused(admin.post(&path, new.clone()).await, 400, "terms_for_member");
        // Nor is anybody in without those that a rule demands.
        let ops = top(&admin, "ops").await;
        let path = format!("/api/v1/groups/{ops}/eligibilities");
        admin.post(&path, new.clone()).await.expect(201);
        admin.post("/api/v1/rules", json!({ "level": "top_level", "field": "terms", "required": true })).await.expect(201);
        let refusal = refused(me.post(&format!("/api/v1/me/eligibilities/{ops}/elevate"), json!({ "hours": 1 })).await, 400, "rule_violated");
        assert_eq!(refusal.at("/field"), "terms");
        admin.delete(&format!("{path}/{ann}")).await.expect(204);
        refused(admin.post(&path, new).await, 400, "rule_violated");
    }

    async fn a_rule_of_the_realm_holds_for_hours_too(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let (ann, me) = person(&app, "ann").await;
        admin.post(&format!("/api/v1/groups/{acme}/eligibilities"), json!({ "user": ann.to_string(), "roles": ["member"], "hours": 168, "needs_justification": false })).await.expect(201);
        admin.post("/api/v1/rules", json!({ "level": "top_level", "field": "membership_expiration_days", "max": 2 })).await.expect(201);
        let up = format!("/api/v1/me/eligibilities/{acme}/elevate");
        let told = refused(me.post(&up, json!({ "hours": 168 })).await, 400, "rule_violated");
        assert!(told.to_string().contains("2030-01-0"), "{told}");
        me.post(&up, json!({ "hours": 24 })).await.expect(200);
    }

    async fn lists_go_on_page_by_page(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let ops = below(&admin, &acme, "ops").await;
        let (ann, me) = person(&app, "ann").await;
        let (ben, _) = person(&app, "ben").await;
        for (group, user) in [(&acme, ann), (&acme, ben), (&ops, ann)] {
            let new = json!({ "user": user.to_string(), "roles": ["member"], "hours": 4 });
            admin.post(&format!("/api/v1/groups/{group}/eligibilities"), new).await.expect(201);
        }
        for (who, path, name, all) in [
            (&admin, format!("/api/v1/groups/{acme}/eligibilities"), "user", [ann.to_string(), ben.to_string()]),
            (&me, "/api/v1/me/eligibilities".to_owned(), "group", [acme.clone(), ops.clone()]),
        ] {
            let first = who.get(&format!("{path}?limit=1")).await.expect(200);
            let next = first.at("/next").as_str().expect("a cursor").to_owned();
            let second = who.get(&format!("{path}?limit=1&cursor={next}")).await.expect(200);
            assert_eq!([each(&first, name), each(&second, name)].concat(), all);
            assert_eq!(second.at("/next"), Value::Null);
            refused(who.get(&format!("{path}?cursor=x")).await, 400, "invalid_cursor");
            refused(who.get(&format!("{path}?limit=0")).await, 400, "invalid");
        }
        refused(admin.get("/api/v1/me/eligibilities").await, 403, "person_required");
    }
}
