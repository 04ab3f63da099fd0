//! Jobs: at their time, exactly once, tried again, parked, retried.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard};

use directory::invitation::{InvitationQuery, InvitationState};
use directory::job::{JobKind, JobQuery, JobWorker, RetryJob};
use directory::user::DeleteUser;
use directory::view::IfMatch;
use directory::{Principal, RealmId, Refusal, SPANS, Scope};
use futures_util::future::join_all;
use serde_json::json;
use testkit::{Program, TestApp, both};
use tracing::span::{self, Attributes, Record};
use tracing::{Metadata, Subscriber};

use crate::invitations::hr;
use crate::support::{create, not_found, refusal};

const DAY: i64 = 86_400;

pub(crate) async fn sql(app: &TestApp, text: &'static str) {
    let done = app
        .db()
        .write(move |tx| -> Result<(), db::Error> { tx.execute(text, &[]).map(drop) })
        .await;
    done.expect("it is done");
}

async fn leave(app: &TestApp, name: &str) {
    let id = app.user(name).await;
    let command = DeleteUser {
        id,
        if_match: IfMatch::Any,
        needs: Scope::Admin,
    };
    app.directory()
        .execute(&app.operator().await, command)
        .await
        .expect("gone");
}

async fn run_watched(app: &TestApp, overlap: &Overlap) -> usize {
    // The spans of a task that is not spawned are made and entered on the thread that waits for it.
    let _watched = tracing::subscriber::set_default(overlap.clone());
    JobWorker::new(app.directory().clone())
        .run_until_idle()
        .await
        .expect("it runs")
}

/// How many jobs are under way at once, by their spans.
#[derive(Clone, Debug, Default)]
struct Overlap(Arc<Mutex<Watched>>);

#[derive(Debug, Default)]
struct Watched {
    spans: u64,
    jobs: HashSet<u64>,
    under_way: HashSet<u64>,
    most: usize,
}

impl Overlap {
    fn watched(&self) -> MutexGuard<'_, Watched> {
        self.0.lock().expect("nobody panicked")
    }

    fn most(&self) -> usize {
        self.watched().most
    }
}

impl Subscriber for Overlap {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && metadata.target() == SPANS
    }

    fn new_span(&self, span: &Attributes<'_>) -> span::Id {
        let mut watched = self.watched();
        watched.spans += 1;
        let id = watched.spans;
        if span.metadata().name() == "job" {
            watched.jobs.insert(id);
        }
        span::Id::from_u64(id)
    }

    fn record(&self, _: &span::Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, _: &tracing::Event<'_>) {}

    fn enter(&self, span: &span::Id) {
        let mut watched = self.watched();
        let id = span.into_u64();
        if watched.jobs.contains(&id) {
            watched.under_way.insert(id);
            watched.most = watched.most.max(watched.under_way.len());
        }
    }

    fn exit(&self, _: &span::Id) {}

    fn try_close(&self, span: span::Id) -> bool {
        let mut watched = self.watched();
        watched.jobs.remove(&span.into_u64());
        watched.under_way.remove(&span.into_u64())
    }
}

both! {
    async fn a_job_runs_at_its_time_and_is_gone(app: TestApp) {
        leave(&app, "ann").await;
        let operator = app.operator().await;
        let jobs = app.directory().jobs(&operator, &JobQuery::default()).await.expect("read");
        assert_eq!(jobs.len(), 1);
        assert_eq!((jobs[0].kind, jobs[0].due_at), (JobKind::EraseUser, app.now().plus_seconds(30 * DAY)));
        app.pass(30 * DAY - 1).await;
        assert_eq!(app.directory().jobs(&operator, &JobQuery::default()).await.expect("read").len(), 1);
        app.pass(1).await;
        assert!(app.directory().jobs(&operator, &JobQuery::default()).await.expect("read").is_empty());
        assert_eq!(app.event_kinds().await.last().map(String::as_str), Some("user.erased"));
    }

    async fn of_several_workers_exactly_one_runs_a_job(app: TestApp) {
        let hr = hr(&app).await;
        for n in 0..30 {
            let body = json!({ "userName": format!("p{n}"), "externalId": format!("e{n}"), "emails": [{ "value": format!("p{n}@example.org") }] });
            create(&app, &hr, body).await.expect("created");
        }
        app.clock().advance(21 * DAY);
        let workers: Vec<_> = (0..4).map(|_| JobWorker::new(app.directory().clone())).collect();
        join_all(workers.iter().map(|worker| async { worker.run_until_idle().await.expect("it runs") })).await;
        workers[0].run_until_idle().await.expect("it runs");
        let expired = app.event_kinds().await.into_iter().filter(|kind| kind == "invitation.expired").count();
        assert_eq!(expired, 30);
        let query = InvitationQuery { state: Some(InvitationState::Expired), ..InvitationQuery::default() };
        assert_eq!(app.directory().invitations(&app.operator().await, &query).await.expect("read").len(), 30);
    }

    async fn those_that_fail_hold_up_nobody(app: TestApp) {
        for n in 0..70 {
            leave(&app, &format!("p{n}")).await;
        }
        let app = app.with_settings(|settings| settings.work.jobs_at_once = 16).await;
        sql(&app, "UPDATE jobs SET kind = 'apply_plan' WHERE id IN (SELECT id FROM jobs ORDER BY id LIMIT 5)").await;
        app.clock().advance(30 * DAY);
        let ran = app.run_jobs().await;
        assert_eq!(ran, 70);
        let erased = app.event_kinds().await.into_iter().filter(|kind| kind == "user.erased").count();
        assert_eq!(erased, 65);
        let left = app.directory().jobs(&app.operator().await, &JobQuery::default()).await.expect("read");
        let failed: Vec<_> = left.iter().map(|job| (job.kind, job.attempts, job.last_error.is_some())).collect();
        assert_eq!(failed, [(JobKind::ApplyPlan, 1, true); 5]);
    }

    async fn many_jobs_run_at_once_and_two_plans(app: TestApp) {
        let app = app.with_settings(|settings| settings.work.jobs_at_once = 16).await;
        for (at_once, kind) in [(16, "erase_user"), (2, "apply_plan")] {
            let overlap = Overlap::default();
            let mut round = 0;
            // One that is over before the next begins overlaps with none: then some more are run.
            while overlap.most() < at_once {
                sql(&app, "DELETE FROM jobs").await;
                for n in 0..20 {
                    leave(&app, &format!("p-{kind}-{round}-{n}")).await;
                }
                sql(&app, "DELETE FROM jobs WHERE kind <> 'erase_user'").await;
                if kind == "apply_plan" {
                    sql(&app, "UPDATE jobs SET kind = 'apply_plan'").await;
                }
                app.clock().advance(30 * DAY);
                assert_eq!(run_watched(&app, &overlap).await, 20);
                assert!(overlap.most() <= at_once, "{}", overlap.most());
                round += 1;
                assert!(round < 20, "at most {} at once", overlap.most());
            }
        }
    }

    async fn jobs_that_only_another_version_runs_are_left_for_it(app: TestApp) {
        for n in 0..70 {
            leave(&app, &format!("p{n}")).await;
        }
        sql(&app, "UPDATE jobs SET kind = 'water_plants', due_at = due_at - 1 WHERE id <> (SELECT id FROM jobs ORDER BY id DESC LIMIT 1)").await;
        app.clock().advance(30 * DAY);
        assert_eq!(app.run_jobs().await, 1, "they stand in nobody's way");
        let rows = app.db().query("SELECT COUNT(*) FROM jobs WHERE kind = 'water_plants' AND attempts = 0 AND lease_by IS NULL AND NOT parked", &[]).await;
        let left: i64 = rows.expect("read").remove(0).take(0).expect("a number");
        assert_eq!(left, 69);
    }

    async fn a_job_whose_node_died_is_taken_over(app: TestApp) {
        leave(&app, "ann").await;
        app.clock().advance(30 * DAY);
        // As a node leaves it that took the job and died: leased for another minute.
        sql(&app, "UPDATE jobs SET lease_by = id, lease_until = due_at + 60000 WHERE kind = 'erase_user'").await;
        app.run_jobs().await;
        assert_ne!(app.event_kinds().await.last().map(String::as_str), Some("user.erased"));
        let job = app.directory().jobs(&app.operator().await, &JobQuery::default()).await.expect("read").remove(0);
        let busy = app.directory().execute(&app.operator().await, RetryJob { id: job.id }).await;
        assert!(matches!(refusal(busy), Refusal::Conflict { .. }));
        app.pass(61).await;
        assert_eq!(app.event_kinds().await.last().map(String::as_str), Some("user.erased"));
    }

    async fn a_job_of_a_server_that_is_known_dead_is_taken_at_once(app: TestApp) {
        leave(&app, "ann").await;
        app.clock().advance(30 * DAY);
        sql(&app, "UPDATE jobs SET lease_by = id, lease_until = due_at + 60000 WHERE kind = 'erase_user'").await;
        app.directory().take_over().await.expect("taken over");
        app.run_jobs().await;
        assert_eq!(app.event_kinds().await.last().map(String::as_str), Some("user.erased"));
    }

    async fn a_job_that_fails_is_put_off_then_parked_and_runs_when_retried(app: TestApp) {
        let app = app.with_settings(|settings| settings.work.attempts = 3).await;
        leave(&app, "ann").await;
        let operator = app.operator().await;
        sql(&app, "ALTER TABLE departed_users RENAME TO departed_elsewhere").await;
        app.pass(30 * DAY).await;
        let job = app.directory().jobs(&operator, &JobQuery::default()).await.expect("read").remove(0);
        assert_eq!((job.attempts, job.parked), (1, false));
        let wait = (job.due_at.millis() - app.now().millis()) / 1000;
        assert!((24..=36).contains(&wait), "{wait}");
        assert!(job.last_error.as_deref().is_some_and(|why| why.starts_with("the store failed")), "{:?}", job.last_error);
        app.pass(3600).await;
        app.pass(3600).await;
        let parked = JobQuery { only_parked: true, ..JobQuery::default() };
        let job = app.directory().jobs(&operator, &parked).await.expect("read").remove(0);
        assert_eq!((job.attempts, job.parked), (3, true));
        assert_eq!(app.event_kinds().await.last().map(String::as_str), Some("job.parked"));
        app.pass(30 * DAY).await;
        assert_eq!(app.event_kinds().await.last().map(String::as_str), Some("job.parked"));

        sql(&app, "ALTER TABLE departed_elsewhere RENAME TO departed_users").await;
        let retried = app.directory().execute(&operator, RetryJob { id: job.id }).await.expect("retried");
        assert!(!retried.parked);
        app.run_jobs().await;
        assert!(app.directory().jobs(&operator, &JobQuery::default()).await.expect("read").is_empty());
        assert_eq!(app.event_kinds().await.last().map(String::as_str), Some("user.erased"));
    }

    async fn daily_cleaning_is_scheduled_once_and_comes_back(app: TestApp) {
        app.run_jobs().await;
        app.another().await.run_jobs().await;
        let installation = Principal::operator(RealmId::INSTALLATION);
        let jobs = app.directory().jobs(&installation, &JobQuery::default()).await.expect("read");
        assert_eq!(jobs.len(), 4);
        assert!(jobs.iter().all(|job| job.due_at == app.now().plus_seconds(DAY)));
        app.clock().advance(DAY);
        assert_eq!(app.run_jobs().await, 4);
        let jobs = app.directory().jobs(&installation, &JobQuery::default()).await.expect("read");
        assert!(jobs.iter().all(|job| job.due_at == app.now().plus_seconds(DAY)), "{jobs:?}");
    }

    async fn jobs_are_read_and_retried_in_their_own_realm_only(app: TestApp) {
        leave(&app, "ann").await;
        let id = app.directory().jobs(&app.operator().await, &JobQuery::default()).await.expect("read")[0].id;
        let other = app.operator_of("other").await;
        assert!(app.directory().jobs(&other, &JobQuery::default()).await.expect("read").is_empty());
        assert!(not_found(app.directory().job(&other, id).await));
        assert!(not_found(app.directory().execute(&other, RetryJob { id }).await));
        let client = app.principal("hr", &["scim:write"], Program::default()).await;
        assert!(matches!(refusal(app.directory().jobs(&client, &JobQuery::default()).await), Refusal::MissingScope(_)));
    }
}
