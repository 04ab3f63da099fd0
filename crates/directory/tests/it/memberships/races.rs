//! Several at once about one person's memberships.

use directory::enrollment::configuration::Draft;
use directory::enrollment::{Configure, SubmitRequest};
use directory::group::{DeleteRole, RoleNamed};
use directory::membership::{GrantMemberRole, ResumeMember, SuspendMember, UpdateMembership, Which};
use directory::view::IfMatch;
use directory::{Error, Refusal};
use futures_util::future::{join, join_all};
use testkit::both;

use super::world::{World, adding, give, run, stands, themselves, tree, updating};
use crate::support::groups::user_of;

both! {
    async fn who_joins_while_being_suspended_is_kept_out_in_the_end(app: TestApp) {
        let World { a, b, ga, .. } = tree(&app).await;
        let draft = Draft { name: "Join".into(), active: true, visible: true, roles: vec!["member".into()], ..Draft::default() };
        let way = run(&app, &ga, Configure { group: b, id: None, if_version: None, draft, force: false }).await.expect("made").configuration;
        for round in 0..6 {
            let ann = app.user(&format!("ann-{round}")).await;
            let me = themselves(&app, ann).await;
            give(&app, &ga, (a, ann), None, None).await;
            let join_in = SubmitRequest { configuration: way.id, roles: vec!["member".into()], comments: None, terms: None };
            let suspend = SuspendMember { group: a, which: Which::User(ann), justification: None, if_match: IfMatch::Any };
            let (joined, suspended) = join(run(&app, &me, join_in), run(&app, &ga, suspend)).await;
            suspended.expect("suspended");
            assert_eq!(stands(&app, a, ann).await, "suspended member");
            let wanted = if joined.is_ok() { "suspended member" } else { "-" };
            assert_eq!(stands(&app, b, ann).await, wanted, "{joined:?}");
        }
    }

    async fn of_two_who_change_what_they_both_read_one_does(app: TestApp) {
        let World { a, ga, .. } = tree(&app).await;
        let ann = app.user("ann").await;
        give(&app, &ga, (a, ann), None, None).await;
        for round in 0..6 {
            let read = app.directory().membership(&ga, a, Which::User(ann)).await.expect("read").listed.membership;
            let insisting = |last: String| UpdateMembership {
                if_match: IfMatch::OneOf(vec![read.version]),
                ..updating(a, ann, None, Some(&last))
            };
            let both = [insisting(format!("2030-03-1{round}")), insisting(format!("2030-04-1{round}"))];
            let done = join_all(both.map(|command| run(&app, &ga, command))).await;
            assert_eq!(done.iter().filter(|one| one.is_ok()).count(), 1, "{done:?}");
            let refused = done.into_iter().find_map(Result::err);
            assert!(matches!(refused, Some(Error::Refused(Refusal::Changed))), "{refused:?}");
        }
    }

    async fn of_many_who_add_somebody_one_does(app: TestApp) {
        let World { a, ga, .. } = tree(&app).await;
        let ann = app.user("ann").await;
        let added = join_all((0..8).map(|_| run(&app, &ga, adding(a, ann)))).await;
        assert_eq!(added.iter().filter(|one| one.is_ok()).count(), 1, "{added:?}");
        assert_eq!(stands(&app, a, ann).await, "enabled member");
    }

    async fn a_role_that_is_deleted_meanwhile_is_given_to_nobody(app: TestApp) {
        let World { a, ga, .. } = tree(&app).await;
        for round in 0..6 {
            let ann = app.user(&format!("ann-{round}")).await;
            give(&app, &ga, (a, ann), None, None).await;
            let name = format!("passing-{round}");
            let define = directory::group::DefineRole { group: a, name: directory::group::RoleName::parse(&name).expect("a name") };
            run(&app, &ga, define).await.expect("defined");
            let grant = GrantMemberRole { group: a, which: Which::User(ann), role: name.clone(), if_match: IfMatch::Any };
            let delete = DeleteRole { group: a, role: RoleNamed::Name(name), replace_with: None, force: true, if_version: None };
            let (granted, deleted) = join(run(&app, &ga, grant), run(&app, &ga, delete)).await;
            deleted.expect("deleted");
            app.run_jobs().await;
            assert_eq!(stands(&app, a, ann).await, "enabled member", "{granted:?}");
            let left = "SELECT 1 FROM membership_roles h WHERE NOT EXISTS (SELECT 1 FROM group_roles r WHERE r.id = h.role)";
            assert!(app.db().query(left, &[]).await.expect("read").is_empty(), "{granted:?}");
        }
    }

    async fn who_is_suspended_and_resumed_at_once_is_one_of_the_two(app: TestApp) {
        let World { a, ga, .. } = tree(&app).await;
        let ann = app.user("ann").await;
        give(&app, &ga, (a, ann), None, None).await;
        assert_ne!(user_of(&ga), ann);
        for _ in 0..6 {
            let suspend = || SuspendMember { group: a, which: Which::User(ann), justification: None, if_match: IfMatch::Any };
            let resume = ResumeMember { group: a, which: Which::User(ann), justification: None, begins_now: false, if_match: IfMatch::Any };
            let done = join_all([run(&app, &ga, suspend()), run(&app, &ga, suspend())]).await;
            assert_eq!(done.iter().filter(|one| one.is_ok()).count(), 1, "{done:?}");
            assert_eq!(stands(&app, a, ann).await, "suspended member");
            run(&app, &ga, resume).await.expect("resumed");
            assert_eq!(stands(&app, a, ann).await, "enabled member");
        }
    }
}
