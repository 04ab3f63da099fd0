//! Number 7: what a filtered list holds is what its filter says, for filters made at random. What a filter says is decided
//! here once more, by a dozen lines that share nothing with the product's.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use testkit::{TestApp, TestClient};

use super::{BOTH, ENTERPRISE};
use crate::property::for_all;
use crate::scim::{escaped, ids};

/// A filter over texts that compare without case, and `active`.
#[derive(Clone, Debug)]
enum Filter {
    Text(&'static str, &'static str, &'static str),
    Present(&'static str),
    Active(&'static str, bool),
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
}

const TEXTS: [&str; 9] = [
    "userName",
    "title",
    "displayName",
    "nickName",
    "name.familyName",
    "name.givenName",
    "emails.value",
    "phoneNumbers.value",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
];
const OPERATORS: [&str; 9] = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"];
const WORDS: [&str; 9] = [
    "ann",
    "A",
    "b",
    "Lead",
    "lead engineer",
    "example",
    "zz",
    "ANN@example.org",
    "7",
];

impl Filter {
    fn written(&self) -> String {
        match self {
            Self::Text(attribute, operator, word) => format!("{attribute} {operator} {}", json!(word)),
            Self::Present(attribute) => format!("{attribute} pr"),
            Self::Active(operator, flag) => format!("active {operator} {flag}"),
            Self::And(left, right) => format!("({}) and ({})", left.written(), right.written()),
            Self::Or(left, right) => format!("({}) or ({})", left.written(), right.written()),
            Self::Not(filter) => format!("not ({})", filter.written()),
        }
    }

    fn says(&self, resource: &Value) -> bool {
        match self {
            Self::Text(attribute, operator, word) => {
                let word = word.to_lowercase();
                let values = texts(resource, attribute);
                (values.is_empty() && *operator == "ne")
                    || values.iter().any(|text| match *operator {
                        "eq" => *text == word,
                        "ne" => *text != word,
                        "co" => text.contains(&word),
                        "sw" => text.starts_with(&word),
                        "ew" => text.ends_with(&word),
                        "gt" => *text > word,
                        "ge" => *text >= word,
                        "lt" => *text < word,
                        _ => *text <= word,
                    })
            }
            Self::Present(attribute) => texts(resource, attribute).iter().any(|text| !text.is_empty()),
            Self::Active(operator, flag) => (resource["active"] == *flag) == (*operator == "eq"),
            Self::And(left, right) => left.says(resource) && right.says(resource),
            Self::Or(left, right) => left.says(resource) || right.says(resource),
            Self::Not(filter) => !filter.says(resource),
        }
    }
}

/// The texts of an attribute, in lower case.
fn texts(resource: &Value, attribute: &str) -> Vec<String> {
    let found = match attribute.strip_prefix(ENTERPRISE) {
        Some(name) => resource[ENTERPRISE][name.trim_start_matches(':')].clone(),
        None => attribute.split('.').fold(resource.clone(), |value, name| match value {
            Value::Array(list) => list.into_iter().map(|element| element[name].clone()).collect(),
            other => other[name].clone(),
        }),
    };
    let list = match found {
        Value::Array(list) => list,
        one => vec![one],
    };
    list.iter()
        .filter_map(|value| value.as_str().map(str::to_lowercase))
        .collect()
}

fn filters() -> impl Strategy<Value = Filter> {
    let leaf = prop_oneof![
        6 => (select(&TEXTS), select(&OPERATORS), select(&WORDS)).prop_map(|(attribute, operator, word)| Filter::Text(attribute, operator, word)),
        1 => select(&TEXTS).prop_map(Filter::Present),
        1 => (select(&["eq", "ne"]), any::<bool>()).prop_map(|(operator, flag)| Filter::Active(operator, flag)),
    ];
    leaf.prop_recursive(3, 8, 2, |inner| {
        let pair = (inner.clone(), inner.clone());
        prop_oneof![
            pair.clone()
                .prop_map(|(left, right)| Filter::And(Box::new(left), Box::new(right))),
            pair.prop_map(|(left, right)| Filter::Or(Box::new(left), Box::new(right))),
            inner.prop_map(|filter| Filter::Not(Box::new(filter))),
        ]
    })
}

/// People who differ in what filters ask for, and all of them as they are shown.
async fn people(client: &TestClient) -> Vec<Value> {
    for (name, more) in [
        (
            "ann",
            json!({ "title": "Lead", "displayName": "Ann A.", "emails": [{ "value": "ann@example.org" }, { "value": "Lead@example.com" }] }),
        ),
        (
            "Anna",
            json!({ "title": "lead engineer", "nickName": "A", "active": false, "name": { "familyName": "Berg", "givenName": "Anna" } }),
        ),
        (
            "ben",
            json!({ "displayName": "b", "name": { "familyName": "ann" }, "phoneNumbers": [{ "value": "7" }], ENTERPRISE: { "department": "LEAD" } }),
        ),
        (
            "zz",
            json!({ "nickName": "zzz", "active": false, "emails": [{ "value": "zz@example.net" }], ENTERPRISE: { "department": "Ann's" } }),
        ),
        (
            "a",
            json!({ "title": "", "emails": [{ "value": "a" }], "phoneNumbers": [{ "value": "77" }, { "value": "A" }] }),
        ),
        (
            "7",
            json!({ "displayName": "7 of 9", "name": { "givenName": "zz", "familyName": "Lead" } }),
        ),
        ("b.lead@example.org", json!({})),
        ("Jörg", json!({ "displayName": "JÖRG", "title": "Example" })),
    ] {
        let mut body = more;
        body["userName"] = name.into();
        client.post("/scim/v2/Users", body).await.expect(201);
    }
    let all = client.get("/scim/v2/Users").await.expect(200).at("/Resources");
    all.as_array().cloned().expect("a list")
}

async fn check(client: &TestClient, all: &[Value], filter: &Filter) {
    let written = filter.written();
    let mut wanted: Vec<String> = all
        .iter()
        .filter(|resource| filter.says(resource))
        .filter_map(|resource| resource["id"].as_str().map(str::to_owned))
        .collect();
    wanted.sort();
    for answer in [
        client
            .get(&format!("/scim/v2/Users?filter={}", escaped(&written)))
            .await,
        client
            .get(&format!(
                "/scim/v2/Users?sortBy=displayName&attributes=userName&filter={}",
                escaped(&written)
            ))
            .await,
        client
            .post("/scim/v2/Users/.search", json!({ "filter": written }))
            .await,
        client
            .post(
                "/scim/v2/.search",
                json!({ "filter": format!("meta.resourceType eq \"User\" and ({written})") }),
            )
            .await,
    ] {
        let answer = answer.expect(200);
        let mut found = ids(&answer.json());
        found.sort();
        assert_eq!(found, wanted, "{written}: {answer}");
        assert_eq!(answer.at("/totalResults"), wanted.len(), "{written}");
    }
    // Page by page it is the same.
    let mut paged = Vec::new();
    for start in (1..=all.len()).step_by(3) {
        paged.extend(ids(&client
            .get(&format!(
                "/scim/v2/Users?startIndex={start}&count=3&filter={}",
                escaped(&written)
            ))
            .await
            .expect(200)
            .json()));
    }
    paged.sort();
    assert_eq!(paged, wanted, "{written}, in pages");
}

async fn holds(app: &TestApp, profile: &str, cases: u32) {
    let client = app
        .client_with(profile, &BOTH, |program| program.profile(profile))
        .await;
    let admin = app.client("maker", &BOTH).await;
    let all = people(&admin).await;
    for_all(cases, &filters(), |filter| {
        let (client, all) = (client.clone(), all.clone());
        async move { check(&client, &all, &filter).await }
    });
}

testkit::both! {
    async fn c_07_a_filtered_list_is_what_its_filter_says(app: TestApp) {
        holds(&app, "generic", 100).await;
    }

    async fn c_07_a_filtered_list_is_what_its_filter_says_to_canaille(app: TestApp) {
        holds(&app, "canaille", 40).await;
    }
}
