//! The message that carries a list of resources: RFC 7644 §3.4.2, RFC 9865 §2.

use std::fmt::Write as _;

use serde_json::{Value, json};

/// The schema of the message.
pub const LIST_RESPONSE_URN: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// A page of resources, each a JSON text. `total` is left out where it is not known, `start` on cursor pages, `next` on
/// the last page; `Resources` is always there, since clients iterate over it unasked.
pub fn list_response(resources: &[String], total: Option<usize>, start: Option<usize>, next: Option<&str>) -> String {
    let length: usize = resources.iter().map(|resource| resource.len() + 1).sum();
    let mut text = String::with_capacity(length + 200);
    // Writing into a String does not fail.
    let _ = write!(text, "{{\"schemas\":[\"{LIST_RESPONSE_URN}\"]");
    if let Some(total) = total {
        let _ = write!(text, ",\"totalResults\":{total}");
    }
    if let Some(start) = start {
        let _ = write!(text, ",\"startIndex\":{start}");
    }
    let _ = write!(text, ",\"itemsPerPage\":{}", resources.len());
    if let Some(next) = next {
        let _ = write!(text, ",\"nextCursor\":{}", Value::from(next));
    }
    text.push_str(",\"Resources\":[");
    for (index, resource) in resources.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(resource);
    }
    text.push_str("]}");
    text
}

/// All there is, on one page: the lists of discovery.
pub fn whole_list(resources: &[Value]) -> Value {
    json!({
        "schemas": [LIST_RESPONSE_URN],
        "totalResults": resources.len(),
        "startIndex": 1,
        "itemsPerPage": resources.len(),
        "Resources": resources,
    })
}
