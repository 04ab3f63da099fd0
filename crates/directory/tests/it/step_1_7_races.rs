//! Several callers at once. PostgreSQL runs them side by side, SQLite one after the other; what holds is the same.

use directory::client::ResourceKind;
use directory::view::IfMatch;
use directory::{Error, Principal, Refusal};
use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::{Program, TestApp, both};

use crate::support::{
    create, create_group, delete, delete_group, group_view, groups_know_their_number, members, names, patch,
    patch_group, patch_group_if, patch_if, put_group, refusal,
};

const CALLERS: usize = 64;

async fn hr(app: &TestApp) -> Principal {
    app.principal("hr", &["scim:read", "scim:write"], Program::default())
        .await
}

fn succeeded<T>(results: &[Result<T, Error>]) -> usize {
    results.iter().filter(|result| result.is_ok()).count()
}

fn add(id: &str) -> Value {
    json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }])
}

both! {
    async fn of_64_who_take_one_user_name_exactly_one_gets_it(app: TestApp) {
        let hr = hr(&app).await;
        let results = join_all((0..CALLERS).map(|number| {
            let name = if number % 2 == 0 { "Ann" } else { "aNN" };
            create(&app, &hr, json!({ "userName": name, "title": number.to_string() }))
        })).await;
        assert_eq!(succeeded(&results), 1);
        for result in results.into_iter().filter(Result::is_err) {
            assert_eq!(refusal(result), Refusal::Taken { attribute: "userName" });
        }
        assert_eq!(names(&app, &hr, ResourceKind::User, "userName eq \"ann\"").await.len(), 1);
        let kinds = app.event_kinds().await;
        assert_eq!(kinds.iter().filter(|kind| *kind == "user.created").count(), 1);
        let total = app.directory().list(&hr, &crate::support::list_of(ResourceKind::User, None)).await.expect("listed").total;
        assert_eq!(total, Some(1));
    }

    async fn of_many_who_rename_to_one_name_exactly_one_gets_it(app: TestApp) {
        let hr = hr(&app).await;
        let mut ids = Vec::new();
        for number in 0..16 {
            ids.push(app.user(&format!("u{number}")).await);
        }
        let rename = || json!([{ "op": "replace", "path": "userName", "value": "ann" }]);
        let (renamed, created) = tokio::join!(
            join_all(ids.iter().map(|id| patch(&app, &hr, *id, rename()))),
            join_all((0..4).map(|_| create(&app, &hr, json!({ "userName": "ann" })))),
        );
        assert_eq!(succeeded(&renamed) + succeeded(&created), 1);
        let refusals = renamed.into_iter().filter_map(Result::err).chain(created.into_iter().filter_map(Result::err));
        for error in refusals {
            assert!(matches!(error, Error::Refused(Refusal::Taken { .. })), "{error:?}");
        }
    }

    async fn every_member_that_is_added_at_once_is_there(app: TestApp) {
        let hr = hr(&app).await;
        let mut ids = Vec::new();
        for number in 0..CALLERS {
            ids.push(app.user(&format!("u{number}")).await.to_string());
        }
        let ops = create_group(&app, &hr, json!({ "displayName": "ops" })).await.expect("made").group.id;
        let results = join_all(ids.iter().map(|id| patch_group(&app, &hr, ops, add(id)))).await;
        assert_eq!(succeeded(&results), CALLERS);
        assert_eq!(members(&app, &hr, ops).await, ids);
        let mut versions: Vec<i64> = results.into_iter().map(|result| result.expect("added").group.version).collect();
        versions.sort_unstable();
        assert_eq!(versions, (2..).take(CALLERS).collect::<Vec<i64>>());
        let kinds = app.event_kinds().await;
        assert_eq!(kinds.iter().filter(|kind| *kind == "member.added").count(), CALLERS);
        groups_know_their_number(&app).await;
    }

    async fn the_same_members_added_and_removed_at_once_leave_rows_and_events_in_step(app: TestApp) {
        let hr = hr(&app).await;
        let mut ids = Vec::new();
        for number in 0..6 {
            ids.push(app.user(&format!("u{number}")).await.to_string());
        }
        let ops = create_group(&app, &hr, json!({ "displayName": "ops" })).await.expect("made").group.id;
        let results = join_all((0..48).map(|number| {
            let id = &ids[number % ids.len()];
            let list = if number % 3 == 0 { json!([{ "op": "remove", "path": format!("members[value eq \"{id}\"]") }]) } else { add(id) };
            patch_group(&app, &hr, ops, list)
        })).await;
        assert_eq!(succeeded(&results), 48);
        let events = app.events().await;
        for id in &ids {
            let about = |kind: &str| events.iter().filter(|event| event.kind == kind && event.body["user"] == id.as_str()).count();
            let is_member = members(&app, &hr, ops).await.contains(id);
            assert_eq!(about("member.added") - about("member.removed"), usize::from(is_member), "{id}");
        }
        groups_know_their_number(&app).await;
    }

    async fn single_members_and_full_lists_at_once_are_all_taken(app: TestApp) {
        let hr = hr(&app).await;
        let mut ids = Vec::new();
        for number in 0..12 {
            ids.push(app.user(&format!("u{number}")).await.to_string());
        }
        let ops = create_group(&app, &hr, json!({ "displayName": "ops" })).await.expect("made").group.id;
        let list = |from: usize| ids.iter().cycle().skip(from).take(6).map(|id| json!({ "value": id })).collect::<Value>();
        let puts = join_all((0..12).map(|number| put_group(&app, &hr, ops, json!({ "displayName": "ops", "members": list(number) }))));
        let patches = join_all((0..24).map(|number| {
            let id = &ids[number % ids.len()];
            let operations = if number % 2 == 0 { add(id) } else { json!([{ "op": "remove", "path": format!("members[value eq \"{id}\"]") }]) };
            patch_group(&app, &hr, ops, operations)
        }));
        let (puts, patches) = tokio::join!(puts, patches);
        for result in puts.into_iter().chain(patches) {
            result.expect("nobody is turned away because others write too");
        }
        let events = app.events().await;
        let now = members(&app, &hr, ops).await;
        for id in &ids {
            let about = |kind: &str| events.iter().filter(|event| event.kind == kind && event.body["user"] == id.as_str()).count();
            assert_eq!(about("member.added") - about("member.removed"), usize::from(now.contains(id)), "{id}");
        }
        groups_know_their_number(&app).await;
    }

    async fn full_lists_at_once_leave_one_of_them(app: TestApp) {
        let hr = hr(&app).await;
        let mut ids = Vec::new();
        for number in 0..12 {
            ids.push(app.user(&format!("u{number}")).await.to_string());
        }
        let ops = create_group(&app, &hr, json!({ "displayName": "ops" })).await.expect("made").group.id;
        let lists: Vec<Vec<String>> = (0..12).map(|first| ids.iter().cycle().skip(first).take(5).cloned().collect()).collect();
        let results = join_all(lists.iter().map(|list| {
            let listed: Vec<Value> = list.iter().map(|id| json!({ "value": id })).collect();
            put_group(&app, &hr, ops, json!({ "displayName": "ops", "members": listed }))
        })).await;
        assert_eq!(succeeded(&results), lists.len());
        let left = members(&app, &hr, ops).await;
        let is_one = lists.iter().any(|list| {
            let mut list = list.clone();
            list.sort();
            list == left
        });
        assert!(is_one, "{left:?} is none of the lists");
        groups_know_their_number(&app).await;
    }

    async fn of_many_who_have_read_one_version_exactly_one_writes(app: TestApp) {
        let hr = hr(&app).await;
        let ann = app.user("ann").await;
        let results = join_all((0..16).map(|number| {
            let list = json!([{ "op": "replace", "path": "title", "value": number.to_string() }]);
            patch_if(&app, &hr, ann, list, IfMatch::version(1))
        })).await;
        assert_eq!(succeeded(&results), 1);
        for result in results.into_iter().filter(Result::is_err) {
            assert_eq!(refusal(result), Refusal::Changed);
        }
        let ops = create_group(&app, &hr, json!({ "displayName": "ops" })).await.expect("made").group.id;
        let mut ids = Vec::new();
        for number in 0..16 {
            ids.push(app.user(&format!("u{number}")).await.to_string());
        }
        let results = join_all(ids.iter().map(|id| patch_group_if(&app, &hr, ops, add(id), IfMatch::version(1)))).await;
        assert_eq!(succeeded(&results), 1);
        assert_eq!(members(&app, &hr, ops).await.len(), 1);
        assert_eq!(group_view(&app, &hr, ops).await.expect("shown")["meta"]["version"], "W/\"2\"");
        groups_know_their_number(&app).await;
    }

    async fn changes_of_one_person_at_once_are_all_there(app: TestApp) {
        let hr = hr(&app).await;
        let ann = app.user("ann").await;
        let results = join_all((0..24).map(|number| {
            let list = json!([{ "op": "add", "path": "phoneNumbers", "value": [{ "value": format!("+{number}"), "type": format!("t{number}") }] }]);
            patch(&app, &hr, ann, list)
        })).await;
        assert_eq!(succeeded(&results), 24);
        let shown = crate::support::view(&app, &hr, ann).await.expect("shown");
        assert_eq!(shown["phoneNumbers"].as_array().expect("numbers").len(), 24);
        assert_eq!(shown["meta"]["version"], "W/\"25\"");
    }

    async fn who_leaves_while_being_added_is_no_member_afterwards(app: TestApp) {
        let hr = hr(&app).await;
        for round in 0..12 {
            let ann = app.user(&format!("ann{round}")).await;
            let ops = create_group(&app, &hr, json!({ "displayName": format!("ops{round}") })).await.expect("made").group.id;
            let id = ann.to_string();
            let (left, added) = tokio::join!(delete(&app, &hr, ann), patch_group(&app, &hr, ops, add(&id)));
            left.expect("left");
            added.expect("added or left out");
        }
        let left = app.db().query("SELECT COUNT(*) FROM memberships WHERE status = 'enabled'", &[]).await.expect("counted").pop().expect("a row").take::<i64>(0).expect("a number");
        assert_eq!(left, 0);
        groups_know_their_number(&app).await;
    }

    async fn a_group_that_goes_while_members_come_takes_them_along(app: TestApp) {
        let hr = hr(&app).await;
        let ann = app.user("ann").await.to_string();
        for round in 0..12 {
            let ops = create_group(&app, &hr, json!({ "displayName": format!("ops{round}") })).await.expect("made").group.id;
            let (gone, added) = tokio::join!(delete_group(&app, &hr, ops), patch_group(&app, &hr, ops, add(&ann)));
            gone.expect("deleted");
            assert!(matches!(added, Ok(_) | Err(Error::Refused(Refusal::NotFound { .. }))), "{added:?}");
        }
        let left = app.db().query("SELECT COUNT(*) FROM memberships WHERE status = 'enabled'", &[]).await.expect("counted").pop().expect("a row").take::<i64>(0).expect("a number");
        assert_eq!(left, 0);
    }

    async fn under_wires_rules_one_external_id_is_one_persons(app: TestApp) {
        let wire = app.principal("wire", &["scim:read", "scim:write"], Program::default().profile("wire").never_invites()).await;
        let results = join_all((0..16).map(|number| {
            create(&app, &wire, json!({ "userName": format!("u{number}"), "externalId": if number % 2 == 0 { "Ann@x.org" } else { "ann@x.org" } }))
        })).await;
        assert_eq!(succeeded(&results), 1);
        for result in results.into_iter().filter(Result::is_err) {
            assert_eq!(refusal(result), Refusal::Taken { attribute: "externalId" });
        }
        // A moved one is free, and nobody moves onto another's.
        let other = create(&app, &wire, json!({ "userName": "other", "externalId": "other@x.org" })).await.expect("created");
        let moved = json!([{ "op": "replace", "path": "externalId", "value": "ann@x.org" }]);
        assert_eq!(refusal(patch(&app, &wire, other.id, moved).await), Refusal::Taken { attribute: "externalId" });
    }

    async fn one_realm_name_and_one_client_name_are_given_once(app: TestApp) {
        use directory::client::{CreateClient, Profile};
        use directory::realm::{CreateRealm, RealmSettings};
        let installation = Principal::operator(directory::RealmId::INSTALLATION);
        let realm = |name: &str| CreateRealm { name: name.into(), settings: RealmSettings::default() };
        let results = join_all((0..8).map(|number| app.directory().execute(&installation, realm(if number < 4 { "acme" } else { "beta" })))).await;
        assert_eq!(succeeded(&results), 2);
        let operator = app.operator().await;
        let client = || CreateClient {
            name: "hr".into(), profile: Profile::Generic, scopes: directory::Scopes::default(), invite: None, idp: false,
            pending_active: None, policy: None, settings: directory::client::ClientSettings::default(), with_secret: false,
        };
        let results = join_all((0..8).map(|_| app.directory().execute(&operator, client()))).await;
        assert_eq!(succeeded(&results), 1);
    }
}
