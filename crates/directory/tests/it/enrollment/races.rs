//! Several at once.

use directory::enrollment::Withdraw;
use directory::enrollment::request::RequestStatus;
use directory::zone::Zone;
use futures_util::future::{join, join_all};
use testkit::both;

use super::{accept, ask, asking, configure, draft, free, owned, reconfigure, somebody, standing, unconfigure};
use crate::support::groups::{manager, own, user_of};
use directory::enrollment::configuration::Draft;

both! {
    async fn of_many_requests_at_once_one_is_open(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        let way = configure(&app, &owner, group, draft()).await.expect("made").configuration;
        let ann = somebody(&app, "ann").await;
        let asked = join_all((0..8).map(|_| ask(&app, &ann, asking(way.id, &["member"])))).await;
        assert_eq!(asked.iter().filter(|one| one.is_ok()).count(), 1, "{asked:?}");
        let rows = app.db().query("SELECT 1 FROM enrollment_requests", &[]).await.expect("read");
        assert_eq!(rows.len(), 1);
    }

    async fn who_joins_many_times_at_once_is_one_member(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        let way = configure(&app, &owner, group, free()).await.expect("made").configuration;
        let ann = somebody(&app, "ann").await;
        let asked = join_all((0..8).map(|_| ask(&app, &ann, asking(way.id, &["member"])))).await;
        assert!(asked.iter().all(Result::is_ok), "{asked:?}");
        let rows = app.db().query("SELECT enabled_members FROM groups WHERE id = ?1", &[group.into()]).await;
        assert_eq!(rows.expect("read")[0].take::<i64>(0).expect("a number"), 1);
        let renewals = asked.into_iter().filter(|one| one.as_ref().is_ok_and(|one| one.said.renewal));
        assert_eq!(renewals.count(), 7);
    }

    async fn of_two_who_decide_at_once_one_does(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        let other = manager(&app, "other", &[]).await;
        own(&app, group, user_of(&other)).await;
        let way = configure(&app, &owner, group, draft()).await.expect("made").configuration;
        for round in 0..5 {
            let ann = somebody(&app, &format!("ann-{round}")).await;
            let id = ask(&app, &ann, asking(way.id, &["member"])).await.expect("asked").id;
            let decided = join_all([&owner, &other].map(|who| accept(&app, who, id))).await;
            assert_eq!(decided.iter().filter(|one| one.is_ok()).count(), 1, "{decided:?}");
            assert_eq!(standing(&app, group, &ann).await.map(|(status, _, _)| status).as_deref(), Some("enabled"));
        }
    }

    async fn who_takes_a_request_back_is_no_member_by_it(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        let way = configure(&app, &owner, group, draft()).await.expect("made").configuration;
        for round in 0..5 {
            let ann = somebody(&app, &format!("ann-{round}")).await;
            let id = ask(&app, &ann, asking(way.id, &["member"])).await.expect("asked").id;
            let withdraw = app.directory().execute(&ann, Withdraw { id });
            let (decided, withdrawn) = join(accept(&app, &owner, id), withdraw).await;
            assert!(decided.is_ok() != withdrawn.is_ok(), "{decided:?} {withdrawn:?}");
            assert_eq!(standing(&app, group, &ann).await.is_some(), decided.is_ok());
        }
    }

    async fn a_way_to_join_that_changes_meanwhile_lets_in_by_one_of_its_versions(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        configure(&app, &owner, group, draft()).await.expect("made");
        let lasting = |days: i64| Draft { membership_expiration_days: Some(days), ..draft() };
        let mut way = configure(&app, &owner, group, lasting(1)).await.expect("made").configuration;
        let (mut let_in, mut put_aside) = (0, 0);
        for round in 0..8 {
            let days = 1 + round;
            let ann = somebody(&app, &format!("ann-{round}")).await;
            let id = ask(&app, &ann, asking(way.id, &["member"])).await.expect("asked").id;
            let change = reconfigure(&app, &owner, &way, lasting(days + 1));
            let (decided, changed) = if round % 2 == 0 {
                join(accept(&app, &owner, id), change).await
            } else {
                let (changed, decided) = join(change, accept(&app, &owner, id)).await;
                (decided, changed)
            };
            way = changed.expect("changed").configuration;
            app.run_jobs().await;
            let request = app.directory().my_request(&ann, id).await.expect("read").request;
            // Who is let in is so by what they asked for; who is not asks anew.
            let until = standing(&app, group, &ann).await.map(|(_, until, _)| until);
            if decided.is_ok() {
                let day = Zone::default().day(app.now()).plus_days(days);
                assert_eq!(until, Some(Some(Zone::default().end_of(day).millis())));
                assert_eq!(request.status, RequestStatus::Accepted);
                let_in += 1;
            } else {
                assert_eq!(until, None);
                assert_eq!(request.status, RequestStatus::Archived);
                put_aside += 1;
            }
        }
        assert_eq!(let_in + put_aside, 8);
        let bob = somebody(&app, "bob").await;
        let id = ask(&app, &bob, asking(way.id, &["member"])).await.expect("asked").id;
        let (decided, removed) = join(accept(&app, &owner, id), unconfigure(&app, &owner, &way)).await;
        removed.expect("removed");
        app.run_jobs().await;
        assert_eq!(standing(&app, group, &bob).await.is_some(), decided.is_ok());
    }

    async fn nobody_joins_by_a_way_that_is_closed_already(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        let mut way = configure(&app, &owner, group, free()).await.expect("made").configuration;
        for round in 0..8 {
            let ann = somebody(&app, &format!("ann-{round}")).await;
            let close = reconfigure(&app, &owner, &way, Draft { active: false, ..free() });
            let (joined, closed) = join(ask(&app, &ann, asking(way.id, &["member"])), close).await;
            let closed = closed.expect("closed").configuration;
            // Their facts are in the order in which they were committed.
            if let Ok(request) = joined {
                assert!(request.said.way_version < closed.version);
                let events = app.events().await;
                let place = |kind: &str, subject: uuid::Uuid| {
                    events.iter().rposition(|event| event.kind == kind && event.subject == subject)
                };
                let joined = place("request.self_approved", request.id.uuid());
                assert!(joined < place("configuration.changed", way.id.uuid()), "{joined:?}");
            }
            way = reconfigure(&app, &owner, &closed, free()).await.expect("open again").configuration;
        }
    }
}
