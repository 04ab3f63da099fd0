//! What follows for a person from attributes and settings. Pure.

use serde_json::{Map, Value};

use super::{ExternalIds, Kind, Lifecycle};
use crate::external_id::{WIRE_BOUND, WIRE_UNBOUND};

/// Last of all text in both engines' order: the sort key of what is missing.
pub(crate) const MISSING: &str = "\u{10FFFF}";

/// Longest text that goes into an index; longer values are cut there and compared on the document.
pub(crate) const INDEXED_CHARS: usize = 512;

/// The columns beside a user's document, which are its index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserIndex {
    pub(crate) user_name_key: String,
    pub(crate) display_name_key: String,
    pub(crate) family_name_key: String,
    pub(crate) given_name_key: String,
    pub(crate) active: Option<bool>,
    pub(crate) user_type_key: Option<String>,
    pub(crate) employee_number_key: Option<String>,
    pub(crate) department_key: Option<String>,
    pub(crate) manager: Option<String>,
    pub(crate) display_name: Option<String>,
    pub(crate) emails: Vec<String>,
}

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// The index of a document. The one place that says what is indexed how.
pub(crate) fn index(document: &Map<String, Value>) -> UserIndex {
    let name = document.get("name");
    let enterprise = document.get(ENTERPRISE);
    let mut emails: Vec<String> = items(document.get("emails"))
        .filter_map(|email| any_text(email.get("value")))
        .map(|email| key(&email))
        .collect();
    emails.sort_unstable();
    emails.dedup();
    UserIndex {
        user_name_key: any_text(document.get("userName"))
            .map_or_else(|| MISSING.to_owned(), |name| scim::text::key(&name)),
        display_name_key: sort_key(document.get("displayName")),
        family_name_key: sort_key(name.and_then(|name| name.get("familyName"))),
        given_name_key: sort_key(name.and_then(|name| name.get("givenName"))),
        active: document.get("active").and_then(Value::as_bool),
        user_type_key: any_text(document.get("userType")).map(|text| key(&text)),
        employee_number_key: any_text(enterprise.and_then(|ext| ext.get("employeeNumber"))).map(|text| key(&text)),
        department_key: any_text(enterprise.and_then(|ext| ext.get("department"))).map(|text| key(&text)),
        manager: any_text(
            enterprise
                .and_then(|ext| ext.get("manager"))
                .and_then(|manager| manager.get("value")),
        )
        .map(|text| key(&text)),
        display_name: any_text(document.get("displayName")),
        emails,
    }
}

/// A text, also an empty one: it is a value, though `pr` does not hold for it.
fn any_text(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).map(str::to_owned)
}

fn text(value: Option<&Value>) -> Option<String> {
    value
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

fn items(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

pub(super) fn cut(text: &str) -> String {
    text.chars().take(INDEXED_CHARS).collect()
}

/// The key under which text is indexed where case does not count.
pub(crate) fn key(text: &str) -> String {
    cut(&scim::text::key(text))
}

fn sort_key(value: Option<&Value>) -> String {
    any_text(value).map_or_else(|| MISSING.to_owned(), |text| key(&text))
}

/// Guest or member, by SCIM's `userType` at creation (DESIGN: `Guest` or `External`).
pub(crate) fn kind_at_creation(document: &Map<String, Value>) -> Kind {
    match document.get("userType").and_then(Value::as_str) {
        Some(word) if word.eq_ignore_ascii_case("guest") || word.eq_ignore_ascii_case("external") => Kind::Guest,
        _ => Kind::Member,
    }
}

/// Where a person stands after a client wrote `active`.
pub(crate) fn lifecycle_after(before: Lifecycle, active: Option<bool>) -> Lifecycle {
    match (before, active) {
        // The invitation cannot be skipped by saying active.
        (Lifecycle::Invited, _) => Lifecycle::Invited,
        (Lifecycle::Staged, Some(false)) => Lifecycle::Staged,
        (_, Some(false)) => Lifecycle::Suspended,
        // A person without the attribute counts as active.
        (_, Some(true) | None) => Lifecycle::Active,
    }
}

/// How a person who asks for an invitation is to be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Has an account at the realm's provider: in at once.
    Linked,
    /// Gets an invitation at this address.
    Invited {
        /// Where to.
        address: String,
    },
    /// Cannot be reached.
    Unreachable,
}

/// Wire's table (A5.1): bound to a provider means active; else the address is the primary or first of `emails`, else an
/// externalId that looks like one.
pub(crate) fn admission(bound: bool, document: &Map<String, Value>, external_id: Option<&str>) -> Admission {
    let address = address(document).or_else(|| {
        external_id
            .filter(|id| crate::mail::EmailAddress::parse(id).is_ok())
            .map(str::to_owned)
    });
    match (bound, address) {
        (true, _) => Admission::Linked,
        (false, Some(address)) => Admission::Invited { address },
        (false, None) => Admission::Unreachable,
    }
}

/// The effective address: the primary of `emails`, else the first.
pub(crate) fn address(document: &Map<String, Value>) -> Option<String> {
    let emails = || items(document.get("emails"));
    emails()
        .find(|email| email.get("primary").and_then(Value::as_bool) == Some(true))
        .or_else(|| emails().next())
        .and_then(|email| text(email.get("value")))
}

/// A person's address, whoever looks: of `emails`, else an externalId of Wire's clients that looks like one (A5.1).
pub(crate) fn own_address(attributes: &Map<String, Value>, external_ids: &ExternalIds) -> Option<String> {
    let looks_like_one = |id: &&str| crate::mail::EmailAddress::parse(id).is_ok();
    address(attributes).or_else(|| {
        [WIRE_BOUND, WIRE_UNBOUND]
            .into_iter()
            .filter_map(|space| external_ids.get(space))
            .find(looks_like_one)
            .map(str::to_owned)
    })
}

/// The address a person is invited at: of `emails`, else an externalId that looks like one.
pub(crate) fn invited_address(document: &Map<String, Value>, external_id: Option<&str>) -> Option<String> {
    match admission(false, document, external_id) {
        Admission::Invited { address } => Some(address),
        Admission::Linked | Admission::Unreachable => None,
    }
}

/// What a mail to the person greets them with.
pub(crate) fn greeting(document: &Map<String, Value>) -> Option<String> {
    let name = document.get("name");
    let full = || {
        Some(format!(
            "{} {}",
            text(name?.get("givenName"))?,
            text(name?.get("familyName"))?
        ))
    };
    text(document.get("displayName"))
        .or_else(|| text(name.and_then(|name| name.get("formatted"))))
        .or_else(full)
}

/// The language of what is written to the person.
pub(crate) fn language(document: &Map<String, Value>) -> Option<String> {
    text(document.get("preferredLanguage"))
}

/// The values of an attribute, of the core schema or of an extension; the earlier system calls the userName `username`.
pub(crate) fn values(attributes: &Map<String, Value>, name: &str) -> Vec<String> {
    let name = if name == "username" { "userName" } else { name };
    let named = |map: &Map<String, Value>| {
        let found = map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| texts(value))
    };
    let extensions = || {
        let maps = attributes.iter().filter(|(key, _)| key.starts_with("urn:"));
        maps.filter_map(|(_, value)| value.as_object()).find_map(named)
    };
    named(attributes).or_else(extensions).unwrap_or_default()
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Number(number) => vec![number.to_string()],
        Value::Bool(flag) => vec![flag.to_string()],
        Value::Array(list) => list.iter().flat_map(texts).collect(),
        Value::Object(map) => map.get("value").map(texts).unwrap_or_default(),
        Value::Null => Vec::new(),
    }
}
