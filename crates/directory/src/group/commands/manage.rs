//! A group that somebody administers is managed from then on.

use serde_json::json;

use super::super::{Group, RoleName, roles, table};
use crate::change::Change;
use crate::error::Error;
use crate::event::{Event, EventKind};
use crate::job::{self, JobKind};

/// Makes a group that SCIM made one that is managed, with a first role. One that is managed stays as it is.
pub(crate) fn manage(change: &mut Change<'_>, group: &mut Group) -> Result<(), Error> {
    if group.managed {
        return Ok(());
    }
    let Some(version) = table::manage(change, group.id)? else {
        group.managed = true;
        return Ok(());
    };
    group.managed = true;
    group.version = version;
    change.record(Event::new(EventKind::GroupManaged, group.id.uuid(), version, json!({})))?;
    if roles::add(change, group.id, &RoleName::member())?.is_some() {
        group.version += 1;
    }
    let now = change.now();
    job::schedule(change, JobKind::KeepListed, group.id.uuid(), &json!({}), now)
}
