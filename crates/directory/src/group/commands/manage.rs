//! A group that somebody administers is managed from then on.

use serde_json::json;

use super::super::{Group, RoleName, roles, table};
use crate::change::Change;
use crate::denial::Denial;
use crate::enrollment::configuration::Configuration;
use crate::error::Error;
use crate::event::{Event, EventKind};
use crate::job::{self, JobKind};
use crate::membership;

/// Makes a group that SCIM made one that is managed, with a first role and a first way to join. One that is managed stays as it is.
pub(crate) fn manage(change: &mut Change<'_>, group: &mut Group) -> Result<(), Error> {
    if group.managed {
        return Ok(());
    }
    if membership::has_groups(change, group.id)? {
        return Err(Denial::NoGroupsAsMembers.into());
    }
    let way = change.new_id();
    let Some(version) = table::manage(change, group.id, way)? else {
        group.managed = true;
        return Ok(());
    };
    group.managed = true;
    group.version = version;
    group.default_configuration = Some(way);
    change.record(Event::new(EventKind::GroupManaged, group.id.uuid(), version, json!({})))?;
    let role = roles::add(change, group.id, &RoleName::member())?;
    if role.is_some() {
        group.version += 1;
    }
    Configuration::first_of_group(change, group, way, role.as_slice())?;
    let now = change.now();
    job::schedule(change, JobKind::KeepListed, group.id.uuid(), &json!({}), now)
}
