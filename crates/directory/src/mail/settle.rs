//! What became of a mail: its row, and the mail fact of the invitation it carries, in the transaction that settles the
//! delivery.

use serde_json::json;

use super::{Mail, MailState, table};
use crate::change::Change;
use crate::error::Error;
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::invitation::{self, Invitation};

/// A mail whose delivery is about to be settled, its invitation locked before its delivery.
pub(crate) struct Locked {
    mail: Id<Mail>,
    invitation: Option<Invitation>,
}

/// What a mail comes to.
pub(crate) struct Fact {
    pub(crate) state: MailState,
    /// What the mail server said, made harmless.
    pub(crate) why: Option<String>,
    /// Whether the contents stay after the mail was sent.
    pub(crate) keep: bool,
    /// How often it has been tried.
    pub(crate) attempts: i64,
}

/// Locks the invitation of a mail. Rows are taken in the order person, invitation, delivery, mail, everywhere.
pub(crate) fn lock(change: &mut Change<'_>, mail: Id<Mail>) -> Result<Locked, Error> {
    let invitation = match table::invitation_of(change, mail)? {
        Some(id) => invitation::table::lock(change, id)?,
        None => None,
    };
    Ok(Locked { mail, invitation })
}

/// Writes what became of the mail.
pub(crate) fn settle(change: &mut Change<'_>, of: Locked, fact: &Fact) -> Result<(), Error> {
    table::set_state(change, of.mail, fact.state, fact.why.as_deref())?;
    let over = match fact.state {
        MailState::Sent => !fact.keep,
        MailState::Dropped => true,
        MailState::Queued | MailState::Deferred | MailState::Bounced => false,
    };
    if over {
        table::erase_contents(change, of.mail)?;
    }
    if let Some(invitation) = of.invitation {
        return invitation::mail_settled(change, invitation, fact.state, fact.why.as_deref());
    }
    let body = json!({ "state": fact.state.name() });
    change.record(Event::new(
        EventKind::MailChanged,
        of.mail.uuid(),
        fact.attempts + 1,
        body,
    ))?;
    Ok(())
}
