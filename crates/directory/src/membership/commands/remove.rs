//! Taking somebody out of a group, and of those below it.

use super::super::Which;
use super::super::portfolio::{Cause, rules};
use super::{open, others, tell};
use crate::change::{Change, Command};
use crate::delegation::Capability;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::notice::Notice;
use crate::principal::Permission;
use crate::view::IfMatch;

/// Ends a membership for good, with what the person holds in groups below.
#[derive(Clone, Debug)]
pub struct RemoveMembership {
    /// In which group, or above it.
    pub group: Id<Group>,
    /// Which.
    pub which: Which,
    /// The versions the caller accepts.
    pub if_match: IfMatch,
}

impl Command for RemoveMembership {
    type Output = ();

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<(), Error> {
        let (mut opened, _) = open(change, self.group, self.which, Capability::MembersWrite)?;
        opened.check_version(&self.if_match)?;
        let (group, person) = (opened.group.id, opened.person());
        let moves = rules::leave(&mut opened.after, opened.index, change.now());
        let below = others(&opened.after, opened.index, &moves);
        opened.commit(change, moves, Cause::Removed)?;
        let act = tell::act(change, group, person, &below, None)?;
        Notice::MemberRemoved(act).tell(change)
    }
}
