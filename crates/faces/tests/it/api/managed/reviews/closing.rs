//! What closing does, and what it leaves alone.

use super::*;

testkit::both! {
    async fn what_is_not_what_was_decided_about_is_left_alone(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let mut there = Vec::new();
        for name in ["stays", "left", "returned", "suspended", "gone", "pending"] {
            let user = app.user(name).await;
            let mut new = json!({ "user": user.to_string(), "roles": ["member"] });
            if name == "pending" {
                new["first_day"] = json!("2030-02-01");
            }
            let id = admin.post(&format!("/api/v1/groups/{acme}/memberships"), new).await.expect(201).id();
            there.push((user, id));
        }
        let late = |index: usize| there[index].0;
        let review = begun(&app, &admin, &acme, json!({})).await;
        let all: Vec<(&str, &str)> = there.iter().map(|(_, id)| (id.as_str(), "remove")).collect();
        decide(&admin, &review, &all).await;
        // All of it at one instant.
        for index in [1, 2] {
            admin.delete(&format!("/api/v1/groups/{acme}/memberships/{}", late(index))).await.expect(204);
        }
        assert_eq!(join(&admin, &acme, late(2)).await, there[2].1, "a membership comes back under its id");
        admin.post(&format!("/api/v1/groups/{acme}/memberships/{}/suspend", late(3)), json!({})).await.expect(200);
        admin.delete(&format!("/api/v1/users/{}", late(4))).await.expect(204);
        member(&app, &admin, &acme, "newcomer").await;

        let outcome = admin.get(&format!("{review}/outcome")).await.expect(200);
        let foreseen: Vec<(String, Value)> = (0..6).map(|index| (outcome.at(&format!("/items/{index}/does")), outcome.at(&format!("/items/{index}/why")))).map(|(does, why)| (does.as_str().unwrap().to_owned(), why)).collect();
        let mut expected = vec![
            ("remove".to_owned(), Value::Null),
            ("remove".to_owned(), Value::Null),
            ("superseded".to_owned(), json!("ended")),
            ("superseded".to_owned(), json!("ended")),
            ("superseded".to_owned(), json!("given_again")),
            ("superseded".to_owned(), json!("suspended")),
        ];
        let mut found = foreseen.clone();
        found.sort_by_key(|(does, why)| (does.clone(), why.to_string()));
        expected.sort_by_key(|(does, why)| (does.clone(), why.to_string()));
        assert_eq!(found, expected);

        admin.post(&format!("{review}/close"), json!({})).await.expect(200);
        app.run_jobs().await;
        let closed = admin.get(&review).await.expect(200);
        assert_eq!((closed.at("/state"), closed.at("/counts/removed"), closed.at("/counts/superseded")), (json!("closed"), json!(2), json!(4)));
        let stands = async |index: usize| status(&admin, &acme, late(index)).await;
        assert_eq!((stands(0).await, stands(1).await, stands(5).await), (None, None, None));
        assert_eq!((stands(2).await.as_deref(), stands(3).await.as_deref()), (Some("enabled"), Some("suspended")));
        let items = admin.get(&format!("{review}/items")).await.expect(200);
        let mut whys = each(&items, "why");
        whys.sort();
        assert_eq!(whys, ["ended", "ended", "given_again", "null", "null", "suspended"]);
        let superseded = app.events().await.iter().filter(|fact| fact.kind == "review.item_superseded").count();
        assert_eq!(superseded, 4);
    }

    async fn what_nobody_decides_about_becomes_what_was_agreed(app: TestApp) {
        let admin = admin(&app).await;
        for (undecided, stands) in [("keep", Some("enabled")), ("suspend", Some("suspended")), ("remove", None)] {
            let group = top(&admin, undecided).await;
            let mut people = Vec::new();
            for number in 0..3 {
                people.push(member(&app, &admin, &group, &format!("{undecided}{number}")).await);
            }
            let review = begun(&app, &admin, &group, json!({ "undecided": undecided })).await;
            decide(&admin, &review, &[(&people[0].1, "keep")]).await;
            admin.post(&format!("{review}/close"), json!({})).await.expect(200);
            app.run_jobs().await;
            assert_eq!(status(&admin, &group, people[0].0).await.as_deref(), Some("enabled"), "{undecided}");
            for (user, _) in &people[1..] {
                assert_eq!(status(&admin, &group, *user).await.as_deref(), stands, "{undecided}");
            }
            let outcome = admin.get(&format!("{review}/outcome")).await.expect(200);
            let decided = each(&outcome, "decided");
            assert!(decided.iter().all(|decided| decided == "false"), "{undecided}");
            assert_eq!(decided.len(), if undecided == "keep" { 0 } else { 2 });
        }
    }

    async fn where_many_would_go_unsaid_it_waits_for_another_word(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let (gail, owner) = person(&app, "gail").await;
        let_do(&admin, &acme, gail, json!({ "preset": "owner" })).await;
        let mut people = Vec::new();
        for number in 0..7 {
            people.push(member(&app, &admin, &acme, &format!("p{number}")).await);
        }
        let review = begun(&app, &owner, &acme, json!({ "undecided": "remove" })).await;
        app.deliver_mail().await;
        let told = refused(owner.post(&format!("{review}/close"), json!({})).await, 409, "review_held");
        assert!(told.at("/detail").as_str().unwrap().contains("end 7 of 7"), "{told}");
        until(&app, "2030-02-01T00:00:00Z").await;
        let held = owner.get(&review).await.expect(200);
        assert_eq!(held.at("/state"), "held");
        assert!(held.at("/held").as_str().unwrap().contains("7 of 7"), "{held}");
        assert_eq!(mailed(&app, "waits to be closed").await, [("gail@example.org".to_owned(), "The review spring of /acme waits to be closed".to_owned())]);
        assert_eq!(status(&admin, &acme, people[0].0).await.as_deref(), Some("enabled"));
        // It takes decisions still.
        decide(&owner, &review, &[(&people[0].1, "keep")]).await;
        refused(owner.post(&format!("{review}/close"), json!({})).await, 409, "review_held");
        owner.post(&format!("{review}/close"), json!({ "release": true })).await.expect(200);
        app.run_jobs().await;
        assert_eq!(owner.get(&review).await.expect(200).at("/counts/removed"), 6);
        assert_eq!(status(&admin, &acme, people[0].0).await.as_deref(), Some("enabled"));

        let again: Vec<Id<User>> = people[1..].iter().map(|(user, _)| *user).collect();
        for user in again {
            join(&admin, &acme, user).await;
        }
        let forgotten = begun(&app, &owner, &acme, json!({ "undecided": "suspend", "last_day": "2030-02-10" })).await;
        until(&app, "2030-05-15T00:00:00Z").await;
        let given_up = owner.get(&forgotten).await.expect(200);
        assert_eq!((given_up.at("/state"), given_up.at("/cause")), (json!("cancelled"), json!("not_closed")));
        assert_eq!(status(&admin, &acme, people[3].0).await.as_deref(), Some("enabled"));
    }

    async fn for_somebody_who_has_left_another_one_has_to_close_it(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        app.set_realm("default", |settings| settings.support = Some("help@example.org".to_owned())).await;
        let (gail, owner) = person(&app, "gail").await;
        let_do(&admin, &acme, gail, json!({ "preset": "owner" })).await;
        let (ann, _) = member(&app, &admin, &acme, "ann").await;
        let review = begun(&app, &owner, &acme, json!({ "undecided": "suspend" })).await;
        admin.patch(&format!("/api/v1/users/{gail}"), json!({ "active": false })).await.expect(200);
        app.deliver_mail().await;
        until(&app, "2030-02-01T00:00:00Z").await;
        let held = admin.get(&review).await.expect(200);
        assert_eq!(held.at("/state"), "held");
        assert!(held.at("/held").as_str().unwrap().contains("has left"), "{held}");
        assert_eq!(status(&admin, &acme, ann).await.as_deref(), Some("enabled"));
        assert_eq!(mailed(&app, "waits to be closed").await.len(), 1, "somebody is told");
        admin.post(&format!("{review}/close"), json!({})).await.expect(200);
        app.run_jobs().await;
        assert_eq!(status(&admin, &acme, ann).await.as_deref(), Some("suspended"));
    }

    async fn a_review_of_a_group_that_is_deleted_comes_to_nothing(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let ops = below(&admin, &acme, "ops").await;
        let (ann, in_acme) = member(&app, &admin, &acme, "ann").await;
        let (_, in_ops) = member(&app, &admin, &ops, "bob").await;
        let of_acme = begun(&app, &admin, &acme, json!({ "below": true })).await;
        let of_ops = begun(&app, &admin, &ops, json!({})).await;
        decide(&admin, &of_acme, &[(&in_acme, "remove"), (&in_ops, "remove")]).await;
        admin.delete(&format!("/api/v1/groups/{ops}")).await.expect(204);
        app.run_jobs().await;
        let over = admin.get(&of_ops).await.expect(200);
        assert_eq!((over.at("/state"), over.at("/cause"), over.at("/path")), (json!("cancelled"), json!("group_deleted"), json!("/acme/ops")));
        assert!(each(&admin.get(&format!("{of_ops}/outcome")).await.expect(200), "does").is_empty());
        // What is left of the other one goes on.
        let items = admin.get(&format!("{of_acme}/items")).await.expect(200);
        assert_eq!(each(&items, "path"), ["/acme", "null"]);
        let does = each(&admin.get(&format!("{of_acme}/outcome")).await.expect(200), "does");
        assert_eq!(does, ["remove", "superseded"]);
        admin.post(&format!("{of_acme}/close"), json!({})).await.expect(200);
        app.run_jobs().await;
        assert_eq!(status(&admin, &acme, ann).await, None);
        assert_eq!(admin.get(&of_acme).await.expect(200).at("/counts/superseded"), 1);
    }

    async fn many_are_reviewed_and_done_in_slices(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let mut groups = vec![acme.clone()];
        for number in 0..3 {
            groups.push(below(&admin, &acme, &format!("g{number}")).await);
        }
        let mut people = Vec::new();
        for number in 0..210 {
            people.push(app.user(&format!("p{number:03}")).await);
        }
        for group in &groups {
            let members: Vec<String> = people.iter().map(ToString::to_string).collect();
            admin.post(&format!("/api/v1/groups/{group}/members"), json!({ "members": members })).await.expect(200);
        }
        app.run_jobs().await;
        let review = begun(&app, &admin, &acme, json!({ "below": true, "undecided": "remove" })).await;
        assert_eq!(admin.get(&review).await.expect(200).at("/counts/items"), 840);
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = admin.get(&format!("{review}/items?limit=500&cursor={cursor}")).await.expect(200);
            seen.extend(each(&page, "membership"));
            match page.at("/next").as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => break,
            }
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 840);
        admin.post(&format!("{review}/close"), json!({ "release": true })).await.expect(200);
        app.run_jobs().await;
        let closed = admin.get(&review).await.expect(200);
        // Those below come first, so none of them is taken along.
        assert_eq!((closed.at("/state"), closed.at("/counts/removed"), closed.at("/counts/superseded")), (json!("closed"), json!(840), json!(0)));
        for group in &groups {
            assert!(each(&admin.get(&format!("/api/v1/groups/{group}/memberships")).await.expect(200), "user").is_empty());
        }
    }
}
