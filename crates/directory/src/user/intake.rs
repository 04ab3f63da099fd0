//! From a body in SCIM's terms to what a command stores: the schemas' rules, then those of the caller's profile.

use scim::document::{self, Intent};
use serde_json::{Map, Value};

use super::{rules, user_name};
use crate::change::Change;
use crate::client::{Client, Policy, Profile, ResourceKind, unknown};
use crate::entitlement::Form;
use crate::error::{Error, Refusal};
use crate::mail::EmailAddress;
use crate::view::{Schemas, canaille_rules, wire_rules};

/// A body on its way in, as a face has parsed it.
#[derive(Clone, Debug)]
pub struct UserIntake {
    /// The JSON body.
    pub body: Value,
}

/// What a body says, ready to be stored.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) attributes: Map<String, Value>,
    pub(crate) external_id: Option<String>,
    /// What the caller should know of it.
    pub(crate) warnings: Vec<String>,
}

/// Accepts a body for a new user, or in the place of `before`.
pub(crate) fn accept(
    change: &Change<'_>,
    client: Option<&Client>,
    body: &Value,
    before: Option<&Map<String, Value>>,
) -> Result<Accepted, Error> {
    let profile = client.map_or(Profile::Generic, |client| client.profile);
    let schemas = change.schemas();
    let schema = schemas.intake(ResourceKind::User, profile);
    let mut body = body.clone();
    user_name::in_body(client, &mut body);
    if profile.has_wire_rules() {
        wire_rules::before_accept(&mut body, change.realm().settings.rich_info_limit())?;
    }
    let warnings = unknown::of_body(client, &body, schema)?;
    if profile.completes_names() {
        canaille_rules::before_accept(&mut body);
        if let Some(before) = before {
            canaille_rules::before_replace(&mut body, before, "userName");
        }
    }
    let intent = before.map_or(Intent::Create, |before| Intent::Replace { before });
    let mut attributes = document::accept(body, schema, intent)?;
    if before.is_none() && !attributes.contains_key("active") {
        attributes.insert("active".into(), Value::Bool(true));
    }
    let external_id = take_external_id(&mut attributes, profile);
    if profile.has_wire_rules() && external_id.is_none() {
        return Err(Refusal::invalid("externalId", "is required").into());
    }
    check(
        change,
        client,
        Accepted {
            attributes,
            external_id,
            warnings,
        },
        before,
    )
}

/// What holds for the end state of every write, whether by POST, PUT or PATCH.
pub(crate) fn check(
    change: &Change<'_>,
    client: Option<&Client>,
    accepted: Accepted,
    before: Option<&Map<String, Value>>,
) -> Result<Accepted, Error> {
    let Accepted {
        mut attributes,
        external_id,
        warnings,
    } = accepted;
    let schemas = change.schemas();
    let profile = client.map_or(Profile::Generic, |client| client.profile);
    take_ours_out(change, &mut attributes);
    let user_name = attributes.get("userName").and_then(Value::as_str).unwrap_or_default();
    scim::text::check_user_name(user_name)?;
    if profile.has_wire_rules() {
        wire_rules::check(&mut attributes, external_id.as_deref(), before)?;
    }
    Change::check_text(&attributes)?;
    check_external_id(external_id.as_deref())?;
    document::finish(&mut attributes, schemas.intake(ResourceKind::User, profile))?;
    settle(schemas, &mut attributes)?;
    Ok(Accepted {
        attributes,
        external_id,
        warnings,
    })
}

/// Entitlements that follow from memberships are shown beside those that are stored. A client that sends back what it has read
/// makes none of them.
fn take_ours_out(change: &Change<'_>, attributes: &mut Map<String, Value>) {
    let Some(form) = Form::of(change.realm()) else { return };
    let Some(Value::Array(entitlements)) = attributes.get_mut("entitlements") else {
        return;
    };
    let is_ours = |entitlement: &Value| {
        let value = entitlement.get("value").and_then(Value::as_str);
        value.is_some_and(|value| form.is_ours(value))
    };
    entitlements.retain(|entitlement| !is_ours(entitlement));
    if entitlements.is_empty() {
        attributes.shift_remove("entitlements");
    }
}

/// The one stored form, whatever the profile that wrote it: `schemas` and order as in the schema that knows everything.
pub(crate) fn settle(schemas: &Schemas, attributes: &mut Map<String, Value>) -> Result<(), Error> {
    attributes.shift_remove("externalId");
    Ok(document::finish(attributes, schemas.stored(ResourceKind::User))?)
}

/// What every externalId has to be.
pub(crate) fn check_external_id(external_id: Option<&str>) -> Result<(), Refusal> {
    match external_id {
        Some(text) if text.contains('\0') || text.chars().count() > MAX_EXTERNAL_ID => Err(Refusal::invalid(
            "externalId",
            format!("at most {MAX_EXTERNAL_ID} characters, none of them U+0000"),
        )),
        _ => Ok(()),
    }
}

/// The longest externalId, in characters.
const MAX_EXTERNAL_ID: usize = 4096;

/// externalId is kept apart from the document: it belongs to the client.
pub(crate) fn take_external_id(attributes: &mut Map<String, Value>, profile: Profile) -> Option<String> {
    let value = attributes.shift_remove("externalId");
    match value {
        Some(Value::String(text)) if !profile.ignores_external_id() && !text.is_empty() => Some(text),
        _ => None,
    }
}

/// Refuses a change of attributes that the client's policy does not let it write.
pub(crate) fn check_writable(
    policy: Option<&Policy>,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    external_id_changed: bool,
) -> Result<(), Refusal> {
    let Some(policy) = policy.filter(|policy| policy.writable.is_some()) else {
        return Ok(());
    };
    let changed = before
        .keys()
        .chain(after.keys().filter(|name| !before.contains_key(*name)))
        .filter(|name| *name != "schemas" && before.get(*name) != after.get(*name));
    let forbidden: Vec<&str> = changed
        .map(String::as_str)
        .chain(external_id_changed.then_some("externalId"))
        .filter(|name| !policy.may_write(name))
        .collect();
    if forbidden.is_empty() {
        return Ok(());
    }
    Err(Refusal::forbidden(format!(
        "this client may not write {}",
        forbidden.join(", ")
    )))
}

/// The address a person is invited at, checked.
pub(crate) fn invited_address(
    attributes: &Map<String, Value>,
    external_id: Option<&str>,
) -> Result<EmailAddress, Error> {
    let address = rules::invited_address(attributes, external_id).ok_or_else(|| {
        Refusal::invalid(
            "emails",
            "a person who is invited by mail needs an address in emails, or one as externalId",
        )
    })?;
    Ok(EmailAddress::parse(&address).map_err(|why| Refusal::invalid("emails", why))?)
}
