//! What new groups may be made like.

use serde_json::json;

use super::{NOBODY, admin, let_do, person, refused, with_role};

const TEMPLATES: &str = "/api/v1/group-templates";

testkit::both! {
    async fn a_template_is_added_used_replaced_and_deleted(app: TestApp) {
        let admin = admin(&app).await;
        let new = json!({ "name": "Project", "roles": ["lead", "guest"], "attributes": { "kind": ["project"] }, "notice_days": 14, "reminder_days": [7, 30], "plain_members": false });
        let made = admin.post(TEMPLATES, new).await.expect(201);
        assert_eq!((made.at("/roles"), made.at("/version"), made.events.clone()), (json!(["lead", "guest"]), json!(1), vec!["template.created".to_owned()]));
        let one = made.header("location").to_owned();
        let group = admin.post("/api/v1/tree", json!({ "name": "apollo", "template": made.id() })).await.expect(201);
        let roles: Vec<_> = group.at("/roles").as_array().unwrap().iter().map(|role| role["name"].clone()).collect();
        assert_eq!(roles, ["lead", "guest"]);
        let settings = admin.get(&format!("/api/v1/groups/{}/settings", group.id())).await.expect(200);
        assert_eq!((settings.at("/notice_days"), settings.at("/reminder_days")), (json!(14), json!([30, 7])));
        let replaced = admin.put(&one, json!({ "name": "Plan" })).await.expect(200);
        assert_eq!((replaced.at("/name"), replaced.at("/roles"), replaced.events.clone()), (json!("Plan"), json!([]), vec!["template.changed".to_owned()]));
        let (ada, theirs) = person(&app, "ada").await;
        assert_eq!(theirs.get(TEMPLATES).await.expect(200).json(), json!({ "items": [] }));
        let_do(&admin, &group.id(), ada, json!({ "capabilities": ["subgroups.create"] })).await;
        assert_eq!(theirs.get(TEMPLATES).await.expect(200).at("/items/0"), replaced.json());
        assert_eq!(admin.delete(&one).await.expect(204).events, ["template.deleted"]);
        refused(admin.delete(&one).await, 404, "not_found");
    }

    async fn what_does_not_fit_and_people_who_may_not_are_refused(app: TestApp) {
        let admin = admin(&app).await;
        let one = format!("{TEMPLATES}/{}", admin.post(TEMPLATES, json!({ "name": "Plan" })).await.expect(201).id());
        let other = admin.post(TEMPLATES, json!({ "name": "Project" })).await.expect(201).header("location").to_owned();
        refused(admin.post(TEMPLATES, json!({ "name": "Plan" })).await, 409, "taken");
        refused(admin.put(&other, json!({ "name": "Plan" })).await, 409, "taken");
        refused(admin.post(TEMPLATES, json!({ "name": "" })).await, 400, "group_name_blank");
        refused(admin.post(TEMPLATES, json!({ "name": "x", "notice_days": 0 })).await, 400, "invalid");
        refused(admin.post(TEMPLATES, json!({ "name": "x", "roles": [" "] })).await, 400, "invalid");
        refused(admin.put(&format!("{TEMPLATES}/{NOBODY}"), json!({ "name": "x" })).await, 404, "not_found");
        let all = with_role(&app, &admin, "max", "manage-groups", &["agm:manage", "agm:admin"]).await;
        refused(all.post(TEMPLATES, json!({ "name": "x" })).await, 403, "forbidden");
        refused(all.put(&one, json!({ "name": "x" })).await, 403, "forbidden");
        refused(all.delete(&one).await, 403, "forbidden");
        let policy = json!({ "group_filter": "displayName eq \"x\"" });
        let narrow = app.client_with("narrow", &["agm:admin"], |program| program.policy(policy)).await;
        refused(narrow.get(TEMPLATES).await, 403, "forbidden");
        let reader = app.client("reader", &["scim:read"]).await;
        refused(reader.get(TEMPLATES).await, 403, "missing_scope");
    }
}
