//! Who may make themselves a member of a group, and where one may oneself.

use std::collections::HashMap;

use uuid::Uuid;

use super::{Eligibility, MOST, table};
use crate::client::{Operation, ResourceKind};
use crate::clock::Timestamp;
use crate::delegation::Capability;
use crate::error::{Error, Refusal};
use crate::group::{self, Group, GroupPath, tree};
use crate::id::Id;
use crate::membership::{Membership, Status, table::mine};
use crate::principal::{Permission, Principal, Scope};
use crate::user::User;
use crate::{Denial, Directory, access};

/// Where one may make oneself a member, and whether one is by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnEligibility {
    /// That one may.
    pub eligibility: Eligibility,
    /// Where the group stands.
    pub path: GroupPath,
    /// One is at this moment: the first instant after it.
    pub active_until: Option<Timestamp>,
}

impl Directory {
    /// Who may make themselves a member of a group, in the order of their ids, after one of them. For those who see its members.
    ///
    /// # Errors
    /// `NotFound`, `not_permitted`, or the store failed.
    pub async fn eligibilities(
        &self,
        principal: &Principal,
        group: Id<Group>,
        after: Option<Id<User>>,
        limit: usize,
    ) -> Result<Vec<Eligibility>, Error> {
        let (group, _) = self
            .administered_with(principal, group, Capability::MembersRead)
            .await?;
        if access::policy(principal).is_some_and(|policy| policy.user_filter.is_some()) {
            return Err(Refusal::forbidden("this client's access policy narrows it to certain users").into());
        }
        let after = after.map_or(Uuid::nil(), Id::uuid);
        table::on_group(self.db(), principal.realm, group.id, after, limit).await
    }

    /// Where one may make oneself a member, in the order of the groups' ids, after one of them.
    ///
    /// # Errors
    /// A program asks, the scope `agm:self` is missing, or the store failed.
    pub async fn my_eligibilities(
        &self,
        principal: &Principal,
        after: Option<Id<Group>>,
        limit: usize,
    ) -> Result<Vec<OwnEligibility>, Error> {
        principal.check(Permission::Person(Scope::AgmSelf))?;
        access::check_operation(principal, ResourceKind::Group, Operation::Read)?;
        let (realm, me) = (principal.realm, principal.user().ok_or(Denial::PersonRequired)?);
        let after = after.map_or(Uuid::nil(), Id::uuid);
        let all = table::all_of_user(self.db(), realm, me, after, MOST).await?;
        let ids: Vec<Id<Group>> = all.iter().map(|one| one.group).collect();
        let settings = self.realm_by_id(realm).await?;
        let groups = group::table::by_ids(self.db(), realm, &ids).await?;
        let groups = groups
            .into_iter()
            .filter(|group| access::group_matches(self.schemas(), principal, &settings, group));
        let seen: Vec<Id<Group>> = groups.map(|group| group.id).collect();
        let paths = tree::table::paths(self.db(), realm, &seen).await?;
        let active: HashMap<Uuid, Membership> = mine::of_user(self.db(), realm, me, Status::Enabled)
            .await?
            .into_iter()
            .filter_map(|membership| Some((membership.details.elevation?, membership)))
            .collect();
        let own = |eligibility: Eligibility| {
            let active = active.get(&eligibility.id.uuid());
            Some(OwnEligibility {
                path: paths.get(&eligibility.group)?.clone(),
                active_until: active.and_then(|membership| membership.effective.at),
                eligibility,
            })
        };
        Ok(all.into_iter().filter_map(own).take(limit).collect())
    }
}
