//! Giving a member one more role.

use super::super::portfolio::Cause;
use super::super::roles::{self, Holder};
use super::super::{Which, user_events};
use super::{NOT_FOUND, open, tell};
use crate::change::{Change, Command};
use crate::delegation::Capability;
use crate::denial::Denial;
use crate::error::{Error, Refusal};
use crate::group::{self, Group};
use crate::id::Id;
use crate::mail::content::RoleChange;
use crate::principal::Permission;
use crate::view::IfMatch;

/// Gives a member one more role of the group.
#[derive(Clone, Debug)]
pub struct GrantMemberRole {
    /// In which group, or above it.
    pub group: Id<Group>,
    /// Whose.
    pub which: Which,
    /// The name of the role.
    pub role: String,
    /// The versions the caller accepts.
    pub if_match: IfMatch,
}

impl Command for GrantMemberRole {
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
        let given =
            roles::named(change, opened.group.id, std::slice::from_ref(&self.role)).map_err(|error| match error {
                // Here the path names it.
                Error::Refused(Refusal::Denied(Denial::RoleUnknown { .. })) => Denial::NoSuchRole.into(),
                other => other,
            })?;
        let had = roles::of_held(change, &opened.held, holder)?;
        if given.iter().all(|role| had.iter().any(|other| other.id == role.id)) {
            return Err(Denial::RoleHeld.into());
        }
        group::privileged::check_admission(change.principal(), &opened.group, membership.user)?;
        let now: Vec<_> = had.iter().cloned().chain(given).collect();
        roles::write(change, &mut opened.held, holder, &had, &now)?;
        opened.commit(change, Vec::new(), Cause::Changed)?;
        roles::tell(change, holder, &had, &now)?;
        user_events::roles_changed(change, &[(&membership, roles::names(&had))], Cause::Changed)?;
        tell::of_role(change, &membership, RoleChange::Added(self.role.clone()), &now)
    }
}
