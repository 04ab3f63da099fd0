//! Deliveries: at least once, in order per subject, shared by nodes, tried again, parked, retried, dropped.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use directory::delivery::{
    Delivery, DeliveryQuery, DeliveryState, DeliveryWorker, DropDelivery, Outcome, RetryDelivery, Target,
};
use directory::invitation::{InvitationQuery, MailFact, ResendInvitation};
use directory::mail::{EmailAddress, MailState, QueueTestMail};
use directory::{Id, Principal, RealmId, Refusal};
use futures_util::future::join_all;
use serde_json::json;
use testkit::{Program, TestApp, both};
use tokio::sync::Notify;

use crate::invitations::{ann, hr, the_invitation};
use crate::jobs::sql;
use crate::support::{create, not_found, refusal};

const DAY: i64 = 86_400;

/// A target that notes what it gets and says what a test wants.
struct Sink {
    got: Mutex<Vec<Id<Delivery>>>,
    says: fn(&Delivery) -> Outcome,
}

impl Sink {
    fn new(says: fn(&Delivery) -> Outcome) -> Arc<Self> {
        Arc::new(Self {
            got: Mutex::default(),
            says,
        })
    }

    fn got(&self) -> Vec<Id<Delivery>> {
        self.got.lock().expect("a lock").clone()
    }
}

impl Target for Sink {
    fn name(&self) -> &'static str {
        "mail"
    }

    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>> {
        Box::pin(async {
            self.got.lock().expect("a lock").push(delivery.id);
            tokio::task::yield_now().await;
            (self.says)(delivery)
        })
    }
}

/// A target that has begun and does not come back until it is let go.
#[derive(Default)]
pub(crate) struct Slow {
    begun: Notify,
    go: Notify,
}

impl Slow {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Waits until it has been asked.
    pub(crate) async fn begun(&self) {
        self.begun.notified().await;
    }

    /// Lets it answer.
    pub(crate) fn go(&self) {
        self.go.notify_one();
    }
}

impl Target for Slow {
    fn name(&self) -> &'static str {
        "mail"
    }

    fn deliver<'a>(&'a self, _: &'a Delivery) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>> {
        Box::pin(async {
            self.begun.notify_one();
            self.go.notified().await;
            Outcome::Confirmed
        })
    }
}

/// A target that hangs on one delivery until it is let go, and takes the others.
#[derive(Default)]
struct Picky {
    slow: Mutex<Option<Id<Delivery>>>,
    begun: Notify,
    go: Notify,
    done: AtomicUsize,
    another: Notify,
}

impl Target for Picky {
    fn name(&self) -> &'static str {
        "mail"
    }

    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>> {
        Box::pin(async {
            if *self.slow.lock().expect("a lock") == Some(delivery.id) {
                self.begun.notify_one();
                self.go.notified().await;
            } else {
                self.done.fetch_add(1, SeqCst);
                self.another.notify_one();
            }
            Outcome::Confirmed
        })
    }
}

fn confirm(_: &Delivery) -> Outcome {
    Outcome::Confirmed
}

fn defer(_: &Delivery) -> Outcome {
    Outcome::Retry {
        why: "450 later".into(),
    }
}

pub(crate) async fn test_mail(app: &TestApp, address: &str) {
    let address = EmailAddress::parse(address).expect("an address");
    app.directory()
        .execute(&app.operator().await, QueueTestMail { address })
        .await
        .expect("queued");
}

/// Puts a second delivery of the same subject behind the first, with the same contents.
async fn another_behind(app: &TestApp) {
    let sql = "INSERT INTO deliveries (realm, id, target, subject, subject_version, event, kind, payload, state, attempts, due_at)
               SELECT realm, ?1, target, subject, subject_version + 1, event, kind, payload, 'queued', 0, due_at FROM deliveries";
    let id = app.directory().bookkeeping_id();
    let written = app
        .db()
        .write(move |tx| -> Result<u64, db::Error> { tx.execute(sql, &[id.into()]) })
        .await;
    assert_eq!(written.expect("written"), 1);
}

/// A node takes what is due, and is never heard of again.
pub(crate) async fn begin_and_die(app: &TestApp) {
    let slow = Arc::new(Slow::default());
    let dead = DeliveryWorker::new(app.directory().clone(), vec![slow.clone()]);
    tokio::select! {
        _ = dead.run_once() => panic!("it cannot be done"),
        () = slow.begun.notified() => {}
    }
}

pub(crate) async fn states(app: &TestApp) -> Vec<String> {
    app.deliveries()
        .await
        .into_iter()
        .map(|delivery| delivery.state)
        .collect()
}

fn id_of(delivery: &testkit::TestDelivery) -> Id<Delivery> {
    Id::new(delivery.id)
}

both! {
    async fn a_test_mail_comes(app: TestApp) {
        test_mail(&app, "ops@example.org").await;
        let mails = app.deliver_mail().await;
        assert_eq!((mails.len(), mails[0].to.as_str(), mails[0].subject.as_str()), (1, "ops@example.org", "Test mail from default"));
        assert_eq!(states(&app).await, ["confirmed"]);
        let mail = app.directory().newest_mails(&app.operator().await, 9).await.expect("read").remove(0);
        assert_eq!((mail.state, mail.sent_at), (MailState::Sent, Some(app.now())));
        let kinds = app.event_kinds().await;
        assert_eq!(kinds[kinds.len() - 2..], ["mail.test_requested", "mail.changed"]);
        let client = app.principal("hr", &["scim:write", "invite"], Program::default()).await;
        let queue = QueueTestMail { address: EmailAddress::parse("a@b").expect("an address") };
        assert!(matches!(refusal(app.directory().execute(&client, queue).await), Refusal::MissingScope(_)));
    }

    async fn what_nobody_delivers_stays_queued(app: TestApp) {
        test_mail(&app, "ops@example.org").await;
        app.deliver(Vec::new()).await;
        assert_eq!(states(&app).await, ["queued"]);
        assert_eq!(app.deliver_mail().await.len(), 1);
    }

    async fn a_delivery_waits_for_those_before_it_of_its_subject(app: TestApp) {
        test_mail(&app, "ops@example.org").await;
        another_behind(&app).await;
        let all: Vec<_> = app.deliveries().await.iter().map(id_of).collect();
        let sink = Sink::new(defer);
        app.deliver(vec![sink.clone()]).await;
        // The first is put off; the second may not overtake it.
        assert_eq!(sink.got(), all[..1]);
        assert_eq!(states(&app).await, ["retrying", "queued"]);
        app.clock().advance(3600);
        let sink = Sink::new(confirm);
        app.deliver(vec![sink.clone()]).await;
        assert_eq!(sink.got(), all);
        assert_eq!(states(&app).await, ["confirmed", "confirmed"]);
    }

    async fn a_parked_delivery_holds_back_later_ones_until_it_is_dropped(app: TestApp) {
        test_mail(&app, "ops@example.org").await;
        another_behind(&app).await;
        test_mail(&app, "others@example.org").await;
        app.mail_server_answers(vec![Outcome::Park { why: "550 no".into() }]);
        app.deliver_mail().await;
        assert_eq!(states(&app).await, ["parked", "queued", "confirmed"]);
        app.clock().advance(30 * DAY);
        app.deliver_mail().await;
        assert_eq!(states(&app).await, ["parked", "queued", "confirmed"]);
        let operator = app.operator().await;
        let query = DeliveryQuery { state: Some(DeliveryState::Parked), ..DeliveryQuery::default() };
        let parked = app.directory().deliveries(&operator, &query).await.expect("read");
        assert_eq!((parked.len(), parked[0].last_error.as_deref()), (1, Some("550 no")));
        app.directory().execute(&operator, DropDelivery { id: parked[0].id }).await.expect("dropped");
        app.directory().execute(&operator, DropDelivery { id: parked[0].id }).await.expect("a second time changes nothing");
        app.deliver(vec![Sink::new(confirm)]).await;
        assert_eq!(states(&app).await, ["dropped", "confirmed", "confirmed"]);
    }

    async fn a_retried_delivery_arrives(app: TestApp) {
        let hr = hr(&app).await;
        create(&app, &hr, ann()).await.expect("created");
        app.mail_server_answers(vec![Outcome::Park { why: "550 mailbox full".into() }]);
        app.deliver_mail().await;
        assert_eq!(the_invitation(&app).await.mail, MailFact::Bounced);
        let id = id_of(&app.deliveries().await[0]);
        let operator = app.operator().await;
        let retried = app.directory().execute(&operator, RetryDelivery { id }).await.expect("retried");
        assert_eq!((retried.state, retried.attempts), (DeliveryState::Queued, 0));
        let invitation = the_invitation(&app).await;
        assert_eq!((invitation.mail, invitation.last_error), (MailFact::Queued, None));
        assert_eq!(app.deliver_mail().await.len(), 1);
        assert_eq!(the_invitation(&app).await.mail, MailFact::Sent);
        let confirmed = app.directory().execute(&operator, RetryDelivery { id }).await;
        assert_eq!(refusal(confirmed).to_string(), "the delivery is confirmed: the target has it");
        let kinds = app.event_kinds().await;
        assert_eq!(kinds.iter().filter(|kind| kind.starts_with("delivery.")).collect::<Vec<_>>(), ["delivery.parked", "delivery.retried"]);
    }

    async fn a_dropped_invitation_mail_leaves_no_secret(app: TestApp) {
        let hr = hr(&app).await;
        create(&app, &hr, ann()).await.expect("created");
        let id = id_of(&app.deliveries().await[0]);
        app.directory().execute(&app.operator().await, DropDelivery { id }).await.expect("dropped");
        assert_eq!(the_invitation(&app).await.mail, MailFact::None);
        let mut rows = app.db().scan("SELECT variables FROM mails", &[]).await.expect("read");
        assert_eq!(rows[0].take::<Option<String>>(0).expect("text"), None);
        assert_eq!(app.deliver_mail().await.len(), 0);
        let retried = app.directory().execute(&app.operator().await, RetryDelivery { id }).await;
        assert!(matches!(refusal(retried), Refusal::Conflict { .. }));
    }

    async fn what_fails_is_tried_later_and_later_then_parked(app: TestApp) {
        test_mail(&app, "ops@example.org").await;
        let (mut waits, mut attempts) = (Vec::new(), 0);
        loop {
            app.deliver(vec![Sink::new(defer)]).await;
            let delivery = app.deliveries().await.remove(0);
            attempts += 1;
            assert_eq!(delivery.attempts, attempts);
            if delivery.state == "parked" {
                break;
            }
            assert_eq!(delivery.state, "retrying");
            waits.push((delivery.due_at - app.now().millis()) / 1000);
            app.clock().advance_to(directory::Timestamp::from_millis(delivery.due_at - 1));
            let early = Sink::new(confirm);
            app.deliver(vec![early.clone()]).await;
            assert_eq!(early.got(), []);
            app.clock().advance_to(directory::Timestamp::from_millis(delivery.due_at));
        }
        assert_eq!(attempts, 12);
        for (wait, plain) in waits.iter().zip([30, 60, 120, 240, 480, 960, 1920, 3840, 7680, 15360, 21600]) {
            assert!((plain * 8 / 10..=plain * 12 / 10).contains(wait), "{wait} is not near {plain}");
        }
        let spread: Vec<_> = waits.iter().zip([30, 60, 120, 240, 480]).map(|(wait, plain)| wait * 1000 / plain).collect();
        assert!(spread.windows(2).any(|pair| pair[0] != pair[1]), "no jitter in {spread:?}");
        assert_eq!(app.event_kinds().await.last().map(String::as_str), Some("mail.changed"));
        assert_eq!(app.event_kinds().await.iter().filter(|kind| *kind == "delivery.parked").count(), 1);
    }

    async fn a_dead_nodes_delivery_is_taken_over_when_its_lease_runs_out(app: TestApp) {
        test_mail(&app, "ops@example.org").await;
        begin_and_die(&app).await;
        assert_eq!(states(&app).await, ["running"]);
        let refused = app.directory().execute(&app.operator().await, DropDelivery { id: id_of(&app.deliveries().await[0]) }).await;
        assert!(refusal(refused).to_string().contains("on its way"));
        app.clock().advance(119);
        assert_eq!(app.deliver_mail().await.len(), 0);
        app.clock().advance(2);
        assert_eq!(app.deliver_mail().await.len(), 1);
        let delivery = app.deliveries().await.remove(0);
        assert_eq!((delivery.state.as_str(), delivery.attempts), ("confirmed", 2));
    }

    async fn a_server_that_knows_its_predecessor_dead_takes_over_at_once(app: TestApp) {
        test_mail(&app, "ops@example.org").await;
        begin_and_die(&app).await;
        app.directory().announce_node(uuid::Uuid::from_u128(7), 15).await.expect("announced");
        // Whoever moved the clock died with it.
        sql(&app, "INSERT INTO leases (name, holder, until) SELECT 'clock', id, lease_until FROM deliveries").await;
        app.directory().take_over().await.expect("taken over");
        assert_eq!(states(&app).await, ["retrying"]);
        assert_eq!(app.directory().nodes().await.expect("counted"), 0);
        assert_eq!(app.deliver_mail().await.len(), 1);
        assert_eq!(states(&app).await, ["confirmed"]);
        app.directory().set_standing_clock(app.now()).await.expect("it stands");
        let to = app.now().plus_seconds(60);
        app.directory().advance(&Principal::operator(RealmId::INSTALLATION), to, Vec::new()).await.expect("nobody else moves it");
    }

    async fn an_answer_that_comes_after_the_lease_ran_out_does_not_count(app: TestApp) {
        test_mail(&app, "ops@example.org").await;
        let slow = Arc::new(Slow::default());
        let late = DeliveryWorker::new(app.directory().clone(), vec![slow.clone()]);
        let other = async {
            slow.begun.notified().await;
            app.clock().advance(121);
            app.mail_server_answers(vec![Outcome::Park { why: "550 no".into() }]);
            app.deliver_mail().await;
            slow.go.notify_one();
        };
        let (round, ()) = tokio::join!(late.run_once(), other);
        assert_eq!(round.expect("it runs"), 1);
        // The late node says confirmed; the one that held the lease said parked, and that stands.
        assert_eq!(states(&app).await, ["parked"]);
        assert_eq!(app.event_kinds().await.iter().filter(|kind| *kind == "mail.changed").count(), 1);
    }

    async fn a_slow_target_holds_up_nobody(app: TestApp) {
        test_mail(&app, "ops@example.org").await;
        let slow = Arc::new(Slow::default());
        let worker = DeliveryWorker::new(app.directory().clone(), vec![slow.clone()]);
        let others = async {
            slow.begun.notified().await;
            // Reads and writes go on while the target is busy.
            let hr = hr(&app).await;
            create(&app, &hr, ann()).await.expect("created");
            slow.go.notify_one();
        };
        let (round, ()) = tokio::join!(worker.run_once(), others);
        assert_eq!(round.expect("it runs"), 1);
        assert_eq!(states(&app).await, ["confirmed", "queued"]);
    }

    async fn while_one_delivery_hangs_others_that_come_are_delivered(app: TestApp) {
        let picky = Arc::new(Picky::default());
        test_mail(&app, "slow@example.org").await;
        let slow = id_of(&app.deliveries().await[0]);
        picky.slow.lock().expect("a lock").replace(slow);
        let worker = DeliveryWorker::new(app.directory().clone(), vec![picky.clone()]);
        let others = async {
            picky.begun.notified().await;
            for number in 0..20 {
                test_mail(&app, &format!("ops{number}@example.org")).await;
            }
            // All that came later is done while the first still hangs.
            while picky.done.load(SeqCst) < 20 {
                picky.another.notified().await;
            }
            assert_eq!(states(&app).await[0], "running");
            worker.end();
            picky.go.notify_one();
        };
        let (round, ()) = tokio::join!(worker.run_once(), others);
        assert_eq!(round.expect("it runs"), 21);
        assert!(states(&app).await.iter().all(|state| state == "confirmed"));
    }

    async fn a_worker_that_is_to_end_takes_nothing_more(app: TestApp) {
        test_mail(&app, "ops@example.org").await;
        let sink = Sink::new(confirm);
        let worker = DeliveryWorker::new(app.directory().clone(), vec![sink.clone()]);
        worker.end();
        assert_eq!(worker.run_once().await.expect("it runs"), 0);
        assert_eq!((sink.got(), states(&app).await), (Vec::new(), vec!["queued".to_owned()]));
    }

    async fn a_target_that_never_answers_is_given_up_and_tried_again(app: TestApp) {
        let app = app.with_settings(|settings| settings.work.answer_seconds = 0).await;
        test_mail(&app, "ops@example.org").await;
        app.deliver(vec![Arc::new(Slow::default())]).await;
        let delivery = app.deliveries().await.remove(0);
        assert_eq!((delivery.state.as_str(), delivery.last_error.as_deref()), ("retrying", Some("no answer within 0 s")));
    }

    async fn nodes_share_the_work_and_none_delivers_twice(app: TestApp) {
        for n in 0..60 {
            test_mail(&app, &format!("ops{n}@example.org")).await;
        }
        let sinks: Vec<_> = (0..4).map(|_| Sink::new(confirm)).collect();
        let workers: Vec<_> = sinks.iter().map(|sink| DeliveryWorker::new(app.directory().clone(), vec![sink.clone()])).collect();
        join_all(workers.iter().map(|worker| async { worker.run_until_idle().await.expect("it runs") })).await;
        // A node that found nothing while another held the rows may have gone home: what is left, someone takes.
        workers[0].run_until_idle().await.expect("it runs");
        let mut got: Vec<_> = sinks.iter().flat_map(|sink| sink.got()).collect();
        got.sort();
        let all: Vec<_> = app.deliveries().await.iter().map(id_of).collect();
        assert_eq!(got, all);
        assert!(states(&app).await.iter().all(|state| state == "confirmed"));
    }

    async fn a_mail_that_was_sent_again_while_it_was_on_its_way_does_not_count(app: TestApp) {
        let hr = hr(&app).await;
        create(&app, &hr, ann()).await.expect("created");
        let slow = Arc::new(Slow::default());
        let worker = DeliveryWorker::new(app.directory().clone(), vec![slow.clone()]);
        let others = async {
            slow.begun.notified().await;
            let id = the_invitation(&app).await.id;
            app.directory().execute(&hr, ResendInvitation { id }).await.expect("sent again");
            slow.go.notify_one();
        };
        let (round, ()) = tokio::join!(worker.run_once(), others);
        round.expect("it runs");
        assert_eq!(states(&app).await, ["dropped", "queued"]);
        assert_eq!(the_invitation(&app).await.send_count, 0);
        assert_eq!(app.deliver_mail().await.len(), 1);
        assert_eq!(the_invitation(&app).await.send_count, 1);
    }

    async fn settled_deliveries_can_be_looked_up_for_a_while(app: TestApp) {
        test_mail(&app, "ops@example.org").await;
        app.deliver_mail().await;
        let days = i64::from(app.directory().settings().work.settled_days);
        app.run_jobs().await;
        app.pass((days - 1) * DAY).await;
        assert_eq!(app.deliveries().await.len(), 1);
        app.pass(3 * DAY).await;
        assert_eq!(app.deliveries().await.len(), 0);
        assert_eq!(app.directory().newest_mails(&app.operator().await, 1).await.expect("read").len(), 0);
    }

    async fn deliveries_are_read_and_changed_in_their_own_realm_only(app: TestApp) {
        test_mail(&app, "ops@example.org").await;
        let id = id_of(&app.deliveries().await[0]);
        let other = app.operator_of("other").await;
        assert!(app.directory().deliveries(&other, &DeliveryQuery::default()).await.expect("read").is_empty());
        assert!(not_found(app.directory().delivery(&other, id).await));
        assert!(not_found(app.directory().execute(&other, RetryDelivery { id }).await));
        assert!(not_found(app.directory().execute(&other, DropDelivery { id }).await));
        let client = app.principal("hr", &["scim:read", "invite"], Program::default()).await;
        assert!(matches!(refusal(app.directory().deliveries(&client, &DeliveryQuery::default()).await), Refusal::MissingScope(_)));
        assert!(matches!(refusal(app.directory().mails(&client, None, 10).await), Refusal::MissingScope(_)));
        let nobody = Principal::nobody(app.realm("default").await);
        assert!(app.directory().invitations(&nobody, &InvitationQuery::default()).await.is_err());
    }

    async fn an_event_without_a_route_makes_no_delivery(app: TestApp) {
        let hr = app.principal("plain", &["scim:write"], Program::default()).await;
        create(&app, &hr, json!({ "userName": "ann" })).await.expect("created");
        assert_eq!(app.deliveries().await, []);
    }
}
