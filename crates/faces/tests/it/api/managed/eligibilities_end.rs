//! How it ends that somebody made themselves a member for some hours, and what it leaves alone.

use directory::Id;
use directory::user::User;
use serde_json::{Value, json};
use testkit::{TestApp, TestClient};

use super::{admin, ask, below, each, happened, let_do, person, refused, top, way};

/// Lets a person make themselves a member.
async fn eligible(admin: &TestClient, group: &str, user: Id<User>, roles: &[&str]) {
    let new = json!({ "user": user.to_string(), "roles": roles, "hours": 48, "needs_justification": false });
    admin
        .post(&format!("/api/v1/groups/{group}/eligibilities"), new)
        .await
        .expect(201);
}

async fn elevate(me: &TestClient, group: &str, hours: u32) -> Value {
    let path = format!("/api/v1/me/eligibilities/{group}/elevate");
    me.post(&path, json!({ "hours": hours })).await.expect(200).at("/until")
}

/// The groups one is in.
async fn groups(me: &TestClient) -> Vec<String> {
    let mut groups = each(&me.get("/api/v1/me/memberships").await.expect(200), "group");
    groups.sort();
    groups
}

async fn subjects(app: &TestApp) -> Vec<String> {
    let mut mails: Vec<String> = app
        .deliver_mail()
        .await
        .into_iter()
        .map(|mail| format!("{}: {}", mail.to, mail.subject))
        .collect();
    mails.sort();
    mails
}

testkit::both! {
    async fn it_ends_on_time_and_nobody_is_told_twice_or_reminded(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        admin.put(&format!("/api/v1/groups/{acme}/settings"), json!({ "notice_days": 1, "grace_days": 30 })).await.expect(200);
        let (gail, _) = person(&app, "gail").await;
        let_do(&admin, &acme, gail, json!({ "preset": "manager" })).await;
        let (ann, me) = person(&app, "ann").await;
        eligible(&admin, &acme, ann, &["member"]).await;
        subjects(&app).await;
        elevate(&me, &acme, 48).await;
        assert_eq!(subjects(&app).await, ["gail@example.org: @ann is a member of /acme for some hours"]);
        app.pass(48 * 3_600 - 1).await;
        assert_eq!(groups(&me).await, std::slice::from_ref(&acme));
        app.pass(1).await;
        assert!(groups(&me).await.is_empty());
        let ended = app.events().await.into_iter().rfind(|event| event.kind.starts_with("member.")).expect("a fact");
        assert_eq!((ended.kind.as_str(), &ended.body["cause"], &ended.body["after"]["status"]), ("member.expired", &json!("time"), &json!("ended")));
        // It does not come back, and is not kept to come back.
        assert!(each(&me.get("/api/v1/me/memberships?status=expired").await.expect(200), "group").is_empty());
        app.pass(40 * 86_400).await;
        assert!(subjects(&app).await.is_empty());
        assert!(!app.event_kinds().await.iter().any(|kind| kind == "member.reminded" || kind == "member.purged"));
    }

    async fn taking_the_eligibility_away_ends_it(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let (ann, me) = person(&app, "ann").await;
        let path = format!("/api/v1/groups/{acme}/eligibilities/{ann}");
        eligible(&admin, &acme, ann, &["member"]).await;
        elevate(&me, &acme, 4).await;
        subjects(&app).await;
        let gone = admin.delete(&path).await.expect(204);
        assert_eq!(gone.events[..2], ["eligibility.revoked", "member.removed"]);
        let removed = app.events().await.into_iter().rfind(|event| event.kind == "member.removed").expect("a fact");
        assert_eq!(removed.body["cause"], "eligibility_revoked");
        let fact = async |kind: &'static str| app.events().await.into_iter().rfind(|event| event.kind == kind).expect("a fact").body;
        let (given, taken) = (fact("eligibility.granted").await, fact("eligibility.revoked").await);
        assert_eq!((&given["before"], &taken["after"]), (&json!({}), &json!({})));
        assert_eq!((&given["after"]["roles"], &taken["before"]), (&json!(["member"]), &given["after"]));
        assert_eq!(subjects(&app).await, ["ann@example.org: You are no longer a member of /acme"]);
        assert!(groups(&me).await.is_empty());
        refused(me.post(&format!("/api/v1/me/eligibilities/{acme}/elevate"), json!({ "hours": 1 })).await, 404, "not_eligible");
        // One that somebody has made like others stays.
        eligible(&admin, &acme, ann, &["member"]).await;
        elevate(&me, &acme, 4).await;
        admin.put(&format!("/api/v1/groups/{acme}/memberships/{ann}"), json!({ "roles": ["member"], "last_day": "2030-12-31" })).await.expect(200);
        assert_eq!(admin.delete(&path).await.expect(204).events, ["eligibility.revoked"]);
        assert_eq!(groups(&me).await, [acme]);
    }

    async fn whoever_is_in_for_some_hours_asks_to_join_like_others(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let (ann, me) = person(&app, "ann").await;
        eligible(&admin, &acme, ann, &["member"]).await;
        // Members stay without being asked about; she is to be asked about all the same.
        let join = way(&admin, &acme, json!({ "require_approval": true, "require_approval_for_extension": false, "membership_expiration_days": 30 })).await;
        elevate(&me, &acme, 1).await;
        let request = ask(&app, ann, &join, None).await;
        assert_eq!(each(&me.get("/api/v1/me/requests?status=PENDING_APPROVAL").await.expect(200), "id"), std::slice::from_ref(&request));
        admin.post(&format!("/api/v1/requests/{request}/accept"), json!({})).await.expect(200);
        app.pass(2 * 3_600).await;
        assert_eq!(groups(&me).await, std::slice::from_ref(&acme));
        // From then on she is a member like others, whom the eligibility does not take along.
        admin.delete(&format!("/api/v1/groups/{acme}/eligibilities/{ann}")).await.expect(204);
        assert_eq!(groups(&me).await, [acme]);
    }

    async fn whoever_is_kept_out_stays_out(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let ops = below(&admin, &acme, "ops").await;
        let (ann, me) = person(&app, "ann").await;
        for group in [&acme, &ops] {
            eligible(&admin, group, ann, &["member"]).await;
        }
        elevate(&me, &acme, 4).await;
        let one = format!("/api/v1/groups/{acme}/memberships/{ann}");
        admin.post(&format!("{one}/suspend"), json!({})).await.expect(200);
        for group in [&acme, &ops] {
            refused(me.post(&format!("/api/v1/me/eligibilities/{group}/elevate"), json!({ "hours": 1 })).await, 403, "suspended");
        }
        // The time goes on meanwhile, and the block outlives it.
        app.pass(5 * 3_600).await;
        for group in [&acme, &ops] {
            refused(me.post(&format!("/api/v1/me/eligibilities/{group}/elevate"), json!({ "hours": 1 })).await, 403, "suspended");
        }
        refused(admin.post(&format!("/api/v1/groups/{ops}/eligibilities"), json!({ "user": ann.to_string(), "roles": ["member"], "hours": 1 })).await, 403, "suspended");
        happened(&admin.post(&format!("{one}/resume"), json!({})).await.expect(204), "member.resumed");
        elevate(&me, &ops, 1).await;
        assert_eq!(groups(&me).await, [ops]);
        // Nor does anybody who is out of the realm.
        admin.post(&format!("/api/v1/users/{ann}/suspend"), json!({})).await;
        let out = me.post(&format!("/api/v1/me/eligibilities/{acme}/elevate"), json!({ "hours": 1 })).await;
        assert!(matches!(out.status, 401 | 403), "{out}");
    }

    async fn it_ends_with_what_ends_above_and_bears_on_nothing_below(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let ops = below(&admin, &acme, "ops").await;
        let night = below(&admin, &ops, "night").await;
        let (ann, me) = person(&app, "ann").await;
        for (group, last_day) in [(&acme, "2030-01-01"), (&night, "2030-12-31")] {
            let new = json!({ "user_name": "ann", "roles": ["member"], "last_day": last_day });
            admin.post(&format!("/api/v1/groups/{group}/memberships"), new).await.expect(201);
        }
        eligible(&admin, &ops, ann, &["member"]).await;
        assert_eq!(elevate(&me, &ops, 48).await, "2030-01-02T00:00:00.000Z");
        // Whoever steps down keeps what was there before, here and below.
        me.delete(&format!("/realms/default/agm/account/user/group/{ops}/member")).await.expect(204);
        let mut both = vec![acme.clone(), night.clone()];
        both.sort();
        assert_eq!(groups(&me).await, both);
        elevate(&me, &ops, 1).await;
        app.pass(3_600).await;
        assert_eq!(groups(&me).await, both);
        let ends = me.get("/api/v1/me/memberships?search=night").await.expect(200);
        assert_eq!(ends.at("/items/0/because_of"), json!(acme));
        elevate(&me, &ops, 48).await;
        app.pass(16 * 3_600).await;
        assert!(groups(&me).await.is_empty());
    }

    async fn what_programs_and_lists_say_holds_before_and_after(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let ops = below(&admin, &acme, "ops").await;
        let (ann, me) = person(&app, "ann").await;
        let new = json!({ "user_name": "ann", "roles": ["member"] });
        admin.post(&format!("/api/v1/groups/{ops}/memberships"), new).await.expect(201);
        eligible(&admin, &acme, ann, &["member"]).await;
        let hr = app.client("feed", &["scim:read", "scim:write"]).await;
        let at = format!("/scim/v2/Groups/{acme}");
        let patch = |operation: Value| json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation] });
        let add = || patch(json!({ "op": "add", "path": "members", "value": [{ "value": ann.to_string() }] }));
        let list = || json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "acme", "members": [{ "value": ann.to_string() }] });
        let mut both = vec![acme.clone(), ops.clone()];
        both.sort();
        // A program that takes them out takes nothing along that they have for good.
        elevate(&me, &acme, 2).await;
        hr.patch(&at, patch(json!({ "op": "remove", "path": format!("members[value eq \"{ann}\"]") }))).await.expect(200);
        assert_eq!(groups(&me).await, std::slice::from_ref(&ops));
        // The hours leave nothing that would keep a list from naming them.
        elevate(&me, &acme, 1).await;
        app.pass(3_600).await;
        assert_eq!(groups(&me).await, std::slice::from_ref(&ops));
        hr.put(&at, list()).await.expect(200);
        assert_eq!(groups(&me).await, both);
        // Nor what would let one in that an administrator has taken out.
        let (gail, owner) = person(&app, "gail").await;
        let_do(&admin, &acme, gail, json!({ "preset": "owner" })).await;
        owner.delete(&format!("/api/v1/groups/{acme}/memberships/{ann}")).await.expect(204);
        admin.post(&format!("/api/v1/groups/{ops}/memberships"), json!({ "user_name": "ann", "roles": ["member"] })).await.expect(201);
        elevate(&me, &acme, 1).await;
        app.pass(3_600).await;
        hr.put(&at, list()).await.expect(200);
        assert_eq!(groups(&me).await, std::slice::from_ref(&ops));
        // Whom a program adds meanwhile is in for good.
        elevate(&me, &acme, 1).await;
        hr.patch(&at, add()).await.expect(200);
        app.pass(7_200).await;
        assert_eq!(groups(&me).await, both);
    }

    async fn what_can_be_renewed_is_not_given_away_for_some_hours(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let (ann, me) = person(&app, "ann").await;
        let new = json!({ "user_name": "ann", "roles": ["member"], "last_day": "2030-01-01" });
        admin.post(&format!("/api/v1/groups/{acme}/memberships"), new).await.expect(201);
        app.pass(2 * 86_400).await;
        eligible(&admin, &acme, ann, &["member"]).await;
        let path = format!("/api/v1/me/eligibilities/{acme}/elevate");
        let refused = me.post(&path, json!({ "hours": 1 })).await.expect(409);
        assert!(refused.at("/detail").as_str().unwrap().contains("renew"), "{refused}");
    }

    async fn roles_are_renamed_replaced_and_gone_and_so_are_groups_and_people(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let zoo = top(&admin, "zoo").await;
        let roles = format!("/api/v1/groups/{acme}/roles");
        let root = admin.post(&roles, json!({ "name": "root" })).await.expect(201).id();
        let (ann, me) = person(&app, "ann").await;
        for group in [&acme, &zoo] {
            eligible(&admin, group, ann, &[if group == &acme { "root" } else { "member" }]).await;
        }
        let shown = || async { me.get("/api/v1/me/eligibilities").await.expect(200) };
        admin.patch(&format!("{roles}/{root}"), json!({ "name": "chief" })).await.expect(200);
        assert_eq!(shown().await.at("/items/0/roles"), json!(["chief"]));
        admin.delete(&format!("{roles}/{root}?replace_with=member")).await.expect(204);
        app.run_jobs().await;
        assert_eq!(shown().await.at("/items/0/roles"), json!(["member"]));
        let member = admin.get(&roles).await.expect(200).at("/items/0/id");
        admin.post(&roles, json!({ "name": "other" })).await.expect(201);
        admin.delete(&format!("{roles}/{}?force=true", member.as_str().expect("an id"))).await.expect(204);
        app.run_jobs().await;
        assert_eq!(each(&shown().await, "group"), std::slice::from_ref(&zoo));
        assert!(app.event_kinds().await.iter().any(|kind| kind == "eligibility.revoked"));
        admin.delete(&format!("/api/v1/groups/{zoo}")).await.expect(204);
        assert!(each(&shown().await, "group").is_empty());
        eligible(&admin, &acme, ann, &["other"]).await;
        happened(&admin.delete(&format!("/api/v1/users/{ann}")).await.expect(204), "eligibility.revoked");
        let rows = app.db().query("SELECT id FROM eligibilities UNION ALL SELECT role FROM eligibility_roles", &[]).await.expect("read");
        assert!(rows.is_empty());
    }

    async fn the_realm_and_people_say_whether_they_are_told(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let (gail, manager) = person(&app, "gail").await;
        let_do(&admin, &acme, gail, json!({ "preset": "manager" })).await;
        let (ann, me) = person(&app, "ann").await;
        subjects(&app).await;
        app.set_realm("default", |settings| settings.agm.notices_off = vec!["eligible_user_inform".into()]).await;
        eligible(&admin, &acme, ann, &["member"]).await;
        assert!(subjects(&app).await.is_empty());
        let notices = super::token_of(&app, gail, &["agm:self"]).await;
        notices.put("/api/v1/me/notices", json!({ "choices": { "elevation_admin_inform": "off" } })).await.expect(200);
        elevate(&me, &acme, 1).await;
        assert!(subjects(&app).await.is_empty());
        app.pass(3_600).await;
        notices.put("/api/v1/me/notices", json!({ "choices": { "elevation_admin_inform": "digest" } })).await.expect(200);
        elevate(&me, &acme, 1).await;
        app.pass(86_400).await;
        let digest = app.deliver_mail().await.pop().expect("a digest");
        assert!(digest.text.contains("became a member for some hours"), "{}", digest.text);
        assert_eq!(manager.get(&format!("/api/v1/groups/{acme}/eligibilities")).await.expect(200).at("/items/0/user"), ann.to_string());
    }
}
