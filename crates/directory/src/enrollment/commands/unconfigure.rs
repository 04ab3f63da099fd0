//! Taking a way to join away.

use serde_json::json;

use super::super::configuration::{self, Configuration};
use super::super::terms;
use super::configure::{described, offer_none_first, role_names, settle_later};
use crate::change::{Change, Command};
use crate::delegation::{Capability, reach};
use crate::denial::Denial;
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::group::{self, Group};
use crate::id::Id;
use crate::principal::Permission;

/// Takes a way to join away, with all its requests. The one that is offered first stays, unless it is the last one of a group
/// in which nobody is.
#[derive(Clone, Debug)]
pub struct Unconfigure {
    /// Which group.
    pub group: Id<Group>,
    /// Which of its ways to join.
    pub id: Id<Configuration>,
    /// The version it was read in, if the caller insists.
    pub if_version: Option<i64>,
}

impl Command for Unconfigure {
    type Output = ();

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<(), Error> {
        let (mut group, _) = reach::hold_group(change, self.group, Capability::ConfigWrite)?;
        let found = configuration::table::of_this_group(change, group.id, self.id)?;
        let found = found.ok_or(Denial::NoSuchConfiguration)?;
        if self.if_version.is_some_and(|version| version != found.version) {
            return Err(Refusal::Changed.into());
        }
        let is_first = group.default_configuration == Some(found.id);
        if is_first {
            let others = configuration::table::of_group(change, group.id)?.len() > 1;
            if others || configuration::table::has_people(change, group.id)? {
                return Err(Denial::ConfigurationIsDefault.into());
            }
        }
        if configuration::table::is_offered(change, &found)? {
            return Err(Denial::InvitationsOpen.into());
        }
        configuration::table::remove(change, &found)?;
        let roles = role_names(&found.contract.roles, &group::roles::table::of_group(change, group.id)?);
        let terms = match found.terms {
            Some(id) => terms::table::by_id(change, id)?,
            None => None,
        };
        let body = json!({
            "name": found.name,
            "group": group.id.to_string(),
            "before": described(&found, &roles, terms.as_ref()),
        });
        let version = found.version + 1;
        let event = Event::new(EventKind::ConfigurationDeleted, found.id.uuid(), version, body);
        change.record(event.within(group.id))?;
        if is_first {
            offer_none_first(change, &mut group)?;
        }
        settle_later(change, &found)
    }
}

/// The ways to join a group that is deleted are no more; who waits is told in slices.
pub(crate) fn end_of_group(change: &mut Change<'_>, group: Id<Group>) -> Result<(), Error> {
    for way in configuration::table::of_group(change, group)? {
        settle_later(change, &way)?;
    }
    configuration::table::remove_all(change, group)
}
