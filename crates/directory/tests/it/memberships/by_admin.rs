//! What administrators of a group do about who is in it, from when and until when.

use directory::enrollment::configuration::Draft;
use directory::enrollment::rule::Level;
use directory::enrollment::terms::TermsDraft;
use directory::enrollment::{Configure, SetRule, SubmitRequest};
use directory::group::{Privileged, SetPrivileged};
use directory::membership::{AddMembership, Extend, NewMember, UpdateMembership, Which};
use directory::view::IfMatch;
use directory::{Role, Scope};
use testkit::both;

use super::world::{
    World, adding, day, ends, facts, give, removing, run, so_far, stands, themselves, told, tree, updating,
};
use crate::support::groups::{code, let_do, manager, own, person, top, user_of};
use crate::support::{not_found, refusal};

const DAY: i64 = 86_400;

both! {
    async fn who_is_added_is_in_with_their_roles_and_told_so(app: TestApp) {
        let World { a, ga, .. } = tree(&app).await;
        let ann = app.user("ann").await;
        let before = so_far(&app).await;
        let command = AddMembership {
            whom: NewMember::UserName("ANN".into()),
            roles: vec!["curator".into(), "member".into(), "member".into()],
            last_day: Some(day("2030-02-28")),
            ..adding(a, ann)
        };
        let given = run(&app, &ga, command).await.expect("given");
        assert_eq!(given.user, ann);
        assert_eq!(stands(&app, a, ann).await, "enabled curator,member");
        assert_eq!(ends(&app, a, ann).await, (Some("2030-02-28".into()), None));
        assert_eq!(facts(&app, before).await, ["member.added given", "member.roles_changed"]);
        assert_eq!(told(&app, before, ann).await, ["member_create_user_inform"]);
        let event = app.events().await.into_iter().rev().find(|event| event.kind == "member.roles_changed").expect("it is said");
        assert_eq!((&event.body["before"], &event.body["after"]), (&serde_json::json!([]), &serde_json::json!(["curator", "member"])));
        // The last day counts to its end.
        app.pass(58 * DAY).await;
        assert_eq!(stands(&app, a, ann).await, "enabled curator,member");
        app.pass(DAY).await;
        assert_eq!(stands(&app, a, ann).await, "expired curator,member");
        // Whoever adds them again gives anew what they have, and nothing of what they had.
        give(&app, &ga, (a, ann), None, None).await;
        assert_eq!(stands(&app, a, ann).await, "enabled member");
    }

    async fn what_does_not_fit_is_refused_in_its_order(app: TestApp) {
        let World { a, b, ga, .. } = tree(&app).await;
        let (ann, bob) = (app.user("ann").await, app.user("bob").await);
        give(&app, &ga, (a, bob), None, None).await;
        let past = Some(day("2029-12-31"));
        let before = so_far(&app).await;
        // Each is wrong in all that comes later too.
        let worst = AddMembership {
            whom: NewMember::Unnamed,
            roles: Vec::new(),
            valid_from: past,
            last_day: past,
            configuration: Some("nothing".into()),
            ..adding(a, ann)
        };
        let mut command = worst.clone();
        let mut refused = Vec::new();
        for step in 0..9 {
            match step {
                1 => command.roles = vec!["nothing".into()],
                2 => command.valid_from = None,
                3 => command.last_day = None,
                4 => command.whom = NewMember::UserName("nobody".into()),
                5 => command.whom = NewMember::Id(bob),
                6 => command.whom = NewMember::Id(ann),
                7 => command.roles = vec!["member".into()],
                8 => command.configuration = None,
                _ => {}
            }
            if step == 8 {
                (command.valid_from, command.last_day) = (Some(day("2030-01-05")), Some(day("2030-01-04")));
            }
            refused.push(code(run(&app, &ga, command.clone()).await));
        }
        assert_eq!(refused, [
            "roles_required", "start_in_past", "end_in_past", "user_required", "user_unknown", "already_member",
            "role_unknown", "configuration_unknown", "end_before_start",
        ]);
        assert_eq!(code(run(&app, &ga, AddMembership { whom: NewMember::Unknown, ..adding(a, ann) }).await), "user_unknown");
        for status in ["2030-02-01", "2030-01-01"] {
            give(&app, &ga, (b, ann), Some(status), None).await;
            assert_eq!(code(run(&app, &ga, adding(b, ann)).await), "already_member");
            run(&app, &ga, removing(b, ann)).await.expect("removed");
        }
        assert_eq!(facts(&app, before).await.len(), 6);
    }

    async fn who_may_not_is_refused_and_a_group_that_is_not_there_comes_first(app: TestApp) {
        let World { a, b, ga, .. } = tree(&app).await;
        let x = top(&app, "x").await;
        let (ann, bob) = (app.user("ann").await, app.user("bob").await);
        let id = give(&app, &ga, (b, bob), None, None).await;
        let reader = manager(&app, "reader", &[]).await;
        let_do(&app, a, user_of(&reader), "members.read requests.review").await;
        assert_eq!(code(run(&app, &reader, adding(a, ann)).await), "not_permitted");
        assert_eq!(code(run(&app, &reader, removing(b, bob)).await), "not_permitted");
        assert_eq!(code(run(&app, &ga, adding(x, ann)).await), "not_permitted");
        let nowhere = directory::Id::new(uuid::Uuid::from_u128(7));
        assert!(not_found(run(&app, &ga, adding(nowhere, ann)).await));
        let own_token = themselves(&app, ann).await;
        assert!(matches!(refusal(run(&app, &own_token, adding(a, ann)).await), directory::Refusal::MissingScope(_)));
        // A membership is one of the group of the path, or of one below it; never of another tree, nor of one above.
        let gx = manager(&app, "gx", &[]).await;
        own(&app, x, user_of(&gx)).await;
        let of = |group, which| directory::membership::RemoveMembership { group, which, if_match: IfMatch::Any };
        assert!(not_found(run(&app, &gx, of(x, Which::Membership(id))).await));
        assert!(not_found(run(&app, &ga, of(a, Which::User(bob))).await));
        run(&app, &ga, of(a, Which::Membership(id))).await.expect("removed");
        assert!(not_found(run(&app, &ga, of(b, Which::Membership(id))).await));
        assert_eq!(stands(&app, b, bob).await, "ended");
    }

    async fn who_moves_memberships_from_elsewhere_may_give_what_has_begun(app: TestApp) {
        let World { a, .. } = tree(&app).await;
        let mgx = manager(&app, "mgx", &[Role::ManageGroupsExtended]).await;
        let mg = manager(&app, "mg", &[Role::ManageGroups]).await;
        let ann = app.user("ann").await;
        let command = AddMembership { valid_from: Some(day("2029-06-01")), ..adding(a, ann) };
        assert_eq!(code(run(&app, &mg, command.clone()).await), "start_in_past");
        run(&app, &mgx, command).await.expect("given");
        assert_eq!(stands(&app, a, ann).await, "enabled member");
        let mut rows = app.db().query("SELECT details FROM memberships WHERE user_id = ?1", &[ann.into()]).await.expect("read");
        let details: String = rows[0].take(0).expect("a text");
        assert!(details.contains("migration"), "{details}");
    }

    async fn rules_of_the_realm_and_terms_hold_for_administrators_too(app: TestApp) {
        let World { a, b, ga, .. } = tree(&app).await;
        let (ann, bob) = (app.user("ann").await, app.user("bob").await);
        let says = directory::enrollment::rule::rules::read(Level::TopLevel, "membershipExpirationDays", true, None, Some("30"));
        run(&app, &app.operator().await, SetRule { says: says.expect("a rule") }).await.expect("set");
        let until = |last: &str| AddMembership { last_day: Some(day(last)), ..adding(a, ann) };
        assert_eq!(code(run(&app, &ga, adding(a, ann)).await), "rule_violated");
        assert_eq!(code(run(&app, &ga, until("2030-02-01")).await), "rule_violated");
        run(&app, &ga, until("2030-01-31")).await.expect("thirty days");
        run(&app, &ga, adding(b, ann)).await.expect("the rule is for the top");
        let mgx = manager(&app, "mgx", &[Role::ManageGroupsExtended]).await;
        assert_eq!(code(run(&app, &mgx, adding(a, bob)).await), "rule_violated");
        let long = AddMembership { last_day: Some(day("2031-01-01")), ..adding(a, bob) };
        run(&app, &mgx, long).await.expect("limits do not count for who moves them");
        // From today on for one that has begun.
        assert_eq!(code(run(&app, &ga, updating(a, ann, None, None)).await), "rule_violated");
        assert_eq!(code(run(&app, &ga, updating(a, ann, None, Some("2030-02-01"))).await), "rule_violated");
        app.pass(DAY).await;
        run(&app, &ga, updating(a, ann, None, Some("2030-02-01"))).await.expect("thirty days from then");

        let draft = Draft { name: "Join".into(), roles: vec!["member".into()], active: true, terms: Some(TermsDraft::at("https://example.org/t")), ..Draft::default() };
        let configure = |active| Configure { group: b, id: None, if_version: None, draft: Draft { active, ..draft.clone() }, force: false };
        let way = run(&app, &ga, configure(true)).await.expect("made").configuration;
        let by = |id: String| AddMembership { configuration: Some(id), ..adding(b, bob) };
        assert_eq!(code(run(&app, &ga, by(way.id.to_string())).await), "terms_for_member");
        // By a way without terms nobody is spared those that a rule demands, but by who moves them.
        let terms = directory::enrollment::rule::rules::read(Level::Subgroup, "aup", true, None, None);
        run(&app, &app.operator().await, SetRule { says: terms.expect("a rule") }).await.expect("set");
        assert_eq!(code(run(&app, &ga, adding(b, bob)).await), "rule_violated");
        assert_eq!(code(run(&app, &ga, AddMembership { last_day: Some(day("2030-01-09")), ..AddMembership { group: a, ..by(way.id.to_string()) } }).await), "already_member");
        let closed = run(&app, &ga, configure(false)).await.expect("made").configuration;
        assert_eq!(code(run(&app, &ga, by(closed.id.to_string())).await), "configuration_unknown");
        run(&app, &mgx, by(way.id.to_string())).await.expect("given");
    }

    async fn what_is_agreed_for_later_begins_on_its_day(app: TestApp) {
        let World { a, ga, .. } = tree(&app).await;
        let ann = app.user("ann").await;
        let before = so_far(&app).await;
        give(&app, &ga, (a, ann), Some("2030-01-02"), None).await;
        assert_eq!(stands(&app, a, ann).await, "pending member");
        app.pass(15 * 3_600).await;
        assert_eq!(stands(&app, a, ann).await, "pending member");
        app.pass(3_600).await;
        assert_eq!(stands(&app, a, ann).await, "enabled member");
        assert_eq!(facts(&app, before).await, ["member.pending given", "member.roles_changed", "member.activated time"]);
    }

    async fn an_open_request_is_put_aside_by_whoever_adds_the_person(app: TestApp) {
        let World { a, ga, .. } = tree(&app).await;
        let ann = app.user("ann").await;
        let me = themselves(&app, ann).await;
        let draft = Draft { name: "Join".into(), active: true, visible: true, require_approval: true, roles: vec!["member".into()], ..Draft::default() };
        let way = run(&app, &ga, Configure { group: a, id: None, if_version: None, draft, force: false }).await.expect("made").configuration;
        let ask = SubmitRequest { configuration: way.id, roles: vec!["member".into()], comments: None, terms: None };
        run(&app, &me, ask).await.expect("asked");
        let before = so_far(&app).await;
        give(&app, &ga, (a, ann), None, None).await;
        assert_eq!(facts(&app, before).await, ["request.archived member_added", "member.added given", "member.roles_changed"]);
    }

    async fn nobody_lets_people_into_a_privileged_group_who_is_not_entitled_to(app: TestApp) {
        let World { a, ga, .. } = tree(&app).await;
        let (ann, bob) = (app.user("ann").await, app.user("bob").await);
        give(&app, &ga, (a, bob), None, Some("2030-06-30")).await;
        let set = SetPrivileged { group: a, privileged: Some(Privileged { roles: vec!["inviter".into()] }) };
        run(&app, &app.operator().await, set).await.expect("set");
        assert_eq!(code(run(&app, &ga, adding(a, ann)).await), "privileged");
        assert_eq!(code(run(&app, &ga, adding(a, user_of(&ga))).await), "privileged");
        // What they have is not raised either, but may be cut.
        assert_eq!(code(run(&app, &ga, updating(a, bob, None, None)).await), "privileged");
        let more = UpdateMembership { roles: vec!["member".into(), "curator".into()], ..updating(a, bob, None, Some("2030-06-30")) };
        assert_eq!(code(run(&app, &ga, more).await), "privileged");
        run(&app, &ga, updating(a, bob, None, Some("2030-05-31"))).await.expect("cut");
        let entitled = person(&app, user_of(&ga), &[Scope::AgmManage], &[Role::Inviter]).await;
        assert_eq!(code(run(&app, &entitled, adding(a, user_of(&ga))).await), "not_yourself");
        run(&app, &entitled, adding(a, ann)).await.expect("given");
    }

    async fn days_are_changed_and_ends_above_impose_themselves_below(app: TestApp) {
        let World { a, b, c, ga } = tree(&app).await;
        let ann = app.user("ann").await;
        give(&app, &ga, (a, ann), None, Some("2030-01-10")).await;
        give(&app, &ga, (b, ann), None, Some("2030-01-20")).await;
        give(&app, &ga, (c, ann), None, None).await;
        let tenth = (Some("2030-01-10".to_owned()), Some(a));
        assert_eq!((ends(&app, b, ann).await, ends(&app, c, ann).await), (tenth.clone(), tenth));
        let before = so_far(&app).await;
        // A first day that is over is kept, whatever is sent.
        run(&app, &ga, updating(a, ann, Some("2030-03-01"), Some("2030-01-30"))).await.expect("changed");
        assert_eq!(stands(&app, a, ann).await, "enabled member");
        assert_eq!(ends(&app, a, ann).await, (Some("2030-01-30".into()), None));
        assert_eq!(ends(&app, b, ann).await, (Some("2030-01-20".into()), None));
        assert_eq!(ends(&app, c, ann).await, (Some("2030-01-20".into()), Some(b)));
        assert_eq!(facts(&app, before).await, ["member.changed changed"; 3]);
        assert_eq!(told(&app, before, ann).await, ["member_update_user_inform"]);
        let before = so_far(&app).await;
        run(&app, &ga, updating(a, ann, None, Some("2030-01-30"))).await.expect("the same");
        assert_eq!(so_far(&app).await, before);
        let extend = |last_day| Extend { group: a, which: Which::User(ann), if_match: IfMatch::Any, last_day };
        assert_eq!(code(run(&app, &ga, extend(Some(day("2030-01-15")))).await), "ends_later");
        run(&app, &ga, updating(a, ann, None, Some("2030-01-15"))).await.expect("shorter");
        assert_eq!(ends(&app, c, ann).await, (Some("2030-01-15".into()), Some(a)));
        assert_eq!(code(run(&app, &ga, extend(Some(day("2029-12-31")))).await), "end_in_past");
        run(&app, &ga, extend(None)).await.expect("for good");
        assert_eq!(ends(&app, a, ann).await, (None, None));
    }

    async fn what_has_not_begun_begins_earlier_or_later(app: TestApp) {
        let World { a, ga, .. } = tree(&app).await;
        let ann = app.user("ann").await;
        give(&app, &ga, (a, ann), Some("2030-01-05"), None).await;
        assert_eq!(code(run(&app, &ga, updating(a, ann, None, None)).await), "start_required");
        assert_eq!(code(run(&app, &ga, updating(a, ann, Some("2029-12-31"), None)).await), "start_in_past");
        assert_eq!(code(run(&app, &ga, updating(a, ann, Some("2030-01-05"), Some("2030-01-04"))).await), "end_before_start");
        run(&app, &ga, updating(a, ann, Some("2030-01-09"), None)).await.expect("later");
        app.pass(5 * DAY).await;
        assert_eq!(stands(&app, a, ann).await, "pending member");
        let before = so_far(&app).await;
        run(&app, &ga, updating(a, ann, Some("2030-01-06"), None)).await.expect("today");
        assert_eq!(stands(&app, a, ann).await, "enabled member");
        assert_eq!(facts(&app, before).await, ["member.activated changed"]);
    }

    async fn who_is_removed_is_out_below_too_and_comes_back_with_nothing(app: TestApp) {
        let World { a, b, c, ga } = tree(&app).await;
        let (ann, bob) = (app.user("ann").await, app.user("bob").await);
        for (group, user) in [(a, ann), (c, ann), (b, bob)] {
            give(&app, &ga, (group, user), None, None).await;
        }
        let before = so_far(&app).await;
        run(&app, &ga, removing(a, ann)).await.expect("removed");
        assert_eq!((stands(&app, a, ann).await, stands(&app, c, ann).await), ("ended".into(), "ended".into()));
        assert_eq!(stands(&app, b, ann).await, "-");
        assert_eq!(stands(&app, b, bob).await, "enabled member");
        assert_eq!(facts(&app, before).await, ["member.removed removed", "member.removed cascade"]);
        assert_eq!(told(&app, before, ann).await, ["remove_member_inform"]);
        assert!(not_found(run(&app, &ga, removing(a, ann)).await));
        give(&app, &ga, (a, ann), None, None).await;
        assert_eq!((stands(&app, a, ann).await, stands(&app, c, ann).await), ("enabled member".into(), "ended".into()));
    }
}
