//! Roles of a person in the realm.

use serde_json::json;

use super::super::{User, table};
use crate::Directory;
use crate::change::{Change, Command};
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::principal::{Permission, Principal, Role, Scope};
use crate::token;

/// Grants a role. A second time changes nothing.
#[derive(Clone, Debug)]
pub struct GrantRole {
    /// To whom.
    pub id: Id<User>,
    /// What.
    pub role: Role,
}

impl Command for GrantRole {
    type Output = ();

    fn needs(&self) -> Permission {
        Permission::Unnarrowed(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<(), Error> {
        let user = table::read(change, self.id)?.ok_or(Refusal::NotFound { what: "user" })?;
        if token::table::add_role(change, self.id, self.role.name())? {
            change.record(Event::new(
                EventKind::RoleGranted,
                self.id.uuid(),
                user.version,
                json!({ "role": self.role.name() }),
            ))?;
        }
        Ok(())
    }
}

/// Takes a role away. A second time changes nothing.
#[derive(Clone, Debug)]
pub struct RevokeRole {
    /// From whom.
    pub id: Id<User>,
    /// What.
    pub role: Role,
}

impl Command for RevokeRole {
    type Output = ();

    fn needs(&self) -> Permission {
        Permission::Unnarrowed(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<(), Error> {
        let user = table::read(change, self.id)?.ok_or(Refusal::NotFound { what: "user" })?;
        if token::table::remove_role(change, self.id, self.role.name())? {
            change.record(Event::new(
                EventKind::RoleRevoked,
                self.id.uuid(),
                user.version,
                json!({ "role": self.role.name() }),
            ))?;
        }
        Ok(())
    }
}

impl Directory {
    /// The roles granted to a person in Usher.
    ///
    /// # Errors
    /// `NotFound`, the scope `admin` is missing, or the store failed.
    pub async fn roles(&self, principal: &Principal, user: Id<User>) -> Result<Vec<Role>, Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        let there = table::by_id(self.db(), principal.realm, user).await?;
        there.ok_or(Refusal::NotFound { what: "user" })?;
        token::table::roles(self.db(), principal.realm, user).await
    }
}
