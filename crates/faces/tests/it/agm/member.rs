//! What is done about one membership.

use serde_json::{Value, json};
use testkit::{both, exchange};

use super::member_world::{MINE, THEIRS, World, code, members, of_user};

const DAY: i64 = 86_400;

/// Where a person stands in some groups.
async fn status(world: &World, groups: &[directory::Id<directory::group::Group>]) -> Vec<Value> {
    let mut all = Vec::new();
    for group in groups {
        all.push(world.ga.get(&of_user(*group, world.u1)).await.at("/status"));
    }
    all
}

both! {
    // Tests 31 and 53.
    async fn days_are_changed_and_ends_above_show_below(app: TestApp) {
        let world = World::make(&app).await;
        let place = world.add(world.a, json!({ "membershipExpiresAt": "2030-01-10" })).await;
        world.add(world.b, json!({ "membershipExpiresAt": "2030-01-20" })).await;
        world.add(world.c, json!({})).await;
        let ends = async |group| {
            let one = world.ga.get(&of_user(group, world.u1)).await.expect(200);
            (one.at("/effectiveMembershipExpiresAt"), one.at("/effectiveGroupId"))
        };
        assert_eq!(ends(world.c).await, (json!("2030-01-10"), json!(world.a.to_string())));
        assert_eq!(ends(world.a).await, (json!("2030-01-10"), Value::Null));
        let body = json!({ "groupRoles": ["member"], "validFrom": "2030-06-01", "membershipExpiresAt": "2030-01-30" });
        let changed = world.ga.put(&place, body).await.expect(204);
        assert!(changed.events.contains(&"member.changed".to_owned()), "{changed}");
        let one = world.ga.get(&place).await.expect(200);
        assert_eq!((one.at("/validFrom"), one.at("/membershipExpiresAt"), one.at("/status")), (json!("2030-01-01"), json!("2030-01-30"), json!("ENABLED")));
        assert_eq!(ends(world.b).await, (json!("2030-01-20"), Value::Null));
        assert_eq!(ends(world.c).await, (json!("2030-01-20"), json!(world.b.to_string())));
        // What a client was shown it may send back.
        world.ga.put(&place, one.json()).await.expect(204);
    }

    // Tests 32 and 33.
    async fn what_does_not_fit_is_refused_and_changes_nothing(app: TestApp) {
        let world = World::make(&app).await;
        let place = world.add(world.a, json!({ "validFrom": "2030-01-05" })).await;
        let before = world.ga.get(&place).await.expect(200).json();
        for (body, word) in [
            (json!({ "groupRoles": [], "validFrom": "2030-01-05" }), "roles_required"),
            (json!({ "groupRoles": ["member"] }), "start_required"),
            (json!({ "groupRoles": ["member"], "validFrom": "2029-12-31" }), "start_in_past"),
            (json!({ "groupRoles": ["member"], "validFrom": "2030-01-05", "membershipExpiresAt": "2029-12-31" }), "end_in_past"),
            (json!({ "groupRoles": ["member"], "validFrom": "2030-01-05", "membershipExpiresAt": "2030-01-04" }), "end_before_start"),
            (json!({ "groupRoles": ["nothing"], "validFrom": "2030-01-05" }), "role_unknown"),
            (json!({ "groupRoles": ["member"], "validFrom": "soon" }), "invalid"),
            (json!({ "roles": ["member"] }), "unknown_member"),
        ] {
            assert_eq!(code(&world.ga.put(&place, body.clone()).await.expect(400)), json!(word), "{body}");
        }
        assert_eq!(code(&world.ga.put(&place, json!([])).await.expect(400)), json!("malformed"));
        assert_eq!(world.ga.get(&place).await.expect(200).json(), before);
        world.ga.put(&place, json!({ "groupRoles": ["member"], "validFrom": "2030-01-09" })).await.expect(204);
        world.ga.put(&place, json!({ "groupRoles": ["member"], "validFrom": "2030-01-01" })).await.expect(204);
        assert_eq!(status(&world, &[world.a]).await, [json!("ENABLED")]);
        world.ga.post(&format!("{place}/suspend"), json!({})).await.expect(204);
        assert_eq!(code(&world.ga.put(&place, json!({ "groupRoles": ["member"] })).await.expect(400)), json!("member_suspended"));
    }

    async fn who_insists_on_a_version_is_told_of_another_one(app: TestApp) {
        let world = World::make(&app).await;
        let place = world.add(world.a, json!({})).await;
        let seen = world.ga.get(&place).await.expect(200).header("etag").to_owned();
        let change = |until: &str| json!({ "groupRoles": ["member"], "membershipExpiresAt": until });
        world.ga.put(&place, change("2030-02-01")).header("if-match", &seen).await.expect(204);
        let late = world.ga.put(&place, change("2030-03-01")).header("if-match", &seen).await.expect(409);
        assert_eq!(code(&late), json!("changed"));
        assert_eq!(code(&world.ga.delete(&place).header("if-match", &seen).await.expect(409)), json!("changed"));
        let seen = world.ga.get(&place).await.expect(200).header("etag").to_owned();
        world.ga.delete(&place).header("if-match", &seen).await.expect(204);
    }

    // Test 34.
    async fn roles_come_and_go_one_by_one(app: TestApp) {
        let world = World::make(&app).await;
        let place = world.add(world.a, json!({})).await;
        let role = |name: &str| format!("{place}/role?name={name}");
        let given = world.ga.post(&role("curator"), json!({})).await.expect(204);
        assert!(given.events.contains(&"member.roles_changed".to_owned()), "{given}");
        assert_eq!(code(&world.ga.post(&role("curator"), json!({})).await.expect(400)), json!("role_held"));
        assert_eq!(code(&world.ga.post(&role("nothing"), json!({})).await.expect(404)), json!("role_unknown"));
        assert_eq!(code(&world.ga.post(&format!("{place}/role"), json!({})).await.expect(404)), json!("role_unknown"));
        assert_eq!(world.ga.get(&place).await.at("/groupRoles"), json!(["curator", "member"]));
        let one = |name: &str| format!("{place}/role/{name}");
        world.ga.delete(&one("member")).await.expect(204);
        assert_eq!(code(&world.ga.delete(&one("member")).await.expect(404)), json!("role_not_held"));
        assert_eq!(code(&world.ga.delete(&one("curator")).await.expect(400)), json!("last_role"));
        // Who manages all groups gives nobody single roles.
        let mg = world.with_role(&app, "mg", "manage-groups").await;
        assert_eq!(code(&mg.post(&role("member"), json!({})).await.expect(403)), json!("not_permitted"));
        assert_eq!(code(&mg.delete(&one("curator")).await.expect(403)), json!("not_permitted"));
    }

    // Test 35.
    async fn a_suspension_keeps_out_below_too_until_it_is_lifted(app: TestApp) {
        let world = World::make(&app).await;
        let place = world.add(world.a, json!({})).await;
        world.add(world.b, json!({})).await;
        world.add(world.c, json!({ "validFrom": "2030-02-01" })).await;
        let all = [world.a, world.b, world.c];
        let suspended = world.ga.post(&format!("{place}/suspend?justification=late"), json!({})).await.expect(204);
        assert_eq!(suspended.events.iter().filter(|kind| *kind == "member.suspended").count(), 3);
        assert_eq!(status(&world, &all).await, [json!("SUSPENDED"), json!("SUSPENDED"), json!("SUSPENDED")]);
        assert_eq!(world.ga.get(&place).await.at("/justification"), json!("late"));
        let scim = app.client("hr", &["scim:read"]).await;
        let shown = scim.get(&format!("/scim/v2/Users/{}", world.u1)).await.expect(200);
        assert_eq!(shown.at("/groups"), Value::Null);
        exchange!(world.ga.post(&format!("{place}/suspend"), json!({})), @r#"
        409 Conflict
        {
          "error": "the membership is not in force; only one in force can be suspended",
          "error_description": "the membership is not in force; only one in force can be suspended",
          "code": "not_enabled"
        }
        events: none   deliveries: none
        "#);
        let below = of_user(world.b, world.u1);
        assert_eq!(code(&world.ga.post(&format!("{below}/activate"), json!({})).await.expect(400)), json!("suspended_above"));
        let u1 = world.person(&app, "u1");
        assert_eq!(code(&u1.post(&format!("{place}/activate"), json!({})).await.expect(403)), json!("not_permitted"));
        world.ga.post(&format!("{place}/activate"), json!({})).await.expect(204);
        assert_eq!(status(&world, &all).await, [json!("ENABLED"), json!("ENABLED"), json!("PENDING")]);
        assert_eq!(code(&world.ga.post(&format!("{place}/activate"), json!({})).await.expect(400)), json!("not_suspended"));
        // What begins later is begun by saying so.
        let later = of_user(world.c, world.u1);
        assert_eq!(code(&world.ga.post(&format!("{later}/activate"), json!({})).await.expect(400)), json!("not_suspended"));
        assert_eq!(code(&world.ga.post(&format!("{later}/activate?now=perhaps"), json!({})).await.expect(400)), json!("invalid"));
        world.ga.post(&format!("{later}/activate?now=true"), json!({})).await.expect(204);
        assert_eq!(status(&world, &[world.c]).await, [json!("ENABLED")]);
        app.set_realm("default", |settings| settings.compat.suspend_404 = true).await;
        world.ga.post(&format!("{place}/suspend"), json!({})).await.expect(204);
        world.ga.post(&format!("{place}/suspend"), json!({})).await.expect(404);
    }

    // Test 36.
    async fn who_is_removed_or_leaves_is_out_below_too(app: TestApp) {
        let world = World::make(&app).await;
        let u1 = world.person(&app, "u1");
        for round in 0..2 {
            let place = world.add(world.a, json!({})).await;
            world.add(world.c, json!({})).await;
            let gone = if round == 0 {
                world.ga.delete(&place).await.expect(204)
            } else {
                u1.delete(&format!("{MINE}/group/{}/member", world.a)).await.expect(204)
            };
            assert_eq!(gone.events.iter().filter(|kind| *kind == "member.removed").count(), 2, "{gone}");
            world.ga.get(&place).await.expect(404);
            world.ga.delete(&place).await.expect(404);
            world.ga.get(&of_user(world.c, world.u1)).await.expect(404);
            u1.delete(&format!("{MINE}/group/{}/member", world.a)).await.expect(404);
        }
        u1.delete(&format!("{MINE}/group/nothing/member")).await.expect(404);
        app.anonymous().delete(&format!("{MINE}/group/{}/member", world.a)).await.expect(401);
    }

    // Test 37, and 13 for members.
    async fn a_membership_is_named_by_its_id_or_by_whose_it_is(app: TestApp) {
        let world = World::make(&app).await;
        let place = world.add(world.b, json!({})).await;
        let by_user = of_user(world.b, world.u1);
        let (one, same) = (world.ga.get(&place).await.expect(200), world.ga.get(&by_user).await.expect(200));
        assert_eq!(one.json(), same.json());
        let id = one.id();
        // From above by its id, as lists show it there; by whose it is in its own group alone.
        let above = format!("{THEIRS}/group/{}/member", world.a);
        assert_eq!(world.ga.get(&format!("{above}/{id}")).await.expect(200).at("/direct"), json!(false));
        world.ga.get(&format!("{above}/user/{}", world.u1)).await.expect(404);
        let mg = world.with_role(&app, "mg", "manage-groups").await;
        for path in [format!("{THEIRS}/group/{}/member/{id}", world.x), format!("{above}/nothing"), format!("{above}/user/nothing")] {
            mg.get(&path).await.expect(404);
            mg.put(&path, json!({ "groupRoles": ["member"] })).await.expect(404);
            mg.delete(&path).await.expect(404);
            mg.post(&format!("{path}/suspend"), json!({})).await.expect(404);
            mg.post(&format!("{path}/activate"), json!({})).await.expect(404);
            world.ga.post(&format!("{path}/role?name=member"), json!({})).await.expect(if path.contains(&world.x.to_string()) { 403 } else { 404 });
        }
        world.gb.put(&by_user, json!({ "groupRoles": ["curator"], "membershipExpiresAt": "2030-02-01" })).await.expect(204);
        world.gb.post(&format!("{by_user}/role?name=member"), json!({})).await.expect(204);
        world.gb.delete(&format!("{by_user}/role/curator")).await.expect(204);
        world.gb.post(&format!("{by_user}/suspend"), json!({})).await.expect(204);
        world.gb.post(&format!("{by_user}/activate"), json!({})).await.expect(204);
        assert_eq!(world.gb.get(&by_user).await.expect(200).at("/groupRoles"), json!(["member"]));
        world.gb.delete(&by_user).await.expect(204);
        world.gb.get(&by_user).await.expect(404);
    }

    // Test 30.
    async fn what_begins_tomorrow_is_in_force_tomorrow(app: TestApp) {
        let world = World::make(&app).await;
        world.add(world.a, json!({ "validFrom": "2030-01-02" })).await;
        let scim = app.client("hr", &["scim:read"]).await;
        let group = format!("/scim/v2/Groups/{}", world.a);
        assert_eq!(scim.get(&group).await.expect(200).at("/members"), Value::Null);
        app.pass(DAY).await;
        assert_eq!(scim.get(&group).await.expect(200).at("/members/0/value"), json!(world.u1.to_string()));
        // Tokens of the provider do not last so long.
        let ga = app.bearer(&world.provider.token_of("ga", "ga@example.org"));
        assert_eq!(ga.get(&members(world.a)).await.expect(200).at("/results/0/status"), json!("ENABLED"));
    }
}
