//! Who administers a group.

use serde_json::{Value, json};

use super::{NOBODY, admin, below, each, happened, let_do, person, refused, top};

testkit::both! {
    async fn administrators_are_named_changed_and_taken_away(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let ops = below(&admin, &acme, "ops").await;
        let (ada, theirs) = person(&app, "ada").await;
        let path = format!("/api/v1/groups/{acme}/admins");
        let granted = admin.post(&path, json!({ "user_name": "ada", "preset": "owner", "until": "2031-01-01T00:00:00Z" })).await.expect(201);
        happened(&granted, "delegation.granted");
        assert_eq!(granted.header("location"), format!("{path}/{ada}"));
        assert_eq!((granted.at("/user"), granted.at("/preset"), granted.at("/until")), (json!(ada.to_string()), json!("owner"), json!("2031-01-01T00:00:00.000Z")));
        assert_eq!(granted.at("/capabilities").as_array().map(Vec::len), Some(15));
        let listed = admin.get(&path).await.expect(200);
        assert_eq!(listed.at("/items/0"), granted.json());
        let inherited = admin.get(&format!("/api/v1/groups/{ops}/admins")).await.expect(200);
        assert_eq!((inherited.at("/items/0/on"), inherited.at("/items/0/direct")), (json!(acme), json!(false)));

        let one = format!("{path}/{ada}");
        let later = json!({ "capabilities": ["members.read", "audit.read"], "inherit": false, "from": "2030-06-01T00:00:00Z", "force": true });
        let changed = admin.put(&one, later).await.expect(200);
        assert_eq!((changed.at("/preset"), changed.at("/inherit"), changed.at("/counts"), changed.at("/until")), (json!("viewer"), json!(false), json!(false), Value::Null));
        happened(&changed, "delegation.changed");
        refused(theirs.get(&path).await, 403, "not_permitted");
        let shown = admin.get(&path).await.expect(200);
        assert_eq!(shown.at("/items/0"), changed.json());
        happened(&admin.delete(&one).await.expect(204), "delegation.revoked");
        assert!(each(&admin.get(&path).await.expect(200), "user").is_empty());
        refused(admin.delete(&one).await, 404, "not_admin");
        refused(admin.put(&one, json!({ "preset": "owner" })).await, 404, "not_admin");
    }

    async fn everybody_in_a_group_administers_another_one(app: TestApp) {
        let admin = admin(&app).await;
        let (acme, staff) = (top(&admin, "acme").await, top(&admin, "staff").await);
        let (ada, theirs) = person(&app, "ada").await;
        let path = format!("/api/v1/groups/{acme}/admins");
        admin.post(&path, json!({ "members_of": staff, "preset": "viewer" })).await.expect(201);
        refused(theirs.get(&path).await, 403, "not_permitted");
        admin.put(&format!("/api/v1/groups/{staff}/members/{ada}"), json!({})).await.expect(204);
        let listed = theirs.get(&path).await.expect(200);
        assert_eq!((listed.at("/items/0/members_of"), listed.at("/items/0/user")), (json!(staff), Value::Null));
        admin.delete(&format!("{path}/{staff}")).await.expect(204);
        refused(theirs.get(&path).await, 403, "not_permitted");
    }

    async fn what_does_not_fit_or_is_not_theirs_is_refused(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let path = format!("/api/v1/groups/{acme}/admins");
        let (ada, owner) = person(&app, "ada").await;
        let (ben, manager) = person(&app, "ben").await;
        let_do(&admin, &acme, ada, json!({ "preset": "owner" })).await;
        let_do(&admin, &acme, ben, json!({ "capabilities": ["admins.write", "members.read"] })).await;
        let (cleo, bystander) = person(&app, "cleo").await;
        let to_cleo = |what: Value| {
            let mut body = what;
            body["user"] = cleo.to_string().into();
            body
        };
        refused(admin.post(&path, to_cleo(json!({ "preset": "king" }))).await, 400, "invalid");
        refused(admin.post(&path, to_cleo(json!({ "capabilities": ["fly"] }))).await, 400, "invalid");
        refused(admin.post(&path, to_cleo(json!({ "capabilities": [] }))).await, 400, "invalid");
        refused(admin.post(&path, to_cleo(json!({}))).await, 400, "invalid");
        refused(admin.post(&path, to_cleo(json!({ "preset": "owner", "capabilities": [] }))).await, 400, "invalid");
        refused(admin.post(&path, to_cleo(json!({ "preset": "owner", "until": "tomorrow" }))).await, 400, "invalid");
        refused(admin.post(&path, to_cleo(json!({ "preset": "owner", "until": "2029-01-01T00:00:00Z" }))).await, 400, "end_in_past");
        let times = json!({ "preset": "owner", "from": "2031-01-01T00:00:00Z", "until": "2030-06-01T00:00:00Z" });
        refused(admin.post(&path, to_cleo(times)).await, 400, "end_before_start");
        refused(admin.post(&path, json!({ "user_name": "nobody", "preset": "owner" })).await, 404, "user_unknown");
        refused(admin.post(&path, json!({ "members_of": NOBODY, "preset": "owner" })).await, 404, "not_found");
        refused(admin.post(&path, json!({ "preset": "owner" })).await, 400, "invalid");
        refused(admin.post(&path, json!({ "user": ada.to_string(), "preset": "owner" })).await, 400, "already_admin");
        refused(admin.post(&format!("/api/v1/groups/{NOBODY}/admins"), to_cleo(json!({ "preset": "owner" }))).await, 404, "not_found");
        // No more than they may do themselves.
        refused(manager.post(&path, to_cleo(json!({ "preset": "owner" }))).await, 403, "not_permitted");
        refused(manager.delete(&format!("{path}/{ada}")).await, 403, "not_permitted");
        manager.post(&path, to_cleo(json!({ "capabilities": ["members.read"] }))).await.expect(201);
        refused(bystander.post(&path, json!({ "user": ben.to_string(), "preset": "viewer" })).await, 403, "not_permitted");
        refused(bystander.delete(&format!("{path}/{ben}")).await, 403, "not_permitted");
        refused(owner.delete(&format!("{path}/{ada}")).await, 409, "last_admin");
        refused(owner.delete(&format!("{path}/{ada}?force=true")).await, 409, "last_admin");
        refused(owner.put(&format!("{path}/{ada}"), json!({ "preset": "viewer" })).await, 409, "last_admin");
        refused(owner.delete(&format!("{path}/{ada}?surely=true")).await, 400, "unknown_member");
        admin.delete(&format!("{path}/{ada}?force=true")).await.expect(204);
        // One's own may be given up.
        bystander.delete(&format!("{path}/{cleo}")).await.expect(204);
        refused(bystander.get(&path).await, 403, "not_permitted");
    }
}
