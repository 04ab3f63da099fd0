//! PATCH.

use serde_json::{Value, json};
use testkit::exchange;

use super::{group, hr, members, patch, user};

testkit::both! {
    async fn operations_apply_in_order_and_answer_with_the_whole(app: TestApp) {
        let hr = hr(&app).await;
        let path = format!("/scim/v2/Users/{}", user(&hr, "ann").await);
        let operations = json!([
            { "op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+4930123456" },
            { "op": "replace", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "value": "Tooling" },
            { "op": "add", "path": "emails", "value": [{ "value": "a@x.example", "type": "home" }, { "value": "b@x.example", "type": "work" }] },
            { "op": "remove", "path": "emails[type eq \"home\" and not (primary eq true)]" },
            { "op": "replace", "value": { "title": "Lead", "name.familyName": "Okafor" } },
            { "op": "Replace", "path": "active", "value": "False" },
        ]);
        exchange!(hr.patch(&path, patch(operations)), "operations_apply_in_order").expect(200);
    }

    async fn one_bad_operation_undoes_all(app: TestApp) {
        let hr = hr(&app).await;
        let path = format!("/scim/v2/Users/{}", user(&hr, "ann").await);
        for (bad, kind) in [
            (json!({ "op": "remove" }), "noTarget"),
            (json!({ "op": "remove", "path": "userName" }), "mutability"),
            (json!({ "op": "replace", "path": "groups", "value": [] }), "mutability"),
            (json!({ "op": "replace", "path": "id", "value": "x" }), "mutability"),
            (json!({ "op": "replace", "path": "nothing", "value": 1 }), "invalidPath"),
            (json!({ "op": "replace", "path": "emails[", "value": 1 }), "invalidPath"),
            (json!({ "op": "replace", "path": "emails[type eq \"work\"]", "value": { "value": "x" } }), "noTarget"),
            (json!({ "op": "replace", "path": "active", "value": "maybe" }), "invalidValue"),
            (json!({ "op": "replace", "path": "title" }), "invalidValue"),
            (json!({ "op": "add", "value": "text" }), "invalidValue"),
            (json!({ "op": "move", "path": "title", "value": "x" }), "invalidSyntax"),
        ] {
            let operations = json!([{ "op": "replace", "path": "title", "value": "Boss" }, bad]);
            let answer = hr.patch(&path, patch(operations)).await;
            assert_eq!((answer.status, answer.scim_type().as_str()), (400, kind), "{bad}: {answer}");
            assert!(answer.events.is_empty());
        }
        assert_eq!(hr.get(&path).await.at("/title"), Value::Null);
    }

    async fn a_body_that_is_no_patch_is_refused(app: TestApp) {
        let hr = hr(&app).await;
        let path = format!("/scim/v2/Users/{}", user(&hr, "ann").await);
        for body in [json!({}), json!({ "Operations": [] }), json!({ "Operations": {} }), json!({ "Operations": [1] }), json!({ "Operations": [{}] })] {
            let answer = hr.patch(&path, body.clone()).await;
            assert_eq!((answer.status, answer.scim_type().as_str()), (400, "invalidSyntax"), "{body}: {answer}");
        }
        hr.patch(&path, json!({ "operations": [{ "OP": "add", "path": "title", "value": "x" }] })).await.expect(200);
    }

    async fn what_changes_nothing_moves_no_version(app: TestApp) {
        let hr = hr(&app).await;
        let path = format!("/scim/v2/Users/{}", user(&hr, "ann").await);
        let operations = json!([{ "op": "replace", "path": "title", "value": "Lead" }]);
        let first = hr.patch(&path, patch(operations.clone())).await.expect(200);
        let again = hr.patch(&path, patch(operations)).await.expect(200);
        assert_eq!(first.at("/meta"), again.at("/meta"));
        assert!(again.events.is_empty());
        let put = hr.put(&path, first.json()).await.expect(200);
        assert_eq!(put.at("/meta"), first.at("/meta"));
    }

    async fn members_come_and_go_in_every_form(app: TestApp) {
        let hr = hr(&app).await;
        let (a, b, c) = (user(&hr, "a").await, user(&hr, "b").await, user(&hr, "c").await);
        let id = group(&hr, "all", &[]).await;
        let path = format!("/scim/v2/Groups/{id}");
        let do_it = async |operation: Value| {
            hr.patch(&path, patch(json!([operation]))).await.expect(200);
            let mut now = members(&hr, &id).await;
            now.sort();
            now
        };
        let all = { let mut all = vec![a.clone(), b.clone(), c.clone()]; all.sort(); all };
        assert_eq!(do_it(json!({ "op": "add", "path": "members", "value": [{ "value": a }, { "value": b }, { "$ref": null, "value": c }] })).await, all);
        assert_eq!(do_it(json!({ "op": "add", "path": "members", "value": { "value": a } })).await, all);
        assert_eq!(do_it(json!({ "op": "Remove", "path": "members", "value": [{ "$ref": null, "value": b }, { "value": "nobody" }] })).await.len(), 2);
        assert_eq!(do_it(json!({ "op": "remove", "path": format!("members[value eq \"{c}\"]") })).await, std::slice::from_ref(&a));
        assert_eq!(do_it(json!({ "op": "remove", "path": format!("members[value eq \"{c}\"]") })).await, std::slice::from_ref(&a));
        assert_eq!(do_it(json!({ "op": "add", "value": { "members": [{ "value": b }] } })).await.len(), 2);
        assert_eq!(do_it(json!({ "op": "replace", "path": "members", "value": [{ "value": c }] })).await, std::slice::from_ref(&c));
        assert_eq!(do_it(json!({ "op": "remove", "path": "members", "value": null })).await, Vec::<String>::new());
    }

    async fn unknown_members_are_left_out_and_named_in_the_event(app: TestApp) {
        let hr = hr(&app).await;
        let a = user(&hr, "a").await;
        let id = group(&hr, "all", &[]).await;
        let operations = json!([{ "op": "add", "path": "members", "value": [{ "value": "no-such" }, { "value": a }] }]);
        let answer = hr.patch(&format!("/scim/v2/Groups/{id}"), patch(operations)).await.expect(200);
        assert_eq!(super::values(&answer.at("/members")), [a]);
        let told = app.events().await.into_iter().any(|event| event.body["left_out"] == json!(["no-such"]));
        assert!(told);
    }
}
