//! What an item of a plan does to a membership, in the name of its source.

use super::members::record;
use super::table::{self, Grant, Standing};
use crate::change::Change;
use crate::error::{Error, Refusal};
use crate::event::EventKind;
use crate::group::{self, Group};
use crate::id::Id;
use crate::user::{Sight, User};

/// Makes a person a member. Whoever is one already stays one, by whomever they were made it.
pub(crate) fn add_by_source(change: &mut Change<'_>, group: Id<Group>, user: Id<User>) -> Result<(), Error> {
    group::table::hold_together(change, group)?;
    if group::table::read(change, group)?.is_none() {
        return Err(Refusal::conflict("the group is gone since this was planned").into());
    }
    let (users, _) = table::kinds(change, &[user.uuid()], Sight::All)?;
    if users.is_empty() {
        return Err(Refusal::conflict("the person has left since this was planned").into());
    }
    let mut added = table::add(change, group, &[user.uuid()], Grant::Source, None)?;
    match added.remove(&user.uuid()) {
        Some(membership) => {
            record(change, EventKind::MemberAdded, group.uuid(), user.uuid(), &membership)?;
            group::table::touch_later(change, group, 1)
        }
        None if table::standing(change, group, user)? == Some(Standing::Enabled) => Ok(()),
        None => Err(Refusal::conflict("the membership was ended or suspended since this was planned").into()),
    }
}

/// Ends a membership that the source gave.
pub(crate) fn remove_by_source(change: &mut Change<'_>, group: Id<Group>, user: Id<User>) -> Result<(), Error> {
    group::table::hold_together(change, group)?;
    match table::end_imported(change, group, user)? {
        Some(membership) => {
            record(change, EventKind::MemberRemoved, group.uuid(), user.uuid(), &membership)?;
            group::table::touch_later(change, group, -1)
        }
        None if table::standing(change, group, user)? != Some(Standing::Enabled) => Ok(()),
        None => Err(Refusal::conflict("somebody else has given the membership since this was planned").into()),
    }
}
