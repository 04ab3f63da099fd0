//! Working out anew where memberships stand, and when they end.

use directory::membership::{Recalculate, What};
use testkit::{TestApp, both};

use super::{add, block, hr, set, sql, stands, status};
use crate::support::groups::{below, code, put, top};
use crate::support::{groups_know_their_number, patch_group};

const DAY: i64 = 86_400;

async fn of_realm(app: &TestApp) {
    let command = Recalculate {
        what: What::EffectiveEnds,
    };
    app.directory()
        .execute(&app.operator().await, command)
        .await
        .expect("begun");
    app.run_jobs().await;
}

both! {
    async fn everything_that_is_kept_and_wrong_is_mended(app: TestApp) {
        let hr = hr(&app).await;
        let acme = top(&app, "acme").await;
        let ops = below(&app, acme, "ops").await;
        let alone = top(&app, "alone").await;
        app.run_jobs().await;
        let mut people = Vec::new();
        for number in 0..120 {
            people.push(app.user(&format!("u{number}")).await);
        }
        for group in [acme, ops, alone] {
            patch_group(&app, &hr, group, add(&people)).await.expect("added");
        }
        app.run_jobs().await;
        let end = app.now().plus_seconds(40 * DAY);
        sql(&app, "UPDATE memberships SET expires_at = ?2 WHERE group_id = ?1", vec![acme.into(), end.millis().into()]).await;
        block(&app, alone, people[119]).await;
        sql(&app, "UPDATE groups SET enabled_members = 7", vec![]).await;
        let before = app.events().await.len();
        of_realm(&app).await;
        for person in &people {
            assert_eq!(stands(&app, ops, *person).await, Some(("enabled".into(), Some(end.millis()), Some(acme))));
        }
        assert_eq!(status(&app, alone, people[119]).await, "suspended");
        groups_know_their_number(&app).await;
        let events = app.events().await.split_off(before);
        let changed = events.iter().filter(|event| event.kind == "member.changed" && event.body["cause"] == "recalculated").count();
        assert_eq!((changed, events.last().map(|event| event.kind.as_str())), (240, Some("recalculation.finished")));
        // What is right stays as it is, and what is due is done when its time comes.
        let before = app.events().await.len();
        of_realm(&app).await;
        assert_eq!(app.events().await.len(), before + 2);
        app.pass(40 * DAY).await;
        assert_eq!((status(&app, ops, people[0]).await.as_str(), status(&app, alone, people[0]).await.as_str()), ("expired", "enabled"));
        groups_know_their_number(&app).await;
    }

    async fn a_group_that_moves_takes_its_members_under_what_holds_there(app: TestApp) {
        let hr = hr(&app).await;
        let (acme, ops) = (top(&app, "acme").await, top(&app, "ops").await);
        let night = below(&app, ops, "night").await;
        app.run_jobs().await;
        let (ann, bob) = (app.user("ann").await, app.user("bob").await);
        for group in [acme, ops, night] {
            patch_group(&app, &hr, group, add(&[ann, bob])).await.expect("added");
        }
        let end = app.now().plus_seconds(40 * DAY);
        set(&app, acme, ann, "enabled", Some(end)).await;
        set(&app, acme, bob, "suspended", None).await;
        block(&app, acme, bob).await;
        put(&app, &app.operator().await, ops, Some(acme)).await.expect("moved");
        app.run_jobs().await;
        for group in [ops, night] {
            assert_eq!(stands(&app, group, ann).await, Some(("enabled".into(), Some(end.millis()), Some(acme))));
            assert_eq!(status(&app, group, bob).await, "suspended");
        }
        put(&app, &app.operator().await, ops, None).await.expect("moved");
        app.run_jobs().await;
        for group in [ops, night] {
            assert_eq!(stands(&app, group, ann).await, Some(("enabled".into(), None, None)));
            assert_eq!(status(&app, group, bob).await, "enabled");
        }
        groups_know_their_number(&app).await;
    }

    async fn it_is_begun_once_and_by_nobody_but_who_administers_the_realm(app: TestApp) {
        let command = Recalculate { what: What::EffectiveEnds };
        let operator = app.operator().await;
        app.directory().execute(&operator, command).await.expect("begun");
        assert_eq!(code(app.directory().execute(&operator, command).await), "job_running");
        let hr = hr(&app).await;
        app.directory().execute(&hr, command).await.expect_err("refused");
    }
}
