//! The OpenAPI document and the reference made from it.

use std::collections::BTreeSet;

use faces::Face;
use serde_json::Value;

fn document() -> Value {
    serde_json::to_value(faces::api::openapi()).unwrap()
}

fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item
            .as_object()
            .unwrap()
            .iter()
            .filter(|(method, _)| *method != "parameters")
        {
            found.push((method.to_uppercase(), path.clone(), operation.clone()));
        }
    }
    found
}

#[test]
fn every_route_is_described_and_nothing_else() {
    let described: BTreeSet<(String, String)> = operations(&document())
        .into_iter()
        .map(|(method, path, _)| (method, path))
        .collect();
    let served: BTreeSet<(String, String)> = faces::routes()
        .into_iter()
        .filter(|route| {
            route.face == Face::Api && !route.path.starts_with("/api/docs") && route.path != "/api/openapi.json"
        })
        .map(|route| (route.method.to_string(), route.path))
        // The realm `default` is served twice.
        .map(|(method, path)| {
            let below_realm = path.starts_with("/api/v1/realms");
            let path = if below_realm {
                path
            } else {
                path.replacen("/api/v1", "/api/v1/realms/{realm}", 1)
            };
            (method, path)
        })
        .collect();
    assert_eq!(described, served);
}

#[test]
fn every_operation_says_what_it_does() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let place = format!("{method} {path}");
        assert!(
            operation["summary"].as_str().is_some_and(|text| !text.is_empty()),
            "{place}"
        );
        assert!(
            ids.insert(operation["operationId"].as_str().unwrap().to_owned()),
            "{place}"
        );
        assert!(operation["tags"][0].is_string(), "{place}");
        assert!(
            operation["responses"]["default"]["content"]["application/problem+json"].is_object(),
            "{place}"
        );
        let item = &document["paths"][&path];
        let own = operation["parameters"].as_array().into_iter().flatten();
        let named: BTreeSet<&str> = own
            .chain(item["parameters"].as_array().into_iter().flatten())
            .filter(|parameter| parameter["in"] == "path")
            .filter_map(|parameter| parameter["name"].as_str())
            .collect();
        let needed: BTreeSet<&str> = path
            .split('{')
            .skip(1)
            .filter_map(|part| part.split('}').next())
            .collect();
        assert_eq!(named, needed, "{place}");
    }
}

#[test]
fn every_reference_leads_to_a_schema() {
    let document = document();
    let text = document.to_string();
    for part in text.split("\"#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(document["components"]["schemas"][name].is_object(), "{name}");
    }
}

testkit::both! {
    async fn the_document_and_the_reference_are_for_everybody(app: TestApp) {
        let served = app.anonymous().get("/api/openapi.json").await.expect(200);
        assert_eq!(served.json(), document());
        let page = app.anonymous().get("/api/docs").await.expect(200);
        for (_, path, operation) in operations(&document()) {
            assert!(page.text.contains(&path.replace('/', "&#x2f;")) || page.text.contains(&path), "{path}");
            assert!(page.text.contains(&format!("id=\"{}\"", operation["operationId"].as_str().unwrap())), "{path}");
        }
        // Nothing is loaded from elsewhere, and every anchor exists.
        assert!(!page.text.contains("src=\"http") && !page.text.contains("<script"));
        for part in page.text.split("href=\"#").skip(1) {
            let anchor = part.split('"').next().unwrap();
            assert!(page.text.contains(&format!("id=\"{anchor}\"")), "{anchor}");
        }
        assert!(page.header("content-security-policy").contains("default-src 'none'"));
    }
}
