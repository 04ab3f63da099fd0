//! Terms of use.

use directory::enrollment::terms::{Channel, TermsGiven};
use serde_json::{Value, json};

use super::{NOBODY, admin, ask, each, let_do, person, refused, top, way};

fn accepted() -> TermsGiven {
    TermsGiven {
        accepted: true,
        version: None,
        channel: Channel::Api,
        address: Some("192.0.2.7".into()),
    }
}

testkit::both! {
    async fn versions_are_published_and_acceptances_listed(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let join = way(&admin, &acme, json!({ "require_approval": false, "terms": { "url": "https://example.org/1" } })).await;
        let path = format!("/api/v1/groups/{acme}/configurations/{join}/terms");
        let people = [person(&app, "ada").await.0, person(&app, "ben").await.0, person(&app, "cleo").await.0];
        for user in people {
            ask(&app, user, &join, Some(accepted())).await;
            app.clock().advance(1);
        }
        let published = admin.post(&path, json!({ "url": "https://example.org/2", "digest": "sha256:00", "valid_days": 30, "on_lapse": "end", "ask_again": true })).await.expect(201);
        assert_eq!((published.at("/number"), published.at("/on_lapse"), published.events.clone()), (json!(2), json!("end"), vec!["terms.published".to_owned()]));
        let first = admin.get(&format!("{path}?limit=1")).await.expect(200);
        assert_eq!((first.at("/items/0"), first.at("/next")), (published.json(), json!("2")));
        let second = admin.get(&format!("{path}?limit=1&cursor=2")).await.expect(200);
        assert_eq!((second.at("/items/0/url"), second.at("/next")), (json!("https://example.org/1"), Value::Null));

        let old = second.at("/items/0/id").as_str().unwrap().to_owned();
        let acceptances = format!("/api/v1/groups/{acme}/terms/{old}/acceptances");
        let page = admin.get(&format!("{acceptances}?limit=2")).await.expect(200);
        assert_eq!(each(&page, "user"), [people[0].to_string(), people[1].to_string()]);
        assert_eq!((page.at("/items/0/channel"), page.at("/items/0/address")), (json!("api"), json!("192.0.2.7")));
        let next = page.at("/next").as_str().unwrap().to_owned();
        let rest = admin.get(&format!("{acceptances}?limit=2&cursor={next}")).await.expect(200);
        assert_eq!((each(&rest, "user"), rest.at("/next")), (vec![people[2].to_string()], Value::Null));
        let of_new = admin.get(&format!("/api/v1/groups/{acme}/terms/{}/acceptances", published.id())).await.expect(200);
        assert!(each(&of_new, "user").is_empty());
        refused(admin.get(&format!("{acceptances}?cursor=soon")).await, 400, "invalid_cursor");
        refused(admin.get(&format!("{path}?cursor=soon")).await, 400, "invalid_cursor");
        // Of another group's terms nothing is told.
        let zoo = top(&admin, "zoo").await;
        refused(admin.get(&format!("/api/v1/groups/{zoo}/terms/{old}/acceptances")).await, 404, "not_found");
        refused(admin.get(&path.replace(&acme, &zoo)).await, 404, "configuration_unknown");
        refused(admin.post(&path.replace(&acme, &zoo), json!({ "url": "https://example.org" })).await, 404, "configuration_unknown");
    }

    async fn terms_that_do_not_fit_and_people_who_may_not_are_refused(app: TestApp) {
        let admin = admin(&app).await;
        let acme = top(&admin, "acme").await;
        let join = way(&admin, &acme, json!({ "terms": { "url": "https://example.org/1" } })).await;
        let path = format!("/api/v1/groups/{acme}/configurations/{join}/terms");
        let wrong = refused(admin.post(&path, json!({ "url": "nowhere" })).await, 400, "invalid");
        assert_eq!(wrong.at("/field"), "url");
        let wrong = refused(admin.post(&path, json!({ "url": "https://example.org", "valid_days": 0 })).await, 400, "invalid");
        assert_eq!(wrong.at("/field"), "valid_days");
        refused(admin.post(&path, json!({ "url": "https://example.org", "on_lapse": "sing" })).await, 400, "invalid");
        refused(admin.post(&path, json!({})).await, 400, "invalid");
        refused(admin.get(&format!("/api/v1/groups/{acme}/terms/{NOBODY}/acceptances")).await, 404, "not_found");
        let (ada, theirs) = person(&app, "ada").await;
        refused(theirs.get(&path).await, 403, "not_permitted");
        let_do(&admin, &acme, ada, json!({ "capabilities": ["requests.review"] })).await;
        let versions = theirs.get(&path).await.expect(200);
        let id = versions.at("/items/0/id").as_str().unwrap().to_owned();
        refused(theirs.post(&path, json!({ "url": "https://example.org/2" })).await, 403, "not_permitted");
        refused(theirs.get(&format!("/api/v1/groups/{acme}/terms/{id}/acceptances")).await, 403, "not_permitted");
    }
}
