//! What the page behind a link may show.

use super::{LinkState, table};
use crate::Directory;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::mail::Language;
use crate::realm::Realm;
use crate::token::TokenHash;

/// What the page behind a link may show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInLinkView {
    /// What the link is good for.
    pub state: LinkState,
    /// The language of the mail it came in.
    pub language: Option<Language>,
    /// The page that whoever uses it comes to.
    pub goes_to: Option<String>,
    /// When it ends; while it is open.
    pub expires_at: Option<Timestamp>,
    /// The address it went to, masked; while it is open.
    pub address: Option<String>,
}

impl Directory {
    /// What the page behind a link may show. Reading it changes nothing: a link is used up by [`Directory::enter`] alone.
    ///
    /// # Errors
    /// The store failed.
    pub async fn sign_in_link_behind(&self, realm: &Realm, secret: &str) -> Result<SignInLinkView, Error> {
        let found = table::by_hash(self.db(), realm.id, &TokenHash::of(secret)).await?;
        // Where the realm signs nobody in so any more, no link is good for anything.
        let found = found.filter(|_| realm.settings.signs_in_by_mail());
        let state = LinkState::of(found.as_ref(), self.now().await?);
        let open = found.as_ref().filter(|_| state == LinkState::Open);
        Ok(SignInLinkView {
            state,
            expires_at: open.map(|link| link.expires_at),
            address: open.map(|link| link.address.masked()),
            language: found.as_ref().map(|link| link.language),
            goes_to: found.and_then(|link| link.goes_to),
        })
    }
}
