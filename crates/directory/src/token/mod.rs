//! Tokens: opaque, shown once, only a hash at rest. A token belongs to one client and may act as one person.

mod authenticate;
mod commands;
mod expiry;
pub(crate) mod jit;
pub(crate) mod table;
mod uses;
mod warning;
mod wire;

pub(crate) use authenticate::TokenCache;
pub use authenticate::{AuthError, Ended};
pub use commands::{CreateToken, CreatedToken, GRANTED_SECONDS, GrantClientToken, RenameToken, RevokeToken};
pub(crate) use commands::{revoke_all_of_client, revoke_all_of_user};
pub(crate) use expiry::{ExpireToken, WarnOfExpiry};
pub(crate) use jit::{jit_before, record_jit};
pub(crate) use uses::Uses;
pub use wire::{CreateWireToken, DeleteWireToken};

pub use crate::client::secret::{PlainToken, TokenHash};

use crate::clock::Timestamp;
use crate::id::Id;
use crate::principal::Scopes;
use crate::user::User;

/// How a token came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// By an operator: command line or native API.
    Issued,
    /// By the token endpoint.
    Granted,
    /// By Wire's token API.
    Wire,
}

impl Origin {
    /// The word in tables and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Granted => "granted",
            Self::Wire => "wire",
        }
    }

    fn parse(word: &str) -> Self {
        match word {
            "granted" => Self::Granted,
            "wire" => Self::Wire,
            _ => Self::Issued,
        }
    }
}

/// A token as it is stored: everything but the secret.
#[derive(Clone, Debug)]
pub struct Token {
    /// Its id.
    pub id: Id<Token>,
    /// The program that carries it.
    pub client: Id<crate::client::Client>,
    /// The person it acts as.
    pub user: Option<Id<User>>,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it may be used for.
    pub scopes: Scopes,
    /// How it came about.
    pub origin: Origin,
    /// Who made it.
    pub created_by: String,
    /// From then on it is refused.
    pub expires_at: Option<Timestamp>,
    /// Since then it is refused.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// The address it was last used from.
    pub last_used_from: Option<String>,
}

impl Token {
    /// Whether it is accepted at that instant.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|expiry| expiry > now)
    }
}
