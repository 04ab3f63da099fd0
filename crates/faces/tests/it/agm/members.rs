//! Lists of members, and making somebody one.

use serde_json::{Value, json};
use testkit::{both, exchange};

use super::member_world::{MINE, THEIRS, World, code, members, of_user, run};

/// The userNames of a list, and how many there are.
async fn listed(world: &World, path: &str) -> (Vec<String>, u64) {
    let answer = world.ga.get(path).await.expect(200);
    let name = |one: &Value| one["user"]["username"].as_str().unwrap_or_default().to_owned();
    let names = answer
        .at("/results")
        .as_array()
        .into_iter()
        .flatten()
        .map(name)
        .collect();
    (names, answer.at("/count").as_u64().expect("a number"))
}

both! {
    // Test 28, and 2 and 8 of the form of answers.
    async fn who_is_added_has_a_place_and_is_listed(app: TestApp) {
        let world = World::make(&app).await;
        let body = json!({
            "user": { "username": "u1", "attributes": { "any": ["thing"] } }, "groupRoles": ["member", "curator"],
            "membershipExpiresAt": "2030-12-31", "validFrom": null, "status": "ENABLED",
        });
        let added = world.ga.post(&members(world.a), body).await.expect(204);
        assert!(added.text.is_empty());
        assert!(added.events.contains(&"member.added".to_owned()), "{added}");
        assert!(added.events.contains(&"mail.queued".to_owned()), "{added}");
        let place = added.header("location").to_owned();
        let path = place.strip_prefix("https://usher.example").unwrap_or(&place);
        exchange!(world.ga.get(path), @r#"
        200 OK
        etag: W/"2"
        {
          "id": "{id 1}",
          "group": {
            "id": "{id 2}",
            "name": "a",
            "path": "/a",
            "attributes": {
              "expiration-notification-period": [
                "21"
              ]
            },
            "subGroups": []
          },
          "user": {
            "id": "{id 3}",
            "username": "u1",
            "email": "u1@example.org",
            "emailVerified": false
          },
          "status": "ENABLED",
          "validFrom": "2030-01-01",
          "membershipExpiresAt": "2030-12-31",
          "effectiveMembershipExpiresAt": "2030-12-31",
          "groupRoles": [
            "curator",
            "member"
          ],
          "direct": true
        }
        events: none   deliveries: none
        "#);
        let list = world.ga.get(&members(world.a)).await.expect(200);
        assert_eq!(list.at("/count"), json!(1));
        let one = world.ga.get(path).await.expect(200);
        assert_eq!(list.at("/results/0"), one.json());
        let scim = app.client("hr", &["scim:read"]).await;
        let group = scim.get(&format!("/scim/v2/Groups/{}", world.a)).await.expect(200);
        assert_eq!(group.at("/members/0/value"), json!(world.u1.to_string()));
        // A group's own days stand in its attributes.
        let attributes = directory::group::ReplaceAttributes {
            group: world.a,
            attributes: [("expiration-notification-period".to_owned(), vec!["7".to_owned()])].into(),
            if_match: directory::view::IfMatch::Any,
        };
        run(&app, attributes).await;
        assert_eq!(world.ga.get(path).await.at("/group/attributes/expiration-notification-period"), json!(["7"]));
    }

    // Test 29.
    async fn what_does_not_fit_is_refused_and_adds_nobody(app: TestApp) {
        let world = World::make(&app).await;
        let body = |more: Value| {
            let mut body = json!({ "user": { "username": "u1" }, "groupRoles": ["member"] });
            for (name, value) in more.as_object().into_iter().flatten() {
                body[name] = value.clone();
            }
            body
        };
        for (more, word) in [
            (json!({ "groupRoles": [] }), "roles_required"),
            (json!({ "groupRoles": null }), "roles_required"),
            (json!({ "groupRoles": ["nothing"] }), "role_unknown"),
            (json!({ "validFrom": "2029-12-31" }), "start_in_past"),
            (json!({ "membershipExpiresAt": "2029-12-31" }), "end_in_past"),
            (json!({ "validFrom": "2030-02-02", "membershipExpiresAt": "2030-02-01" }), "end_before_start"),
            (json!({ "user": null }), "user_required"),
            (json!({ "user": {} }), "user_required"),
            (json!({ "user": { "username": " " } }), "user_required"),
            (json!({ "user": { "username": "nobody" } }), "user_unknown"),
            (json!({ "user": { "id": "nobody" } }), "user_unknown"),
            (json!({ "groupEnrollmentConfiguration": { "id": "nothing" } }), "configuration_unknown"),
            (json!({ "validFrom": "2030-02-31" }), "invalid"),
            (json!({ "validFrom": "1.2.2030" }), "invalid"),
            (json!({ "validFrom": 20_300_101 }), "invalid"),
            (json!({ "groupRoles": "member" }), "invalid"),
            (json!({ "user": "u1" }), "invalid"),
            (json!({ "nickname": "x" }), "unknown_member"),
        ] {
            let refused = world.ga.post(&members(world.a), body(more.clone())).await.expect(400);
            assert_eq!(code(&refused), json!(word), "{more}");
            assert!(!refused.events.iter().any(|kind| kind.starts_with("member")), "{refused}");
        }
        world.ga.post(&members(world.a), body(json!({ "validFrom": "2030-02-01" }))).await.expect(204);
        let again = world.ga.post(&members(world.a), body(json!({}))).await.expect(400);
        assert_eq!(code(&again), json!("already_member"));
        world.ga.post(&of_user(world.a, world.u1).replace("member/user", "nothing"), json!({})).await.expect(404);
        let mgx = world.with_role(&app, "mgx", "manage-groups-extended").await;
        let past = json!({ "user": { "username": "gb" }, "groupRoles": ["member"], "validFrom": "2029-06-01" });
        mgx.post(&members(world.x), past.clone()).await.expect(204);
        let mg = world.with_role(&app, "mg", "manage-groups").await;
        assert_eq!(code(&mg.post(&members(world.b), past).await.expect(400)), json!("start_in_past"));
    }

    // Test 9, 10 and 11 for these rows.
    async fn who_may_not_is_refused_and_a_group_that_is_not_there_comes_first(app: TestApp) {
        let world = World::make(&app).await;
        let body = json!({ "user": { "username": "u1" }, "groupRoles": ["member"] });
        let mg = world.with_role(&app, "mg", "manage-groups").await;
        let u1 = world.person(&app, "u1");
        for (who, group, status) in [
            (&world.ga, world.b, 204), (&world.gb, world.a, 403), (&world.gb, world.x, 403), (&u1, world.a, 403), (&mg, world.x, 204),
        ] {
            let answer = who.post(&members(group), body.clone()).await.expect(status);
            assert!(status == 204 || code(&answer) == "not_permitted", "{answer}");
            let answer = who.get(&members(group)).await.expect(if status == 204 { 200 } else { 403 });
            assert!(status == 204 || code(&answer) == "not_permitted", "{answer}");
        }
        for nowhere in ["nothing", "00000000-0000-7000-8000-000000000007"] {
            for who in [&u1, &mg] {
                let path = format!("{THEIRS}/group/{nowhere}/members");
                who.get(&path).await.expect(404);
                who.post(&path, body.clone()).await.expect(404);
            }
        }
        app.anonymous().get(&members(world.a)).await.expect(401);
    }

    // Tests 3, 4 and 5.
    async fn members_are_listed_in_many_ways(app: TestApp) {
        let world = World::make(&app).await;
        for (name, family) in [("u2", "Brown"), ("u3", "Ångström")] {
            let name_of = json!({ "givenName": "Ann", "familyName": family });
            app.user_with("default", json!({ "userName": name, "name": name_of, "emails": [{ "value": format!("{name}@example.org") }] })).await;
            let until = if name == "u2" { "2030-02-01" } else { "2030-03-01" };
            let body = json!({ "user": { "username": name }, "groupRoles": ["curator"], "membershipExpiresAt": until });
            world.ga.post(&members(world.a), body).await.expect(204);
        }
        world.add(world.a, json!({ "validFrom": "2030-02-01" })).await;
        world.add(world.b, json!({})).await;
        world.add(world.c, json!({})).await;
        let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
        let at = |query: &str| format!("{}?{query}", members(world.a));
        for (query, wanted, count) in [
            ("", &["u3", "u2", "u1"][..], 3),
            ("asc=false", &["u1", "u2", "u3"], 3),
            ("first=1&max=1", &["u2"], 3),
            ("max=0", &[], 3),
            ("status=PENDING", &["u1"], 1),
            ("status=enabled", &["u3", "u2"], 2),
            ("status=EXPIRED", &[], 0),
            ("role=CURAT", &["u3", "u2"], 2),
            ("search=u1", &["u1"], 1),
            ("search=angstr%C3%B6m", &["u3"], 1),
            ("order=f.effectiveMembershipExpiresAt", &["u2", "u3", "u1"], 3),
            ("order=f.effectiveMembershipExpiresAt&asc=false", &["u1", "u3", "u2"], 3),
            ("order=f.user.firstName,f.user.username", &["u2", "u3", "u1"], 3),
        ] {
            assert_eq!(listed(&world, &at(query)).await, (names(wanted), count), "{query}");
        }
        let below = world.ga.get(&at("direct=false&search=u1")).await.expect(200);
        assert_eq!(below.at("/count"), json!(3));
        let shown = |one: &Value| (one["group"]["path"].as_str().unwrap_or_default().to_owned(), one["direct"] == json!(true));
        let mut lines: Vec<(String, bool)> = below.at("/results").as_array().into_iter().flatten().map(shown).collect();
        lines.sort();
        assert_eq!(lines, [("/a".to_owned(), true), ("/a/b".to_owned(), false), ("/a/b/c".to_owned(), false)]);
        for (query, word) in [
            ("order=1;drop", "unknown_order"), ("order=user.password", "unknown_order"), ("asc=perhaps", "invalid"), ("direct=1", "invalid"),
            ("status=BARRED", "invalid"), ("first=-1", "paging_invalid"), ("max=x", "paging_invalid"),
        ] {
            assert_eq!(code(&world.ga.get(&at(query)).await.expect(400)), json!(word), "{query}");
        }
        // U1 shows what is in force, U5 the rest too.
        let u1 = world.person(&app, "u1");
        assert_eq!(u1.get(&format!("{MINE}/groups")).await.expect(200).at("/count"), json!(2));
        let mine = u1.get(&format!("{MINE}/group/{}/member", world.a)).await.expect(200);
        assert_eq!((mine.at("/status"), mine.at("/validFrom")), (json!("PENDING"), json!("2030-02-01")));
        u1.get(&format!("{MINE}/group/{}/member", world.x)).await.expect(404);
    }
}
