//! From stored bytes to what a client sees: id, externalId, groups and meta are spliced in, the rest is sent as stored.

use std::fmt::Write as _;

use scim::projection::Projection;
use scim::raw;
use scim::schema::{USHER_USER_URN, WIRE_MAP_URN, WIRE_PROFILE_URN};
use serde_json::{Map, Value, json};

use super::if_match::etag;
use super::managers::{self, Managers};
use super::{canaille_rules, wire_rules};
use crate::client::{Client, EntitlementsShown, Profile};
use crate::clock::Timestamp;
use crate::group::Group;
use crate::id::Id;
use crate::invitation::InvitationSummary;
use crate::membership::table::GroupOfUser;
use crate::principal::Principal;
use crate::realm::Realm;
use crate::user::{Lifecycle, Mention, User};

/// A resource as a client sees it.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The JSON text.
    pub body: String,
    /// Its entity tag.
    pub etag: String,
    /// Its URL.
    pub location: String,
}

/// Who looks, and from where.
#[derive(Clone, Copy)]
pub(crate) struct Viewer<'a> {
    client: Option<&'a Client>,
    /// The realm's language, for clients that always show one.
    language: &'a str,
    /// The base of the SCIM face for this realm, without a slash at the end.
    base: &'a str,
    projection: &'a Projection,
}

impl<'a> Viewer<'a> {
    pub(super) fn new(principal: &'a Principal, realm: &'a Realm, base: &'a str, projection: &'a Projection) -> Self {
        Self {
            client: principal.client().map(AsRef::as_ref),
            language: realm.settings.language(),
            base,
            projection,
        }
    }

    fn profile(&self) -> Profile {
        self.client.map_or(Profile::Generic, |client| client.profile)
    }

    fn space(&self) -> uuid::Uuid {
        self.client.map_or_else(uuid::Uuid::nil, |client| client.space)
    }

    fn may_read(&self, name: &str) -> bool {
        self.client
            .and_then(|client| client.policy.as_ref())
            .is_none_or(|policy| policy.may_read(name))
    }

    /// Which of the entitlements that follow from memberships are shown; none = all.
    pub(super) fn entitlements(&self) -> Option<&EntitlementsShown> {
        self.client?.policy.as_ref()?.entitlements.as_ref()
    }

    /// Whether an attribute is asked for and may be seen.
    pub(super) fn wants(&self, name: &str) -> bool {
        self.may_read(name) && self.projection.wants(name)
    }
}

/// What SCIM shows as `active` (DESIGN section 4).
fn shown_active(user: &User, stored: Option<bool>, client: Option<&Client>) -> Option<bool> {
    match user.lifecycle {
        Lifecycle::Invited if client.is_some_and(|client| !client.pending_active) => Some(false),
        Lifecycle::Staged | Lifecycle::Suspended => Some(false),
        Lifecycle::Invited | Lifecycle::Active => stored,
    }
}

/// The stored attributes as the viewer's profile shows them; none where that is as they are stored.
fn shown(
    user: &User,
    managers: &Managers,
    entitlements: &[String],
    viewer: &Viewer<'_>,
    with_usher: bool,
) -> Option<String> {
    let profile = viewer.profile();
    let manager = if managers.is_empty() {
        None
    } else {
        managers::id_of(user).and_then(|id| Some((id, managers.get(&id)?)))
    };
    let active = shown_active(user, None, viewer.client);
    let as_stored = match profile {
        Profile::Wire | Profile::Canaille => false,
        Profile::Generic | Profile::Entra | Profile::Okta => {
            active.is_none()
                && manager.is_none()
                && entitlements.is_empty()
                && !with_usher
                && !user.document.mentions(Mention::WireProfile)
        }
    };
    if as_stored {
        return None;
    }
    let mut attributes = user.attributes().clone();
    if let Some(active) = active {
        attributes.insert("active".into(), active.into());
    }
    if let Some((id, name)) = manager {
        managers::show(&mut attributes, id, name.as_deref(), viewer.base);
    }
    add_entitlements(&mut attributes, entitlements);
    let name = || wire_rules::stand_in_name(user.attributes(), user.external_ids.get(viewer.space()));
    wire_rules::shown(&mut attributes, profile == Profile::Wire, viewer.language, name);
    if profile == Profile::Canaille {
        canaille_rules::shown(&mut attributes);
    }
    if with_usher && let Some(Value::Array(schemas)) = attributes.get_mut("schemas") {
        schemas.push(USHER_USER_URN.into());
    }
    Some(Value::Object(attributes).to_string())
}

/// Adds what follows from memberships behind the entitlements that are stored.
pub(super) fn add_entitlements(attributes: &mut Map<String, Value>, entitlements: &[String]) {
    if entitlements.is_empty() {
        return;
    }
    let all = attributes
        .entry("entitlements")
        .or_insert_with(|| Value::Array(Vec::new()));
    let Some(all) = all.as_array_mut() else { return };
    for value in entitlements {
        if !all
            .iter()
            .any(|known| known.get("value").and_then(Value::as_str) == Some(value))
        {
            all.push(json!({ "value": value }));
        }
    }
}

/// What Usher's extension shows beside the person's own row.
#[derive(Debug, Default)]
pub(super) struct UsherFacts {
    pub(super) invitation: Option<InvitationSummary>,
    /// The address that waits to be confirmed.
    pub(super) pending_email: Option<String>,
}

/// The URL of a user.
pub(super) fn user_location(base: &str, id: Id<User>) -> String {
    location(base, "/Users/", id)
}

/// The URL of a group.
pub(super) fn group_location(base: &str, id: Id<Group>) -> String {
    location(base, "/Groups/", id)
}

fn location<T>(base: &str, of_type: &str, id: Id<T>) -> String {
    let mut url = String::with_capacity(base.len() + of_type.len() + 36);
    url.push_str(base);
    url.push_str(of_type);
    id.write_to(&mut url);
    url
}

pub(super) fn user(
    user: &User,
    groups: &[GroupOfUser],
    managers: &Managers,
    facts: &UsherFacts,
    entitlements: &[String],
    viewer: &Viewer<'_>,
) -> Rendered {
    let location = user_location(viewer.base, user.id);
    let mut whole = String::with_capacity(user.document.len() + 512);
    let with_usher = viewer.may_read(USHER_USER_URN) && viewer.projection.wants_requested(USHER_USER_URN);
    let own = shown(user, managers, entitlements, viewer, with_usher);
    let document = own.as_deref().unwrap_or(&user.document);
    head(&mut whole, user.id, document, user.external_ids.get(viewer.space()));
    if !groups.is_empty() {
        whole.push_str(",\"groups\":[");
        for (index, group) in groups.iter().enumerate() {
            if index > 0 {
                whole.push(',');
            }
            whole.push_str("{\"value\":\"");
            group.id.write_to(&mut whole);
            whole.push_str("\",\"$ref\":");
            raw::write_string(&group_location(viewer.base, group.id), &mut whole);
            whole.push_str(",\"display\":");
            raw::write_string(&group.display_name, &mut whole);
            whole.push_str(if group.direct {
                ",\"type\":\"direct\"}"
            } else {
                ",\"type\":\"indirect\"}"
            });
        }
        whole.push(']');
    }
    if with_usher {
        let _ = write!(
            whole,
            ",\"{USHER_USER_URN}\":{}",
            usher_extension(user, facts, viewer.may_read("emails"), viewer.space())
        );
    }
    meta(
        &mut whole,
        "User",
        user.id.made_at(),
        user.modified,
        user.version,
        &location,
    );
    whole.push('}');
    Rendered {
        body: projected(whole, viewer),
        etag: etag(user.version),
        location,
    }
}

fn usher_extension(user: &User, facts: &UsherFacts, with_address: bool, space: uuid::Uuid) -> Value {
    let managed_by = if user.external_ids.get(space).is_some() {
        "scim"
    } else {
        "local"
    };
    let mut extension =
        json!({ "lifecycle": user.lifecycle.name(), "kind": user.kind.name(), "managedBy": managed_by });
    if let Some(address) = facts.pending_email.as_deref().filter(|_| with_address) {
        extension["pendingEmail"] = address.into();
    }
    if let Some(at) = user.visibility.leaves_at() {
        extension["leavesAt"] = at.to_string().into();
    }
    if let Some(invitation) = &facts.invitation {
        extension["invitation"] = invitation.to_scim();
    }
    extension
}

/// Begins a resource. The document is an object that begins with `{"schemas":[…]` and is never empty.
fn head<T>(into: &mut String, id: Id<T>, document: &str, external_id: Option<&str>) {
    into.push_str("{\"id\":\"");
    id.write_to(into);
    into.push_str("\",");
    into.push_str(&document[1..document.len() - 1]);
    if let Some(external_id) = external_id {
        into.push_str(",\"externalId\":");
        raw::write_string(external_id, into);
    }
}

fn meta(into: &mut String, resource_type: &str, created: Timestamp, modified: Timestamp, version: i64, location: &str) {
    let _ = write!(
        into,
        ",\"meta\":{{\"resourceType\":\"{resource_type}\",\"created\":\"{created}\",\"lastModified\":\"{modified}\",\"version\":\"W/\\\"{version}\\\"\",\"location\":"
    );
    raw::write_string(location, into);
    into.push('}');
}

/// Cuts what the policy hides and the caller did not ask for.
fn projected(whole: String, viewer: &Viewer<'_>) -> String {
    let restricted = viewer
        .client
        .and_then(|client| client.policy.as_ref())
        .is_some_and(|policy| policy.readable.is_some());
    let whole = if restricted {
        let mut kept = String::with_capacity(whole.len());
        kept.push('{');
        for (name, value) in raw::members(&whole).filter(|(name, _)| viewer.may_read(name)) {
            if kept.len() > 1 {
                kept.push(',');
            }
            let _ = write!(kept, "{}:{value}", Value::from(name.as_ref()));
        }
        kept.push('}');
        kept
    } else {
        whole
    };
    if viewer.projection.is_all() {
        return whole;
    }
    let mut out = Vec::with_capacity(whole.len());
    viewer.projection.apply_raw(&whole, &mut out);
    String::from_utf8(out).unwrap_or(whole)
}

pub(crate) fn group(group: &Group, members: Option<&str>, viewer: &Viewer<'_>) -> Rendered {
    let location = group_location(viewer.base, group.id);
    let mut whole = String::with_capacity(group.document.len() + 512 + members.map_or(0, str::len));
    head(
        &mut whole,
        group.id,
        &group.document,
        group.external_ids.get(viewer.space()),
    );
    if let Some(members) = members.filter(|members| !members.is_empty() && viewer.wants("members")) {
        let _ = write!(whole, ",\"members\":[{members}]");
    }
    meta(
        &mut whole,
        "Group",
        group.id.made_at(),
        group.modified,
        group.version,
        &location,
    );
    whole.push('}');
    Rendered {
        body: projected(whole, viewer),
        etag: etag(group.version),
        location,
    }
}

/// A user with everything a filter can name, as values: for policies and filters that no index answers.
pub(crate) fn user_value(
    user: &User,
    attributes: &Map<String, Value>,
    groups: &[GroupOfUser],
    principal: &Principal,
) -> Map<String, Value> {
    let client = principal.client().map(AsRef::as_ref);
    let mut value = attributes.clone();
    let space = client.map_or_else(uuid::Uuid::nil, |client| client.space);
    if let Some(active) = shown_active(user, attributes.get("active").and_then(Value::as_bool), client) {
        value.insert("active".into(), active.into());
    }
    value.insert("id".into(), user.id.to_string().into());
    if let Some(external_id) = user.external_ids.get(space) {
        value.insert("externalId".into(), external_id.into());
    }
    if !groups.is_empty() {
        let list = groups
            .iter()
            .map(|group| json!({ "value": group.id.to_string(), "display": group.display_name, "type": if group.direct { "direct" } else { "indirect" } }))
            .collect();
        value.insert("groups".into(), Value::Array(list));
    }
    value.insert(
        USHER_USER_URN.into(),
        usher_extension(user, &UsherFacts::default(), false, space),
    );
    value.insert(
        "meta".into(),
        meta_value("User", user.id.made_at(), user.modified, user.version),
    );
    if client.is_none_or(|client| client.profile != Profile::Wire) {
        value.shift_remove(WIRE_PROFILE_URN);
        value.shift_remove(WIRE_MAP_URN);
    }
    value
}

/// A group with everything but its members, as values.
pub(crate) fn group_value(group: &Group, principal: &Principal) -> Map<String, Value> {
    let mut value = group.attributes();
    let space = principal.client().map_or_else(uuid::Uuid::nil, |client| client.space);
    value.insert("id".into(), group.id.to_string().into());
    if let Some(external_id) = group.external_ids.get(space) {
        value.insert("externalId".into(), external_id.into());
    }
    value.insert(
        "meta".into(),
        meta_value("Group", group.id.made_at(), group.modified, group.version),
    );
    value
}

fn meta_value(resource_type: &str, created: Timestamp, modified: Timestamp, version: i64) -> Value {
    json!({ "resourceType": resource_type, "created": created.to_string(), "lastModified": modified.to_string(), "version": etag(version) })
}
