//! Putting requests aside, undecided.

use uuid::Uuid;

use super::rules::{Act, after};
use super::{ArchiveCause, Request, table, tell};
use crate::change::Change;
use crate::error::Error;
use crate::event::EventKind;
use crate::group::Group;
use crate::id::Id;
use crate::job::{self, JobKind};
use crate::user::User;

/// Puts a request aside that is locked.
///
/// # Errors
/// `request_not_pending`, or the store failed.
pub(crate) fn put_aside(change: &mut Change<'_>, before: &Request, cause: ArchiveCause) -> Result<Request, Error> {
    over(change, before)?;
    put_aside_by_its_job(change, before, cause)
}

/// The same by the job that would remind of it, which ends its own row.
///
/// # Errors
/// `request_not_pending`, or the store failed.
pub(crate) fn put_aside_by_its_job(
    change: &mut Change<'_>,
    before: &Request,
    cause: ArchiveCause,
) -> Result<Request, Error> {
    let mut request = before.clone();
    request.status = after(before.status, Act::PutAside(cause))?;
    request.decided_at = Some(change.now());
    request.said.cause = Some(cause);
    table::update(change, before, &mut request)?;
    let kind = match cause {
        ArchiveCause::Withdrawn => EventKind::RequestWithdrawn,
        ArchiveCause::Closed => EventKind::RequestClosed,
        ArchiveCause::ConfigurationChanged
        | ArchiveCause::ConfigurationRemoved
        | ArchiveCause::RoleRemoved
        | ArchiveCause::MemberAdded
        | ArchiveCause::GroupDeleted
        | ArchiveCause::PersonGone => EventKind::RequestArchived,
    };
    change.record(request.turned(kind, before).with("cause", cause.name().into()))?;
    tell::of_putting_aside(change, before, cause)?;
    Ok(request)
}

/// Puts the request of a person for a group aside, if one is open.
pub(crate) fn put_open_aside(
    change: &mut Change<'_>,
    user: Id<User>,
    group: Id<Group>,
    cause: ArchiveCause,
) -> Result<(), Error> {
    if let Some(open) = table::open(change, group, user)? {
        put_aside(change, &open, cause)?;
    }
    Ok(())
}

/// The same of many people.
pub(crate) fn put_all_open_aside(
    change: &mut Change<'_>,
    group: Id<Group>,
    users: &[Uuid],
    cause: ArchiveCause,
) -> Result<(), Error> {
    for user in table::who_ask(change, group, users)? {
        put_open_aside(change, user, group, cause)?;
    }
    Ok(())
}

/// So many requests of a person who is gone in one piece.
const SLICE: usize = 200;

/// Puts everything aside that a person waits for who has left.
pub(crate) fn end_of_user(change: &mut Change<'_>, user: Id<User>) -> Result<(), Error> {
    for open in table::waiting_of_user(change, user)? {
        put_aside(change, &open, ArchiveCause::PersonGone)?;
    }
    Ok(())
}

/// Forgets the requests of a person who is erased; what they were stands in their facts.
pub(crate) fn erase_of_user(change: &mut Change<'_>, user: Id<User>) -> Result<(), Error> {
    loop {
        let some = table::some_of_user(change, user, SLICE as i64)?;
        for request in &some {
            forget(change, request)?;
        }
        if some.len() < SLICE {
            return Ok(());
        }
    }
}

/// Forgets a request. Nobody waits for it any more.
pub(in crate::enrollment) fn forget(change: &mut Change<'_>, request: &Request) -> Result<(), Error> {
    over(change, request)?;
    table::delete(change, request.id)
}

/// Nobody is reminded any more of a request that is decided or put aside.
pub(in crate::enrollment) fn over(change: &mut Change<'_>, request: &Request) -> Result<(), Error> {
    job::cancel_quietly(change, JobKind::RequestDuties, request.id.uuid())
}
