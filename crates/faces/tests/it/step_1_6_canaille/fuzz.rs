//! Number 15, at random: JSON, paths, queries and filters over HTTP. No fault, every error is SCIM's, and nothing is written
//! by what is refused.

use std::sync::Arc;

use http::Method;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};
use testkit::{Request, TestApp, TestClient};
use tokio::sync::Mutex;

use super::{BOTH, ENTERPRISE, add, add_group, assert_harmless};
use crate::property::for_all;
use crate::scim::{escaped, patch};
use crate::store::Dump;

const NAMES: [&str; 30] = [
    "schemas",
    "userName",
    "name",
    "emails",
    "active",
    "groups",
    "members",
    "displayName",
    "externalId",
    "meta",
    "id",
    "password",
    "roles",
    "addresses",
    "x509Certificates",
    "value",
    "primary",
    "$ref",
    "type",
    "Operations",
    "op",
    "path",
    "method",
    "bulkId",
    "data",
    "filter",
    "count",
    "__proto__",
    "USERNAME",
    "failOnErrors",
];
const TEXTS: [&str; 26] = [
    "",
    " ",
    "x",
    "ann",
    "true",
    "False",
    "add",
    "replace",
    "Remove",
    "POST",
    "/Users",
    "/Users/bulkId:1",
    "bulkId:1",
    "emails[type eq \"work\"].value",
    "members[value eq \"x\"]",
    "\u{0}",
    "a\u{0}b",
    "\u{202e}\u{feff}",
    "\u{10ffff}",
    "'; DROP TABLE users; --",
    "%_*\\",
    "a\r\nX: 1",
    "2011-05-13T04:42:34Z",
    "urn:ietf:params:scim:schemas:core:2.0:User",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    "ush_x",
];

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        select(&TEXTS).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        let name = prop_oneof![4 => select(&NAMES).prop_map(str::to_owned), 1 => any::<String>()];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..5).prop_map(|pairs| Value::Object(Map::from_iter(pairs))),
        ]
    })
}

/// A body of about the right shape, so that it comes further than the first check.
fn bodies() -> impl Strategy<Value = Value> {
    let attributes = || prop::collection::vec((select(&NAMES), values()), 0..4);
    prop_oneof![
        2 => values(),
        4 => attributes().prop_map(|pairs| with(json!({ "userName": "fuzz", "displayName": "fuzz", "name": { "familyName": "F" } }), pairs)),
        3 => (select(&["add", "replace", "remove", "Add"]), prop_oneof![select(&NAMES).prop_map(str::to_owned), filters(), any::<String>()], values(), attributes())
            .prop_map(|(op, path, value, pairs)| patch(json!([with(json!({ "op": op, "path": path, "value": value }), pairs)]))),
        1 => values().prop_map(|value| patch(json!([{ "op": "replace", "value": value }]))),
        2 => (select(&["POST", "PUT", "PATCH", "DELETE"]), select(&TEXTS), values(), attributes())
            .prop_map(|(method, path, data, pairs)| json!({ "Operations": [with(json!({ "method": method, "path": path, "bulkId": "1", "data": data }), pairs), { "method": "POST", "path": "/Groups", "bulkId": "2", "data": { "displayName": "g", "members": [{ "value": "bulkId:1" }] } }] })),
        1 => (filters(), values(), values()).prop_map(|(filter, count, sort)| json!({ "filter": filter, "count": count, "sortBy": sort })),
    ]
}

fn with(mut body: Value, pairs: Vec<(&str, Value)>) -> Value {
    for (name, value) in pairs {
        body[name] = value;
    }
    body
}

/// A body as bytes: mostly whole, sometimes cut, spoiled or doubled.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    (bodies(), 0..10_u8, any::<prop::sample::Index>(), any::<u8>()).prop_map(|(body, spoil, at, byte)| {
        let mut bytes = body.to_string().into_bytes();
        let place = at.index(bytes.len());
        match spoil {
            0 => bytes.truncate(place),
            1 => bytes[place] = byte,
            2 => bytes.insert(place, byte),
            3 => bytes.extend(bytes.clone()),
            _ => {}
        }
        bytes
    })
}

/// Texts made of a filter's parts in any order, and some that are none.
fn filters() -> impl Strategy<Value = String> {
    let parts = [
        "userName",
        "emails",
        "emails.value",
        "active",
        "meta.lastModified",
        "id",
        "groups",
        "members",
        "members.value",
        "externalId",
        "password",
        "nothing",
        "eq",
        "ne",
        "co",
        "sw",
        "ew",
        "gt",
        "le",
        "pr",
        "and",
        "or",
        "not",
        "(",
        ")",
        "[",
        "]",
        "\"x\"",
        "\"\\u0000\"",
        "\"\\ud83d\"",
        "\"%\"",
        "\"",
        "true",
        "null",
        "5",
        "-1e999",
        "\"2011-05-13T04:42:34Z\"",
        ".",
        ":",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
        "$ref",
        "ÿ",
    ];
    prop_oneof![
        4 => prop::collection::vec(select(parts.to_vec()), 0..9).prop_map(|parts| parts.join(" ")),
        2 => (select(vec!["userName", "emails.value", "active", "id", "meta.created", "members", "emails[type eq \"work\"].value"]), select(vec!["eq", "co", "gt", "ne"]), any::<String>())
            .prop_map(|(attribute, operator, text)| format!("{attribute} {operator} {}", json!(text))),
        1 => any::<String>(),
    ]
}

/// One segment of a path: bytes as they may stand there, most of them escaped.
fn segments() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => any::<u8>().prop_map(|byte| format!("%{byte:02x}")),
        2 => "[A-Za-z0-9._~!$&'()*+,;=:@-]{0,6}",
        1 => select(vec!["%", "%0", "%zz", "%2e%2e", "..", "//", "%2F", "%00", ".search", "Users", "v2", "%ud800", "bulkId:1"]).prop_map(str::to_owned),
        1 => select(vec![200_usize, 3000]).prop_map(|length| "a".repeat(length)),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// Sends requests, and looks at the store when those of a case have been answered.
struct Watch {
    app: TestApp,
    last: Mutex<Dump>,
}

impl Watch {
    async fn new(app: &TestApp) -> Arc<Self> {
        Arc::new(Self {
            app: app.clone(),
            last: Mutex::new(Dump::of(app).await),
        })
    }

    /// The statuses. Where every write was refused, the store is as before.
    async fn send(&self, requests: Vec<(Method, Request)>, sent: &str) -> Vec<u16> {
        let (mut statuses, mut written) = (Vec::new(), false);
        for (method, request) in requests {
            let answer = request.await;
            assert_harmless(&answer, sent);
            written |= method != Method::GET && answer.status < 400;
            statuses.push(answer.status);
        }
        let mut last = self.last.lock().await;
        let now = Dump::of(&self.app).await;
        assert!(
            written || now == *last,
            "{sent}: was refused and wrote\n{}",
            last.difference(&now)
        );
        *last = now;
        statuses
    }
}

/// Clients of both kinds, a person and a group, anew for a case when an earlier one has deleted them.
async fn started(app: &TestApp) -> ([TestClient; 2], String, String, Arc<Watch>) {
    let clients = [
        app.client("generic", &BOTH).await,
        app.client_with("canaille", &BOTH, |program| program.profile("canaille"))
            .await,
    ];
    let ann = add(&clients[0], "ann").await;
    let staff = add_group(&clients[0], "staff", &[&ann]).await;
    (clients, ann, staff, Watch::new(app).await)
}

testkit::both! {
    async fn c_15_bodies(app: TestApp) {
        let (clients, ann, staff, watch) = started(&app).await;
        let user = format!("/scim/v2/Users/{ann}");
        let group = format!("/scim/v2/Groups/{staff}");
        let places = vec![
            (Method::POST, "/scim/v2/Users".to_owned()), (Method::POST, "/scim/v2/Groups".to_owned()), (Method::PUT, user.clone()), (Method::PATCH, user.clone()), (Method::PUT, group.clone()), (Method::PATCH, group),
            (Method::POST, "/scim/v2/Bulk".to_owned()), (Method::POST, "/scim/v2/.search".to_owned()), (Method::POST, "/scim/v2/Users/.search".to_owned()), (Method::POST, format!("{user}/.invitation")), (Method::PUT, "/scim/v2/Me".to_owned()),
        ];
        for_all(300, &(0..2_usize, select(places), bytes()), |(client, (method, path), bytes)| {
            let (client, watch) = (clients[client].clone(), Arc::clone(&watch));
            async move {
                let sent = format!("{method} {path} {}", String::from_utf8_lossy(&bytes));
                let request = client.request(method.clone(), &path).body("application/scim+json", bytes);
                watch.send(vec![(method, request)], &sent).await;
            }
        });
    }

    async fn c_15_paths_and_queries(app: TestApp) {
        let (clients, _, _, watch) = started(&app).await;
        let bases = vec!["/scim/v2/Users/", "/scim/v2/Groups/", "/scim/v2/", "/scim/", "/scim/v2/Schemas/", "/scim/v2/ResourceTypes/", "/realms/default/scim/v2/Users/", "/scim/v2/Users?filter=", "/scim/v2/Users?count=", "/scim/v2?"];
        for_all(300, &(0..2_usize, select(METHODS.to_vec()), select(bases), segments(), bodies()), |(client, method, base, segment, body)| {
            let (client, watch) = (clients[client].clone(), Arc::clone(&watch));
            async move {
                let path = format!("{base}{segment}");
                // What is no URI never leaves a client, nor reaches the router; and the token API has errors of its own.
                if path.parse::<http::Uri>().is_err() || path.contains("auth-tokens") {
                    return;
                }
                let request = client.request(method.clone(), &path);
                let request = if method == Method::GET { request } else { request.json(&body) };
                watch.send(vec![(method.clone(), request)], &format!("{method} {path} {body}")).await;
            }
        });
    }

    async fn c_15_filters(app: TestApp) {
        let (clients, ann, _, watch) = started(&app).await;
        for_all(200, &(0..2_usize, filters()), |(client, filter)| {
            let (client, watch, user) = (clients[client].clone(), Arc::clone(&watch), format!("/scim/v2/Users/{ann}"));
            async move {
                let query = escaped(&filter);
                let lists = ["/scim/v2/Users", "/scim/v2/Groups", "/scim/v2"].map(|path| (Method::GET, client.get(&format!("{path}?filter={query}"))));
                let search = (Method::GET, client.post("/scim/v2/.search", json!({ "filter": filter })));
                let statuses = watch.send(lists.into_iter().chain([search]).collect(), &filter).await;
                let is_filter = filter.parse::<scim::filter::Filter>().is_ok();
                // In a message, what is empty is not there.
                let ignored = |(place, status): (usize, &u16)| *status == 200 && !is_filter && !(place == 3 && filter.is_empty());
                assert!(!statuses.iter().enumerate().any(ignored), "`{filter}` is no filter and was ignored: {statuses:?}");
                let more = ["sortBy", "attributes", "excludedAttributes", "cursor"].map(|name| (Method::GET, client.get(&format!("/scim/v2/Users?{name}={query}"))));
                let paths = [filter.clone(), format!("emails[{filter}].value"), format!("{ENTERPRISE}:{filter}")];
                let patches = paths.map(|path| (Method::PATCH, client.patch(&user, patch(json!([{ "op": "remove", "path": path }])))));
                watch.send(more.into_iter().chain(patches).collect(), &filter).await;
            }
        });
    }
}
