//! What memberships of managed groups leave in the history of their people.

use serde_json::json;
use testkit::{TestEvent, both};

use super::{add, hr, set, sql, take};
use crate::support::groups::{below, top};
use crate::support::{create, create_group, delete_group, groups_know_their_number, patch_group};

const DAY: i64 = 86_400;

fn of_people(events: Vec<TestEvent>) -> Vec<TestEvent> {
    let about = |event: &TestEvent| event.kind.starts_with("GROUP_MEMBERSHIP_");
    events.into_iter().filter(about).collect()
}

both! {
    async fn programs_leave_there_who_came_and_went(app: TestApp) {
        app.set_realm("default", |settings| settings.agm.actor_attribute = Some("employeeNumber".into())).await;
        let hr = hr(&app).await;
        let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        let body = json!({ "userName": "ann", enterprise: { "employeeNumber": "ann@vo" } });
        let ann = create(&app, &hr, body).await.expect("made").id;
        let acme = top(&app, "acme").await;
        let ops = below(&app, acme, "o/ps").await;
        app.run_jobs().await;
        patch_group(&app, &hr, acme, add(&[ann])).await.expect("added");
        patch_group(&app, &hr, ops, add(&[ann])).await.expect("added");
        let role = "INSERT INTO membership_roles (realm, membership, role) SELECT m.realm, m.id, r.id FROM memberships m JOIN group_roles r ON r.group_id = m.group_id";
        sql(&app, role, vec![]).await;
        patch_group(&app, &hr, acme, take(ann)).await.expect("removed");
        let told = of_people(app.events().await);
        let lines: Vec<_> = told.iter().map(|event| {
            (event.kind.as_str(), event.body["group"].as_str().expect("a path"), event.body["cause"].as_str().expect("a word"))
        }).collect();
        assert_eq!(lines, [
            ("GROUP_MEMBERSHIP_CREATE", "/acme", "given"),
            ("GROUP_MEMBERSHIP_CREATE", "/acme/o~/ps", "given"),
            ("GROUP_MEMBERSHIP_DELETE", "/acme", "removed"),
            ("GROUP_MEMBERSHIP_DELETE", "/acme/o~/ps", "cascade"),
        ]);
        assert!(told.iter().all(|event| event.subject == ann.uuid()));
        let last = &told[3].body;
        assert_eq!((&last["username"], &last["voPersonID"], &last["roles"]), (&json!("ann"), &json!("ann@vo"), &json!("member")));
        let today = app.now().to_string();
        assert_eq!(last["membership expiration"], today[..10]);
        assert!(last["actionUser"].is_string() && last["rootMembershipId"].is_string());
        let ended = json!({ "status": "ended" });
        for event in &told[2..] {
            assert_eq!((&event.body["before"], &event.body["after"]), (&json!({ "status": "enabled", "roles": ["member"] }), &ended));
        }
        assert_eq!((&told[0].body["before"], &told[0].body["after"]), (&json!({}), &json!({ "status": "enabled", "roles": [] })));
        assert_eq!((&told[2].body["rootMembershipId"], &told[0].body["roles"]), (&json!(null), &json!("")));
        groups_know_their_number(&app).await;
    }

    async fn time_leaves_there_each_end_once_and_names_nobody(app: TestApp) {
        let hr = hr(&app).await;
        let ann = app.user("ann").await;
        let acme = top(&app, "acme").await;
        let ops = below(&app, acme, "ops").await;
        let alone = create_group(&app, &hr, json!({ "displayName": "alone", "members": [{ "value": ann.to_string() }] })).await.expect("made").group.id;
        app.run_jobs().await;
        for group in [acme, ops] {
            patch_group(&app, &hr, group, add(&[ann])).await.expect("added");
        }
        let end = app.now().plus_seconds(30 * DAY);
        set(&app, acme, ann, "enabled", Some(end)).await;
        set(&app, alone, ann, "enabled", Some(end)).await;
        // Whoever gives them something else makes time look.
        let night = below(&app, ops, "night").await;
        patch_group(&app, &hr, night, add(&[ann])).await.expect("added");
        let before = app.events().await.len();
        for _ in 0..70 {
            app.pass(DAY).await;
        }
        let told = of_people(app.events().await.split_off(before));
        let mut lines: Vec<_> = told.iter().map(|event| format!("{} {} {}", event.kind, event.body["group"], event.body["cause"])).collect();
        lines.sort();
        assert_eq!(lines, [
            "GROUP_MEMBERSHIP_DELETE \"/acme\" \"time\"",
            "GROUP_MEMBERSHIP_DELETE \"/acme/ops\" \"cascade\"",
            "GROUP_MEMBERSHIP_DELETE \"/acme/ops/night\" \"cascade\"",
        ]);
        assert!(told.iter().all(|event| event.body["actionUser"].is_null()));
        groups_know_their_number(&app).await;
    }

    async fn a_group_that_is_gone_takes_its_roles_and_path_into_the_history_of_its_people(app: TestApp) {
        let hr = hr(&app).await;
        let (ann, bob) = (app.user("ann").await, app.user("bob").await);
        let acme = top(&app, "acme").await;
        let ops = below(&app, acme, "ops").await;
        app.run_jobs().await;
        patch_group(&app, &hr, ops, add(&[ann, bob])).await.expect("added");
        let role = "INSERT INTO membership_roles (realm, membership, role) SELECT m.realm, m.id, r.id FROM memberships m JOIN group_roles r ON r.group_id = m.group_id";
        sql(&app, role, vec![]).await;
        set(&app, ops, bob, "expired", Some(app.now())).await;
        let before = app.events().await.len();
        delete_group(&app, &hr, ops).await.expect("deleted");
        let told = of_people(app.events().await.split_off(before));
        assert_eq!((told.len(), told[0].subject, told[0].kind.as_str()), (1, ann.uuid(), "GROUP_MEMBERSHIP_DELETE"));
        let body = &told[0].body;
        assert_eq!((&body["group"], &body["roles"], &body["cause"]), (&json!("/acme/ops"), &json!("member"), &json!("group_deleted")));
        assert_eq!((&body["before"], &body["after"]), (&json!({ "status": "enabled", "roles": ["member"] }), &json!({ "status": "ended" })));
        let mut rows = app.db().query("SELECT COUNT(*) FROM membership_roles", &[]).await.expect("counted");
        assert_eq!(rows[0].take::<i64>(0).expect("a number"), 0);
        groups_know_their_number(&app).await;
    }
}
