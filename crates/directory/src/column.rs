//! Objects that stand as JSON in one column of a table, where null is nothing set.
//!
//! What cannot be read is never taken for nothing: what it says might keep somebody out, and the next write would lose it. Such a
//! row refuses to be read, which is a fault of the store. Members that only a newer version knows are kept by the types
//! themselves, in a flattened `rest`.

use db::Error;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Reads a column.
///
/// # Errors
/// There is something, but not an object of this kind. What stands there is not told: it may be people's words.
pub(crate) fn read<T: Default + DeserializeOwned>(wanted: &'static str, text: Option<&str>) -> Result<T, Error> {
    let Some(text) = text else { return Ok(T::default()) };
    serde_json::from_str(text).map_err(|error| Error::Type {
        column: error.column(),
        wanted,
        found: format!("{} bytes that are none, from byte {} on", text.len(), error.column()),
    })
}

/// What is written: null when nothing is set.
pub(crate) fn write<T: Default + PartialEq + Serialize>(value: &T) -> Option<String> {
    if *value == T::default() {
        return None;
    }
    Some(serde_json::to_string(value).expect("an object of plain values has a JSON text"))
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};
    use serde_json::{Map, Value};

    use super::{read, write};

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    struct Thing {
        lapses: bool,
        #[serde(flatten)]
        rest: Map<String, Value>,
    }

    #[test]
    fn null_is_nothing_and_what_is_unreadable_is_not() {
        assert_eq!(read::<Thing>("a thing", None).expect("read"), Thing::default());
        assert_eq!(write(&Thing::default()), None);
        for broken in ["", "{", "[]", "null", r#"{"lapses":"said in confidence"}"#] {
            let error = read::<Thing>("a thing", Some(broken)).expect_err("not read");
            let told = format!("{error} {error:?}");
            assert!(told.contains("a thing") && !told.contains("confidence"), "{told}");
        }
    }

    #[test]
    fn what_a_newer_version_adds_is_written_back() {
        let newer = r#"{"lapses":true,"mood":{"of":["the","day"]}}"#;
        let read: Thing = read("a thing", Some(newer)).expect("read");
        assert_eq!(write(&read).as_deref(), Some(newer));
    }
}
