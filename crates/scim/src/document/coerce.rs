//! One attribute's value: checked for its type, in canonical spelling, without what is empty or not the client's to write.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use serde_json::{Map, Number, Value};

use super::list;
use super::problems::Problems;
use crate::error::Error;
use crate::schema::{Attribute, Mutability, Type};
use crate::text;

/// Brings a value into the form in which an attribute stores it; `Null` means that nothing is left of it.
///
/// Booleans may be texts (`"True"`), a complex value may come as the text of its `value`, a single one as a list of one, and of
/// unknown, readOnly and writeOnly sub-attributes nothing is kept. What is required is not looked at: a PATCH brings parts.
///
/// # Errors
/// `invalidValue`, naming all that does not fit; `path` is how the attribute is called in it.
pub fn coerce(value: Value, attribute: &Attribute, path: &str) -> Result<Value, Error> {
    let mut problems = Problems::default();
    let value = any(value, attribute, path, &mut problems);
    problems.into_result().map(|()| value.unwrap_or_default())
}

/// The same for one element of a multi-valued attribute.
///
/// # Errors
/// As [`coerce`].
pub fn coerce_element(value: Value, attribute: &Attribute, path: &str) -> Result<Value, Error> {
    let mut problems = Problems::default();
    let value = single(value, attribute, path, &mut problems);
    problems.into_result().map(|()| value.unwrap_or_default())
}

/// `None` where nothing is left, also of a value that is a problem.
pub(super) fn any(value: Value, attribute: &Attribute, path: &str, problems: &mut Problems) -> Option<Value> {
    if is_absent(&value) {
        return None;
    }
    if !attribute.multi_valued {
        return single(value, attribute, path, problems);
    }
    let elements = match value {
        Value::Array(elements) => elements,
        // A list of one may come without its brackets, as RFC 7644 §3.5.2.1 has it for PATCH.
        object @ Value::Object(_) if attribute.is_complex() => vec![object],
        text @ Value::String(_) if attribute.sub("value").is_some() => vec![text],
        other => {
            problems.value(path, &format!("is a list, not {}", what(&other)));
            return None;
        }
    };
    let element = |(index, element)| single(element, attribute, &format!("{path}[{index}]"), problems);
    let mut elements: Vec<Value> = elements.into_iter().enumerate().filter_map(element).collect();
    list::tidy(&mut elements, attribute);
    (!elements.is_empty()).then_some(Value::Array(elements))
}

fn single(value: Value, attribute: &Attribute, path: &str, problems: &mut Problems) -> Option<Value> {
    let fits = match attribute.kind {
        Type::Complex => return complex(value, attribute, path, problems),
        _ if is_absent(&value) => return None,
        Type::String | Type::Reference => plain(value),
        Type::Boolean => boolean(value),
        Type::Integer => integer(value),
        Type::Decimal => {
            if value.is_number() {
                Ok(value)
            } else {
                Err(format!("is a number, not {}", what(&value)))
            }
        }
        Type::DateTime => date_time(value),
        Type::Binary => binary(value),
    };
    fits.map_err(|why| problems.value(path, &why)).ok()
}

/// RFC 7643 §2.5: null and an empty list say that there is no value, also of what is no list.
pub fn is_absent(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

fn plain(value: Value) -> Result<Value, String> {
    match &value {
        Value::String(text) if text.contains('\0') => Err("may not contain U+0000".into()),
        Value::String(_) => Ok(value),
        other => Err(format!("is a text, not {}", what(other))),
    }
}

fn boolean(value: Value) -> Result<Value, String> {
    match &value {
        Value::Bool(_) => Ok(value),
        // Entra ID writes `"False"`.
        Value::String(text) if text.eq_ignore_ascii_case("true") => Ok(Value::Bool(true)),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Ok(Value::Bool(false)),
        other => Err(format!("is true or false, not {}", what(other))),
    }
}

fn integer(value: Value) -> Result<Value, String> {
    let Value::Number(number) = &value else {
        return Err(format!("is a whole number, not {}", what(&value)));
    };
    if number.is_i64() {
        return Ok(value);
    }
    // `5.0` is how some languages write a whole number. Beyond 2^53 a float no longer says which one it is.
    let whole = number
        .as_f64()
        .filter(|float| float.fract() == 0.0 && float.abs() <= 9_007_199_254_740_992.0);
    match whole {
        Some(whole) => Ok(Value::Number(Number::from(whole as i64))),
        None => Err(format!("is a whole number of 64 bits, not {number}")),
    }
}

fn date_time(value: Value) -> Result<Value, String> {
    let Value::String(text) = &value else {
        return Err(format!("is a date with time, not {}", what(&value)));
    };
    match text::date_time(text) {
        Some(canonical) => Ok(Value::String(canonical.into_owned())),
        None => Err("is a date with time such as 2026-01-31T12:00:00Z".into()),
    }
}

/// Takes base64 with either alphabet, with or without padding, broken into lines or not.
fn binary(value: Value) -> Result<Value, String> {
    const ANY_PADDING: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    const TOLERANT: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, ANY_PADDING);
    let Value::String(text) = &value else {
        return Err(format!("is a text in base64, not {}", what(&value)));
    };
    let standard: String = text
        .chars()
        .filter(|character| !character.is_ascii_whitespace())
        .map(|character| match character {
            '-' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    match TOLERANT.decode(&standard) {
        Ok(bytes) => Ok(Value::String(STANDARD.encode(bytes))),
        Err(_) => Err("is a text in base64".into()),
    }
}

fn complex(value: Value, attribute: &Attribute, path: &str, problems: &mut Problems) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Object(members) => {
            let members = sub_attributes(members, attribute, path, problems);
            (!members.is_empty()).then_some(Value::Object(members))
        }
        // Entra ID writes a manager as the bare id, and as a list of one; an empty text takes it away. Some clients write
        // `["admin"]` for `[{"value": "admin"}]`.
        Value::String(text) if text.is_empty() && (!attribute.multi_valued || attribute.sub("value").is_some()) => None,
        Value::String(text) if attribute.sub("value").is_some() => complex(
            Value::Object(Map::from_iter([("value".to_owned(), Value::String(text))])),
            attribute,
            path,
            problems,
        ),
        Value::Array(list) if !attribute.multi_valued && list.iter().all(|element| !element.is_array()) => list
            .into_iter()
            .find(|element| !element.is_null())
            .and_then(|first| complex(first, attribute, path, problems)),
        other => {
            problems.value(path, &format!("is an object, not {}", what(&other)));
            None
        }
    }
}

fn sub_attributes(
    members: Map<String, Value>,
    attribute: &Attribute,
    path: &str,
    problems: &mut Problems,
) -> Map<String, Value> {
    let mut given = by_name(members, |name| attribute.sub(name).map(|sub| sub.name.as_str()));
    let mut kept = Map::new();
    for sub in &attribute.sub_attributes {
        let Some(value) = given.shift_remove(&sub.name) else {
            continue;
        };
        if !is_writable(sub) {
            continue;
        }
        if let Some(value) = any(value, sub, &format!("{path}.{}", sub.name), problems) {
            kept.insert(sub.name.clone(), value);
        }
    }
    kept
}

/// Members under their canonical names; unknown ones are left out, and of two that differ in case the last is taken.
pub(super) fn by_name<'a>(
    members: Map<String, Value>,
    canonical: impl Fn(&str) -> Option<&'a str>,
) -> Map<String, Value> {
    members
        .into_iter()
        .filter_map(|(name, value)| Some((canonical(&name)?.to_owned(), value)))
        .collect()
}

/// Whether anything of it is kept that a client sends: readOnly is the server's, writeOnly is discarded.
pub(super) fn is_writable(attribute: &Attribute) -> bool {
    matches!(attribute.mutability, Mutability::ReadWrite | Mutability::Immutable)
}

fn what(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "this text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
