//! From the text behind `Bearer` to a principal: one hash, one cached look-up.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;

use super::uses::Use;
use super::{Token, TokenHash, table};
use crate::Directory;
use crate::client::{self, Client, secret};
use crate::error::Error;
use crate::id::Id;
use crate::principal::{Actor, ClientActor, Principal, Role, UserActor};
use crate::realm::RealmId;
use crate::user::{self, Lifecycle};

/// Why a token is not accepted. Callers are told the same for all but `Store`.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// Unknown in this realm, revoked, expired, its client switched off, or its person kept out.
    #[error("the token is not valid")]
    Invalid,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Error),
}

/// What a valid token stands for, as it was read.
#[derive(Debug)]
pub(crate) struct Known {
    token: Token,
    client: Arc<Client>,
    roles: Vec<Role>,
}

pub(crate) type TokenCache = Cache<(RealmId, TokenHash), Arc<Known>>;

pub(crate) fn token_cache(cached_for: Duration) -> TokenCache {
    Cache::builder().max_capacity(10_000).time_to_live(cached_for).build()
}

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
        if !secret::is_well_formed(bearer) {
            return Err(AuthError::Invalid);
        }
        let key = (realm, TokenHash::of(bearer));
        let known = if let Some(known) = self.tokens().get(&key).await {
            known
        } else {
            let known = Arc::new(self.read_token(realm, &key.1).await?);
            self.tokens().insert(key, Arc::clone(&known)).await;
            known
        };
        let now = self.now().await?;
        if !known.token.is_valid(now) || known.client.disabled {
            return Err(AuthError::Invalid);
        }
        let used = Use { at: now, from: address };
        self.token_uses().note(realm, known.token.id, used);
        let (scopes, client) = (known.token.scopes.clone(), Arc::clone(&known.client));
        let actor = match known.token.user {
            None => Actor::Client(Arc::new(ClientActor {
                client,
                scopes,
                token: known.token.id,
            })),
            Some(user) => Actor::User(Arc::new(UserActor {
                user,
                client,
                scopes,
                roles: known.roles.clone(),
            })),
        };
        Ok(Principal { realm, actor })
    }

    async fn read_token(&self, realm: RealmId, hash: &TokenHash) -> Result<Known, AuthError> {
        let token = table::by_hash(self.db(), realm, hash)
            .await?
            .ok_or(AuthError::Invalid)?;
        let client = client::table::by_id(self.db(), realm, token.client)
            .await?
            .ok_or(AuthError::Invalid)?;
        let mut roles = Vec::new();
        if let Some(id) = token.user {
            let user = user::table::by_id(self.db(), realm, id)
                .await?
                .ok_or(AuthError::Invalid)?;
            if user.lifecycle != Lifecycle::Active {
                return Err(AuthError::Invalid);
            }
            roles = table::roles(self.db(), realm, id).await?;
        }
        Ok(Known {
            token,
            client: Arc::new(client),
            roles,
        })
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
        let client = client.filter(|client| !client.disabled).ok_or(AuthError::Invalid)?;
        let given = TokenHash::of(secret);
        let now = self.now().await?;
        let stored = client::table::secrets(self.db(), realm, client.id, now).await?;
        // All are compared, so that the time taken does not tell which one was near.
        if stored.iter().fold(false, |found, hash| found | given.equals(hash)) {
            let scopes = client.scopes.clone();
            let actor = ClientActor {
                client: Arc::new(client),
                scopes,
                token: Id::new(uuid::Uuid::nil()),
            };
            return Ok(Principal {
                realm,
                actor: Actor::Client(Arc::new(actor)),
            });
        }
        Err(AuthError::Invalid)
    }
}
