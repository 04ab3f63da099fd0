//! Users and their roles.

use serde_json::json;
use testkit::exchange;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

testkit::both! {
    async fn a_user_is_added_shown_changed_and_deleted(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let body = json!({ "userName": "ann", "displayName": "Ann", "emails": [{ "value": "ann@example.org" }] });
        let made = exchange!(admin.post("/api/v1/users", body), @r#"
            201 Created
            location: /api/v1/users/{id 1}
            etag: W/"1"
            {
              "id": "{id 1}",
              "schemas": [
                "urn:ietf:params:scim:schemas:core:2.0:User",
                "urn:usher:scim:schemas:1.0:User"
              ],
              "userName": "ann",
              "displayName": "Ann",
              "active": true,
              "emails": [
                {
                  "value": "ann@example.org"
                }
              ],
              "urn:usher:scim:schemas:1.0:User": {
                "lifecycle": "active",
                "kind": "member",
                "managedBy": "local"
              },
              "meta": {
                "resourceType": "User",
                "created": "2030-01-01T08:00:00.000Z",
                "lastModified": "2030-01-01T08:00:00.000Z",
                "version": "W/\"1\"",
                "location": "https://usher.example/scim/v2/Users/{id 1}"
              }
            }
            events: user.created   deliveries: none
            "#);
        let path = made.header("location").to_owned();
        assert_eq!(path, format!("/api/v1/users/{}", made.id()));
        admin.get(&path).await.expect(200);
        let changed = admin.patch(&path, json!({ "displayName": "Ann A.", "title": "Dr", "name": { "givenName": "Ann" } })).await.expect(200);
        assert_eq!(changed.events, ["user.changed"]);
        assert_eq!((changed.at("/displayName"), changed.at("/name/givenName")), (json!("Ann A."), json!("Ann")));
        let removed = admin.patch(&path, json!({ "title": null })).await.expect(200);
        assert_eq!(removed.at("/title"), json!(null));
        assert_eq!(removed.at("/displayName"), "Ann A.");
        let operations = json!({ "Operations": [{ "op": "replace", "path": "displayName", "value": "B" }] });
        assert_eq!(admin.patch(&path, operations).await.expect(200).at("/displayName"), "B");
        let replaced = admin.put(&path, json!({ "userName": "ann" })).await.expect(200);
        assert_eq!(replaced.at("/displayName"), json!(null));
        exchange!(admin.delete(&path), @r#"
            204 No Content
            events: user.deprovisioned   deliveries: none
            "#);
        admin.get(&path).await.expect(404);
        admin.delete(&path).await.expect(404);
    }

    async fn a_member_that_no_schema_has_is_refused(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let answer = admin.post("/api/v1/users", json!({ "userName": "ann", "dispalyName": "Ann" })).await.expect(400);
        assert_eq!((answer.at("/code"), answer.at("/field")), (json!("unknown_member"), json!("dispalyName")));
        assert!(answer.at("/detail").as_str().unwrap().contains("`displayName`"), "{answer}");
        let answer = admin.post("/api/v1/users", json!({ "userName": "ann", "emails": [{ "vlaue": "x" }] })).await.expect(400);
        assert_eq!(answer.at("/field"), "emails.vlaue");
        assert!(answer.events.is_empty());
    }

    async fn a_taken_name_is_a_conflict(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        app.user("ann").await;
        let answer = admin.post("/api/v1/users", json!({ "userName": "ANN" })).await.expect(409);
        assert_eq!((answer.at("/code"), answer.at("/field")), (json!("taken"), json!("userName")));
    }

    async fn users_are_listed_by_pages_and_filters(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        for name in ["ann", "ben", "cat"] {
            app.user(name).await;
        }
        let page = admin.get("/api/v1/users?limit=2&attributes=userName").await.expect(200);
        assert_eq!(page.at("/items/0/userName"), "ann");
        assert_eq!((page.at("/items/2"), page.at("/total")), (json!(null), json!(3)));
        let next = page.at("/next").as_str().unwrap().to_owned();
        let rest = admin.get(&format!("/api/v1/users?limit=2&attributes=userName&cursor={next}")).await.expect(200);
        assert_eq!((rest.at("/items/0/userName"), rest.at("/next")), (json!("cat"), json!(null)));
        let found = admin.get("/api/v1/users?filter=userName%20eq%20%22ben%22").await.expect(200);
        assert_eq!(found.at("/items/0/userName"), "ben");
        assert_eq!(found.at("/items/0/urn:usher:scim:schemas:1.0:User/lifecycle"), "active");
        let bad = admin.get("/api/v1/users?filter=userName%20is%20x").await.expect(400);
        assert_eq!(bad.at("/code"), "invalid_filter");
        let foreign = admin.get("/api/v1/users?cursor=abc").await.expect(400);
        assert_eq!(foreign.at("/code"), "invalid_cursor");
    }

    async fn a_user_is_suspended_and_let_in_again(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let id = app.user("ann").await;
        let suspended = admin.post(&format!("/api/v1/users/{id}/suspend"), json!({})).await.expect(200);
        assert_eq!(suspended.at("/active"), false);
        assert_eq!(suspended.at("/urn:usher:scim:schemas:1.0:User/lifecycle"), "suspended");
        assert_eq!(suspended.events, ["user.changed", "user.lifecycle_changed"]);
        let active = admin.post(&format!("/api/v1/users/{id}/activate"), json!({})).await.expect(200);
        assert_eq!(active.at("/active"), true);
    }

    async fn who_wrote_what_is_told(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let hr = app.client("hr", &["scim:write", "scim:read"]).await;
        let made = hr.post("/scim/v2/Users", json!({ "userName": "ann", "title": "Dr" })).await.expect(201);
        let (path, hr) = (format!("/api/v1/users/{}", made.id()), app.events().await.pop().unwrap().actor);
        assert_eq!(admin.get(&format!("{path}/writers")).await.expect(200).json(), json!({ "writer": hr, "others": {} }));
        admin.patch(&path, json!({ "title": "Prof", ENTERPRISE: { "department": "Sales" } })).await.expect(200);
        let editor = app.events().await.pop().unwrap().actor;
        let writers = admin.get(&format!("{path}/writers")).await.expect(200);
        assert_eq!(writers.json(), json!({ "writer": hr, "others": { "title": editor, format!("{ENTERPRISE}:department"): editor } }));
        let local = app.user("ben").await;
        assert_eq!(admin.get(&format!("/api/v1/users/{local}/writers")).await.expect(200).at("/writer"), "operator");
    }

    async fn roles_are_granted_and_taken_away(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let id = app.user("ann").await;
        let path = format!("/api/v1/users/{id}/roles");
        let granted = admin.put(&format!("{path}/inviter"), json!({})).await.expect(204);
        assert_eq!(granted.events, ["role.granted"]);
        assert!(admin.put(&format!("{path}/inviter"), json!({})).await.expect(204).events.is_empty());
        assert_eq!(admin.get(&path).await.expect(200).json(), json!({ "roles": ["inviter"] }));
        let unknown = admin.put(&format!("{path}/king"), json!({})).await.expect(400);
        assert_eq!((unknown.at("/code"), unknown.at("/field")), (json!("invalid"), json!("role")));
        admin.delete(&format!("{path}/inviter")).await.expect(204);
        assert_eq!(admin.get(&path).await.expect(200).json(), json!({ "roles": [] }));
    }
}
