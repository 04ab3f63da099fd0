//! Looking people up by what people call them: for the operator and the native API.

use super::{User, table};
use crate::Directory;
use crate::access;
use crate::client::{Operation, ResourceKind};
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::principal::{Permission, Principal, Scope};
use crate::view::Shape;

impl Directory {
    /// One person by their id.
    ///
    /// # Errors
    /// `NotFound`, the scope `admin` is missing, or the store failed.
    pub async fn user(&self, principal: &Principal, id: Id<User>) -> Result<User, Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        let found = table::by_id(self.db(), principal.realm, id).await?;
        self.within_reach(principal, found).await
    }

    /// Oneself.
    ///
    /// # Errors
    /// It is no person who asks, `NotFound`, or the store failed.
    pub async fn myself(&self, principal: &Principal) -> Result<User, Error> {
        principal.check(Permission::Person(Scope::ScimMe))?;
        let found = match principal.user() {
            Some(id) => table::by_id(self.db(), principal.realm, id).await?,
            None => None,
        };
        self.within_reach(principal, found).await
    }

    /// One person by their userName, in any letter case.
    ///
    /// # Errors
    /// `NotFound`, the scope `admin` is missing, or the store failed.
    pub async fn user_named(&self, principal: &Principal, name: &str) -> Result<User, Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        if name.contains('\0') {
            return Err(missing());
        }
        let found = table::by_name(self.db(), principal.realm, name).await?;
        self.within_reach(principal, found).await
    }

    /// The one person who has that address.
    ///
    /// # Errors
    /// `NotFound`, also when several have it; the scope `admin` is missing, or the store failed.
    pub async fn user_with_email(&self, principal: &Principal, address: &str) -> Result<User, Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        if address.contains('\0') {
            return Err(missing());
        }
        let found = table::by_email(self.db(), principal.realm, address).await?;
        self.within_reach(principal, found).await
    }

    /// The person an operator means: an id, a userName or an address.
    ///
    /// # Errors
    /// `NotFound`, the scope `admin` is missing, or the store failed.
    pub async fn user_meant(&self, principal: &Principal, word: &str) -> Result<User, Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        if let Some(id) = Id::parse(word)
            && let Some(user) = table::by_id(self.db(), principal.realm, id).await?
        {
            return self.within_reach(principal, Some(user)).await;
        }
        match self.user_named(principal, word).await {
            Err(Error::Refused(Refusal::NotFound { .. })) => self.user_with_email(principal, word).await,
            other => other,
        }
    }

    /// A person out of the policy's reach is not found here either.
    async fn within_reach(&self, principal: &Principal, found: Option<User>) -> Result<User, Error> {
        let user = found.ok_or_else(missing)?;
        if access::policy(principal).is_some() {
            access::check_operation(principal, ResourceKind::User, Operation::Read)?;
            self.show_user(principal, &user, &Shape::default()).await?;
        }
        Ok(user)
    }
}

fn missing() -> Error {
    Refusal::NotFound { what: "user" }.into()
}
