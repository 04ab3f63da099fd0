//! Queueing what people are told.

use serde_json::{Value, json};

use super::crowd::{AT_ONCE, Crowd, Pace};
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
        self.tell_at(change, Pace::Each)
    }

    pub(super) fn tell_at(self, change: &mut Change<'_>, pace: Pace) -> Result<(), Error> {
        for letter in rules::letters(self) {
            if !rules::is_on(&change.realm().settings, letter.content.template()) {
                continue;
            }
            let content = letter.content;
            let crowd = match letter.to {
                To::Person(id) => {
                    if let Some(person) = reachable(change, id)? {
                        send(change, person, content, Pace::Each)?;
                    }
                    continue;
                }
                To::Admins { group, concern, except } => Crowd::admins(content, group, concern, &except),
                To::Former { admins, except } => Crowd::former(content, &admins, &except),
            };
            crowd.at(pace).tell(change, AT_ONCE)?;
        }
        Ok(())
    }
}

/// Tells one, as they want it. An address that is nobody's has no digest, and is spared what comes in masses.
pub(super) fn send(change: &mut Change<'_>, to: Recipient, content: Content, pace: Pace) -> Result<(), Error> {
    let settings = &change.realm().settings;
    let digests = rules::is_on(settings, Template::AdminDigest);
    let Some(user) = to.user else {
        return match pace {
            Pace::Daily if digests => Ok(()),
            Pace::Daily | Pace::Each => queue(change, to, content, &[]).map(drop),
        };
    };
    let choice = table::choices(change, user)?.of(content.template(), settings.agm.admin_digest);
    match (choice, digest::entry(&content)) {
        (Choice::Off, _) => Ok(()),
        (Choice::Digest, Some(entry)) if digests => digest::keep(change, user, entry),
        (Choice::Each, Some(entry)) if digests && pace == Pace::Daily => digest::keep(change, user, entry),
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
