//! Whoever administered a group in the system before owns it here; nobody is told.

use super::super::{Delegation, Preset, Subject, table};
use super::{hold, record_granted};
use crate::change::Change;
use crate::denial::Denial;
use crate::error::Error;
use crate::group::{self, Group, privileged};
use crate::id::Id;
use crate::user::User;

/// Makes a person an owner of a group and of those below it.
pub(crate) fn carry_over(change: &mut Change<'_>, group: Id<Group>, user: Id<User>) -> Result<Id<Delegation>, Error> {
    let (mut group, _) = hold(change, group, None)?;
    let delegation = Delegation {
        id: change.new_id(),
        group: group.id,
        subject: Subject::User(user),
        capabilities: Preset::Owner.capabilities(),
        inherit: true,
        valid_from: None,
        valid_until: None,
        granted_by: change.principal().label(),
        granted_at: change.now(),
        entitled: privileged::check_deciding(change.principal()).is_ok(),
        version: 1,
    };
    if !table::insert(change, &delegation)? {
        return Err(Denial::AlreadyAdmin.into());
    }
    group::manage(change, &mut group)?;
    record_granted(change, &delegation)?;
    Ok(delegation.id)
}
