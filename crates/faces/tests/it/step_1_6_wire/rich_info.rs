//! A9: rich info, W-100 to W-109.

use serde_json::{Value, json};
use testkit::{Answer, TestApp, TestClient};

use super::{MAP, PROFILE, USERS, apply, bound, person_with, refused, tells};

/// The fields as (type, value), in order.
fn fields(answer: &Answer) -> Vec<(String, String)> {
    let whole = answer.json();
    let list = whole[PROFILE]["richInfo"]["fields"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let fields: Vec<_> = list
        .iter()
        .map(|field| (text(&field["type"]), text(&field["value"])))
        .collect();
    // Both forms, always, with the same content (W-105).
    assert_eq!(whole[PROFILE]["richInfo"]["version"], 0, "{answer}");
    let map: Vec<_> = whole[MAP]
        .as_object()
        .expect("the map")
        .iter()
        .map(|(kind, value)| (kind.clone(), text(value)))
        .collect();
    assert_eq!(sorted(map), sorted(fields.clone()), "{answer}");
    fields
}

fn sorted(mut fields: Vec<(String, String)>) -> Vec<(String, String)> {
    fields.sort();
    fields
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter()
        .map(|(kind, value)| ((*kind).to_owned(), (*value).to_owned()))
        .collect()
}

fn list(fields: &[(&str, &str)]) -> Value {
    let fields: Vec<Value> = fields
        .iter()
        .map(|(kind, value)| json!({ "type": kind, "value": value }))
        .collect();
    json!({ "richInfo": { "version": 0, "fields": fields } })
}

/// The answer to a POST with these forms.
async fn posted(client: &TestClient, name: &str, more: Value) -> Answer {
    client.post(USERS, person_with(name, more)).await
}

/// A person with the fields b, a and C, in that order.
async fn someone(app: &TestApp) -> (TestClient, String) {
    let client = bound(app).await;
    let made = posted(
        &client,
        "ann",
        json!({ PROFILE: list(&[("b", "1"), ("a", "2"), ("C", "3")]) }),
    )
    .await
    .expect(201);
    let path = format!("{USERS}/{}", made.id());
    (client, path)
}

testkit::both! {
    async fn w_100_both_forms_become_one_list(app: TestApp) {
        let client = bound(&app).await;
        let both = json!({ PROFILE: list(&[("Zed", "1"), ("dept", "2"), ("Alpha", "3")]), MAP: { "Yak": "y", "DEPT": "two", "Bee": "b" } });
        let made = posted(&client, "ann", both).await.expect(201);
        assert_eq!(fields(&made), pairs(&[("Zed", "1"), ("DEPT", "two"), ("Alpha", "3"), ("Bee", "b"), ("Yak", "y")]));
        let only_map = posted(&client, "ben", json!({ MAP: { "z": "1", "a": "2" } })).await.expect(201);
        assert_eq!(fields(&only_map), pairs(&[("a", "2"), ("z", "1")]));
        let legacy = posted(&client, "cid", json!({ PROFILE: { "richInfo": [{ "type": "z", "value": "1" }, { "type": "a", "value": "2" }] } })).await.expect(201);
        assert_eq!(fields(&legacy), pairs(&[("z", "1"), ("a", "2")]));
    }

    async fn w_101_an_empty_value_is_no_field(app: TestApp) {
        let client = bound(&app).await;
        let made = posted(&client, "ann", json!({ PROFILE: list(&[("a", ""), ("b", "1"), ("c", "2")]), MAP: { "C": "", "d": "" } })).await.expect(201);
        assert_eq!(fields(&made), pairs(&[("b", "1")]));
        let path = format!("{USERS}/{}", made.id());
        assert_eq!(fields(&apply(&client, &path, json!({ "op": "replace", "path": format!("{MAP}:B"), "value": "" })).await.expect(200)), pairs(&[]));
    }

    async fn w_102_keys_have_no_case_and_duplicates_depend_on_the_form(app: TestApp) {
        let client = bound(&app).await;
        let twice = posted(&client, "ann", json!({ PROFILE: list(&[("Dept", "1"), ("DEPT", "2")]) })).await;
        refused(&twice, 400, "invalidValue");
        tells(&twice, "DEPT");
        let legacy = posted(&client, "ann", json!({ PROFILE: { "richInfo": [{ "type": "Dept", "value": "1" }, { "type": "dept", "value": "2" }] } })).await.expect(201);
        assert_eq!(fields(&legacy), pairs(&[("Dept", "1")]));
        let map = posted(&client, "ben", json!({ MAP: { "Dept": "1", "dEPT": "2" } })).await.expect(201);
        assert_eq!(fields(&map), pairs(&[("Dept", "1")]));
    }

    async fn w_103_version_is_0_and_neither_part_is_missing(app: TestApp) {
        let client = bound(&app).await;
        for bad in [json!({ "version": 1, "fields": [] }), json!({ "version": "0", "fields": [] }), json!({ "version": 0 }), json!({ "fields": [] }), json!({}), json!("text"), json!({ "version": 0, "fields": [{ "type": "a" }] }), json!({ "version": 0, "fields": [{ "type": "a", "value": 1 }] })] {
            refused(&posted(&client, "ann", json!({ PROFILE: { "richInfo": bad } })).await, 400, "invalidValue");
        }
        refused(&posted(&client, "ann", json!({ MAP: { "a": 1 } })).await, 400, "invalidValue");
        posted(&client, "ann", json!({ PROFILE: { "richInfo": { "version": 0, "fields": [] } } })).await.expect(201);
    }

    async fn w_104_5000_characters_are_enough(app: TestApp) {
        let client = bound(&app).await;
        // Characters, not bytes; those of the types count.
        let made = posted(&client, "ann", json!({ MAP: { "ä": "ö".repeat(2499), "b": "x".repeat(2499) } })).await.expect(201);
        let path = format!("{USERS}/{}", made.id());
        let more = posted(&client, "ben", json!({ MAP: { "ä": "ö".repeat(2499), "b": "x".repeat(2500) } })).await;
        refused(&more, 413, "invalidValue");
        tells(&more, "5000");
        refused(&apply(&client, &path, json!({ "op": "add", "path": format!("{MAP}:c"), "value": "x" })).await, 413, "invalidValue");
        refused(&client.put(&path, person_with("ann", json!({ MAP: { "a": "x".repeat(5000) } }))).await, 413, "invalidValue");
        client.put(&path, person_with("ann", json!({ MAP: { "a": "x".repeat(4999) } }))).await.expect(200);
    }

    async fn w_104_the_realm_says_how_many(app: TestApp) {
        let client = bound(&app).await;
        app.set_realm("default", |settings| settings.rich_info_limit = Some(10)).await;
        let made = posted(&client, "ann", json!({ MAP: { "a": "123456789" } })).await.expect(201);
        let more = posted(&client, "ben", json!({ MAP: { "a": "1234567890" } })).await;
        refused(&more, 413, "invalidValue");
        tells(&more, "10");
        let path = format!("{USERS}/{}", made.id());
        refused(&apply(&client, &path, json!({ "op": "add", "path": format!("{MAP}:b"), "value": "x" })).await, 413, "invalidValue");
        // Less than somebody has stays until rich info is written.
        app.set_realm("default", |settings| settings.rich_info_limit = Some(5)).await;
        assert_eq!(fields(&client.get(&path).await), pairs(&[("a", "123456789")]));
        apply(&client, &path, json!({ "op": "replace", "path": format!("{MAP}:a"), "value": "1234" })).await.expect(200);
    }

    async fn w_105_both_forms_go_out(app: TestApp) {
        let client = bound(&app).await;
        let bare = posted(&client, "ann", json!({})).await.expect(201);
        assert_eq!((bare.json()[PROFILE].clone(), bare.json()[MAP].clone()), (list(&[]), json!({})));
        let full = posted(&client, "ben", json!({ MAP: { "a": "1" } })).await.expect(201);
        assert_eq!((full.json()[PROFILE].clone(), full.json()[MAP].clone()), (list(&[("a", "1")]), json!({ "a": "1" })));
        let listed = client.get(USERS).await.expect(200);
        assert_eq!((listed.at("/Resources/1")[MAP].clone(), listed.at("/Resources/0")[PROFILE].clone()), (json!({ "a": "1" }), list(&[])));
        let asked = client.get(&format!("{USERS}/{}?attributes={MAP}", full.id())).await.expect(200);
        assert_eq!((asked.json()[MAP].clone(), asked.json()[PROFILE].clone()), (json!({ "a": "1" }), Value::Null));
    }

    async fn w_106_patch_keeps_the_order(app: TestApp) {
        let (client, path) = someone(&app).await;
        let at = async |op: &str, urn: &str, key: &str, value: &str| {
            let operation = if op == "remove" { json!({ "op": op, "path": format!("{urn}:{key}") }) } else { json!({ "op": op, "path": format!("{urn}:{key}"), "value": value }) };
            fields(&apply(&client, &path, operation).await.expect(200))
        };
        assert_eq!(at("add", MAP, "new", "4").await, pairs(&[("b", "1"), ("a", "2"), ("C", "3"), ("new", "4")]));
        assert_eq!(at("replace", MAP, "A", "5").await, pairs(&[("b", "1"), ("A", "5"), ("C", "3"), ("new", "4")]));
        assert_eq!(at("add", PROFILE, "b", "6").await, pairs(&[("b", "6"), ("A", "5"), ("C", "3"), ("new", "4")]));
        assert_eq!(at("replace", PROFILE, "last", "7").await, pairs(&[("b", "6"), ("A", "5"), ("C", "3"), ("new", "4"), ("last", "7")]));
        assert_eq!(at("remove", MAP, "c", "").await, pairs(&[("b", "6"), ("A", "5"), ("new", "4"), ("last", "7")]));
        assert_eq!(at("remove", PROFILE, "LAST", "").await, pairs(&[("b", "6"), ("A", "5"), ("new", "4")]));
        assert_eq!(at("remove", MAP, "missing", "").await, pairs(&[("b", "6"), ("A", "5"), ("new", "4")]));
        assert_eq!(at("remove", PROFILE, "missing", "").await, pairs(&[("b", "6"), ("A", "5"), ("new", "4")]));
        for urn in [MAP, PROFILE] {
            for value in [json!(true), json!(5), json!(["x"]), json!({ "value": "x" })] {
                refused(&apply(&client, &path, json!({ "op": "add", "path": format!("{urn}:x"), "value": value })).await, 400, "invalidValue");
            }
        }
    }

    async fn w_106_a_path_names_a_field(app: TestApp) {
        let (client, path) = someone(&app).await;
        let before = fields(&client.get(&path).await.expect(200));
        for (bare, value) in [(MAP.to_owned(), json!({ "a": "x" })), (MAP.to_uppercase(), json!({ "a": "x" })), (PROFILE.to_owned(), list(&[("a", "x")])), (format!("{PROFILE}:richInfo"), list(&[("a", "x")])["richInfo"].clone())] {
            for op in ["add", "replace"] {
                refused(&apply(&client, &path, json!({ "op": op, "path": bare, "value": value })).await, 400, "invalidValue");
            }
            refused(&apply(&client, &path, json!({ "op": "remove", "path": bare })).await, 400, "invalidValue");
        }
        assert_eq!(fields(&client.get(&path).await.expect(200)), before);
        // Without a path the URN is a member, as Entra sends it, and so is one with a field behind it.
        let without = async |value: Value| fields(&apply(&client, &path, json!({ "op": "Replace", "value": value })).await.expect(200));
        assert_eq!(without(json!({ MAP: { "a": "x" } })).await, pairs(&[("b", "1"), ("a", "x"), ("C", "3")]));
        assert_eq!(without(json!({ format!("{MAP}:c"): "y" })).await, pairs(&[("b", "1"), ("a", "x"), ("c", "y")]));
        assert_eq!(without(json!({ PROFILE: list(&[("z", "1")]) })).await, pairs(&[("z", "1")]));
        refused(&apply(&client, &path, json!({ "op": "add", "value": { MAP: { "a": 5 } } })).await, 400, "invalidValue");
    }

    async fn w_107_put_replaces_all_of_it(app: TestApp) {
        let (client, path) = someone(&app).await;
        assert_eq!(fields(&client.put(&path, person_with("ann", json!({ MAP: { "x": "1" } }))).await.expect(200)), pairs(&[("x", "1")]));
        assert_eq!(fields(&client.put(&path, person_with("ann", json!({}))).await.expect(200)), pairs(&[]));
    }

    async fn w_109_names_in_the_container_have_no_case(app: TestApp) {
        let client = bound(&app).await;
        let list = json!({ "RICHINFO": { "Version": 0, "FIELDS": [{ "Type": "Dept", "VALUE": "Sales" }] } });
        let made = posted(&client, "ann", json!({ PROFILE.to_uppercase(): list })).await.expect(201);
        assert_eq!(fields(&made), pairs(&[("Dept", "Sales")]));
    }
}
