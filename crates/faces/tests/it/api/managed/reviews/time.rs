//! What time does to reviews: reminders, the end, forgetting; and what is foreseen of it.

use std::ops::ControlFlow;

use directory::mail::Template;
use directory::preview::{Foreseen, PreviewQuery};

use super::*;

const DAY: i64 = 86_400;

testkit::both! {
    async fn those_who_have_not_decided_are_reminded_and_it_closes_by_itself(app: TestApp) {
        let admin = admin(&app).await;
        app.set_realm("default", |settings| settings.time_zone = Some("Europe/Berlin".into())).await;
        let acme = top(&admin, "acme").await;
        let (ops, lab) = (below(&admin, &acme, "ops").await, below(&admin, &acme, "lab").await);
        for (group, name) in [(&acme, "gail"), (&ops, "hal"), (&lab, "lou")] {
            let (user, _) = person(&app, name).await;
            let_do(&admin, group, user, json!({ "preset": "manager" })).await;
        }
        let (_, in_acme) = member(&app, &admin, &acme, "ann").await;
        let (bob, in_ops) = member(&app, &admin, &ops, "bob").await;
        let (_, in_lab) = member(&app, &admin, &lab, "cleo").await;
        app.run_jobs().await;
        app.deliver_mail().await;
        let review = begun(&app, &admin, &acme, json!({ "below": true })).await;
        let told = |mails: Vec<(String, String)>| mails.into_iter().map(|(to, _)| to.split('@').next().unwrap().to_owned()).collect::<Vec<_>>();
        let begun = mailed(&app, "Review of").await;
        // Whoever administers all of it is told once, of the topmost group.
        assert_eq!(begun[0], ("gail@example.org".to_owned(), "Review of the members of /acme: spring".to_owned()));
        assert_eq!(told(begun), ["gail", "hal", "lou"]);

        until(&app, "2030-01-10T06:59:00Z").await;
        assert!(mailed(&app, "to decide about").await.is_empty());
        decide(&admin, &review, &[(&in_lab, "keep")]).await;
        until(&app, "2030-01-10T07:00:00Z").await;
        let reminded = mailed(&app, "to decide about").await;
        assert_eq!(reminded[0].1, "Until 31 January 2030: members of /acme to decide about");
        assert_eq!(told(reminded), ["gail", "hal"]);
        decide(&admin, &review, &[(&in_acme, "keep")]).await;
        until(&app, "2030-01-24T07:00:00Z").await;
        assert_eq!(told(mailed(&app, "to decide about").await), ["gail", "hal"]);
        decide(&admin, &review, &[(&in_ops, "remove")]).await;
        until(&app, "2030-01-31T22:59:59Z").await;
        assert!(mailed(&app, "to decide about").await.is_empty());
        assert_eq!((admin.get(&review).await.expect(200).at("/state"), status(&admin, &ops, bob).await.as_deref()), (json!("open"), Some("enabled")));
        until(&app, "2030-01-31T23:00:00Z").await;
        assert_eq!((admin.get(&review).await.expect(200).at("/state"), status(&admin, &ops, bob).await), (json!("closed"), None));
        // Each fact says where it stood.
        let facts = app.events().await;
        for (kind, before, after) in [
            ("review.begun", json!({}), json!({ "state": "starting" })),
            ("review.opened", json!({ "state": "starting" }), json!({ "state": "open" })),
            ("review.reminded", json!({ "reminded": "2030-01-24T07:00:00.000Z" }), json!({ "reminded": "2030-01-30T07:00:00.000Z" })),
            ("review.closing", json!({ "state": "open" }), json!({ "state": "closing" })),
            ("review.closed", json!({ "state": "closing" }), json!({ "state": "closed" })),
        ] {
            let fact = facts.iter().rfind(|fact| fact.kind == kind).unwrap_or_else(|| panic!("no {kind}"));
            assert_eq!((&fact.body["before"], &fact.body["after"]), (&before, &after), "{kind}");
        }
    }

    async fn mails_of_reviews_are_german_and_can_be_switched_off(app: TestApp) {
        let admin = admin(&app).await;
        app.set_realm("default", |settings| settings.language = Some("de".into())).await;
        let acme = top(&admin, "acme").await;
        let (gail, _) = person(&app, "gail").await;
        let_do(&admin, &acme, gail, json!({ "preset": "manager" })).await;
        let (bob, _) = member(&app, &admin, &acme, "bob").await;
        app.run_jobs().await;
        app.deliver_mail().await;
        let review = begun(&app, &admin, &acme, json!({ "undecided": "remove", "name": "Frühjahr" })).await;
        let mails = app.deliver_mail().await;
        assert_eq!(mails[0].subject, "Überprüfung der Mitglieder der Gruppe /acme: Frühjahr");
        assert!(mails[0].text.contains("Mitgliedschaften, über die niemand entscheidet, enden dann."), "{}", mails[0].text);
        admin.post(&format!("{review}/close"), json!({})).await.expect(200);
        app.run_jobs().await;
        let mails = app.deliver_mail().await;
        assert!(mails[0].to == "bob@example.org" && mails[0].text.contains("Überprüfung „Frühjahr“"), "{mails:?}");
        join(&admin, &acme, bob).await;
        app.set_realm("default", |settings| settings.agm.notices_off = vec!["review_begun".into()]).await;
        app.run_jobs().await;
        app.deliver_mail().await;
        begun(&app, &admin, &acme, json!({})).await;
        assert!(app.deliver_mail().await.is_empty());
    }

    async fn where_nobody_administers_somebody_else_is_told(app: TestApp) {
        let admin = admin(&app).await;
        app.set_realm("default", |settings| settings.support = Some("help@example.org".into())).await;
        let acme = top(&admin, "acme").await;
        let ops = below(&admin, &acme, "ops").await;
        member(&app, &admin, &acme, "ann").await;
        member(&app, &admin, &ops, "bob").await;
        app.run_jobs().await;
        app.deliver_mail().await;
        begun(&app, &admin, &acme, json!({ "below": true })).await;
        assert_eq!(mailed(&app, "").await, [("help@example.org".to_owned(), "Review of the members of /acme: spring".to_owned())]);
    }

    async fn what_a_review_will_do_is_foreseen(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let (gail, owner) = person(&app, "gail").await;
        let_do(&admin, &acme, gail, json!({ "preset": "owner" })).await;
        let (ann, in_acme) = member(&app, &admin, &acme, "ann").await;
        let (bob, _) = member(&app, &admin, &acme, "bob").await;
        let review = begun(&app, &owner, &acme, json!({ "undecided": "remove" })).await;
        decide(&owner, &review, &[(&in_acme, "suspend")]).await;
        app.run_jobs().await;
        let operator = app.operator().await;
        let folder = std::env::temp_dir().join(format!("usher-reviews-{}-{:?}", std::process::id(), app.engine()));
        std::fs::create_dir(&folder).unwrap();
        let query = PreviewQuery { until: app.now().plus_seconds(40 * DAY), user: None, group: Some(Id::parse(&acme).unwrap()) };
        let mut all: Vec<Foreseen> = Vec::new();
        let keep = |one| {
            all.push(one);
            ControlFlow::Continue(())
        };
        app.directory().preview(&operator, &query, &folder, keep).await.unwrap();
        std::fs::remove_dir(&folder).unwrap();
        let end = "2030-02-01T00:00:00.000Z";
        let of_kind = |kind: &str| all.iter().filter(|one| one.kind.name() == kind).collect::<Vec<_>>();
        assert_eq!(of_kind("review.reminded").len(), 3);
        let closed = of_kind("review.closed");
        assert_eq!((closed.len(), closed[0].at.to_string(), review.ends_with(&Id::<()>::new(closed[0].subject).to_string())), (1, end.to_owned(), true));
        for (kind, user, status) in [("member.removed", bob, "ended"), ("member.suspended", ann, "suspended")] {
            let found = of_kind(kind);
            assert_eq!(found.len(), 1, "{kind}");
            assert_eq!((found[0].user, found[0].cause.as_deref(), found[0].status.map(directory::membership::Status::name)), (Some(user), Some("review"), Some(status)));
            assert_eq!(found[0].at.to_string(), end);
        }
        let mails: Vec<Template> = all.iter().filter_map(|one| one.mail).collect();
        for mail in [Template::ReviewReminder, Template::MemberRemoved, Template::MemberSuspended, Template::ReviewClosed] {
            assert!(mails.contains(&mail), "{mails:?}");
        }
        assert_eq!(admin.get(&review).await.expect(200).at("/state"), "open");
    }

    async fn a_review_is_forgotten_and_what_it_says_of_people_with_them(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let (gail, _) = person(&app, "gail").await;
        let_do(&admin, &acme, gail, json!({ "preset": "manager" })).await;
        let (ann, in_acme) = member(&app, &admin, &acme, "ann").await;
        let (_, other) = member(&app, &admin, &acme, "bob").await;
        let review = begun(&app, &admin, &acme, json!({})).await;
        let why = |id: &str| json!({ "membership": id, "decision": "keep", "comment": "known" });
        admin.post(&format!("{review}/decisions"), json!({ "decisions": [why(&in_acme), why(&other)] })).await.expect(200);
        admin.post(&format!("{review}/close"), json!({})).await.expect(200);
        app.run_jobs().await;
        let comments = async || {
            let items = admin.get(&format!("{review}/items")).await.expect(200).at("/items");
            items.as_array().unwrap().iter().map(|item| (item["user"] == ann.to_string(), item["comment"].clone())).collect::<Vec<_>>()
        };
        assert!(comments().await.iter().all(|(_, comment)| comment == "known"));
        for user in [ann, gail] {
            admin.delete(&format!("/api/v1/users/{user}")).await.expect(204);
        }
        until(&app, "2030-02-10T00:00:00Z").await;
        for (of_ann, comment) in comments().await {
            assert_eq!(comment, if of_ann { Value::Null } else { json!("known") });
        }
        let rows = async |table: &str| {
            let sql = format!("SELECT COUNT(*) FROM {table}");
            app.db().scan(&sql, &[]).await.unwrap()[0].take::<i64>(0).unwrap()
        };
        assert_eq!(rows("review_notices").await, 0);
        app.set_realm("default", |settings| settings.agm.request_retention_days = Some(400)).await;
        until(&app, "2031-01-02T00:00:00Z").await;
        admin.get(&review).await.expect(200);
        until(&app, "2031-02-06T00:00:00Z").await;
        refused(admin.get(&review).await, 404, "not_found");
        for table in ["reviews", "review_groups", "review_items", "review_notices"] {
            assert_eq!(rows(table).await, 0, "{table}");
        }
    }
}
