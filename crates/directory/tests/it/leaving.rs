//! Programs whose deletes are put off: who is suspended first, who sees them, what brings them back, when they leave.

use std::sync::Arc;

use directory::client::ResourceKind::{Group, User as Person};
use directory::job::{JobKind, JobQuery};
use directory::user::{DeleteUser, Lifecycle, RestoreUser, SetLifecycle, User};
use directory::view::{IfMatch, Paging};
use directory::{Error, Id, Principal, Refusal, Scope, Timestamp};
use serde_json::{Value, json};
use testkit::{Program, TestApp, both};

use crate::support::{
    create, create_group, delete, group_view, list_of, members, names, not_found, objects, patch, patch_group, put,
    put_group, refusal, text, view,
};

const DAY: i64 = 86_400;
const BOTH: [&str; 2] = ["scim:read", "scim:write"];
const USHER: &str = "urn:usher:scim:schemas:1.0:User";

fn puts_off(program: Program) -> Program {
    program.settings(&json!({ "suspend_before_delete_days": 7 }))
}

/// A program whose deletes are put off by a week.
async fn hr(app: &TestApp) -> Principal {
    app.principal("hr", &BOTH, puts_off(Program::default())).await
}

async fn ann(app: &TestApp, hr: &Principal) -> Id<User> {
    let body = json!({ "userName": "ann", "externalId": "e1", "displayName": "Ann", "emails": [{ "value": "ann@example.org" }] });
    create(app, hr, body).await.expect("created").id
}

async fn restore(app: &TestApp, id: Id<User>) -> Result<User, Error> {
    app.directory().execute(&app.operator().await, RestoreUser { id }).await
}

async fn stands(app: &TestApp, id: Id<User>) -> (Lifecycle, Option<Timestamp>) {
    let user = app
        .directory()
        .user(&app.operator().await, id)
        .await
        .expect("the operator sees them");
    (user.lifecycle, user.visibility.leaves_at())
}

async fn jobs(app: &TestApp) -> Vec<(JobKind, Timestamp)> {
    let jobs = app
        .directory()
        .jobs(&app.operator().await, &JobQuery::default())
        .await
        .expect("read");
    jobs.into_iter().map(|job| (job.kind, job.due_at)).collect()
}

/// Kinds of the events since `before` of them.
async fn since(app: &TestApp, before: usize) -> Vec<String> {
    app.event_kinds().await.split_off(before)
}

both! {
    async fn a_delete_suspends_and_the_person_leaves_on_their_day(app: TestApp) {
        let hr = hr(&app).await;
        let ann = ann(&app, &hr).await;
        let me = app.token("me", &["scim:me"], &Program::default().acts_as(ann)).await;
        let group = create_group(&app, &hr, json!({ "displayName": "ops", "members": [{ "value": ann.to_string() }] })).await.expect("made").group.id;
        let before = app.event_kinds().await.len();
        delete(&app, &hr, ann).await.expect("deleted");
        let leaves_at = app.now().plus_seconds(7 * DAY);
        assert_eq!(since(&app, before).await, ["user.changed", "user.lifecycle_changed", "token.revoked", "user.leaving"]);
        assert_eq!(stands(&app, ann).await, (Lifecycle::Suspended, Some(leaves_at)));
        assert_eq!(jobs(&app).await, [(JobKind::LeaveUser, leaves_at)]);
        app.directory().forget_cached();
        assert!(app.directory().authenticate(hr.realm, me.plain.reveal()).await.is_err());
        assert!(not_found(delete(&app, &hr, ann).await));

        app.pass(7 * DAY - 1).await;
        assert_eq!(stands(&app, ann).await.1, Some(leaves_at));
        let before = app.event_kinds().await.len();
        app.pass(1).await;
        assert_eq!(since(&app, before).await, ["user.deprovisioned", "member.removed"]);
        assert!(app.directory().user(&app.operator().await, ann).await.is_err());
        assert_eq!(jobs(&app).await, [(JobKind::EraseUser, app.now().plus_seconds(30 * DAY))]);
        assert!(members(&app, &app.operator().await, group).await.is_empty());
        let again = create(&app, &hr, json!({ "userName": "ann", "externalId": "e1" })).await.expect("created");
        assert_ne!(again.id, ann);
    }

    async fn a_clock_that_is_moved_takes_them_out_to_the_millisecond(app: TestApp) {
        let begin = app.now();
        app.directory().set_standing_clock(begin).await.expect("it stands");
        let hr = hr(&app).await;
        let ann = ann(&app, &hr).await;
        delete(&app, &hr, ann).await.expect("deleted");
        let operator = Principal::operator(directory::RealmId::INSTALLATION);
        app.directory().advance(&operator, begin.plus_seconds(40 * DAY), Vec::new()).await.expect("moved");
        let rows = app.db().scan("SELECT at FROM events WHERE kind IN ('user.deprovisioned', 'user.erased') ORDER BY id", &[]).await.expect("read");
        let at: Vec<i64> = rows.into_iter().map(|mut row| row.take(0).expect("an instant")).collect();
        assert_eq!(at, [begin.plus_seconds(7 * DAY).millis(), begin.plus_seconds(37 * DAY).millis()]);
    }

    async fn programs_do_not_see_whoever_is_leaving_administrators_do(app: TestApp) {
        let hr = hr(&app).await;
        let (ann, operator) = (ann(&app, &hr).await, app.operator().await);
        let others = ["generic", "entra", "okta", "wire", "canaille"];
        let mut programs = vec![hr.clone()];
        for profile in others {
            programs.push(app.principal(profile, &BOTH, Program::default().profile(profile).never_invites()).await);
        }
        let narrowed = json!({ "user_filter": "userName sw \"a\" or userName sw \"b\"" });
        programs.push(app.principal("narrowed", &BOTH, Program::default().policy(narrowed)).await);
        let admin = app.principal("admin", &["admin"], Program::default()).await;
        let ben = create(&app, &hr, json!({ "userName": "ben", "title": "x", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "manager": { "value": ann.to_string() } } })).await.expect("created").id;
        let group = create_group(&app, &hr, json!({ "displayName": "ops", "members": [{ "value": ann.to_string() }, { "value": ben.to_string() }] })).await.expect("made").group.id;
        delete(&app, &hr, ann).await.expect("deleted");
        let filters = ["active eq false", "userName eq \"ann\"", "emails.value eq \"ann@example.org\"", "displayName co \"nn\"", &format!("groups.value eq \"{group}\" and userName sw \"a\"")];
        for program in &programs {
            assert!(not_found(view(&app, program, ann).await));
            for filter in filters {
                assert_eq!(names(&app, program, Person, filter).await, [""; 0], "{filter} to {}", program.label());
            }
            for paging in [Paging::Index { start: 1, count: 1 }, Paging::Index { start: 1, count: 0 }, Paging::Index { start: 2, count: 5 }, Paging::Cursor { cursor: String::new(), count: 5 }] {
                let mut request = list_of(Person, None);
                request.paging = paging.clone();
                let page = app.directory().list(program, &request).await.expect("listed");
                assert!(page.total.is_none_or(|total| total == 1), "{paging:?}: {:?} to {}", page.total, program.label());
                assert!(objects(&page).iter().all(|user| user["userName"] == "ben"));
            }
            assert_eq!(members(&app, program, group).await, [ben.to_string()]);
            assert!(names(&app, program, Group, &format!("members.value eq \"{ann}\"")).await.len() <= 1);
            if program.client().is_none_or(|client| client.profile != directory::client::Profile::Wire) {
                assert!(not_found(patch(&app, program, ann, json!([{ "op": "replace", "path": "active", "value": true }])).await));
            }
        }
        let shown = view(&app, &hr, ben).await.expect("shown");
        let manager = &shown["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]["manager"];
        assert_eq!(manager.get("displayName"), None, "{manager}");
        for who in [&operator, &admin] {
            assert_eq!(names(&app, who, Person, "active eq false").await, ["ann"]);
            assert_eq!(app.directory().list(who, &list_of(Person, None)).await.expect("listed").total, Some(2));
            assert_eq!(members(&app, who, group).await.len(), 2);
            assert_eq!(names(&app, who, Person, &format!("{USHER}:leavesAt pr")).await, ["ann"]);
        }
    }

    async fn a_full_list_of_members_leaves_the_leaving_in_and_none_is_added(app: TestApp) {
        let hr = hr(&app).await;
        let ann = ann(&app, &hr).await;
        let value = json!({ "value": ann.to_string() });
        let group = create_group(&app, &hr, json!({ "displayName": "ops", "members": [value] })).await.expect("made").group.id;
        let other = create_group(&app, &hr, json!({ "displayName": "dev" })).await.expect("made").group.id;
        delete(&app, &hr, ann).await.expect("deleted");
        put_group(&app, &hr, group, json!({ "displayName": "ops" })).await.expect("replaced");
        let added = patch_group(&app, &hr, other, json!([{ "op": "add", "path": "members", "value": [value] }])).await.expect("patched");
        assert_eq!(added.left_out, [ann.to_string()]);
        restore(&app, ann).await.expect("restored");
        assert_eq!(members(&app, &hr, group).await, [ann.to_string()]);
        assert!(group_view(&app, &hr, other).await.expect("shown").get("members").is_none());
        // To take somebody out by name holds, should they come back.
        delete(&app, &hr, ann).await.expect("deleted");
        patch_group(&app, &hr, group, json!([{ "op": "remove", "path": format!("members[value eq \"{ann}\"]") }])).await.expect("patched");
        restore(&app, ann).await.expect("restored");
        assert!(members(&app, &hr, group).await.is_empty());
    }

    async fn who_is_restored_stands_where_they_stood(app: TestApp) {
        let hr = hr(&app).await;
        let ann = ann(&app, &hr).await;
        let operator = app.operator().await;
        delete(&app, &hr, ann).await.expect("deleted");
        let before = app.event_kinds().await.len();
        let back = restore(&app, ann).await.expect("restored");
        assert_eq!((back.id, back.lifecycle), (ann, Lifecycle::Active));
        assert_eq!(since(&app, before).await, ["user.changed", "user.restored", "user.lifecycle_changed"]);
        assert!(jobs(&app).await.is_empty());
        assert_eq!(view(&app, &hr, ann).await.expect("shown")["active"], true);
        assert!(matches!(refusal(restore(&app, ann).await), Refusal::Conflict { .. }));
        app.pass(8 * DAY).await;
        assert_eq!(stands(&app, ann).await, (Lifecycle::Active, None));

        // Whoever was kept out before stays kept out.
        patch(&app, &hr, ann, json!([{ "op": "replace", "path": "active", "value": false }])).await.expect("suspended");
        delete(&app, &hr, ann).await.expect("deleted");
        assert!(not_found(view(&app, &hr, ann).await));
        assert_eq!(restore(&app, ann).await.expect("restored").lifecycle, Lifecycle::Suspended);
        assert_eq!(view(&app, &hr, ann).await.expect("shown")["active"], false);
        // Letting somebody in brings them back too.
        delete(&app, &hr, ann).await.expect("deleted");
        app.directory().execute(&operator, SetLifecycle { id: ann, lifecycle: Lifecycle::Active }).await.expect("in");
        assert_eq!(stands(&app, ann).await, (Lifecycle::Active, None));
        assert!(jobs(&app).await.is_empty());
        // So does an administrator's write; one that lets nobody in does not.
        delete(&app, &hr, ann).await.expect("deleted");
        patch(&app, &operator, ann, json!([{ "op": "replace", "path": "title", "value": "Dr" }])).await.expect("written");
        assert!(stands(&app, ann).await.1.is_some());
        patch(&app, &operator, ann, json!([{ "op": "replace", "path": "active", "value": true }])).await.expect("written");
        assert_eq!(stands(&app, ann).await, (Lifecycle::Active, None));
        assert!(jobs(&app).await.is_empty());
    }

    async fn a_post_of_the_same_name_or_external_id_brings_the_same_person_back(app: TestApp) {
        let hr = hr(&app).await;
        let ann = ann(&app, &hr).await;
        let group = create_group(&app, &hr, json!({ "displayName": "ops", "members": [{ "value": ann.to_string() }] })).await.expect("made").group.id;
        let bodies = [
            json!({ "userName": "Ann", "displayName": "Ann B." }),
            json!({ "userName": "ann.b", "externalId": "e2" }),
        ];
        for body in bodies {
            delete(&app, &hr, ann).await.expect("deleted");
            let mut again = body.clone();
            // By name first, then by externalId under another name.
            if body.get("externalId").is_none() {
                again["externalId"] = "e2".into();
            }
            let back = create(&app, &hr, again).await.expect("back");
            assert_eq!((back.id, back.lifecycle), (ann, Lifecycle::Active));
            let shown = view(&app, &hr, ann).await.expect("shown");
            assert_eq!((&shown["userName"], shown.get("displayName"), &shown["externalId"]), (&body["userName"], body.get("displayName"), &json!("e2")));
            assert_eq!(shown.get("emails"), None, "what the body does not say is gone");
            assert_eq!(members(&app, &hr, group).await, [ann.to_string()]);
            assert!(jobs(&app).await.is_empty());
        }
        // Another program brings them back as well; whoever says inactive keeps them out.
        delete(&app, &hr, ann).await.expect("deleted");
        let other = app.principal("other", &BOTH, Program::default()).await;
        let back = create(&app, &other, json!({ "userName": "ann.b", "active": false })).await.expect("back");
        assert_eq!((back.id, stands(&app, ann).await), (ann, (Lifecycle::Suspended, None)));
        let user_name = |value: &Value| text(&value["userName"]);
        assert_eq!(user_name(&view(&app, &other, ann).await.expect("shown")), "ann.b");
    }

    async fn the_name_is_in_the_way_of_administrators_renames_and_those_out_of_reach(app: TestApp) {
        let hr = hr(&app).await;
        let ann = ann(&app, &hr).await;
        let ben = create(&app, &hr, json!({ "userName": "ben" })).await.expect("created").id;
        delete(&app, &hr, ann).await.expect("deleted");
        let body = json!({ "userName": "ann" });
        let narrowed = json!({ "user_filter": "userType eq \"Guest\"" });
        let narrowed = app.principal("narrowed", &BOTH, Program::default().policy(narrowed)).await;
        let guest = json!({ "userName": "ann", "userType": "Guest" });
        assert!(matches!(refusal(create(&app, &app.operator().await, body.clone()).await), Refusal::Taken { .. }));
        assert!(matches!(refusal(create(&app, &narrowed, guest).await), Refusal::Taken { .. }));
        assert!(matches!(refusal(put(&app, &hr, ben, body).await), Refusal::Taken { .. }));
        assert!(stands(&app, ann).await.1.is_some());
    }

    async fn who_was_never_in_and_whom_an_administrator_deletes_leaves_at_once(app: TestApp) {
        let inviting = app.principal("inviting", &BOTH, puts_off(Program::default().invites())).await;
        let invited = create(&app, &inviting, json!({ "userName": "ivy", "emails": [{ "value": "ivy@example.org" }] })).await.expect("invited");
        assert_eq!(invited.lifecycle, Lifecycle::Invited);
        delete(&app, &inviting, invited.id).await.expect("deleted");
        assert!(app.directory().user(&app.operator().await, invited.id).await.is_err());

        let hr = hr(&app).await;
        let ann = ann(&app, &hr).await;
        delete(&app, &hr, ann).await.expect("deleted");
        let at_once = DeleteUser { id: ann, if_match: IfMatch::Any, needs: Scope::Admin };
        app.directory().execute(&app.operator().await, at_once).await.expect("gone");
        assert!(app.directory().user(&app.operator().await, ann).await.is_err());
        assert_eq!(jobs(&app).await.into_iter().map(|(kind, _)| kind).filter(|kind| *kind == JobKind::LeaveUser).count(), 0);
        let admin = app.principal("admin", &["admin"], puts_off(Program::default())).await;
        let ben = app.user("ben").await;
        delete(&app, &admin, ben).await.expect("gone");
        assert!(app.directory().user(&app.operator().await, ben).await.is_err());
    }

    async fn of_two_posts_at_once_one_brings_back_and_one_is_a_conflict(app: TestApp) {
        let hr = Arc::new(hr(&app).await);
        let ann = ann(&app, &hr).await;
        delete(&app, &hr, ann).await.expect("deleted");
        let post = || create(&app, &hr, json!({ "userName": "ann", "externalId": "e1" }));
        let (one, two) = tokio::join!(post(), post());
        let (back, refused) = match (one, two) {
            (Ok(back), Err(refused)) | (Err(refused), Ok(back)) => (back, refused),
            other => panic!("{other:?}"),
        };
        assert_eq!(back.id, ann);
        assert!(matches!(refused, Error::Refused(Refusal::Taken { .. })), "{refused:?}");
    }
}
