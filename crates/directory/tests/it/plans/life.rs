//! A plan's own life: held, approved, applied as it was read, resumed, and refused where the world has moved.

use std::sync::Arc;

use directory::Refusal;
use directory::job::{JobKind, JobQuery, JobWorker};
use directory::plan::{
    ApprovePlan, BeginPlan, DiscardPlan, Missing, PlanKind, PlanOptions, PlanQuery, PlanState, Progress, StartPlan,
    Told,
};
use directory::user::{CreateUser, Lifecycle, SetLifecycle};
use serde_json::json;
use testkit::both;

use super::{apply, import, person, plan_of, source, start, told};
use crate::jobs::sql;
use crate::support::refusal;

fn people(count: usize) -> Vec<directory::plan::PersonRow> {
    (0..count)
        .map(|index| person(index + 2, &[("userName", &format!("p{index}")), ("title", "Dr")]))
        .collect()
}

both! {
    async fn what_would_take_away_many_is_held_until_it_is_released(app: TestApp) {
        import(&app, "hr", PlanOptions::default(), people(20)).await;
        let options = PlanOptions { missing: Missing::Remove, ..PlanOptions::default() };
        let few = plan_of(&app, "hr", options, people(15)).await;
        assert_eq!(few.state, PlanState::Ready, "five may always go");
        let plan = plan_of(&app, "hr", options, people(14)).await;
        assert_eq!(plan.state, PlanState::Held);
        assert!(plan.held.as_deref().is_some_and(|why| why.contains("6 of the 20")), "{:?}", plan.held);
        let operator = app.operator().await;
        let approve = |release| app.directory().execute(&operator, ApprovePlan { id: plan.id, release });
        assert!(matches!(refusal(approve(false).await), Refusal::Conflict { .. }));
        assert_eq!(approve(true).await.expect("released").state, PlanState::Approved);
        // More may go where that is said.
        let wide = PlanOptions { brake_percent: 30, ..options };
        let other = plan_of(&app, "other", wide, people(1)).await;
        assert_eq!(other.state, PlanState::Ready);
    }

    async fn rows_that_could_not_be_read_hold_back_what_takes_away(app: TestApp) {
        import(&app, "hr", PlanOptions::default(), people(3)).await;
        let mut rows = people(2);
        let mut unread = person(4, &[]);
        unread.problem = Some("is not UTF-8".to_owned());
        rows.push(unread);
        let options = PlanOptions { missing: Missing::Deactivate, ..PlanOptions::default() };
        let plan = plan_of(&app, "hr", options, rows).await;
        assert_eq!(plan.state, PlanState::Held);
        assert!(plan.held.as_deref().is_some_and(|why| why.contains("1 rows could not be read")), "{:?}", plan.held);
        // A row that is wrong but says of whom it speaks does no harm.
        let mut rows = people(2);
        rows.push(person(4, &[("userName", "p2"), ("active", "perhaps")]));
        let plan = plan_of(&app, "hr", options, rows).await;
        assert_eq!((plan.state, plan.items), (PlanState::Ready, 3));
    }

    async fn a_plan_is_applied_only_once_it_was_approved(app: TestApp) {
        let operator = app.operator().await;
        let plan = plan_of(&app, "hr", PlanOptions::default(), people(1)).await;
        let begin = StartPlan { id: plan.id, by_job: false };
        assert!(matches!(refusal(app.directory().execute(&operator, begin.clone()).await), Refusal::Conflict { .. }));
        app.directory().execute(&operator, DiscardPlan { id: plan.id }).await.expect("discarded");
        assert!(matches!(refusal(app.directory().execute(&operator, begin).await), Refusal::Conflict { .. }));
        let kinds: Vec<String> = app.event_kinds().await.into_iter().filter(|kind| kind.starts_with("plan.")).collect();
        assert_eq!(kinds, ["plan.made", "plan.discarded"]);
    }

    async fn items_of_those_who_moved_are_refused_and_the_rest_is_applied(app: TestApp) {
        import(&app, "hr", PlanOptions::default(), people(3)).await;
        let operator = app.operator().await;
        let mut rows: Vec<_> = (0..3).map(|index| person(index + 2, &[("userName", &format!("p{index}")), ("title", "Prof")])).collect();
        rows.push(person(5, &[("userName", "new")]));
        rows.push(person(6, &[("userName", "late")]));
        let plan = plan_of(&app, "hr", PlanOptions::default(), rows).await;
        let p1 = app.directory().user_named(&operator, "p1").await.expect("is there").id;
        app.directory().execute(&operator, SetLifecycle { id: p1, lifecycle: Lifecycle::Suspended }).await.expect("suspended");
        app.directory().execute(&operator, CreateUser::by_admin(json!({ "userName": "NEW" }))).await.expect("made");
        let moved = app.directory().plan_moved(&operator, plan.id, 10).await.expect("read");
        let moved: Vec<_> = moved.iter().map(|moved| (moved.position, moved.name.as_str(), moved.why)).collect();
        assert_eq!(moved, [(2, "p1", "changed since"), (4, "new", "the name is taken by now")]);
        let (plan, applied) = apply(&app, plan.id).await;
        assert_eq!((plan.state, applied.done, applied.refused), (PlanState::Applied, 3, 2));
        assert_eq!(told(&app, plan.id).await, [
            "change p0",
            "change p1: has been changed since this was planned",
            "change p2",
            "create new: userName is taken",
            "create late",
        ]);
        let refused = app.event_kinds().await.into_iter().filter(|kind| kind == "plan.item_refused").count();
        assert_eq!(refused, 2);
    }

    async fn whoever_is_interrupted_goes_on(app: TestApp) {
        let plan = plan_of(&app, "hr", PlanOptions::default(), people(300)).await;
        start(&app, plan.id).await.expect("started");
        let operator = app.operator().await;
        // Stops in the middle: what is in flight ends or does not begin.
        let told: Told = Arc::new(|_| {});
        {
            let mut applying = Box::pin(app.directory().apply_plan(&operator, plan.id, &told));
            let polled = std::future::poll_fn(|context| std::task::Poll::Ready(applying.as_mut().poll(context))).await;
            assert!(polled.is_pending());
            tokio::task::yield_now().await;
        }
        let begun = BeginPlan { kind: PlanKind::Users, source: source("hr"), title: String::new(), options: PlanOptions::default() };
        assert!(matches!(refusal(app.directory().execute(&operator, begun).await), Refusal::Conflict { .. }), "one at a time");
        // Another process goes on, and two at once do no harm.
        let other = app.another().await;
        let (one, two) = tokio::join!(
            app.directory().apply_plan(&operator, plan.id, &told),
            other.directory().apply_plan(&operator, plan.id, &told),
        );
        assert!(one.is_ok() || two.is_ok());
        let progress = app.directory().plan_progress(&operator, plan.id).await.expect("read");
        assert_eq!(progress, Progress { pending: 0, done: 300, refused: 0 });
        let made = app.event_kinds().await.into_iter().filter(|kind| kind == "user.created").count();
        assert_eq!(made, 300);
        assert_eq!(app.directory().plan_by_id(&operator, plan.id).await.expect("read").state, PlanState::Applied);
    }

    async fn a_job_applies_what_is_asked_of_it(app: TestApp) {
        let operator = app.operator().await;
        let plan = plan_of(&app, "hr", PlanOptions::default(), people(30)).await;
        app.directory().execute(&operator, ApprovePlan { id: plan.id, release: false }).await.expect("approved");
        app.directory().execute(&operator, StartPlan { id: plan.id, by_job: true }).await.expect("started");
        app.run_jobs().await;
        let plan = app.directory().plan_by_id(&operator, plan.id).await.expect("read");
        assert_eq!(plan.state, PlanState::Applied);
        assert!(app.directory().user_named(&operator, "p29").await.is_ok());
    }

    async fn a_job_that_cannot_apply_its_plan_is_tried_again(app: TestApp) {
        let operator = app.operator().await;
        import(&app, "hr", PlanOptions::default(), people(1)).await;
        let plan = plan_of(&app, "hr", PlanOptions::default(), vec![person(2, &[("userName", "p0"), ("title", "Prof")])]).await;
        app.directory().execute(&operator, ApprovePlan { id: plan.id, release: false }).await.expect("approved");
        app.directory().execute(&operator, StartPlan { id: plan.id, by_job: true }).await.expect("started");
        sql(&app, "UPDATE plan_items SET subject = NULL WHERE action = 'change'").await;
        JobWorker::new(app.directory().clone()).run_until_idle().await.expect("the worker goes on");
        let jobs = app.directory().jobs(&operator, &JobQuery::default()).await.expect("read");
        let applying = jobs.iter().find(|job| job.kind == JobKind::ApplyPlan).expect("waits");
        assert_eq!(applying.attempts, 1);
    }

    async fn plans_are_forgotten_in_time(app: TestApp) {
        let operator = app.operator().await;
        let begin = BeginPlan { kind: PlanKind::Users, source: source("hr"), title: String::new(), options: PlanOptions::default() };
        let half = app.directory().execute(&operator, begin).await.expect("begun");
        app.directory().plan_people(&operator, &half, 0, people(2)).await.expect("planned");
        assert!(app.directory().plans(&operator, &PlanQuery::default()).await.expect("read").is_empty(), "not before it is made");
        let plan = import(&app, "hr", PlanOptions::default(), people(2)).await;
        let waits = plan_of(&app, "hr", PlanOptions::default(), people(1)).await;
        app.pass(2 * 86_400).await;
        assert!(app.directory().plan_by_id(&operator, half.id).await.is_err());
        assert_eq!(told(&app, plan.id).await.len(), 2);
        app.pass(31 * 86_400).await;
        assert_eq!(told(&app, plan.id).await.len(), 0);
        assert_eq!(told(&app, waits.id).await.len(), 1);
        app.pass(60 * 86_400).await;
        assert_eq!(told(&app, waits.id).await.len(), 0);
        let states: Vec<_> = app.directory().plans(&operator, &PlanQuery::default()).await.expect("read").iter().map(|plan| plan.state).collect();
        assert_eq!(states, [PlanState::Discarded, PlanState::Applied]);
    }

    async fn the_brake_counts_who_is_there_and_whoever_is_let_out(app: TestApp) {
        let suspended = |range: std::ops::Range<usize>| {
            range.map(|index| person(index + 2, &[("userName", &format!("p{index}")), ("active", "false")]))
        };
        let mut rows = people(10);
        rows.extend(suspended(10..60));
        import(&app, "hr", PlanOptions::default(), rows).await;
        let options = PlanOptions { missing: Missing::Remove, ..PlanOptions::default() };
        let plan = plan_of(&app, "hr", options, people(60).split_off(6)).await;
        assert_eq!(plan.state, PlanState::Held);
        assert!(plan.held.as_deref().is_some_and(|why| why.contains("6 of the 10")), "{:?}", plan.held);
        // A file may also say itself that they are out.
        let plan = plan_of(&app, "hr", PlanOptions::default(), suspended(0..5).collect()).await;
        assert_eq!(plan.state, PlanState::Ready);
        let plan = plan_of(&app, "hr", PlanOptions::default(), suspended(0..6).collect()).await;
        assert_eq!(plan.state, PlanState::Held);
    }

    async fn of_the_plans_of_a_source_one_is_under_way_and_none_goes_back(app: TestApp) {
        let operator = app.operator().await;
        let one = plan_of(&app, "hr", PlanOptions::default(), people(1)).await;
        let two = plan_of(&app, "hr", PlanOptions::default(), people(2)).await;
        let other = plan_of(&app, "other", PlanOptions::default(), people(1)).await;
        let approve = |id| app.directory().execute(&operator, ApprovePlan { id, release: false });
        approve(two.id).await.expect("approved");
        let why = refusal(approve(one.id).await).to_string();
        assert!(why.contains("is approved and not finished"), "{why}");
        approve(other.id).await.expect("approved");
        let told: Told = Arc::new(|_| {});
        app.directory().execute(&operator, StartPlan { id: two.id, by_job: false }).await.expect("started");
        assert!(matches!(refusal(approve(one.id).await), Refusal::Conflict { .. }));
        app.directory().apply_plan(&operator, two.id, &told).await.expect("applied");
        let why = refusal(approve(one.id).await).to_string();
        assert!(why.contains("make the plan anew"), "{why}");
    }
}
