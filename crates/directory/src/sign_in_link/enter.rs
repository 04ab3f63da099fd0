//! From a link to a session.

use super::admit::{AdmitReader, Admitted};
use super::commands::UseSignInLink;
use super::{BY_MAIL, LinkState};
use crate::Directory;
use crate::error::{Error, Refusal};
use crate::principal::{Principal, ProviderToken};
use crate::provider::Unadmitted;
use crate::realm::Realm;
use crate::session::{Browser, Carried, StartSession, StartedSession};

/// Why nobody signed in by a link.
#[derive(Debug, thiserror::Error)]
pub enum NotEntered {
    /// The link is good for nothing, or the realm has no such links.
    #[error("the link is good for nothing")]
    Link(LinkState),
    /// Whose address it is, is suspended, or about to leave.
    #[error("whose address it is, is kept out")]
    Out,
    /// Nobody has the address any more.
    #[error("whoever has the address is nobody here: {why}")]
    NotAdmitted {
        /// Why.
        why: Unadmitted,
        /// The address.
        address: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Error),
}

impl Directory {
    /// Uses a link up, as nobody, and begins a session of whoever the address belongs to. With it the page that they wanted.
    ///
    /// # Errors
    /// Nobody signed in.
    pub async fn enter(
        &self,
        nobody: &Principal,
        realm: &Realm,
        secret: &str,
        (browser, replaces): (Browser, Option<String>),
    ) -> Result<(StartedSession, Option<String>), NotEntered> {
        let used = UseSignInLink {
            secret: secret.to_owned(),
        };
        let link = match self.execute(nobody, used).await {
            Ok(link) => link,
            Err(Error::Refused(_)) => {
                let behind = self.sign_in_link_behind(realm, secret).await?;
                return Err(NotEntered::Link(match behind.state {
                    LinkState::Open => LinkState::Unknown,
                    state => state,
                }));
            }
            Err(error) => return Err(error.into()),
        };
        let address = link.address.as_str().to_owned();
        let admit = AdmitReader {
            address: address.clone(),
        };
        let user = match self.execute(&Principal::system(realm.id), admit).await? {
            Admitted::In(user) => user,
            Admitted::Out => return Err(NotEntered::Out),
            Admitted::Nobody(why) => {
                tracing::info!(realm = realm.id.number(), %why, "who used a link to sign in is nobody here");
                return Err(NotEntered::NotAdmitted { why, address });
            }
        };
        let token = ProviderToken {
            issuer: BY_MAIL.to_owned(),
            subject: address,
            is_weak: realm.settings.oidc.acr.is_some(),
            ..ProviderToken::default()
        };
        let person = Principal::signed_in(realm.id, user, (&[], Vec::new()), token.clone());
        let person = Principal {
            request: nobody.request.clone(),
            ..person
        };
        let start = StartSession {
            user,
            carried: Carried::of(&token, &[]),
            token,
            id_token: None,
            browser,
            replaces,
            began_at: self.real_now(),
        };
        match self.execute(&person, start).await {
            // They were suspended, or have left, meanwhile.
            Err(Error::Refused(Refusal::Forbidden { .. } | Refusal::NotFound { .. })) => Err(NotEntered::Out),
            done => Ok((done?, link.goes_to)),
        }
    }
}
