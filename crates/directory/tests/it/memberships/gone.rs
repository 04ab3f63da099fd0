//! What becomes of memberships, wherever they stand, when the person or the group is gone.

use db::Value;
use directory::Id;
use directory::group::Group;
use directory::user::User;
use serde_json::json;
use testkit::{Program, TestApp, TestMail, both};

use super::{add, hr, set, sql};
use crate::support::groups::{below, manager, own, remove, top, user_of};
use crate::support::{create_group, delete, delete_group, groups_know_their_number, patch_group};

const ALL: [&str; 5] = ["enabled", "pending", "suspended", "expired", "barred"];

/// One person in one group for each word, with all that goes when it ends, and kept out of each.
async fn world(app: &TestApp, people: &[Id<User>], groups: &[Id<Group>]) {
    for (index, status) in ALL.iter().enumerate() {
        let (user, group) = (people[index % people.len()], groups[index % groups.len()]);
        let set = "UPDATE memberships SET status = ?3, valid_from = 1, expires_at = 2, effective_at = 2, details = '{}', listed_key = 'k'
                   WHERE user_id = ?1 AND group_id = ?2";
        let params: Vec<Value> = vec![user.into(), group.into(), (*status).into()];
        sql(app, set, params).await;
        if *status != "enabled" {
            let fewer = "UPDATE groups SET enabled_members = enabled_members - 1 WHERE id = ?1";
            sql(app, fewer, vec![group.into()]).await;
        }
        let block = "INSERT INTO membership_blocks (realm, user_id, group_id, set_by, set_at) SELECT realm, id, ?2, 'operator', 0 FROM users WHERE id = ?1";
        sql(app, block, vec![user.into(), group.into()]).await;
    }
    groups_know_their_number(app).await;
}

async fn count(app: &TestApp, what: &str) -> i64 {
    let mut row = app
        .db()
        .query(&format!("SELECT COUNT(*) FROM {what}"), &[])
        .await
        .expect("counted")
        .pop()
        .expect("a row");
    row.take(0).expect("a number")
}

/// Nothing is left of them but tombstones.
async fn only_tombstones(app: &TestApp) {
    assert_eq!(count(app, "memberships WHERE status = 'ended'").await, 4);
    assert_eq!(count(app, "memberships WHERE status = 'barred'").await, 1);
    let kept = "memberships WHERE status = 'ended' AND (details IS NOT NULL OR listed_key IS NOT NULL OR expires_at IS NOT NULL)";
    assert_eq!(count(app, kept).await, 0);
    let removed = app
        .event_kinds()
        .await
        .into_iter()
        .filter(|kind| kind == "member.removed")
        .count();
    assert_eq!(removed, 4);
    groups_know_their_number(app).await;
}

/// To whom mails went that a group is gone, in order.
fn told(mails: &[TestMail]) -> Vec<&str> {
    let told = mails.iter().filter(|mail| mail.subject.ends_with(" is gone"));
    let mut told: Vec<&str> = told.map(|mail| mail.to.trim_end_matches("@example.org")).collect();
    told.sort_unstable();
    told
}

both! {
    async fn whoever_leaves_has_no_membership_left_that_is_no_tombstone(app: TestApp) {
        let hr = app.principal("hr", &["scim:read", "scim:write"], Program::default()).await;
        let ann = app.user("ann").await;
        let mut groups = Vec::new();
        for status in ALL {
            let body = json!({ "displayName": status, "members": [{ "value": ann.to_string() }] });
            groups.push(create_group(&app, &hr, body).await.expect("made").group.id);
        }
        world(&app, &[ann], &groups).await;
        delete(&app, &hr, ann).await.expect("left");
        only_tombstones(&app).await;
        assert_eq!(count(&app, "membership_blocks").await, 5);
        app.pass(31 * 86_400).await;
        assert_eq!(count(&app, "membership_blocks").await, 0);
    }

    async fn whoever_leaves_many_groups_is_told_of_in_each_until_they_are_erased(app: TestApp) {
        let hr = app.principal("hr", &["scim:read", "scim:write"], Program::default()).await;
        let ann = app.user("ann").await;
        // More than are ended at once.
        for number in 0..230 {
            let body = json!({ "displayName": format!("g{number}"), "members": [{ "value": ann.to_string() }] });
            create_group(&app, &hr, body).await.expect("made");
        }
        sql(&app, "UPDATE groups SET managed = TRUE WHERE display_name <> ?1", vec!["g7".into()]).await;
        let role = "INSERT INTO group_roles (realm, group_id, id, name, version) SELECT realm, id, id, 'lead', 1 FROM groups";
        sql(&app, role, vec![]).await;
        sql(&app, "INSERT INTO membership_roles (realm, membership, role) SELECT realm, id, group_id FROM memberships", vec![]).await;
        delete(&app, &hr, ann).await.expect("left");
        app.run_jobs().await;
        let events = app.events().await;
        let told = |kind: &str| events.iter().filter(|event| event.kind == kind).map(|event| &event.body).collect::<Vec<_>>();
        let removed = told("member.removed");
        assert_eq!(removed.len(), 230);
        assert!(removed.iter().all(|body| body["cause"] == "user_deleted" && body["before"] == json!({ "status": "enabled" })));
        let history = told("GROUP_MEMBERSHIP_DELETE");
        assert_eq!(history.len(), 229);
        for body in history {
            assert_eq!((&body["username"], &body["roles"], &body["cause"]), (&json!("ann"), &json!("lead"), &json!("user_deleted")), "{body}");
        }
        assert_eq!(count(&app, "events WHERE kind = 'member.removed' AND within IS NOT NULL").await, 229);
        assert_eq!(count(&app, "membership_roles").await, 0);
        groups_know_their_number(&app).await;
        app.pass(31 * 86_400).await;
        assert_eq!(count(&app, "events WHERE kind = 'GROUP_MEMBERSHIP_DELETE' AND body IS NOT NULL").await, 0);
        assert!(app.events().await.iter().all(|event| !event.body.to_string().contains("\"ann\"")));
    }

    async fn a_group_that_is_gone_takes_all_its_memberships_along(app: TestApp) {
        let hr = app.principal("hr", &["scim:read", "scim:write"], Program::default()).await;
        let mut people = Vec::new();
        for status in ALL {
            people.push(app.user(status).await);
        }
        let members: Vec<_> = people.iter().map(|id| json!({ "value": id.to_string() })).collect();
        let ops = create_group(&app, &hr, json!({ "displayName": "ops", "members": members })).await.expect("made").group.id;
        world(&app, &people, &[ops]).await;
        delete_group(&app, &hr, ops).await.expect("deleted");
        only_tombstones(&app).await;
        assert_eq!(count(&app, "membership_blocks").await, 0);
    }

    async fn the_members_of_a_group_that_is_gone_are_told_once_each_where_the_realm_wants_it(app: TestApp) {
        let hr = hr(&app).await;
        let owner = manager(&app, "owner", &[]).await;
        let (ann, bob, cas, two) = (app.user("ann").await, app.user("bob").await, app.user("cas").await, app.user("two").await);
        let acme = top(&app, "acme").await;
        for admin in [user_of(&owner), two] {
            own(&app, acme, admin).await;
        }
        for (name, wanted) in [("quiet", vec!["two"]), ("loud", vec!["ann", "bob", "two"])] {
            let group = below(&app, acme, name).await;
            app.run_jobs().await;
            patch_group(&app, &hr, group, add(&[ann, bob, cas, two, user_of(&owner)])).await.expect("added");
            set(&app, group, bob, "suspended", None).await;
            // Whose time is over was told so.
            set(&app, group, cas, "expired", None).await;
            app.run_jobs().await;
            app.deliver_mail().await;
            remove(&app, &owner, group).await.expect("removed");
            app.run_jobs().await;
            let mails = app.deliver_mail().await;
            // Whoever did it knows, and whoever administers it and is in it is told of it once.
            assert_eq!(told(&mails), wanted);
            assert!(mails.iter().all(|mail| mail.text.contains(&format!("/acme/{name}")) && mail.text.contains("@owner")), "{mails:?}");
            app.set_realm("default", |settings| settings.agm.notices_off = vec!["none".into()]).await;
        }
    }

    async fn the_many_members_of_a_group_that_a_program_deletes_are_told_by_a_job(app: TestApp) {
        let hr = hr(&app).await;
        app.set_realm("default", |settings| settings.agm.notices_off = vec!["none".into()]).await;
        let mut people = Vec::new();
        for number in 0..230 {
            people.push(app.user(&format!("member-{number}")).await);
        }
        let members: Vec<_> = people.iter().map(|id| json!({ "value": id.to_string() })).collect();
        let plain = create_group(&app, &hr, json!({ "displayName": "plain", "members": members })).await.expect("made").group.id;
        let acme = top(&app, "acme").await;
        app.run_jobs().await;
        patch_group(&app, &hr, acme, add(&people)).await.expect("added");
        app.run_jobs().await;
        app.deliver_mail().await;
        delete_group(&app, &hr, acme).await.expect("deleted");
        let mut mails = app.deliver_mail().await;
        assert!(mails.len() <= 20, "{}", mails.len());
        app.run_jobs().await;
        mails.extend(app.deliver_mail().await);
        let mut told = told(&mails);
        assert_eq!(told.len(), 230);
        told.dedup();
        assert_eq!(told.len(), 230);
        // The program is named, in the slices of the job too.
        assert!(mails.iter().all(|mail| mail.text.contains("hr")), "{:?}", mails.last());
        // Of what nobody manages nobody is told.
        delete_group(&app, &hr, plain).await.expect("deleted");
        app.run_jobs().await;
        assert!(app.deliver_mail().await.is_empty());
    }
}
