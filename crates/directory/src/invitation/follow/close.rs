//! An invitation ends, with the mails on their way and the job that waits for its time; what is left of it is erased.

use serde_json::{Value, json};

use super::mail::drop_mails;
use crate::change::Change;
use crate::error::Error;
use crate::event::{self, Event, EventKind};
use crate::id::Id;
use crate::invitation::rules::{self, Act};
use crate::invitation::{Invitation, table};
use crate::job::{self, JobKind};
use crate::mail;
use crate::user::User;

/// Closes an open invitation that is locked: mails on their way and the job that waits for its time become needless.
pub(in crate::invitation) fn close(
    change: &mut Change<'_>,
    before: Invitation,
    act: Act,
    kind: EventKind,
    mut body: Value,
) -> Result<Invitation, Error> {
    let Some(state) = rules::after(before.state, act) else {
        return Ok(before);
    };
    let now = change.now();
    let after = table::update(
        change,
        Invitation {
            state,
            decided_at: Some(now),
            ..before
        },
    )?;
    body["user"] = after.user.to_string().into();
    change.record(Event::new(kind, after.id.uuid(), after.version, body))?;
    match act {
        // The job that lets it expire is at work, and ends itself.
        Act::Expire => drop_mails(change, after.id)?,
        _ => settle_rest(change, after.id)?,
    }
    Ok(after)
}

/// What a closed invitation leaves to be done: nothing.
pub(in crate::invitation) fn settle_rest(change: &mut Change<'_>, id: Id<Invitation>) -> Result<(), Error> {
    drop_mails(change, id)?;
    job::cancel(change, JobKind::ExpireInvitation, id.uuid())
}

/// Ends what is open of someone who leaves.
pub(crate) fn end_all_of_user(change: &mut Change<'_>, user: Id<User>) -> Result<(), Error> {
    if let Some(open) = table::open_of_user(change, user)? {
        close(
            change,
            open,
            Act::Revoke,
            EventKind::InvitationRevoked,
            json!({ "why": "the person has left" }),
        )?;
    }
    Ok(())
}

/// Erases what is left of the invitations of someone who has left: addresses, links, mails, and the bodies of their
/// events. Their deliveries were dropped when they left.
pub(crate) fn erase_of_user(change: &mut Change<'_>, user: Id<User>) -> Result<(), Error> {
    for (id, version) in table::all_of_user(change, user)? {
        mail::table::erase_of_invitation(change, id)?;
        job::cancel(change, JobKind::ExpireInvitation, id.uuid())?;
        event::erase(change, EventKind::InvitationErased, id.uuid(), version + 1)?;
        table::erase(change, id)?;
    }
    Ok(())
}
