//! Mails about members of managed groups whom programs add and take out.

use directory::notice::{NoticeChoices, SetNoticeChoices};
use serde_json::json;
use testkit::{TestApp, TestMail, both};

use super::{add, hr, set, take};
use crate::support::groups::{below, manager, own, top, user_of};
use crate::support::{create_group, delete_group, patch_group, put_group};

/// What jobs have left to be sent, as `to: subject`, in order.
async fn sent(app: &TestApp) -> Vec<String> {
    let mut lines: Vec<String> = mails(app).await.iter().map(line).collect();
    lines.sort();
    lines
}

async fn mails(app: &TestApp) -> Vec<TestMail> {
    app.run_jobs().await;
    app.deliver_mail().await
}

fn line(mail: &TestMail) -> String {
    format!("{}: {}", mail.to.trim_end_matches("@example.org"), mail.subject)
}

both! {
    async fn whom_a_program_adds_or_takes_out_is_told_as_are_those_who_administer(app: TestApp) {
        let hr = hr(&app).await;
        let (ann, bob, boss) = (app.user("ann").await, app.user("bob").await, app.user("boss").await);
        let acme = top(&app, "acme").await;
        let (ops, lab) = (below(&app, acme, "ops").await, below(&app, acme, "lab").await);
        own(&app, acme, boss).await;
        mails(&app).await;
        patch_group(&app, &hr, acme, add(&[ann])).await.expect("added");
        let told = mails(&app).await;
        let mut lines: Vec<String> = told.iter().map(line).collect();
        lines.sort();
        assert_eq!(lines, ["ann: You are a member of /acme", "boss: @ann is a member of /acme"]);
        assert!(told.iter().all(|mail| mail.text.contains("hr")), "{told:?}");
        // Whoever is a member already is no news.
        patch_group(&app, &hr, acme, add(&[ann])).await.expect("added");
        assert_eq!(sent(&app).await, Vec::<String>::new());
        patch_group(&app, &hr, ops, add(&[ann, bob])).await.expect("added");
        patch_group(&app, &hr, lab, add(&[bob])).await.expect("added");
        assert_eq!(sent(&app).await.len(), 6);
        // What goes along is said by the same mail, and nothing else.
        patch_group(&app, &hr, acme, take(ann)).await.expect("removed");
        let told = mails(&app).await;
        let mut lines: Vec<String> = told.iter().map(line).collect();
        lines.sort();
        assert_eq!(lines, ["ann: You are no longer a member of /acme", "boss: @ann is no longer a member of /acme"]);
        for mail in &told {
            assert!(mail.text.contains("/acme/ops") && !mail.text.contains("/acme/lab"), "{}", mail.text);
        }
        // A list that leaves somebody out takes them out.
        put_group(&app, &hr, ops, json!({ "displayName": "ops", "members": [] })).await.expect("put");
        assert_eq!(sent(&app).await, ["bob: You are no longer a member of /acme/ops", "boss: @bob is no longer a member of /acme/ops"]);
    }

    async fn who_comes_back_and_whose_time_came_early_is_told_of_it(app: TestApp) {
        let hr = hr(&app).await;
        let (ann, bob) = (app.user("ann").await, app.user("bob").await);
        let acme = top(&app, "acme").await;
        app.run_jobs().await;
        patch_group(&app, &hr, acme, add(&[ann, bob])).await.expect("added");
        sent(&app).await;
        set(&app, acme, ann, "expired", None).await;
        set(&app, acme, bob, "pending", Some(app.now().plus_seconds(30 * 86_400))).await;
        patch_group(&app, &hr, acme, add(&[ann, bob])).await.expect("added");
        let told = mails(&app).await;
        let mut lines: Vec<String> = told.iter().map(line).collect();
        lines.sort();
        assert_eq!(lines, ["ann: You are a member of /acme", "bob: You are a member of /acme"]);
        let bobs = told.iter().find(|mail| mail.to == "bob@example.org").expect("sent");
        assert!(bobs.text.contains("Last day: 31 January 2030"), "{}", bobs.text);
    }

    async fn of_groups_that_nobody_manages_nobody_is_told(app: TestApp) {
        let hr = hr(&app).await;
        let ann = app.user("ann").await;
        let group = create_group(&app, &hr, json!({ "displayName": "plain", "members": [{ "value": ann.to_string() }] })).await.expect("made").group.id;
        patch_group(&app, &hr, group, take(ann)).await.expect("removed");
        patch_group(&app, &hr, group, add(&[ann])).await.expect("added");
        delete_group(&app, &hr, group).await.expect("deleted");
        assert_eq!(sent(&app).await, Vec::<String>::new());
    }

    async fn of_many_those_who_administer_have_one_mail(app: TestApp) {
        let hr = hr(&app).await;
        let (boss, quiet) = (manager(&app, "boss", &[]).await, manager(&app, "quiet", &[]).await);
        let acme = top(&app, "acme").await;
        for admin in [&boss, &quiet] {
            own(&app, acme, user_of(admin)).await;
        }
        let off = [("administration".to_owned(), "off".to_owned())].into();
        let command = SetNoticeChoices { choices: NoticeChoices::parse(&off).expect("choices") };
        app.directory().execute(&quiet, command).await.expect("chosen");
        let mut people = Vec::new();
        for number in 0..40 {
            people.push(app.user(&format!("member-{number}")).await);
        }
        mails(&app).await;
        for change in [add(&people), json!([{ "op": "remove", "path": "members" }])] {
            patch_group(&app, &hr, acme, change).await.expect("changed");
            // Nobody waits for it.
            assert_eq!(app.deliver_mail().await.len(), 0);
            let told = mails(&app).await;
            let mut to: Vec<&str> = told.iter().map(|mail| mail.to.as_str()).collect();
            to.sort_unstable();
            to.dedup();
            assert_eq!((told.len(), to.len()), (40, 40));
            assert!(!to.contains(&"boss@example.org"));
            app.pass(86_400).await;
            let told = app.deliver_mail().await;
            let to: Vec<&str> = told.iter().map(|mail| mail.to.as_str()).collect();
            assert_eq!(to, ["boss@example.org"]);
            assert!(told[0].text.contains("@member-0 ") && told[0].text.contains("@member-39 "), "{}", told[0].text);
        }
    }
}
