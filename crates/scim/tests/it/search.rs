//! What a list is asked with.

use scim::ScimType;
use scim::search::{SearchRequest, SortOrder};
use serde_json::{Value, json};

fn parse(body: Value) -> Result<SearchRequest, scim::Error> {
    SearchRequest::parse(body.as_object().unwrap())
}

#[test]
fn a_message_and_a_query_ask_the_same() {
    let body = parse(json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "attributes": ["displayName", " userName"], "excludedAttributes": ["members"], "Filter": "userName sw \"a\"", "sortBy": "name.familyName",
        "sortOrder": "Descending", "startIndex": 11, "count": 10.0, "cursor": "",
    }));
    let query = SearchRequest::from_query([
        ("attributes", "displayName, userName,"),
        ("excludedattributes", "members"),
        ("filter", "userName sw \"a\""),
        ("sortBy", "name.familyName"),
        ("sortOrder", "descending"),
        ("startIndex", "11"),
        ("count", "10"),
        ("cursor", ""),
        ("aadOptscim062020", ""),
    ]);
    let (body, query) = (body.unwrap(), query.unwrap());
    assert_eq!(body, query);
    assert_eq!(body.attributes, ["displayName", "userName"]);
    assert_eq!(
        (body.start_index, body.count, body.sort_order),
        (Some(11), Some(10), SortOrder::Descending)
    );
    assert_eq!(body.cursor.as_deref(), Some(""));
}

#[test]
fn what_is_empty_is_not_asked() {
    let body =
        json!({ "attributes": [], "filter": "", "sortBy": "", "sortOrder": "", "startIndex": null, "count": null });
    assert_eq!(parse(body).unwrap(), SearchRequest::default());
    assert_eq!(SearchRequest::from_query([]).unwrap(), SearchRequest::default());
    // In a URL an empty filter is a mistake that must not list everybody.
    assert_eq!(
        SearchRequest::from_query([("filter", "")]).unwrap_err().scim_type,
        Some(ScimType::InvalidFilter)
    );
}

#[test]
fn numbers_are_brought_into_their_range() {
    for (text, start, count) in [
        ("0", 1, 0),
        ("-7", 1, 0),
        ("7", 7, 7),
        ("99999999999999999999999", usize::MAX, usize::MAX),
    ] {
        let query = SearchRequest::from_query([("startIndex", text), ("count", text)]).unwrap();
        assert_eq!((query.start_index, query.count), (Some(start), Some(count)), "{text}");
    }
    for text in ["", "x", "1e3", "1.5", "--1", "+1", "٣"] {
        assert_eq!(
            SearchRequest::from_query([("startIndex", text)]).unwrap_err().scim_type,
            Some(ScimType::InvalidValue),
            "{text}"
        );
        assert_eq!(
            SearchRequest::from_query([("count", text)]).unwrap_err().scim_type,
            Some(ScimType::InvalidCount),
            "{text}"
        );
    }
}

#[test]
fn what_is_no_search_is_refused() {
    use ScimType::{InvalidFilter, InvalidSyntax, InvalidValue};
    for (body, expected) in [
        (json!({ "schemas": ["urn:other"] }), InvalidSyntax),
        (json!({ "filter": "x" }), InvalidFilter),
        (json!({ "filter": 5 }), InvalidValue),
        (json!({ "sortBy": "a[b]" }), InvalidValue),
        (json!({ "sortOrder": "up" }), InvalidValue),
        (json!({ "attributes": [5] }), InvalidValue),
        (json!({ "startIndex": {} }), InvalidValue),
    ] {
        assert_eq!(parse(body.clone()).unwrap_err().scim_type, Some(expected), "{body}");
    }
}
