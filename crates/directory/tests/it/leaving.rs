//! Programs whose deletes are put off: who is suspended first, who sees them, what brings them back, when they leave.

use std::sync::Arc;

use directory::client::ResourceKind::{Group, User as Person};
use directory::invitation::{InviteNewUser, Offer};
use directory::job::{JobKind, JobQuery};
use directory::user::{DeleteUser, GrantRole, Lifecycle, RestoreUser, SetLifecycle, User};
use directory::view::{IfMatch, Paging};
use directory::{Error, Id, Principal, Refusal, Scope, Timestamp};
use serde_json::json;
use testkit::{Program, TestApp, both};

use crate::support::{
    create, create_group, delete, group_view, list_of, members, names, not_found, objects, patch, patch_group, put,
    put_group, refusal, view,
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
            for filter in [format!("members.value eq \"{ann}\""), format!("members[value eq \"{ann}\"]"), format!("displayName eq \"ops\" and not (not (members.value eq \"{ann}\"))")] {
                assert_eq!(app.directory().list(program, &list_of(Group, Some(&filter))).await.expect("listed").total, Some(0), "{filter}");
            }
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
            let theirs = format!("members.value eq \"{ann}\"");
            assert_eq!(app.directory().list(who, &list_of(Group, Some(&theirs))).await.expect("listed").total, Some(1));
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

    async fn a_post_by_who_manages_them_brings_the_same_person_back(app: TestApp) {
        let hr = hr(&app).await;
        let ann = ann(&app, &hr).await;
        let group = create_group(&app, &hr, json!({ "displayName": "ops", "members": [{ "value": ann.to_string() }] })).await.expect("made").group.id;
        let bodies = [
            // The externalId under another name, the name under the same externalId, the name where one has no externalId.
            json!({ "userName": "ann.b", "externalId": "e1" }),
            json!({ "userName": "Ann.B", "externalId": "e1", "displayName": "Ann B." }),
            json!({ "userName": "ann.b" }),
            json!({ "userName": "ann.b", "externalId": "e2" }),
        ];
        for body in bodies {
            delete(&app, &hr, ann).await.expect("deleted");
            let back = create(&app, &hr, body.clone()).await.expect("back");
            assert_eq!((back.id, back.lifecycle), (ann, Lifecycle::Active), "{body}");
            let shown = view(&app, &hr, ann).await.expect("shown");
            assert_eq!((&shown["userName"], shown.get("displayName"), shown.get("externalId")), (&body["userName"], body.get("displayName"), body.get("externalId")));
            assert_eq!(shown.get("emails"), None, "what the body does not say is gone");
            assert_eq!(members(&app, &hr, group).await, [ann.to_string()]);
            assert!(jobs(&app).await.is_empty());
        }
        // Whoever says inactive keeps them out.
        delete(&app, &hr, ann).await.expect("deleted");
        let back = create(&app, &hr, json!({ "userName": "ann.b", "externalId": "e2", "active": false })).await.expect("back");
        assert_eq!((back.id, stands(&app, ann).await), (ann, (Lifecycle::Suspended, None)));
    }

    async fn anybody_else_who_takes_the_name_is_another_person(app: TestApp) {
        let hr = hr(&app).await;
        let other = app.principal("other", &BOTH, Program::default()).await;
        let narrowed = json!({ "user_filter": "userType eq \"Guest\"" });
        let narrowed = app.principal("narrowed", &BOTH, Program::default().policy(narrowed)).await;
        let operator = app.operator().await;
        let cases = [
            (&other, json!({ "userName": "ANN" })),
            (&other, json!({ "userName": "ann", "externalId": "e1" })),
            (&hr, json!({ "userName": "ann", "externalId": "e2" })),
            (&narrowed, json!({ "userName": "ann", "userType": "Guest" })),
            (&operator, json!({ "userName": "ann" })),
        ];
        for (who, body) in cases {
            let ann = ann(&app, &hr).await;
            let group = create_group(&app, &hr, json!({ "displayName": "secret", "members": [{ "value": ann.to_string() }] })).await.expect("made").group.id;
            app.directory().execute(&operator, GrantRole { id: ann, role: directory::Role::RealmAdmin }).await.expect("granted");
            delete(&app, &hr, ann).await.expect("deleted");
            let before = app.event_kinds().await.len();
            let new = create(&app, who, body.clone()).await.unwrap_or_else(|error| panic!("{body}: {error:?}"));
            assert_ne!(new.id, ann, "{body} by {}", who.label());
            let gone = app.events().await.split_off(before).into_iter().find(|event| event.kind == "user.deprovisioned").expect("gone");
            assert_eq!((gone.subject, gone.body["why"].clone()), (ann.uuid(), json!("the name was taken by another person")));
            assert!(members(&app, &operator, group).await.is_empty());
            assert!(app.directory().user(&operator, ann).await.is_err());
            let (roles, leaving) = (app.directory().roles(&operator, new.id).await.expect("read"), jobs(&app).await);
            assert!(roles.is_empty() && leaving.iter().all(|(kind, _)| *kind == JobKind::EraseUser), "{roles:?} {leaving:?}");
            delete(&app, &operator, new.id).await.expect("cleared");
        }
    }

    async fn whom_others_provisioned_is_not_brought_back_by_who_deletes_them(app: TestApp) {
        let hr = hr(&app).await;
        let ann = app.user("ann").await;
        delete(&app, &hr, ann).await.expect("deleted");
        assert_ne!(create(&app, &hr, json!({ "userName": "ann" })).await.expect("created").id, ann);
    }

    async fn whoever_is_renamed_to_a_name_of_the_leaving_has_it(app: TestApp) {
        let hr = hr(&app).await;
        for write in ["put", "patch"] {
            let gone = ann(&app, &hr).await;
            let ben = create(&app, &hr, json!({ "userName": "ben" })).await.expect("created").id;
            delete(&app, &hr, gone).await.expect("deleted");
            match write {
                "put" => drop(put(&app, &hr, ben, json!({ "userName": "ann" })).await.expect("renamed")),
                _ => drop(patch(&app, &hr, ben, json!([{ "op": "replace", "path": "userName", "value": "ann" }])).await.expect("renamed")),
            }
            assert!(app.directory().user(&app.operator().await, gone).await.is_err());
            assert_eq!(app.directory().user_named(&app.operator().await, "ann").await.expect("there").id, ben);
            // Who is there and stays is in the way as ever.
            let cid = create(&app, &hr, json!({ "userName": "cid" })).await.expect("created").id;
            assert!(matches!(refusal(put(&app, &hr, cid, json!({ "userName": "ann" })).await), Refusal::Taken { .. }));
            for id in [ben, cid] {
                delete(&app, &app.operator().await, id).await.expect("cleared");
            }
        }
    }

    async fn addresses_of_the_leaving_are_free_and_only_where_they_are_unique_do_they_give_way(app: TestApp) {
        let hr = hr(&app).await;
        let ann = ann(&app, &hr).await;
        delete(&app, &hr, ann).await.expect("deleted");
        let with = |name: &str, external_id: &str| json!({ "userName": name, "externalId": external_id, "emails": [{ "value": "Ann@example.org" }] });
        create(&app, &hr, with("ben", "e2")).await.expect("created");
        assert!(stands(&app, ann).await.1.is_some(), "an address may be two people's here");
        app.set_realm("default", |settings| settings.unique_emails = Some(true)).await;
        assert!(matches!(refusal(create(&app, &hr, with("cid", "e3")).await), Refusal::Taken { .. }));
        assert!(stands(&app, ann).await.1.is_some(), "a refusal takes nobody out");
        let ben = app.directory().user_named(&app.operator().await, "ben").await.expect("there").id;
        delete(&app, &hr, ben).await.expect("deleted");
        let cid = create(&app, &hr, with("cid", "e3")).await.expect("created").id;
        assert!(cid != ann && cid != ben);
        for gone in [ann, ben] {
            assert!(app.directory().user(&app.operator().await, gone).await.is_err());
        }
    }

    async fn whoever_is_invited_has_the_external_id_of_the_leaving(app: TestApp) {
        app.set_realm("default", |settings| settings.unique_emails = Some(false)).await;
        let scopes = ["scim:read", "scim:write", "invite"];
        let wire = app.principal("wire", &scopes, puts_off(Program::default().profile("wire").never_invites())).await;
        let ann = ann(&app, &wire).await;
        delete(&app, &wire, ann).await.expect("deleted");
        assert!(stands(&app, ann).await.1.is_some());
        let body = json!({ "userName": "bob", "externalId": "e1", "displayName": "Bob", "emails": [{ "value": "bob@example.org" }] });
        let command = InviteNewUser { body, offer: Offer::default() };
        let (bob, _) = app.directory().execute(&wire, command).await.expect("invited");
        assert_ne!(bob.id, ann);
        assert!(app.directory().user(&app.operator().await, ann).await.is_err(), "who was leaving has left");
    }

    async fn of_two_strangers_at_once_one_has_the_name(app: TestApp) {
        let hr = hr(&app).await;
        let other = Arc::new(app.principal("other", &BOTH, Program::default()).await);
        let ann = ann(&app, &hr).await;
        delete(&app, &hr, ann).await.expect("deleted");
        let post = |external_id: &str| create(&app, &other, json!({ "userName": "ann", "externalId": external_id }));
        let (one, two) = tokio::join!(post("x1"), post("x2"));
        let (made, refused) = match (one, two) {
            (Ok(made), Err(refused)) | (Err(refused), Ok(made)) => (made, refused),
            both => panic!("{both:?}"),
        };
        assert_ne!(made.id, ann);
        assert!(matches!(refused, Error::Refused(Refusal::Taken { .. })), "{refused:?}");
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
