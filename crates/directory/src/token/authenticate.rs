//! From the text behind `Bearer` to a principal: one hash, one cached look-up.

use std::net::IpAddr;
use std::sync::Arc;

use super::uses::Use;
use super::{Token, TokenHash, table};
use crate::client::{self, Client, secret};
use crate::clock::Timestamp;
use crate::error::Error;
use crate::id::Id;
use crate::principal::{Actor, ClientActor, Credential, Principal, Role, UserActor};
use crate::provider::{self, Misfit, Unadmitted};
use crate::realm::RealmId;
use crate::remembered::Remembered;
use crate::user::{self, Lifecycle};
use crate::{Denial, Directory};

/// Why a token or secret is not accepted. Callers are told the same for the first three.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// Unknown in this realm.
    #[error("the token is not valid")]
    Invalid,
    /// It is known whose it is, and it counts no more; for the log of that client.
    #[error("the token is not valid")]
    Ended {
        /// The client whose token it is, or that named itself.
        client: Id<Client>,
        /// Why not.
        why: Ended,
    },
    /// It is of the realm's OpenID provider, and does not count; for the log.
    #[error("the token is not valid")]
    Unfit(#[from] Misfit),
    /// It counts, and who signed in is nobody here. The caller is told so.
    #[error("{}", Denial::NotAdmitted)]
    NotAdmitted(Unadmitted),
    /// The realm's OpenID provider does not answer, so nobody can tell whether it counts.
    #[error("the realm's OpenID provider does not answer at the moment; send the request again later")]
    ProviderAway,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Error),
}

/// Why a token or secret counts no more, or never did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was revoked.
    Revoked,
    /// Its time is over.
    Expired,
    /// The client is switched off.
    ClientOff,
    /// The person it acts as is not active.
    PersonOut,
    /// The client's secret is another.
    WrongSecret,
}

impl Ended {
    /// In a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Revoked => "the token was revoked",
            Self::Expired => "the token has expired",
            Self::ClientOff => "the client is switched off",
            Self::PersonOut => "the person whom the token acts as is not active",
            Self::WrongSecret => "the client sent a wrong secret",
        }
    }
}

/// What a valid token stands for, as it was read.
#[derive(Debug)]
pub(crate) struct Known {
    token: Token,
    client: Arc<Client>,
    actor: Actor,
}

impl Known {
    fn ended(&self, now: Timestamp) -> Option<Ended> {
        if self.client.disabled {
            Some(Ended::ClientOff)
        } else if self.token.revoked_at.is_some() {
            Some(Ended::Revoked)
        } else if self.token.is_valid(now) {
            None
        } else {
            Some(Ended::Expired)
        }
    }
}

pub(crate) type TokenCache = Remembered<(RealmId, TokenHash), Arc<Known>>;

impl Directory {
    /// Who acts with this bearer token in this realm. Only tokens that exist are remembered, and for less than a second.
    ///
    /// # Errors
    /// `Invalid`, or the store failed.
    pub async fn authenticate(&self, realm: RealmId, bearer: &str) -> Result<Principal, AuthError> {
        self.authenticate_from(realm, bearer, None).await
    }

    /// The same for a request that came from that address, which is remembered as the token's last use.
    ///
    /// # Errors
    /// `Invalid`, or the store failed.
    pub async fn authenticate_from(
        &self,
        realm: RealmId,
        bearer: &str,
        address: Option<IpAddr>,
    ) -> Result<Principal, AuthError> {
        // Ours have no dot.
        if provider::has_its_form(bearer) {
            return Box::pin(self.authenticate_by_provider(realm, bearer)).await;
        }
        let key = (realm, TokenHash::of(bearer));
        let read = || {
            Box::pin(async {
                // Only a token of the right form is looked up.
                if secret::is_well_formed(bearer) {
                    self.read_token(realm, &key.1).await.map(Arc::new)
                } else {
                    Err(AuthError::Invalid)
                }
            })
        };
        let known = self.tokens().get_or(&key, read).await?;
        let now = self.now().await?;
        if let Some(why) = known.ended(now) {
            let client = known.client.id;
            return Err(AuthError::Ended { client, why });
        }
        let used = Use { at: now, from: address };
        self.token_uses().note(realm, known.token.id, used);
        let actor = known.actor.clone();
        Ok(Principal {
            realm,
            actor,
            request: None,
        })
    }

    async fn read_token(&self, realm: RealmId, hash: &TokenHash) -> Result<Known, AuthError> {
        let token = table::by_hash(self.db(), realm, hash)
            .await?
            .ok_or(AuthError::Invalid)?;
        let client = client::table::by_id(self.db(), realm, token.client)
            .await?
            .ok_or(AuthError::Invalid)?;
        let (scopes, client) = (token.scopes.clone(), Arc::new(client));
        let actor = if let Some(id) = token.user {
            let user = user::table::by_id(self.db(), realm, id)
                .await?
                .ok_or(AuthError::Invalid)?;
            if user.lifecycle != Lifecycle::Active {
                let (client, why) = (client.id, Ended::PersonOut);
                return Err(AuthError::Ended { client, why });
            }
            let roles: Vec<Role> = table::roles(self.db(), realm, id).await?;
            Actor::User(Arc::new(UserActor {
                user: id,
                client: Some(Arc::clone(&client)),
                scopes,
                roles,
                credential: Credential::Own,
            }))
        } else {
            Actor::Client(Arc::new(ClientActor {
                client: Arc::clone(&client),
                scopes,
                token: token.id,
            }))
        };
        Ok(Known { token, client, actor })
    }

    /// The client behind an OAuth2 id and secret.
    ///
    /// # Errors
    /// `Invalid`, or the store failed.
    pub async fn authenticate_client(&self, realm: RealmId, id: &str, secret: &str) -> Result<Principal, AuthError> {
        let client = match Id::parse(id) {
            Some(id) => client::table::by_id(self.db(), realm, id).await?,
            None if id.contains('\0') => None,
            None => client::table::by_name(self.db(), realm, id).await?,
        };
        let client = client.ok_or(AuthError::Invalid)?;
        let given = TokenHash::of(secret);
        let now = self.now().await?;
        let stored = client::table::secrets(self.db(), realm, client.id, now).await?;
        // All are compared, so that the time taken does not tell which one was near.
        let matches = stored.iter().fold(false, |found, hash| found | given.equals(hash));
        if matches && !client.disabled {
            let scopes = client.scopes.clone();
            let actor = ClientActor {
                client: Arc::new(client),
                scopes,
                token: Id::new(uuid::Uuid::nil()),
            };
            return Ok(Principal {
                realm,
                actor: Actor::Client(Arc::new(actor)),
                request: None,
            });
        }
        let why = if client.disabled {
            Ended::ClientOff
        } else {
            Ended::WrongSecret
        };
        let client = client.id;
        Err(AuthError::Ended { client, why })
    }
}
