//! People sign out at the realm's provider: sent there from here (RP-Initiated Logout 1.0), or there, which it tells
//! (Back-Channel Logout 1.0).

use url::Url;

use super::id_token::{self, Party};
use super::misfit::Misfit;
use crate::Directory;
use crate::error::Error;
use crate::principal::Principal;
use crate::realm::Realm;
use crate::session::{EndAtProvider, SignedOut};
use crate::token::AuthError;

/// How far the provider's clock may be behind ours: sessions that began so long after a sign-out end with it.
const LEEWAY_MILLIS: i64 = 30_000;

/// Why a logout token ends nothing.
#[derive(Debug, thiserror::Error)]
pub enum NotSignedOut {
    /// The realm has no provider, or does not say who Usher is there.
    #[error("the realm has no OpenID provider at which people sign in")]
    NoProvider,
    /// It does not count.
    #[error("the logout token does not count: {0}")]
    Unfit(#[from] Misfit),
    /// The provider does not answer, so nobody can tell whether it counts.
    #[error("the realm's OpenID provider does not answer at the moment; send the request again later")]
    ProviderAway,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Error),
}

impl Directory {
    /// Where a browser goes to sign out at the provider as well, from which it comes back to that address; none where the
    /// provider has no such place, or is another one by now.
    pub async fn sign_out_place(&self, realm: &Realm, left: &SignedOut, back_to: &str) -> Option<String> {
        let at = Party::of(&realm.settings).filter(|at| at.issuer == left.issuer)?;
        let described = self.provider_keys().description(realm.id, at.issuer).await.ok()?;
        let mut place = Url::parse(described.end_session.as_deref()?).ok()?;
        let mut query = place.query_pairs_mut();
        query
            .append_pair("client_id", at.client_id)
            .append_pair("post_logout_redirect_uri", back_to);
        if let Some(id_token) = &left.id_token {
            query.append_pair("id_token_hint", id_token);
        }
        drop(query);
        Some(place.into())
    }

    /// Ends the sessions of whoever signed out at the provider, by the token with which it tells; how many there were.
    ///
    /// # Errors
    /// It does not count.
    pub async fn signed_out_at_provider(&self, realm: &Realm, logout_token: &str) -> Result<usize, NotSignedOut> {
        let at = Party::of(&realm.settings).ok_or(NotSignedOut::NoProvider)?;
        let token = match self.genuine(realm, at.issuer, logout_token).await {
            Ok(token) => token,
            Err(AuthError::Unfit(misfit)) => return Err(misfit.into()),
            Err(_) => return Err(NotSignedOut::ProviderAway),
        };
        let said = id_token::signed_out(&token, at, self.real_now())?;
        let command = EndAtProvider {
            issuer: at.issuer.to_owned(),
            session: said.session,
            subject: said.subject,
            until: said.at.plus_millis(LEEWAY_MILLIS),
        };
        Ok(self.execute(&Principal::system(realm.id), command).await?)
    }
}
