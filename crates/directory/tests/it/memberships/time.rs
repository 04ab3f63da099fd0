//! What time does to memberships.

use directory::group::Group;
use directory::job::{JobKind, JobQuery, JobWorker};
use directory::user::User;
use directory::{Id, Principal, Timestamp};
use serde_json::json;
use testkit::{TestApp, TestEvent, both};

use super::{hr, sql};
use crate::support::{
    create_group, delete, delete_group, groups_know_their_number, members, patch_group, put_group, view,
};

const DAY: i64 = 86_400;

/// A group of one person, given by a program, that lasts until then.
async fn group_until(
    app: &TestApp,
    who: &Principal,
    name: &str,
    user: Id<User>,
    until: Option<Timestamp>,
) -> Id<Group> {
    let body = json!({ "displayName": name, "members": [{ "value": user.to_string() }] });
    let group = create_group(app, who, body).await.expect("made").group.id;
    let set = "UPDATE memberships SET expires_at = ?2 WHERE group_id = ?1";
    sql(app, set, vec![group.into(), until.map(Timestamp::millis).into()]).await;
    group
}

async fn put_below(app: &TestApp, child: Id<Group>, parent: Id<Group>) {
    let insert = "INSERT INTO group_ancestors (realm, group_id, ancestor, depth) SELECT realm, ?1, ?2, 1 FROM groups WHERE id = ?1";
    sql(app, insert, vec![child.into(), parent.into()]).await;
}

/// From now on what is due for a person is done.
async fn begin(app: &TestApp, user: Id<User>) {
    let insert = "INSERT INTO jobs (realm, id, kind, subject, payload, due_at, attempts, parked)
                  SELECT realm, id, 'person_duties', id, '{}', ?2, 0, FALSE FROM users WHERE id = ?1";
    sql(app, insert, vec![user.into(), app.now().millis().into()]).await;
    app.run_jobs().await;
}

async fn row(app: &TestApp, group: Id<Group>) -> (String, i64) {
    let read = "SELECT status, version FROM memberships WHERE group_id = ?1";
    let mut row = app
        .db()
        .query(read, &[group.into()])
        .await
        .expect("read")
        .pop()
        .expect("a row");
    (row.take(0).expect("a word"), row.take(1).expect("a number"))
}

async fn row_of(app: &TestApp, group: Id<Group>, user: Id<User>) -> String {
    let read = "SELECT status FROM memberships WHERE group_id = ?1 AND user_id = ?2";
    let mut rows = app.db().query(read, &[group.into(), user.into()]).await.expect("read");
    rows[0].take(0).expect("a word")
}

/// What happened since, kind and group and cause, one line each.
fn told(events: Vec<TestEvent>) -> Vec<String> {
    let line = |event: TestEvent| format!("{} {}", event.kind, event.body["cause"].as_str().unwrap_or("-"));
    events.into_iter().map(line).collect()
}

both! {
    async fn what_has_an_end_is_reminded_of_expires_and_is_gone_after_its_grace(app: TestApp) {
        let hr = hr(&app).await;
        let ann = app.user("ann").await;
        let end = app.now().plus_seconds(40 * DAY);
        let ops = group_until(&app, &hr, "ops", ann, Some(end)).await;
        let night = group_until(&app, &hr, "night", ann, None).await;
        let dev = group_until(&app, &hr, "dev", ann, None).await;
        put_below(&app, night, ops).await;
        let before = app.events().await.len();

        // What stood there without an end that counts gets it.
        begin(&app, ann).await;
        assert_eq!(told(app.events().await.split_off(before)), ["member.changed time", "member.changed time"]);
        for _ in 0..40 {
            app.pass(DAY).await;
        }
        app.pass(1).await;
        let events = app.events().await.split_off(before + 2);
        let root = events.iter().find(|event| event.body["group"] == ops.to_string() && event.kind == "member.expired").expect("expired");
        let along = events.iter().find(|event| event.body["group"] == night.to_string() && event.kind == "member.expired").expect("expired");
        assert_eq!(along.body["root"], root.subject.to_string());
        assert_eq!((along.body["cause"].as_str(), root.body["cause"].as_str()), (Some("cascade"), Some("time")));
        assert_eq!(root.body["after"]["status"], "expired");
        let reminded = events.iter().filter(|event| event.kind == "member.reminded").count();
        assert_eq!((reminded, events.len()), (6, 8));

        // SCIM shows who counts, and nobody else.
        assert!(members(&app, &hr, ops).await.is_empty());
        assert_eq!(view(&app, &hr, ann).await.expect("shown")["groups"].as_array().expect("a list").len(), 1);
        assert_eq!((row(&app, ops).await.0.as_str(), row(&app, dev).await), ("expired", ("enabled".to_owned(), 1)));
        groups_know_their_number(&app).await;

        // One comes back by an explicit grant while the other one's grace runs out.
        patch_group(&app, &hr, ops, json!([{ "op": "add", "path": "members", "value": [{ "value": ann.to_string() }] }])).await.expect("added");
        let before = app.events().await.len();
        app.pass(31 * DAY).await;
        assert_eq!(told(app.events().await.split_off(before)), ["member.purged time"]);
        assert_eq!((row(&app, ops).await.0.as_str(), row(&app, night).await.0.as_str()), ("enabled", "ended"));
        let query = JobQuery { kind: Some(JobKind::PersonDuties), ..JobQuery::default() };
        assert!(app.directory().jobs(&app.operator().await, &query).await.expect("read").is_empty());
        groups_know_their_number(&app).await;
    }

    async fn a_night_in_which_nobody_was_up_is_caught_up_with_once(app: TestApp) {
        let hr = hr(&app).await;
        let mut people = Vec::new();
        for number in 0..12 {
            let user = app.user(&format!("u{number}")).await;
            let end = app.now().plus_seconds((10 + number) * DAY);
            let parent = group_until(&app, &hr, &format!("p{number}"), user, Some(end)).await;
            let child = group_until(&app, &hr, &format!("c{number}"), user, Some(end)).await;
            put_below(&app, child, parent).await;
            begin(&app, user).await;
            people.push((user, parent, child));
        }
        let before = app.events().await.len();
        app.clock().advance(60 * DAY);
        let app = app.with_settings(|settings| settings.work.jobs_at_once = 16).await;
        let workers: Vec<_> = (0..3).map(|_| JobWorker::new(app.directory().clone())).collect();
        futures_util::future::join_all(workers.iter().map(|worker| async { worker.run_until_idle().await.expect("it runs") })).await;
        workers[0].run_until_idle().await.expect("it runs");
        let events = app.events().await.split_off(before);
        let count = |kind: &str| events.iter().filter(|event| event.kind == kind).count();
        // Its grace counts from when the end was acted on.
        assert_eq!((count("member.expired"), count("member.reminded"), events.len()), (24, 0, 24));
        for (_, parent, child) in people {
            assert_eq!((row(&app, parent).await.0.as_str(), row(&app, child).await.0.as_str()), ("expired", "expired"));
        }
        groups_know_their_number(&app).await;
    }

    async fn time_and_programs_do_not_wait_for_each_other_or_undo_each_other(app: TestApp) {
        let hr = hr(&app).await;
        for round in 0..8 {
            let user = app.user(&format!("u{round}")).await;
            let end = app.now().plus_seconds(DAY);
            let old = group_until(&app, &hr, &format!("old{round}"), user, Some(end)).await;
            let new = create_group(&app, &hr, json!({ "displayName": format!("new{round}") })).await.expect("made").group.id;
            begin(&app, user).await;
            app.clock().advance(DAY);
            let add = json!([{ "op": "add", "path": "members", "value": [{ "value": user.to_string() }] }]);
            let out = json!([{ "op": "remove", "path": format!("members[value eq \"{user}\"]") }]);
            let worker = JobWorker::new(app.directory().clone());
            let (ran, added, removed) = tokio::join!(worker.run_until_idle(), patch_group(&app, &hr, new, add), patch_group(&app, &hr, old, out));
            ran.expect("it runs");
            added.expect("added");
            removed.expect("removed");
            assert_eq!(members(&app, &hr, new).await, [user.to_string()]);
            assert!(members(&app, &hr, old).await.is_empty());
        }
        groups_know_their_number(&app).await;
    }

    async fn time_meets_a_replacement_and_the_end_of_the_group_and_nobody_deadlocks_or_loses(app: TestApp) {
        let hr = hr(&app).await;
        let app = app.with_settings(|settings| settings.work.jobs_at_once = 4).await;
        for round in 0..12 {
            let (ann, bob) = (app.user(&format!("a{round}")).await, app.user(&format!("b{round}")).await);
            let end = app.now().plus_seconds(DAY);
            let replaced = group_until(&app, &hr, &format!("r{round}"), ann, Some(end)).await;
            let deleted = group_until(&app, &hr, &format!("d{round}"), ann, Some(end)).await;
            let stays = group_until(&app, &hr, &format!("s{round}"), ann, Some(end)).await;
            begin(&app, ann).await;
            app.clock().advance(DAY);
            let body = json!({ "displayName": "replaced", "members": [{ "value": bob.to_string() }] });
            let worker = JobWorker::new(app.directory().clone());
            let (ran, put, gone) = tokio::join!(worker.run_until_idle(), put_group(&app, &hr, replaced, body), delete_group(&app, &hr, deleted));
            ran.expect("it runs");
            put.expect("replaced");
            gone.expect("deleted");
            worker.run_until_idle().await.expect("it runs");
            assert_eq!(members(&app, &hr, replaced).await, [bob.to_string()]);
            assert_eq!(row_of(&app, deleted, ann).await, "ended");
            assert_eq!(row_of(&app, stays, ann).await, "expired");
            // Whichever came first: time or the request has ended it, and it happened once.
            let ends = app.events().await.into_iter().filter(|event| {
                event.body["user"] == ann.to_string() && event.body["group"] == replaced.to_string()
                    && ["member.expired", "member.removed"].contains(&event.kind.as_str())
            });
            assert_eq!(ends.count(), 1);
        }
        groups_know_their_number(&app).await;
    }

    async fn whoever_has_left_has_no_duties(app: TestApp) {
        let hr = hr(&app).await;
        let ann = app.user("ann").await;
        let end = app.now().plus_seconds(DAY);
        let ops = group_until(&app, &hr, "ops", ann, Some(end)).await;
        let dev = group_until(&app, &hr, "dev", ann, Some(end)).await;
        begin(&app, ann).await;
        delete(&app, &hr, ann).await.expect("left");
        // As if they had more groups than are ended in one piece: what is due there is nobody's any more.
        for (group, status) in [(ops, "pending"), (dev, "expired")] {
            let set = "UPDATE memberships SET status = ?2, expires_at = ?3 WHERE group_id = ?1";
            sql(&app, set, vec![group.into(), status.into(), end.millis().into()]).await;
        }
        let before = app.events().await.len();
        app.pass(60 * DAY).await;
        let since = told(app.events().await.split_off(before));
        assert!(!since.iter().any(|line| line.starts_with("member.")), "{since:?}");
        assert_eq!((row(&app, ops).await.0.as_str(), row(&app, dev).await.0.as_str()), ("pending", "expired"));
    }
}
