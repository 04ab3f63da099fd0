//! The log: its order, its chain, and that any change to it is found.

use db::Engine;
use directory::event::{EventQuery, Sequencer};
use directory::{Denial, Error, Refusal, Scope};
use futures_util::future::join_all;
use serde_json::json;
use testkit::{Program, TestApp, both};

use crate::support::{create, delete, refusal};

async fn some_events(app: &TestApp) -> directory::Principal {
    let hr = app
        .principal("hr", &["scim:read", "scim:write"], Program::default())
        .await;
    join_all((0..12).map(|number| create(app, &hr, json!({ "userName": format!("u{number}") })))).await;
    app.place_events().await;
    app.principal("auditor", &["events:read"], Program::default()).await
}

/// A hundred thousand events like the last one, behind it.
const MANY_ON_SQLITE: &str = "INSERT INTO events (realm, id, kind, subject_type, subject, subject_version, at, actor, body_hash, position)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
    SELECT e.realm, randomblob(16), 'test.event', e.subject_type, e.subject, 1, e.at, e.actor, e.body_hash, e.position + n.i
    FROM n, (SELECT * FROM events WHERE position IS NOT NULL ORDER BY position DESC LIMIT 1) e";
const MANY_ON_POSTGRES: &str = "INSERT INTO events (realm, id, kind, subject_type, subject, subject_version, at, actor, body_hash, position)
    SELECT e.realm, gen_random_uuid(), 'test.event', e.subject_type, e.subject, 1, e.at, e.actor, e.body_hash, e.position + n.i
    FROM generate_series(1, 100000) AS n(i), (SELECT * FROM events WHERE position IS NOT NULL ORDER BY position DESC LIMIT 1) e";

async fn problems(app: &TestApp) -> Vec<&'static str> {
    let report = app
        .directory()
        .verify_events(app.realm("default").await)
        .await
        .expect("read");
    report.problems.into_iter().map(|problem| problem.what).collect()
}

async fn tamper(app: &TestApp, sql: &'static str) {
    let changed = app.db().write(move |tx| tx.execute(sql, &[])).await;
    assert!(changed.expect("changed past the product") > 0, "{sql}");
}

both! {
    async fn events_have_places_without_gaps_and_are_read_in_order(app: TestApp) {
        let auditor = some_events(&app).await;
        app.place_events().await;
        let all = app.directory().events(&auditor, &EventQuery { after: 0, limit: 1000, ..EventQuery::default() }).await.expect("read");
        assert_eq!(all.iter().map(|event| event.position).collect::<Vec<_>>(), (1..).take(all.len()).collect::<Vec<i64>>());
        assert_eq!(all.iter().filter(|event| event.kind == "user.created").count(), 12);
        let mut after = 0;
        let mut read = Vec::new();
        loop {
            let page = app.directory().events(&auditor, &EventQuery { after, limit: 5, ..EventQuery::default() }).await.expect("read");
            let Some(last) = page.last() else { break };
            after = last.position;
            read.extend(page.into_iter().map(|event| event.id));
        }
        assert_eq!(read, all.iter().map(|event| event.id).collect::<Vec<_>>());
        let subject = all.iter().find(|event| event.kind == "user.created").expect("one").subject;
        let of_one = app.directory().events(&auditor, &EventQuery { after: 0, limit: 10, subject: Some(subject), ..EventQuery::default() }).await.expect("read");
        assert_eq!(of_one.len(), 1);
        assert_eq!(app.directory().event(&auditor, of_one[0].id).await.expect("read").kind, "user.created");
        let reader = app.principal("reader", &["scim:read"], Program::default()).await;
        let refused = refusal(app.directory().events(&reader, &EventQuery::default()).await);
        assert_eq!(refused, Refusal::MissingScope(Scope::EventsRead));
        assert!(problems(&app).await.is_empty());
    }

    async fn whoever_reads_to_the_end_finds_what_is_rare(app: TestApp) {
        let auditor = some_events(&app).await;
        tamper(&app, match app.engine() {
            Engine::Sqlite => MANY_ON_SQLITE,
            Engine::Postgres => MANY_ON_POSTGRES,
        }).await;
        tamper(&app, "UPDATE event_heads SET position = position + 100000").await;
        app.user("late").await;
        app.place_events().await;
        let early = app.directory().events(&auditor, &EventQuery { limit: 12, kind: Some("user.created".into()), ..EventQuery::default() }).await.expect("read");
        let last = early.last().expect("some").position;
        let mut query = EventQuery { after: last, limit: 1000, kind: Some("user.created".into()), ..EventQuery::default() };
        let page = app.directory().events(&auditor, &query).await;
        assert!(matches!(page, Err(Error::Refused(Refusal::Denied(Denial::TooMany { .. })))), "{page:?}");
        let mut found = Vec::new();
        loop {
            let piece = app.directory().events_piece(&auditor, &query).await.expect("read");
            found.extend(piece.events);
            query.after = piece.after;
            if piece.is_last {
                break;
            }
        }
        assert!(found.len() == 1 && found[0].position > 100_000, "{found:?}");
    }

    async fn two_sequencers_at_once_place_every_event_once(app: TestApp) {
        let hr = app.principal("hr", &["scim:write"], Program::default()).await;
        let other = app.another().await;
        let sequencers = [Sequencer::new(app.directory().clone()), Sequencer::new(other.directory().clone())];
        for round in 0..4 {
            join_all((0..8).map(|number| create(&app, &hr, json!({ "userName": format!("u{round}-{number}") })))).await;
            for placed in join_all(sequencers.iter().map(Sequencer::run_once)).await {
                placed.expect("placed");
            }
        }
        sequencers[0].run_once().await.expect("placed");
        sequencers[1].run_once().await.expect("placed");
        assert!(problems(&app).await.is_empty());
        let report = app.directory().verify_events(app.realm("default").await).await.expect("read");
        assert_eq!((report.events, report.unplaced), (app.events().await.len() as u64, 0));
    }

    async fn a_changed_body_is_found(app: TestApp) {
        some_events(&app).await;
        tamper(&app, "UPDATE events SET body = '{}' WHERE position = 5").await;
        assert_eq!(problems(&app).await, ["the body is not the one that was recorded"]);
    }

    async fn a_body_that_was_taken_away_is_found(app: TestApp) {
        some_events(&app).await;
        tamper(&app, "UPDATE events SET body = NULL, salt = NULL WHERE position = 5").await;
        assert_eq!(problems(&app).await, ["the body is missing, and no event tells of its erasure"]);
    }

    async fn bodies_that_were_erased_with_their_person_are_no_problem(app: TestApp) {
        let hr = app.principal("hr", &["scim:read", "scim:write"], Program::default().invites()).await;
        let ann = json!({ "userName": "ann", "emails": [{ "value": "ann@example.org" }] });
        let ann = create(&app, &hr, ann).await.expect("invited").id;
        let bob = create(&app, &hr, json!({ "userName": "bob", "emails": [{ "value": "bob@example.org" }] })).await.expect("invited").id;
        app.deliver_mail().await;
        delete(&app, &hr, ann).await.expect("gone");
        delete(&app, &hr, bob).await.expect("gone");
        app.place_events().await;
        // Who has only left is still in the log.
        tamper(&app, "UPDATE events SET body = NULL, salt = NULL WHERE kind = 'invitation.revoked'").await;
        assert_eq!(problems(&app).await.len(), 2);
        app.pass(31 * 86_400).await;
        app.place_events().await;
        let report = app.directory().verify_events(app.realm("default").await).await.expect("read");
        assert_eq!(report.problems, []);
        assert!(report.erased >= 10, "{}", report.erased);
        let pieces = app.principal("auditor", &["events:read"], Program::default()).await;
        assert_eq!(app.directory().verify_events_after(&pieces, 0).await.expect("read").report.problems, []);
        let text = app.db().scan("SELECT body FROM events WHERE body LIKE '%ann@%'", &[]).await.expect("read");
        assert!(text.is_empty());
        // What tells of an erasure is itself never erased.
        tamper(&app, "UPDATE events SET body = NULL, salt = NULL WHERE kind = 'user.erased'").await;
        assert_eq!(problems(&app).await.len(), 2);
    }

    async fn a_changed_actor_is_found(app: TestApp) {
        some_events(&app).await;
        tamper(&app, "UPDATE events SET actor = 'nobody' WHERE position = 5").await;
        assert_eq!(problems(&app).await, ["the chain is broken here"]);
    }

    async fn a_removed_event_is_found(app: TestApp) {
        some_events(&app).await;
        tamper(&app, "DELETE FROM events WHERE position = 5").await;
        assert_eq!(problems(&app).await, ["events before this position are missing", "the chain is broken here"]);
    }

    async fn a_log_cut_short_is_found(app: TestApp) {
        some_events(&app).await;
        tamper(&app, "DELETE FROM events WHERE position >= 10").await;
        assert_eq!(problems(&app).await, ["events up to this position are missing"]);
    }

    async fn a_swap_of_two_bodies_is_found(app: TestApp) {
        some_events(&app).await;
        tamper(&app, "UPDATE events SET position = -1 WHERE position = 6").await;
        tamper(&app, "UPDATE events SET position = 6 WHERE position = 7").await;
        tamper(&app, "UPDATE events SET position = 7 WHERE position = -1").await;
        assert!(!problems(&app).await.is_empty());
    }
}
