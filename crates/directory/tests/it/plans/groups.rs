//! Who is in which group: groups are made, members come and go, in the name of the source.

use directory::group::DeleteGroup;
use directory::plan::{Missing, PlanOptions, PlanState};
use directory::user::DeleteUser;
use directory::view::IfMatch;
use directory::{Id, Scope};
use serde_json::json;
use testkit::{Program, TestApp, both};

use super::{apply, plan_of_groups, told};
use crate::support::{create, create_group, groups_know_their_number, members, patch_group};

async fn import(app: &TestApp, missing: Missing, rows: &[(&str, &str)]) -> Vec<String> {
    let options = PlanOptions {
        missing,
        ..PlanOptions::default()
    };
    let plan = plan_of_groups(app, "hr", options, rows).await;
    apply(app, plan.id).await;
    told(app, plan.id).await
}

async fn members_of(app: &TestApp, name: &str) -> Vec<String> {
    let operator = app.operator().await;
    let group = app.directory().group_meant(&operator, name).await.expect("is there");
    members(app, &operator, group.id).await
}

both! {
    async fn groups_are_made_with_their_members(app: TestApp) {
        let (ann, bob) = (app.user("ann").await, app.user("bob").await);
        let rows = [("ops", "ann"), ("ops", "bob@example.org"), ("dev", &ann.to_string()), ("empty", ""), ("ops", "ann"), ("ops", "nobody")];
        let plan = plan_of_groups(&app, "hr", PlanOptions::default(), &rows).await;
        assert_eq!(plan.state, PlanState::Ready);
        let dev = format!("add_member {ann} in dev");
        assert_eq!(told(&app, plan.id).await, [
            "create_group ops",
            "add_member ann in ops",
            "add_member bob@example.org in ops",
            "create_group dev",
            &dev,
            "create_group empty",
            "refused ann in ops: the same membership as line 2",
            "refused nobody in ops: there is no such person",
        ]);
        let (_, applied) = apply(&app, plan.id).await;
        assert_eq!((applied.done, applied.refused), (6, 0));
        assert_eq!(members_of(&app, "ops").await, [ann.to_string(), bob.to_string()]);
        assert_eq!(members_of(&app, "dev").await, [ann.to_string()]);
        assert!(members_of(&app, "empty").await.is_empty());
        let again = import(&app, Missing::Keep, &rows[..2]).await;
        assert_eq!(again, ["nothing ann in ops: is a member already", "nothing bob@example.org in ops: is a member already"]);
        groups_know_their_number(&app).await;
    }

    async fn a_source_ends_only_memberships_that_it_gave(app: TestApp) {
        let (ann, bob, cid) = (app.user("ann").await, app.user("bob").await, app.user("cid").await);
        let operator = app.operator().await;
        let ops = create_group(&app, &operator, json!({ "displayName": "ops", "members": [{ "value": cid.to_string() }] })).await.expect("made").group.id;
        import(&app, Missing::Keep, &[("ops", "ann"), ("ops", "bob"), ("ops", "cid")]).await;
        assert_eq!(members_of(&app, "ops").await.len(), 3);
        let said = import(&app, Missing::Remove, &[("ops", "ann")]).await;
        assert_eq!(said, ["nothing ann in ops: is a member already", "remove_member bob in ops: the source no longer names the membership"]);
        assert_eq!(members_of(&app, "ops").await, [ann.to_string(), cid.to_string()]);
        // What it ended itself it gives again; what was ended here it does not.
        import(&app, Missing::Keep, &[("ops", "bob")]).await;
        assert_eq!(members_of(&app, "ops").await.len(), 3);
        patch_group(&app, &operator, ops, json!([{ "op": "remove", "path": format!("members[value eq \"{bob}\"]") }])).await.expect("removed");
        let said = import(&app, Missing::Keep, &[("ops", "bob")]).await;
        assert_eq!(said, ["nothing bob in ops: was taken out here, and a source does not bring anybody back"]);
        assert_eq!(members_of(&app, "ops").await, [ann.to_string(), cid.to_string()]);
        groups_know_their_number(&app).await;
    }

    async fn a_group_that_was_deleted_here_is_not_brought_back(app: TestApp) {
        app.user("ann").await;
        import(&app, Missing::Keep, &[("ops", "ann")]).await;
        let operator = app.operator().await;
        let id: Id<_> = app.directory().group_meant(&operator, "ops").await.expect("is there").id;
        let command = DeleteGroup { id, if_match: IfMatch::Any, needs: Scope::Admin };
        app.directory().execute(&operator, command).await.expect("deleted");
        let said = import(&app, Missing::Keep, &[("ops", "ann")]).await;
        assert_eq!(said, ["nothing ann in ops: the group was deleted here, and a source does not bring it back"]);
        assert!(app.directory().group_meant(&operator, "ops").await.is_err());
    }

    async fn many_memberships_that_go_at_once_are_held_back(app: TestApp) {
        let mut rows = Vec::new();
        let names: Vec<String> = (0..7).map(|index| format!("p{index}")).collect();
        for name in &names {
            app.user(name).await;
            rows.push(("ops", name.as_str()));
        }
        import(&app, Missing::Keep, &rows).await;
        let options = PlanOptions { missing: Missing::Remove, ..PlanOptions::default() };
        let plan = plan_of_groups(&app, "hr", options, &rows[..1]).await;
        assert_eq!(plan.state, PlanState::Held);
        assert_eq!(members_of(&app, "ops").await.len(), 7);
    }

    async fn rows_that_mean_nobody_hold_back_what_takes_away(app: TestApp) {
        for name in ["ann", "bob"] {
            app.user(name).await;
        }
        import(&app, Missing::Keep, &[("ops", "ann"), ("ops", "bob")]).await;
        let options = PlanOptions { missing: Missing::Remove, ..PlanOptions::default() };
        let plan = plan_of_groups(&app, "hr", options, &[("ops", "ann"), ("ops", "bobby")]).await;
        assert_eq!(plan.state, PlanState::Held);
        assert!(plan.held.as_deref().is_some_and(|why| why.starts_with("1 rows")), "{:?}", plan.held);
        // One that is there twice is known.
        let plan = plan_of_groups(&app, "hr", options, &[("ops", "ann"), ("ops", "ann")]).await;
        assert_eq!(plan.state, PlanState::Ready);
    }

    async fn of_groups_of_one_name_none_loses_members(app: TestApp) {
        for name in ["ann", "bob"] {
            app.user(name).await;
        }
        import(&app, Missing::Keep, &[("ops", "ann"), ("ops", "bob")]).await;
        let operator = app.operator().await;
        create_group(&app, &operator, json!({ "displayName": "OPS" })).await.expect("made");
        let said = import(&app, Missing::Remove, &[("ops", "ann")]).await;
        assert_eq!(said, ["refused ann in ops: several groups have that name"]);
    }

    async fn whoever_is_leaving_stays_in_the_groups_that_the_file_names(app: TestApp) {
        let soft = Program::default().settings(&json!({ "suspend_before_delete_days": 7 }));
        let client = app.principal("soft", &["scim:write"], soft).await;
        let ann = create(&app, &client, json!({ "userName": "ann" })).await.expect("made").id;
        import(&app, Missing::Keep, &[("ops", "ann")]).await;
        let command = DeleteUser { id: ann, if_match: IfMatch::Any, needs: Scope::ScimWrite };
        app.directory().execute(&client, command).await.expect("deleted");
        let said = import(&app, Missing::Remove, &[("ops", "ann")]).await;
        assert_eq!(said, ["nothing ann in ops: the person is leaving"]);
    }

    async fn a_nul_character_refuses_a_row_of_groups(app: TestApp) {
        app.user("ann").await;
        let said = import(&app, Missing::Keep, &[("o\0ps", "ann"), ("ops", "a\0nn"), ("ops", "ann")]).await;
        assert_eq!(said, [
            "refused ann in ops: holds a NUL character",
            "refused ann in ops: holds a NUL character",
            "create_group ops",
            "add_member ann in ops",
        ]);
    }
}
