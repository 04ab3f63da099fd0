//! Requests that are sent again.

use directory::idempotency::{Answer, KEPT_SECONDS, Once, Outcome};
use directory::user::{CreateUser, Created};
use directory::{Error, Principal, Refusal};
use futures_util::future::join_all;
use serde_json::json;
use testkit::{Program, TestApp, both};

use crate::support::refusal;

fn once(body: &str) -> Once {
    Once::new("key-1", "POST", "/api/v1/users", body.as_bytes()).expect("a key")
}

async fn send(app: &TestApp, who: &Principal, name: &str) -> Result<Outcome<Created>, Error> {
    let command = CreateUser::by_admin(json!({ "userName": name }));
    let render = |created: &Created| Answer {
        status: 201,
        headers: vec![("etag".into(), "x".into())],
        body: created.user.id.to_string(),
    };
    app.directory().execute_once(who, command, once(name), render).await
}

fn answer<T>(outcome: Outcome<T>) -> (bool, Answer) {
    match outcome {
        Outcome::Done(_, answer) => (true, answer),
        Outcome::Replayed(answer) => (false, answer),
    }
}

both! {
    async fn a_request_sent_again_gets_the_first_answer_and_changes_nothing(app: TestApp) {
        let admin = app.principal("admin", &["admin"], Program::default()).await;
        let (done, first) = answer(send(&app, &admin, "ann").await.expect("done"));
        assert!(done);
        let events = app.events().await.len();
        let (done, again) = answer(send(&app, &admin, "ann").await.expect("answered"));
        assert_eq!((done, &again), (false, &first));
        assert_eq!(app.events().await.len(), events);
        assert_eq!(app.directory().kept_answer(&admin, &once("ann")).await.expect("read"), Some(first));
        // Another request under the key is a mistake; another caller's key is another key.
        assert!(matches!(refusal(send(&app, &admin, "bob").await), Refusal::Conflict { .. }));
        let other = app.principal("other", &["admin"], Program::default()).await;
        assert!(answer(send(&app, &other, "bob").await.expect("done")).0);
        // After its time the key is as good as new.
        app.clock().advance(KEPT_SECONDS);
        assert!(answer(send(&app, &admin, "carl").await.expect("done")).0);
    }

    async fn a_refusal_keeps_nothing(app: TestApp) {
        let admin = app.principal("admin", &["admin"], Program::default()).await;
        app.user("ann").await;
        assert_eq!(refusal(send(&app, &admin, "ann").await), Refusal::Taken { attribute: "userName" });
        assert!(answer(send(&app, &admin, "bob").await.expect("done")).0);
    }

    async fn of_many_sent_at_once_one_is_done_and_all_get_its_answer(app: TestApp) {
        let admin = app.principal("admin", &["admin"], Program::default()).await;
        let results = join_all((0..16).map(|_| send(&app, &admin, "ann"))).await;
        let answers: Vec<(bool, Answer)> = results.into_iter().map(|result| answer(result.expect("answered"))).collect();
        assert_eq!(answers.iter().filter(|(done, _)| *done).count(), 1);
        assert!(answers.iter().all(|(_, answer)| *answer == answers[0].1));
    }

    async fn keys_that_are_none_are_refused(app: TestApp) {
        drop(app);
        for key in ["", "a\nb", &"x".repeat(256)] {
            assert!(Once::new(key, "POST", "/", b"").is_err());
        }
    }
}
