//! Which way to join a group is offered first.

use serde_json::json;

use super::super::{Group, table};
use crate::change::{Change, Command};
use crate::delegation::{Capability, reach};
use crate::denial::Denial;
use crate::enrollment::configuration::Configuration;
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::principal::Permission;
use crate::view::IfMatch;

/// Says which of a group's ways to join is offered first.
#[derive(Clone, Debug)]
pub struct SetDefaultConfiguration {
    /// Which group.
    pub group: Id<Group>,
    /// Which of its ways to join.
    pub configuration: Id<Configuration>,
    /// The versions of the group that the caller accepts.
    pub if_match: IfMatch,
}

impl Command for SetDefaultConfiguration {
    type Output = Group;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Group, Error> {
        let (mut group, _) = reach::hold_group(change, self.group, Capability::ConfigWrite)?;
        if !self.if_match.allows(group.version) {
            return Err(Refusal::Changed.into());
        }
        if !table::has_configuration(change, group.id, self.configuration)? {
            return Err(Denial::NoSuchConfiguration.into());
        }
        if group.default_configuration == Some(self.configuration) {
            return Ok(group);
        }
        let before = group.default_configuration.replace(self.configuration);
        group.version = table::set_management(change, &group)?;
        group.modified = change.now();
        let body = json!({
            "before": before.map(|id| id.to_string()),
            "after": self.configuration.to_string(),
        });
        change.record(Event::new(
            EventKind::GroupDefaultConfigurationChanged,
            group.id.uuid(),
            group.version,
            body,
        ))?;
        Ok(group)
    }
}
