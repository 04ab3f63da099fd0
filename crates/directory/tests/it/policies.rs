//! Access policies: what is outside is not there.

use directory::client::{ResourceKind, UpdateClient};
use directory::{Principal, Refusal, Scope};
use serde_json::{Value, json};
use testkit::{Program, TestApp, both};

use crate::support::{
    create, create_group, delete, group_view, list, list_of, members, names, not_found, patch, patch_group, put,
    put_group, refusal, view,
};

async fn hr(app: &TestApp) -> Principal {
    app.principal("hr", &["scim:read", "scim:write"], Program::default())
        .await
}

async fn narrowed(app: &TestApp, policy: Value) -> Principal {
    app.principal(
        "narrow",
        &["scim:read", "scim:write"],
        Program::default().policy(policy),
    )
    .await
}

both! {
    async fn people_outside_the_filter_are_found_nowhere(app: TestApp) {
        let hr = hr(&app).await;
        let guest = create(&app, &hr, json!({ "userName": "guest", "userType": "Guest" })).await.expect("created").id;
        let staff = create(&app, &hr, json!({ "userName": "staff", "userType": "Employee" })).await.expect("created").id;
        let ops = create_group(&app, &hr, json!({ "displayName": "ops", "members": [{ "value": guest.to_string() }, { "value": staff.to_string() }] })).await.expect("made").group.id;
        let narrow = narrowed(&app, json!({ "user_filter": "userType eq \"Guest\"" })).await;

        assert!(view(&app, &narrow, guest).await.is_ok());
        assert!(not_found(view(&app, &narrow, staff).await));
        assert!(not_found(patch(&app, &narrow, staff, json!([{ "op": "add", "path": "title", "value": "x" }])).await));
        assert!(not_found(put(&app, &narrow, staff, json!({ "userName": "staff" })).await));
        assert!(not_found(delete(&app, &narrow, staff).await));
        assert_eq!(names(&app, &narrow, ResourceKind::User, "userName pr").await, ["guest"]);
        let page = app.directory().list(&narrow, &list_of(ResourceKind::User, None)).await.expect("listed");
        assert_eq!((page.total, page.resources.len()), (Some(1), 1));
        assert!(names(&app, &narrow, ResourceKind::User, &format!("id eq \"{staff}\"")).await.is_empty());

        // A member outside is not shown, cannot be added, and stays when the list is replaced.
        assert_eq!(members(&app, &narrow, ops).await, [guest.to_string()]);
        let other = create_group(&app, &hr, json!({ "displayName": "other" })).await.expect("made").group.id;
        let written = patch_group(&app, &narrow, other, json!([{ "op": "add", "path": "members", "value": [{ "value": staff.to_string() }] }])).await.expect("left out");
        assert_eq!((written.changed, written.left_out), (false, vec![staff.to_string()]));
        put_group(&app, &narrow, ops, json!({ "displayName": "ops", "members": [] })).await.expect("replaced");
        assert_eq!(members(&app, &hr, ops).await, [staff.to_string()]);

        // A name that is taken outside is taken, and nothing more is told.
        assert_eq!(refusal(create(&app, &narrow, json!({ "userName": "staff", "userType": "Guest" })).await), Refusal::Taken { attribute: "userName" });
        // Nobody moves themselves or others across the border.
        let out = json!([{ "op": "replace", "path": "userType", "value": "Employee" }]);
        assert!(matches!(refusal(patch(&app, &narrow, guest, out).await), Refusal::Forbidden { .. }));
        assert!(matches!(refusal(create(&app, &narrow, json!({ "userName": "new", "userType": "Employee" })).await), Refusal::Forbidden { .. }));
        assert_eq!(view(&app, &hr, guest).await.expect("shown")["userType"], "Guest");
    }

    async fn a_filter_may_name_groups(app: TestApp) {
        let hr = hr(&app).await;
        let ann = app.user("ann").await;
        let bob = app.user("bob").await;
        let inner = create_group(&app, &hr, json!({ "displayName": "inner", "members": [{ "value": ann.to_string() }] })).await.expect("made").group.id;
        let outer = create_group(&app, &hr, json!({ "displayName": "outer", "members": [{ "value": inner.to_string() }] })).await.expect("made").group.id;
        let narrow = narrowed(&app, json!({ "user_filter": format!("groups.value eq \"{outer}\""), "group_filter": "displayName eq \"inner\"" })).await;
        assert!(not_found(view(&app, &narrow, bob).await));
        let shown = view(&app, &narrow, ann).await.expect("shown");
        let groups: Vec<&Value> = shown["groups"].as_array().expect("groups").iter().map(|group| &group["display"]).collect();
        assert_eq!(groups, ["inner"]);
        assert_eq!(names(&app, &narrow, ResourceKind::User, "userName pr").await, ["ann"]);
        assert!(not_found(group_view(&app, &narrow, outer).await));
        assert_eq!(names(&app, &narrow, ResourceKind::Group, "displayName pr").await, ["inner"]);
        assert!(not_found(patch_group(&app, &narrow, outer, json!([{ "op": "add", "path": "members", "value": [{ "value": bob.to_string() }] }])).await));
    }

    async fn types_and_operations_outside_are_refused(app: TestApp) {
        let ann = app.user("ann").await;
        let reader = narrowed(&app, json!({ "resources": ["User"], "operations": ["read"] })).await;
        assert!(view(&app, &reader, ann).await.is_ok());
        let forbidden = |refusal: Refusal| assert!(matches!(refusal, Refusal::Forbidden { .. }), "{refusal:?}");
        forbidden(refusal(create(&app, &reader, json!({ "userName": "new" })).await));
        forbidden(refusal(patch(&app, &reader, ann, json!([{ "op": "add", "path": "title", "value": "x" }])).await));
        forbidden(refusal(delete(&app, &reader, ann).await));
        forbidden(refusal(create_group(&app, &reader, json!({ "displayName": "g" })).await));
        forbidden(refusal(list(&app, &reader, ResourceKind::Group, "displayName pr").await));
        // Over all types, what is out of reach is simply not among them.
        let mut request = list_of(ResourceKind::User, None);
        request.kinds.push(ResourceKind::Group);
        assert_eq!(app.directory().list(&reader, &request).await.expect("listed").total, Some(1));
    }

    async fn attributes_outside_are_neither_shown_nor_asked_for_nor_written(app: TestApp) {
        let hr = hr(&app).await;
        let body = json!({ "userName": "ann", "title": "Dr", "displayName": "Ann", "nickName": "A", "externalId": "e", "emails": [{ "value": "a@x.org" }] });
        let ann = create(&app, &hr, body).await.expect("created").id;
        let narrow = narrowed(&app, json!({ "readable": ["userName", "displayName", "nickName"], "writable": ["displayName", "userName"] })).await;

        let shown = view(&app, &narrow, ann).await.expect("shown");
        let mut shown: Vec<&String> = shown.as_object().expect("an object").keys().collect();
        shown.sort();
        assert_eq!(shown, ["displayName", "id", "meta", "nickName", "schemas", "userName"]);
        for filter in ["title eq \"Dr\"", "not (emails.value eq \"x\")", "emails[value sw \"a\"]", "groups.value eq \"x\"", "externalId eq \"e\""] {
            assert!(matches!(refusal(list(&app, &narrow, ResourceKind::User, filter).await), Refusal::Sensitive { .. }), "{filter}");
        }
        let mut sorted = list_of(ResourceKind::User, None);
        sorted.sort = Some(directory::view::Sort { by: "title".parse().expect("a path"), descending: false });
        assert!(matches!(refusal(app.directory().list(&narrow, &sorted).await), Refusal::Sensitive { .. }));

        let write = |path: &str| json!([{ "op": "replace", "path": path, "value": "new" }]);
        for path in ["title", "nickName", "externalId"] {
            assert!(matches!(refusal(patch(&app, &narrow, ann, write(path)).await), Refusal::Forbidden { .. }), "{path}");
        }
        patch(&app, &narrow, ann, write("displayName")).await.expect("written");
        // A PUT clears what it leaves out, but not what its sender cannot see or write.
        put(&app, &narrow, ann, json!({ "userName": "ann" })).await.expect("replaced");
        let shown = view(&app, &hr, ann).await.expect("shown");
        assert_eq!((shown.get("displayName"), &shown["title"], &shown["nickName"]), (None, &json!("Dr"), &json!("A")));
        assert_eq!((&shown["externalId"], &shown["emails"][0]["value"]), (&json!("e"), &json!("a@x.org")));
    }

    async fn a_policy_that_names_what_is_not_there_is_refused(app: TestApp) {
        let operator = app.operator().await;
        let client = app.register("c", &["scim:read"], &Program::default()).await.client;
        for policy in [
            json!({ "user_filter": "nonsense" }),
            json!({ "user_filter": "no eq \"x\"" }),
            json!({ "user_filter": "meta.location pr" }),
            json!({ "group_filter": "members.value eq \"x\"" }),
            json!({ "readable": ["no"] }),
        ] {
            let changes = directory::client::ClientChanges { policy: Some(Some(serde_json::from_value(policy.clone()).expect("a policy"))), ..Default::default() };
            let command = UpdateClient { id: client.id, if_version: None, changes };
            assert!(matches!(refusal(app.directory().execute(&operator, command).await), Refusal::Invalid { .. }), "{policy}");
        }
    }

    async fn nothing_of_another_realm_is_there(app: TestApp) {
        let hr = hr(&app).await;
        let far = app.principal("far", &["scim:read", "scim:write", "admin"], Program::default().realm("far")).await;
        let ann = app.user("ann").await;
        let ops = create_group(&app, &hr, json!({ "displayName": "ops" })).await.expect("made").group.id;
        assert!(not_found(view(&app, &far, ann).await));
        assert!(not_found(delete(&app, &far, ann).await));
        assert!(not_found(group_view(&app, &far, ops).await));
        assert!(names(&app, &far, ResourceKind::User, "userName pr").await.is_empty());
        let own = create_group(&app, &far, json!({ "displayName": "own", "members": [{ "value": ann.to_string() }, { "value": ops.to_string() }] })).await.expect("made");
        assert_eq!(own.left_out.len(), 2);
        create(&app, &far, json!({ "userName": "ann" })).await.expect("names are free in each realm");
        assert!(app.directory().event(&far, app.events().await[0].id).await.is_err());
        assert!(app.directory().introspect(&far, "ush_x").await.expect("answered").is_none());
    }

    async fn a_scope_that_is_missing_is_named(app: TestApp) {
        let ann = app.user("ann").await;
        let reader = app.principal("reader", &["scim:read"], Program::default()).await;
        let writer = app.principal("writer", &["scim:write"], Program::default()).await;
        assert_eq!(refusal(create(&app, &reader, json!({ "userName": "x" })).await), Refusal::MissingScope(Scope::ScimWrite));
        assert_eq!(refusal(view(&app, &writer, ann).await), Refusal::MissingScope(Scope::ScimRead));
        let nobody = Principal::nobody(app.realm("default").await);
        assert!(matches!(refusal(view(&app, &nobody, ann).await), Refusal::Forbidden { .. }));
    }
}
