//! What an item of a plan does to a membership, in the name of its source.

use super::portfolio::{Cause, Duties, Effective, Held, rules};
use super::table::{self, Grant, Standing};
use super::{Details, Membership, Origin, Status, events};
use crate::change::Change;
use crate::enrollment::request::{ArchiveCause, aside};
use crate::error::{Error, Refusal};
use crate::group::{self, Group};
use crate::id::Id;
use crate::user::{Sight, User};

fn group_is_gone() -> Refusal {
    Refusal::conflict("the group is gone since this was planned")
}

fn person_has_left() -> Refusal {
    Refusal::conflict("the person has left since this was planned")
}

fn kept_out() -> Refusal {
    Refusal::conflict("the membership was ended or suspended since this was planned")
}

/// Makes a person a member. Whoever is one already stays one, by whomever they were made it.
pub(crate) fn add_by_source(change: &mut Change<'_>, group: Id<Group>, user: Id<User>) -> Result<(), Error> {
    let found = group::table::read(change, group)?.ok_or_else(group_is_gone)?;
    if !found.is_plain() {
        return add_held(change, group, user);
    }
    group::table::hold_together(change, group)?;
    let (users, _) = table::kinds(change, &[user.uuid()], Sight::All)?;
    if users.is_empty() {
        return Err(person_has_left().into());
    }
    let mut added = table::add(change, group, &[user.uuid()], Grant::Source, None)?;
    match added.remove(&user.uuid()) {
        Some(membership) => {
            change.record(events::added(&membership, (group, user.uuid())))?;
            crate::entitlement::of_people(change, &[user.uuid()])?;
            group::table::touch_if_there(change, group, 1)?.ok_or_else(group_is_gone)?;
            Ok(())
        }
        None if table::standing(change, group, user)? == Some(Standing::Enabled) => Ok(()),
        None => Err(kept_out().into()),
    }
}

/// The same where more bears on it than the group.
fn add_held(change: &mut Change<'_>, group: Id<Group>, user: Id<User>) -> Result<(), Error> {
    let held = Held::settled(change, user, &[group])?.ok_or_else(person_has_left)?;
    if group::table::read(change, group)?.is_none() {
        return Err(group_is_gone().into());
    }
    match table::standing(change, group, user)? {
        Some(Standing::Enabled) => return Ok(()),
        Some(standing) if !standing.admits(Grant::Source) => return Err(kept_out().into()),
        Some(_) | None => {}
    }
    if held.portfolio.is_blocked(group) {
        return Err(kept_out().into());
    }
    let mut after = held.portfolio.clone();
    let (origin, given_by) = Origin::of(change);
    after.live.push(Membership {
        id: change.new_id(),
        group,
        user,
        version: 0,
        status: Status::Enabled,
        origin,
        given_by,
        granted_at: change.now(),
        valid_from: None,
        expires_at: None,
        effective: Effective::default(),
        configuration: None,
        details: Details::default(),
    });
    held.commit(change, after, &[], Cause::Given, Duties::Scheduled)?;
    aside::put_open_aside(change, user, group, ArchiveCause::MemberAdded)
}

/// Ends a membership that the source gave.
pub(crate) fn remove_by_source(change: &mut Change<'_>, group: Id<Group>, user: Id<User>) -> Result<(), Error> {
    let found = group::table::read(change, group)?;
    let has_not_begun = table::standing(change, group, user)? == Some(Standing::Pending);
    if has_not_begun || found.is_some_and(|group| !group.is_plain()) {
        return remove_held(change, group, user);
    }
    group::table::hold_together(change, group)?;
    match table::end_imported(change, group, user)? {
        Some(membership) => {
            change.record(events::removed(&membership, (group, user.uuid())))?;
            crate::entitlement::of_people(change, &[user.uuid()])?;
            group::table::touch_later(change, group, -1)
        }
        None if table::standing(change, group, user)? != Some(Standing::Enabled) => Ok(()),
        None => Err(given_by_others().into()),
    }
}

fn is_suspended() -> Refusal {
    Refusal::conflict("the membership was suspended since this was planned")
}

fn given_by_others() -> Refusal {
    Refusal::conflict("somebody else has given the membership since this was planned")
}

/// The same where more bears on it: what is still to happen to it, and what the person holds below, which ends too.
fn remove_held(change: &mut Change<'_>, group: Id<Group>, user: Id<User>) -> Result<(), Error> {
    let Some(held) = Held::settled(change, user, &[group])? else {
        return Ok(());
    };
    let mut after = held.portfolio.clone();
    let Some(index) = after.find(group) else {
        return Ok(());
    };
    match after.live[index].status {
        Status::Enabled | Status::Pending => {}
        // It would come back when the suspension is lifted: who reads the plan has to know that it is still there.
        Status::Suspended => return Err(is_suspended().into()),
        Status::Expired | Status::Ended | Status::Barred => return Ok(()),
    }
    if (after.live[index].origin, after.live[index].given_by) != Origin::of(change) {
        return Err(given_by_others().into());
    }
    let moves = rules::leave(&mut after, index, change.now());
    held.commit(change, after, &moves, Cause::Removed, Duties::Scheduled)?;
    Ok(())
}
