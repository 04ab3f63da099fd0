//! Keeping a member out of a group and of all below it.

use super::super::portfolio::{Cause, rules};
use super::super::table::blocks;
use super::super::{Status, Which};
use super::{explain, open, others, tell};
use crate::change::{Change, Command};
use crate::delegation::Capability;
use crate::denial::Denial;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::notice::Notice;
use crate::principal::Permission;
use crate::view::IfMatch;

/// Keeps a member out of a group and of all below it, until somebody lifts that. They cannot do so themselves, by leaving and
/// joining either.
#[derive(Clone, Debug)]
pub struct SuspendMember {
    /// In which group, or above it.
    pub group: Id<Group>,
    /// Whom.
    pub which: Which,
    /// Why.
    pub justification: Option<String>,
    /// The versions the caller accepts.
    pub if_match: IfMatch,
}

impl Command for SuspendMember {
    type Output = ();

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<(), Error> {
        let (mut opened, _) = open(change, self.group, self.which, Capability::MembersSuspend)?;
        opened.check_seen(&self.if_match)?;
        let why = super::justification(self.justification.as_deref())?;
        let (group, person) = (opened.group.id, opened.person());
        if change.principal().user() == Some(person) {
            return Err(Denial::NotYourself.into());
        }
        if opened.membership().status != Status::Enabled {
            return Err(if change.realm().settings.compat.suspend_404 {
                Denial::NobodyInForce.into()
            } else {
                Denial::NotEnabled.into()
            });
        }
        let moves = rules::suspend(&mut opened.after, group, change.now());
        explain(change, &mut opened.after, &moves, why.as_deref());
        let below = others(&opened.after, opened.index, &moves);
        blocks::set(change, person, group, why.as_deref())?;
        opened.commit(change, moves, Cause::Suspended)?;
        let act = tell::act(change, group, person, &below, why)?;
        Notice::MemberSuspended(act).tell(change)
    }
}
