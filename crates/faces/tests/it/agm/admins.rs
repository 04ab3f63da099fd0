//! Who administers a group.

use directory::Id;
use directory::group::{Privileged, SetPrivileged};
use http::Method;
use serde_json::{Value, json};
use testkit::{both, exchange};

use super::trees::{ADMIN, MANAGE, NOTHING, Trees, refused};

/// The userNames of those who administer a group, with whether by themselves.
async fn admins(trees: &Trees, group: &str) -> Vec<(Value, Value)> {
    let whole = trees.whole(group).await;
    let admins = whole["admins"].as_array().cloned().unwrap_or_default();
    admins
        .into_iter()
        .map(|admin| (admin["user"]["username"].clone(), admin["direct"].clone()))
        .collect()
}

both! {
    async fn administrators_are_named_and_taken_by_those_who_are_it(app: TestApp) {
        let trees = Trees::grow(&app).await;
        let (place, u1) = (format!("{MANAGE}/group/{}/admin", trees.b), trees.id_of("u1").await);
        app.deliver_mail().await;
        let named = trees.gb.post(&format!("{place}?username=u1"), json!({})).await.expect(204);
        assert_eq!(named.events.first().map(String::as_str), Some("delegation.granted"));
        let mut told: Vec<String> = app.deliver_mail().await.into_iter().map(|mail| mail.to).collect();
        told.sort();
        assert!(told.contains(&"u1@example.org".to_owned()) && !told.contains(&"gb@example.org".to_owned()), "{told:?}");
        let mut all = admins(&trees, &trees.b).await;
        all.sort_by_key(|(name, _)| name.to_string());
        assert_eq!(all, [(json!("ga"), json!(false)), (json!("gb"), json!(true)), (json!("u1"), json!(true))]);
        exchange!(trees.gb.post(&format!("{place}?userId={u1}"), json!({})), @r#"
        400 Bad Request
        {
          "error": "the person administers the group already; change what they may do there, or leave it",
          "error_description": "the person administers the group already; change what they may do there, or leave it",
          "code": "already_admin"
        }
        events: none   deliveries: none
        "#);
        // Who inherits it may have it by themselves too.
        trees.gb.post(&format!("{place}?username=ga"), json!({})).await.expect(204);
        for unknown in [format!("userId={NOTHING}"), "userId=x".to_owned(), "username=nobody".to_owned(), "username=%00".to_owned()] {
            assert_eq!(refused(&trees.gb.post(&format!("{place}?{unknown}"), json!({})).await, 404), "user_unknown", "{unknown}");
        }
        assert_eq!(refused(&trees.gb.post(&place, json!({})).await, 400), "user_required");
        assert_eq!(refused(&trees.gb.delete(&place).await, 400), "user_required");
        assert_eq!(refused(&trees.gb.delete(&format!("{place}?username=mg")).await, 404), "not_admin");
        assert_eq!(refused(&trees.gb.delete(&format!("{place}?username=nobody")).await, 404), "not_admin");

        trees.gb.delete(&format!("{place}?userId={u1}")).await.expect(204);
        // As older clients write it.
        trees.gb.request(Method::POST, &format!("{place}/{u1}")).await.expect(204);
        let gone = trees.gb.delete(&format!("{place}/{u1}")).await.expect(204);
        assert_eq!(gone.events.first().map(String::as_str), Some("delegation.revoked"));
        assert_eq!(refused(&trees.gb.delete(&format!("{place}/{u1}")).await, 404), "not_admin");
        assert_eq!(refused(&trees.gb.delete(&format!("{place}/x")).await, 404), "user_unknown");
        // Who manages all groups names them too.
        trees.mg.post(&format!("{MANAGE}/group/{}/admin?username=u1", trees.x), json!({})).await.expect(204);
    }

    async fn a_group_that_is_owned_keeps_an_owner(app: TestApp) {
        let trees = Trees::grow(&app).await;
        let place = format!("{MANAGE}/group/{}/admin?username=ga", trees.a);
        exchange!(trees.ga.delete(&place), @r#"
        409 Conflict
        {
          "error": "nobody else owns the group; name another owner first, or say `force`",
          "error_description": "nobody else owns the group; name another owner first, or say `force`",
          "code": "last_admin"
        }
        events: none   deliveries: none
        "#);
        assert_eq!(refused(&trees.ga.delete(&format!("{place}&force=true")).await, 409), "last_admin");
        assert_eq!(refused(&trees.mg.delete(&place).await, 409), "last_admin");
        assert_eq!(refused(&trees.mg.delete(&format!("{place}&force=perhaps")).await, 400), "invalid");
        trees.mg.delete(&format!("{place}&force=true")).await.expect(204);
        assert_eq!(admins(&trees, &trees.a).await, []);
    }

    async fn the_administration_of_the_realm_names_whom_nobody_names_above(app: TestApp) {
        let trees = Trees::grow(&app).await;
        let place = |group: &str, user: &str| format!("{ADMIN}/group/{group}/admin/{user}");
        let (ga, u1) = (trees.id_of("ga").await, trees.id_of("u1").await);
        for group in [&trees.a, &trees.b] {
            let answer = trees.root.post(&place(group, &ga), json!({})).await;
            assert_eq!(refused(&answer, 400), "already_admin");
            assert!(answer.header("content-type").starts_with("application/json"));
        }
        app.deliver_mail().await;
        let named = trees.root.post(&place(&trees.b, &u1), json!({})).await.expect(204);
        assert_eq!(named.events.first().map(String::as_str), Some("delegation.granted"));
        // Nobody but the person is told.
        let told: Vec<String> = app.deliver_mail().await.into_iter().map(|mail| mail.to).collect();
        assert_eq!(told, ["u1@example.org"]);
        trees.root.delete(&place(&trees.b, &u1)).await.expect(204);
        let told: Vec<String> = app.deliver_mail().await.into_iter().map(|mail| mail.to).collect();
        assert_eq!(told, ["u1@example.org"]);
        assert_eq!(refused(&trees.root.delete(&place(&trees.b, &u1)).await, 404), "not_admin");
        for unknown in [NOTHING, "x"] {
            assert_eq!(refused(&trees.root.post(&place(&trees.b, unknown), json!({})).await, 404), "user_unknown");
        }
        assert_eq!(refused(&trees.root.post(&place(NOTHING, &u1), json!({})).await, 404), "not_found");
        for who in [&trees.mg, &trees.ga, &trees.u1] {
            for answer in [who.post(&place(&trees.b, &u1), json!({})).await, who.delete(&place(&trees.b, &ga)).await] {
                assert_eq!((refused(&answer, 403).as_str(), answer.at("/error_description")), ("forbidden", Value::Null));
            }
        }
    }

    async fn nobody_but_the_entitled_names_who_administers_a_privileged_group(app: TestApp) {
        let trees = Trees::grow(&app).await;
        let set = SetPrivileged { group: Id::parse(&trees.b).expect("an id"), privileged: Some(Privileged::default()) };
        app.directory().execute(&app.operator().await, set).await.expect("set");
        for who in [&trees.ga, &trees.gb, &trees.mg] {
            for name in ["u1", "ga"] {
                let answer = who.post(&format!("{MANAGE}/group/{}/admin?username={name}", trees.b), json!({})).await;
                assert_eq!(refused(&answer, 403), "privileged");
            }
        }
        // It is not taken to where others administer it.
        trees.root.post(&format!("{ADMIN}/group/{}/admin/{}", trees.x, trees.id_of("ga").await), json!({})).await.expect(204);
        let moved = trees.ga.post(&format!("{MANAGE}/group/{}/children", trees.x), json!({ "id": trees.b })).await;
        assert_eq!(refused(&moved, 403), "privileged");
        trees.root.post(&format!("{MANAGE}/group/{}/admin?username=u1", trees.b), json!({})).await.expect(204);
    }
}
