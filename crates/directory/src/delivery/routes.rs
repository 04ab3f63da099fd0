//! What follows from which event: the one table. A row is written only for a target that exists.

use serde_json::{Value, json};

use super::table;
use crate::change::Change;
use crate::error::Error;
use crate::event::{Event, EventKind};
use crate::id::Id;

/// The target that sends mail.
pub(crate) const MAIL: &str = "mail";

/// The targets that deliveries may name.
pub(crate) const TARGETS: [&str; 1] = [MAIL];

/// What a delivery needs to know beside its event.
type Payload = fn(&Event) -> Value;

/// Event, target, payload.
const ROUTES: &[(EventKind, &str, Payload)] = &[
    (EventKind::InvitationCreated, MAIL, queued_mail),
    (EventKind::InvitationResent, MAIL, queued_mail),
    (EventKind::ConfirmationRequested, MAIL, queued_mail),
    (EventKind::MailTestRequested, MAIL, queued_mail),
    (EventKind::MailQueued, MAIL, queued_mail),
];

/// The mail that was queued with the event.
fn queued_mail(event: &Event) -> Value {
    json!({ "mail": event.body.get("mail") })
}

/// Writes the deliveries of an event, in its transaction.
pub(crate) fn follow(change: &mut Change<'_>, id: Id<Event>, event: &Event) -> Result<(), Error> {
    for (_, target, payload) in ROUTES.iter().filter(|(kind, _, _)| *kind == event.kind) {
        table::insert(change, target, id, event, &payload(event))?;
    }
    Ok(())
}
