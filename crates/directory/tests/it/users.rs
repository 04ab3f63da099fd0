//! People: what writes leave behind.

use directory::client::ResourceKind;
use directory::user::{EraseUser, Lifecycle, SetLifecycle};
use directory::view::IfMatch;
use directory::{Principal, Refusal};
use serde_json::{Value, json};
use testkit::{Program, TestApp, both};

use crate::support::{create, delete, names, not_found, patch, patch_if, put, refusal, text, view};

const DAY: i64 = 86_400;

async fn hr(app: &TestApp) -> Principal {
    app.principal("hr", &["scim:read", "scim:write"], Program::default())
        .await
}

/// The kinds of the events that came after the first `n`.
async fn since(app: &TestApp, n: usize) -> Vec<String> {
    app.event_kinds().await.split_off(n)
}

both! {
    async fn a_new_person_is_stored_counted_found_and_told(app: TestApp) {
        let hr = hr(&app).await;
        let before = app.events().await.len();
        let body = json!({
            "userName": "Ann", "externalId": "e-1", "displayName": "Ann A.",
            "emails": [{ "value": "Ann@Example.org", "type": "work" }], "name": { "familyName": "Abel" },
        });
        let user = create(&app, &hr, body).await.expect("created");
        assert_eq!((user.version, user.lifecycle), (1, Lifecycle::Active));

        let shown = view(&app, &hr, user.id).await.expect("shown");
        assert_eq!(shown["userName"], "Ann");
        assert_eq!(shown["externalId"], "e-1");
        assert_eq!(shown["active"], true);
        assert_eq!(shown["meta"]["version"], "W/\"1\"");
        assert_eq!(shown["meta"]["created"], "2030-01-01T08:00:00.000Z");
        assert_eq!(shown["meta"]["location"], format!("https://usher.example/scim/v2/Users/{}", user.id));

        let events = app.events().await.split_off(before);
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].kind, "user.created");
        assert_eq!((events[0].subject, events[0].subject_version), (user.id.uuid(), 1));
        assert!(events[0].actor.starts_with("client:"));
        assert_eq!(app.deliveries().await, []);

        for filter in ["userName eq \"ANN\"", "externalId eq \"e-1\"", "emails.value eq \"ann@example.ORG\"", "name.familyName sw \"ab\""] {
            assert_eq!(names(&app, &hr, ResourceKind::User, filter).await, ["Ann"], "{filter}");
        }
        let all = app.directory().list(&hr, &crate::support::list_of(ResourceKind::User, None)).await.expect("listed");
        assert_eq!(all.total, Some(1));
    }

    async fn a_name_that_differs_only_in_its_letters_is_taken(app: TestApp) {
        let hr = hr(&app).await;
        create(&app, &hr, json!({ "userName": "Straße" })).await.expect("created");
        for name in ["STRASSE", "strasse", "ｓtraße"] {
            let taken = refusal(create(&app, &hr, json!({ "userName": name })).await);
            assert_eq!(taken, Refusal::Taken { attribute: "userName" }, "{name}");
        }
        let other = create(&app, &hr, json!({ "userName": "other" })).await.expect("created");
        let rename = json!([{ "op": "replace", "path": "userName", "value": "STRASSE" }]);
        assert_eq!(refusal(patch(&app, &hr, other.id, rename).await), Refusal::Taken { attribute: "userName" });
        let shown = view(&app, &hr, other.id).await.expect("shown");
        assert_eq!(shown["userName"], "other");
        assert_eq!(shown["meta"]["version"], "W/\"1\"");
    }

    async fn a_change_moves_the_index_and_a_change_that_is_none_moves_nothing(app: TestApp) {
        let hr = hr(&app).await;
        let user = create(&app, &hr, json!({ "userName": "ann", "emails": [{ "value": "a@x.org" }], "displayName": "Ann" })).await.expect("created");
        let before = app.events().await.len();

        let same = json!([{ "op": "replace", "path": "displayName", "value": "Ann" }]);
        let written = patch(&app, &hr, user.id, same).await.expect("taken");
        assert!(!written.changed);
        assert_eq!(written.user.version, 1);
        assert_eq!(since(&app, before).await, [] as [&str; 0]);

        let moved = json!([{ "op": "replace", "path": "emails[value eq \"a@x.org\"].value", "value": "b@x.org" }, { "op": "remove", "path": "displayName" }]);
        let written = patch(&app, &hr, user.id, moved).await.expect("taken");
        assert_eq!(written.user.version, 2);
        assert_eq!(since(&app, before).await, ["user.changed"]);
        assert!(names(&app, &hr, ResourceKind::User, "emails.value eq \"a@x.org\"").await.is_empty());
        assert_eq!(names(&app, &hr, ResourceKind::User, "emails.value eq \"b@x.org\"").await, ["ann"]);
        assert!(names(&app, &hr, ResourceKind::User, "displayName pr").await.is_empty());
        let event = app.events().await.pop().expect("an event");
        assert_eq!(event.body["before"]["displayName"], "Ann");
        assert_eq!(event.body["after"]["emails"][0]["value"], "b@x.org");
    }

    async fn a_patch_is_done_as_a_whole_or_not_at_all(app: TestApp) {
        let hr = hr(&app).await;
        let user = create(&app, &hr, json!({ "userName": "ann" })).await.expect("created");
        let before = app.events().await.len();
        let list = json!([{ "op": "replace", "path": "title", "value": "Chief" }, { "op": "replace", "path": "no.such", "value": 1 }]);
        assert!(matches!(refusal(patch(&app, &hr, user.id, list).await), Refusal::Scim(_)));
        assert_eq!(view(&app, &hr, user.id).await.expect("shown").get("title"), None);
        assert_eq!(since(&app, before).await, [] as [&str; 0]);
    }

    async fn a_put_replaces_and_a_stale_version_is_refused(app: TestApp) {
        let hr = hr(&app).await;
        let user = create(&app, &hr, json!({ "userName": "ann", "title": "Dr", "externalId": "e" })).await.expect("created");
        let written = put(&app, &hr, user.id, json!({ "userName": "ann", "nickName": "A" })).await.expect("replaced");
        assert_eq!(written.user.version, 2);
        let shown = view(&app, &hr, user.id).await.expect("shown");
        assert_eq!((shown.get("title"), shown.get("externalId"), &shown["nickName"]), (None, None, &json!("A")));
        assert!(names(&app, &hr, ResourceKind::User, "externalId eq \"e\"").await.is_empty());

        let list = || json!([{ "op": "add", "path": "title", "value": "x" }]);
        let stale = patch_if(&app, &hr, user.id, list(), IfMatch::parse("W/\"1\"")).await;
        assert_eq!(refusal(stale), Refusal::Changed);
        patch_if(&app, &hr, user.id, list(), IfMatch::parse("\"1\", W/\"2\"")).await.expect("this version is accepted");
    }

    async fn a_name_swap_needs_three_steps_and_is_never_ambiguous(app: TestApp) {
        let hr = hr(&app).await;
        let ann = create(&app, &hr, json!({ "userName": "ann" })).await.expect("created");
        let bob = create(&app, &hr, json!({ "userName": "bob" })).await.expect("created");
        let name = |name: &str| json!([{ "op": "replace", "path": "userName", "value": name }]);
        for (id, to) in [(ann.id, "x"), (bob.id, "ann"), (ann.id, "bob")] {
            patch(&app, &hr, id, name(to)).await.expect("renamed");
        }
        assert_eq!(view(&app, &hr, ann.id).await.expect("shown")["userName"], "bob");
        assert_eq!(names(&app, &hr, ResourceKind::User, "userName eq \"ann\"").await, ["ann"]);
    }

    async fn who_has_left_is_nowhere_and_their_name_is_free(app: TestApp) {
        let hr = hr(&app).await;
        let user = create(&app, &hr, json!({ "userName": "ann", "emails": [{ "value": "a@x.org" }], "externalId": "e" })).await.expect("created");
        let group = crate::support::create_group(&app, &hr, json!({ "displayName": "ops", "members": [{ "value": user.id.to_string() }] })).await.expect("made").group;
        let token = app.principal("own", &["scim:me"], Program::default().acts_as(user.id)).await;
        let before = app.events().await.len();

        delete(&app, &hr, user.id).await.expect("deleted");
        assert!(not_found(view(&app, &hr, user.id).await));
        assert!(not_found(delete(&app, &hr, user.id).await));
        assert!(not_found(patch(&app, &hr, user.id, json!([{ "op": "remove", "path": "title" }])).await));
        for filter in ["userName eq \"ann\"", "externalId eq \"e\"", "emails.value eq \"a@x.org\""] {
            assert!(names(&app, &hr, ResourceKind::User, filter).await.is_empty(), "{filter}");
        }
        assert!(crate::support::members(&app, &hr, group.id).await.is_empty());
        assert_eq!(crate::support::group_view(&app, &hr, group.id).await.expect("shown")["meta"]["version"], "W/\"2\"");
        let mut kinds = since(&app, before).await;
        kinds.sort();
        assert_eq!(kinds, ["member.removed", "token.revoked", "user.deprovisioned"]);
        drop(token);

        let again = create(&app, &hr, json!({ "userName": "ann", "emails": [{ "value": "a@x.org" }], "externalId": "e" })).await.expect("the name is free");
        assert_ne!(again.id, user.id);
    }

    async fn personal_data_is_erased_after_the_retention_and_the_log_still_verifies(app: TestApp) {
        let hr = hr(&app).await;
        let user = create(&app, &hr, json!({ "userName": "ann", "displayName": "Ann Secret" })).await.expect("created");
        delete(&app, &hr, user.id).await.expect("deleted");
        app.pass(29 * DAY).await;
        assert!(app.events().await.iter().any(|event| event.body.to_string().contains("Ann Secret")));
        app.pass(2 * DAY).await;
        let events = app.events().await;
        assert!(!events.iter().any(|event| event.body.to_string().contains("Ann Secret")));
        assert!(events.iter().any(|event| event.kind == "user.erased"));
        let left = app.db().query("SELECT COUNT(*) FROM departed_users", &[]).await.expect("counted").pop().expect("a row").take::<i64>(0).expect("a number");
        assert_eq!(left, 0);
        app.place_events().await;
        let realm = app.realm("default").await;
        let report = app.directory().verify_events(realm).await.expect("verified");
        assert_eq!(report.problems, []);
        assert!(report.erased >= 2);
        // A second time there is nothing to erase.
        assert!(!app.directory().execute(&Principal::system(realm), EraseUser { id: user.id }).await.expect("run"));
    }

    async fn active_and_the_life_cycle_move_together(app: TestApp) {
        let hr = hr(&app).await;
        let operator = app.operator().await;
        let user = create(&app, &hr, json!({ "userName": "ann" })).await.expect("created");
        let off = json!([{ "op": "Replace", "path": "active", "value": "False" }]);
        let written = patch(&app, &hr, user.id, off).await.expect("suspended");
        assert_eq!(written.user.lifecycle, Lifecycle::Suspended);
        let user = app.directory().execute(&operator, SetLifecycle { id: user.id, lifecycle: Lifecycle::Active }).await.expect("let in");
        assert_eq!(view(&app, &hr, user.id).await.expect("shown")["active"], true);
        // Without the attribute a person counts as active, and it stays away.
        let written = patch(&app, &hr, user.id, json!([{ "op": "remove", "path": "active" }])).await.expect("removed");
        assert_eq!(written.user.lifecycle, Lifecycle::Active);
        assert_eq!(view(&app, &hr, user.id).await.expect("shown").get("active"), None);
        assert!(names(&app, &hr, ResourceKind::User, "active eq true").await.is_empty());
        let kinds = app.event_kinds().await;
        assert_eq!(kinds.iter().filter(|kind| *kind == "user.lifecycle_changed").count(), 2);
    }

    async fn external_ids_belong_to_the_client_that_wrote_them(app: TestApp) {
        let hr = hr(&app).await;
        let crm = app.principal("crm", &["scim:read", "scim:write"], Program::default()).await;
        let ann = create(&app, &hr, json!({ "userName": "ann", "externalId": "1" })).await.expect("created");
        create(&app, &hr, json!({ "userName": "bob", "externalId": "1" })).await.expect("the same one twice is allowed");
        assert_eq!(view(&app, &crm, ann.id).await.expect("shown").get("externalId"), None);
        assert!(names(&app, &crm, ResourceKind::User, "externalId eq \"1\"").await.is_empty());
        patch(&app, &crm, ann.id, json!([{ "op": "add", "path": "externalId", "value": "c-9" }])).await.expect("written");
        assert_eq!(view(&app, &hr, ann.id).await.expect("shown")["externalId"], "1");
        assert_eq!(names(&app, &crm, ResourceKind::User, "externalId eq \"c-9\"").await, ["ann"]);
        assert_eq!(names(&app, &hr, ResourceKind::User, "externalId eq \"1\"").await, ["ann", "bob"]);
    }

    async fn people_change_of_themselves_what_the_realm_lets_them(app: TestApp) {
        let id = app.user("ann").await;
        let other = app.user("bob").await;
        let ann = app.principal("portal", &["scim:me"], Program::default().acts_as(id)).await;
        let me = |list: Value| directory::user::PatchUser {
            id, operations: crate::support::operations(&list), if_match: IfMatch::Any, needs: directory::Scope::ScimMe,
        };
        app.directory().execute(&ann, me(json!([{ "op": "replace", "path": "nickName", "value": "A" }]))).await.expect("nickName is hers");
        let refused = refusal(app.directory().execute(&ann, me(json!([{ "op": "replace", "path": "userName", "value": "root" }]))).await);
        assert!(matches!(refused, Refusal::Forbidden { .. }), "{refused:?}");
        let foreign = directory::user::PatchUser { id: other, ..me(json!([{ "op": "replace", "path": "nickName", "value": "B" }])) };
        assert!(not_found(app.directory().execute(&ann, foreign).await));
        // A program without a person cannot be one.
        let program = app.principal("program", &["scim:me", "admin"], Program::default()).await;
        let refused = refusal(app.directory().execute(&program, me(json!([{ "op": "replace", "path": "nickName", "value": "X" }]))).await);
        assert!(matches!(refused, Refusal::Forbidden { .. }));
        let shown = app.directory().user_view(&ann, id, &crate::support::shape(), directory::Scope::ScimRead).await.expect("sees herself");
        assert!(shown.body.contains("\"nickName\":\"A\""));
        assert!(app.directory().user_view(&ann, other, &crate::support::shape(), directory::Scope::ScimRead).await.is_err());
    }

    async fn text_that_a_database_cannot_hold_is_refused_or_found_nowhere(app: TestApp) {
        let hr = hr(&app).await;
        assert!(create(&app, &hr, json!({ "userName": "ann", "title": "a\u{0}b" })).await.is_err());
        assert!(create(&app, &hr, json!({ "userName": "ann", "externalId": "a\u{0}b" })).await.is_err());
        for filter in ["userName eq \"a\\u0000\"", "emails.value sw \"a\\u0000\"", "externalId eq \"\\u0000\"", "id eq \"\\u0000\""] {
            assert!(names(&app, &hr, ResourceKind::User, filter).await.is_empty(), "{filter}");
        }
        assert!(app.directory().realm("a\u{0}").await.is_err());
        assert!(app.directory().client(&app.operator().await, "a\u{0}").await.is_err());
        assert!(app.directory().user_named(&app.operator().await, "a\u{0}").await.is_err());
    }

    async fn long_text_is_kept_whole_and_found(app: TestApp) {
        let hr = hr(&app).await;
        let long = "ä".repeat(4000);
        let other = format!("{}b", "ä".repeat(3999));
        let body = |name: &str, text: &str| json!({ "userName": name, "displayName": text, "externalId": text, "emails": [{ "value": text }], "name": { "familyName": text } });
        let ann = create(&app, &hr, body("ann", &long)).await.expect("created");
        create(&app, &hr, body("bob", &other)).await.expect("created");
        assert_eq!(text(&view(&app, &hr, ann.id).await.expect("shown")["displayName"]), long);
        for attribute in ["displayName", "externalId", "emails.value", "name.familyName"] {
            assert_eq!(names(&app, &hr, ResourceKind::User, &format!("{attribute} eq \"{long}\"")).await, ["ann"], "{attribute}");
            assert_eq!(names(&app, &hr, ResourceKind::User, &format!("{attribute} sw \"{}\"", &other[..7000])).await, ["ann", "bob"], "{attribute}");
        }
        assert!(create(&app, &hr, json!({ "userName": "x".repeat(5000) })).await.is_err());
    }
}
