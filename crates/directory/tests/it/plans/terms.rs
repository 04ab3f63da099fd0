//! Members with roles and a time: what a source says of them is planned by comparing, and applied by the rules of time.

use directory::group::{DefineRole, Group, RoleName};
use directory::plan::{BeginPlan, Edge, MemberRow, Missing, Plan, PlanKind, PlanOptions};
use directory::user::User;
use directory::{Id, Timestamp};
use serde_json::json;
use testkit::{TestApp, both};

use super::{apply, source, told};
use crate::memberships::sql;
use crate::memberships::suspension::suspending;
use crate::support::groups::{below, top};
use crate::support::{create_group, groups_know_their_number};

fn row(group: &str, member: &str) -> MemberRow {
    MemberRow {
        place: String::new(),
        group: group.to_owned(),
        member: member.to_owned(),
        roles: None,
        valid_from: None,
        expires: None,
        problem: None,
    }
}

fn at(text: &str) -> Edge {
    Edge::At(Timestamp::parse(text).expect("an instant"))
}

fn with_roles(roles: &[&str], row: MemberRow) -> MemberRow {
    let roles = roles.iter().map(|role| (*role).to_owned()).collect();
    MemberRow {
        roles: Some(roles),
        ..row
    }
}

fn until(edge: Edge, row: MemberRow) -> MemberRow {
    MemberRow {
        expires: Some(edge),
        ..row
    }
}

async fn plan(app: &TestApp, name: &str, overwrite: bool, rows: Vec<MemberRow>) -> Plan {
    let options = PlanOptions {
        overwrite,
        ..PlanOptions::default()
    };
    plan_with(app, name, options, rows).await
}

async fn plan_with(app: &TestApp, name: &str, options: PlanOptions, rows: Vec<MemberRow>) -> Plan {
    let operator = app.operator().await;
    let begin = BeginPlan {
        kind: PlanKind::Groups,
        source: source(name),
        title: String::new(),
        options,
    };
    let begun = app.directory().execute(&operator, begin).await.expect("begun");
    let has = app
        .directory()
        .plan_members(&operator, &begun, 0, rows)
        .await
        .expect("planned");
    app.directory().finish_plan(&operator, &begun, has).await.expect("made")
}

/// Plans and applies; what was planned.
async fn import(app: &TestApp, rows: Vec<MemberRow>) -> Vec<String> {
    let plan = plan(app, "hr", false, rows).await;
    let told = told(app, plan.id).await;
    let (_, applied) = apply(app, plan.id).await;
    assert_eq!(applied.refused, 0, "{told:?}");
    told
}

async fn world(app: &TestApp) -> Id<Group> {
    let acme = top(app, "acme").await;
    let ops = below(app, acme, "ops").await;
    let name = RoleName::parse("chair").expect("a name");
    app.directory()
        .execute(&app.operator().await, DefineRole { group: ops, name })
        .await
        .expect("defined");
    ops
}

/// How somebody stands: status, first and last instant, roles.
async fn stands(
    app: &TestApp,
    group: Id<Group>,
    user: Id<User>,
) -> Option<(String, Option<String>, Option<String>, Vec<String>)> {
    let all = app
        .directory()
        .noted_members(&app.operator().await, group, None, 100)
        .await
        .expect("read");
    let noted = all.into_iter().find(|noted| noted.membership.user == user)?;
    let instant = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let membership = noted.membership;
    Some((
        membership.status.name().to_owned(),
        instant(membership.valid_from),
        instant(membership.expires_at),
        noted.roles,
    ))
}

both! {
    async fn members_come_with_roles_and_a_time_and_are_changed_later(app: TestApp) {
        let ops = world(&app).await;
        let [ann, bob] = [app.user("ann").await, app.user("bob").await];
        let rows = || vec![
            until(at("2030-02-01T00:00:00Z"), with_roles(&["chair", "member"], row("/acme/ops", "ann"))),
            MemberRow { valid_from: Some(at("2030-03-01T00:00:00Z")), ..row("/acme/ops", "bob") },
        ];
        assert_eq!(import(&app, rows()).await, ["add_member ann in /acme/ops", "add_member bob in /acme/ops"]);
        let both = vec!["chair".to_owned(), "member".to_owned()];
        let end = Some("2030-02-01T00:00:00.000Z".to_owned());
        assert_eq!(stands(&app, ops, ann).await, Some(("enabled".into(), None, end, both)));
        let begin = Some("2030-03-01T00:00:00.000Z".to_owned());
        assert_eq!(stands(&app, ops, bob).await, Some(("pending".into(), begin, None, vec![])));
        groups_know_their_number(&app).await;
        assert_eq!(import(&app, rows()).await, ["nothing ann in /acme/ops: is a member already", "nothing bob in /acme/ops: is a member already"]);

        // What the source says otherwise is changed; of what it says nothing, that stays.
        let before = app.events().await.len();
        let changed = vec![until(Edge::Open, with_roles(&["member"], row("/acme/ops", "ann"))), row("/acme/ops", "bob")];
        assert_eq!(import(&app, changed).await, ["change_member ann in /acme/ops", "nothing bob in /acme/ops: is a member already, from a later time on"]);
        assert_eq!(stands(&app, ops, ann).await, Some(("enabled".into(), None, None, vec!["member".into()])));
        let kinds: Vec<String> = app.event_kinds().await.split_off(before);
        for kind in ["member.changed", "member.roles_changed"] {
            assert!(kinds.iter().any(|one| one == kind), "{kind}: {kinds:?}");
        }
        let roles_alone = vec![with_roles(&["chair"], row("/acme/ops", "ann"))];
        assert_eq!(import(&app, roles_alone).await, ["change_member ann in /acme/ops"]);
        assert_eq!(stands(&app, ops, ann).await.map(|(.., roles)| roles), Some(vec!["chair".to_owned()]));

        // Time goes on by itself.
        let ends = vec![until(at("2030-01-10T00:00:00Z"), row("/acme/ops", "ann"))];
        import(&app, ends).await;
        app.pass(10 * 86_400).await;
        assert_eq!(stands(&app, ops, ann).await.map(|(status, ..)| status), Some("expired".to_owned()));
        app.pass(60 * 86_400).await;
        assert_eq!(stands(&app, ops, bob).await.map(|(status, ..)| status), Some("enabled".to_owned()));
        groups_know_their_number(&app).await;
    }

    async fn what_has_not_begun_is_taken_back_too(app: TestApp) {
        let managed = world(&app).await;
        let plain = create_group(&app, &app.operator().await, json!({ "displayName": "crew" })).await.expect("made").group.id;
        let ann = app.user("ann").await;
        let later = |group: &str| MemberRow { valid_from: Some(at("2030-03-01T00:00:00Z")), ..row(group, "ann") };
        import(&app, vec![later("/acme/ops"), later("crew")]).await;
        let is_pending = async |group| stands(&app, group, ann).await.is_some_and(|(status, ..)| status == "pending");
        assert!(is_pending(managed).await && is_pending(plain).await);
        let options = PlanOptions { missing: Missing::Remove, brake_percent: 100, ..PlanOptions::default() };
        let none = plan_with(&app, "hr", options, vec![row("crew", "")]).await;
        let (_, applied) = apply(&app, none.id).await;
        assert_eq!((applied.done, applied.refused), (2, 0), "{:?}", told(&app, none.id).await);
        app.pass(70 * 86_400).await;
        assert_eq!((stands(&app, managed, ann).await, stands(&app, plain, ann).await), (None, None));
        groups_know_their_number(&app).await;
    }

    async fn whoever_was_suspended_since_is_not_said_to_be_gone(app: TestApp) {
        let ops = world(&app).await;
        let ann = app.user("ann").await;
        import(&app, vec![row("/acme/ops", "ann")]).await;
        let options = PlanOptions { missing: Missing::Remove, brake_percent: 100, ..PlanOptions::default() };
        let planned = plan_with(&app, "hr", options, vec![row("/acme/ops", "")]).await;
        assert_eq!(told(&app, planned.id).await, ["remove_member ann in ops: the source no longer names the membership"]);
        app.directory().execute(&app.operator().await, suspending(ops, ann)).await.expect("suspended");
        let (_, applied) = apply(&app, planned.id).await;
        assert_eq!((applied.done, applied.refused), (0, 1), "{:?}", told(&app, planned.id).await);
        assert_eq!(stands(&app, ops, ann).await.map(|(status, ..)| status).as_deref(), Some("suspended"));
    }

    async fn what_others_gave_is_changed_only_where_the_plan_overwrites(app: TestApp) {
        let ops = world(&app).await;
        let ann = app.user("ann").await;
        assert_eq!(plan(&app, "other", false, vec![row("/acme/ops", "ann")]).await.items, 1);
        let given = plan(&app, "other", false, vec![with_roles(&["member"], row("/acme/ops", "ann"))]).await;
        apply(&app, given.id).await;
        let chair = || vec![with_roles(&["chair"], row("/acme/ops", "ann"))];
        assert_eq!(import(&app, chair()).await, ["nothing ann in /acme/ops: others have given the membership, and the source may not change it"]);
        let overwriting = plan(&app, "hr", true, chair()).await;
        assert_eq!(told(&app, overwriting.id).await, ["change_member ann in /acme/ops"]);
        // Somebody is faster: what was read no longer holds.
        sql(&app, "UPDATE memberships SET version = version + 1 WHERE user_id = ?1", vec![ann.into()]).await;
        let (_, applied) = apply(&app, overwriting.id).await;
        assert_eq!((applied.done, applied.refused), (0, 1));
        let again = plan(&app, "hr", true, chair()).await;
        apply(&app, again.id).await;
        assert_eq!(stands(&app, ops, ann).await.map(|(.., roles)| roles), Some(vec!["chair".to_owned()]));
    }

    async fn what_cannot_be_said_of_a_membership_is_refused_when_it_is_planned(app: TestApp) {
        let ops = world(&app).await;
        let [ann, bob] = [app.user("ann").await, app.user("bob").await];
        let both_ends = MemberRow { valid_from: Some(at("2030-03-01T00:00:00Z")), ..until(at("2030-02-01T00:00:00Z"), row("/acme/ops", "ann")) };
        let made = plan(&app, "hr", false, vec![
            until(at("2029-12-31T00:00:00Z"), row("/acme/ops", "ann")),
            both_ends,
            with_roles(&["boss"], row("/acme/ops", "ann")),
            row("/acme/nowhere", "ann"),
            with_roles(&["member"], row("new", "ann")),
            with_roles(&["member\0"], row("/acme/ops", "ann")),
            row("/acme/ops", "ann"),
        ]).await;
        let told = told(&app, made.id).await;
        assert_eq!(told, [
            "refused ann in /acme/ops: its last day is over",
            "refused ann in /acme/ops: the same membership as ",
            "refused ann in /acme/ops: the same membership as ",
            "refused ann in /acme/nowhere: there is no group at that path",
            "create_group new",
            "refused ann in new: the group is made by this plan and has no roles yet",
            "refused ann in /acme/ops: holds a NUL character",
            "refused ann in /acme/ops: the same membership as ",
        ]);
        for (refused, why) in [
            (until(at("2030-02-01T00:00:00Z"), MemberRow { valid_from: Some(at("2030-03-01T00:00:00Z")), ..row("/acme/ops", "ann") }), "its last day comes before the first"),
            (with_roles(&["boss"], row("/acme/ops", "ann")), "the group has no role `boss`"),
        ] {
            let made = plan(&app, "hr", false, vec![refused]).await;
            assert_eq!(super::told(&app, made.id).await, [format!("refused ann in /acme/ops: {why}")]);
        }
        // Whoever is kept out is not let in by a source.
        let block = "INSERT INTO membership_blocks (realm, user_id, group_id, set_by, set_at) SELECT realm, id, ?2, 'operator', 0 FROM users WHERE id = ?1";
        sql(&app, block, vec![bob.into(), ops.into()]).await;
        let made = plan(&app, "hr", false, vec![with_roles(&["member"], row("/acme/ops", "bob"))]).await;
        let (_, applied) = apply(&app, made.id).await;
        assert_eq!((applied.done, applied.refused), (0, 1));
        assert_eq!((stands(&app, ops, ann).await, stands(&app, ops, bob).await), (None, None));
    }
}
