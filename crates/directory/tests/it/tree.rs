//! The tree of groups: made, moved, renamed and removed, by whoever may, and several at once.

use directory::delegation::Whom;
use directory::group::{FirstOwner, Group, GroupName, GroupNode, GroupPath, GroupsAsked, Match, RenameGroup};
use directory::view::IfMatch;
use directory::{DenialClass, Id, Principal, Refusal, Role};
use futures_util::future::join_all;
use serde_json::json;
use testkit::{Program, TestApp, both};

use crate::support::groups::{
    below, code, denial, let_do, make_below, make_owned, make_top, manager, own, put, remove, top, tree_is_sound,
    user_of,
};
use crate::support::{create_group, delete_group, group_view, not_found, patch_group, refusal};

async fn rename(app: &TestApp, who: &Principal, group: Id<Group>, name: &str) -> Result<Group, directory::Error> {
    let command = RenameGroup {
        group,
        name: GroupName::parse(name).expect("a name"),
        if_match: IfMatch::Any,
    };
    app.directory().execute(who, command).await
}

async fn path(app: &TestApp, group: Id<Group>) -> String {
    let whole = app.directory().whole_group(&app.operator().await, group).await;
    whole.expect("read").node.path.to_string()
}

async fn group_version(app: &TestApp, group: Id<Group>) -> i64 {
    let whole = app.directory().whole_group(&app.operator().await, group).await;
    whole.expect("read").node.group.version
}

/// The names of a group and all below it, each in brackets.
fn shape(node: &GroupNode) -> String {
    let below: String = node.below.iter().map(shape).collect();
    format!("[{}{below}]", node.group.name)
}

fn all() -> GroupsAsked {
    GroupsAsked {
        search: None,
        from_the_top: false,
        first: 0,
        max: 10,
    }
}

async fn listed(app: &TestApp, who: &Principal, asked: GroupsAsked) -> (Vec<String>, usize) {
    let list = app.directory().managed_groups(who, &asked).await.expect("read");
    (list.groups.iter().map(shape).collect(), list.count)
}

both! {
    async fn a_group_begins_with_a_role_and_is_owned_by_who_made_it(app: TestApp) {
        let mg = manager(&app, "mg", &[Role::ManageGroups]).await;
        let before = app.events().await.len();
        let made = make_top(&app, &mg, " acme ").await.expect("made");
        assert_eq!((made.group.name.as_str(), made.group.managed), ("acme", true));
        let whole = app.directory().whole_group(&mg, made.group.id).await.expect("read");
        assert_eq!(whole.node.group.version, made.group.version);
        assert_eq!(whole.roles.iter().map(|role| role.name.as_str()).collect::<Vec<_>>(), ["member"]);
        assert_eq!(whole.admins.len(), 1);
        assert_eq!(whole.admins[0].delegation.subject.uuid(), user_of(&mg).uuid());
        assert!(whole.admins[0].delegation.capabilities.is_owner() && whole.admins[0].direct);
        let kinds: Vec<String> = app.events().await.split_off(before).into_iter().map(|event| event.kind).collect();
        assert_eq!(kinds, ["group.created", "group_role.created", "configuration.created", "delegation.granted"]);
        let ways = app.directory().configurations(&mg, made.group.id).await.expect("read");
        assert_eq!((ways.len(), ways[0].configuration.name.as_str(), &ways[0].roles), (1, "Join acme", &vec!["member".to_owned()]));
        assert_eq!(made.group.default_configuration, Some(ways[0].configuration.id));

        let hr = app.principal("hr", &["scim:read"], Program::default()).await;
        let shown = group_view(&app, &hr, made.group.id).await.expect("shown");
        assert_eq!(shown["displayName"], "acme");
        assert_eq!(shown["schemas"], json!(["urn:ietf:params:scim:schemas:core:2.0:Group"]));

        // Below it, its owner owns already; somebody else may be named.
        let ops = make_below(&app, &mg, made.group.id, "ops").await.expect("made").group;
        assert!(app.directory().group_admins(&mg, ops.id).await.expect("read").iter().all(|admin| !admin.direct));
        let bob = app.user("bob").await;
        let other = make_owned(&app, &mg, "other", FirstOwner::Other(Whom::UserName("bob".into()))).await.group;
        let admins = app.directory().group_admins(&mg, other.id).await.expect("read");
        assert_eq!(admins.iter().map(|admin| admin.delegation.subject.uuid()).collect::<Vec<_>>(), [bob.uuid()]);
        let nobody = make_owned(&app, &mg, "nobody", FirstOwner::Nobody).await.group;
        assert!(app.directory().group_admins(&mg, nobody.id).await.expect("read").is_empty());
        assert_eq!(path(&app, ops.id).await, "/acme/ops");
        tree_is_sound(&app).await;
    }

    async fn groups_at_the_top_are_for_those_who_manage_all(app: TestApp) {
        let acme = top(&app, "acme").await;
        let ga = manager(&app, "ga", &[]).await;
        own(&app, acme, user_of(&ga)).await;
        let refused = denial(make_top(&app, &ga, "mine").await);
        assert_eq!((refused.code(), refused.class()), ("not_permitted", DenialClass::Forbidden));
        assert!(make_below(&app, &ga, acme, "mine").await.is_ok());
        let mgx = manager(&app, "mgx", &[Role::ManageGroupsExtended]).await;
        assert!(make_top(&app, &mgx, "theirs").await.is_ok());
        let program = app.principal("import", &["agm:manage"], Program::default()).await;
        let made = make_top(&app, &program, "its").await.expect("made").group;
        assert!(app.directory().group_admins(&program, made.id).await.expect("read").is_empty());
        let reader = app.principal("reader", &["scim:read", "scim:write"], Program::default()).await;
        assert!(matches!(refusal(make_top(&app, &reader, "no").await), Refusal::MissingScope(_)));
    }

    async fn siblings_have_different_names(app: TestApp) {
        let operator = app.operator().await;
        let acme = top(&app, "acme").await;
        below(&app, acme, "ops").await;
        let taken = denial(make_top(&app, &operator, "ACME").await);
        assert_eq!((taken.code(), taken.class()), ("group_name_taken", DenialClass::Conflict));
        let taken = denial(make_below(&app, &operator, acme, "Ops").await);
        assert_eq!((taken.code(), taken.class()), ("group_name_taken", DenialClass::Invalid));
        let other = top(&app, "other").await;
        let ops = below(&app, other, "ops").await;
        assert_eq!(code(put(&app, &operator, ops, Some(acme)).await), "group_name_taken");
        below(&app, acme, "dev").await;
        let dev = below(&app, other, "dev").await;
        assert_eq!(code(rename(&app, &operator, dev, "OPS").await), "group_name_taken");
        assert_eq!(code(rename(&app, &operator, other, "acme").await), "group_name_taken");
        // Its own name in other letters is free to it.
        assert_eq!(rename(&app, &operator, other, "OTHER").await.expect("renamed").name, "OTHER");
        tree_is_sound(&app).await;
    }

    async fn moving_takes_all_below_along_and_ends_at_cycles_and_depth(app: TestApp) {
        let operator = app.operator().await;
        let acme = top(&app, "acme").await;
        let ops = below(&app, acme, "ops").await;
        let on_call = below(&app, ops, "on call").await;
        let other = top(&app, "other").await;
        let before = app.events().await.len();
        let moved = put(&app, &operator, ops, Some(other)).await.expect("moved");
        assert_eq!(moved.parent, Some(other));
        assert_eq!(path(&app, on_call).await, "/other/ops/on call");
        tree_is_sound(&app).await;
        let event = app.events().await.remove(before);
        assert_eq!((event.kind.as_str(), event.subject), ("group.moved", ops.uuid()));
        assert_eq!(event.body, json!({ "before": acme.to_string(), "after": other.to_string() }));

        // Where it is already, and itself: nothing happens.
        let before = app.events().await.len();
        put(&app, &operator, ops, Some(other)).await.expect("nothing");
        put(&app, &operator, ops, Some(ops)).await.expect("nothing");
        assert_eq!(app.events().await.len(), before);
        assert_eq!(code(put(&app, &operator, other, Some(on_call)).await), "group_cycle");
        assert_eq!(code(put(&app, &operator, ops, Some(on_call)).await), "group_cycle");
        put(&app, &operator, ops, None).await.expect("moved");
        assert_eq!(path(&app, on_call).await, "/ops/on call");
        tree_is_sound(&app).await;

        let mut deepest = acme;
        for level in 2..=32 {
            deepest = below(&app, deepest, &format!("level {level}")).await;
        }
        assert_eq!(code(make_below(&app, &operator, deepest, "33").await), "too_deep");
        assert_eq!(code(put(&app, &operator, other, Some(deepest)).await), "too_deep");
        assert_eq!(code(put(&app, &operator, acme, Some(other)).await), "too_deep");
        assert!(not_found(put(&app, &operator, ops, Some(Id::new(uuid::Uuid::from_u128(7)))).await));
        tree_is_sound(&app).await;
    }

    async fn what_is_known_of_a_tree_fits_it_after_many_moves(app: TestApp) {
        let operator = app.operator().await;
        let mut ids = vec![top(&app, "g0").await];
        for number in 1..14 {
            let name = format!("g{number}");
            ids.push(if number % 4 == 0 { top(&app, &name).await } else { below(&app, ids[number / 2], &name).await });
        }
        let mut seed: usize = 11;
        let mut next = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        let (mut moved, mut cycles) = (0, 0);
        for _ in 0..80 {
            let group = ids[next(ids.len())];
            let parent = (next(9) > 0).then(|| ids[next(ids.len())]);
            match put(&app, &operator, group, parent).await {
                Ok(_) => moved += 1,
                Err(refused) => {
                    assert_eq!(code::<()>(Err(refused)), "group_cycle");
                    cycles += 1;
                }
            }
        }
        assert!(moved > 20 && cycles > 3, "{moved} moved, {cycles} cycles");
        tree_is_sound(&app).await;
    }

    async fn moving_takes_a_right_on_the_group_on_its_parent_and_on_the_new_one(app: TestApp) {
        let acme = top(&app, "acme").await;
        let ops = below(&app, acme, "ops").await;
        let other = top(&app, "other").await;
        let team = below(&app, other, "team").await;
        let gb = manager(&app, "gb", &[]).await;
        own(&app, ops, user_of(&gb)).await;
        // Another tree's root, another tree's group, and one's own out of a parent that is not one's own.
        assert_eq!(code(put(&app, &gb, other, Some(ops)).await), "not_permitted");
        assert_eq!(code(put(&app, &gb, team, Some(ops)).await), "not_permitted");
        assert_eq!(code(put(&app, &gb, ops, Some(other)).await), "not_permitted");
        own(&app, other, user_of(&gb)).await;
        assert_eq!(code(put(&app, &gb, ops, Some(other)).await), "not_permitted");
        assert_eq!(code(put(&app, &gb, other, Some(ops)).await), "not_permitted");
        assert_eq!(code(put(&app, &gb, team, None).await), "not_permitted");
        put(&app, &gb, team, Some(ops)).await.expect("moved");
        assert_eq!(path(&app, team).await, "/acme/ops/team");
        let_do(&app, acme, user_of(&gb), "group.move").await;
        put(&app, &gb, ops, Some(other)).await.expect("moved");
        tree_is_sound(&app).await;
    }

    async fn what_has_groups_below_is_not_deleted_on_any_way(app: TestApp) {
        let operator = app.operator().await;
        let hr = app.principal("hr", &["scim:read", "scim:write"], Program::default()).await;
        let acme = create_group(&app, &hr, json!({ "displayName": "acme" })).await.expect("made").group.id;
        let ops = below(&app, acme, "ops").await;
        for refused in [delete_group(&app, &hr, acme).await.map(drop), remove(&app, &operator, acme).await.map(drop)] {
            assert_eq!(code(refused), "group_has_children");
        }
        let ann = manager(&app, "ann", &[]).await;
        own(&app, acme, user_of(&ann)).await;
        let mg = manager(&app, "mg", &[Role::ManageGroups]).await;
        assert_eq!(code(remove(&app, &mg, ops).await), "not_permitted");
        remove(&app, &ann, ops).await.expect("gone");
        assert!(not_found(remove(&app, &ann, ops).await));
        tree_is_sound(&app).await;
        delete_group(&app, &hr, acme).await.expect("gone");
        for table in ["delegations", "group_roles", "group_ancestors", "groups"] {
            let mut rows = app.db().query(&format!("SELECT COUNT(*) FROM {table}"), &[]).await.expect("read");
            assert_eq!(rows[0].take::<i64>(0).expect("a number"), 0, "{table}");
        }
        tree_is_sound(&app).await;
    }

    async fn no_two_groups_have_one_path(app: TestApp) {
        let hr = app.principal("hr", &["scim:read", "scim:write"], Program::default()).await;
        // SCIM takes names that nobody else may give.
        let above = create_group(&app, &hr, json!({ "displayName": "a~" })).await.expect("made").group.id;
        let (child, slashed) = (below(&app, above, "b").await, top(&app, "a/b").await);
        let both = below(&app, slashed, "x~/y").await;
        let operator = app.operator().await;
        for (group, shown) in [(above, "/a~~"), (child, "/a~~/b"), (slashed, "/a~/b"), (both, "/a~/b/x~~~/y")] {
            assert_eq!(path(&app, group).await, shown);
            let parsed = GroupPath::parse(shown).expect("a path");
            let found = app.directory().group_by_path(&operator, &parsed).await.expect("found");
            assert_eq!(found.id, group, "{shown}");
        }
    }

    async fn a_new_name_is_a_new_path_and_is_shown_where_the_old_one_was(app: TestApp) {
        let operator = app.operator().await;
        let hr = app.principal("hr", &["scim:read", "scim:write"], Program::default()).await;
        let acme = top(&app, "acme").await;
        let ops = below(&app, acme, "ops/eu").await;
        let before = app.events().await.len();
        let renamed = rename(&app, &operator, acme, "umbrella").await.expect("renamed");
        assert_eq!((renamed.name.as_str(), renamed.display_name.as_str()), ("umbrella", "umbrella"));
        assert_eq!(path(&app, ops).await, "/umbrella/ops~/eu");
        assert_eq!(group_view(&app, &hr, acme).await.expect("shown")["displayName"], "umbrella");
        let event = app.events().await.remove(before);
        assert_eq!((event.kind.as_str(), event.subject_version), ("group.renamed", renamed.version));
        assert_eq!(event.body, json!({ "before": "acme", "after": "umbrella", "display_name": "umbrella" }));

        // One that is shown by another name goes on being so.
        let shown = create_group(&app, &hr, json!({ "displayName": "a/b" })).await.expect("made").group;
        assert_eq!(shown.name, "a-b");
        let renamed = rename(&app, &operator, shown.id, "b").await.expect("renamed");
        assert_eq!((renamed.name.as_str(), renamed.display_name.as_str()), ("b", "a/b"));
        let stale = RenameGroup { group: acme, name: GroupName::parse("c").expect("a name"), if_match: IfMatch::OneOf(vec![1]) };
        assert_eq!(refusal(app.directory().execute(&operator, stale).await), Refusal::Changed);
        let ga = manager(&app, "ga", &[]).await;
        assert_eq!(code(rename(&app, &ga, acme, "mine").await), "not_permitted");
    }

    async fn the_name_of_a_group_of_scim_follows_what_scim_calls_it(app: TestApp) {
        let hr = app.principal("hr", &["scim:read", "scim:write"], Program::default()).await;
        let operator = app.operator().await;
        let call = async |group: Id<Group>, name: &str| {
            let list = json!([{ "op": "replace", "path": "displayName", "value": name }]);
            patch_group(&app, &hr, group, list).await.expect("renamed").group
        };
        let staff = create_group(&app, &hr, json!({ "displayName": "staff" })).await.expect("made").group.id;
        let team = create_group(&app, &hr, json!({ "displayName": "team" })).await.expect("made").group.id;
        let before = app.events().await.len();
        let renamed = call(staff, "TEAM").await;
        assert_eq!((renamed.display_name.as_str(), renamed.name.as_str()), ("TEAM", "TEAM (2)"));
        assert_eq!(path(&app, staff).await, "/TEAM (2)");
        let facts = app.events().await.split_off(before);
        let kinds: Vec<&str> = facts.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!(kinds, ["group.changed", "group.renamed"]);
        assert_eq!(facts[1].body, json!({ "before": "staff", "after": "TEAM (2)" }));
        let versions = [facts[0].subject_version, facts[1].subject_version, group_version(&app, staff).await, renamed.version];
        assert_eq!(versions, [2; 4]);
        // The name that was left is free; one that somebody gave stays, and so does that of a group below another one.
        assert_eq!(call(team, "staff").await.name, "staff");
        rename(&app, &operator, staff, "crew").await.expect("renamed");
        assert_eq!(call(staff, "people").await.name, "crew");
        put(&app, &operator, team, Some(staff)).await.expect("moved");
        assert_eq!(call(team, "others").await.name, "staff");
        assert_eq!(call(top(&app, "acme").await, "umbrella").await.name, "acme");
        tree_is_sound(&app).await;
    }

    async fn who_administers_sees_their_trees_and_who_manages_all_sees_the_roots(app: TestApp) {
        let acme = top(&app, "a").await;
        let ops = below(&app, acme, "b").await;
        let deep = below(&app, ops, "c").await;
        let other = top(&app, "x").await;
        let (ga, gb) = (manager(&app, "ga", &[]).await, manager(&app, "gb", &[]).await);
        own(&app, acme, user_of(&ga)).await;
        own(&app, deep, user_of(&gb)).await;
        own(&app, other, user_of(&gb)).await;
        let (mg, nobody) = (manager(&app, "mg", &[Role::ManageGroups]).await, manager(&app, "u1", &[]).await);
        assert_eq!(listed(&app, &ga, all()).await, (vec!["[a[b[c]]]".to_owned()], 1));
        assert_eq!(listed(&app, &gb, all()).await, (vec!["[c]".to_owned(), "[x]".to_owned()], 2));
        assert_eq!(listed(&app, &nobody, all()).await, (vec![], 0));
        assert_eq!(listed(&app, &mg, all()).await, (vec!["[a[b[c]]]".to_owned(), "[x]".to_owned()], 2));
        assert_eq!(listed(&app, &mg, GroupsAsked { first: 1, max: 1, ..all() }).await, (vec!["[x]".to_owned()], 2));
        let search = |text: &str, how| GroupsAsked { search: Some((text.to_owned(), how)), ..all() };
        assert_eq!(listed(&app, &mg, search("C", Match::Contains)).await, (vec!["[c]".to_owned()], 1));
        let from_the_top = GroupsAsked { from_the_top: true, ..search("c", Match::Whole) };
        assert_eq!(listed(&app, &mg, from_the_top).await, (vec!["[a[b[c]]]".to_owned()], 1));
        // Only the names of one's own groups are searched.
        assert_eq!(listed(&app, &ga, search("c", Match::Contains)).await, (vec![], 0));
        let ids = async |who: &Principal| app.directory().administered_ids(who).await.expect("read");
        assert_eq!(ids(&ga).await, [acme, ops, deep]);
        assert_eq!(ids(&gb).await, [deep, other]);
        assert!(ids(&mg).await.is_empty() && ids(&nobody).await.is_empty());
        let children = app.directory().groups_right_below(&ga, acme, "", 10).await.expect("read");
        assert_eq!(children.iter().map(|group| group.id).collect::<Vec<_>>(), [ops]);
        assert_eq!(code(app.directory().groups_right_below(&gb, acme, "", 10).await), "not_permitted");
        assert_eq!(code(app.directory().whole_group(&nobody, acme).await), "not_permitted");
        assert!(not_found(app.directory().whole_group(&nobody, Id::new(uuid::Uuid::from_u128(7))).await));
    }

    async fn two_who_put_two_groups_below_each_other_make_no_cycle(app: TestApp) {
        let operator = app.operator().await;
        for round in 0..6 {
            let (one, two) = (top(&app, &format!("a{round}")).await, top(&app, &format!("b{round}")).await);
            let (deep_one, deep_two) = (below(&app, one, "x").await, below(&app, two, "y").await);
            let (first, second) = tokio::join!(
                put(&app, &operator, one, Some(deep_two)),
                put(&app, &operator, two, Some(deep_one)),
            );
            assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
            let refused = if first.is_ok() { second } else { first };
            assert_eq!(code(refused), "group_cycle");
            tree_is_sound(&app).await;
        }
    }

    async fn of_many_siblings_of_one_name_one_is_made(app: TestApp) {
        let operator = app.operator().await;
        let acme = top(&app, "acme").await;
        let results = join_all((0..12).map(|_| make_below(&app, &operator, acme, "ops"))).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
        for refused in results.into_iter().filter(Result::is_err) {
            assert_eq!(code(refused), "group_name_taken");
        }
        let results = join_all((0..12).map(|_| make_top(&app, &operator, "dev"))).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
        tree_is_sound(&app).await;
    }

    async fn a_group_is_not_deleted_while_another_comes_below_it(app: TestApp) {
        let operator = app.operator().await;
        let hr = app.principal("hr", &["scim:read", "scim:write"], Program::default()).await;
        for round in 0..8 {
            let acme = create_group(&app, &hr, json!({ "displayName": format!("acme{round}") })).await.expect("made").group.id;
            let deep = if round % 2 == 0 { acme } else { below(&app, acme, "deep").await };
            let (made, gone) = tokio::join!(make_below(&app, &operator, deep, "ops"), async {
                if round % 4 == 0 {
                    delete_group(&app, &hr, deep).await
                } else {
                    remove(&app, &operator, deep).await.map(drop)
                }
            });
            assert!(made.is_ok() != gone.is_ok(), "{made:?} {gone:?}");
            if let Err(refused) = gone {
                let refused = refusal::<()>(Err(refused));
                assert!(
                    matches!(&refused, Refusal::Changed) || matches!(&refused, Refusal::Denied(denial) if denial.code() == "group_has_children"),
                    "{refused:?}"
                );
            } else {
                assert!(not_found(made));
            }
            tree_is_sound(&app).await;
        }
    }

    async fn a_move_and_groups_that_come_below_keep_the_tree(app: TestApp) {
        let operator = app.operator().await;
        let (one, two) = (top(&app, "one").await, top(&app, "two").await);
        let team = below(&app, one, "team").await;
        let deep = below(&app, team, "deep").await;
        for round in 0..6 {
            let to = if round % 2 == 0 { two } else { one };
            let names: Vec<String> = (0..4).map(|number| format!("g{round}-{number}")).collect();
            let (moved, made) = tokio::join!(
                put(&app, &operator, team, Some(to)),
                join_all(names.iter().map(|name| make_below(&app, &operator, deep, name))),
            );
            moved.expect("moved");
            assert!(made.iter().all(Result::is_ok), "{made:?}");
            tree_is_sound(&app).await;
        }
    }
}
