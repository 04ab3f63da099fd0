//! What is pending, which address counts, and what the page behind a link may show.

use super::{Confirmation, LinkState, rules, table};
use crate::Directory;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::id::Id;
use crate::mail::Language;
use crate::realm::{Realm, RealmId};
use crate::token::TokenHash;
use crate::user::{self, User};

/// What the page behind a link may show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfirmationView {
    /// What the link is good for.
    pub state: LinkState,
    /// The language of the mail it came in.
    pub language: Option<Language>,
    /// When it ends; while it is open.
    pub expires_at: Option<Timestamp>,
    /// The address, masked; while it is open.
    pub address: Option<String>,
}

impl Directory {
    /// The address of a person that waits for their click; none where nothing waits, or the realm no longer asks.
    ///
    /// # Errors
    /// The store failed.
    pub async fn pending_email(&self, realm: &Realm, user: Id<User>) -> Result<Option<String>, Error> {
        let pending = self.pending_confirmation(realm, user).await?;
        Ok(pending.map(|pending| pending.address.as_str().to_owned()))
    }

    /// The address of a person that counts: where mail goes, and by which a sign-in is linked. The primary or first of
    /// `emails`, else an externalId of Wire's clients that is one; while that waits to be confirmed, the one before it.
    ///
    /// # Errors
    /// The store failed.
    pub async fn effective_email(&self, realm: &Realm, user: &User) -> Result<Option<String>, Error> {
        match self.pending_confirmation(realm, user.id).await? {
            Some(pending) => Ok(pending.effective),
            None => Ok(user::rules::own_address(user.attributes(), &user.external_ids)),
        }
    }

    async fn pending_confirmation(&self, realm: &Realm, user: Id<User>) -> Result<Option<Confirmation>, Error> {
        if !realm.settings.oidc.validate_emails {
            return Ok(None);
        }
        table::read_pending(self.db(), realm.id, user).await
    }

    /// What the page behind a link may show. Reading it changes nothing: a link is spent by
    /// [`super::ConfirmAddress`] alone.
    ///
    /// # Errors
    /// The store failed.
    pub async fn confirmation_behind(&self, realm: RealmId, secret: &str) -> Result<ConfirmationView, Error> {
        let Some(confirmation) = table::by_hash(self.db(), realm, &TokenHash::of(secret)).await? else {
            return Ok(ConfirmationView {
                state: LinkState::Unknown,
                language: None,
                expires_at: None,
                address: None,
            });
        };
        let now = self.now().await?;
        let state = rules::link_state(confirmation.state, confirmation.expires_at, now);
        let open = state == LinkState::Open;
        Ok(ConfirmationView {
            state,
            language: Some(confirmation.language),
            expires_at: open.then_some(confirmation.expires_at),
            address: open.then(|| confirmation.address.masked()),
        })
    }
}
