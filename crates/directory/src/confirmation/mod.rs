//! Confirming an address. Where the realm's `oidc.validate_emails` is on, a new address of someone who is in takes effect
//! when they have clicked the link in a mail sent to it (Wire's W-42 and W-95). Until then SCIM shows it in `emails` and
//! as `pendingEmail` of Usher's extension, and the address before it is the one that counts.
//!
//! One confirmation is one mail with one link. Sending it again, another address, and leaving end it.
//!
//! - `rules`: when an address has to be confirmed, and what a link is good for. Pure.
//! - `follow`: what other changes mean for what is pending.
//! - `commands`: the person's click, and sending the mail again.
//! - `queries`: what is pending, which address counts, what the page behind a link shows.
//! - `table`: SQL.

mod commands;
mod follow;
mod queries;
mod rules;
pub(crate) mod table;

pub use commands::{ConfirmAddress, ResendConfirmation};
pub(crate) use follow::{effective_address, end_of_user, erase_of_user, follow_address, is_confirmed};
pub use queries::ConfirmationView;
pub use rules::{ConfirmationState, LinkState};
pub(crate) use table::is_held;

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::id::Id;
use crate::mail::{EmailAddress, Language, Mail};
use crate::user::User;

/// An address that somebody is asked to confirm.
#[derive(Clone, Debug)]
pub struct Confirmation {
    /// Its id; the instant in it is when it was asked for.
    pub id: Id<Confirmation>,
    /// Whose address.
    pub user: Id<User>,
    /// What is to be confirmed.
    pub address: EmailAddress,
    /// The address that counts until then; none where there was none before.
    pub effective: Option<String>,
    /// The language of the mail.
    pub language: Language,
    /// What became of it.
    pub state: ConfirmationState,
    /// The mail that carries the link.
    pub mail: Id<Mail>,
    /// When the link ends. What is pending stays so; the mail can be sent again.
    pub expires_at: Timestamp,
}

impl Confirmation {
    fn subject(&self) -> Uuid {
        self.id.uuid()
    }
}
