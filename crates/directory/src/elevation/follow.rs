//! What becomes of eligibilities when a person, a group or a role is gone.

use db::Bound;

use super::commands::record;
use super::{Eligibility, MOST, table};
use crate::change::Change;
use crate::error::Error;
use crate::event::EventKind;
use crate::group::roles::Settling;
use crate::group::{self, Group};
use crate::id::Id;
use crate::realm::RealmId;
use crate::user::User;

/// So many in each slice of the job that settles a role.
const SLICE: usize = 100;

/// A group that is gone has none.
pub(crate) fn end_of_group(change: &mut Change<'_>, group: Id<Group>) -> Result<(), Error> {
    table::delete_on(change, group)
}

/// What [`end_of_user`] reads.
pub(crate) fn read_of_user(realm: RealmId, user: Id<User>) -> Bound {
    table::read_of_user(realm, user, MOST)
}

/// Whoever has left may make themselves a member of nothing.
pub(crate) fn end_of_user(change: &mut Change<'_>, user: Id<User>) -> Result<(), Error> {
    // Nobody has more; two who give at once may come a little above.
    loop {
        let some = table::of_user(change, user, MOST)?;
        for one in &some {
            end(change, one)?;
        }
        if some.len() < MOST {
            return Ok(());
        }
    }
}

/// A slice of those that give a role that was deleted: they give the one in its place. One that gives none any more, where members
/// have at least one, is over. Says whether there are more.
pub(crate) fn settle_role(change: &mut Change<'_>, settling: &Settling) -> Result<bool, Error> {
    let some = table::with_role(change, settling.role, SLICE)?;
    if some.is_empty() {
        return Ok(false);
    }
    let group = group::table::read(change, settling.group)?;
    let need_a_role = group.is_none_or(|group| !group.management.plain_members);
    for id in &some {
        table::replace_role(change, *id, settling.group, (settling.role, settling.replacement))?;
        if let Some((one, roles)) = table::by_id(change, *id)?
            && roles.is_empty()
            && need_a_role
        {
            end(change, &one)?;
        }
    }
    Ok(some.len() == SLICE)
}

fn end(change: &mut Change<'_>, one: &Eligibility) -> Result<(), Error> {
    if table::delete(change, one)? {
        record(change, EventKind::EligibilityRevoked, one)?;
    }
    Ok(())
}
