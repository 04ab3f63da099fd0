//! Letting somebody administer a group no more.

use uuid::Uuid;

use super::super::{Capability, Delegation, table};
use super::tell::tell;
use super::{check_owner, check_takes, hold, record, said};
use crate::change::{Change, Command};
use crate::denial::Denial;
use crate::error::Error;
use crate::event::EventKind;
use crate::group::Group;
use crate::id::Id;
use crate::mail::content::AdminChange;
use crate::principal::Permission;

/// Takes the administration of a group from somebody who has it on the group itself. Everybody may give up their own.
#[derive(Clone, Debug)]
pub struct RevokeDelegation {
    /// Which group.
    pub group: Id<Group>,
    /// The person, or the group whose people administer.
    pub subject: Uuid,
    /// Also when nobody is left who owns the group; for those who may put that aside.
    pub force: bool,
}

impl Command for RevokeDelegation {
    type Output = Delegation;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Delegation, Error> {
        let (group, reach) = hold(change, self.group)?;
        let Some(delegation) = table::one(change, group.id, self.subject)? else {
            // Who may not ask is not told who administers.
            reach.check(Capability::AdminsWrite)?;
            return Err(Denial::NotAdmin.into());
        };
        check_takes(change, &reach, &delegation)?;
        check_owner(change, &reach, (&delegation, None), self.force)?;
        table::delete(change, &delegation)?;
        record(change, EventKind::DelegationRevoked, group.id, said(&delegation))?;
        tell(change, &reach, &delegation, AdminChange::Removed)?;
        Ok(delegation)
    }
}
