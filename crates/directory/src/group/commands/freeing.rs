//! Giving up the place that a group has in the tree: what people are entitled to follows from names and paths, so that another
//! group put there would give the same.

use super::super::{Group, privileged, tree};
use crate::change::Change;
use crate::denial::Denial;
use crate::error::Error;
use crate::membership::table::blocks;

/// Refuses to rename, move or delete a group by whoever could then put another one in its place and be in there: where it or
/// one below is privileged that takes the right to decide about these, and nobody does it who is kept out of one of them.
///
/// # Errors
/// `privileged`, `not_yourself`, or the store failed.
pub(super) fn check(change: &mut Change<'_>, group: &Group) -> Result<(), Error> {
    if group.management.privileged.is_some() || tree::has_privileged_below(change, group.id)? {
        privileged::check_deciding(change.principal())?;
    }
    if let Some(person) = change.principal().user()
        && blocks::is_kept_out_within(change, person, group.id)?
    {
        return Err(Denial::NotYourself.into());
    }
    Ok(())
}
