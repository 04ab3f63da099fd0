//! Somebody signs out.

use super::super::{Over, table};
use super::record_end;
use crate::change::{Change, Command};
use crate::error::Error;
use crate::principal::Permission;
use crate::token::TokenHash;
use crate::user;

/// Ends the session whose secret the browser holds.
#[derive(Clone)]
pub struct SignOut {
    /// What the browser holds.
    pub secret: String,
}

impl std::fmt::Debug for SignOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignOut(…)")
    }
}

/// What is left of a session.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedOut {
    /// The provider they signed in at.
    pub issuer: String,
    /// The ID token, by which the provider knows who signs out.
    pub id_token: Option<String>,
}

impl std::fmt::Debug for SignedOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedOut")
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

impl Command for SignOut {
    /// None when nobody was signed in by that.
    type Output = Option<SignedOut>;

    fn needs(&self) -> Permission {
        Permission::Anyone
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Option<SignedOut>, Error> {
        let Some(taken) = table::take(change, &TokenHash::of(&self.secret))? else {
            return Ok(None);
        };
        let version = user::table::read(change, taken.user)?.map_or(1, |user| user.version);
        record_end(change, (taken.user, version), taken.id, Over::SignedOut)?;
        Ok(Some(SignedOut {
            issuer: taken.issuer,
            id_token: taken.id_token,
        }))
    }
}
