//! What clients of Wire's and Canaille's kind see and may write.

use directory::Refusal;
use directory::client::ResourceKind;
use directory::user::{Lifecycle, Visibility};
use serde_json::{Value, json};
use testkit::{Program, both};

use crate::support::{create, create_group, names, patch, put, refusal, text, view};

const WIRE_LIST: &str = "urn:wire:scim:schemas:profile:1.0";
const WIRE_MAP: &str = "urn:ietf:params:scim:schemas:extension:wire:1.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

both! {
    async fn wires_clients_see_what_wire_always_shows(app: TestApp) {
        let wire = app.principal("wire", &["scim:read", "scim:write"], Program::default().profile("wire").never_invites()).await;
        let hr = app.principal("hr", &["scim:read", "scim:write"], Program::default()).await;
        let body = json!({
            "userName": "Ann.B", "externalId": "Ann@x.org", "name": { "familyName": "B" },
            WIRE_MAP: { "Department": "Sales" }, WIRE_LIST: { "richInfo": { "version": 0, "fields": [{ "type": "department", "value": "old" }, { "type": "Empty", "value": "" }] } },
        });
        let ann = create(&app, &wire, body).await.expect("created");
        let shown = view(&app, &wire, ann.id).await.expect("shown");
        assert_eq!(shown["userName"], "ann.b");
        assert_eq!(shown["externalId"], "Ann@x.org");
        assert_eq!(shown["displayName"], "Ann@x.org");
        assert_eq!(shown["roles"], json!(["member"]));
        assert_eq!(shown["preferredLanguage"], "en");
        assert_eq!(shown["active"], true);
        assert_eq!(shown[WIRE_MAP], json!({ "Department": "Sales" }));
        assert_eq!(shown[WIRE_LIST]["richInfo"], json!({ "version": 0, "fields": [{ "type": "Department", "value": "Sales" }] }));
        let urns: Vec<String> = shown["schemas"].as_array().expect("schemas").iter().map(text).collect();
        assert!(urns.contains(&WIRE_LIST.to_owned()) && urns.contains(&WIRE_MAP.to_owned()));

        // Others see nothing of it, and do not disturb it.
        let plain = view(&app, &hr, ann.id).await.expect("shown");
        assert!(!plain.to_string().contains("wire"), "{plain}");
        assert_eq!((plain.get("displayName"), plain.get("roles"), plain.get("externalId")), (None, None, None));
        let same = patch(&app, &hr, ann.id, json!([{ "op": "replace", "path": "name.familyName", "value": "B" }])).await.expect("taken");
        assert!(!same.changed, "a write that changes nothing moves no version, whose profile it may be");
        put(&app, &hr, ann.id, json!({ "userName": "ann.b", "title": "Dr" })).await.expect("replaced");
        let shown = view(&app, &wire, ann.id).await.expect("shown");
        assert_eq!((&shown[WIRE_MAP], &shown["title"]), (&json!({ "Department": "Sales" }), &json!("Dr")));
    }

    async fn wires_rules_refuse_what_wire_refuses(app: TestApp) {
        let wire = app.principal("wire", &["scim:read", "scim:write"], Program::default().profile("wire").never_invites()).await;
        let base = |name: &str, value: Value| {
            let mut body = json!({ "userName": "ann", "externalId": "ann@x.org" });
            body[name] = value;
            body
        };
        for (name, value) in [
            ("externalId", Value::Null), ("userName", json!("a")), ("userName", json!("a b")), ("userName", json!("x".repeat(257))),
            ("displayName", json!("")), ("displayName", json!("x".repeat(129))), ("preferredLanguage", json!("xx")), ("roles", json!(["boss"])),
            ("roles", json!(["admin", "member"])), ("password", json!("secret")), ("Password", json!("secret")),
        ] {
            // An empty displayName is none.
            if value == json!("") {
                continue;
            }
            assert!(create(&app, &wire, base(name, value.clone())).await.is_err(), "{name}: {value}");
        }
        let long = |n: usize| json!({ "userName": "ann", "externalId": "ann@x.org", WIRE_MAP: { "k": "x".repeat(n) } });
        assert!(matches!(refusal(create(&app, &wire, long(5000)).await), Refusal::Scim(error) if error.status == 413));
        let ann = create(&app, &wire, long(4999)).await.expect("created");
        assert_eq!(ann.lifecycle, Lifecycle::Active);
        // Roles that are left out stay; `active` that is removed means true.
        patch(&app, &wire, ann.id, json!([{ "op": "replace", "path": "roles", "value": ["admin"] }])).await.expect("written");
        put(&app, &wire, ann.id, json!({ "userName": "ann", "externalId": "ann@x.org", "active": false })).await.expect("replaced");
        let shown = view(&app, &wire, ann.id).await.expect("shown");
        assert_eq!((&shown["roles"], &shown["active"]), (&json!(["admin"]), &json!(false)));
        let written = patch(&app, &wire, ann.id, json!([{ "op": "remove", "path": "active" }, { "op": "remove", "path": "roles" }])).await.expect("written");
        assert_eq!(written.user.lifecycle, Lifecycle::Active);
        assert_eq!(view(&app, &wire, ann.id).await.expect("shown")["roles"], json!(["admin"]));
        assert_eq!(names(&app, &wire, ResourceKind::User, "externalId eq \"ANN@x.org\"").await, ["ann"]);
    }

    async fn an_invitation_is_pending_until_accepted_whatever_active_says(app: TestApp) {
        let wire = app.principal("wire", &["scim:read", "scim:write"], Program::default().profile("wire")).await;
        let hr = app.principal("hr", &["scim:read", "scim:write"], Program::default().invites()).await;
        let ann = create(&app, &wire, json!({ "userName": "ann", "externalId": "ann@x.org" })).await.expect("created");
        assert_eq!(ann.lifecycle, Lifecycle::Invited);
        assert_eq!(view(&app, &wire, ann.id).await.expect("shown")["active"], false);
        assert_eq!(view(&app, &hr, ann.id).await.expect("shown")["active"], true);
        assert_eq!(names(&app, &wire, ResourceKind::User, "active eq false").await, ["ann"]);
        assert!(names(&app, &wire, ResourceKind::User, "active eq true").await.is_empty());
        assert_eq!(names(&app, &hr, ResourceKind::User, "active eq true").await, ["ann"]);
        let written = patch(&app, &wire, ann.id, json!([{ "op": "replace", "path": "active", "value": true }])).await.expect("taken");
        assert_eq!(written.user.lifecycle, Lifecycle::Invited);
        assert_eq!(app.deliver_mail().await.len(), 1);
        // Nobody who cannot be reached is invited.
        assert!(matches!(refusal(create(&app, &wire, json!({ "userName": "bob", "externalId": "b-1" })).await), Refusal::Invalid { .. }));
        assert!(matches!(refusal(create(&app, &hr, json!({ "userName": "bob" })).await), Refusal::Invalid { .. }));
        let both = create(&app, &hr, json!({ "userName": "bob", "emails": [{ "value": "b@x.org" }] })).await.expect("created");
        assert_eq!(both.lifecycle, Lifecycle::Invited);
    }

    async fn who_is_sent_again_after_the_invitation_has_expired_keeps_the_id(app: TestApp) {
        let wire = app.principal("wire", &["scim:read", "scim:write"], Program::default().profile("wire")).await;
        let hr = app.principal("hr", &["scim:read"], Program::default()).await;
        let body = || json!({ "userName": "ann", "externalId": "ann@x.org" });
        let ann = create(&app, &wire, body()).await.expect("created");
        assert_eq!(refusal(create(&app, &wire, body()).await), Refusal::Taken { attribute: "externalId" });
        app.pass(22 * 86_400).await;
        let total = app.directory().list(&wire, &crate::support::list_of(ResourceKind::User, None)).await.expect("listed").total;
        assert_eq!(total, Some(0), "hidden from those who ask for it");
        assert!(crate::support::not_found(view(&app, &wire, ann.id).await));
        assert_eq!(names(&app, &hr, ResourceKind::User, "userName pr").await, ["ann"]);
        let again = create(&app, &wire, body()).await.expect("invited again");
        assert_eq!((again.id, again.lifecycle, again.visibility), (ann.id, Lifecycle::Invited, Visibility::Shown));
        assert!(view(&app, &wire, ann.id).await.is_ok());
    }

    async fn canailles_clients_name_people_and_groups_in_paths(app: TestApp) {
        let canaille = app.principal("canaille", &["scim:read", "scim:write"], Program::default().profile("canaille")).await;
        let hr = app.principal("hr", &["scim:read", "scim:write"], Program::default()).await;
        let body = json!({ "userName": "bjensen@x.org", "name": { "givenName": "Barbara", "familyName": "Jensen" }, "externalId": "e", "roles": [{ "value": "r" }] });
        let user = create(&app, &canaille, body).await.expect("created");
        let shown = view(&app, &canaille, user.id).await.expect("shown");
        assert_eq!(shown["name"]["formatted"], "Barbara Jensen");
        assert_eq!((shown.get("externalId"), shown.get("roles")), (None, None));
        assert!(shown["schemas"].as_array().expect("schemas").contains(&json!(ENTERPRISE)));
        assert_eq!(view(&app, &hr, user.id).await.expect("shown")["roles"][0]["value"], "r");

        let find = async |who, kind, word: &str| app.directory().find(who, kind, word).await.ok();
        for word in ["bjensen@x.org", "BJENSEN@x.org", "bjensen"] {
            assert_eq!(find(&canaille, ResourceKind::User, word).await, Some(user.id.uuid()), "{word}");
        }
        assert_eq!(find(&hr, ResourceKind::User, "bjensen").await, None);
        assert_eq!(find(&canaille, ResourceKind::User, "bjens").await, None);
        let group = create_group(&app, &canaille, json!({ "displayName": "Tour", "members": [{ "value": "bjensen@x.org" }] })).await.expect("made").group;
        assert_eq!(find(&canaille, ResourceKind::Group, "tour").await, Some(group.id.uuid()));
        assert_eq!(crate::support::members(&app, &canaille, group.id).await, [user.id.to_string()]);
        create_group(&app, &canaille, json!({ "displayName": "Empty", "members": [] })).await.expect("a group may be empty");
        create_group(&app, &canaille, json!({ "displayName": "tour" })).await.expect("made");
        assert_eq!(find(&canaille, ResourceKind::Group, "tour").await, None, "a name of two is nobody's");

        // A PUT keeps what these clients cannot see, and does not rename.
        let put_body = |name: &str| json!({ "userName": name, "name": { "formatted": "B", "familyName": "J" }, "active": true });
        put(&app, &canaille, user.id, put_body("bjensen@x.org")).await.expect("replaced");
        assert_eq!(view(&app, &hr, user.id).await.expect("shown")["roles"][0]["value"], "r");
        assert!(put(&app, &canaille, user.id, put_body("other")).await.is_err());
        assert!(create(&app, &canaille, json!({ "userName": "x" })).await.is_err(), "a name is required");
    }
}
