//! Telling those who decide about members of groups, where one matter is about many groups and each of them is told once.

use super::crowd::{AT_ONCE, Pace};
use super::recipient::{self, reachable};
use super::rules::{self, Concern};
use super::send::send;
use crate::change::Change;
use crate::delegation::reach;
use crate::error::Error;
use crate::id::Id;
use crate::mail::content::{Content, GroupRef};
use crate::user::User;

/// Tells so many of those who may change the members of a group, in the order of their ids, who have not been told: the last of them,
/// where there are more behind.
pub(crate) fn tell_deciders(
    change: &mut Change<'_>,
    content: &Content,
    group: &GroupRef,
    (after, limit): (Option<Id<User>>, usize),
    mut is_new: impl FnMut(&mut Change<'_>, Id<User>) -> Result<bool, Error>,
) -> Result<Option<Id<User>>, Error> {
    if !rules::is_on(&change.realm().settings, content.template()) {
        return Ok(None);
    }
    let capability = Concern::Decisions.capability();
    let mut ids = reach::admins(change, Id::new(group.id), capability, after, limit + 1)?;
    let more = ids.len() > limit;
    ids.truncate(limit);
    for id in &ids {
        if let Some(person) = reachable(change, *id)?
            && is_new(change, *id)?
        {
            send(change, person, content.clone(), Pace::Each)?;
        }
    }
    Ok(ids.last().copied().filter(|_| more))
}

/// Tells whoever is told in the place of those who decide in a group, of whom none can be reached.
pub(crate) fn tell_instead(change: &mut Change<'_>, content: &Content, group: &GroupRef) -> Result<(), Error> {
    if !rules::is_on(&change.realm().settings, content.template()) {
        return Ok(());
    }
    let instead = recipient::instead(change, Some((group, Concern::Decisions)))?;
    for person in instead.into_iter().take(AT_ONCE) {
        send(change, person, content.clone(), Pace::Each)?;
    }
    Ok(())
}
