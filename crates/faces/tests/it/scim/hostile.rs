//! Whatever is sent, the answer is SCIM's and no fault, and nothing of a refused request is written.

use http::Method;
use serde_json::{Value, json};
use testkit::{Answer, TestClient};

use super::{escaped, group, hr, patch, user};

fn assert_harmless(answer: &Answer, sent: &str) {
    assert!(answer.status < 500, "{sent}: {answer}");
    if answer.status >= 400 {
        assert_eq!(
            answer.at("/schemas/0"),
            "urn:ietf:params:scim:api:messages:2.0:Error",
            "{sent}: {answer}"
        );
        assert_eq!(answer.at("/status"), answer.status.to_string(), "{sent}: {answer}");
        assert!(answer.events.is_empty(), "{sent}: {answer}");
    }
}

/// One value of each type, and the odd ones.
fn values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(1e300),
        json!(12_345_678_901_234_567_890_u64),
        json!(""),
        json!("x"),
        json!("a\u{0}b"),
        json!("\u{202e}\u{feff}"),
        json!("a\r\nX-Evil: '1"),
        json!([]),
        json!([[1]]),
        json!([1, "x", {}]),
        json!({}),
        json!({ "value": null }),
        json!({ "value": { "value": 1 } }),
        json!([{ "value": "x", "primary": true }, { "value": "y", "primary": true }]),
        json!({ "$ref": 5 }),
        json!([{ "value": [] }]),
        json!("x".repeat(70_000)),
    ]
}

const ATTRIBUTES: [&str; 11] = [
    "userName",
    "name",
    "emails",
    "active",
    "members",
    "displayName",
    "externalId",
    "schemas",
    "meta",
    "x509Certificates",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
];

async fn every_value_in_every_attribute(client: &TestClient, tag: &str) {
    let person = user(client, &format!("person-{tag}")).await;
    let all = group(client, "all", &[&person]).await;
    for attribute in ATTRIBUTES {
        for value in values() {
            let mut body = json!({ "userName": format!("u{tag}"), "displayName": "d" });
            body[attribute] = value.clone();
            for path in ["/scim/v2/Users", "/scim/v2/Groups"] {
                let made = client.post(path, body.clone()).await;
                assert_harmless(&made, &body.to_string());
                if made.status == 201 {
                    client.delete(&format!("{path}/{}", made.id())).await.expect(204);
                }
            }
            let operations = patch(json!([{ "op": "add", "path": attribute, "value": value }]));
            let pathless = patch(json!([{ "op": "replace", "value": { attribute: value } }]));
            for path in [format!("/scim/v2/Users/{person}"), format!("/scim/v2/Groups/{all}")] {
                for body in [&operations, &pathless] {
                    assert_harmless(&client.patch(&path, body.clone()).await, &body.to_string());
                }
            }
        }
    }
}

testkit::both! {
    async fn values_of_the_wrong_kind(app: TestApp) {
        let hr = hr(&app).await;
        every_value_in_every_attribute(&hr, "g").await;
    }

    async fn messages_of_the_wrong_kind(app: TestApp) {
        let hr = hr(&app).await;
        let person = user(&hr, "ann").await;
        for value in values() {
            for name in ["Operations", "failOnErrors", "schemas"] {
                let mut body = json!({ "Operations": [] });
                body[name] = value.clone();
                assert_harmless(&hr.post("/scim/v2/Bulk", body.clone()).await, &body.to_string());
                assert_harmless(&hr.patch(&format!("/scim/v2/Users/{person}"), body.clone()).await, &body.to_string());
            }
            for name in ["method", "path", "bulkId", "version", "data"] {
                let mut operation = json!({ "method": "PATCH", "path": format!("/Users/{person}"), "data": { "Operations": [] } });
                operation[name] = value.clone();
                assert_harmless(&hr.post("/scim/v2/Bulk", json!({ "Operations": [operation] })).await, &format!("{name} {value}"));
            }
            for name in ["filter", "sortBy", "sortOrder", "startIndex", "count", "cursor", "attributes", "excludedAttributes", "schemas"] {
                for path in ["/scim/v2/.search", "/scim/v2/Users/.search", "/scim/v2/Groups/.search"] {
                    assert_harmless(&hr.post(path, json!({ name: value })).await, &format!("{name} {value}"));
                }
            }
            for name in ["op", "path", "value"] {
                let mut operation = json!({ "op": "replace", "path": "title", "value": "x" });
                operation[name] = value.clone();
                assert_harmless(&hr.patch(&format!("/scim/v2/Users/{person}"), patch(json!([operation]))).await, &format!("{name} {value}"));
            }
        }
    }

    async fn filters_and_paths_that_mean_harm(app: TestApp) {
        let hr = hr(&app).await;
        let person = user(&hr, "ann").await;
        let long = format!("userName eq \"{}\"", "x".repeat(7000));
        let many = vec!["userName eq \"x\""; 250].join(" or ");
        let texts = [
            "userName eq \"x' OR '1'='1\"", "userName co \"%\"", "userName sw \"_\"", "userName ew \"\\\\\"", "userName eq \"\\u0000\"", "userName eq \"\\ud800\"",
            "password eq \"x\"", "password sw \"a\"", "emails[type eq \"work\"", "emails[]", "emails[emails[value eq \"x\"]]", "members[value eq \"x\"].value eq \"y\"",
            "meta.created gt \"yesterday\"", "meta.created gt \"2011-05-13T04:42:34Z\"", "active gt true", "active eq null", "id eq \"'\"", "groups.value eq \"x\"", "groups eq \"x\"",
            "not (not (not (userName pr)))", "userName pr pr", "urn:x:y eq 1", "urn:ietf:params:scim:schemas:core:2.0:User:userName eq \"ann\"", "userName.x eq \"1\"",
            "name eq \"x\"", "name pr", "schemas eq \"x\"", "userName gt \"\"", "userName eq 99999999999999999999999", "x509Certificates.value eq \"AAAA\"",
            "\u{0}", "\u{202e}", "userName eq \"\u{1F600}\"", long.as_str(), many.as_str(),
        ];
        for text in texts {
            for path in ["/scim/v2/Users", "/scim/v2/Groups", "/scim/v2"] {
                assert_harmless(&hr.get(&format!("{path}?filter={}", escaped(text))).await, text);
                assert_harmless(&hr.get(&format!("{path}?sortBy={}", escaped(text))).await, text);
                assert_harmless(&hr.get(&format!("{path}?attributes={}", escaped(text))).await, text);
                assert_harmless(&hr.get(&format!("{path}?cursor={}", escaped(text))).await, text);
            }
            for path in [text.to_owned(), format!("emails[{text}].value"), format!("emails[{text}]")] {
                for op in ["add", "remove"] {
                    let body = patch(json!([{ "op": op, "path": path, "value": "x" }]));
                    assert_harmless(&hr.patch(&format!("/scim/v2/Users/{person}"), body).await, &path);
                }
            }
        }
        for condition in ["", "W/", "\"", "W/\"99999999999999999999\"", "\"1\"; x", ",,,"] {
            for method in [Method::GET, Method::DELETE] {
                let path = "/scim/v2/Users/00000000-0000-0000-0000-000000000000";
                let answer = hr.request(method, path).header("if-match", condition).header("if-none-match", condition).await;
                assert_harmless(&answer, condition);
            }
        }
    }
}
