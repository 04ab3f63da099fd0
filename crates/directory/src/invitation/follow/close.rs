//! An invitation ends, with the mails on their way and the job that waits for its time; what is left of it is erased.

use serde_json::{Value, json};

use super::account::DAY;
use super::mail::drop_mails;
use crate::change::Change;
use crate::error::Error;
use crate::event::{self, EventKind};
use crate::id::Id;
use crate::invitation::rules::{self, Act};
use crate::invitation::{Invitation, MailFact, table};
use crate::job::{self, JobKind};
use crate::mail;
use crate::user::User;

/// For so many days offers are kept that were decided.
const KEPT_DAYS: i64 = 90;

/// Closes an open invitation that is locked: mails on their way and the job that waits for its time become needless.
pub(in crate::invitation) fn close(
    change: &mut Change<'_>,
    before: Invitation,
    act: Act,
    kind: EventKind,
    body: Value,
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
            ..before.clone()
        },
    )?;
    change.record(after.turned(kind, &before, body))?;
    match act {
        // The job that lets it expire is at work, and ends itself.
        Act::Expire => drop_mails(change, after.id)?,
        _ => settle_rest(change, &after)?,
    }
    purge_later(change, &after)?;
    Ok(after)
}

/// What a closed invitation leaves to be done: nothing.
pub(in crate::invitation) fn settle_rest(change: &mut Change<'_>, closed: &Invitation) -> Result<(), Error> {
    // Where the last mail was sent, none is on its way.
    if closed.mail != MailFact::Sent {
        drop_mails(change, closed.id)?;
    }
    job::cancel(change, JobKind::ExpireInvitation, closed.id.uuid())
}

/// An offer in a group is kept for a while after it was decided; an account's invitation is part of what a person is.
pub(in crate::invitation) fn purge_later(change: &mut Change<'_>, decided: &Invitation) -> Result<(), Error> {
    if decided.offer().is_none() {
        return Ok(());
    }
    let due = change.now().plus_seconds(KEPT_DAYS * DAY);
    job::schedule_quietly(change, JobKind::PurgeInvitation, decided.id.uuid(), &json!({}), due)
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
        job::cancel(change, JobKind::PurgeInvitation, id.uuid())?;
        event::erase(change, EventKind::InvitationErased, id.uuid(), version + 1)?;
        table::erase(change, id)?;
    }
    Ok(())
}
