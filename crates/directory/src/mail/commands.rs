//! Asking for a test mail.

use serde_json::json;

use super::content::{Content, Contents, Nothing};
use super::{EmailAddress, Language, Mail, MailState, table};
use crate::change::{Change, Command};
use crate::error::Error;
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::principal::{Permission, Scope};

/// Queues a mail that only shows that mail works: `usher mail test ADDRESS`.
#[derive(Clone, Debug)]
pub struct QueueTestMail {
    /// Where to.
    pub address: EmailAddress,
}

impl Command for QueueTestMail {
    type Output = Id<Mail>;

    fn needs(&self) -> Permission {
        Permission::Unnarrowed(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Id<Mail>, Error> {
        let contents = Contents {
            name: None,
            content: Content::Test(Nothing {}),
        };
        let mail = Mail {
            id: change.new_id(),
            invitation: None,
            recipient: self.address.clone(),
            template: contents.content.template(),
            language: Language::choose(None, change.realm().settings.language()),
            state: MailState::Queued,
            sent_at: None,
            last_error: None,
        };
        table::insert(change, &mail, &contents, None)?;
        // The address may be a person's; the log keeps only what tells the operator which one it was.
        let body = json!({ "mail": mail.id.to_string(), "address": self.address.masked() });
        change.record(Event::new(EventKind::MailTestRequested, mail.id.uuid(), 1, body))?;
        Ok(mail.id)
    }
}
