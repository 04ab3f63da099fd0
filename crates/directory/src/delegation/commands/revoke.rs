//! Letting somebody administer a group no more.

use super::super::{Capability, Delegation, Subject, table};
use super::grant::{Whom, find};
use super::tell::tell;
use super::{check_owner, check_seen, check_takes, hold, record, said_revoked};
use crate::change::{Change, Command};
use crate::denial::Denial;
use crate::error::Error;
use crate::event::EventKind;
use crate::group::Group;
use crate::id::Id;
use crate::mail::content::AdminChange;
use crate::principal::Permission;
use crate::view::IfMatch;

/// Takes the administration of a group from somebody who has it on the group itself. Everybody may give up their own.
#[derive(Clone, Debug)]
pub struct RevokeDelegation {
    /// Which group.
    pub group: Id<Group>,
    /// From whom.
    pub whom: Whom,
    /// Also when nobody is left who owns the group; for those who may put that aside.
    pub force: bool,
    /// The versions of the group that the caller accepts.
    pub if_match: IfMatch,
}

impl Command for RevokeDelegation {
    type Output = Delegation;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Delegation, Error> {
        let named = find(change, &self.whom)?;
        let (group, reach) = hold(change, self.group, named)?;
        let found = match named.map(Subject::uuid) {
            Some(subject) => table::one(change, group.id, subject)?,
            None => None,
        };
        let Some(delegation) = found else {
            // Who may not ask is not told who administers, or who is there.
            reach.check(Capability::AdminsWrite)?;
            return Err(Denial::NotAdmin.into());
        };
        check_takes(change, &reach, &delegation)?;
        check_seen(change, &group, &self.if_match)?;
        check_owner(change, &reach, (&delegation, None), self.force)?;
        table::delete(change, &delegation)?;
        let said = said_revoked(&delegation);
        record(change, EventKind::DelegationRevoked, group.id, said)?;
        tell(change, &reach, &delegation, AdminChange::Removed)?;
        Ok(delegation)
    }
}
