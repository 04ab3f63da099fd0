//! The machine's clock is set between two requests: versions, cursors, repeated requests and limits hold.

use serde_json::json;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

fn rename(to: &str) -> serde_json::Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{ "op": "replace", "path": "displayName", "value": to }] })
}

testkit::both! {
    async fn a_version_tells_apart_what_the_clock_does_not(app: TestApp) {
        let hr = app.client("hr", &["scim:read", "scim:write"]).await;
        let id = hr.post("/scim/v2/Users", json!({ "userName": "ann" })).await.expect(201).id();
        let path = format!("/scim/v2/Users/{id}");
        let mut tags = vec![hr.get(&path).await.expect(200).header("etag").to_owned()];
        for (number, step) in [-1, -DAY, 2 * DAY, 0].into_iter().enumerate() {
            app.clock().advance(step);
            let newest = tags.last().cloned().unwrap();
            let name = format!("Ann {number}");
            let answer = hr.patch(&path, rename(&name)).header("if-match", &newest).await.expect(200);
            let tag = answer.header("etag").to_owned();
            assert!(!tags.contains(&tag), "{tag} comes twice in {tags:?}");
            hr.patch(&path, rename("late")).header("if-match", &newest).await.expect(412);
            hr.get(&path).header("if-none-match", &tag).await.expect(304);
            hr.get(&path).header("if-none-match", &newest).await.expect(200);
            tags.push(tag);
        }
    }

    async fn a_cursor_leads_on_when_the_clock_is_set(app: TestApp) {
        let hr = app.client("hr", &["scim:read", "scim:write"]).await;
        let mut made = Vec::new();
        for number in 0..6 {
            made.push(hr.post("/scim/v2/Users", json!({ "userName": format!("u{number}") })).await.expect(201).id());
        }
        let mut seen = Vec::new();
        let mut cursor = String::new();
        for step in [0, HOUR / 2, -DAY] {
            app.clock().advance(step);
            let page = hr.get(&format!("/scim/v2/Users?count=2&cursor={cursor}")).await.expect(200).json();
            let resources = page["Resources"].as_array().unwrap();
            seen.extend(resources.iter().map(|user| user["id"].as_str().unwrap().to_owned()));
            page["nextCursor"].as_str().unwrap_or_default().clone_into(&mut cursor);
        }
        assert_eq!(seen, made);
        // One that was given out long ago by now says so, and nothing is left out silently.
        let page = hr.get("/scim/v2/Users?count=2&cursor=").await.expect(200).json();
        let cursor = page["nextCursor"].as_str().unwrap().to_owned();
        app.clock().advance(DAY);
        let answer = hr.get(&format!("/scim/v2/Users?count=2&cursor={cursor}")).await.expect(400);
        assert_eq!(answer.scim_type(), "expiredCursor");
    }

    async fn a_request_under_its_key_is_done_once_when_the_clock_is_set_back(app: TestApp) {
        let admin = app.client("ops", &["admin", "scim:read", "scim:write"]).await;
        for (path, name) in [("/api/v1/users", "ann"), ("/scim/v2/Users", "bob")] {
            let mut ids = Vec::new();
            for step in [0, -1, -DAY, DAY / 2] {
                app.clock().advance(step);
                let sent = admin.post(path, json!({ "userName": name })).header("idempotency-key", name).await;
                ids.push(sent.expect(201).id());
            }
            assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "{ids:?}");
        }
        let created = app.event_kinds().await;
        assert_eq!(created.iter().filter(|kind| *kind == "user.created").count(), 2);
    }

    async fn limits_count_in_real_time(app: TestApp) {
        let app = app.with_faces(|config| {
            config.anonymous_per_second = 1;
            config.anonymous_burst = 3;
        }).await;
        let nobody = app.anonymous();
        let from = std::net::IpAddr::from([192, 0, 2, 7]);
        let ask = || nobody.get("/scim/v2/ServiceProviderConfig").from_address(from);
        let mut limited = 0;
        // A clock that is set does not fill anybody's allowance, nor take it away.
        for step in [DAY, DAY, -DAY, DAY, -7 * DAY, DAY, DAY, DAY, DAY, DAY, DAY, DAY, DAY, DAY, DAY, DAY] {
            app.clock().advance(step);
            limited += usize::from(ask().await.status == 429);
        }
        assert!(limited > 0, "nothing was refused");
        let other = std::net::IpAddr::from([192, 0, 2, 8]);
        app.clock().advance(-365 * DAY);
        nobody.get("/scim/v2/ServiceProviderConfig").from_address(other).await.expect(200);
    }
}
