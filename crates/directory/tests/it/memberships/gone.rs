//! What becomes of memberships, wherever they stand, when the person or the group is gone.

use db::Value;
use directory::Id;
use directory::group::Group;
use directory::user::User;
use serde_json::json;
use testkit::{Program, TestApp, both};

use super::sql;
use crate::support::{create_group, delete, delete_group, groups_know_their_number};

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
}
