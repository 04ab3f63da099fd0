//! What a list is asked with: the SearchRequest message (RFC 7644 §3.4.3) and the same as a query (§3.4.2).

use serde_json::{Map, Value};

use crate::error::Error;
use crate::filter::Filter;
use crate::patch::member;
use crate::path::AttrPath;

/// The schema of the message.
pub const SEARCH_URN: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// What a list is asked with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchRequest {
    /// Only these attributes.
    pub attributes: Vec<String>,
    /// All but these.
    pub excluded_attributes: Vec<String>,
    /// Which resources.
    pub filter: Option<Filter>,
    /// By what they are sorted.
    pub sort_by: Option<AttrPath>,
    /// In which direction.
    pub sort_order: SortOrder,
    /// The place of the first one, from 1.
    pub start_index: Option<usize>,
    /// How many at most.
    pub count: Option<usize>,
    /// The page after this cursor; empty is the first (RFC 9865).
    pub cursor: Option<String>,
}

/// The direction of a sort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortOrder {
    /// The smallest first.
    #[default]
    Ascending,
    /// The greatest first.
    Descending,
}

impl SearchRequest {
    /// Reads a SearchRequest message. Empty texts and lists are as good as absent, but for an empty cursor.
    ///
    /// # Errors
    /// `invalidSyntax`: it is another message. `invalidFilter`, `invalidValue`, `invalidCount`: a member does not fit.
    pub fn parse(body: &Map<String, Value>) -> Result<Self, Error> {
        let is_search = |urn: &Value| urn.as_str().is_some_and(|urn| urn.eq_ignore_ascii_case(SEARCH_URN));
        match member(body, "schemas") {
            None | Some(Value::Null) => {}
            Some(Value::Array(urns)) if urns.iter().any(is_search) => {}
            Some(_) => return Err(Error::invalid_syntax(format!("schemas: expected [\"{SEARCH_URN}\"]"))),
        }
        Ok(Self {
            attributes: names(body, "attributes")?,
            excluded_attributes: names(body, "excludedAttributes")?,
            filter: text(body, "filter")?
                .filter(|text| !text.is_empty())
                .map(str::parse)
                .transpose()?,
            sort_by: text(body, "sortBy")?.map(sort_by).transpose()?.flatten(),
            sort_order: text(body, "sortOrder")?
                .map(sort_order)
                .transpose()?
                .unwrap_or_default(),
            start_index: number(body, "startIndex")?.map(start_index).transpose()?,
            count: number(body, "count")?.map(count).transpose()?,
            cursor: text(body, "cursor")?.map(str::to_owned),
        })
    }

    /// Reads decoded query parameters. Names compare without case, unknown ones are passed over, the first of two wins.
    ///
    /// # Errors
    /// `invalidFilter`, `invalidValue`, `invalidCount`: a parameter does not fit. An empty filter is none that holds.
    pub fn from_query<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Error> {
        let pairs: Vec<_> = pairs.into_iter().collect();
        let get = |name: &str| {
            pairs
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| *value)
        };
        let list = |name: &str| get(name).map(split).unwrap_or_default();
        Ok(Self {
            attributes: list("attributes"),
            excluded_attributes: list("excludedAttributes"),
            filter: get("filter").map(str::parse).transpose()?,
            sort_by: get("sortBy").map(sort_by).transpose()?.flatten(),
            sort_order: get("sortOrder").map(sort_order).transpose()?.unwrap_or_default(),
            start_index: get("startIndex").map(start_index).transpose()?,
            count: get("count").map(count).transpose()?,
            cursor: get("cursor").map(str::to_owned),
        })
    }
}

fn split(list: &str) -> Vec<String> {
    list.split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

fn names(body: &Map<String, Value>, name: &str) -> Result<Vec<String>, Error> {
    let refused = || Error::invalid_value(format!("{name}: expected a list of attribute names"));
    match member(body, name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(list)) => Ok(split(list)),
        Some(Value::Array(list)) => list
            .iter()
            .map(|name| name.as_str().map(|name| name.trim().to_owned()).ok_or_else(refused))
            .collect(),
        Some(_) => Err(refused()),
    }
}

fn text<'a>(body: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Error> {
    match member(body, name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Error::invalid_value(format!("{name}: expected a text"))),
    }
}

/// A number, or a text that may be one.
fn number<'a>(body: &'a Map<String, Value>, name: &str) -> Result<Option<std::borrow::Cow<'a, str>>, Error> {
    match member(body, name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str().into())),
        Some(Value::Number(number)) => Ok(Some(number.to_string().into())),
        Some(_) => Err(Error::invalid_value(format!("{name}: expected a number"))),
    }
}

fn sort_by(text: &str) -> Result<Option<AttrPath>, Error> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    AttrPath::read(text)
        .map(Some)
        .map_err(|why| Error::invalid_value(format!("sortBy: {why}")))
}

fn sort_order(text: &str) -> Result<SortOrder, Error> {
    match text.trim() {
        word if word.is_empty() || word.eq_ignore_ascii_case("ascending") => Ok(SortOrder::Ascending),
        word if word.eq_ignore_ascii_case("descending") => Ok(SortOrder::Descending),
        _ => Err(Error::invalid_value("sortOrder: expected ascending or descending")),
    }
}

/// Below 1 is 1 (RFC 7644 §3.4.2.4).
fn start_index(text: impl AsRef<str>) -> Result<usize, Error> {
    let index = whole(text.as_ref()).ok_or_else(|| Error::invalid_value("startIndex: expected a whole number"))?;
    Ok(index.max(1))
}

/// Below 0 is 0.
fn count(text: impl AsRef<str>) -> Result<usize, Error> {
    whole(text.as_ref()).ok_or_else(|| Error::invalid_count("count: expected a whole number"))
}

/// A whole number; a negative one is 0, one that is too great is the greatest.
fn whole(text: &str) -> Option<usize> {
    let text = text.trim();
    let (digits, negative) = text.strip_prefix('-').map_or((text, false), |digits| (digits, true));
    // JSON writes some whole numbers as `10.0`.
    let digits = digits.strip_suffix(".0").unwrap_or(digits);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(if negative {
        0
    } else {
        digits.parse().unwrap_or(usize::MAX)
    })
}
