//! The roles of members, one by one.

use directory::enrollment::configuration::Draft;
use directory::enrollment::{Configure, SubmitRequest};
use directory::group::{
    DeleteRole, Group, GroupName, Privileged, RenameGroup, RenameRole, RoleName, RoleNamed, SetPrivileged,
};
use directory::membership::{GrantMemberRole, RevokeMemberRole, UpdateMembership, Which};
use directory::user::User;
use directory::view::IfMatch;
use directory::{Denial, Id, Role};
use serde_json::{Value, json};
use testkit::{TestApp, both};

use super::world::{World, facts, give, run, so_far, stands, themselves, told, tree, updating};
use crate::support::groups::{code, denial, let_do, manager, remove, user_of};
use crate::support::not_found;

fn granting(group: Id<Group>, user: Id<User>, role: &str) -> GrantMemberRole {
    GrantMemberRole {
        group,
        which: Which::User(user),
        role: role.into(),
        if_match: IfMatch::Any,
    }
}

fn revoking(group: Id<Group>, user: Id<User>, role: &str) -> RevokeMemberRole {
    RevokeMemberRole {
        group,
        which: Which::User(user),
        role: role.into(),
        if_match: IfMatch::Any,
    }
}

/// Before and after of the last change of roles.
async fn last_change(app: &TestApp) -> (Value, Value) {
    let events = app.events().await.into_iter().rev();
    let event = events
        .into_iter()
        .find(|event| event.kind == "member.roles_changed")
        .expect("one is said");
    (event.body["before"].clone(), event.body["after"].clone())
}

both! {
    async fn a_role_comes_and_goes_and_the_last_one_stays(app: TestApp) {
        let World { a, ga, .. } = tree(&app).await;
        let (ann, bob) = (app.user("ann").await, app.user("bob").await);
        give(&app, &ga, (a, ann), None, None).await;
        let before = so_far(&app).await;
        run(&app, &ga, granting(a, ann, "curator")).await.expect("given");
        assert_eq!(stands(&app, a, ann).await, "enabled curator,member");
        assert_eq!(last_change(&app).await, (json!(["member"]), json!(["curator", "member"])));
        assert_eq!(told(&app, before, ann).await, ["roles_changes_user"]);
        assert_eq!(code(run(&app, &ga, granting(a, ann, "curator")).await), "role_held");
        for nothing in ["nothing", "", "cur\0ator", "Curator"] {
            assert_eq!(denial(run(&app, &ga, granting(a, ann, nothing)).await), Denial::NoSuchRole);
            assert_eq!(code(run(&app, &ga, revoking(a, ann, nothing)).await), "role_not_held");
        }
        run(&app, &ga, revoking(a, ann, "member")).await.expect("taken");
        assert_eq!(stands(&app, a, ann).await, "enabled curator");
        assert_eq!(code(run(&app, &ga, revoking(a, ann, "member")).await), "role_not_held");
        assert_eq!(code(run(&app, &ga, revoking(a, ann, "curator")).await), "last_role");
        assert!(not_found(run(&app, &ga, granting(a, bob, "curator")).await));
        assert_eq!(facts(&app, before).await, ["member.roles_changed"; 2]);
        let mg = manager(&app, "mg", &[Role::ManageGroups]).await;
        assert_eq!(code(run(&app, &mg, granting(a, ann, "member")).await), "not_permitted");
        assert_eq!(code(run(&app, &mg, revoking(a, ann, "curator")).await), "not_permitted");
    }

    async fn roles_are_replaced_as_a_whole_and_unknown_ones_refused(app: TestApp) {
        let World { a, b, ga, .. } = tree(&app).await;
        let ann = app.user("ann").await;
        give(&app, &ga, (a, ann), None, None).await;
        let with = |roles: &[&str]| UpdateMembership {
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            ..updating(a, ann, None, None)
        };
        assert_eq!(code(run(&app, &ga, with(&[])).await), "roles_required");
        assert_eq!(denial(run(&app, &ga, with(&["member", "nothing"])).await), Denial::RoleUnknown { role: "nothing".into() });
        let before = so_far(&app).await;
        run(&app, &ga, with(&["curator"])).await.expect("replaced");
        assert_eq!(facts(&app, before).await, ["member.roles_changed"]);
        assert_eq!(last_change(&app).await, (json!(["member"]), json!(["curator"])));
        // One of another group is none here.
        let only = directory::group::DefineRole { group: b, name: directory::group::RoleName::parse("only-b").expect("a name") };
        run(&app, &ga, only).await.expect("defined");
        assert_eq!(code(run(&app, &ga, with(&["only-b"])).await), "role_unknown");
        assert_eq!(stands(&app, a, ann).await, "enabled curator");
    }

    async fn a_role_that_is_deleted_is_taken_with_a_fact(app: TestApp) {
        let World { a, ga, .. } = tree(&app).await;
        let ann = app.user("ann").await;
        give(&app, &ga, (a, ann), None, None).await;
        run(&app, &ga, granting(a, ann, "curator")).await.expect("given");
        let before = so_far(&app).await;
        let delete = DeleteRole { group: a, role: RoleNamed::Name("curator".into()), replace_with: None, force: true, if_version: None };
        run(&app, &ga, delete).await.expect("deleted");
        app.run_jobs().await;
        assert_eq!(stands(&app, a, ann).await, "enabled member");
        assert_eq!(facts(&app, before).await, ["member.roles_changed role_deleted"]);
    }

    async fn roles_that_a_renewal_takes_leave_a_fact_too(app: TestApp) {
        let World { a, ga, .. } = tree(&app).await;
        let ann = app.user("ann").await;
        let me = themselves(&app, ann).await;
        give(&app, &ga, (a, ann), None, None).await;
        let draft = Draft { name: "Join".into(), active: true, visible: true, roles: vec!["curator".into()], ..Draft::default() };
        let way = run(&app, &ga, Configure { group: a, id: None, if_version: None, draft, force: false }).await.expect("made").configuration;
        let before = so_far(&app).await;
        let renew = SubmitRequest { configuration: way.id, roles: vec!["curator".into()], comments: None, terms: None };
        run(&app, &me, renew.clone()).await.expect("renewed");
        assert_eq!(last_change(&app).await, (json!(["member"]), json!(["curator"])));
        run(&app, &me, renew).await.expect("renewed");
        let said = facts(&app, before).await;
        assert_eq!(said.iter().filter(|fact| *fact == "member.roles_changed").count(), 1, "{said:?}");
    }

    async fn a_privileged_group_keeps_its_place(app: TestApp) {
        let World { b, c, ga, .. } = tree(&app).await;
        let operator = app.operator().await;
        let set = SetPrivileged { group: c, privileged: Some(Privileged::default()) };
        run(&app, &operator, set).await.expect("set");
        let named = |group| RenameGroup { group, name: GroupName::parse("old").expect("a name"), if_match: IfMatch::Any };
        // Another one of the name would give the same.
        for group in [b, c] {
            assert_eq!(code(run(&app, &ga, named(group)).await), "privileged");
        }
        assert_eq!(code(remove(&app, &ga, c).await), "privileged");
        run(&app, &operator, named(c)).await.expect("renamed");
        remove(&app, &operator, c).await.expect("removed");
        run(&app, &ga, named(b)).await.expect("nothing privileged is below any more");
    }

    async fn who_only_says_which_roles_there_are_gives_nobody_another_one(app: TestApp) {
        let World { a, ga, .. } = tree(&app).await;
        let ann = manager(&app, "ann", &[]).await;
        give(&app, &ga, (a, user_of(&ann)), None, None).await;
        let_do(&app, a, user_of(&ann), "roles.define").await;
        let instead = || DeleteRole { group: a, role: RoleNamed::Name("member".into()), replace_with: Some(RoleNamed::Name("curator".into())), force: false, if_version: None };
        let rename = |from: &str, to: &str| RenameRole { group: a, role: RoleNamed::Name(from.into()), name: RoleName::parse(to).expect("a name"), if_version: None };
        assert_eq!(code(run(&app, &ann, instead()).await), "not_permitted");
        assert_eq!(code(run(&app, &ann, rename("curator", "old")).await), "not_permitted");
        let forced = DeleteRole { group: a, role: RoleNamed::Name("member".into()), replace_with: None, force: true, if_version: None };
        assert_eq!(code(run(&app, &ann, forced).await), "not_permitted");
        assert_eq!(stands(&app, a, user_of(&ann)).await, "enabled member");
        let unheld = DeleteRole { group: a, role: RoleNamed::Name("curator".into()), replace_with: None, force: false, if_version: None };
        run(&app, &ann, unheld).await.expect("nobody has it");
        run(&app, &ga, rename("member", "curator")).await.expect("who gives roles may");
    }

    async fn a_role_that_only_those_had_who_have_gone_is_free(app: TestApp) {
        let World { a, ga, .. } = tree(&app).await;
        let ann = app.user("ann").await;
        give(&app, &ga, (a, ann), None, Some("2030-01-02")).await;
        run(&app, &ga, granting(a, ann, "curator")).await.expect("given");
        let delete = || DeleteRole { group: a, role: RoleNamed::Name("curator".into()), replace_with: None, force: false, if_version: None };
        assert_eq!(code(run(&app, &ga, delete()).await), "role_assigned");
        app.pass(3 * 86_400).await;
        assert!(stands(&app, a, ann).await.starts_with("expired"));
        run(&app, &ga, delete()).await.expect("nobody has it who is a member");
    }

    async fn nobody_raises_what_somebody_is_in_a_privileged_group(app: TestApp) {
        let World { a, ga, .. } = tree(&app).await;
        let ann = app.user("ann").await;
        give(&app, &ga, (a, ann), None, None).await;
        let set = SetPrivileged { group: a, privileged: Some(Privileged::default()) };
        run(&app, &app.operator().await, set).await.expect("set");
        assert_eq!(code(run(&app, &ga, granting(a, ann, "curator")).await), "privileged");
        run(&app, &app.operator().await, granting(a, ann, "curator")).await.expect("given");
        // Nor all who have a role, by putting another one in its place.
        let instead = || DeleteRole { group: a, role: RoleNamed::Name("member".into()), replace_with: Some(RoleNamed::Name("curator".into())), force: true, if_version: None };
        run(&app, &ga, revoking(a, ann, "curator")).await.expect("taken");
        assert_eq!(code(run(&app, &ga, instead()).await), "privileged");
        // Nor by what it is called: other systems know a role by its name.
        let rename = RenameRole { group: a, role: RoleNamed::Name("member".into()), name: RoleName::parse("admin").expect("a name"), if_version: None };
        assert_eq!(code(run(&app, &ga, rename).await), "privileged");
        // Nor whoever was only offered one.
        let unheld = DeleteRole { group: a, role: RoleNamed::Name("curator".into()), replace_with: Some(RoleNamed::Name("member".into())), force: true, if_version: None };
        assert_eq!(code(run(&app, &ga, unheld).await), "privileged");
        assert_eq!(stands(&app, a, ann).await, "enabled member");
        run(&app, &app.operator().await, instead()).await.expect("replaced");
        assert_eq!(stands(&app, a, ann).await, "enabled curator");
    }
}
