//! Who people are at providers: to be seen, and to be taken back.

use serde_json::json;

use super::table;
use crate::Directory;
use crate::change::{Change, Command};
use crate::clock::Timestamp;
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::principal::{Permission, Principal, Scope};
use crate::session;
use crate::user::{self, User};

/// Who a person is at a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The provider.
    pub issuer: String,
    /// What it calls the person (`sub`).
    pub subject: String,
    /// The address by which they were linked, if the provider had verified it.
    pub verified_email: Option<String>,
    /// Since when.
    pub linked_at: Timestamp,
}

/// Takes a person's names at providers back, so that their next sign-in finds them anew, or somebody else may be linked.
#[derive(Clone, Debug)]
pub struct UnlinkIdentity {
    /// Whose.
    pub user: Id<User>,
    /// At which issuer; none: at all.
    pub issuer: Option<String>,
}

impl Command for UnlinkIdentity {
    /// How many there were.
    type Output = usize;

    fn needs(&self) -> Permission {
        Permission::Unnarrowed(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<usize, Error> {
        let user = user::table::lock(change, self.user)?.ok_or(Refusal::NotFound { what: "user" })?;
        let mut unlinked = 0;
        for identity in table::read_of_person(change, user.id)? {
            let is_meant = self.issuer.as_ref().is_none_or(|issuer| *issuer == identity.issuer);
            if is_meant && table::unlink(change, &identity)? {
                let body = json!({ "issuer": identity.issuer, "subject": identity.subject });
                change.record(Event::new(EventKind::UserUnlinked, user.id.uuid(), user.version, body))?;
                unlinked += 1;
            }
        }
        if unlinked > 0 {
            session::end_of_unlinked(change, &user)?;
        }
        Ok(unlinked)
    }
}

impl Directory {
    /// Who one is oneself at providers, by issuer.
    ///
    /// # Errors
    /// It is no person who asks, or the store failed.
    pub async fn own_identities(&self, principal: &Principal) -> Result<Vec<Identity>, Error> {
        principal.check(Permission::Person(Scope::ScimMe))?;
        let user = principal.user().ok_or(Refusal::NotFound { what: "user" })?;
        table::of_person(self.db(), principal.realm, user).await
    }

    /// Who a person is at providers, by issuer.
    ///
    /// # Errors
    /// `NotFound`, the scope `admin` is missing, or the store failed.
    pub async fn identities(&self, principal: &Principal, user: Id<User>) -> Result<Vec<Identity>, Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        user::table::by_id(self.db(), principal.realm, user)
            .await?
            .ok_or(Refusal::NotFound { what: "user" })?;
        table::of_person(self.db(), principal.realm, user).await
    }
}
