//! The clock that stands: moved from due time to due time, with everything that is due run at its time.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use directory::delivery::{Delivery, DeliveryWorker, Outcome, Target};
use directory::job::JobWorker;
use directory::{Directory, Principal, RealmId, Refusal, Timestamp};
use testkit::{Program, TestApp, both};

use crate::invitations::{ann, hr, the_invitation};
use crate::support::{create, delete, refusal};

const DAY: i64 = 86_400;

/// A mail server that puts everything off for an hour and notes when it was asked, in the directory's time.
struct Busy {
    directory: Directory,
    until: Timestamp,
    asked: Mutex<Vec<Timestamp>>,
}

impl Target for Busy {
    fn name(&self) -> &'static str {
        "mail"
    }

    fn deliver<'a>(&'a self, _: &'a Delivery) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>> {
        Box::pin(async {
            let now = self.directory.now().await.expect("a time");
            self.asked.lock().expect("a lock").push(now);
            if now < self.until {
                Outcome::Retry { why: "450 busy".into() }
            } else {
                Outcome::Confirmed
            }
        })
    }
}

fn operator() -> Principal {
    Principal::operator(RealmId::INSTALLATION)
}

/// When an event of that kind happened.
async fn at(app: &TestApp, kind: &'static str) -> Vec<i64> {
    let rows = app
        .db()
        .scan("SELECT at FROM events WHERE kind = ?1 ORDER BY id", &[kind.into()])
        .await
        .expect("read");
    rows.into_iter()
        .map(|mut row| row.take(0).expect("an instant"))
        .collect()
}

both! {
    async fn a_clock_that_runs_is_not_moved(app: TestApp) {
        let refused = app.directory().advance(&operator(), app.now().plus_seconds(60), Vec::new()).await;
        assert!(refusal(refused).to_string().contains("--clock"));
        assert!(at(&app, "clock.moved").await.is_empty());
    }

    async fn the_clock_moves_on_only_and_by_the_operator_only(app: TestApp) {
        let begin = app.now();
        app.directory().set_standing_clock(begin).await.expect("it stands");
        let back = app.directory().advance(&operator(), begin.plus_seconds(-1), Vec::new()).await;
        assert!(matches!(refusal(back), Refusal::Invalid { .. }));
        let admin = app.principal("admin", &["admin"], Program::default()).await;
        assert!(app.directory().advance(&admin, begin.plus_seconds(60), Vec::new()).await.is_err());
        assert_eq!(app.directory().now().await.expect("a time"), begin);
        let moved = app.directory().advance(&operator(), begin.plus_seconds(60), Vec::new()).await.expect("moved");
        assert_eq!((moved.from, moved.to, moved.steps), (begin, begin.plus_seconds(60), 0));
        // Real time does not count where the clock stands.
        app.clock().advance(3600);
        assert_eq!(app.directory().now().await.expect("a time"), begin.plus_seconds(60));
        assert_eq!(at(&app, "clock.moved").await.len(), 1);
    }

    async fn what_is_due_on_the_way_runs_at_its_time_in_order(app: TestApp) {
        let begin = app.now();
        app.directory().set_standing_clock(begin).await.expect("it stands");
        let hr = hr(&app).await;
        let gone = app.user("bob").await;
        let operator_here = app.operator().await;
        delete(&app, &operator_here, gone).await.expect("gone");
        create(&app, &hr, ann()).await.expect("created");
        let next = app.directory().next_due_at().await.expect("read");
        assert_eq!(next, Some(begin.plus_seconds(21 * DAY)));

        let busy = Arc::new(Busy { directory: app.directory().clone(), until: begin.plus_seconds(3600), asked: Mutex::default() });
        let to = begin.plus_seconds(40 * DAY);
        let moved = app.directory().advance(&operator(), to, vec![busy.clone()]).await.expect("moved");
        assert_eq!(moved.to, to);
        assert!(moved.steps >= 40, "{}", moved.steps);

        // The mail was tried at its own times, the last one after the hour.
        let asked = busy.asked.lock().expect("a lock").clone();
        assert!(asked.len() >= 6, "{asked:?}");
        assert!(asked.windows(2).all(|pair| pair[0] < pair[1]), "{asked:?}");
        assert!(asked.last().is_some_and(|last| *last >= busy.until && *last < begin.plus_seconds(3 * 3600)));
        assert_eq!(the_invitation(&app).await.send_count, 1);
        // Expiry and erasure happened on their dates, to the millisecond.
        assert_eq!(at(&app, "invitation.expired").await, [begin.plus_seconds(21 * DAY).millis()]);
        assert_eq!(at(&app, "user.erased").await, [begin.plus_seconds(30 * DAY).millis()]);
        assert_eq!(app.directory().now().await.expect("a time"), to);
        // Nothing that was due is left.
        assert!(app.directory().next_due_at().await.expect("read").is_some_and(|next| next > to));
    }

    async fn with_a_running_server_moving_waits_for_its_deliveries(app: TestApp) {
        let begin = app.now();
        let server = app.another().await;
        app.directory().set_standing_clock(begin).await.expect("it stands");
        let server = server.another().await;
        let hr = hr(&app).await;
        create(&app, &hr, ann()).await.expect("created");
        let node = server.directory().bookkeeping_id();
        server.directory().announce_node(node, 600).await.expect("announced");

        let until = begin.plus_seconds(600);
        let busy = Arc::new(Busy { directory: server.directory().clone(), until, asked: Mutex::default() });
        let deliveries = DeliveryWorker::new(server.directory().clone(), vec![busy.clone()]);
        let jobs = JobWorker::new(server.directory().clone());
        deliveries.run_once().await.expect("it runs");
        let serve = async {
            loop {
                deliveries.run_once().await.expect("it runs");
                jobs.run_once().await.expect("it runs");
                tokio::task::yield_now().await;
            }
        };
        let operator = operator();
        let moved = tokio::select! {
            moved = app.directory().advance(&operator, begin.plus_seconds(22 * DAY), Vec::new()) => moved.expect("moved"),
            () = serve => unreachable!("a server serves"),
        };
        assert!(moved.steps > 3);
        assert_eq!(at(&app, "invitation.expired").await, [begin.plus_seconds(21 * DAY).millis()]);
        assert_eq!(the_invitation(&app).await.send_count, 1);
        assert!(busy.asked.lock().expect("a lock").len() >= 4);
    }
}
