//! Bulk requests, against a directory of the simplest kind.

use std::collections::BTreeMap;

use proptest::prelude::*;
use scim::bulk::{BulkPlan, BulkRequest, Method, Outcome, Write};
use scim::{Error, ScimType};
use serde_json::{Value, json};

/// Takes what comes, gives out ids in order, and refuses references to what it does not have.
#[derive(Default)]
struct Store {
    resources: BTreeMap<String, Value>,
    log: Vec<String>,
    made: usize,
}

impl Store {
    fn write(&mut self, write: &Write) -> Outcome {
        self.log.push(format!("{} {}", write.method.name(), write.path()));
        match self.try_write(write) {
            Ok(outcome) => outcome,
            Err(error) => Outcome::refused(&error),
        }
    }

    fn try_write(&mut self, write: &Write) -> Result<Outcome, Error> {
        let text = write.data.to_string();
        assert!(!text.contains("\"bulkId:") && !text.contains("/bulkId:"), "{text}");
        if text.contains("refuse me") {
            return Err(Error::invalid_value("refused"));
        }
        let id = match &write.id {
            None => {
                self.made += 1;
                format!("id{}", self.made)
            }
            Some(id) if self.resources.contains_key(id) => id.clone(),
            Some(id) => return Err(Error::with_status(404, format!("no {id}"))),
        };
        let version = format!("W/\"{}\"", self.log.len());
        match write.method {
            Method::Post | Method::Put => {
                self.resources.insert(id.clone(), write.data.clone());
            }
            Method::Patch => {
                let resource = self.resources.get_mut(&id).unwrap();
                for operation in write.data["Operations"].as_array().unwrap() {
                    let path = operation["path"].as_str().unwrap();
                    if let Value::Array(added) = &operation["value"] {
                        let list = resource[path].as_array_mut().unwrap();
                        list.extend(added.clone());
                    } else {
                        resource[path] = operation["value"].clone();
                    }
                }
            }
            Method::Delete => {
                self.resources.remove(&id);
                return Ok(Outcome {
                    status: 204,
                    id: Some(id),
                    ..Outcome::default()
                });
            }
        }
        let location = Some(format!("https://x/v2{}/{id}", write.endpoint));
        let status = if write.method == Method::Post { 201 } else { 200 };
        Ok(Outcome {
            status,
            id: Some(id),
            location,
            version: Some(version),
            response: None,
        })
    }
}

fn parse(operations: Value, fail_on_errors: Option<usize>) -> BulkRequest {
    let mut body =
        json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations });
    if let Some(most) = fail_on_errors {
        body["failOnErrors"] = most.into();
    }
    BulkRequest::parse(body.as_object().unwrap(), 100).unwrap()
}

fn run(operations: Value, fail_on_errors: Option<usize>) -> (Store, Vec<Value>) {
    let mut store = Store::default();
    store.resources.insert("old".into(), json!({}));
    let mut plan = BulkPlan::new(parse(operations, fail_on_errors), "https://x/v2");
    while let Some(step) = plan.next_step() {
        let outcome = store.write(&step.write);
        plan.done(outcome);
        assert!(store.log.len() < 1000);
    }
    let response = plan.response();
    assert_eq!(
        response["schemas"],
        json!(["urn:ietf:params:scim:api:messages:2.0:BulkResponse"])
    );
    (store, response["Operations"].as_array().cloned().unwrap())
}

fn statuses(answers: &[Value]) -> Vec<&str> {
    answers.iter().filter_map(|answer| answer["status"].as_str()).collect()
}

fn post(kind: &str, bulk_id: &str, data: Value) -> Value {
    json!({ "method": "POST", "path": format!("/{kind}"), "bulkId": bulk_id, "data": data })
}

fn group(bulk_id: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members
        .iter()
        .map(|member| json!({ "value": format!("bulkId:{member}") }))
        .collect();
    post("Groups", bulk_id, json!({ "displayName": bulk_id, "members": members }))
}

#[test]
fn operations_come_in_order_and_are_answered_in_order() {
    let (store, answers) = run(
        json!([
            post("Users", "ann", json!({ "userName": "ann" })),
            { "method": "put", "path": "/Users/old/", "version": "W/\"1\"", "data": { "userName": "x" } },
            { "method": "PATCH", "path": "/Users/old", "data": { "Operations": [] } },
            { "method": "DELETE", "path": "/Users/old" },
            { "method": "DELETE", "path": "/Users/old" },
        ]),
        None,
    );
    assert_eq!(
        store.log,
        [
            "POST /Users",
            "PUT /Users/old",
            "PATCH /Users/old",
            "DELETE /Users/old",
            "DELETE /Users/old"
        ]
    );
    assert_eq!(
        answers[0],
        json!({ "method": "POST", "bulkId": "ann", "version": "W/\"1\"", "location": "https://x/v2/Users/id1", "status": "201" })
    );
    assert_eq!(answers[1]["method"], "PUT");
    assert_eq!(
        answers[3],
        json!({ "method": "DELETE", "location": "https://x/v2/Users/old", "status": "204" })
    );
    assert_eq!(answers[4]["status"], "404");
    assert_eq!(answers[4]["location"], "https://x/v2/Users/old");
    assert_eq!(answers[4]["response"]["status"], "404");
}

#[test]
fn references_are_filled_in_wherever_they_stand_and_may_point_forward() {
    let urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let (store, answers) = run(
        json!([
            post("Groups", "g", json!({
                "displayName": "bulkIds are not bulkId: references",
                "members": [{ "value": "bulkId:ann", "$ref": "bulkId:ann" }, { "value": "x", "$ref": "../Users/bulkId:ann" }],
            })),
            post("Users", "ann", json!({ "userName": "ann", (urn): { "manager": { "value": "bulkId:boss" } } })),
            post("Users", "boss", json!({ "userName": "boss" })),
            { "method": "PATCH", "path": "/Groups/bulkId:g", "data": { "Operations": [{ "op": "add", "path": "note", "value": "members[value eq \"bulkId:boss\"]" }] } },
        ]),
        None,
    );
    assert_eq!(
        store.log,
        ["POST /Users", "POST /Users", "POST /Groups", "PATCH /Groups/id3"]
    );
    assert_eq!(statuses(&answers), ["201", "201", "201", "200"]);
    assert_eq!(store.resources["id2"][urn]["manager"]["value"], "id1");
    let group = &store.resources["id3"];
    assert_eq!(
        group["members"],
        json!([{ "value": "id2", "$ref": "https://x/v2/Users/id2" }, { "value": "x", "$ref": "../Users/id2" }])
    );
    assert_eq!(group["displayName"], "bulkIds are not bulkId: references");
    assert_eq!(group["note"], "members[value eq \"id1\"]");
}

#[test]
fn circles_are_broken_and_closed_again() {
    for operations in [
        json!([group("a", &["b"]), group("b", &["a"])]),
        json!([group("a", &["a"])]),
        json!([
            group("a", &["b", "c"]),
            group("b", &["c", "a"]),
            group("c", &["a", "b", "c"])
        ]),
        // Who hangs on a circle is in none.
        json!([
            group("x", &["a"]),
            group("a", &["b"]),
            group("b", &["a"]),
            group("y", &["x"])
        ]),
    ] {
        let (store, answers) = run(operations.clone(), None);
        let operations = operations.as_array().unwrap();
        assert_eq!(statuses(&answers), vec!["201"; operations.len()]);
        assert_eq!(store.resources.len(), operations.len() + 1);
        let id_of = |name: &str| {
            store
                .resources
                .iter()
                .find(|(_, resource)| resource["displayName"] == name)
                .map(|(id, _)| id.clone())
        };
        for operation in operations {
            let wanted = operation["data"]["members"].as_array().unwrap().len();
            let made = &store.resources[&id_of(operation["bulkId"].as_str().unwrap()).unwrap()];
            assert_eq!(made["members"].as_array().unwrap().len(), wanted);
        }
    }
}

#[test]
fn a_reference_to_nothing_fails_that_operation_alone() {
    let (store, answers) = run(
        json!([
            group("a", &["none"]),
            group("b", &[]),
            group("c", &["a"]),
            group("d", &["b"])
        ]),
        None,
    );
    assert_eq!(statuses(&answers), ["409", "201", "409", "201"]);
    assert_eq!(store.log, ["POST /Groups", "POST /Groups"]);
    assert_eq!(
        answers[0]["response"]["detail"],
        "bulkId:none is of no operation in this request"
    );
    assert_eq!(answers[2]["response"]["detail"], "bulkId:a could not be written");
    assert_eq!(answers[0].get("location"), None);
}

#[test]
fn of_a_circle_that_cannot_be_closed_nothing_stays() {
    let refused = post(
        "Groups",
        "b",
        json!({ "displayName": "refuse me", "members": [{ "value": "bulkId:a" }] }),
    );
    let (store, answers) = run(json!([group("a", &["b"]), refused, group("c", &["a", "b"])]), None);
    assert_eq!(statuses(&answers), ["409", "400", "409"]);
    assert_eq!(store.log, ["POST /Groups", "POST /Groups", "DELETE /Groups/id1"]);
    assert_eq!(store.resources.len(), 1);
}

#[test]
fn who_only_waits_for_each_other_is_refused() {
    let patch = |bulk_id: &str, other: &str| json!({ "method": "PATCH", "path": "/Groups/old", "bulkId": bulk_id, "data": [{ "op": "add", "path": "x", "value": format!("bulkId:{other}") }] });
    let (store, answers) = run(json!([patch("a", "b"), patch("b", "a")]), None);
    assert_eq!(statuses(&answers), ["409", "409"]);
    assert!(store.log.is_empty());
}

#[test]
fn so_many_errors_stop_it() {
    let bad = |bulk_id: &str| post("Users", bulk_id, json!({ "userName": "refuse me" }));
    let good = |bulk_id: &str| post("Users", bulk_id, json!({ "userName": bulk_id }));
    let operations = json!([bad("a"), good("b"), bad("c"), good("d")]);
    assert_eq!(statuses(&run(operations.clone(), None).1), ["400", "201", "400", "201"]);
    assert_eq!(statuses(&run(operations.clone(), Some(1)).1), ["400"]);
    assert_eq!(statuses(&run(operations, Some(2)).1), ["400", "201", "400"]);
    // What a circle has half done is taken back.
    let (store, answers) = run(
        json!([group("a", &["b"]), { "method": "GET", "path": "/Users" }, group("b", &["c", "a"]), bad("c")]),
        Some(2),
    );
    assert!(statuses(&answers).contains(&"400"));
    assert!(store.resources.len() == 1);
}

#[test]
fn what_is_no_write_is_refused_alone() {
    for operation in [
        json!({ "method": "GET", "path": "/Users/old" }),
        json!({ "path": "/Users/old" }),
        json!({ "method": "POST", "path": "/Users", "data": {} }),
        json!({ "method": "POST", "path": "/Users/old", "bulkId": "x", "data": {} }),
        json!({ "method": "POST", "path": "/Users", "bulkId": "x" }),
        json!({ "method": "PUT", "path": "/Users", "data": {} }),
        json!({ "method": "PUT", "path": "/Users/old", "data": [] }),
        json!({ "method": "PATCH", "path": "/Users/old", "data": 5 }),
        json!({ "method": "DELETE", "path": "/Users" }),
        json!({ "method": "DELETE", "path": "" }),
        json!({ "method": "DELETE", "path": "/Users/old/x" }),
        json!({ "method": "DELETE", "path": "/Users/old", "version": 5 }),
    ] {
        let (store, answers) = run(json!([operation, post("Users", "y", json!({}))]), None);
        assert_eq!(statuses(&answers), ["400", "201"], "{operation}");
        assert_eq!(store.log, ["POST /Users"]);
    }
    let (_, answers) = run(
        json!([post("Users", "x", json!({})), post("Users", "x", json!({}))]),
        None,
    );
    assert_eq!(statuses(&answers), ["201", "400"]);
}

#[test]
fn a_message_that_is_none_or_too_much_is_refused() {
    let read =
        |body: Value| BulkRequest::parse(body.as_object().unwrap(), 2).map_err(|error| (error.status, error.scim_type));
    for body in [
        json!({}),
        json!({ "schemas": ["urn:other"], "Operations": [] }),
        json!({ "Operations": {} }),
        json!({ "Operations": [5] }),
        json!({ "Operations": [], "failOnErrors": 0 }),
        json!({ "Operations": [], "failOnErrors": "1" }),
    ] {
        assert_eq!(read(body.clone()), Err((400, Some(ScimType::InvalidSyntax))), "{body}");
    }
    assert_eq!(read(json!({ "Operations": [{}, {}, {}] })), Err((413, None)));
    assert!(read(json!({ "operations": [] })).is_ok());
}

proptest! {
    #[test]
    fn every_operation_gets_an_answer_and_nothing_stays_half_done(
        edges in proptest::collection::vec(proptest::collection::vec(0..9_usize, 0..4), 1..8),
        refused in proptest::collection::vec(any::<bool>(), 8),
        most in proptest::option::of(1..4_usize),
    ) {
        let names: Vec<String> = (0..9).map(|number| format!("n{number}")).collect();
        let operations: Vec<Value> = edges.iter().enumerate().map(|(index, edges)| {
            let mut members: Vec<&str> = edges.iter().map(|edge| names[*edge].as_str()).collect();
            members.dedup();
            let mut operation = group(&names[index], &members);
            if refused[index] && index % 3 == 0 {
                operation["data"]["displayName"] = "refuse me".into();
            }
            operation
        }).collect();
        let (store, answers) = run(json!(operations), most);
        let made: Vec<&Value> = answers.iter().filter(|answer| answer["status"] == "201").collect();
        prop_assert_eq!(store.resources.len(), made.len() + 1);
        if most.is_none() {
            prop_assert_eq!(answers.len(), operations.len());
        }
        for answer in made {
            let id = answer["location"].as_str().and_then(|location| location.rsplit('/').next()).unwrap();
            let operation = operations.iter().find(|operation| operation["bulkId"] == answer["bulkId"]).unwrap();
            let members = store.resources[id]["members"].as_array().unwrap();
            prop_assert_eq!(members.len(), operation["data"]["members"].as_array().unwrap().len());
        }
    }
}
