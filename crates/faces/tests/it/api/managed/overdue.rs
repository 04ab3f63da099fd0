//! What time has done before its job came: it is of time, whoever comes first.

use serde_json::json;

use super::{admin, below, person, top};

testkit::both! {
    async fn whoever_acts_before_the_jobs_does_nothing_in_the_name_of_time(app: TestApp) {
        let admin = admin(&app).await;
        let (acme, beta) = (top(&admin, "acme").await, top(&admin, "beta").await);
        let (ops, gamma) = (below(&admin, &acme, "ops").await, top(&admin, "gamma").await);
        let (ann, _) = person(&app, "ann").await;
        for (group, days) in [
            (&acme, json!({ "last_day": "2030-01-04" })),
            (&ops, json!({})),
            (&beta, json!({ "first_day": "2030-01-03", "last_day": "2030-12-31" })),
        ] {
            let mut new = json!({ "user": ann.to_string(), "roles": ["member"] });
            new.as_object_mut().expect("an object").extend(days.as_object().expect("an object").clone());
            admin.post(&format!("/api/v1/groups/{group}/memberships"), new).await.expect(201);
        }
        app.run_jobs().await;
        app.deliver_mail().await;
        let seen = app.events().await.len();
        app.clock().advance(4 * 86_400);
        // Nobody's job has been there when she is let into another group.
        let new = json!({ "user": ann.to_string(), "roles": ["member"] });
        admin.post(&format!("/api/v1/groups/{gamma}/memberships"), new).await.expect(201);
        app.run_jobs().await;
        let events = app.events().await;
        let of = |group: &str| {
            let all = events[seen..].iter().filter(|event| event.kind.starts_with("member.") && event.body["group"] == group);
            all.map(|event| (event.kind.as_str(), event.body["cause"].clone(), event.actor.clone())).collect::<Vec<_>>()
        };
        let system = "system".to_owned();
        assert_eq!(of(&acme), [("member.expired", json!("time"), system.clone())]);
        assert_eq!(of(&ops), [("member.expired", json!("cascade"), system.clone())]);
        assert_eq!(of(&beta), [("member.activated", json!("time"), system)]);
        let (kind, cause, actor) = &of(&gamma)[0];
        assert_eq!((*kind, cause), ("member.added", &json!("given")));
        assert!(actor.starts_with("client:"), "{actor}");
        let mails = app.deliver_mail().await;
        let subjects: Vec<&str> = mails.iter().map(|mail| mail.subject.as_str()).collect();
        for (what, count) in [("/beta", 1), ("/acme", 1), ("/gamma", 1)] {
            let told = subjects.iter().filter(|subject| subject.contains(what)).count();
            assert!(told >= count, "{what}: {subjects:?}");
        }
    }

    async fn what_a_program_does_elsewhere_gives_it_no_say_over_what_time_has_ended(app: TestApp) {
        let admin = admin(&app).await;
        let (acme, beta) = (top(&admin, "acme").await, top(&admin, "beta").await);
        admin.put(&format!("/api/v1/groups/{acme}/settings"), json!({ "grace_days": 1 })).await.expect(200);
        let (ann, _) = person(&app, "ann").await;
        let new = json!({ "user": ann.to_string(), "roles": ["member"], "last_day": "2030-01-02" });
        admin.post(&format!("/api/v1/groups/{acme}/memberships"), new).await.expect(201);
        app.run_jobs().await;
        app.pass(2 * 86_400).await;
        // The time in which it might have come back is over, and no job has been there.
        app.clock().advance(2 * 86_400);
        let new = json!({ "user": ann.to_string(), "roles": ["member"] });
        admin.post(&format!("/api/v1/groups/{beta}/memberships"), new).await.expect(201);
        app.run_jobs().await;
        // A list that names her does not bring her back: it was not a program that has ended it.
        let scim = app.client("scim", &["scim:read", "scim:write"]).await;
        let patch = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{ "op": "replace", "path": "members", "value": [{ "value": ann.to_string() }] }]
        });
        scim.patch(&format!("/scim/v2/Groups/{acme}"), patch).await;
        let members = scim.get(&format!("/scim/v2/Groups/{acme}?attributes=members")).await.expect(200);
        assert_eq!(members.json()["members"].as_array().map_or(0, Vec::len), 0, "{members}");
    }

    async fn what_time_does_meanwhile_makes_nobodys_version_stale(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let (ann, _) = person(&app, "ann").await;
        let new = json!({ "user": ann.to_string(), "roles": ["member"], "last_day": "2030-03-01" });
        admin.post(&format!("/api/v1/groups/{acme}/memberships"), new).await.expect(201);
        app.run_jobs().await;
        let one = format!("/api/v1/groups/{acme}/memberships/{ann}");
        let seen = admin.get(&one).await.expect(200).header("etag").to_owned();
        // She is to be reminded by then, and nobody's job has been there.
        app.clock().advance(50 * 86_400);
        let suspend = admin.post(&format!("{one}/suspend"), json!({})).header("if-match", &seen);
        suspend.await.expect(200);
        let resume = admin.post(&format!("{one}/resume"), json!({})).header("if-match", &seen);
        resume.await.expect(412);
    }
}
