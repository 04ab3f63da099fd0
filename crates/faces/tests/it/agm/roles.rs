//! The roles of a group.

use serde_json::{Value, json};
use testkit::{both, exchange};

use super::trees::{MANAGE, NOTHING, Trees, refused};

const GROUP_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

both! {
    async fn roles_are_defined_seen_and_renamed(app: TestApp) {
        let trees = Trees::grow(&app).await;
        let roles = format!("{MANAGE}/group/{}/roles", trees.b);
        let role = |name: &str| format!("{MANAGE}/group/{}/role/{name}", trees.b);
        exchange!(trees.gb.post(&format!("{roles}?name=lead%20dev%2Fops"), json!({})), @r#"
        204 No Content
        events: group_role.created   deliveries: none
        "#);
        exchange!(trees.gb.post(&format!("{roles}?name=member"), json!({})), @r#"
        409 Conflict
        {"error":"conflict","error_description":"the group has a role of this name; choose another name","code":"role_taken"}
        events: none   deliveries: none
        "#);
        for wrong in ["", "?name=", "?name=%20", "?name=a%0Ab"] {
            assert_eq!(refused(&trees.gb.post(&format!("{roles}{wrong}"), json!({})).await, 400), "invalid", "{wrong}");
        }
        assert_eq!(trees.gb.get(&roles).await.expect(200).json(), json!(["lead dev/ops", "member"]));
        exchange!(trees.gb.get(&format!("{roles}?details=true")), @r#"
        200 OK
        [
          {
            "id": "{id 1}",
            "name": "lead dev/ops",
            "entitlement": "urn:usher:default:group:a:b:role=lead%20dev%2Fops",
            "version": 1
          },
          {
            "id": "{id 2}",
            "name": "member",
            "entitlement": "urn:usher:default:group:a:b:role=member",
            "version": 1
          }
        ]
        events: none   deliveries: none
        "#);
        let id = trees.gb.get(&format!("{roles}?details=true")).await.expect(200).at("/0/id");
        let id = id.as_str().expect("an id");

        // By its name, decoded once, or by its id; under the version it was read in.
        let renamed = trees.gb.put(&format!("{}?name=lead", role("lead%20dev%2Fops")), json!({})).await.expect(204);
        assert_eq!((renamed.events, renamed.headers["etag"].clone()), (vec!["group_role.renamed".to_owned()], http::HeaderValue::from_static("W/\"2\"")));
        let by_id = format!("{}?name=chair", role(id));
        assert_eq!(refused(&trees.gb.put(&by_id, json!({})).header("if-match", "W/\"1\"").await, 409), "changed");
        trees.gb.put(&by_id, json!({})).header("if-match", "W/\"2\"").await.expect(204);
        let taken = trees.gb.put(&format!("{}?name=member", role("chair")), json!({})).await;
        assert_eq!((refused(&taken, 409).as_str(), taken.at("/error")), ("role_taken", json!("conflict")));
        // A role of another group is none here.
        let theirs = trees.root.get(&format!("{MANAGE}/group/{}/roles?details=true", trees.x)).await.expect(200).at("/0/id");
        for unknown in ["lead", NOTHING, theirs.as_str().expect("an id"), "a%2520b"] {
            assert_eq!(refused(&trees.gb.put(&format!("{}?name=x", role(unknown)), json!({})).await, 404), "role_unknown");
            assert_eq!(refused(&trees.gb.delete(&role(unknown)).await, 404), "role_unknown");
        }
        assert_eq!(refused(&trees.gb.put(&role("chair"), json!({})).await, 400), "invalid");
        trees.mg.delete(&role("chair")).await.expect(204);
        assert_eq!(trees.gb.get(&roles).await.expect(200).json(), json!(["member"]));
    }

    /// It has no roles until somebody administers it; what is asked for then is what it begins with.
    async fn a_group_that_scim_made_takes_roles_and_members_at_once(app: TestApp) {
        let trees = Trees::grow(&app).await;
        let scim = app.client("hr", &["scim:read", "scim:write"]).await;
        let made = async |name: &str| scim.post("/scim/v2/Groups", json!({ "schemas": [GROUP_URN], "displayName": name })).await.expect(201).id();
        let (one, other, third) = (made("one").await, made("other").await, made("third").await);
        let path = |group: &str, below: &str| format!("{MANAGE}/group/{group}/{below}");
        let add = json!({ "user": { "username": "u1" }, "groupRoles": ["member"] });
        trees.mg.post(&path(&one, "roles?name=member"), json!({})).await.expect(204);
        assert_eq!(refused(&trees.mg.post(&path(&one, "roles?name=member"), json!({})).await, 409), "role_taken");
        trees.mg.post(&path(&one, "members"), add.clone()).await.expect(204);
        let added = trees.mg.post(&path(&other, "members"), add).await.expect(204);
        assert!(added.events.iter().any(|kind| kind == "GROUP_MEMBERSHIP_CREATE"), "{added}");
        assert_eq!(trees.mg.get(&path(&other, "roles")).await.expect(200).json(), json!(["member"]));
        let u1 = trees.id_of("u1").await;
        let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{ "op": "add", "path": "members", "value": [{ "value": u1 }] }] });
        scim.patch(&format!("/scim/v2/Groups/{third}"), body).await.expect(200);
        let changed = trees.mg.put(&path(&third, &format!("member/user/{u1}")), json!({ "groupRoles": ["member"] })).await.expect(204);
        assert!(changed.events.iter().any(|kind| kind == "GROUP_MEMBERSHIP_UPDATE"), "{changed}");
        assert_eq!(trees.mg.get(&path(&third, "roles")).await.expect(200).json(), json!(["member"]));
        // A role is a text.
        assert_eq!(refused(&trees.mg.post(&path(&third, "roles?name=%FF%FE"), json!({})).await, 400), "invalid");
    }

    async fn a_role_that_is_held_goes_only_when_it_is_said_what_comes_of_it(app: TestApp) {
        let trees = Trees::grow(&app).await;
        let scim = app.client("hr", &["scim:read", "scim:write"]).await;
        let add = json!([{ "op": "add", "path": "members", "value": [{ "value": trees.id_of("u1").await }] }]);
        let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": add });
        scim.patch(&format!("/scim/v2/Groups/{}", trees.b), body).await.expect(200);
        for name in ["chair", "head"] {
            trees.gb.post(&format!("{MANAGE}/group/{}/roles?name={name}", trees.b), json!({})).await.expect(204);
        }
        let give = "INSERT INTO membership_roles (realm, membership, role)
                    SELECT m.realm, m.id, r.id FROM memberships m JOIN group_roles r ON r.realm = m.realm AND r.group_id = m.group_id WHERE r.name = 'chair'";
        let done = app.db().write(move |tx| tx.execute(give, &[]).map(drop)).await;
        done.expect("given");
        let role = |name: &str, query: &str| format!("{MANAGE}/group/{}/role/{name}{query}", trees.b);
        exchange!(trees.gb.delete(&role("chair", "")), @r#"
        400 Bad Request
        {
          "error": "members hold this role; take it from them first, name one that replaces it, or say `force`",
          "error_description": "members hold this role; take it from them first, name one that replaces it, or say `force`",
          "code": "role_assigned"
        }
        events: none   deliveries: none
        "#);
        for wrong in ["?replaceWith=chair", "?replaceWith=nothing", "?force=perhaps"] {
            assert_eq!(refused(&trees.gb.delete(&role("chair", wrong)).await, 400), "invalid", "{wrong}");
        }
        trees.gb.delete(&role("chair", "?replaceWith=head")).await.expect(204);
        assert_eq!(refused(&trees.gb.delete(&role("head", "")).await, 400), "role_assigned");
        trees.gb.delete(&role("head", "?force=true")).await.expect(204);
        let whole = trees.whole(&trees.b).await;
        let left: Vec<&Value> = whole["groupRoles"].as_object().expect("roles").values().collect();
        assert_eq!(left, ["urn:usher:default:group:a:b:role=member"]);
    }
}
