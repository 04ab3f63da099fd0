//! What is set about a group, with whether it is privileged: both or neither.

use super::super::Group;
use super::settings::{SetGroupSettings, SetPrivileged};
use crate::change::{Change, Command};
use crate::error::Error;
use crate::principal::Permission;

/// Replaces what is set about a group and, where that is said too, whether it is privileged.
#[derive(Clone, Debug)]
pub struct SettingsAtOnce {
    /// What is set from now on.
    pub settings: SetGroupSettings,
    /// Of the same group; none leaves it as it is.
    pub privileged: Option<SetPrivileged>,
}

impl Command for SettingsAtOnce {
    type Output = Group;

    fn needs(&self) -> Permission {
        self.settings.needs()
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Group, Error> {
        let group = self.settings.run(change)?;
        match &self.privileged {
            Some(privileged) => privileged.run(change),
            None => Ok(group),
        }
    }
}
