//! Groups and who is in them.

use directory::client::ResourceKind;
use directory::group::Group;
use directory::membership::MAX_MEMBER_CHANGES;
use directory::{Id, Principal, Refusal};
use serde_json::{Value, json};
use testkit::{Program, TestApp, both};

use crate::support::{
    create_group, delete, delete_group, group_view, groups_know_their_number, members, names, not_found, patch_group,
    put_group, refusal, view,
};

async fn hr(app: &TestApp) -> Principal {
    app.principal("hr", &["scim:read", "scim:write"], Program::default())
        .await
}

async fn group(app: &TestApp, who: &Principal, name: &str, members: &[String]) -> Id<Group> {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    let written = create_group(app, who, json!({ "displayName": name, "members": members })).await;
    written.expect("the group is made").group.id
}

fn add(ids: &[&str]) -> Value {
    let values: Vec<Value> = ids.iter().map(|id| json!({ "value": id })).collect();
    json!([{ "op": "add", "path": "members", "value": values }])
}

fn remove(id: &str) -> Value {
    json!([{ "op": "remove", "path": format!("members[value eq \"{id}\"]") }])
}

both! {
    async fn members_come_and_go_one_row_at_a_time(app: TestApp) {
        let hr = hr(&app).await;
        let (ann, bob) = (app.user("ann").await.to_string(), app.user("bob").await.to_string());
        let ops = group(&app, &hr, "ops", std::slice::from_ref(&ann)).await;
        let before = app.events().await.len();

        let written = patch_group(&app, &hr, ops, add(&[&bob, &ann])).await.expect("added");
        assert_eq!((written.changed, written.group.version), (true, 2));
        assert_eq!(members(&app, &hr, ops).await, [ann.clone(), bob.clone()]);
        let written = patch_group(&app, &hr, ops, add(&[&bob])).await.expect("there already");
        assert_eq!((written.changed, written.group.version), (false, 2));
        let written = patch_group(&app, &hr, ops, remove(&ann)).await.expect("removed");
        assert_eq!((written.changed, written.group.version), (true, 3));
        let written = patch_group(&app, &hr, ops, remove(&ann)).await.expect("gone already");
        assert!(!written.changed);
        assert_eq!(members(&app, &hr, ops).await, std::slice::from_ref(&bob));

        let events = app.events().await.split_off(before);
        let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!(kinds, ["member.added", "member.removed"]);
        let (on, over) = (json!({ "status": "enabled" }), json!({ "status": "ended" }));
        assert_eq!(events[0].body, json!({ "group": ops.to_string(), "user": bob, "cause": "given", "before": {}, "after": on }));
        assert_eq!(events[1].body, json!({ "group": ops.to_string(), "user": ann, "cause": "removed", "before": on, "after": over }));
        // A membership has its own version: added once, ended once.
        assert_eq!(events[1].subject_version, 2);

        let shown = view(&app, &hr, Id::parse(&bob).expect("an id")).await.expect("shown");
        assert_eq!(shown["groups"][0]["value"], ops.to_string());
        assert_eq!(shown["groups"][0]["type"], "direct");
        assert_eq!(shown["groups"][0]["display"], "ops");
        assert_eq!(shown["meta"]["version"], "W/\"1\"");
        assert_eq!(names(&app, &hr, ResourceKind::User, &format!("groups.value eq \"{ops}\"")).await, ["bob"]);
        assert_eq!(names(&app, &hr, ResourceKind::Group, &format!("members.value eq \"{bob}\"")).await, ["ops"]);
    }

    async fn a_group_knows_how_many_people_are_in_it(app: TestApp) {
        let hr = hr(&app).await;
        let operator = app.operator().await;
        let mut ids = Vec::new();
        for number in 0..12 {
            ids.push(app.user(&format!("u{number}")).await.to_string());
        }
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let dev = group(&app, &hr, "dev", &[]).await.to_string();
        let ops = group(&app, &hr, "ops", &[ids[0].to_owned(), ids[1].to_owned(), dev.clone(), "nobody".to_owned()]).await;
        let number = async || {
            groups_know_their_number(&app).await;
            let rows = app.db().query("SELECT enabled_members FROM groups WHERE id = ?1", &[ops.into()]).await.expect("read");
            rows.into_iter().next().expect("a row").take::<i64>(0).expect("a number")
        };
        assert_eq!(number().await, 2);
        // One and several, there already or not, groups that are members left out.
        patch_group(&app, &hr, ops, add(&[ids[2]])).await.expect("added");
        patch_group(&app, &hr, ops, add(&[ids[2]])).await.expect("there already");
        patch_group(&app, &hr, ops, add(&ids)).await.expect("added");
        assert_eq!(number().await, 12);
        patch_group(&app, &hr, ops, remove(ids[0])).await.expect("removed");
        patch_group(&app, &hr, ops, remove(ids[0])).await.expect("gone already");
        patch_group(&app, &hr, ops, remove(&dev)).await.expect("removed");
        assert_eq!(number().await, 11);
        // Together with the name, and one out and in again at once.
        let full = json!({ "displayName": "operators", "members": [{ "value": ids[0] }, { "value": ids[1] }, { "value": dev }] });
        put_group(&app, &hr, ops, full).await.expect("replaced");
        assert_eq!(number().await, 2);
        let both = json!([{ "op": "remove", "path": "members" }, { "op": "add", "path": "members", "value": [{ "value": ids[5] }] }]);
        patch_group(&app, &operator, ops, both).await.expect("changed");
        assert_eq!(number().await, 1);
        delete(&app, &hr, Id::parse(ids[5]).expect("an id")).await.expect("left");
        assert_eq!(number().await, 0);
    }

    async fn entras_and_oktas_forms_of_removing_take_what_they_name(app: TestApp) {
        let hr = hr(&app).await;
        let mut ids = Vec::new();
        for name in ["a", "b", "c", "d"] {
            ids.push(app.user(name).await.to_string());
        }
        let ops = group(&app, &hr, "ops", &ids).await;
        let entra = json!([{ "op": "Remove", "path": "members", "value": [{ "$ref": null, "value": ids[0] }] }]);
        patch_group(&app, &hr, ops, entra).await.expect("removed");
        assert_eq!(members(&app, &hr, ops).await, ids[1..]);
        let by_type = json!([{ "op": "remove", "path": "members[type eq \"Group\"]" }]);
        assert!(!patch_group(&app, &hr, ops, by_type).await.expect("nothing matches").changed);
        let listed = json!([{ "op": "replace", "path": "members", "value": [{ "value": ids[3] }] }]);
        patch_group(&app, &hr, ops, listed).await.expect("replaced");
        assert_eq!(members(&app, &hr, ops).await, ids[3..]);
        let all = json!([{ "op": "remove", "path": "members", "value": null }]);
        patch_group(&app, &hr, ops, all).await.expect("emptied");
        assert!(members(&app, &hr, ops).await.is_empty());
    }

    async fn unknown_members_are_left_out_and_named(app: TestApp) {
        let hr = hr(&app).await;
        let ann = app.user("ann").await.to_string();
        let unknown = "01900000-0000-7000-8000-000000000000";
        let body = json!({ "displayName": "ops", "members": [{ "value": unknown }, { "value": ann }, { "value": "bob" }] });
        let written = create_group(&app, &hr, body.clone()).await.expect("made");
        assert_eq!(written.left_out, ["bob", unknown]);
        assert_eq!(members(&app, &hr, written.group.id).await, std::slice::from_ref(&ann));
        let event = app.events().await.pop().expect("an event");
        assert_eq!((event.kind.as_str(), &event.body), ("group.members_left_out", &json!({ "left_out": ["bob", unknown] })));

        for profile in ["wire", "canaille"] {
            let strict = app.principal(profile, &["scim:write"], Program::default().profile(profile)).await;
            let before = app.events().await.len();
            let refused = refusal(create_group(&app, &strict, body.clone()).await);
            assert!(matches!(&refused, Refusal::Invalid { why, .. } if why.contains(unknown)), "{refused:?}");
            assert_eq!(app.events().await.len(), before);
        }
    }

    async fn a_full_list_revives_what_a_client_ended_but_not_what_was_ended_here(app: TestApp) {
        let hr = hr(&app).await;
        let operator = app.operator().await;
        let (ann, bob) = (app.user("ann").await.to_string(), app.user("bob").await.to_string());
        let ops = group(&app, &hr, "ops", &[ann.clone(), bob.clone()]).await;
        let full = |ids: &[&String]| json!({ "displayName": "ops", "members": ids.iter().map(|id| json!({ "value": id })).collect::<Vec<_>>() });

        // Okta pushes the whole group: who is left out and named again is a member again.
        put_group(&app, &hr, ops, full(&[&bob])).await.expect("replaced");
        put_group(&app, &hr, ops, full(&[&ann, &bob])).await.expect("replaced");
        assert_eq!(members(&app, &hr, ops).await, [ann.clone(), bob.clone()]);

        patch_group(&app, &operator, ops, remove(&ann)).await.expect("an operator ends it");
        let written = put_group(&app, &hr, ops, full(&[&ann, &bob])).await.expect("replaced");
        assert_eq!((written.changed, written.left_out.as_slice()), (false, std::slice::from_ref(&ann)));
        assert_eq!(members(&app, &hr, ops).await, std::slice::from_ref(&bob));

        // An explicit add is a new grant.
        patch_group(&app, &hr, ops, add(&[&ann])).await.expect("added");
        assert_eq!(members(&app, &hr, ops).await, [ann, bob]);
    }

    async fn what_waits_or_has_expired_comes_back_by_an_explicit_grant_and_what_is_kept_out_by_none(app: TestApp) {
        let hr = hr(&app).await;
        for status in ["pending", "expired", "suspended", "barred", "of a newer version"] {
            let ann = app.user(&format!("ann {status}")).await.to_string();
            let ops = group(&app, &hr, status, std::slice::from_ref(&ann)).await;
            let id = Id::<Group>::parse(&ann).expect("an id");
            let set = "UPDATE memberships SET status = ?2, valid_from = 1, expires_at = 2, effective_at = 2, details = '{}' WHERE user_id = ?1";
            let params = [id.into(), status.into()];
            app.db().write(move |tx| -> Result<(), db::Error> { tx.execute(set, &params).map(drop) }).await.expect("set");
            let full = json!({ "displayName": status, "members": [{ "value": ann }] });
            let written = put_group(&app, &hr, ops, full).await.expect("replaced");
            assert_eq!((written.changed, written.left_out.as_slice()), (false, std::slice::from_ref(&ann)), "{status}");
            let comes_back = ["pending", "expired"].contains(&status);
            let written = patch_group(&app, &hr, ops, add(&[&ann])).await.expect("added or left out");
            assert_eq!((written.changed, written.left_out.is_empty()), (comes_back, comes_back), "{status}");
            let read = "SELECT status, valid_from, expires_at, effective_at, details FROM memberships WHERE user_id = ?1";
            let mut row = app.db().query(read, &[id.into()]).await.expect("read").pop().expect("a row");
            let now: String = row.take(0).expect("a word");
            assert_eq!(now, if comes_back { "enabled" } else { status });
            if comes_back {
                let times: [Option<i64>; 3] = [1, 2, 3].map(|column| row.take(column).expect("a time"));
                // What waited begins now and ends when it would have; what had expired is given anew.
                let kept = status == "pending";
                assert_eq!(times, [None, kept.then_some(2), None], "{status}");
                assert_eq!(row.take::<Option<String>>(4).expect("details").is_some(), kept);
            }
        }
    }

    async fn groups_nest_and_a_circle_is_stored_and_cut_when_read(app: TestApp) {
        let hr = hr(&app).await;
        let ann = app.user("ann").await;
        let inner = group(&app, &hr, "inner", &[ann.to_string()]).await;
        let outer = group(&app, &hr, "outer", &[inner.to_string()]).await;
        patch_group(&app, &hr, inner, add(&[&outer.to_string()])).await.expect("a circle");
        let shown = view(&app, &hr, ann).await.expect("shown");
        let groups: Vec<(&Value, &Value)> = shown["groups"].as_array().expect("groups").iter().map(|group| (&group["display"], &group["type"])).collect();
        assert_eq!(groups, [(&json!("inner"), &json!("direct")), (&json!("outer"), &json!("indirect"))]);
        for group in [inner, outer] {
            assert_eq!(names(&app, &hr, ResourceKind::User, &format!("groups.value eq \"{group}\"")).await, ["ann"]);
        }
        let shown = group_view(&app, &hr, outer).await.expect("shown");
        assert_eq!(shown["members"][0]["type"], "Group");
        assert_eq!(shown["members"][0]["$ref"], format!("https://usher.example/scim/v2/Groups/{inner}"));
        let kinds = app.event_kinds().await;
        assert_eq!(kinds.iter().filter(|kind| *kind == "group_member.added").count(), 2);
        let nested: Vec<i64> = app.events().await.iter().filter(|event| event.kind == "group_member.added").map(|event| event.subject_version).collect();
        assert_eq!(nested, [1, 2]);

        delete_group(&app, &hr, inner).await.expect("deleted");
        assert!(view(&app, &hr, ann).await.expect("shown").get("groups").is_none());
        assert!(members(&app, &hr, outer).await.is_empty());
        assert_eq!(group_view(&app, &hr, outer).await.expect("shown")["meta"]["version"], "W/\"2\"");
    }

    async fn a_deleted_group_is_nowhere_at_once_and_its_members_end_in_slices(app: TestApp) {
        let hr = hr(&app).await;
        let mut ids = Vec::new();
        for number in 0..450 {
            ids.push(app.user(&format!("u{number}")).await.to_string());
        }
        let ops = group(&app, &hr, "ops", &ids).await;
        let before = app.events().await.len();
        delete_group(&app, &hr, ops).await.expect("deleted");
        assert!(not_found(group_view(&app, &hr, ops).await));
        assert!(not_found(delete_group(&app, &hr, ops).await));
        assert!(names(&app, &hr, ResourceKind::User, &format!("groups.value eq \"{ops}\"")).await.is_empty());
        app.run_jobs().await;
        let events = app.events().await.split_off(before);
        assert_eq!(events.iter().filter(|event| event.kind == "member.removed").count(), 450);
        assert_eq!(events.iter().filter(|event| event.kind == "group.deleted").count(), 1);
        let left = app.db().query("SELECT COUNT(*) FROM memberships WHERE status = 'enabled'", &[]).await.expect("counted").pop().expect("a row").take::<i64>(0).expect("a number");
        assert_eq!(left, 0);
    }

    async fn names_of_groups_need_not_be_unique(app: TestApp) {
        let hr = hr(&app).await;
        let mut made = Vec::new();
        for _ in 0..8 {
            made.push(create_group(&app, &hr, json!({ "displayName": "Ops" })).await.expect("made").group);
        }
        let names: Vec<&str> = made.iter().map(|group| group.name.as_str()).collect();
        assert_eq!(names[..3], ["Ops", "Ops (2)", "Ops (3)"]);
        assert_eq!(made[7].name, format!("Ops ({})", made[7].id.uuid().simple()));
        assert!(matches!(refusal(create_group(&app, &hr, json!({ "displayName": "  " })).await), Refusal::Invalid { .. }));
    }

    async fn a_request_carries_a_bounded_number_of_member_changes(app: TestApp) {
        let hr = hr(&app).await;
        let ops = group(&app, &hr, "ops", &[]).await;
        let many: Vec<Value> = (0..=MAX_MEMBER_CHANGES).map(|number| json!({ "value": number.to_string() })).collect();
        let refused = refusal(patch_group(&app, &hr, ops, json!([{ "op": "add", "path": "members", "value": many }])).await);
        assert!(matches!(refused, Refusal::TooLarge { .. }));
    }

    async fn what_a_group_is_called_and_who_is_in_it_change_together_or_not_at_all(app: TestApp) {
        let hr = hr(&app).await;
        let ann = app.user("ann").await;
        let ops = group(&app, &hr, "ops", &[]).await;
        let both = json!([
            { "op": "replace", "value": { "id": ops.to_string(), "displayName": "Operations" } },
            { "op": "add", "path": "members", "value": [{ "value": ann.to_string() }] },
            { "op": "add", "path": "externalId", "value": "g-1" },
        ]);
        let written = patch_group(&app, &hr, ops, both).await.expect("written");
        assert_eq!(written.group.version, 2);
        assert_eq!(names(&app, &hr, ResourceKind::Group, "externalId eq \"g-1\" and displayName eq \"operations\"").await, ["Operations"]);
        let broken = json!([{ "op": "remove", "path": "members" }, { "op": "remove", "path": "displayName" }]);
        assert!(patch_group(&app, &hr, ops, broken).await.is_err());
        assert_eq!(members(&app, &hr, ops).await, [ann.to_string()]);
        delete(&app, &hr, ann).await.expect("deleted");
        assert!(members(&app, &hr, ops).await.is_empty());
    }
}
