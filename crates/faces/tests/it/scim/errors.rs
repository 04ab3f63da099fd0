//! Bad input and refusals: each in SCIM's own form, never a fault.

use std::net::IpAddr;

use http::Method;
use serde_json::json;
use testkit::{Answer, exchange};

use super::{hr, user};

fn assert_scim_error(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{answer}");
    assert_eq!(
        answer.at("/schemas"),
        json!(["urn:ietf:params:scim:api:messages:2.0:Error"]),
        "{answer}"
    );
    assert_eq!(answer.at("/status"), status.to_string(), "{answer}");
    assert!(
        answer.at("/detail").as_str().is_some_and(|detail| !detail.is_empty()),
        "{answer}"
    );
    assert!(
        answer.header("content-type").starts_with("application/scim+json"),
        "{answer}"
    );
    assert!(!answer.header("x-request-id").is_empty(), "{answer}");
    assert!(answer.events.is_empty(), "{answer}");
}

testkit::both! {
    async fn without_a_valid_token_everything_looks_the_same(app: TestApp) {
        let hr = hr(&app).await;
        let ann = user(&hr, "ann").await;
        exchange!(app.anonymous().get(&format!("/scim/v2/Users/{ann}")), "no_token");
        exchange!(app.bearer("ush_nothing").get(&format!("/scim/v2/Users/{ann}")), "an_invalid_token");
        let ways = [
            app.anonymous(),
            app.bearer("ush_nothing"),
            app.bearer(""),
            app.anonymous().with_header("authorization", "Basic YTpi"),
            app.anonymous().with_header("authorization", "Bearer"),
            app.anonymous().with_header("authorization", "Bearer \u{e9}"),
        ];
        for nobody in &ways {
            for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
                let there = nobody.request(method.clone(), &format!("/scim/v2/Users/{ann}")).body("text/plain", "{").await;
                let missing = nobody.request(method, "/scim/v2/Users/none").body("text/plain", "{").await;
                assert_scim_error(&there, 401);
                assert_eq!(there.text, missing.text);
                assert!(there.header("www-authenticate").starts_with("Bearer"));
            }
        }
        let in_query = app.anonymous().get(&format!("/scim/v2/Users?access_token={}", hr.token())).await;
        assert_scim_error(&in_query, 401);
        app.anonymous().with_header("authorization", &format!("bEARER {}", hr.token())).get("/scim/v2/Users").await.expect(200);
    }

    async fn what_is_no_endpoint_is_not_found(app: TestApp) {
        let hr = hr(&app).await;
        for path in ["/scim/v2/Robots", "/scim/v2/Users/1/2", "/scim/v2/Users/1/.invitation/2", "/realms/none/scim/v2/Users", "/scim/v2/scim/v2/Users"] {
            assert_scim_error(&hr.get(path).await, 404);
        }
        for version in ["/scim/v3/Users", "/scim/v1", "/realms/default/scim/v2.1/Users"] {
            let answer = hr.get(version).await;
            assert_scim_error(&answer, 400);
            assert_eq!(answer.scim_type(), "invalidVers");
        }
    }

    async fn wrong_verbs_name_the_right_ones(app: TestApp) {
        let hr = hr(&app).await;
        let ann = user(&hr, "ann").await;
        for (method, path, allowed) in [
            (Method::DELETE, "/scim/v2/Users".to_owned(), "POST"),
            (Method::PUT, "/scim/v2/Groups".to_owned(), "GET"),
            (Method::POST, format!("/scim/v2/Users/{ann}"), "PATCH"),
            (Method::GET, "/scim/v2/Bulk".to_owned(), "POST"),
            (Method::GET, "/scim/v2/.search".to_owned(), "POST"),
        ] {
            let answer = hr.request(method, &path).await;
            assert_scim_error(&answer, 405);
            assert!(answer.header("allow").contains(allowed), "{:?}", answer.headers);
        }
    }

    async fn bodies_that_cannot_be_read_are_refused(app: TestApp) {
        let hr = hr(&app).await;
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(100), "]".repeat(100));
        let bodies: [&[u8]; 13] = [
            b"", b"{", b"[]", b"1", b"null", b"\"x\"", b"{} trailing", b"{\"userName\":\"\xff\"}", b"{\"userName\":\"\\ud800\"}",
            b"{\"userName\":\"a\" \"b\"}", b"{'userName':'a'}", b"{\"userName\":NaN}", deep.as_bytes(),
        ];
        for body in bodies {
            for (method, path) in [(Method::POST, "/scim/v2/Users"), (Method::POST, "/scim/v2/Bulk"), (Method::POST, "/scim/v2/.search"), (Method::PATCH, "/scim/v2/Groups/1")] {
                let answer = hr.request(method, path).body("application/scim+json", body.to_vec()).await;
                assert_scim_error(&answer, 400);
                assert_eq!(answer.scim_type(), "invalidSyntax", "{:?}", String::from_utf8_lossy(body));
            }
        }
        let nul = hr.post("/scim/v2/Users", json!({ "userName": "ann", "title": "a\u{0}b" })).await;
        assert_scim_error(&nul, 400);
    }

    async fn media_types_are_scims_and_jsons(app: TestApp) {
        let hr = hr(&app).await;
        let post = |kind: &str, name: &str| hr.request(Method::POST, "/scim/v2/Users").body(kind, json!({ "userName": name }).to_string());
        for (number, kind) in ["application/scim+json", "application/json", "Application/JSON; charset=UTF-8", "application/scim+json;charset=\"utf-8\""].iter().enumerate() {
            post(kind, &format!("u{number}")).await.expect(201);
        }
        for kind in ["text/plain", "application/xml", "application/json; charset=iso-8859-1", "application/x-www-form-urlencoded", "application/scim"] {
            assert_scim_error(&post(kind, "x").await, 415);
        }
        assert_scim_error(&post("application/json", "x").header("content-encoding", "gzip").await, 415);
        for accept in ["application/scim+json", "application/json", "*/*", "text/html, application/json;q=0.5", "nonsense"] {
            hr.get("/scim/v2/Users").header("accept", accept).await.expect(200);
        }
    }

    async fn what_is_too_large_is_refused(app: TestApp) {
        let app = app.with_faces(|faces| faces.max_body_bytes = 1000).await;
        let hr = hr(&app).await;
        let body = json!({ "userName": "a", "title": "x".repeat(2000) });
        let answer = hr.post("/scim/v2/Users", body.clone()).await;
        assert_scim_error(&answer, 413);
        let length = body.to_string().len().to_string();
        assert_scim_error(&hr.post("/scim/v2/Users", body).header("content-length", &length).await, 413);
    }

    async fn a_face_that_is_off_is_not_there(app: TestApp) {
        let hr = hr(&app).await;
        app.set_realm("default", |settings| settings.faces_off = vec!["scim".into()]).await;
        for path in ["/scim/v2/Users", "/scim/v2/Schemas", "/scim/Users"] {
            assert_scim_error(&hr.get(path).await, 404);
        }
        app.set_realm("default", |settings| settings.faces_off.clear()).await;
        hr.get("/scim/v2/Users").await.expect(200);
    }

    async fn too_many_refused_credentials_have_to_wait(app: TestApp) {
        let app = app.with_faces(|faces| { faces.refused_burst = 3; faces.refused_per_second = 1; faces.anonymous_burst = 3; faces.anonymous_per_second = 1; }).await;
        let hr = hr(&app).await;
        let other = IpAddr::from([192, 0, 2, 1]);
        for client in [app.bearer("ush_wrong"), app.anonymous()] {
            let mut last = client.get("/scim/v2/Users").from_address(other).await;
            for _ in 0..6 {
                last = client.get("/scim/v2/Users").from_address(other).await;
            }
            assert_scim_error(&last, 429);
            assert!(last.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds >= 1));
        }
        hr.get("/scim/v2/Users").from_address(other).await.expect(200);
        app.bearer("ush_wrong").get("/scim/v2/Users").await.expect(401);
    }

    async fn a_token_of_another_realm_is_no_token(app: TestApp) {
        let hr = hr(&app).await;
        let ann = user(&hr, "ann").await;
        let acme = app.client_with("hr", &["scim:read", "scim:write"], |program| program.realm("acme")).await;
        assert_scim_error(&acme.get(&format!("/scim/v2/Users/{ann}")).await, 401);
        let made = acme.post("/realms/acme/scim/v2/Users", json!({ "userName": "ann" })).await.expect(201);
        assert!(made.header("location").starts_with("https://usher.example/realms/acme/scim/v2/Users/"));
        assert_scim_error(&acme.get(&format!("/realms/acme/scim/v2/Users/{ann}")).await, 404);
        assert_scim_error(&hr.get("/realms/acme/scim/v2/Users").await, 401);
        app.set_realm("acme", |settings| settings.hosts = vec!["acme.example".into()]).await;
        let by_host = acme.get("/scim/v2/Users").header("host", "acme.example:8443").await.expect(200);
        assert_eq!(by_host.at("/totalResults"), 1);
    }
}

testkit::both! {
    async fn other_origins_may_call_scim_and_not_the_pages(app: TestApp) {
        let hr = hr(&app).await;
        let asked = app.anonymous().request(Method::OPTIONS, "/scim/v2/Users").header("origin", "https://app.example")
            .header("access-control-request-method", "PATCH").await.expect(200);
        assert_eq!(asked.header("access-control-allow-origin"), "https://app.example");
        assert!(asked.header("access-control-allow-methods").contains("PATCH"));
        let answer = hr.get("/scim/v2/Users").header("origin", "https://app.example").await.expect(200);
        assert_eq!(answer.header("access-control-allow-origin"), "https://app.example");
        assert!(answer.header("access-control-expose-headers").contains("etag"));
        assert_eq!(answer.header("vary"), "origin");
        let page = app.anonymous().get("/").header("origin", "https://app.example").await;
        assert_eq!(page.header("access-control-allow-origin"), "");
    }

    async fn a_harmless_request_id_comes_back(app: TestApp) {
        let nobody = app.anonymous();
        let get = |id: &str| nobody.get("/scim/v2/Schemas").header("x-request-id", id);
        assert_eq!(get("trace-1.a_b").await.header("x-request-id"), "trace-1.a_b");
        for id in ["a b", "", "<x>", &"x".repeat(65)] {
            let answered = get(id).await.header("x-request-id").to_owned();
            assert!(answered != id && !answered.is_empty(), "{id}");
        }
    }
}
