//! What becomes of delegations when a group is gone, or a person.

use db::Bound;
use serde_json::Value;
use uuid::Uuid;

use super::super::{Delegation, table};
use super::{said, said_revoked};
use crate::change::Change;
use crate::error::Error;
use crate::event::{Event, EventKind};
use crate::group::{self, Group};
use crate::id::Id;
use crate::realm::RealmId;
use crate::user::User;

/// What events say of those who administer a group by a delegation on it.
pub(crate) fn said_of_group(change: &mut Change<'_>, group: Id<Group>) -> Result<Vec<Value>, Error> {
    let here = table::on(change, group, super::MOST)?;
    Ok(here.iter().map(said).collect())
}

/// Whoever administered a group that is gone does so no more, and whatever its people administered is theirs no more.
pub(crate) fn end_of_group(change: &mut Change<'_>, group: Id<Group>) -> Result<(), Error> {
    table::delete_on(change, group)?;
    end_of_subject(change, group.uuid())
}

/// Whatever a person who has left administered is theirs no more.
pub(crate) fn end_of_user(change: &mut Change<'_>, user: Id<User>) -> Result<(), Error> {
    end_of_subject(change, user.uuid())
}

/// What [`end_of_user`] reads.
pub(crate) fn read_of_user(realm: RealmId, user: Id<User>) -> Bound {
    table::read_of_subject(realm, user.uuid(), super::MOST)
}

fn end_of_subject(change: &mut Change<'_>, subject: Uuid) -> Result<(), Error> {
    // Nobody is let do more than so much; two who grant at once may come a little above.
    loop {
        let some = table::of_subject(change, subject, super::MOST)?;
        let is_last = (some.len() as i64) < super::MOST;
        end(change, &some)?;
        if is_last {
            return Ok(());
        }
    }
}

fn end(change: &mut Change<'_>, some: &[Delegation]) -> Result<(), Error> {
    for delegation in some {
        if !table::delete(change, delegation)? {
            continue;
        }
        // A group that is gone has told so itself.
        if let Some(version) = group::table::touch_if_there(change, delegation.group, 0)? {
            let event = Event::new(
                EventKind::DelegationRevoked,
                delegation.group.uuid(),
                version,
                said_revoked(delegation),
            );
            change.record(event)?;
        }
    }
    Ok(())
}
