//! Taking a role from a member.

use super::super::portfolio::Cause;
use super::super::roles::{self, Holder};
use super::super::{Which, user_events};
use super::{NOT_FOUND, open, tell};
use crate::change::{Change, Command};
use crate::delegation::Capability;
use crate::denial::Denial;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::mail::content::RoleChange;
use crate::principal::Permission;
use crate::view::IfMatch;

/// Takes a role from a member. The last one stays: whoever has none would be no more than on a list.
#[derive(Clone, Debug)]
pub struct RevokeMemberRole {
    /// In which group, or above it.
    pub group: Id<Group>,
    /// Whose.
    pub which: Which,
    /// The name of the role.
    pub role: String,
    /// The versions the caller accepts.
    pub if_match: IfMatch,
}

impl Command for RevokeMemberRole {
    type Output = ();

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<(), Error> {
        let (mut opened, _) = open(change, self.group, self.which, Capability::RolesAssign)?;
        opened.check_seen(&self.if_match)?;
        let membership = opened.membership().clone();
        if !membership.status.is_held() {
            return Err(NOT_FOUND.into());
        }
        let holder = Holder::of(&membership);
        let had = roles::of_held(change, &opened.held, holder)?;
        if had.iter().all(|role| role.name != self.role) {
            return Err(Denial::RoleNotHeld.into());
        }
        let left: Vec<_> = had.iter().filter(|role| role.name != self.role).cloned().collect();
        if left.is_empty() {
            return Err(Denial::LastRole.into());
        }
        roles::write(change, &mut opened.held, holder, &had, &left)?;
        opened.commit(change, Vec::new(), Cause::Changed)?;
        roles::tell(change, holder, &had, &left)?;
        user_events::roles_changed(change, &[(&membership, roles::names(&had))], Cause::Changed)?;
        tell::of_role(change, &membership, RoleChange::Removed(self.role.clone()), &left)
    }
}
