//! Mail: addresses, what is written in which language, and the queue of mails as rows. Mail is sent by a target like every
//! other: the delivery names the mail, [`crate::Directory::message_of`] renders it when it is due.
//!
//! - `address`: [`EmailAddress`], parsed once at the border.
//! - `content`: what each mail tells, as typed values.
//! - `language`, `catalog`: what mails say, in every language completely.
//! - `message`: rendering with the templates of `crates/directory/templates`.
//! - `preview`: how mails look, with made-up values.
//! - `token_notice`: what a mail about a token tells of it.
//! - `text`: what people typed, made harmless before it stands in a mail or in a page about one.
//! - `commands`, `settle`, `queries`, `table`: asking for a test mail, what the mail server said, reading, SQL.

mod address;
mod catalog;
mod commands;
pub(crate) mod content;
mod language;
mod message;
mod preview;
mod queries;
pub(crate) mod settle;
pub(crate) mod table;
pub(crate) mod text;
mod token_notice;

pub use address::EmailAddress;
pub(crate) use catalog::spelt_out;
pub use commands::QueueTestMail;
pub use content::Template;
pub(crate) use content::{Content, Contents};
pub use language::Language;
pub use message::Message;
pub use preview::MailTemplate;
pub use queries::MailView;
pub(crate) use queries::group_of;
pub(crate) use token_notice::TokenNotice;

use crate::clock::Timestamp;
use crate::id::Id;
use crate::invitation::Invitation;

/// Where a mail stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailState {
    /// Waits for its first attempt.
    Queued,
    /// The mail server took it.
    Sent,
    /// The mail server put it off; it is tried again.
    Deferred,
    /// The mail server refused it for good, or it was given up.
    Bounced,
    /// Never to be sent: its link is dead, or an operator dropped it.
    Dropped,
}

impl MailState {
    /// All states.
    pub const ALL: [Self; 5] = [Self::Queued, Self::Sent, Self::Deferred, Self::Bounced, Self::Dropped];

    /// The word in tables and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Deferred => "deferred",
            Self::Bounced => "bounced",
            Self::Dropped => "dropped",
        }
    }

    /// The state of that name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == word)
    }
}

/// A mail as it is stored; what it says is rendered when it is sent.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Its id; the instant in it is when it was queued.
    pub id: Id<Mail>,
    /// The invitation it carries.
    pub invitation: Option<Id<Invitation>>,
    /// Where it goes.
    pub recipient: EmailAddress,
    /// What it is about.
    pub template: Template,
    /// The language it is written in.
    pub language: Language,
    /// Where it stands.
    pub state: MailState,
    /// When the mail server took it.
    pub sent_at: Option<Timestamp>,
    /// What the mail server said last, made harmless.
    pub last_error: Option<String>,
}
