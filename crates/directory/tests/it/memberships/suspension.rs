//! Keeping members out, and letting them in again.

use directory::Id;
use directory::enrollment::SetRule;
use directory::enrollment::rule::Level;
use directory::group::{Group, GroupName, Privileged, RenameGroup, SetPrivileged};
use directory::membership::{ResumeMember, SuspendMember, UpdateMembership, Which};
use directory::user::User;
use directory::view::IfMatch;
use directory::{Denial, Role};
use testkit::both;

use super::notices::{begin, terms};
use super::world::{World, adding, facts, give, run, so_far, stands, told, tree, updating};
use crate::support::groups::{below, code, denial, let_do, manager, own, put, remove, top, user_of};
use crate::support::not_found;

pub(crate) fn suspending(group: Id<Group>, user: Id<User>) -> SuspendMember {
    SuspendMember {
        group,
        which: Which::User(user),
        justification: Some(" a rule was broken ".into()),
        if_match: IfMatch::Any,
    }
}

fn resuming(group: Id<Group>, user: Id<User>) -> ResumeMember {
    ResumeMember {
        group,
        which: Which::User(user),
        justification: None,
        begins_now: false,
        if_match: IfMatch::Any,
    }
}

both! {
    async fn a_suspension_keeps_out_below_too_and_lifting_it_gives_back_what_there_was(app: TestApp) {
        let World { a, b, c, ga } = tree(&app).await;
        let ann = app.user("ann").await;
        give(&app, &ga, (a, ann), None, None).await;
        give(&app, &ga, (b, ann), None, None).await;
        give(&app, &ga, (c, ann), Some("2030-02-01"), None).await;
        let all = async || [stands(&app, a, ann).await, stands(&app, b, ann).await, stands(&app, c, ann).await];
        let before = so_far(&app).await;
        run(&app, &ga, suspending(a, ann)).await.expect("suspended");
        assert_eq!(all().await, ["suspended member"; 3]);
        assert_eq!(facts(&app, before).await, ["member.suspended suspended"; 3]);
        assert_eq!(told(&app, before, ann).await, ["suspend_member"]);
        assert_eq!(denial(run(&app, &ga, suspending(a, ann)).await), Denial::NotEnabled);
        assert_eq!(code(run(&app, &ga, resuming(b, ann)).await), "suspended_above");
        assert_eq!(code(run(&app, &ga, updating(a, ann, None, None)).await), "member_suspended");
        let before = so_far(&app).await;
        run(&app, &ga, resuming(a, ann)).await.expect("resumed");
        assert_eq!(all().await, ["enabled member", "enabled member", "pending member"]);
        assert_eq!(facts(&app, before).await, ["member.resumed resumed"; 3]);
        assert_eq!(told(&app, before, ann).await, ["activate_member"]);
        assert_eq!(code(run(&app, &ga, resuming(a, ann)).await), "not_suspended");
        let blocks = app.db().query("SELECT 1 FROM membership_blocks", &[]).await.expect("read");
        assert!(blocks.is_empty());
    }

    async fn who_is_suspended_twice_is_let_in_by_lifting_both(app: TestApp) {
        let World { a, b, ga, .. } = tree(&app).await;
        let ann = app.user("ann").await;
        for group in [a, b] {
            give(&app, &ga, (group, ann), None, None).await;
        }
        run(&app, &ga, suspending(b, ann)).await.expect("suspended");
        assert_eq!(stands(&app, a, ann).await, "enabled member");
        run(&app, &ga, suspending(a, ann)).await.expect("suspended");
        assert_eq!(code(run(&app, &ga, resuming(b, ann)).await), "suspended_above");
        run(&app, &ga, resuming(a, ann)).await.expect("resumed");
        assert_eq!((stands(&app, a, ann).await, stands(&app, b, ann).await), ("enabled member".into(), "suspended member".into()));
        run(&app, &ga, resuming(b, ann)).await.expect("resumed");
        assert_eq!(stands(&app, b, ann).await, "enabled member");
    }

    async fn nobody_suspends_themselves_or_lets_themselves_in(app: TestApp) {
        let World { a, b, ga, .. } = tree(&app).await;
        let me = user_of(&ga);
        give(&app, &ga, (b, me), None, None).await;
        assert_eq!(code(run(&app, &ga, suspending(b, me)).await), "not_yourself");
        let mg = manager(&app, "mg", &[Role::ManageGroups]).await;
        run(&app, &mg, suspending(b, me)).await.expect("suspended");
        assert_eq!(code(run(&app, &ga, resuming(b, me)).await), "not_yourself");
        assert_eq!(stands(&app, b, me).await, "suspended member");
        let writer = manager(&app, "writer", &[]).await;
        let_do(&app, a, user_of(&writer), "members.read members.write").await;
        for refused in [run(&app, &writer, suspending(b, me)).await, run(&app, &writer, resuming(b, me)).await] {
            assert_eq!(code(refused), "not_permitted");
        }
        assert!(not_found(run(&app, &mg, suspending(a, me)).await));
    }

    async fn only_what_is_in_force_is_suspended_and_a_realm_may_say_so_otherwise(app: TestApp) {
        let World { a, ga, .. } = tree(&app).await;
        let ann = app.user("ann").await;
        give(&app, &ga, (a, ann), Some("2030-02-01"), None).await;
        assert_eq!(denial(run(&app, &ga, suspending(a, ann)).await), Denial::NotEnabled);
        app.set_realm("default", |settings| settings.compat.suspend_404 = true).await;
        assert_eq!(denial(run(&app, &ga, suspending(a, ann)).await), Denial::NobodyInForce);
        assert_eq!(code(run(&app, &ga, resuming(a, ann)).await), "not_suspended");
        let before = so_far(&app).await;
        run(&app, &ga, ResumeMember { begins_now: true, ..resuming(a, ann) }).await.expect("begun");
        assert_eq!(stands(&app, a, ann).await, "enabled member");
        assert_eq!(facts(&app, before).await, ["member.activated changed"]);
        let long = SuspendMember { justification: Some("x".repeat(2_001)), ..suspending(a, ann) };
        assert!(run(&app, &ga, long).await.is_err());
        assert_eq!(stands(&app, a, ann).await, "enabled member");
    }

    async fn who_moves_memberships_from_elsewhere_edits_one_that_stays_suspended(app: TestApp) {
        let World { a, ga, .. } = tree(&app).await;
        let mgx = manager(&app, "mgx", &[Role::ManageGroupsExtended]).await;
        let ann = app.user("ann").await;
        give(&app, &ga, (a, ann), None, None).await;
        run(&app, &ga, suspending(a, ann)).await.expect("suspended");
        let update = UpdateMembership { roles: vec!["curator".into()], ..updating(a, ann, Some("2029-06-01"), Some("2030-06-30")) };
        run(&app, &mgx, update).await.expect("edited");
        assert_eq!(stands(&app, a, ann).await, "suspended curator");
        run(&app, &ga, resuming(a, ann)).await.expect("resumed");
        assert_eq!(stands(&app, a, ann).await, "enabled curator");
    }

    async fn whoever_was_kept_out_of_a_privileged_group_comes_back_by_who_may_let_people_in(app: TestApp) {
        let World { a, b, ga, .. } = tree(&app).await;
        let ann = app.user("ann").await;
        give(&app, &ga, (a, ann), None, None).await;
        give(&app, &ga, (b, ann), None, None).await;
        let operator = app.operator().await;
        run(&app, &operator, SetPrivileged { group: b, privileged: Some(Privileged::default()) }).await.expect("set");
        run(&app, &operator, suspending(a, ann)).await.expect("suspended");
        assert_eq!(code(run(&app, &ga, resuming(a, ann)).await), "privileged");
        assert_eq!(stands(&app, a, ann).await, "suspended member");
        run(&app, &operator, resuming(a, ann)).await.expect("resumed");
        assert_eq!(stands(&app, b, ann).await, "enabled member");
    }

    async fn nobody_lets_themselves_in_by_moving_the_group(app: TestApp) {
        let World { a, b, ga, .. } = tree(&app).await;
        let (x, operator) = (top(&app, "x").await, app.operator().await);
        let ann = manager(&app, "ann", &[]).await;
        for group in [a, x] {
            own(&app, group, user_of(&ann)).await;
        }
        give(&app, &ga, (b, user_of(&ann)), None, None).await;
        give(&app, &ga, (a, user_of(&ann)), None, None).await;
        run(&app, &operator, suspending(a, user_of(&ann))).await.expect("suspended");
        assert_eq!(code(put(&app, &ann, b, Some(x)).await), "not_yourself");
        assert_eq!(stands(&app, b, user_of(&ann)).await, "suspended member");
        // Within what they are kept out of they may, and others may anything.
        let under = below(&app, a, "under").await;
        put(&app, &ann, b, Some(under)).await.expect("moved");
        assert_eq!(stands(&app, b, user_of(&ann)).await, "suspended member");
        put(&app, &operator, b, Some(x)).await.expect("moved");
    }

    async fn nobody_lets_themselves_in_by_another_group_in_the_place(app: TestApp) {
        let World { a, b, c, .. } = tree(&app).await;
        let (x, operator) = (top(&app, "x").await, app.operator().await);
        let ann = manager(&app, "ann", &[]).await;
        for group in [a, x] {
            own(&app, group, user_of(&ann)).await;
        }
        run(&app, &operator, adding(c, user_of(&ann))).await.expect("a member");
        run(&app, &operator, suspending(c, user_of(&ann))).await.expect("suspended");
        let named = |group| RenameGroup { group, name: GroupName::parse("old").expect("a name"), if_match: IfMatch::Any };
        for group in [b, c] {
            assert_eq!(code(run(&app, &ann, named(group)).await), "not_yourself");
            assert_eq!(code(put(&app, &ann, group, Some(x)).await), "not_yourself");
        }
        assert_eq!(code(remove(&app, &ann, c).await), "not_yourself");
        // Others do, and what they are not kept out of they may.
        let d = below(&app, b, "d").await;
        remove(&app, &ann, d).await.expect("removed");
        run(&app, &operator, named(c)).await.expect("renamed");
        assert_eq!(stands(&app, c, user_of(&ann)).await, "suspended member");
    }

    async fn what_ends_while_suspended_stays_barred(app: TestApp) {
        let World { a, ga, .. } = tree(&app).await;
        let ann = app.user("ann").await;
        give(&app, &ga, (a, ann), None, Some("2030-01-05")).await;
        run(&app, &ga, suspending(a, ann)).await.expect("suspended");
        app.pass(6 * 86_400).await;
        assert!(stands(&app, a, ann).await.starts_with("barred"));
        assert_eq!(code(run(&app, &ga, super::world::adding(a, ann)).await), "suspended");
        // Whoever lifts that makes nobody a member, and tells nobody that they are one.
        let before = so_far(&app).await;
        run(&app, &ga, resuming(a, ann)).await.expect("lifted");
        assert_eq!(facts(&app, before).await, ["member.resumed resumed"]);
        assert!(told(&app, before, ann).await.is_empty());
        assert!(not_found(run(&app, &ga, resuming(a, ann)).await));
        run(&app, &ga, super::world::adding(a, ann)).await.expect("given");
        assert_eq!(stands(&app, a, ann).await, "enabled member");
    }

    async fn whose_terms_ran_out_meanwhile_is_let_in_to_nothing(app: TestApp) {
        let World { a, b, ga, .. } = tree(&app).await;
        let ann = app.user("ann").await;
        give(&app, &ga, (a, ann), None, None).await;
        terms(&app, ann, app.now().plus_seconds(30 * 86_400), "end").await;
        begin(&app, ann).await;
        run(&app, &ga, suspending(a, ann)).await.expect("suspended");
        app.pass(40 * 86_400).await;
        assert_eq!(stands(&app, a, ann).await, "suspended member");
        let before = so_far(&app).await;
        run(&app, &ga, resuming(a, ann)).await.expect("resumed");
        assert_eq!(stands(&app, a, ann).await, "expired member");
        assert_eq!(facts(&app, before).await, ["member.resumed resumed", "member.expired terms"]);
        // So of one that begins at once.
        let bob = app.user("bob").await;
        give(&app, &ga, (b, bob), Some("2031-01-01"), None).await;
        terms(&app, bob, app.now().plus_seconds(30 * 86_400), "end").await;
        app.pass(40 * 86_400).await;
        run(&app, &ga, ResumeMember { begins_now: true, ..resuming(b, bob) }).await.expect("begun");
        assert_eq!(stands(&app, b, bob).await, "expired member");
    }

    async fn what_begins_at_once_lasts_no_longer_than_a_rule_allows(app: TestApp) {
        let World { a, ga, .. } = tree(&app).await;
        let ann = app.user("ann").await;
        let says = directory::enrollment::rule::rules::read(Level::TopLevel, "membershipExpirationDays", true, None, Some("45"));
        run(&app, &app.operator().await, SetRule { says: says.expect("a rule") }).await.expect("set");
        give(&app, &ga, (a, ann), Some("2030-01-31"), Some("2030-03-10")).await;
        let at_once = ResumeMember { begins_now: true, ..resuming(a, ann) };
        assert_eq!(code(run(&app, &ga, at_once.clone()).await), "rule_violated");
        assert_eq!(stands(&app, a, ann).await, "pending member");
        let mgx = manager(&app, "mgx", &[Role::ManageGroupsExtended]).await;
        run(&app, &mgx, at_once).await.expect("limits do not count for who moves them");
    }

    async fn who_is_kept_out_and_no_member_is_found_by_the_id_of_their_membership(app: TestApp) {
        let World { a, ga, .. } = tree(&app).await;
        let ann = app.user("ann").await;
        let id = give(&app, &ga, (a, ann), None, Some("2030-01-05")).await;
        run(&app, &ga, suspending(a, ann)).await.expect("suspended");
        app.pass(10 * 86_400).await;
        let by_id = |id| ResumeMember { which: Which::Membership(id), ..resuming(a, ann) };
        assert!(not_found(run(&app, &ga, by_id(Id::new(ann.uuid()))).await));
        assert_eq!(stands(&app, a, ann).await, "barred");
        run(&app, &ga, by_id(id)).await.expect("let in");
        assert_eq!(stands(&app, a, ann).await, "ended");
    }
}
