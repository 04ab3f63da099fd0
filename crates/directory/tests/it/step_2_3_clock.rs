//! The machine's clock is set, back or forward: nothing that a node was at stays behind in a time that was wrong, the order of
//! what happens stays, and nothing happens twice.

use std::sync::Arc;

use directory::delivery::DeliveryWorker;
use directory::event::{EventQuery, Sequencer};
use directory::invitation::InvitationState;
use directory::job::JobWorker;
use directory::{Directory, Opening};
use serde_json::json;
use testkit::{Program, TestApp, both};

use crate::deliveries::{begin_and_die, states, test_mail};
use crate::invitations::{accept, hr, invited, the_invitation};
use crate::jobs::sql;
use crate::support::{create, create_group, delete, patch, patch_group, refusal};

const DAY: i64 = 86_400;
const YEAR: i64 = 365 * DAY;

/// The same store with the ids of a real server: those of tests only count.
async fn with_real_ids(app: &TestApp) -> Directory {
    let opening = Opening {
        clock: Arc::new(app.clock().clone()),
        settings: app.directory().settings().clone(),
        ..Opening::default()
    };
    Directory::open_migrated(app.db().clone(), opening)
        .await
        .expect("the directory opens")
}

both! {
    async fn a_dead_nodes_delivery_does_not_wait_for_a_clock_that_was_wrong(app: TestApp) {
        app.clock().advance(YEAR);
        test_mail(&app, "ops@example.org").await;
        begin_and_die(&app).await;
        app.clock().advance(-YEAR);
        // The lease ends in a year; no lease lasts as long.
        assert_eq!(app.deliver_mail().await.len(), 1);
        assert_eq!(states(&app).await, ["confirmed"]);
    }

    async fn a_mail_does_not_wait_for_a_clock_that_was_wrong(app: TestApp) {
        app.clock().advance(YEAR);
        test_mail(&app, "ops@example.org").await;
        app.clock().advance(-YEAR);
        assert_eq!(app.deliver_mail().await.len(), 1);
        app.clock().advance(2 * YEAR);
        assert_eq!(app.deliver_mail().await.len(), 0, "and does not come again");
    }

    async fn a_lease_that_is_held_is_not_taken_when_clocks_differ(app: TestApp) {
        test_mail(&app, "ops@example.org").await;
        begin_and_die(&app).await;
        // Another node's clock may be behind by some minutes.
        app.clock().advance(-240);
        assert_eq!(app.deliver_mail().await.len(), 0);
        assert_eq!(states(&app).await, ["running"]);
    }

    async fn a_dead_nodes_job_does_not_wait_for_a_clock_that_was_wrong(app: TestApp) {
        let gone = app.user("bob").await;
        delete(&app, &app.operator().await, gone).await.expect("gone");
        app.clock().advance(30 * DAY);
        sql(&app, "UPDATE jobs SET lease_by = id, lease_until = due_at + 31536000000").await;
        JobWorker::new(app.directory().clone()).run_until_idle().await.expect("it runs");
        assert_eq!(app.event_kinds().await.last().map(String::as_str), Some("user.erased"));
    }

    async fn events_find_their_place_after_a_clock_that_was_wrong(app: TestApp) {
        let hr = app.principal("hr", &["scim:write"], Program::default()).await;
        app.clock().advance(YEAR);
        let dead = app.another().await;
        create(&app, &hr, json!({ "userName": "ann" })).await.expect("created");
        Sequencer::new(dead.directory().clone()).run_once().await.expect("placed");
        dead.directory().announce_node(uuid::Uuid::from_u128(7), 15).await.expect("announced");
        app.clock().advance(-YEAR);
        create(&app, &hr, json!({ "userName": "bob" })).await.expect("created");
        assert!(Sequencer::new(app.directory().clone()).run_once().await.expect("placed") > 0);
        let report = app.directory().verify_events(app.realm("default").await).await.expect("read");
        assert_eq!((report.problems, report.unplaced), (Vec::new(), 0));
        assert_eq!(app.directory().nodes().await.expect("counted"), 0, "the dead node does not count");
        assert!(app.directory().events_ahead().await.expect("read").is_none(), "the newest event is of now");
    }

    async fn the_order_of_what_happens_stays_when_the_clock_is_set_back(app: TestApp) {
        let hr = app.principal("hr", &["scim:read", "scim:write"], Program::default()).await;
        let real = with_real_ids(&app).await;
        let before = app.event_kinds().await.len();
        let command = |body| directory::user::CreateUser {
            intake: directory::user::UserIntake { body },
            needs: directory::Scope::ScimWrite,
        };
        let mut ids = Vec::new();
        for (number, step) in [0, -1, -60, 5, -100].into_iter().enumerate() {
            app.clock().advance(step);
            let user = real.execute(&hr, command(json!({ "userName": format!("u{number}") }))).await.expect("created").user;
            ids.push(user.id);
        }
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
        app.place_events().await;
        let auditor = app.principal("auditor", &["events:read"], Program::default()).await;
        let query = EventQuery { after: 0, limit: 1000, ..EventQuery::default() };
        let all = app.directory().events(&auditor, &query).await.expect("read");
        let subjects: Vec<_> = all.iter().filter(|event| event.kind == "user.created").map(|event| event.subject).collect();
        let made: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
        assert!(before > 0 && subjects.ends_with(&made), "{subjects:?} ends with {made:?}");
    }

    async fn versions_ascend_whatever_the_clock_does(app: TestApp) {
        let hr = app.principal("hr", &["scim:read", "scim:write"], Program::default()).await;
        let user = create(&app, &hr, json!({ "userName": "ann" })).await.expect("created");
        let group = create_group(&app, &hr, json!({ "displayName": "all" })).await.expect("created").group.id;
        let mut version = user.version;
        for (number, step) in [-1, -DAY, 7 * DAY, -YEAR, 0].into_iter().enumerate() {
            app.clock().advance(step);
            let rename = json!([{ "op": "replace", "path": "displayName", "value": format!("Ann {number}") }]);
            let written = patch(&app, &hr, user.id, rename).await.expect("written");
            assert_eq!(written.user.version, version + 1);
            version = written.user.version;
            let op = if number % 2 == 0 { "add" } else { "remove" };
            let members = json!([{ "op": op, "path": "members", "value": [{ "value": user.id.to_string() }] }]);
            patch_group(&app, &hr, group, members).await.expect("written");
        }
        app.place_events().await;
        let auditor = app.principal("auditor", &["events:read"], Program::default()).await;
        let query = EventQuery { after: 0, limit: 1000, subject: Some(user.id.uuid()), ..EventQuery::default() };
        let of_user = app.directory().events(&auditor, &query).await.expect("read");
        let versions: Vec<_> = of_user.iter().map(|event| event.subject_version).collect();
        assert_eq!(versions, (1..=6).collect::<Vec<_>>());
        let report = app.directory().verify_events(app.realm("default").await).await.expect("read");
        assert_eq!(report.problems, []);
    }

    async fn nothing_happens_twice_when_the_clock_is_set_forward_and_back(app: TestApp) {
        let hr = hr(&app).await;
        let (_, secret) = invited(&app, &hr).await;
        let gone = app.user("bob").await;
        delete(&app, &app.operator().await, gone).await.expect("gone");
        for step in [40 * DAY, -50 * DAY, 60 * DAY, -YEAR, 2 * YEAR] {
            app.clock().advance(step);
            JobWorker::new(app.directory().clone()).run_until_idle().await.expect("it runs");
            app.deliver_mail().await;
            // What has expired stays so.
            assert_eq!(the_invitation(&app).await.state, InvitationState::Expired);
            refusal(accept(&app, &secret).await);
        }
        let kinds = app.event_kinds().await;
        let count = |kind: &str| kinds.iter().filter(|known| *known == kind).count();
        assert_eq!((count("invitation.expired"), count("user.erased")), (1, 1));
        assert_eq!(app.mails().len(), 1);
    }

    async fn an_answer_that_comes_after_the_clock_was_set_counts_once(app: TestApp) {
        let slow = crate::deliveries::Slow::new();
        test_mail(&app, "ops@example.org").await;
        let worker = DeliveryWorker::new(app.directory().clone(), vec![slow.clone()]);
        let others = async {
            slow.begun().await;
            app.clock().advance(-YEAR);
            // Another node takes it for abandoned, and delivers it.
            app.deliver_mail().await;
            slow.go();
        };
        let (round, ()) = tokio::join!(worker.run_once(), others);
        assert_eq!(round.expect("it runs"), 1);
        assert_eq!(states(&app).await, ["confirmed"]);
        assert_eq!(app.event_kinds().await.iter().filter(|kind| *kind == "mail.changed").count(), 1);
    }
}
