//! From bytes to a JSON object.

use proptest::prelude::*;
use scim::ScimType;
use scim::document::{MAX_DEPTH, duplicate_member, parse_object};
use serde_json::Value;

#[test]
fn what_is_no_json_object_is_refused_as_syntax() {
    for body in [
        &b""[..],
        b"  ",
        b"{",
        b"[]",
        b"null",
        b"\"text\"",
        b"{} {}",
        b"{}x",
        b"{\"a\":\"\xFF\"}",
        b"{\"a\":\"\\ud800\"}",
        b"{\"a\":01}",
        b"{'a':1}",
        b"{\"a\":1,}",
        b"{\"a\":1e999}",
    ] {
        let error = parse_object(body).unwrap_err();
        assert_eq!(
            (error.status, error.scim_type),
            (400, Some(ScimType::InvalidSyntax)),
            "{}",
            String::from_utf8_lossy(body)
        );
    }
}

#[test]
fn depth_is_limited_before_anything_recurses() {
    let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
    assert!(parse_object(nested(MAX_DEPTH).as_bytes()).is_ok());
    assert!(
        parse_object(nested(MAX_DEPTH + 1).as_bytes())
            .unwrap_err()
            .detail
            .contains("deeper than 64")
    );
    let million = "[".repeat(1_000_000);
    assert!(parse_object(million.as_bytes()).is_err());
    assert_eq!(duplicate_member(&million), None);
    // Brackets in text are no depth.
    let text = format!("{{\"a\":\"{}\\\"{}\"}}", "[".repeat(100), "{".repeat(100));
    assert!(parse_object(text.as_bytes()).is_ok());
}

#[test]
fn of_two_equal_names_the_last_counts_and_they_can_be_asked_for() {
    let body = r#"{"userName":"a","name":{"x":1,"X":2},"userName":"b"}"#;
    assert_eq!(parse_object(body.as_bytes()).unwrap()["userName"], "b");
    assert_eq!(duplicate_member(body).as_deref(), Some("X"));
    assert_eq!(duplicate_member(r#"{"a":[{"b":1},{"b":2}],"c":{"a":null}}"#), None);
    assert_eq!(
        duplicate_member(r#"{"a":1.5,"b":-1,"c":true,"Ab":"x","aB":18446744073709551615}"#).as_deref(),
        Some("aB")
    );
    assert_eq!(duplicate_member("{nonsense"), None);
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    assert!(parse_object(b"\xEF\xBB\xBF{\"a\":1}").is_ok());
}

proptest! {
    #[test]
    fn no_bytes_are_too_odd(bytes in proptest::collection::vec(any::<u8>(), 0..64), text in "[\\[\\]{}\":,0-9a\\\\ ]{0,64}") {
        let _ = parse_object(&bytes);
        if let Ok(map) = parse_object(text.as_bytes()) {
            prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), Value::Object(map));
        }
        let _ = duplicate_member(&text);
    }
}
