//! The sessions of a person.

use super::{Session, table};
use crate::Directory;
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::principal::{Permission, Principal, Scope};
use crate::user::{self, User};

impl Directory {
    /// Where the person who asks is signed in, the last time first.
    ///
    /// # Errors
    /// It is no person who asks, or the store failed.
    pub async fn own_sessions(&self, principal: &Principal) -> Result<Vec<Session>, Error> {
        principal.check(Permission::Person(Scope::ScimMe))?;
        let user = principal.user().ok_or(Refusal::NotFound { what: "user" })?;
        self.open_sessions(principal, user).await
    }

    /// Where a person is signed in, the last time first.
    ///
    /// # Errors
    /// `NotFound`, the scope `admin` is missing, or the store failed.
    pub async fn sessions_of(&self, principal: &Principal, user: Id<User>) -> Result<Vec<Session>, Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        user::table::by_id(self.db(), principal.realm, user)
            .await?
            .ok_or(Refusal::NotFound { what: "user" })?;
        self.open_sessions(principal, user).await
    }

    async fn open_sessions(&self, principal: &Principal, user: Id<User>) -> Result<Vec<Session>, Error> {
        let now = self.now().await?;
        let mut sessions = table::of_user(self.db(), principal.realm, user).await?;
        sessions.retain(|session| session.expires_at > now);
        Ok(sessions)
    }
}
