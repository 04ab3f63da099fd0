//! Filters over every list that is not of users or groups.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use testkit::{TestApp, TestClient};

/// The lists, with what names an item, what the next page is asked for with, and a filter by the types of the members that
/// some items match and others do not.
const LISTS: [(&str, &str, [&str; 2], &str); 8] = [
    (
        "clients",
        "id",
        ["cursor", "/next"],
        r#"scopes eq "scim:read" and disabled eq false and policy.resources eq "User" and version ge 1"#,
    ),
    (
        "tokens",
        "id",
        ["cursor", "/next"],
        r#"name sw "First" and created lt "2031-01-01T00:00:00Z" and not (revoked_at pr)"#,
    ),
    (
        "invitations",
        "id",
        ["cursor", "/next"],
        r#"state eq "pending" and address ew "@example.org" and language eq "de" and send_count le 1"#,
    ),
    (
        "mails",
        "id",
        ["cursor", "/next"],
        r#"template eq "test" and invitation eq null"#,
    ),
    (
        "events",
        "id",
        ["after", "/after"],
        r#"kind eq "user.created" and body pr and position gt 1 and at ge "2030-01-01T08:00:00Z""#,
    ),
    (
        "deliveries",
        "id",
        ["cursor", "/next"],
        r#"attempts eq 0 and state ne "parked" and event eq "EVENT""#,
    ),
    (
        "jobs",
        "id",
        ["cursor", "/next"],
        r#"kind eq "erase_user" and parked eq false and due_at gt "2030-01-02T00:00:00Z""#,
    ),
    (
        "realms",
        "name",
        ["cursor", "/next"],
        r#"settings.title co "cm" and settings.hosts eq "acme.example""#,
    ),
];

/// Three of everything at least.
async fn filled(app: &TestApp) -> TestClient {
    let admin = app.client("admin", &["admin", "invite", "events:read"]).await;
    admin
        .post(
            "/api/v1/clients",
            json!({ "name": "hr", "scopes": ["scim:read"], "policy": { "resources": ["User"] } }),
        )
        .await
        .expect(201);
    admin
        .post("/api/v1/clients", json!({ "name": "it", "scopes": ["scim:read"] }))
        .await
        .expect(201);
    for name in ["first", "second"] {
        admin
            .post("/api/v1/tokens", json!({ "client": "hr", "name": name }))
            .await
            .expect(201);
        admin
            .post("/api/v1/mails", json!({ "address": format!("{name}@example.org") }))
            .await
            .expect(201);
    }
    for (name, language) in [("ann", "de"), ("ben", "en"), ("cat", "de")] {
        let new = json!({ "userName": name, "emails": [{ "value": format!("{name}@example.org") }] });
        admin
            .post("/api/v1/invitations", json!({ "new_user": new, "language": language }))
            .await
            .expect(201);
    }
    for name in ["dan", "eve", "fay"] {
        let gone = app.user(name).await;
        admin.delete(&format!("/api/v1/users/{gone}")).await.expect(204);
    }
    admin
        .post(
            "/api/v1/realms",
            json!({ "name": "acme", "settings": { "title": "Acme", "hosts": ["acme.example"] } }),
        )
        .await
        .expect(201);
    admin
        .post("/api/v1/realms", json!({ "name": "beta" }))
        .await
        .expect(201);
    app.place_events().await;
    admin
}

fn path(noun: &str, filter: &str) -> String {
    format!(
        "/api/v1/{noun}?filter={}",
        utf8_percent_encode(filter, NON_ALPHANUMERIC)
    )
}

async fn items(admin: &TestClient, path: &str) -> Vec<Value> {
    admin
        .get(path)
        .await
        .expect(200)
        .at("/items")
        .as_array()
        .unwrap()
        .clone()
}

testkit::both! {
    async fn every_list_is_filtered(app: TestApp) {
        let admin = filled(&app).await;
        for (noun, name, [cursor, next], typed) in LISTS {
            let all = items(&admin, &format!("/api/v1/{noun}?limit=500")).await;
            assert!(all.len() >= 3, "{noun}");
            let one = &all[1];
            let is_one = format!("{name} eq {}", one[name]);
            assert_eq!(items(&admin, &path(noun, &is_one)).await, std::slice::from_ref(one), "{noun}");
            let none = admin.get(&path(noun, &format!("{name} eq \"nothing\""))).await.expect(200);
            assert_eq!((none.at("/items"), none.at("/next")), (json!([]), json!(null)), "{noun}");

            let typed = typed.replace("EVENT", one["event"].as_str().unwrap_or_default());
            let some = items(&admin, &path(noun, &typed)).await;
            assert!(!some.is_empty() && some.len() < all.len(), "{noun}: {} of {} match", some.len(), all.len());

            // One at a time, each once and in order.
            let (mut seen, mut after) = (Vec::new(), String::new());
            let others = path(noun, &format!("not ({is_one})"));
            for _ in &all {
                let page = admin.get(&format!("{others}&limit=1{after}")).await.expect(200);
                let shown = page.at("/items").as_array().unwrap().clone();
                assert!(shown.len() <= 1, "{noun}");
                seen.extend(shown);
                match page.at(next) {
                    Value::Null => break,
                    Value::String(text) => after = format!("&{cursor}={text}"),
                    number => after = format!("&{cursor}={number}"),
                }
            }
            let expected: Vec<Value> = all.iter().filter(|item| *item != one).cloned().collect();
            assert_eq!(seen, expected, "{noun}");
        }
    }

    async fn a_filter_that_does_not_fit_is_named(app: TestApp) {
        let admin = app.client("admin", &["admin", "invite", "events:read"]).await;
        for (noun, name, ..) in LISTS {
            for filter in ["shoe eq 1", "externalId pr", "meta.created pr", "urn:x:y:id pr", "id.part pr", "id eq", "(id pr", &format!("{name} gt true")] {
                let refused = admin.get(&path(noun, filter)).await.expect(400);
                assert_eq!((refused.at("/code"), refused.at("/field")), (json!("invalid_filter"), json!("filter")), "{noun} {filter}: {refused}");
                assert_eq!(refused.header("content-type"), "application/problem+json");
            }
            items(&admin, &format!("/api/v1/{noun}?filter=")).await;
        }
        let near = admin.get(&path("tokens", "clint pr")).await.expect(400);
        assert!(near.at("/detail").as_str().unwrap().contains("did you mean `client`"), "{near}");
        let nested = admin.get(&path("realms", "settings.titel pr")).await.expect(400);
        assert!(nested.at("/detail").as_str().unwrap().contains("did you mean `title`"), "{nested}");
    }

    async fn a_filter_goes_with_the_other_parameters(app: TestApp) {
        let admin = filled(&app).await;
        let of_hr = format!("{}&client=hr", path("tokens", r#"name eq "second" or name sw "admin""#));
        let found = items(&admin, &of_hr).await;
        assert_eq!((found.len(), &found[0]["name"]), (1, &json!("second")));
        let german = format!("{}&state=pending&address=cat%40example.org", path("invitations", r#"language eq "de""#));
        assert_eq!(items(&admin, &german).await.len(), 1);
        let none = format!("{}&kind=erase_user", path("jobs", "parked eq true"));
        assert!(items(&admin, &none).await.is_empty());
        // The feed goes on after what was looked at, so that nothing is looked at twice.
        let feed = admin.get("/api/v1/events?limit=500").await.expect(200);
        let filtered = admin.get(&path("events", r#"kind eq "nothing""#)).await.expect(200);
        assert_eq!(filtered.at("/after"), feed.at("/after"));
    }

    async fn the_people_of_a_client_are_filtered(app: TestApp) {
        let admin = app.client("admin", &["admin"]).await;
        let hr = app.client("hr", &["scim:read", "scim:write"]).await;
        for name in ["ann", "ben", "cat"] {
            hr.post("/scim/v2/Users", json!({ "userName": name, "externalId": format!("x-{name}") })).await.expect(201);
        }
        let found = items(&admin, &path("clients/hr/people", r#"external_id ew "ben""#)).await;
        assert_eq!((found.len(), &found[0]["external_id"]), (1, &json!("x-ben")));
        admin.get(&path("clients/hr/people", "name pr")).await.expect(400);
    }
}
