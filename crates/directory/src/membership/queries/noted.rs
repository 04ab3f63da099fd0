//! Everybody who is noted in a group, whether or not that counts now: for exports and for the operator.

use super::super::table::noted;
use super::super::{Membership, table};
use super::one::check_unnarrowed;
use crate::Directory;
use crate::access;
use crate::client::{Operation, ResourceKind};
use crate::delegation::Capability;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::principal::{Permission, Principal, Scope};
use crate::user::User;

/// One who is noted in a group.
#[derive(Clone, Debug)]
pub struct Noted {
    /// How they stand.
    pub membership: Membership,
    /// The userName.
    pub user_name: String,
    /// The name shown.
    pub display_name: Option<String>,
    /// The names of their roles in the group, sorted.
    pub roles: Vec<String>,
}

impl Directory {
    /// Those whose membership of a group is no tombstone, in the order of their ids, behind a person; at most so many, and
    /// at most 1000.
    ///
    /// # Errors
    /// The scope `admin` is missing, or the store failed.
    pub async fn noted_members(
        &self,
        principal: &Principal,
        group: Id<Group>,
        after: Option<Id<User>>,
        limit: usize,
    ) -> Result<Vec<Noted>, Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        access::check_operation(principal, ResourceKind::Group, Operation::Read)?;
        self.noted_after(principal, group, (after, limit)).await
    }

    /// The same for those who see the members of the group.
    ///
    /// # Errors
    /// `NotFound`, `not_permitted` without `members.read`, or the store failed.
    pub async fn listed_members(
        &self,
        principal: &Principal,
        group: Id<Group>,
        after: Option<Id<User>>,
        limit: usize,
    ) -> Result<Vec<Noted>, Error> {
        self.administered_with(principal, group, Capability::MembersRead)
            .await?;
        check_unnarrowed(principal)?;
        self.noted_after(principal, group, (after, limit)).await
    }

    async fn noted_after(
        &self,
        principal: &Principal,
        group: Id<Group>,
        (after, limit): (Option<Id<User>>, usize),
    ) -> Result<Vec<Noted>, Error> {
        let realm = principal.realm;
        let limit = limit.clamp(1, 1000) as i64;
        let some = noted::after(self.db(), realm, group, after, limit).await?;
        let ids: Vec<Id<Membership>> = some.iter().map(|(membership, _)| membership.id).collect();
        let mut roles = table::noted::roles(self.db(), realm, group, &ids).await?;
        let noted = some.into_iter().map(|(membership, document)| {
            let document: serde_json::Value = serde_json::from_str(&document).unwrap_or_default();
            let text = |name: &str| document[name].as_str().map(str::to_owned);
            Noted {
                user_name: text("userName").unwrap_or_default(),
                display_name: text("displayName"),
                roles: roles.remove(&membership.id).unwrap_or_default(),
                membership,
            }
        });
        Ok(noted.collect())
    }

    /// The membership of a person in a group, also when it is over; none when they were never in it.
    ///
    /// # Errors
    /// The scope `admin` is missing, or the store failed.
    pub async fn membership_noted(
        &self,
        principal: &Principal,
        group: Id<Group>,
        user: Id<User>,
    ) -> Result<Option<Membership>, Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        access::check_operation(principal, ResourceKind::Group, Operation::Read)?;
        Ok(table::of_two::row(self.db(), principal.realm, group, user)
            .await?
            .map(|(membership, _)| membership))
    }
}
