//! Several at once.

use directory::enrollment::Withdraw;
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
        let way = configure(&app, &owner, group, draft()).await.expect("made").configuration;
        let ann = somebody(&app, "ann").await;
        let id = ask(&app, &ann, asking(way.id, &["member"])).await.expect("asked").id;
        let change = reconfigure(&app, &owner, &way, Draft { name: "Join us".into(), ..draft() });
        let (decided, changed) = join(accept(&app, &owner, id), change).await;
        changed.expect("changed");
        assert_eq!(standing(&app, group, &ann).await.is_some(), decided.is_ok());
        let bob = somebody(&app, "bob").await;
        let id = ask(&app, &bob, asking(way.id, &["member"])).await.expect("asked").id;
        let (decided, removed) = join(accept(&app, &owner, id), unconfigure(&app, &owner, &way)).await;
        removed.expect("removed");
        app.run_jobs().await;
        assert_eq!(standing(&app, group, &bob).await.is_some(), decided.is_ok());
    }
}
