//! Roles that members may have in a group.

use serde_json::json;

use super::{NOBODY, admin, ask, each, happened, let_do, person, refused, top, way};

testkit::both! {
    async fn roles_are_defined_renamed_and_deleted(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let path = format!("/api/v1/groups/{acme}/roles");
        let (ada, theirs) = person(&app, "ada").await;
        let_do(&admin, &acme, ada, json!({ "capabilities": ["roles.define", "roles.assign"] })).await;
        let chair = theirs.post(&path, json!({ "name": " Chair " })).await.expect(201);
        assert_eq!((chair.at("/name"), chair.events.clone()), (json!("Chair"), vec!["group_role.created".to_owned()]));
        assert_eq!(chair.header("location"), format!("{path}/{}", chair.id()));
        assert_eq!(each(&theirs.get(&path).await.expect(200), "name"), ["Chair", "member"]);
        let renamed = theirs.patch(&format!("{path}/Chair"), json!({ "name": "Head of all" })).await.expect(200);
        assert_eq!((renamed.id(), renamed.events.clone()), (chair.id(), vec!["group_role.renamed".to_owned()]));
        theirs.patch(&format!("{path}/{}", chair.id()), json!({ "name": "Head" })).await.expect(200);
        refused(theirs.patch(&format!("{path}/Head"), json!({ "name": "x" })).header("if-match", "W/\"1\"").await, 412, "changed");
        assert_eq!(theirs.delete(&format!("{path}/Head")).await.expect(204).events, ["group_role.deleted"]);
        refused(theirs.delete(&format!("{path}/Head")).await, 404, "role_unknown");
    }

    async fn a_role_that_is_held_goes_only_when_it_is_said_what_becomes_of_it(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let path = format!("/api/v1/groups/{acme}/roles");
        let free = way(&admin, &acme, json!({ "require_approval": false })).await;
        let (ada, theirs) = person(&app, "ada").await;
        ask(&app, ada, &free, None).await;
        admin.post(&path, json!({ "name": "guest" })).await.expect(201);
        refused(admin.delete(&format!("{path}/member")).await, 400, "role_assigned");
        let unknown = refused(admin.delete(&format!("{path}/member?replace_with=king")).await, 400, "invalid");
        assert_eq!(unknown.at("/field"), "replace_with");
        let roles = || async { theirs.get("/api/v1/me/memberships").await.expect(200).at("/items/0/roles") };
        happened(&admin.delete(&format!("{path}/member?replace_with=guest")).await.expect(204), "group_role.deleted");
        assert_eq!(roles().await, json!(["guest"]));
        happened(&admin.delete(&format!("{path}/guest?force=true")).await.expect(204), "group_role.deleted");
        assert_eq!(roles().await, json!([]));
    }

    async fn names_that_do_not_fit_and_people_who_may_not_are_refused(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let path = format!("/api/v1/groups/{acme}/roles");
        refused(admin.post(&path, json!({ "name": "member" })).await, 409, "role_taken");
        refused(admin.post(&path, json!({ "name": "" })).await, 400, "invalid");
        refused(admin.post(&path, json!({ "name": "a\u{0}b" })).await, 400, "invalid");
        refused(admin.patch(&format!("{path}/king"), json!({ "name": "x" })).await, 404, "role_unknown");
        refused(admin.patch(&format!("{path}/a%00b"), json!({ "name": "x" })).await, 404, "role_unknown");
        refused(admin.delete(&format!("{path}/a%00b")).await, 404, "role_unknown");
        refused(admin.get(&format!("/api/v1/groups/{NOBODY}/roles")).await, 404, "not_found");
        admin.post(&path, json!({ "name": "guest" })).await.expect(201);
        refused(admin.patch(&format!("{path}/guest"), json!({ "name": "member" })).await, 409, "role_taken");
        let (ada, theirs) = person(&app, "ada").await;
        refused(theirs.get(&path).await, 403, "not_permitted");
        let_do(&admin, &acme, ada, json!({ "preset": "viewer" })).await;
        theirs.get(&path).await.expect(200);
        refused(theirs.post(&path, json!({ "name": "x" })).await, 403, "not_permitted");
        refused(theirs.patch(&format!("{path}/guest"), json!({ "name": "x" })).await, 403, "not_permitted");
        refused(theirs.delete(&format!("{path}/guest")).await, 403, "not_permitted");
    }
}
