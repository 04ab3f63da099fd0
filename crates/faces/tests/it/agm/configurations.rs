//! Ways to join: what people see, what administrators write, and what the administration of the realm does.

use serde_json::{Value, json};
use testkit::{both, exchange};

use super::world::{ADMIN, REALM, USER, World, code, last_of_place, make_way, top, way};

fn ids(answer: &testkit::Answer) -> Vec<Value> {
    let list = answer.json();
    list.as_array()
        .into_iter()
        .flatten()
        .map(|one| one["id"].clone())
        .collect()
}

both! {
    async fn people_see_what_is_open_and_shown_and_links_lead_to_the_rest(app: TestApp) {
        let world = World::new(&app).await;
        let (ga, u1) = (world.who(&app, "ga"), world.who(&app, "u1"));
        let shown = make_way(&ga, world.b, way(json!({ "aup": { "type": "URL", "url": "https://example.org/terms" } }))).await;
        let hidden = make_way(&ga, world.b, way(json!({ "visibleToNotMembers": false }))).await;
        let closed = make_way(&ga, world.b, way(json!({ "active": false }))).await;
        exchange!(u1.get(&format!("{USER}/groups/configurations?groupPath=/a/b")), @r#"
        200 OK
        [
          {
            "id": "{id 1}",
            "group": {
              "id": "{id 2}",
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
            "commentsNeeded": false,
            "aup": {
              "id": "{id 3}",
              "type": "URL",
              "url": "https://example.org/terms",
              "version": 1
            }
          }
        ]
        events: none   deliveries: none
        "#);
        let of_group = u1.get(&format!("{USER}/group/{}/configurations", world.b)).await.expect(200);
        assert_eq!((ids(&of_group), of_group.at("/0/group/path")), (vec![json!(shown)], Value::Null));
        assert_eq!(u1.get(&format!("{USER}/group/{}/configurations", world.a)).await.expect(200).json(), json!([]));
        for spelling in ["configuration", "groups/configuration"] {
            let one = u1.get(&format!("{USER}/{spelling}/{hidden}")).await.expect(200);
            assert_eq!((one.at("/id"), one.at("/group/path"), one.header("etag")), (json!(hidden), json!("/a/b"), "W/\"1\""));
            for none in [closed.as_str(), "nonsense", "00000000-0000-0000-0000-000000000007"] {
                u1.get(&format!("{USER}/{spelling}/{none}")).await.expect(404);
            }
        }
        u1.get(&format!("{USER}/group/{}/configurations", "00000000-0000-0000-0000-000000000007")).await.expect(404);
        for nothing in ["", "?groupPath=", "?groupPath=/", "?groupPath=%20"] {
            assert_eq!(code(&u1.get(&format!("{USER}/groups/configurations{nothing}")).await.expect(400)), json!("invalid"));
        }
        for unknown in ["/nowhere", "/a/b/c", "/b", "/a//b"] {
            u1.get(&format!("{USER}/groups/configurations?groupPath={unknown}")).await.expect(404);
        }
        // A slash within a name is written `~/`.
        let slashed = top(&app, "p/q").await;
        make_way(&app.client("groups", &["agm:admin"]).await, slashed, way(json!({ "groupRoles": ["member"] }))).await;
        let found = u1.get(&format!("{USER}/groups/configurations?groupPath=/p~/q")).await.expect(200);
        assert_eq!(found.at("/0/group/path"), json!("/p~/q"));
    }

    async fn a_way_to_join_is_made_shown_changed_and_removed(app: TestApp) {
        let world = World::new(&app).await;
        let (ga, gb, u1) = (world.who(&app, "ga"), world.who(&app, "gb"), world.who(&app, "u1"));
        let ways = format!("{ADMIN}/group/{}/configuration", world.b);
        let body = way(json!({
            "name": "Join us", "validFrom": "2030-02-28", "membershipExpirationDays": 30, "commentsNeeded": true,
            "commentsLabel": "Why", "enrollmentIntroduction": "Welcome", "aup": { "type": "URL", "url": "https://example.org/terms" },
        }));
        exchange!(gb.post(&ways, body.clone()), @r#"
        204 No Content
        location: https://usher.example/realms/default/agm/account/group-admin/group/{id 1}/configuration/{id 2}
        events: configuration.created, terms.published   deliveries: none
        "#);
        let all = ids(&ga.get(&format!("{ways}/all")).await.expect(200));
        let first = all.last().and_then(Value::as_str).expect("an id").to_owned();
        exchange!(ga.get(&format!("{ways}/{first}")), @r#"
        200 OK
        etag: W/"1"
        {
          "id": "{id 2}",
          "group": {
            "id": "{id 1}",
            "name": "b",
            "subGroups": []
          },
          "name": "Join us",
          "active": true,
          "visibleToNotMembers": true,
          "requireApproval": true,
          "requireApprovalForExtension": true,
          "validFrom": "2030-02-28",
          "membershipExpirationDays": 30,
          "multiselectRole": true,
          "groupRoles": [
            "curator",
            "member"
          ],
          "commentsNeeded": true,
          "commentsLabel": "Why",
          "aup": {
            "id": "{id 3}",
            "type": "URL",
            "url": "https://example.org/terms",
            "version": 1
          },
          "enrollmentIntroduction": "Welcome"
        }
        events: none   deliveries: none
        "#);
        // What was shown can be sent back, and changes nothing.
        let whole = ga.get(&format!("{ways}/{first}")).await.json();
        exchange!(ga.post(&ways, whole.clone()), @r#"
        204 No Content
        events: none   deliveries: none
        "#);
        let mut changed = whole.clone();
        changed["membershipExpirationDays"] = Value::Null;
        changed["aup"] = Value::Null;
        exchange!(ga.post(&ways, changed.clone()).header("if-match", "W/\"1\""), @r#"
        204 No Content
        events: configuration.changed   deliveries: none
        "#);
        exchange!(ga.post(&ways, changed).header("if-match", "W/\"1\""), @r#"
        409 Conflict
        {"error":"conflict","error_description":"the resource has changed since it was read","code":"changed"}
        events: none   deliveries: none
        "#);
        let now = ga.get(&format!("{ways}/{first}")).await.expect(200);
        assert_eq!((now.at("/aup"), now.at("/membershipExpirationDays"), now.header("etag")), (Value::Null, Value::Null, "W/\"2\""));
        // The first stays as long as there are others.
        let second = make_way(&ga, world.b, way(json!({}))).await;
        let default = |id: &str| format!("{ADMIN}/group/{}/default-configuration?configurationId={id}", world.b);
        exchange!(ga.post(&default(&first), json!({})), @r#"
        204 No Content
        events: group.default_configuration_changed   deliveries: none
        "#);
        exchange!(ga.delete(&format!("{ways}/{first}")), @r#"
        409 Conflict
        {
          "error": "conflict",
          "error_description": "new members come by this way to join; make another one the default first",
          "code": "configuration_is_default"
        }
        events: none   deliveries: none
        "#);
        ga.post(&default(&second), json!({})).await.expect(204);
        exchange!(ga.delete(&format!("{ways}/{first}")), @r#"
        204 No Content
        events: configuration.deleted   deliveries: none
        "#);
        for gone in [ga.get(&format!("{ways}/{first}")), ga.delete(&format!("{ways}/{first}")), ga.post(&default(&first), json!({})), ga.post(&ways, whole)] {
            assert_eq!(code(&gone.await.expect(404)), json!("configuration_unknown"));
        }
        assert_eq!(code(&ga.post(&format!("{ADMIN}/group/{}/default-configuration", world.b), json!({})).await.expect(400)), json!("configuration_required"));
        // Who does not administer the group, and what is no group.
        for (who, group, status) in [(&gb, world.a, 403), (&gb, world.x, 403), (&u1, world.b, 403)] {
            who.get(&format!("{ADMIN}/group/{group}/configuration/all")).await.expect(status);
            who.get(&format!("{ADMIN}/group/{group}/configuration/{second}")).await.expect(status);
            who.delete(&format!("{ADMIN}/group/{group}/configuration/{second}")).await.expect(status);
            assert_eq!(code(&who.post(&format!("{ADMIN}/group/{group}/configuration"), way(json!({}))).await.expect(status)), json!("not_permitted"));
            who.post(&format!("{ADMIN}/group/{group}/default-configuration?configurationId={second}"), json!({})).await.expect(status);
        }
        let nowhere = "00000000-0000-0000-0000-000000000007";
        u1.get(&format!("{ADMIN}/group/{nowhere}/configuration/all")).await.expect(404);
        u1.post(&format!("{ADMIN}/group/{nowhere}/configuration"), json!({})).await.expect(404);
    }

    async fn what_is_another_groups_is_not_here(app: TestApp) {
        let world = World::new(&app).await;
        let (gb, mg) = (world.who(&app, "gb"), world.who(&app, "mg"));
        let theirs = make_way(&mg, world.x, way(json!({ "groupRoles": ["member"] }))).await;
        let ways = format!("{ADMIN}/group/{}/configuration", world.b);
        for request in [
            gb.get(&format!("{ways}/{theirs}")),
            gb.delete(&format!("{ways}/{theirs}")),
            gb.post(&ways, way(json!({ "id": theirs }))),
            gb.post(&format!("{ADMIN}/group/{}/default-configuration?configurationId={theirs}", world.b), json!({})),
        ] {
            let refused = request.await.expect(404);
            assert_eq!(code(&refused), json!("configuration_unknown"));
            assert!(refused.events.is_empty());
        }
        mg.get(&format!("{ADMIN}/group/{}/configuration/{theirs}", world.x)).await.expect(200);
    }

    async fn what_does_not_fit_is_refused_and_changes_nothing(app: TestApp) {
        let world = World::new(&app).await;
        let ga = world.who(&app, "ga");
        let ways = format!("{ADMIN}/group/{}/configuration", world.b);
        let before = ga.get(&format!("{ways}/all")).await.expect(200).json();
        let long = "x".repeat(257);
        for (more, word) in [
            (json!({ "groupRoles": ["owner"] }), "role_unknown"),
            (json!({ "name": null }), "invalid"),
            (json!({ "name": " " }), "invalid"),
            (json!({ "commentsNeeded": null }), "invalid"),
            (json!({ "active": null }), "invalid"),
            (json!({ "requireApproval": "yes" }), "invalid"),
            (json!({ "validFrom": "2030-02-31" }), "invalid"),
            (json!({ "validFrom": 1 }), "invalid"),
            (json!({ "membershipExpirationDays": 0 }), "invalid"),
            (json!({ "membershipExpirationDays": -3 }), "invalid"),
            (json!({ "commentsNeeded": true, "commentsLabel": long }), "invalid"),
            (json!({ "aup": { "url": "https://example.org/terms" } }), "invalid"),
            (json!({ "aup": { "type": "PAPER", "url": "https://example.org/terms" } }), "invalid"),
            (json!({ "aup": { "type": "URL", "url": "javascript:alert(1)" } }), "invalid"),
            (json!({ "extra": 1 }), "unknown_member"),
            (json!({ "aup": { "type": "URL", "extra": 1 } }), "unknown_member"),
        ] {
            let refused = ga.post(&ways, way(more.clone())).await.expect(400);
            assert_eq!(code(&refused), json!(word), "{more}");
            assert!(refused.events.is_empty());
        }
        assert_eq!(ga.get(&format!("{ways}/all")).await.expect(200).json(), before);
    }

    async fn the_realm_configures_groups_that_it_does_not_administer(app: TestApp) {
        let world = World::new(&app).await;
        let (root, ga) = (world.who(&app, "root"), world.who(&app, "ga"));
        let ways = format!("{REALM}/group/{}/configuration", world.b);
        let rule = json!({ "field": "membershipExpirationDays", "type": "SUBGROUP", "required": true });
        root.post(&format!("{REALM}/configuration-rules"), rule).await.expect(204);
        assert_eq!(code(&root.post(&ways, way(json!({}))).await.expect(400)), json!("rule_violated"));
        exchange!(root.post(&format!("{ways}?force=true"), way(json!({}))), @r#"
        204 No Content
        location: https://usher.example/realms/default/agm/admin/group/{id 1}/configuration/{id 2}
        events: configuration.created   deliveries: none
        "#);
        let told = app.events().await;
        let made = told.iter().rfind(|event| event.kind == "configuration.created").expect("it is there");
        assert_eq!(made.body["rules_put_aside"], json!(["membershipExpirationDays"]));
        let id = made.subject.to_string();
        let shown = root.get(&format!("{ways}/{id}")).await.expect(200);
        assert_eq!((shown.at("/id"), shown.header("etag")), (json!(id), "W/\"1\""));
        // Whoever manages people may do it too, whoever only looks sees it, and who administers the group does neither here.
        let people = world.with_right(&app, "u1", "manage-users");
        people.post(&ways, way(json!({ "id": id, "name": "Join us", "membershipExpirationDays": 30 }))).await.expect(204);
        let viewer = world.with_right(&app, "u2", "view-realm");
        viewer.get(&format!("{ways}/{id}")).await.expect(200);
        for (who, request) in [("viewer", viewer.post(&ways, json!({}))), ("ga", ga.post(&ways, way(json!({})))), ("ga", ga.get(&format!("{ways}/{id}")))] {
            let refused = request.await.expect(403);
            assert_eq!((refused.at("/error_description"), code(&refused)), (Value::Null, json!("forbidden")), "{who}");
        }
        for nothing in ["00000000-0000-0000-0000-000000000007", "nonsense"] {
            root.get(&format!("{ways}/{nothing}")).await.expect(404);
            root.get(&format!("{REALM}/group/{nothing}/configuration/{id}")).await.expect(404);
            root.post(&format!("{REALM}/group/{nothing}/configuration"), way(json!({}))).await.expect(404);
            root.post(&ways, way(json!({ "id": nothing }))).await.expect(404);
        }
        let other = root.get(&format!("{REALM}/group/{}/configuration/{id}", world.a)).await.expect(404);
        assert_eq!(code(&other), json!("configuration_unknown"));
    }

    async fn what_changes_while_the_realm_saves_is_not_undone(app: TestApp) {
        let world = World::new(&app).await;
        let (root, native) = (world.who(&app, "root").unwatched(), app.client("groups", &["agm:admin"]).await.unwatched());
        let ways = format!("{REALM}/group/{}/configuration", world.b);
        let made = root.post(&ways, way(json!({}))).await.expect(204);
        let id = last_of_place(&made);
        let one = format!("/api/v1/groups/{}/configurations/{id}", world.b);
        for round in 0..12 {
            // Not in the body of whoever saves, who leaves it as it is.
            let wanted = json!(if round % 2 == 0 { "current_end" } else { "today" });
            let changing = native.patch(&one, json!({ "extend_from": wanted }));
            let saving = (0..4).map(|number| {
                let request = root.post(&ways, way(json!({ "id": id, "name": format!("{round} {number}") })));
                async move { request.await.status }
            });
            let (changed, saved) = futures_util::future::join(changing.into_future(), futures_util::future::join_all(saving)).await;
            assert!(saved.iter().all(|status| matches!(status, 204 | 409)), "{saved:?}");
            if changed.status == 200 {
                assert_eq!(native.get(&one).await.expect(200).at("/extend_from"), wanted, "{round}: {saved:?}");
            }
        }
    }

    async fn who_waits_for_what_is_changed_or_removed_is_put_aside(app: TestApp) {
        let world = World::new(&app).await;
        let (ga, u1, u2) = (world.who(&app, "ga"), world.who(&app, "u1"), world.who(&app, "u2"));
        make_way(&ga, world.b, way(json!({}))).await;
        let joined = make_way(&ga, world.b, way(json!({}))).await;
        let ask = json!({ "groupEnrollmentConfiguration": { "id": joined }, "groupRoles": ["member"] });
        let submit = format!("{USER}/enroll-request");
        let waiting = last_of_place(&u1.post(&submit, ask.clone()).await.expect(204));
        let decided = last_of_place(&u2.post(&submit, ask.clone()).await.expect(204));
        let admin = |id: &str, what: &str| format!("{ADMIN}/enroll-request/{id}{what}");
        ga.post(&admin(&decided, "/reject"), json!({})).await.expect(204);
        ga.post(&admin(&waiting, "/extra-info?comment=why"), json!({})).await.expect(204);
        let ways = format!("{ADMIN}/group/{}/configuration", world.b);
        ga.post(&ways, way(json!({ "id": joined, "name": "Join us" }))).await.expect(204);
        app.run_jobs().await;
        let status = async |id: &str| ga.get(&admin(id, "")).await.expect(200).at("/status");
        assert_eq!((status(&waiting).await, status(&decided).await), (json!("ARCHIVED"), json!("REJECTED")));
        let anew = last_of_place(&u1.post(&submit, ask).await.expect(204));
        ga.delete(&format!("{ways}/{joined}")).await.expect(204);
        app.run_jobs().await;
        for id in [waiting, decided, anew] {
            ga.get(&admin(&id, "")).await.expect(404);
        }
    }
}
