//! Who is signed in with a browser.
//!
//! - [`Session`]: whose it is, since when and until when. Its secret is a cookie, of which the hash is kept.
//! - `carried`: what the provider said of the sign-in, kept with it.
//! - `authenticate`: from the cookie to who acts. [`Visitor`]: who that is.
//! - `commands`: it begins with a sign-in and ends with a sign-out, here or at the provider, or with the person's standing.
//! - `queries`: the sessions of a person.

mod authenticate;
mod carried;
mod commands;
mod queries;
pub(crate) mod table;

pub(crate) use authenticate::SessionCache;
pub use authenticate::Visitor;
pub(crate) use carried::Carried;
pub(crate) use commands::{EndAtProvider, StartSession, end_of_unlinked, end_of_user};
pub use commands::{EndSessions, SignOut, SignedOut, StartedSession, Which};

use crate::clock::Timestamp;
use crate::id::Id;
use crate::user::User;

/// Somebody who is signed in with a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id, which is no secret.
    pub id: Id<Session>,
    /// Who.
    pub user: Id<User>,
    /// The provider they signed in at; `mail` where it was by a link.
    pub issuer: String,
    /// Who they are there; the address to which the link went.
    pub subject: String,
    /// Their session there, where the provider names one.
    pub provider_session: Option<String>,
    /// What the browser calls itself.
    pub agent: Option<String>,
    /// The address it asked from.
    pub address: Option<String>,
    /// Since when.
    pub started_at: Timestamp,
    /// From then on they have to sign in again.
    pub expires_at: Timestamp,
}

/// What is known of a browser.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Browser {
    /// What it calls itself.
    pub agent: Option<String>,
    /// The address it asks from.
    pub address: Option<String>,
}

/// Why a session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    /// The person signed out.
    SignedOut,
    /// They signed out at the provider.
    SignedOutThere,
    /// The person, or whoever administers the realm, ended it.
    Ended,
    /// The same browser has signed in again.
    Replaced,
    /// The person has so many that the oldest gave way.
    TooMany,
    /// The person is not active any more.
    PersonOut,
    /// The person is no longer known at the provider.
    Unlinked,
}

impl Over {
    fn name(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::SignedOutThere => "signed_out_at_provider",
            Self::Ended => "ended",
            Self::Replaced => "replaced",
            Self::TooMany => "too_many",
            Self::PersonOut => "person_out",
            Self::Unlinked => "unlinked",
        }
    }
}
