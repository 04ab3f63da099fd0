//! Members that programs add to groups which are managed or stand in a tree, and take out of them.

use directory::Id;
use directory::group::{Group, Privileged, SetPrivileged};
use directory::user::User;
use serde_json::json;
use testkit::{Program, TestApp, both};

use super::notices::{begin, terms};
use super::{add, block, hr, set, sql, stands, status, take};
use crate::support::groups::{below, code, top};
use crate::support::{create_group, groups_know_their_number, members, patch_group, put_group, refusal};

const DAY: i64 = 86_400;

/// The tree: acme, acme/ops, acme/ops/night.
async fn tree(app: &TestApp) -> [Id<Group>; 3] {
    let acme = top(app, "acme").await;
    let ops = below(app, acme, "ops").await;
    let night = below(app, ops, "night").await;
    app.run_jobs().await;
    [acme, ops, night]
}

fn ids(people: &[Id<User>]) -> Vec<String> {
    let mut ids: Vec<String> = people.iter().map(ToString::to_string).collect();
    ids.sort();
    ids
}

both! {
    async fn whoever_is_kept_out_here_or_above_is_left_out_and_named(app: TestApp) {
        let hr = hr(&app).await;
        let [acme, ops, night] = tree(&app).await;
        let (ann, bob, cid) = (app.user("ann").await, app.user("bob").await, app.user("cid").await);
        block(&app, acme, ann).await;
        block(&app, night, bob).await;
        let written = patch_group(&app, &hr, night, add(&[ann, bob, cid])).await.expect("added");
        assert_eq!(written.left_out, ids(&[ann, bob]));
        assert_eq!(members(&app, &hr, night).await, ids(&[cid]));
        let written = patch_group(&app, &hr, ops, add(&[ann, bob])).await.expect("added");
        assert_eq!(written.left_out, ids(&[ann]));
        let list: Vec<_> = [ann, bob, cid].iter().map(|id| json!({ "value": id.to_string() })).collect();
        let written = put_group(&app, &hr, night, json!({ "displayName": "night", "members": list })).await.expect("put");
        assert_eq!((written.left_out, written.changed), (ids(&[ann, bob]), false));
        assert_eq!(status(&app, night, ann).await, "never");
        groups_know_their_number(&app).await;
    }

    async fn a_privileged_group_takes_nobody_from_a_program_that_may_not_let_them_in(app: TestApp) {
        let (hr, operator) = (hr(&app).await, app.operator().await);
        let [acme, ..] = tree(&app).await;
        let (ann, bob) = (app.user("ann").await, app.user("bob").await);
        patch_group(&app, &hr, acme, add(&[ann])).await.expect("added");
        let set = SetPrivileged { group: acme, privileged: Some(Privileged::default()) };
        app.directory().execute(&operator, set).await.expect("set");
        let list = |people: &[Id<User>]| people.iter().map(|id| json!({ "value": id.to_string() })).collect::<Vec<_>>();
        assert_eq!(code(patch_group(&app, &hr, acme, add(&[bob])).await), "privileged");
        let put = |people: &[Id<User>]| put_group(&app, &hr, acme, json!({ "displayName": "acme", "members": list(people) }));
        assert_eq!(code(put(&[ann, bob]).await), "privileged");
        assert_eq!(members(&app, &hr, acme).await, ids(&[ann]));
        // Who is there already may be named, and taken out.
        assert!(!put(&[ann]).await.expect("put").changed);
        patch_group(&app, &hr, acme, add(&[ann])).await.expect("as before");
        patch_group(&app, &hr, acme, take(ann)).await.expect("taken out");
        let iam = app.principal("iam", &["scim:read", "scim:write", "agm:admin"], Program::default()).await;
        patch_group(&app, &iam, acme, add(&[bob])).await.expect("added");
        assert_eq!(members(&app, &hr, acme).await, ids(&[bob]));
        // Nor a group, with whoever is in it.
        let crew = create_group(&app, &hr, json!({ "displayName": "crew" })).await.expect("made").group.id;
        let nested = json!([{ "op": "add", "path": "members", "value": [{ "value": crew.to_string(), "type": "Group" }] }]);
        assert_eq!(code(patch_group(&app, &hr, acme, nested.clone()).await), "privileged");
        assert_eq!(code(patch_group(&app, &iam, acme, nested).await), "no_groups_as_members");
    }

    async fn a_managed_group_has_people_alone_and_is_not_made_of_one_that_has_groups(app: TestApp) {
        let (hr, operator) = (hr(&app).await, app.operator().await);
        let [acme, ..] = tree(&app).await;
        let make = async |name: &str| create_group(&app, &hr, json!({ "displayName": name })).await.expect("made").group.id;
        let (outer, inner) = (make("outer").await, make("inner").await);
        let nested = json!([{ "op": "add", "path": "members", "value": [{ "value": inner.to_string(), "type": "Group" }] }]);
        // Whoever is suspended in a group, or never asked, would be in by another one.
        assert_eq!(code(patch_group(&app, &hr, acme, nested.clone()).await), "no_groups_as_members");
        patch_group(&app, &hr, outer, nested).await.expect("nested");
        let ann = app.user("ann").await;
        let set = SetPrivileged { group: outer, privileged: Some(Privileged::default()) };
        assert_eq!(code(app.directory().execute(&operator, set.clone()).await), "no_groups_as_members");
        assert_eq!(members(&app, &hr, outer).await, [inner.to_string()]);
        patch_group(&app, &hr, inner, add(&[ann])).await.expect("what is nested goes on");
        let out = json!([{ "op": "remove", "path": format!("members[value eq \"{inner}\"]") }]);
        patch_group(&app, &hr, outer, out).await.expect("taken out");
        app.directory().execute(&operator, set).await.expect("set");
    }

    async fn what_ends_above_ends_here_and_time_sees_to_it(app: TestApp) {
        let hr = hr(&app).await;
        let [acme, ops, night] = tree(&app).await;
        let (ann, bob) = (app.user("ann").await, app.user("bob").await);
        let (soon, late) = (app.now().plus_seconds(40 * DAY), app.now().plus_seconds(90 * DAY));
        patch_group(&app, &hr, acme, add(&[ann, bob])).await.expect("added");
        patch_group(&app, &hr, ops, add(&[ann])).await.expect("added");
        set(&app, acme, ann, "enabled", Some(soon)).await;
        set(&app, ops, ann, "enabled", Some(late)).await;
        patch_group(&app, &hr, night, add(&[ann, bob])).await.expect("added");
        assert_eq!(stands(&app, night, ann).await, Some(("enabled".into(), Some(soon.millis()), Some(acme))));
        assert_eq!(stands(&app, night, bob).await, Some(("enabled".into(), None, None)));
        for _ in 0..41 {
            app.pass(DAY).await;
        }
        for group in [acme, ops, night] {
            assert_eq!(status(&app, group, ann).await, "expired");
        }
        assert_eq!(members(&app, &hr, night).await, ids(&[bob]));
        groups_know_their_number(&app).await;
    }

    async fn whoever_is_taken_out_loses_what_they_have_below(app: TestApp) {
        let hr = hr(&app).await;
        let [acme, ops, night] = tree(&app).await;
        let (ann, bob) = (app.user("ann").await, app.user("bob").await);
        for group in [acme, ops, night] {
            patch_group(&app, &hr, group, add(&[ann, bob])).await.expect("added");
        }
        // Ann is kept out of the one, and waits for the other.
        set(&app, ops, ann, "pending", None).await;
        set(&app, night, ann, "suspended", None).await;
        block(&app, night, ann).await;
        let role = "INSERT INTO membership_roles (realm, membership, role) SELECT m.realm, m.id, r.id FROM memberships m JOIN group_roles r ON r.group_id = m.group_id";
        sql(&app, role, vec![]).await;
        let before = app.events().await.len();
        patch_group(&app, &hr, acme, take(ann)).await.expect("removed");
        let events = app.events().await.split_off(before);
        let removed: Vec<_> = events.iter().filter(|event| event.kind == "member.removed").collect();
        let root = removed.iter().find(|event| event.body["group"] == acme.to_string()).expect("the root");
        let along: Vec<_> = removed.iter().filter(|event| event.body["root"] == root.subject.to_string()).collect();
        assert_eq!((removed.len(), along.len(), &root.body["cause"]), (3, 2, &json!("removed")));
        assert!(along.iter().all(|event| event.body["cause"] == "cascade"));
        let left = [status(&app, acme, ann).await, status(&app, ops, ann).await, status(&app, night, ann).await];
        assert_eq!(left, ["ended", "ended", "barred"]);
        assert_eq!(members(&app, &hr, night).await, ids(&[bob]));
        let mut rows = app.db().query("SELECT COUNT(*) FROM membership_roles", &[]).await.expect("counted");
        assert_eq!(rows[0].take::<i64>(0).expect("a number"), 3, "only bob's");

        // A full list that names nobody does the same, and so does one that keeps others.
        put_group(&app, &hr, acme, json!({ "displayName": "acme" })).await.expect("put");
        assert_eq!([status(&app, acme, bob).await, status(&app, ops, bob).await, status(&app, night, bob).await], ["ended", "ended", "ended"]);
        groups_know_their_number(&app).await;
    }

    async fn an_explicit_grant_brings_back_and_begins_and_a_list_does_neither(app: TestApp) {
        let hr = hr(&app).await;
        let [acme, ops, _] = tree(&app).await;
        let (ann, bob) = (app.user("ann").await, app.user("bob").await);
        let end = app.now().plus_seconds(40 * DAY);
        patch_group(&app, &hr, ops, add(&[ann, bob])).await.expect("added");
        set(&app, ops, ann, "expired", Some(end)).await;
        set(&app, ops, bob, "pending", Some(end)).await;
        let list: Vec<_> = [ann, bob].iter().map(|id| json!({ "value": id.to_string() })).collect();
        let written = put_group(&app, &hr, ops, json!({ "displayName": "ops", "members": list })).await.expect("put");
        assert_eq!(written.left_out, ids(&[ann, bob]));
        let before = app.events().await.len();
        patch_group(&app, &hr, ops, add(&[ann, bob])).await.expect("added");
        let kinds: Vec<String> = app.events().await.split_off(before).into_iter().map(|event| event.kind).collect();
        for kind in ["member.restored", "member.activated"] {
            assert_eq!(kinds.iter().filter(|told| *told == kind).count(), 1, "{kinds:?}");
        }
        assert_eq!(stands(&app, ops, ann).await, Some(("enabled".into(), None, None)));
        assert_eq!(stands(&app, ops, bob).await, Some(("enabled".into(), Some(end.millis()), None)));
        assert_eq!(members(&app, &hr, acme).await.len(), 0);
        groups_know_their_number(&app).await;
    }

    async fn what_had_expired_comes_back_without_the_roles_it_had(app: TestApp) {
        let (hr, ann) = (hr(&app).await, app.user("ann").await);
        let world = super::world::tree(&app).await;
        super::world::give(&app, &world.ga, (world.a, ann), None, Some("2030-01-02")).await;
        app.pass(3 * DAY).await;
        assert_eq!(super::world::stands(&app, world.a, ann).await, "expired member");
        patch_group(&app, &hr, world.a, add(&[ann])).await.expect("added");
        assert_eq!(super::world::stands(&app, world.a, ann).await, "enabled");
    }

    async fn a_program_that_refuses_unknown_members_refuses_who_is_kept_out(app: TestApp) {
        let profile = testkit::Program::default().profile("wire");
        let wire = app.principal("wire", &["scim:read", "scim:write"], profile).await;
        let made = create_group(&app, &wire, json!({ "displayName": "team" })).await.expect("made");
        let ann = app.user("ann").await;
        let acme = top(&app, "acme").await;
        crate::support::groups::put(&app, &app.operator().await, made.group.id, Some(acme)).await.expect("moved");
        block(&app, acme, ann).await;
        let refused = refusal(patch_group(&app, &wire, made.group.id, add(&[ann])).await);
        assert!(refused.to_string().contains(&ann.to_string()), "{refused}");
        assert_eq!(status(&app, made.group.id, ann).await, "never");
    }

    async fn many_people_are_added_and_taken_out_at_once(app: TestApp) {
        let hr = hr(&app).await;
        let [acme, ops, night] = tree(&app).await;
        let mut people = Vec::new();
        for number in 0..40 {
            people.push(app.user(&format!("u{number}")).await);
        }
        for group in [acme, ops, night] {
            patch_group(&app, &hr, group, add(&people)).await.expect("added");
            assert_eq!(members(&app, &hr, group).await.len(), 40);
        }
        let version = patch_group(&app, &hr, night, add(&people)).await.expect("added").group.version;
        let list: Vec<_> = people[..5].iter().map(|id| json!({ "value": id.to_string() })).collect();
        put_group(&app, &hr, acme, json!({ "displayName": "acme", "members": list })).await.expect("put");
        for group in [acme, ops, night] {
            assert_eq!(members(&app, &hr, group).await.len(), 5);
        }
        let now = patch_group(&app, &hr, night, add(&people[..5])).await.expect("added").group.version;
        assert_eq!(now, version + 1, "a group below is raised once");
        groups_know_their_number(&app).await;
    }

    async fn programs_that_write_above_and_below_do_not_wait_for_each_other_in_a_circle(app: TestApp) {
        let hr = hr(&app).await;
        let [acme, ops, night] = tree(&app).await;
        let mut people = Vec::new();
        for number in 0..12 {
            people.push(app.user(&format!("u{number}")).await);
        }
        let all: Vec<_> = people.iter().map(|id| json!({ "value": id.to_string() })).collect();
        for round in 0..6 {
            let backwards: Vec<_> = people.iter().rev().copied().collect();
            let full = json!({ "displayName": "ops", "members": all });
            let (one, two, three) = tokio::join!(
                patch_group(&app, &hr, acme, add(&people)),
                patch_group(&app, &hr, night, add(&backwards)),
                put_group(&app, &hr, ops, full),
            );
            let _ = (one.expect("added"), two.expect("added"), three.expect("put"));
            let (one, two, three) = tokio::join!(
                put_group(&app, &hr, acme, json!({ "displayName": "acme" })),
                patch_group(&app, &hr, night, take(people[round])),
                put_group(&app, &hr, ops, json!({ "displayName": "ops" })),
            );
            let _ = (one.expect("put"), two.expect("removed"), three.expect("put"));
            assert_eq!(members(&app, &hr, acme).await.len() + members(&app, &hr, ops).await.len(), 0);
            assert!(members(&app, &hr, night).await.is_empty());
            groups_know_their_number(&app).await;
        }
    }

    async fn whoever_waited_and_is_let_in_at_once_has_the_terms_they_accepted(app: TestApp) {
        let hr = hr(&app).await;
        let acme = top(&app, "acme").await;
        app.run_jobs().await;
        let ann = app.user("ann").await;
        patch_group(&app, &hr, acme, add(&[ann])).await.expect("added");
        set(&app, acme, ann, "pending", None).await;
        let from = app.now().plus_seconds(150 * DAY);
        sql(&app, "UPDATE memberships SET valid_from = ?1", vec![from.millis().into()]).await;
        terms(&app, ann, app.now().plus_seconds(30 * DAY), "end").await;
        begin(&app, ann).await;
        patch_group(&app, &hr, acme, add(&[ann])).await.expect("added");
        assert_eq!(status(&app, acme, ann).await, "enabled");
        app.pass(31 * DAY).await;
        assert_eq!(status(&app, acme, ann).await, "expired");
    }

    async fn what_is_overdue_is_done_before_programs_add_or_take(app: TestApp) {
        let hr = hr(&app).await;
        let [acme, ops, _] = tree(&app).await;
        let people = [app.user("ann").await, app.user("bob").await, app.user("cid").await];
        let [ann, bob, cid] = people;
        patch_group(&app, &hr, acme, add(&people)).await.expect("added");
        let end = app.now().plus_seconds(30 * DAY);
        for person in people {
            set(&app, acme, person, "enabled", Some(end)).await;
            begin(&app, person).await;
        }
        // No job has come to it yet.
        app.clock().advance(31 * DAY);
        patch_group(&app, &hr, acme, add(&[ann])).await.expect("added");
        patch_group(&app, &hr, ops, add(&[bob])).await.expect("added");
        patch_group(&app, &hr, acme, take(cid)).await.expect("taken out");
        let all = async || [stands(&app, acme, ann).await, stands(&app, ops, bob).await, stands(&app, acme, bob).await, stands(&app, acme, cid).await];
        let wanted = ["enabled", "enabled", "expired", "expired"].map(|status| Some((status.to_owned(), None, None)));
        assert_eq!(all().await, wanted);
        app.run_jobs().await;
        assert_eq!(all().await, wanted);
        groups_know_their_number(&app).await;
    }
}
