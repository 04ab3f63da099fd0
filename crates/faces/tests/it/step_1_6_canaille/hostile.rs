//! Number 15, by hand: what somebody would send who means harm, or whose program is broken.

use http::Method;
use serde_json::{Value, json};
use testkit::{TestApp, TestClient};

use super::{BOTH, add, add_group, assert_harmless, assert_refused, canaille, dialects};
use crate::scim::{escaped, patch};
use crate::store::Dump;

/// Where bodies go, with how many bytes are let in there.
fn places(user: &str, group: &str) -> Vec<(Method, String)> {
    vec![
        (Method::POST, "/scim/v2/Users".into()),
        (Method::POST, "/scim/v2/Groups".into()),
        (Method::PUT, format!("/scim/v2/Users/{user}")),
        (Method::PATCH, format!("/scim/v2/Users/{user}")),
        (Method::PATCH, format!("/scim/v2/Groups/{group}")),
        (Method::POST, "/scim/v2/Bulk".into()),
        (Method::POST, "/scim/v2/.search".into()),
    ]
}

/// Bodies that no client should be understood by, with what they are told.
fn broken_bodies() -> Vec<(&'static str, Vec<u8>)> {
    let nested = |open: &str, close: &str, depth: usize| {
        format!(
            "{{\"userName\":\"x\",\"a\":{}1{}}}",
            open.repeat(depth),
            close.repeat(depth)
        )
        .into_bytes()
    };
    let utf16 = "{\"userName\":\"x\"}"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    vec![
        ("lists in lists", nested("[", "]", 20_000)),
        ("objects in objects", nested("{\"a\":", "}", 20_000)),
        ("only opened", "[".repeat(200_000).into_bytes()),
        ("one level too deep", nested("[", "]", 64)),
        ("half a pair", br#"{"userName":"\ud800"}"#.to_vec()),
        ("the other half", br#"{"userName":"\udc00x"}"#.to_vec()),
        ("pairs the wrong way round", br#"{"userName":"\udc00\ud800"}"#.to_vec()),
        ("no UTF-8", b"{\"userName\":\"\xff\xfe\"}".to_vec()),
        ("a surrogate in UTF-8", b"{\"userName\":\"\xed\xa0\x80\"}".to_vec()),
        ("an overlong slash", b"{\"userName\":\"\xc0\xaf\"}".to_vec()),
        ("UTF-16", utf16),
        ("a control character", b"{\"userName\":\"a\x01b\"}".to_vec()),
        ("nothing but NUL", vec![0; 100]),
        ("a number too large", br#"{"userName":"x","a":1e999}"#.to_vec()),
        (
            "digits without end",
            format!("{{\"userName\":\"x\",\"a\":{}e{}}}", "9".repeat(400), "9".repeat(400)).into_bytes(),
        ),
        ("not a number", br#"{"userName":"x","a":NaN}"#.to_vec()),
        ("a comment", br#"{"userName":"x" /* and */}"#.to_vec()),
        ("a comma too many", br#"{"userName":"x",}"#.to_vec()),
        ("two values", br#"{"userName":"x"}{"userName":"y"}"#.to_vec()),
        ("another quote", b"{'userName':'x'}".to_vec()),
        ("an escape that is none", br#"{"userName":"\x41"}"#.to_vec()),
        ("no member name", br"{1:2}".to_vec()),
    ]
}

fn odd_values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(1e300),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(0.1),
        json!(""),
        json!("x"),
        json!("a\u{0}b"),
        json!("\u{202e}"),
        json!("a\r\nb: c"),
        json!([]),
        json!([null]),
        json!([[]]),
        json!([1, "x", {}, null]),
        json!({}),
        json!({ "value": null }),
        json!({ "value": { "value": [] } }),
        json!({ "__proto__": { "admin": true }, "constructor": 1 }),
        json!([{ "value": "x", "primary": true }, { "value": "x", "primary": "true" }]),
        json!("y".repeat(3000)),
    ]
}

/// Every attribute and sub-attribute that is published, as PATCH paths.
async fn published(client: &TestClient) -> Vec<(String, String)> {
    let mut paths = Vec::new();
    for (endpoint, urn) in [
        ("Users", "urn:ietf:params:scim:schemas:core:2.0:User"),
        ("Groups", "urn:ietf:params:scim:schemas:core:2.0:Group"),
        ("Users", super::ENTERPRISE),
    ] {
        let schema = client.get(&format!("/scim/v2/Schemas/{urn}")).await.expect(200);
        for attribute in schema.at("/attributes").as_array().expect("a list") {
            let name = format!("{urn}:{}", attribute["name"].as_str().expect("a name"));
            let subs = attribute["subAttributes"].as_array().cloned().unwrap_or_default();
            paths.extend(subs.iter().map(|sub| {
                (
                    endpoint.to_owned(),
                    format!("{name}.{}", sub["name"].as_str().expect("a name")),
                )
            }));
            paths.push((endpoint.to_owned(), name));
        }
    }
    let common = [
        "id",
        "externalId",
        "meta",
        "meta.version",
        "schemas",
        super::ENTERPRISE,
        "urn:ietf:params:scim:schemas:core:2.0:User",
        "urn:usher:scim:schemas:1.0:User",
    ];
    paths.extend(
        ["Users", "Groups"]
            .into_iter()
            .flat_map(|endpoint| common.map(|path| (endpoint.to_owned(), path.to_owned()))),
    );
    paths
}

async fn unchanged(app: &TestApp, before: &Dump, what: &str) {
    let after = Dump::of(app).await;
    assert!(after == *before, "{what} wrote\n{}", before.difference(&after));
}

testkit::both! {
    async fn c_15_broken_bodies(app: TestApp) {
        for (name, client) in dialects(&app).await {
            let (user, group) = (add(&client, name).await, add_group(&client, name, &[]).await);
            let before = Dump::of(&app).await;
            for (what, body) in broken_bodies() {
                for (method, path) in places(&user, &group) {
                    let answer = client.request(method, &path).body("application/scim+json", body.clone()).await;
                    let sent = format!("{what} to {path}");
                    assert!(matches!(answer.status, 400 | 413), "{sent}: {answer}");
                    assert_harmless(&answer, &sent);
                    assert!(answer.text.len() < 2000, "an error is short: {sent}");
                    assert!(answer.status == 413 || answer.scim_type() == "invalidSyntax", "{sent}: {answer}");
                }
            }
            unchanged(&app, &before, "a broken body").await;
        }
    }

    async fn c_15_bodies_that_are_odd_and_right(app: TestApp) {
        let client = canaille(&app).await;
        let name = r#""name":{"familyName":"F"}"#;
        for (number, body) in [
            format!("\u{feff}{{\"userName\":\"u0\",{name}}}"), format!("{{\"userName\":\"other\",\"userName\":\"u1\",{name}}}"), format!("{{\"USERNAME\":\"u2\",{name}}}"),
            format!("{{\"userName\":\"u3\",{name},\"__proto__\":{{\"active\":false}},\"constructor\":{{}}}}"), format!("{{\"userName\":\"u4\",{name},\"a\":{}1{}}}", "[".repeat(62), "]".repeat(62)),
            format!(" \r\n\t{{\"userName\":\"u5\",{name}}}\n "), format!("{{\"userName\":\"u6\",{name},\"n\":-0.0,\"m\":12345678901234567890123456789}}"), format!("{{\"userName\":\"u\\u0037\",{name}}}"),
        ]
        .into_iter()
        .enumerate()
        {
            let made = client.request(Method::POST, "/scim/v2/Users").body("application/scim+json", body.clone()).await;
            assert_eq!((made.status, made.at("/userName"), made.at("/active")), (201, json!(format!("u{number}")), json!(true)), "{body}: {made}");
        }
    }

    async fn c_15_huge_bodies(app: TestApp) {
        let client = canaille(&app).await;
        let (user, group) = (add(&client, "ann").await, add_group(&client, "staff", &[]).await);
        let before = Dump::of(&app).await;
        let padded = |length: usize| format!("{{\"userName\":\"big\",\"x\":\"{}\"}}", "x".repeat(length)).into_bytes();
        for (method, path) in places(&user, &group) {
            assert_refused(&client.request(method, &path).body("application/scim+json", padded(5 << 20)).await, 413, "", &path);
        }
        assert_refused(&client.request(Method::POST, "/scim/v2/Bulk").body("application/scim+json", padded(2 << 20)).await, 413, "", "Bulk");
        // A length that is only said is enough.
        let said = client.post("/scim/v2/Users", json!({})).header("content-length", "99999999999").await;
        assert_refused(&said, 413, "", "Content-Length");
        let operation = json!({ "method": "DELETE", "path": "/Users/x" });
        assert_refused(&client.post("/scim/v2/Bulk", json!({ "Operations": vec![operation; 1001] })).await, 413, "", "operations");
        let members: Vec<Value> = (0..20_001).map(|number| json!({ "value": format!("m{number}") })).collect();
        assert_refused(&client.post("/scim/v2/Groups", json!({ "displayName": "big", "members": members })).await, 413, "", "members");
        unchanged(&app, &before, "a huge body").await;
    }

    async fn c_15_wrong_types_for_every_attribute(app: TestApp) {
        let clients = dialects(&app).await;
        let (user, group) = (add(&clients[0].1, "ann").await, add_group(&clients[0].1, "staff", &[]).await);
        let mut number = 0;
        for (endpoint, path) in published(&clients[0].1).await {
            let target = if endpoint == "Users" { format!("/scim/v2/Users/{user}") } else { format!("/scim/v2/Groups/{group}") };
            for value in odd_values() {
                // Each value meets each attribute once; kinds of clients and operations take turns.
                number += 1;
                let client = &clients[number % 2].1;
                let op = ["add", "replace", "replace", "add"][number % 4];
                let sent = format!("{op} {path} {}", value.to_string().chars().take(80).collect::<String>());
                assert_harmless(&client.patch(&target, patch(json!([{ "op": op, "path": path, "value": value }]))).await, &sent);
                let top = path.rsplit(':').next().unwrap_or_default();
                if !top.contains('.') {
                    let mut body = json!({ "userName": "new", "name": { "familyName": "N" }, "displayName": "new" });
                    body[top] = value;
                    let made = client.post(&format!("/scim/v2/{endpoint}"), body).await;
                    assert_harmless(&made, &sent);
                    if made.status == 201 {
                        client.delete(&format!("/scim/v2/{endpoint}/{}", made.id())).await.expect(204);
                    }
                }
            }
        }
        for (_, client) in clients {
            client.get(&format!("/scim/v2/Users/{user}")).await.expect(200);
            client.get("/scim/v2").await.expect(200);
        }
    }

    async fn c_15_ids_and_paths(app: TestApp) {
        let long = "a".repeat(3000);
        for (name, client) in dialects(&app).await {
            let user = add(&client, name).await;
            let before = Dump::of(&app).await;
            for id in [
                long.as_str(), "..", "%2e%2e", "%2E%2E%2F%2E%2E", ".", "%00", "%00%00", "a%00b", "%ff", "%c0%ae", "%ed%a0%80", "%0d%0aX-Evil:%201", "'%20or%20'1'='1", "%27;%20DROP%20TABLE%20users;--", "%25", "%5c", "*", "_", "~", "null", "undefined", "0", "-1",
                "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "%F0%9F%92%A9", "{id}", "$ref", "bulkId:1", "a;b=c", "a,b", "a@b", "http:%2F%2Fexample.org", ".search%20", "%u0041",
                &user.to_uppercase().replace('-', ""), &format!("%7B{user}%7D"), &format!("{user}%20"), &format!("urn:uuid:{user}"), &format!("{user}/x"), &format!("{user}//"),
            ] {
                if format!("/{id}").parse::<http::Uri>().is_err() {
                    continue;
                }
                for endpoint in ["Users", "Groups", "Schemas", "ResourceTypes", "Robots"] {
                    let path = format!("/scim/v2/{endpoint}/{id}");
                    for request in [client.get(&path), client.delete(&path), client.put(&path, json!({ "userName": "x", "displayName": "x", "name": { "familyName": "x" } })), client.patch(&path, patch(json!([{ "op": "remove", "path": "title" }])))] {
                        let answer = request.await;
                        assert!(matches!(answer.status, 400 | 404 | 405), "{path}: {answer}");
                        assert_harmless(&answer, &path);
                        assert_eq!(answer.header("x-evil"), "", "{path}");
                    }
                }
            }
            for path in [
                "/scim/v2/%", "/scim/v2/%55sers/..", "/scim/v2//Users", "//scim/v2/Users", "/scim/v2/Users/../Groups", "/scim/v2/./Users", "/scim/v9/Users", "/scim/v2/v2/v2/Users", "/SCIM/v2/Users", "/scim/v2/users", "/realms/none/scim/v2/Users", "/realms/%ff/scim/v2/Users",
                "/realms/../scim/v2/Users", "/realms//scim/v2/Users", "/realms/default/realms/default/scim/v2/Users", "/scim/v2/Users;x=1", "/scim/v2/Users/%2e%2e/%2e%2e/api/v1/users",
            ] {
                let answer = client.get(path).await;
                assert!(answer.status < 500 && (answer.status >= 400 || answer.text.contains("ListResponse")), "{path}: {answer}");
                if path.starts_with("/scim/") {
                    assert_harmless(&answer, path);
                }
            }
            unchanged(&app, &before, "a path").await;
        }
    }

    async fn c_15_queries_and_headers(app: TestApp) {
        let client = canaille(&app).await;
        let user = format!("/scim/v2/Users/{}", add(&client, "ann").await);
        let before = Dump::of(&app).await;
        let long = escaped(&format!("userName eq \"{}\"", "x".repeat(9000)));
        let deep = escaped(&format!("{}userName pr{}", "(".repeat(200), ")".repeat(200)));
        let wide = escaped(&vec!["userName eq \"x\""; 400].join(" or "));
        for query in [format!("filter={long}"), format!("filter={deep}"), format!("filter={wide}")] {
            assert_refused(&client.get(&format!("/scim/v2/Users?{query}")).await, 400, "invalidFilter", "a filter without measure");
        }
        for query in [
            "filter=%", "filter=%zz", "filter=%ff", "filter=%00", "filter=%ed%a0%80", "count=99999999999999999999999", "count=-99999999999999999999999", "startIndex=1e3", "sortBy=%00", "sortOrder=%00", "cursor=%00", "cursor=AAAA", "attributes=%00", "attributes=,,,,", "attributes[]=x",
            "filter[]=x", "=", "&&&", "filter", "%66ilter=x", "FILTER=x", "filter=userName%20eq%20%22x%22&filter=userName%20pr", "count=1;count=2",
        ] {
            for path in ["/scim/v2/Users", "/scim/v2/Groups", "/scim/v2", user.as_str()] {
                assert_harmless(&client.get(&format!("{path}?{query}")).await, query);
            }
        }
        let many = vec!["x=1"; 5000].join("&");
        assert_harmless(&client.get(&format!("/scim/v2/Users?{many}")).await, "many parameters");
        for (name, value) in [
            ("if-match", "\"\u{e4}\""), ("if-match", ",,,,"), ("if-match", "W/"), ("if-match", "\"9999999999999999999999\""), ("if-none-match", "W/\"-1\""), ("x-request-id", "\u{e4}"), ("accept", "text/html"), ("accept", "\u{e4}"), ("x-forwarded-for", "; DROP"), ("range", "bytes=0-1"),
            ("host", "evil.example\u{e4}"), ("origin", "null"), ("accept-language", "\u{e4};q=99999"), ("idempotency-key", "\u{e4}"), ("expect", "nothing"),
        ] {
            assert_harmless(&client.get(&user).header(name, value).await, name);
        }
        for (kind, status) in [("text/html", 415), ("application/xml", 415), ("application/scim+json; charset=latin1", 415), ("multipart/form-data; boundary=x", 415), ("\u{e4}", 415), ("", 415), ("application/json ; charset=\"UTF-8\"", 400), ("APPLICATION/SCIM+JSON", 400)] {
            assert_refused(&client.request(Method::POST, "/scim/v2/Users").body(kind, "{}").await, status, if status == 400 { "invalidValue" } else { "" }, kind);
        }
        assert_refused(&client.post("/scim/v2/Users", json!({})).header("content-encoding", "gzip").await, 415, "", "gzip");
        for value in ["Bearer", "Bearer ", "bearer x y", "Bearer \u{e4}", "Basic x", "Negotiate", "", " ", "ush_x", &format!("Bearer {}", "x".repeat(10_000)), &format!("Bearer ush_{}", "x".repeat(200)), &format!("Bearer {}\t", client.token())] {
            let answer = client.get(&user).header("authorization", value).await;
            if value.ends_with('\t') {
                assert_harmless(&answer, value);
            } else {
                assert_refused(&answer, 401, "", value);
            }
        }
        let in_query = app.anonymous().get(&format!("{user}?access_token={}", client.token())).await;
        assert_refused(&in_query, 401, "", "a token in the query");
        unchanged(&app, &before, "a query").await;
    }

    async fn c_15_bulk_that_turns_in_circles(app: TestApp) {
        let client = app.client("generic", &BOTH).await;
        let long = "b".repeat(3000);
        for operations in [
            json!([{ "method": "POST", "path": "/Groups", "bulkId": "1", "data": { "displayName": "a", "members": [{ "value": "bulkId:1" }] } }]),
            json!([{ "method": "POST", "path": "/Groups", "bulkId": "1", "data": { "displayName": "a", "members": [{ "value": "bulkId:2" }] } }, { "method": "POST", "path": "/Groups", "bulkId": "2", "data": { "displayName": "b", "members": [{ "value": "bulkId:1" }] } }]),
            json!([{ "method": "POST", "path": "/Groups", "bulkId": "1", "data": {} }, { "method": "POST", "path": "/Groups", "bulkId": "1", "data": {} }]),
            json!([{ "method": "PATCH", "path": "/Users/bulkId:none", "data": {} }]), json!([{ "method": "POST", "path": "/Bulk", "bulkId": "1", "data": { "Operations": [] } }]), json!([{ "method": "GET", "path": "/Users" }]),
            json!([{ "method": "POST", "path": "/../../api/v1/users", "bulkId": "1", "data": {} }]), json!([{ "method": "POST", "path": "https://evil.example/Users", "bulkId": "1", "data": {} }]), json!([{ "method": "DELETE", "path": "/Users" }]), json!([{ "method": "DELETE", "path": "/Users/" }]),
            json!([{ "method": "POST", "path": "/Users", "bulkId": long, "data": { "userName": "bulkId:bulkId:bulkId:" } }]), json!([null, 1, "x", []]), json!([[]]), json!({}), json!("x"), json!(null),
        ] {
            let answer = client.post("/scim/v2/Bulk", json!({ "Operations": operations })).await;
            assert_harmless(&answer, &operations.to_string().chars().take(200).collect::<String>());
            for done in answer.json()["Operations"].as_array().into_iter().flatten() {
                assert!(!done["status"].as_str().unwrap_or("500").starts_with('5'), "{answer}");
            }
        }
    }
}
