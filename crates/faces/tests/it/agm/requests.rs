//! Asking to join, and deciding about it.

use directory::Id;
use directory::delegation::{GrantDelegation, Whom};
use directory::user::User;
use serde_json::{Value, json};
use testkit::{Answer, TestApp, TestClient, both, exchange};

use super::world::{ADMIN, USER, World, code, last_of_place, make_way, run, way};

fn asking(way: &str, more: Value) -> Value {
    let mut body = json!({ "groupEnrollmentConfiguration": { "id": way }, "groupRoles": ["member"] });
    if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
        body.extend(more);
    }
    body
}

/// The id of a request that is made.
async fn ask(who: &TestClient, way: &str) -> String {
    last_of_place(
        &who.post(&format!("{USER}/enroll-request"), asking(way, json!({})))
            .await
            .expect(204),
    )
}

async fn refused(who: &TestClient, body: Value, status: u16) -> Value {
    let answer = who.post(&format!("{USER}/enroll-request"), body).await.expect(status);
    assert!(answer.events.is_empty());
    code(&answer)
}

fn decide(id: &str, what: &str) -> String {
    format!("{ADMIN}/enroll-request/{id}/{what}")
}

fn mine(id: &str) -> String {
    format!("{USER}/enroll-request/{id}")
}

/// What became of a request and of a membership.
fn facts(answer: &Answer) -> Vec<&str> {
    let of_these = |kind: &&str| kind.starts_with("request.") || kind.starts_with("member.");
    answer.events.iter().map(String::as_str).filter(of_these).collect()
}

/// What is said in the mails to somebody that come now.
async fn told(app: &TestApp, name: &str) -> Vec<String> {
    let mails = app.deliver_mail().await;
    let to = format!("{name}@example.org");
    mails
        .into_iter()
        .filter(|mail| mail.to.contains(&to))
        .map(|mail| mail.text)
        .collect()
}

fn ids(page: &Answer) -> Vec<Value> {
    let list = page.at("/results");
    list.as_array()
        .into_iter()
        .flatten()
        .map(|one| one["id"].clone())
        .collect()
}

async fn membership(app: &TestApp, name: &str) -> Option<(String, Option<i64>)> {
    let sql = "SELECT m.status, m.expires_at FROM memberships m JOIN users u ON u.realm = m.realm AND u.id = m.user_id WHERE u.user_name_key = ?1";
    let mut rows = app.db().query(sql, &[name.into()]).await.expect("read");
    let row = rows.first_mut()?;
    Some((row.take(0).expect("a status"), row.take(1).expect("an end")))
}

fn end_of(day: &str) -> i64 {
    let end = directory::Timestamp::parse(&format!("{day}T00:00:00Z")).expect("an instant");
    end.plus_seconds(86_400).millis()
}

both! {
    async fn whoever_asks_is_shown_as_they_were_and_asks_once(app: TestApp) {
        let world = World::new(&app).await;
        let (ga, u1) = (world.who(&app, "ga"), world.who(&app, "u1"));
        let here = make_way(&ga, world.b, way(json!({}))).await;
        let above = make_way(&ga, world.a, way(json!({}))).await;
        let answer = u1.post(&format!("{USER}/enroll-request"), asking(&here, json!({ "comments": "I run the cluster" }))).await.expect(204);
        assert_eq!(facts(&answer), ["request.submitted"]);
        app.deliver_mail().await;
        let list = u1.get(&format!("{USER}/enroll-requests")).await.expect(200);
        let id = list.at("/results/0/id").as_str().expect("an id").to_owned();
        exchange!(u1.get(&mine(&id)), @r#"
        200 OK
        etag: W/"1"
        {
          "id": "{id 1}",
          "user": {
            "id": "{id 2}",
            "username": "u1",
            "email": "u1@example.org",
            "emailVerified": true
          },
          "groupEnrollmentConfiguration": {
            "id": "{id 3}",
            "group": {
              "id": "{id 4}",
              "name": "b",
              "path": "/a/b",
              "subGroups": []
            },
            "name": "Join",
            "active": true,
            "visibleToNotMembers": true,
            "requireApproval": true,
            "requireApprovalForExtension": true,
            "multiselectRole": true,
            "groupRoles": [
              "curator",
              "member"
            ],
            "commentsNeeded": false
          },
          "status": "PENDING_APPROVAL",
          "comments": "I run the cluster",
          "userEmail": "u1@example.org",
          "userIdentifier": "u1",
          "userAssurance": [],
          "groupRoles": [
            "member"
          ],
          "submittedDate": "2030-01-01 08:00:00"
        }
        events: none   deliveries: none
        "#);
        // One at a time for each group.
        assert_eq!(refused(&u1, asking(&here, json!({})), 400).await, json!("request_open"));
        ask(&u1, &above).await;
        let admin = app.client("hr", &["admin"]).await;
        let person = list.at("/results/0/user/id").as_str().expect("an id").to_owned();
        admin.patch(&format!("/api/v1/users/{person}"), json!({ "name": { "givenName": "Una" } })).await.expect(200);
        let shown = ga.get(&format!("{ADMIN}/enroll-request/{id}")).await.expect(200);
        assert_eq!((shown.at("/user/firstName"), shown.at("/userFirstName")), (json!("Una"), Value::Null));
        assert_eq!((shown.at("/userEmail"), shown.at("/userIdentifier")), (json!("u1@example.org"), json!("u1")));
    }

    async fn who_is_let_in_is_a_member_for_so_long_and_who_stays_goes_on_from_today(app: TestApp) {
        let world = World::new(&app).await;
        let (ga, u1) = (world.who(&app, "ga"), world.who(&app, "u1"));
        let id = make_way(&ga, world.b, way(json!({ "membershipExpirationDays": 30 }))).await;
        let first = ask(&u1, &id).await;
        app.deliver_mail().await;
        let answer = ga.post(&decide(&first, "accept?adminJustification=known"), json!({})).await.expect(204);
        assert_eq!(facts(&answer), ["request.accepted", "member.added", "member.roles_changed"]);
        let texts = told(&app, "u1").await;
        assert!(texts.len() == 1 && texts[0].contains("/a/b") && texts[0].contains("known"), "{texts:?}");
        assert_eq!(membership(&app, "u1").await, Some(("enabled".into(), Some(end_of("2030-01-31")))));
        let again = ga.post(&decide(&first, "accept"), json!({})).await.expect(400);
        assert_eq!(code(&again), json!("request_not_pending"));
        let shown = u1.get(&mine(&first)).await.expect(200);
        assert_eq!((shown.at("/status"), shown.at("/adminJustification")), (json!("ACCEPTED"), json!("known")));
        assert_eq!((shown.at("/checkAdmin/username"), shown.at("/approvedDate")), (json!("ga"), json!("2030-01-01 08:00:00")));
        // To stay: the beginning stays, the roles are others.
        app.pass(10 * 86_400).await;
        let (ga, u1) = (world.who(&app, "ga"), world.who(&app, "u1"));
        let body = asking(&id, json!({ "groupRoles": ["curator"] }));
        let renewal = last_of_place(&u1.post(&format!("{USER}/enroll-request"), body).await.expect(204));
        ga.post(&decide(&renewal, "accept"), json!({})).await.expect(204);
        assert_eq!(membership(&app, "u1").await, Some(("enabled".into(), Some(end_of("2030-02-10")))));
        let mine = u1.get(&format!("{USER}/groups")).await.expect(200);
        assert_eq!((mine.at("/results/0/validFrom"), mine.at("/results/0/groupRoles")), (json!("2030-01-01"), json!(["curator"])));
        // By a way without days it does not end.
        let for_good = make_way(&ga, world.b, way(json!({}))).await;
        let renewal = ask(&u1, &for_good).await;
        ga.post(&decide(&renewal, "accept"), json!({})).await.expect(204);
        assert_eq!(membership(&app, "u1").await, Some(("enabled".into(), None)));
    }

    async fn a_request_goes_to_and_fro_and_both_sides_are_told(app: TestApp) {
        let world = World::new(&app).await;
        let (ga, u1, u2) = (world.who(&app, "ga"), world.who(&app, "u1"), world.who(&app, "u2"));
        let id = ask(&u1, &make_way(&ga, world.b, way(json!({}))).await).await;
        app.deliver_mail().await;
        assert_eq!(code(&u1.post(&mine(&id).replace(&id, &format!("{id}/respond?comment=x")), json!({})).await.expect(400)), json!("request_not_waiting"));
        for nothing in ["extra-info", "extra-info?comment=%20"] {
            assert_eq!(code(&ga.post(&decide(&id, nothing), json!({})).await.expect(400)), json!("comment_required"));
        }
        let answer = ga.post(&decide(&id, "extra-info?comment=Who%20sent%20you%3F"), json!({})).await.expect(204);
        assert_eq!(facts(&answer), ["request.asked"]);
        let texts = told(&app, "u1").await;
        assert!(texts.len() == 1 && texts[0].contains("Who sent you?"), "{texts:?}");
        for what in ["accept", "reject", "extra-info?comment=x"] {
            assert_eq!(code(&ga.post(&decide(&id, what), json!({})).await.expect(400)), json!("request_not_pending"));
        }
        let respond = format!("{}/respond", mine(&id));
        assert_eq!(code(&u2.post(&respond, json!({ "comment": "me" })).await.expect(403)), json!("request_not_yours"));
        assert_eq!(code(&u1.post(&respond, json!({})).await.expect(400)), json!("comment_required"));
        // In the body, where it stands in no log.
        let answer = u1.post(&respond, json!({ "comment": "Grace did" })).await.expect(204);
        assert_eq!(facts(&answer), ["request.answered"]);
        let texts = told(&app, "ga").await;
        assert!(texts.len() == 1 && texts[0].contains("Grace did"), "{texts:?}");
        let shown = ga.get(&format!("{ADMIN}/enroll-request/{id}")).await.expect(200);
        assert_eq!((shown.at("/status"), shown.at("/reviewComments")), (json!("PENDING_APPROVAL"), json!("Who sent you?\nGrace did")));
        // A reason that cannot be read is not left out in silence.
        let broken = ga.request(http::Method::POST, &decide(&id, "reject")).body("application/json", "{\"adminJustification\":").await.expect(400);
        assert_eq!(broken.at("/code"), json!("malformed"));
        let answer = ga.post(&decide(&id, "reject"), json!({ "adminJustification": "no room" })).await.expect(204);
        assert_eq!(facts(&answer), ["request.rejected"]);
        let texts = told(&app, "u1").await;
        assert!(texts.len() == 1 && texts[0].contains("no room"), "{texts:?}");
        let shown = u1.get(&mine(&id)).await.expect(200);
        assert_eq!((shown.at("/status"), shown.at("/adminJustification")), (json!("REJECTED"), json!("no room")));
        assert_eq!(membership(&app, "u1").await, None);
    }

    async fn where_nobody_decides_one_is_a_member_at_once(app: TestApp) {
        let world = World::new(&app).await;
        let (ga, u1) = (world.who(&app, "ga"), world.who(&app, "u1"));
        let free = json!({ "requireApproval": false, "requireApprovalForExtension": false, "membershipExpirationDays": 30 });
        let id = make_way(&ga, world.b, way(free)).await;
        let answer = u1.post(&format!("{USER}/enroll-request"), asking(&id, json!({}))).await.expect(204);
        assert_eq!(facts(&answer), ["request.self_approved", "member.added", "member.roles_changed"]);
        assert_eq!(membership(&app, "u1").await, Some(("enabled".into(), Some(end_of("2030-01-31")))));
        let list = u1.get(&format!("{USER}/enroll-requests?status=SELF_APPROVED")).await.expect(200);
        assert_eq!((list.at("/count"), list.at("/results/0/approvedDate")), (json!(1), json!("2030-01-01 08:00:00")));
        app.pass(20 * 86_400).await;
        ask(&world.who(&app, "u1"), &id).await;
        assert_eq!(membership(&app, "u1").await, Some(("enabled".into(), Some(end_of("2030-02-20")))));
    }

    async fn what_is_not_in_order_is_refused_by_its_word(app: TestApp) {
        let world = World::new(&app).await;
        let (ga, u1) = (world.who(&app, "ga"), world.who(&app, "u1"));
        let make = async |more| make_way(&ga, world.b, way(more)).await;
        let closed = make(json!({ "active": false })).await;
        let one = make(json!({ "multiselectRole": false })).await;
        let talkative = make(json!({ "commentsNeeded": true })).await;
        let narrow = make(json!({ "groupRoles": ["member"] })).await;
        let terms = make(json!({ "aup": { "type": "URL", "url": "https://example.org/terms" } })).await;
        let both = json!({ "groupRoles": ["member", "curator"] });
        for (word, body) in [
            ("configuration_inactive", asking(&closed, json!({}))),
            ("one_role_only", asking(&one, both.clone())),
            ("comment_required", asking(&talkative, json!({}))),
            ("role_unknown", asking(&narrow, json!({ "groupRoles": ["curator"] }))),
            ("roles_required", asking(&narrow, json!({ "groupRoles": null }))),
            ("roles_required", asking(&narrow, json!({ "groupRoles": [] }))),
            ("terms_not_accepted", asking(&terms, json!({}))),
            ("terms_not_accepted", asking(&terms, json!({ "aupAccepted": false, "aupVersion": 1 }))),
            ("terms_not_accepted", asking(&terms, json!({ "aupVersion": 2 }))),
            ("configuration_required", json!({ "groupRoles": ["member"] })),
            ("invalid", asking(&narrow, json!({ "comments": "x".repeat(2001) }))),
            ("unknown_member", asking(&narrow, json!({ "extra": 1 }))),
        ] {
            assert_eq!(refused(&u1, body, 400).await, json!(word));
        }
        for nothing in ["nonsense", "00000000-0000-0000-0000-000000000007"] {
            refused(&u1, asking(nothing, json!({})), 404).await;
        }
        // Who asks by a version of the terms accepts it, from where they are.
        let accepted = asking(&terms, json!({ "aupVersion": 1 }));
        let taken = u1.post(&format!("{USER}/enroll-request"), accepted).from_address("192.0.2.7".parse().expect("an address"));
        let id = last_of_place(&taken.await.expect(204));
        let rows = app.db().query("SELECT channel, address FROM term_acceptances", &[]).await.expect("read");
        let noted: Vec<(String, Option<String>)> = rows.into_iter().map(|mut row| (row.take(0).expect("text"), row.take(1).expect("text"))).collect();
        assert_eq!(noted, [("agm".to_owned(), Some("192.0.2.7".to_owned()))]);
        exchange!(u1.delete(&mine(&id)), @r#"
        204 No Content
        events: request.withdrawn   deliveries: none
        "#);
        assert_eq!(code(&u1.delete(&mine(&id)).await.expect(400)), json!("request_not_pending"));
        // Clients of the earlier system expect the first of several roles.
        app.set_realm("default", |settings| settings.compat.single_role = true).await;
        let id = last_of_place(&u1.post(&format!("{USER}/enroll-request"), asking(&one, both)).await.expect(204));
        assert_eq!(u1.get(&mine(&id)).await.expect(200).at("/groupRoles"), json!(["member"]));
    }

    async fn who_is_to_begin_later_or_kept_out_does_not_ask(app: TestApp) {
        let world = World::new(&app).await;
        let (ga, u1, u2) = (world.who(&app, "ga"), world.who(&app, "u1"), world.who(&app, "u2"));
        let later = json!({ "requireApproval": false, "validFrom": "2030-03-01", "membershipExpirationDays": 1 });
        let id = make_way(&ga, world.b, way(later)).await;
        ask(&u1, &id).await;
        assert_eq!(membership(&app, "u1").await, Some(("pending".into(), Some(end_of("2030-03-02")))));
        assert_eq!(refused(&u1, asking(&id, json!({})), 409).await, json!("membership_pending"));
        let realm = app.realm("default").await;
        let mut found = app.db().query("SELECT id FROM users WHERE user_name_key = 'u2'", &[]).await.expect("read");
        let (user, group): (Id<User>, _) = (found[0].take(0).expect("an id"), world.a);
        let sql = "INSERT INTO membership_blocks (realm, user_id, group_id, set_by, set_at) VALUES (?1, ?2, ?3, 'operator', 0)";
        let params = [realm.into(), user.into(), group.into()];
        app.db().write(move |tx| tx.execute(sql, &params).map(drop)).await.expect("blocked");
        assert_eq!(refused(&u2, asking(&id, json!({})), 403).await, json!("suspended"));
    }

    async fn who_decides_is_who_may(app: TestApp) {
        let world = World::new(&app).await;
        let (ga, gb, mg, u1, u2) = (world.who(&app, "ga"), world.who(&app, "gb"), world.who(&app, "mg"), world.who(&app, "u1"), world.who(&app, "u2"));
        let id = ask(&u1, &make_way(&ga, world.a, way(json!({}))).await).await;
        for who in [&gb, &mg, &u2] {
            for what in ["accept", "reject", "extra-info?comment=x"] {
                assert_eq!(code(&who.post(&decide(&id, what), json!({})).await.expect(403)), json!("not_permitted"));
            }
        }
        // Who manages all groups looks on.
        for (who, status) in [(&mg, 200), (&ga, 200), (&gb, 403), (&u2, 403)] {
            who.get(&format!("{ADMIN}/enroll-request/{id}")).await.expect(status);
        }
        for nothing in ["nonsense", "00000000-0000-0000-0000-000000000007"] {
            ga.get(&format!("{ADMIN}/enroll-request/{nothing}")).await.expect(404);
            ga.post(&decide(nothing, "accept"), json!({})).await.expect(404);
            u1.get(&mine(nothing)).await.expect(404);
            u1.delete(&mine(nothing)).await.expect(404);
            u1.post(&format!("{}/respond?comment=x", mine(nothing)), json!({})).await.expect(404);
        }
        for request in [u2.get(&mine(&id)), u2.delete(&mine(&id))] {
            assert_eq!(code(&request.await.expect(403)), json!("request_not_yours"));
        }
    }

    async fn lists_have_what_is_asked_for_in_its_order(app: TestApp) {
        let world = World::new(&app).await;
        let (ga, gb, mg, u1, u2) = (world.who(&app, "ga"), world.who(&app, "gb"), world.who(&app, "mg"), world.who(&app, "u1"), world.who(&app, "u2"));
        let owner = app.user("ada").await;
        run(&app, GrantDelegation::owner(world.x, Whom::User(owner))).await;
        let of_a = ask(&u1, &make_way(&ga, world.a, way(json!({}))).await).await;
        app.pass(1).await;
        let of_b = ask(&u2, &make_way(&ga, world.b, way(json!({}))).await).await;
        app.pass(1).await;
        let of_x = ask(&u1, &make_way(&mg, world.x, way(json!({ "groupRoles": ["member"] }))).await).await;
        let list = async |who: &TestClient, query: &str| {
            let page = who.get(&format!("{ADMIN}/enroll-requests?{query}")).await.expect(200);
            (ids(&page), page.at("/count"))
        };
        let (a, b, x) = (json!(of_a), json!(of_b), json!(of_x));
        assert_eq!(list(&ga, "").await, (vec![b.clone(), a.clone()], json!(2)));
        assert_eq!(list(&gb, "").await, (vec![b.clone()], json!(1)));
        assert_eq!(list(&u1, "").await, (vec![], json!(0)));
        assert_eq!(list(&mg, "max=2").await, (vec![x.clone(), b.clone()], json!(3)));
        assert_eq!(list(&mg, "max=0").await, (vec![], json!(3)));
        let by_name = "order=groupEnrollmentConfiguration.group.name&asc=true";
        assert_eq!(list(&mg, by_name).await.0, [a.clone(), b.clone(), x.clone()]);
        assert_eq!(list(&ga, "asc=true&first=1").await, (vec![b.clone()], json!(2)));
        assert_eq!(list(&ga, "groupName=B").await, (vec![b.clone()], json!(1)));
        assert_eq!(list(&ga, "userSearch=nobody").await, (vec![], json!(0)));
        ga.post(&decide(&of_a, "reject"), json!({})).await.expect(204);
        assert_eq!(list(&ga, "status=PENDING_APPROVAL").await, (vec![b.clone()], json!(1)));
        assert_eq!(list(&ga, "status=REJECTED").await, (vec![a.clone()], json!(1)));
        let own = async |query: &str| {
            let page = u1.get(&format!("{USER}/enroll-requests?{query}")).await.expect(200);
            (ids(&page), page.at("/count"))
        };
        assert_eq!(own("").await, (vec![x.clone(), a.clone()], json!(2)));
        assert_eq!(own(&format!("groupId={}", world.a)).await, (vec![a.clone()], json!(1)));
        assert_eq!(own("groupName=X&status=PENDING_APPROVAL").await, (vec![x.clone()], json!(1)));
        u1.get(&format!("{USER}/enroll-requests?groupId=00000000-0000-0000-0000-000000000007")).await.expect(404);
        for wrong in ["status=OPEN", "order=user", "asc=perhaps", "first=-1", "max=x"] {
            u1.get(&format!("{USER}/enroll-requests?{wrong}")).await.expect(400);
            ga.get(&format!("{ADMIN}/enroll-requests?{wrong}")).await.expect(400);
        }
    }
}
