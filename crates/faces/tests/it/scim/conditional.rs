//! Versions and conditions.

use serde_json::json;

use super::{group, hr, patch, user};

testkit::both! {
    async fn who_has_it_is_not_sent_it_again(app: TestApp) {
        let hr = hr(&app).await;
        let path = format!("/scim/v2/Users/{}", user(&hr, "ann").await);
        let tag = hr.get(&path).await.expect(200).header("etag").to_owned();
        assert!(tag.starts_with("W/\""));
        let strong = tag.trim_start_matches("W/").to_owned();
        for condition in [tag.clone(), strong.clone(), "*".into(), format!("\"x\", {tag}")] {
            let answer = hr.get(&path).header("if-none-match", &condition).await.expect(304);
            assert_eq!((answer.text.as_str(), answer.header("etag")), ("", tag.as_str()));
        }
        hr.get(&path).header("if-none-match", "W/\"99\"").await.expect(200);
        let head = hr.head(&path).await.expect(200);
        assert_eq!((head.text.as_str(), head.header("etag")), ("", tag.as_str()));
        assert_eq!(hr.head("/scim/v2/Users/none").await.status, 404);
    }

    async fn no_answer_to_head_has_a_body(app: TestApp) {
        let (hr, wire) = (hr(&app).await, app.client_with("wire", &["scim:read"], |program| program.profile("wire").never_invites()).await);
        // Also those that come before any handler, or are changed after it.
        for (client, path, status) in [
            (&hr, "/realms/nobody/scim/v2/Users", 404),
            (&hr, "/scim/v3/Users", 400),
            (&hr, "/nothing/here", 404),
            (&wire, "/scim/v2/Users/none", 404),
        ] {
            let (head, get) = (client.head(path).await, client.get(path).await);
            assert_eq!((head.status, head.text.as_str()), (get.status, ""), "{path}");
            assert_eq!(get.status, status, "{path}");
            assert!(!get.text.is_empty(), "{path}");
        }
    }

    async fn a_write_from_an_old_version_changes_nothing(app: TestApp) {
        let hr = hr(&app).await;
        for path in [format!("/scim/v2/Users/{}", user(&hr, "ann").await), format!("/scim/v2/Groups/{}", group(&hr, "all", &[]).await)] {
            let old = hr.get(&path).await.header("etag").to_owned();
            let rename = patch(json!([{ "op": "replace", "path": "displayName", "value": "New" }]));
            let new = hr.patch(&path, rename.clone()).header("if-match", &old).await.expect(200).header("etag").to_owned();
            assert_ne!(old, new, "two writes within a second differ");
            for condition in [old.as_str(), "\"nonsense\"", "W/\"1\", \"2x\""] {
                let put = hr.put(&path, json!({ "userName": "x", "displayName": "x" })).header("if-match", condition).await;
                let patched = hr.patch(&path, rename.clone()).header("if-match", condition).await;
                let deleted = hr.delete(&path).header("if-match", condition).await;
                for answer in [put, patched, deleted] {
                    assert_eq!((answer.status, answer.at("/status")), (412, json!("412")), "{condition} {answer}");
                    assert!(answer.events.is_empty());
                }
            }
            let none = patch(json!([{ "op": "replace", "path": "displayName", "value": "New" }]));
            hr.patch(&path, none.clone()).header("if-match", "*").await.expect(200);
            hr.patch(&path, none).header("if-match", &format!("{old}, {new}")).await.expect(200);
            hr.delete(&path).header("if-match", &new).await.expect(204);
        }
    }

    async fn a_member_moves_the_version_of_the_group_and_not_of_the_person(app: TestApp) {
        let hr = hr(&app).await;
        let ann = user(&hr, "ann").await;
        let id = group(&hr, "all", &[]).await;
        let (person, path) = (format!("/scim/v2/Users/{ann}"), format!("/scim/v2/Groups/{id}"));
        let before = (hr.get(&person).await.header("etag").to_owned(), hr.get(&path).await.header("etag").to_owned());
        hr.patch(&path, patch(json!([{ "op": "add", "path": "members", "value": [{ "value": ann }] }]))).await.expect(200);
        let after = (hr.get(&person).await.header("etag").to_owned(), hr.get(&path).await.header("etag").to_owned());
        assert_eq!(before.0, after.0);
        assert_ne!(before.1, after.1);
    }
}
