//! Making a group at the top.

use super::new::{GroupMade, NewGroup, make};
use crate::change::{Change, Command};
use crate::delegation::reach;
use crate::error::Error;
use crate::principal::Permission;

/// Makes a group at the top of the realm, with a first role, and owned by who makes it unless told otherwise. For those who
/// manage all groups.
#[derive(Clone, Debug)]
pub struct CreateTopGroup {
    /// What it is like.
    pub new: NewGroup,
}

impl Command for CreateTopGroup {
    type Output = GroupMade;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<GroupMade, Error> {
        reach::check_top(change.principal())?;
        self.new.hold_owner(change)?;
        make(change, &self.new, None)
    }
}
