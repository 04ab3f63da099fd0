//! Who may begin a review, see it, decide and close it.

use super::*;

testkit::both! {
    async fn a_review_is_begun_and_closed_by_who_administers_all_of_it(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        below(&admin, &acme, "ops").await;
        let new = |below: bool, undecided: &str| json!({ "group": acme, "below": below, "name": "spring", "last_day": "2030-01-31", "undecided": undecided });
        let (lea, leader) = person(&app, "lea").await;
        let_do(&admin, &acme, lea, json!({ "capabilities": ["members.read", "members.write"], "inherit": false })).await;
        let (vera, viewer) = person(&app, "vera").await;
        let_do(&admin, &acme, vera, json!({ "preset": "viewer" })).await;
        let (_, bystander) = person(&app, "ben").await;
        for who in [&viewer, &bystander] {
            refused(who.post(REVIEWS, new(false, "keep")).await, 403, "not_permitted");
        }
        refused(leader.post(REVIEWS, new(true, "keep")).await, 403, "not_permitted");
        refused(leader.post(REVIEWS, new(false, "suspend")).await, 403, "not_permitted");
        leader.post(REVIEWS, new(false, "remove")).await.expect(201);
        let all = with_role(&app, &admin, "max", "manage-groups", &["agm:manage"]).await;
        let whole = format!("{REVIEWS}/{}", all.post(REVIEWS, new(true, "suspend")).await.expect(201).id());
        app.client("program", &["agm:manage"]).await.post(REVIEWS, new(true, "keep")).await.expect(201);
        refused(app.client("other", &["scim:read"]).await.post(REVIEWS, new(true, "keep")).await, 403, "missing_scope");
        app.run_jobs().await;

        viewer.get(&whole).await.expect(200);
        leader.get(&whole).await.expect(200);
        for who in [&leader, &viewer, &bystander] {
            refused(who.post(&format!("{whole}/close"), json!({})).await, 403, "not_permitted");
            refused(who.post(&format!("{whole}/cancel"), json!({})).await, 403, "not_permitted");
        }
        refused(bystander.get(&whole).await, 403, "not_permitted");
        assert!(super::each(&bystander.get(REVIEWS).await.expect(200), "id").is_empty());
        refused(bystander.get(&format!("{REVIEWS}?group={acme}")).await, 403, "not_permitted");
        // Whose membership is to end does not undo that.
        let (max, other) = person(&app, "moe").await;
        let_do(&admin, &acme, max, json!({ "preset": "owner" })).await;
        let own = join(&admin, &acme, max).await;
        let review = begun(&app, &admin, &acme, json!({})).await;
        decide(&admin, &review, &[(&own, "suspend")]).await;
        refused(other.post(&format!("{review}/cancel"), json!({})).await, 403, "not_yourself");
        admin.post(&format!("{review}/cancel"), json!({})).await.expect(200);
        all.post(&format!("{whole}/cancel"), json!({})).await.expect(200);
        assert_eq!(viewer.get(&whole).await.expect(200).at("/state"), "cancelled");
    }

    async fn each_decides_where_they_administer_and_never_about_themselves(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let (ops, lab) = (below(&admin, &acme, "ops").await, below(&admin, &acme, "lab").await);
        let (hal, of_ops) = person(&app, "hal").await;
        let_do(&admin, &ops, hal, json!({ "preset": "manager" })).await;
        let (lou, of_lab) = person(&app, "lou").await;
        let_do(&admin, &lab, lou, json!({ "preset": "manager" })).await;
        let (vera, viewer) = person(&app, "vera").await;
        let_do(&admin, &ops, vera, json!({ "preset": "viewer" })).await;
        let (wim, writer) = person(&app, "wim").await;
        let_do(&admin, &ops, wim, json!({ "capabilities": ["members.write"] })).await;
        let own = join(&admin, &ops, hal).await;
        let (_, in_ops) = member(&app, &admin, &ops, "ann").await;
        let (bob, in_lab) = member(&app, &admin, &lab, "bob").await;
        let reviewed = app.acting_as(bob, &["agm:self", "agm:manage"]).await;
        let review = begun(&app, &admin, &acme, json!({ "below": true })).await;

        // Each sees what is theirs.
        for (who, seen) in [(&of_ops, 2), (&of_lab, 1), (&viewer, 2), (&admin, 3)] {
            assert_eq!(each(who, &review).await, seen);
            assert_eq!(super::each(&who.get(REVIEWS).await.expect(200), "id").len(), 1);
        }
        refused(reviewed.get(&review).await, 403, "not_permitted");
        refused(writer.get(&format!("{review}/items")).await, 403, "not_permitted");
        refused(reviewed.post(&format!("{review}/decisions"), json!({ "decisions": [{ "membership": in_lab, "decision": "keep" }] })).await, 403, "not_permitted");
        refused(viewer.post(&format!("{review}/decisions"), json!({ "decisions": [{ "membership": in_ops, "decision": "keep" }] })).await, 403, "not_permitted");
        let told = decide(&of_ops, &review, &[(&in_ops, "keep"), (&own, "keep"), (&in_lab, "remove")]).await;
        assert_eq!(codes(&told), [Value::Null, json!("not_yourself"), json!("not_permitted")]);
        assert_eq!(codes(&decide(&writer, &review, &[(&own, "remove"), (&in_ops, "suspend")]).await), [Value::Null, json!("not_permitted")]);
        assert_eq!(codes(&decide(&of_lab, &review, &[(&in_lab, "suspend")]).await), [Value::Null]);

        // Whoever is suspended decides nothing: as a person, or as one of a group that administers.
        let crew = top(&admin, "crew").await;
        let (kim, one_of_crew) = person(&app, "kim").await;
        join(&admin, &crew, kim).await;
        admin.post(&format!("/api/v1/groups/{ops}/admins"), json!({ "members_of": crew, "preset": "manager" })).await.expect(201);
        assert_eq!(codes(&decide(&one_of_crew, &review, &[(&in_ops, "remove")]).await), [Value::Null]);
        admin.post(&format!("/api/v1/groups/{crew}/memberships/{kim}/suspend"), json!({})).await.expect(200);
        refused(one_of_crew.post(&format!("{review}/decisions"), json!({ "decisions": [{ "membership": in_ops, "decision": "keep" }] })).await, 403, "not_permitted");
        admin.post(&format!("/api/v1/users/{hal}/suspend"), json!({})).await.expect(200);
        of_ops.post(&format!("{review}/decisions"), json!({ "decisions": [{ "membership": in_ops, "decision": "keep" }] })).await.expect(401);
        assert_eq!(admin.get(&format!("{review}/items?decision=remove")).await.expect(200).at("/items").as_array().unwrap().len(), 2);

        // Another realm knows nothing of it.
        app.realm("other").await;
        let foreign = app.client_with("foreign", &["admin"], |program| program.realm("other")).await;
        for path in [review.clone(), format!("{review}/items"), format!("{review}/outcome")] {
            let path = path.replacen("/api/v1", "/api/v1/realms/other", 1);
            refused(foreign.get(&path).await, 404, "not_found");
        }
        // A program that is narrowed to certain people is shown none.
        let policy = json!({ "user_filter": "userName eq \"ann\"" });
        let narrowed = app.client_with("narrowed", &["admin"], |program| program.policy(policy)).await;
        refused(narrowed.get(&review).await, 403, "forbidden");
        refused(narrowed.post(&format!("{review}/decisions"), json!({ "decisions": [{ "membership": in_ops, "decision": "keep" }] })).await, 403, "forbidden");
        // One that is narrowed to certain groups is shown these.
        let policy = json!({ "group_filter": "displayName eq \"ops\"" });
        let narrowed = app.client_with("of ops", &["admin"], |program| program.policy(policy)).await;
        assert_eq!(each(&narrowed, &review).await, 2);
        assert_eq!(codes(&decide(&narrowed, &review, &[(&in_lab, "keep"), (&in_ops, "keep")]).await), [json!("not_found"), Value::Null]);
    }

    async fn items_move_with_their_groups(app: TestApp) {
        let admin = admin(&app).await;
        let (acme, zoo) = (top(&admin, "acme").await, top(&admin, "zoo").await);
        let ops = below(&admin, &acme, "ops").await;
        let (gail, of_acme) = person(&app, "gail").await;
        let_do(&admin, &acme, gail, json!({ "preset": "owner" })).await;
        let (zed, of_zoo) = person(&app, "zed").await;
        let_do(&admin, &zoo, zed, json!({ "preset": "owner" })).await;
        let (_, in_ops) = member(&app, &admin, &ops, "ann").await;
        let review = begun(&app, &of_acme, &acme, json!({ "below": true })).await;
        assert_eq!(each(&of_acme, &review).await, 1);
        refused(of_zoo.get(&review).await, 403, "not_permitted");
        admin.post(&format!("/api/v1/groups/{ops}/move"), json!({ "parent": zoo })).await.expect(200);
        app.run_jobs().await;
        assert_eq!(each(&of_acme, &review).await, 0);
        assert_eq!(each(&of_zoo, &review).await, 1);
        assert_eq!(of_zoo.get(&format!("{review}/items")).await.expect(200).at("/items/0/path"), "/zoo/ops");
        assert_eq!(codes(&decide(&of_acme, &review, &[(&in_ops, "keep")]).await), [json!("not_permitted")]);
        assert_eq!(codes(&decide(&of_zoo, &review, &[(&in_ops, "remove")]).await), [Value::Null]);
    }
}

/// How many items somebody is shown.
async fn each(who: &TestClient, review: &str) -> usize {
    let items = who.get(&format!("{review}/items")).await.expect(200).at("/items");
    items.as_array().unwrap().len()
}
