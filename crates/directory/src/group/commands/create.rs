//! Adding a group, with its first members.

use scim::document::{self, Intent};
use scim::patch::DeferredOp;
use serde_json::{Map, Value, json};

use super::super::{Group, table};
use super::modify::GroupWritten;
use crate::access;
use crate::change::{Change, Command};
use crate::client::{Client, Operation, Policy, Profile, ResourceKind};
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::membership::{self, table::Grant};
use crate::principal::{Permission, Scope};
use crate::user::ExternalIds;
use crate::user::intake;
use crate::view::canaille_rules;

/// Adds a group.
#[derive(Clone, Debug)]
pub struct CreateGroup {
    /// The attributes in SCIM's terms.
    pub body: Value,
    /// What it takes.
    pub needs: Scope,
}

impl Command for CreateGroup {
    type Output = GroupWritten;

    fn needs(&self) -> Permission {
        Permission::Scope(self.needs)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<GroupWritten, Error> {
        access::check_operation(change.principal(), ResourceKind::Group, Operation::Create)?;
        let client = change.principal().client().cloned();
        let Accepted {
            attributes,
            external_id,
            members,
        } = accept(change, client.as_deref(), &self.body, None)?;
        let policy = access::policy(change.principal());
        intake::check_writable(policy, &Map::new(), &attributes, external_id.is_some())?;
        check_members_writable(policy, !members.is_empty())?;
        let mut external_ids = ExternalIds::default();
        external_ids.set(space(client.as_deref()), external_id.clone());
        let mut group = Group {
            id: change.new_id(),
            version: 1,
            modified: change.now(),
            parent: None,
            name: String::new(),
            display_name: display_name(&attributes),
            external_ids,
            document: Value::Object(attributes.clone()).to_string(),
        };
        access::check_group_image(change, &group)?;
        table::insert_root(change, &mut group)?;
        let body = json!({ "after": attributes, "name": group.name, "external_id": external_id });
        change.record(Event::new(EventKind::GroupCreated, group.id.uuid(), 1, body))?;
        let done = membership::apply(change, &group, &[DeferredOp::Add(members)], Grant::New)?;
        done.record(change, group.id, group.version)?;
        Ok(GroupWritten {
            group,
            changed: true,
            left_out: done.left_out,
        })
    }
}

/// What a body says of a group.
pub(super) struct Accepted {
    pub(super) attributes: Map<String, Value>,
    pub(super) external_id: Option<String>,
    pub(super) members: Vec<Value>,
}

/// Accepts a body for a new group, or in the place of `before`: attributes, the caller's externalId, and the members apart.
pub(super) fn accept(
    change: &Change<'_>,
    client: Option<&Client>,
    body: &Value,
    before: Option<&Map<String, Value>>,
) -> Result<Accepted, Error> {
    let profile = client.map_or(Profile::Generic, |client| client.profile);
    let schema = change.schemas().intake(ResourceKind::Group, profile);
    let mut body = body.clone();
    if let (true, Some(before)) = (profile.completes_names(), before) {
        canaille_rules::before_replace(&mut body, before, "displayName");
    }
    let intent = before.map_or(Intent::Create, |before| Intent::Replace { before });
    let mut attributes = document::accept(body, schema, intent)?;
    let members = match attributes.shift_remove("members") {
        Some(Value::Array(members)) => members,
        _ => Vec::new(),
    };
    let external_id = intake::take_external_id(&mut attributes, profile);
    check(change, &mut attributes, external_id.as_deref())?;
    Ok(Accepted {
        attributes,
        external_id,
        members,
    })
}

/// What holds for the end state of every write.
pub(super) fn check(
    change: &Change<'_>,
    attributes: &mut Map<String, Value>,
    external_id: Option<&str>,
) -> Result<(), Error> {
    Change::check_text(attributes)?;
    intake::check_external_id(external_id)?;
    document::finish(attributes, change.schemas().stored(ResourceKind::Group))?;
    if display_name(attributes).trim().is_empty() {
        return Err(Refusal::invalid("displayName", "is required and may not be blank").into());
    }
    Ok(())
}

pub(super) fn display_name(attributes: &Map<String, Value>) -> String {
    attributes
        .get("displayName")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

pub(super) fn space(client: Option<&Client>) -> uuid::Uuid {
    client.map_or_else(uuid::Uuid::nil, |client| client.space)
}

pub(super) fn check_members_writable(policy: Option<&Policy>, writes: bool) -> Result<(), Refusal> {
    match policy {
        Some(policy) if writes && !policy.may_write("members") => {
            Err(Refusal::forbidden("this client may not write members"))
        }
        _ => Ok(()),
    }
}
