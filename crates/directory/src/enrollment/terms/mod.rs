//! Terms of use: versions that never change, and who has accepted which of them, when and where.
//!
//! - [`Terms`]: one version; [`TermsDraft`]: one as somebody writes it.
//! - [`rules`]: what counts as accepted, and until when. Pure.
//! - `ask`: asking members for a version, though they accepted an earlier one.
//! - `commands`, `queries`: publishing versions, accepting one, and who has; `own`: what is one's own of that.

mod accept;
mod ask;
mod commands;
mod own;
mod queries;
pub mod rules;
pub(crate) mod table;

pub(crate) use accept::{accept, publish, published};
pub(crate) use ask::{ask_slice, of_late};
pub use commands::{AcceptTerms, Accepted, PublishTerms};
pub use own::{OwnAcceptance, OwnTerms};
pub use rules::{TermsDraft, TermsGiven};

use super::configuration::Configuration;
use crate::clock::Timestamp;
use crate::id::Id;
use crate::membership::OnLapse;
use crate::user::User;

/// A version of the terms of a way to join. It never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Its id.
    pub id: Id<Terms>,
    /// Of which way to join.
    pub configuration: Id<Configuration>,
    /// Which one it is: 1, 2, …
    pub number: i64,
    /// Where they stand.
    pub url: String,
    /// Of what stands there, where whoever set it gave one.
    pub digest: Option<String>,
    /// An acceptance counts for so many days; none = for good.
    pub valid_days: Option<u32>,
    /// What happens to members then.
    pub on_lapse: OnLapse,
    /// Members have to accept this version, though they accepted an earlier one.
    pub ask_again: bool,
    /// Since when they are there.
    pub made_at: Timestamp,
    /// By whom.
    pub made_by: String,
}

/// That a person accepted a version of terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// Who.
    pub user: Id<User>,
    /// Which version.
    pub terms: Id<Terms>,
    /// When.
    pub accepted_at: Timestamp,
    /// By what means.
    pub channel: Channel,
    /// From where.
    pub address: Option<String>,
}

/// By what means terms were accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// The group management face.
    Agm,
    /// The native API.
    Api,
    /// A page.
    Page,
    /// The answer to an invitation.
    Invitation,
    /// The command line.
    Cli,
    /// An import of what another system knew.
    Import,
}

impl Channel {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Agm,
        Self::Api,
        Self::Page,
        Self::Invitation,
        Self::Cli,
        Self::Import,
    ];

    /// The word in tables and events.
    pub fn name(self) -> &'static str {
        match self {
            Self::Agm => "agm",
            Self::Api => "api",
            Self::Page => "page",
            Self::Invitation => "invitation",
            Self::Cli => "cli",
            Self::Import => "import",
        }
    }

    /// The one of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.name() == word)
    }
}
