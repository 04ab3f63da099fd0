//! One membership: as those see it who administer the group, and as the person does.

use super::super::table::{listed, mine, roles};
use super::super::{Membership, Which};
use super::{Listed, Member};
use crate::client::{Operation, ResourceKind};
use crate::delegation::Capability;
use crate::error::{Error, Refusal};
use crate::group::{self, Group};
use crate::id::Id;
use crate::principal::{Permission, Principal, Scope};
use crate::user::{self, User};
use crate::{Denial, Directory, access, provider};

const NOT_FOUND: Refusal = Refusal::NotFound { what: "membership" };

impl Directory {
    /// A membership of a group, or by its id of a group below: one that is held, or has expired and may come back.
    ///
    /// # Errors
    /// `NotFound`, `not_permitted` without `members.read`, or the store failed.
    pub async fn membership(&self, principal: &Principal, group: Id<Group>, which: Which) -> Result<Member, Error> {
        let (asked, _) = self
            .administered_with(principal, group, Capability::MembersRead)
            .await?;
        check_unnarrowed(principal)?;
        let found = listed::look(self.db(), principal.realm, group, which).await?;
        let found = found.ok_or(NOT_FOUND)?;
        let own = if found.group == group {
            asked
        } else {
            let (own, _) = self
                .administered_with(principal, found.group, Capability::MembersRead)
                .await?;
            own
        };
        let direct = found.group == group;
        let membership = self.whole(principal, found.group, found.user).await?;
        let membership = membership.filter(|one| !one.status.is_over()).ok_or(NOT_FOUND)?;
        self.member_shown(principal, membership, own, direct).await
    }

    /// One's own membership of a group, if one holds it, whether or not it counts now.
    ///
    /// # Errors
    /// A program asks, the scope `agm:self` is missing, `NotFound`, or the store failed.
    pub async fn my_membership(&self, principal: &Principal, group: Id<Group>) -> Result<Member, Error> {
        principal.check(Permission::Person(Scope::AgmSelf))?;
        access::check_operation(principal, ResourceKind::Group, Operation::Read)?;
        let me = principal.user().ok_or(Denial::PersonRequired)?;
        let realm = self.realm_by_id(principal.realm).await?;
        let own = group::table::by_id(self.db(), principal.realm, group).await?;
        let own = own.filter(|group| access::group_matches(self.schemas(), principal, &realm, group));
        let own = own.ok_or(NOT_FOUND)?;
        let membership = self.whole(principal, group, me).await?;
        let membership = membership.filter(|one| one.status.is_held()).ok_or(NOT_FOUND)?;
        self.member_shown(principal, membership, own, false).await
    }

    async fn whole(
        &self,
        principal: &Principal,
        group: Id<Group>,
        user: Id<User>,
    ) -> Result<Option<Membership>, Error> {
        listed::whole(self.db(), principal.realm, group, user).await
    }

    async fn member_shown(
        &self,
        principal: &Principal,
        membership: Membership,
        group: Group,
        direct: bool,
    ) -> Result<Member, Error> {
        let (db, realm) = (self.db(), principal.realm);
        let person = user::table::by_id(db, realm, membership.user).await?.ok_or(NOT_FOUND)?;
        let mut above = mine::names_above(db, realm, &[group.id]).await?;
        let held = roles::of_many(db, realm, Some(group.id), &[membership.id]).await?;
        let mut roles: Vec<String> = held.into_iter().map(|(_, name)| name).collect();
        roles.sort_unstable();
        let mut issuers = provider::issuers_among(db, realm, &[person.id]).await?;
        Ok(Member {
            issuers: issuers.remove(&person.id).unwrap_or_default(),
            email_verified: provider::is_verified(db, realm, &person).await?,
            person,
            direct,
            listed: Listed {
                above: above.remove(&group.id).unwrap_or_default(),
                roles,
                membership,
                group,
            },
        })
    }
}

/// Lists of members are not for programs that are narrowed to certain people.
pub(super) fn check_unnarrowed(principal: &Principal) -> Result<(), Refusal> {
    if access::policy(principal).is_some_and(|policy| policy.user_filter.is_some()) {
        return Err(Refusal::forbidden(
            "this client's access policy narrows it to certain users",
        ));
    }
    access::check_operation(principal, ResourceKind::User, Operation::Read)
}
