//! What tells other systems of groups and roles: how it is set, and what SCIM shows of it.

use serde_json::{Value, json};
use testkit::{TestApp, TestClient, TestProvider, both, exchange};

const SETTINGS: &str = "/realms/default/agm/admin/member-user-attribute/configuration";

fn with(app: &TestApp, provider: &TestProvider, role: &str) -> TestClient {
    let claims = json!({
        "email": "root@example.org", "email_verified": true,
        "resource_access": { "realm-management": { "roles": [role] } },
    });
    app.bearer(&provider.token("root", &claims))
}

fn values(shown: &Value) -> Vec<&str> {
    let list = shown["entitlements"].as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(|one| one["value"].as_str()).collect()
}

both! {
    async fn the_form_is_shown_as_it_was_set_or_not_at_all(app: TestApp) {
        let provider = app.provider("default").await;
        app.user("root").await;
        let root = with(&app, &provider, "manage-realm");
        exchange!(root.get(SETTINGS), @r#"
        200 OK
        {}
        events: user.linked   deliveries: none
        "#);
        let three = json!({ "userAttribute": "entitlements", "urnNamespace": "urn%3Amace%3Aexample.org", "signatureMessage": "The team" });
        exchange!(root.post(SETTINGS, three.clone()), @r#"
        204 No Content
        events: entitlement_settings.changed   deliveries: none
        "#);
        assert!(root.post(SETTINGS, three).await.expect(204).events.is_empty());
        let two = json!({ "userAttribute": "entitlements", "urnNamespace": "urn:mace:example.org", "authority": "aai.example.org" });
        root.post(SETTINGS, two).await.expect(204);
        let answer = root.get(SETTINGS).await.expect(200);
        let shown = answer.json();
        assert_eq!(shown, json!({
            "id": "00000000-0000-0000-0000-000000000001", "userAttribute": "entitlements", "urnNamespace": "urn:mace:example.org",
            "authority": "aai.example.org", "signatureMessage": "Support team",
        }));
        // A client sends back what it was shown.
        root.post(SETTINGS, shown).await.expect(204);
    }

    async fn what_does_not_fit_is_refused_and_who_may_not_is_too(app: TestApp) {
        let provider = app.provider("default").await;
        app.user("root").await;
        let root = with(&app, &provider, "manage-realm");
        root.get(SETTINGS).await.expect(200);
        for (body, code) in [
            (json!({}), "invalid"),
            (json!({ "userAttribute": "e" }), "invalid"),
            (json!({ "urnNamespace": "urn:xx:y" }), "invalid"),
            (json!({ "userAttribute": " ", "urnNamespace": "urn:xx:y" }), "invalid"),
            (json!({ "userAttribute": "e", "urnNamespace": null }), "invalid"),
            (json!({ "userAttribute": "e", "urnNamespace": "http://x" }), "invalid"),
            (json!({ "userAttribute": "e", "urnNamespace": "urn:xx:y z" }), "invalid"),
            (json!({ "userAttribute": "e\u{0}", "urnNamespace": "urn:xx:y" }), "invalid"),
            (json!({ "userAttribute": "e", "urnNamespace": "urn:xx:y", "authority": "x".repeat(501) }), "invalid"),
            (json!({ "userAttribute": "e", "urnNamespace": "urn:xx:y", "authority": 7 }), "invalid"),
            (json!({ "userAttribute": "e", "urnNamespace": "urn:xx:y", "urn": "x" }), "unknown_member"),
        ] {
            let refused = root.post(SETTINGS, body.clone()).await.expect(400);
            assert_eq!((refused.at("/code"), refused.events.len()), (json!(code), 0), "{body}");
        }
        for role in ["view-realm", "manage-users"] {
            let other = with(&app, &provider, role);
            other.get(SETTINGS).await.expect(403);
            let body = json!({ "userAttribute": "e", "urnNamespace": "urn:xx:y" });
            assert_eq!(other.post(SETTINGS, body).await.expect(403).at("/code"), json!("forbidden"));
        }
        app.anonymous().get(SETTINGS).await.expect(401);
    }

    async fn scim_shows_them_behind_those_that_are_stored_and_takes_none_of_them(app: TestApp) {
        let admin = app.client("groups", &["agm:admin"]).await;
        admin.post(SETTINGS, json!({ "userAttribute": "e", "urnNamespace": "urn:xx:y" })).await.expect(204);
        let scim = app.client("scim", &["scim:read", "scim:write"]).await;
        let ann = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ann", "entitlements": [{ "value": "library" }] });
        let made = scim.post("/scim/v2/Users", ann.clone()).await.expect(201);
        let path = format!("/scim/v2/Users/{}", made.id());
        let group = json!({ "displayName": "night", "members": [{ "value": made.id() }] });
        let added = scim.post("/scim/v2/Groups", group).await.expect(201);
        assert_eq!(added.events, ["group.created", "member.added", "entitlements.changed"]);
        let both = ["library", "urn:xx:y:group:night"];
        let shown = scim.get(&path).await.expect(200).json();
        assert_eq!(values(&shown), both);
        let version = shown["meta"]["version"].clone();
        // What is read may be sent back: it changes nothing.
        assert!(scim.put(&path, shown).await.expect(200).events.is_empty());
        let patch = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
            { "op": "add", "path": "entitlements", "value": [{ "value": "URN:xx:y:group:day" }, { "value": "urn:zz:group:day" }] }] });
        let patched = scim.patch(&path, patch).await.expect(200).json();
        assert_eq!(values(&patched), ["library", "urn:zz:group:day", "urn:xx:y:group:night"]);
        assert_ne!(patched["meta"]["version"], version);
        scim.put(&path, ann).await.expect(200);
        for (filter, count) in [
            ("entitlements.value eq \"urn:xx:y:group:night\"", 1),
            ("entitlements eq \"library\"", 1),
            ("entitlements.value eq \"urn:xx:y:group:day\"", 0),
        ] {
            let query = percent_encoding::utf8_percent_encode(filter, percent_encoding::NON_ALPHANUMERIC);
            let found = scim.get(&format!("/scim/v2/Users?filter={query}")).await.expect(200);
            assert_eq!(found.at("/totalResults"), json!(count), "{filter}");
            if count == 1 {
                assert_eq!(values(&found.at("/Resources/0")), both, "{filter}");
            }
        }
        let without = scim.get(&format!("{path}?attributes=userName")).await.expect(200).json();
        assert_eq!(without.get("entitlements"), None);
        // Where they go, they go.
        let removed = scim.delete(&format!("/scim/v2/Groups/{}", added.id())).await.expect(204);
        assert!(removed.events.contains(&"entitlements.changed".to_owned()), "{:?}", removed.events);
        assert_eq!(values(&scim.get(&path).await.expect(200).json()), ["library"]);
    }

    async fn of_other_realms_and_without_settings_nothing_is_written(app: TestApp) {
        let scim = app.client("scim", &["scim:read", "scim:write"]).await;
        let ann = app.user("ann").await;
        let group = json!({ "displayName": "night", "members": [{ "value": ann.to_string() }] });
        let added = scim.post("/scim/v2/Groups", group).await.expect(201);
        assert_eq!(added.events, ["group.created", "member.added"]);
        assert_eq!(scim.get(&format!("/scim/v2/Users/{ann}")).await.expect(200).json().get("entitlements"), None);
    }
}
