//! Signing in without a provider: a link by mail, good for once and for a few minutes, which proves that whoever uses it reads
//! what is sent to the address. A realm without an OpenID provider has it by itself, others where `sign_in_by_mail` is on.
//!
//! Whoever asks is answered before anybody looks whose address it is: neither the answer nor the time it takes tells.
//!
//! - `rules`: what a link is good for. Pure.
//! - `commands`: asking for a link, and using it up.
//! - `jobs`: whose address it is, and the mail.
//! - `admit`: who it is that used a link. `enter`: from the link to a session.
//! - `queries`: what the page behind a link shows.
//! - `table`: SQL.

mod admit;
mod commands;
mod enter;
pub(crate) mod jobs;
mod queries;
mod rules;
pub(crate) mod table;

pub use commands::AskSignInLink;
pub use enter::NotEntered;
pub use queries::SignInLinkView;
pub use rules::LinkState;

use crate::clock::Timestamp;
use crate::mail::{EmailAddress, Language};
use crate::realm::{Realm, RealmSettings};

/// The issuer of sessions that began with such a link.
pub(crate) const BY_MAIL: &str = "mail";

/// A link as it is stored. Its secret is not.
#[derive(Clone, Debug)]
pub(crate) struct SignInLink {
    /// Where it went.
    pub(crate) address: EmailAddress,
    /// The language of the mail.
    pub(crate) language: Language,
    /// The page that whoever uses it comes to, below our own root.
    pub(crate) goes_to: Option<String>,
    /// When its time is over.
    pub(crate) expires_at: Timestamp,
    /// When it was used.
    pub(crate) used_at: Option<Timestamp>,
}

impl RealmSettings {
    /// Whether people can sign in by a link that is sent to their address.
    pub fn signs_in_by_mail(&self) -> bool {
        self.sign_in_by_mail.unwrap_or_else(|| !self.has_provider())
    }
}

impl Realm {
    /// Whether people can sign in on the pages at all.
    pub fn has_sign_in(&self) -> bool {
        self.settings.has_provider() || self.settings.signs_in_by_mail()
    }
}
