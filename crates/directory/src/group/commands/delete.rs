//! Deleting a group: hidden everywhere at once, its memberships ended in slices.

use super::super::Group;
use super::modify::is_anothers;
use super::remove;
use crate::access;
use crate::change::{Change, Command};
use crate::client::{Operation, ResourceKind};
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::principal::{Permission, Scope};
use crate::view::IfMatch;

/// Deletes a group.
#[derive(Clone, Debug)]
pub struct DeleteGroup {
    /// Which one.
    pub id: Id<Group>,
    /// The versions the caller accepts; empty = any.
    pub if_match: IfMatch,
    /// What it takes.
    pub needs: Scope,
}

impl Command for DeleteGroup {
    type Output = ();

    fn needs(&self) -> Permission {
        Permission::Scope(self.needs)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<(), Error> {
        access::check_operation(change.principal(), ResourceKind::Group, Operation::Delete)?;
        let group = remove::hold(change, self.id)?;
        access::check_group(change, &group)?;
        if is_anothers(change, &group, self.needs) {
            return Err(Refusal::forbidden("the group is not managed by SCIM").into());
        }
        if !self.if_match.allows(group.version) {
            return Err(Refusal::Changed.into());
        }
        remove::delete(change, &group)
    }
}
