//! Queueing what people are told.

use serde_json::{Value, json};

use super::crowd::{AT_ONCE, Crowd};
use super::recipient::{Recipient, reachable};
use super::rules::{self, To};
use super::{Choice, Notice, digest, table};
use crate::change::Change;
use crate::error::Error;
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::mail::{self, Content, Contents, Mail, MailState, Template};

impl Notice {
    /// Tells everybody who should know of it.
    pub(crate) fn tell(self, change: &mut Change<'_>) -> Result<(), Error> {
        for letter in rules::letters(self) {
            if !rules::is_on(&change.realm().settings, letter.content.template()) {
                continue;
            }
            let content = letter.content;
            let crowd = match letter.to {
                To::Person(id) => {
                    if let Some(person) = reachable(change, id)? {
                        send(change, person, content)?;
                    }
                    continue;
                }
                To::Admins { group, concern, except } => Crowd::admins(content, group, concern, &except),
                To::Former { admins, except } => Crowd::former(content, &admins, &except),
            };
            crowd.tell(change, AT_ONCE)?;
        }
        Ok(())
    }
}

/// Tells one, as they want it.
pub(super) fn send(change: &mut Change<'_>, to: Recipient, content: Content) -> Result<(), Error> {
    let Some(user) = to.user else {
        return queue(change, to, content, &[]).map(drop);
    };
    let settings = &change.realm().settings;
    let digests = rules::is_on(settings, Template::AdminDigest);
    let choice = table::choices(change, user)?.of(content.template(), settings.agm.admin_digest);
    match (choice, digest::entry(&content)) {
        (Choice::Off, _) => Ok(()),
        (Choice::Digest, Some(entry)) if digests => digest::keep(change, user, entry),
        (Choice::Digest | Choice::Each, _) => queue(change, to, content, &[]).map(drop),
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
    mail::table::insert(change, &mail, &contents, to.user)?;
    let mut body = json!({ "mail": mail.id.to_string(), "template": mail.template.name() });
    for (name, value) in about {
        body[*name] = value.clone();
    }
    body["user"] = to.user.map(|user| user.to_string()).into();
    body["address"] = masked.into();
    change.record(Event::new(EventKind::MailQueued, mail.id.uuid(), 1, body))?;
    Ok(mail.id)
}
