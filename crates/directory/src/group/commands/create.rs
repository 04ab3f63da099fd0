//! Adding a group, with its first members.

use scim::document::{self, Intent};
use scim::patch::DeferredOp;
use serde_json::{Map, Value, json};

use super::super::{Group, Management, Source, rules, table};
use super::modify::{GroupWritten, ReplaceGroup};
use crate::access;
use crate::change::{Change, Command};
use crate::client::{Client, Operation, Policy, Profile, ResourceKind, unknown};
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::external_id;
use crate::id::Id;
use crate::membership::{self, Path, table::Grant};
use crate::principal::{Permission, Scope};
use crate::user::ExternalIds;
use crate::user::{self, intake};
use crate::view::{IfMatch, canaille_rules};

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
            warnings,
        } = accept(change, client.as_deref(), &self.body, None)?;
        if let Some(there) = named_alike(change, client.as_deref(), external_id.as_deref())? {
            return ReplaceGroup {
                id: there,
                body: self.body.clone(),
                if_match: IfMatch::Any,
                needs: self.needs,
            }
            .run(change);
        }
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
            source: if self.needs == Scope::Admin {
                Source::Admin
            } else {
                Source::Scim
            },
            document: Value::Object(attributes.clone()).to_string(),
            managed: false,
            children: 0,
            default_configuration: None,
            management: Management::default(),
        };
        access::check_group_image(change, &group)?;
        check_unique(change, None, &group)?;
        table::insert_made_unique(change, &mut group)?;
        let body = json!({ "after": attributes, "name": group.name, "external_id": external_id });
        change.record(Event::new(EventKind::GroupCreated, group.id.uuid(), 1, body))?;
        let done = membership::apply(
            change,
            &group,
            &Path::Plain,
            &[DeferredOp::Add(members)],
            Grant::New,
            false,
        )?;
        if done.people != 0 {
            table::begin_with(change, group.id, done.people)?;
        }
        done.record(change, group.id, group.version)?;
        Ok(GroupWritten {
            group,
            made: true,
            changed: true,
            left_out: done.left_out,
            warnings,
        })
    }
}

/// The group that the caller's space knows by that externalId already, where the caller takes it over instead of making
/// another one.
fn named_alike(
    change: &mut Change<'_>,
    client: Option<&Client>,
    external_id: Option<&str>,
) -> Result<Option<Id<Group>>, Error> {
    let (Some(client), Some(external_id)) = (
        client.filter(|client| {
            client.adopts_same_external_id()
                && client
                    .policy
                    .as_ref()
                    .is_none_or(|policy| policy.may_write("externalId"))
        }),
        external_id,
    ) else {
        return Ok(None);
    };
    let mut holders = external_id::holders(change, client.space, external_id::GROUP, external_id)?;
    if access::policy(change.principal()).is_some() {
        // What the policy does not reach is not there.
        let mut reached = Vec::with_capacity(holders.len());
        for holder in holders {
            if let Some(group) = table::read(change, Id::new(holder))?
                && access::check_group(change, &group).is_ok()
            {
                reached.push(holder);
            }
        }
        holders = reached;
    }
    match holders.as_slice() {
        [] => Ok(None),
        [holder] => Ok(Some(Id::new(*holder))),
        _ => Err(Refusal::Taken {
            attribute: "externalId",
        }
        .into()),
    }
}

/// What a body says of a group.
pub(super) struct Accepted {
    pub(super) attributes: Map<String, Value>,
    pub(super) external_id: Option<String>,
    pub(super) members: Vec<Value>,
    /// What the caller should know of it.
    pub(super) warnings: Vec<String>,
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
    let warnings = unknown::of_body(client, &body, schema)?;
    let intent = before.map_or(Intent::Create, |before| Intent::Replace { before });
    let mut attributes = document::accept(body, schema, intent)?;
    let members = match attributes.shift_remove("members") {
        Some(Value::Array(members)) => members,
        _ => Vec::new(),
    };
    let external_id = intake::take_external_id(&mut attributes, profile);
    check(change, profile, &mut attributes, external_id.as_deref())?;
    Ok(Accepted {
        attributes,
        external_id,
        members,
        warnings,
    })
}

/// What holds for the end state of every write.
pub(super) fn check(
    change: &Change<'_>,
    profile: Profile,
    attributes: &mut Map<String, Value>,
    external_id: Option<&str>,
) -> Result<(), Error> {
    Change::check_text(attributes)?;
    intake::check_external_id(external_id)?;
    document::finish(attributes, change.schemas().stored(ResourceKind::Group))?;
    let display_name = display_name(attributes);
    if display_name.trim().is_empty() {
        return Err(Refusal::invalid("displayName", "is required and may not be blank").into());
    }
    if profile.has_wire_rules() && display_name.chars().count() > rules::WIRE_NAME_CHARS {
        let why = format!("at most {} characters", rules::WIRE_NAME_CHARS);
        return Err(Refusal::invalid("displayName", why).into());
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

/// Where the realm wants it so, a displayName is one group's alone.
pub(super) fn check_unique(change: &mut Change<'_>, before: Option<&Group>, after: &Group) -> Result<(), Error> {
    let name = &after.display_name;
    let same = |before: &Group| user::rules::key(&before.display_name) == user::rules::key(name);
    if !change.realm().settings.unique_group_names.unwrap_or_default() || before.is_some_and(same) {
        return Ok(());
    }
    if table::is_named_alike(change, name, after.id)? {
        return Err(Refusal::Taken {
            attribute: "displayName",
        }
        .into());
    }
    Ok(())
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
