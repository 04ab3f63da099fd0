//! Queueing what people are told.

use serde_json::{Value, json};

use super::Notice;
use super::recipient::{self, Recipient};
use super::rules::{self, To};
use crate::change::Change;
use crate::error::Error;
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::mail::{self, Content, Contents, Mail, MailState};

impl Notice {
    /// Tells everybody who should know of it.
    pub(crate) fn tell(self, change: &mut Change<'_>) -> Result<(), Error> {
        for letter in rules::letters(self) {
            if !rules::is_on(&change.realm().settings, letter.content.template()) {
                continue;
            }
            let recipients = match &letter.to {
                To::Person(id) => recipient::reachable(change, *id)?.into_iter().collect(),
                To::Admins { group, concern, except } => recipient::admins(change, group, *concern, except)?,
                To::Former { admins, except } => recipient::people(change, admins, except)?,
            };
            for recipient in recipients {
                queue(change, recipient, letter.content.clone(), &[])?;
            }
        }
        Ok(())
    }
}

/// Queues one mail. The event names the template, the person, and what it is about.
pub(crate) fn queue(
    change: &mut Change<'_>,
    to: Recipient,
    content: Content,
    about: &[(&str, Value)],
) -> Result<Id<Mail>, Error> {
    // Of an address that is nobody's we know of, the log keeps what tells which one it was; a person is named by their id.
    let masked = to.user.is_none().then(|| to.address.masked());
    let contents = Contents { name: to.name, content };
    let mail = Mail {
        id: change.new_id(),
        invitation: None,
        recipient: to.address,
        template: contents.content.template(),
        language: to.language,
        state: MailState::Queued,
        sent_at: None,
        last_error: None,
    };
    mail::table::insert(change, &mail, &contents)?;
    let mut body = json!({ "mail": mail.id.to_string(), "template": mail.template.name() });
    for (name, value) in about {
        body[*name] = value.clone();
    }
    body["user"] = to.user.map(|user| user.to_string()).into();
    body["address"] = masked.into();
    change.record(Event::new(EventKind::MailQueued, mail.id.uuid(), 1, body))?;
    Ok(mail.id)
}
