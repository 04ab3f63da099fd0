//! From bytes to a JSON object.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::error::Error;
use crate::schema::WIRE_MAP_URN;

/// How deep objects and lists of a body may lie in each other.
pub const MAX_DEPTH: usize = 64;

/// Reads a JSON body. How deep it is, is looked at before anything recurses.
///
/// # Errors
/// `invalidSyntax`: not UTF-8, no JSON, too deep, half a surrogate pair, more than one value, or no object.
pub fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, Error> {
    let refuse = |why: String| Error::invalid_syntax(format!("the body {why}"));
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|_| refuse("is not UTF-8".into()))?;
    if text.trim_ascii().is_empty() {
        return Err(refuse("is empty; a JSON object is expected".into()));
    }
    if is_deeper(text, MAX_DEPTH) {
        return Err(refuse(format!("is nested deeper than {MAX_DEPTH} levels")));
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(refuse("is not a JSON object".into())),
        Err(error) => Err(refuse(format!("is not valid JSON: {error}"))),
    }
}

/// Counts brackets outside strings; of text that is no JSON it says something, but does not fail.
fn is_deeper(text: &str, limit: usize) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                depth += 1;
                if depth > limit {
                    return true;
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

/// The first member that one object of a JSON text has twice, in any letter case. [`parse_object`] takes the last of
/// them; Wire's clients are told instead. Wire's map of rich info is passed over: of its keys the first wins. Of text that is
/// no JSON it finds nothing.
pub fn duplicate_member(text: &str) -> Option<String> {
    if is_deeper(text, MAX_DEPTH) {
        return None;
    }
    let mut found = None;
    let mut reader = serde_json::Deserializer::from_str(text);
    // It stops at what it finds, with an error of its own.
    let _ = Look { found: &mut found }.deserialize(&mut reader);
    found
}

struct Look<'a> {
    found: &'a mut Option<String>,
}

impl<'de> DeserializeSeed<'de> for Look<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Look<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if !names.insert(name.to_ascii_lowercase()) {
                *self.found = Some(name);
                return Err(serde::de::Error::custom("a member is there twice"));
            }
            if name.eq_ignore_ascii_case(WIRE_MAP_URN) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            map.next_value_seed(Look {
                found: &mut *self.found,
            })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list
            .next_element_seed(Look {
                found: &mut *self.found,
            })?
            .is_some()
        {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}
