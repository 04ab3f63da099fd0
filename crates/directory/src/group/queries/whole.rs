//! Everything about one group.

use std::collections::HashSet;

use super::super::{Group, GroupPath, GroupRole, roles, tree};
use super::list::GroupNode;
use crate::Directory;
use crate::access;
use crate::client::{Operation, ResourceKind};
use crate::delegation::{Admin, Reach, Subject};
use crate::error::Error;
use crate::id::Id;
use crate::principal::Principal;
use crate::provider;
use crate::user::{self, User};

/// Everything about one group, but its ways to join, which are read by themselves.
#[derive(Clone, Debug)]
pub struct WholeGroup {
    /// The group with all that is below it.
    pub node: GroupNode,
    /// The groups above it with their names, the root first.
    pub parents: Vec<(Id<Group>, String)>,
    /// Its roles, by name.
    pub roles: Vec<GroupRole>,
    /// Who administers it: by a delegation on it first, then inherited from above.
    pub admins: Vec<Admin>,
    /// Those people among who administers it that the caller may see, in no order.
    pub people: Vec<User>,
    /// Those of them whose address is known to be theirs.
    pub verified: HashSet<Id<User>>,
    /// What the caller may do on it.
    pub reach: Reach,
}

impl Directory {
    /// Everything about a group, for those who administer it in any way.
    ///
    /// # Errors
    /// `NotFound`, `not_permitted`, `too_many`, or the store failed.
    pub async fn whole_group(&self, principal: &Principal, id: Id<Group>) -> Result<WholeGroup, Error> {
        let (group, reach) = self.administered(principal, id).await?;
        let parents = tree::table::parents(self.db(), principal.realm, id).await?;
        let names = parents.iter().map(|(_, name)| name.clone()).collect();
        let path = GroupPath::of_names(names).below(&group.name);
        let node = self.tree_below(principal, path, group).await?;
        let roles = roles::table::all_of_group(self.db(), principal.realm, id).await?;
        let admins = self.admins_of(principal, id).await?;
        let people = self.people_among(principal, &admins).await?;
        Ok(WholeGroup {
            node,
            parents,
            roles,
            verified: provider::verified_among(self.db(), principal.realm, &people).await?,
            people,
            admins,
            reach,
        })
    }

    /// The people who administer a group, as far as the caller may see people at all.
    async fn people_among(&self, principal: &Principal, admins: &[Admin]) -> Result<Vec<User>, Error> {
        let narrowed = access::policy(principal).is_some_and(|policy| policy.user_filter.is_some());
        if narrowed || access::check_operation(principal, ResourceKind::User, Operation::Read).is_err() {
            return Ok(Vec::new());
        }
        let ids: Vec<Id<User>> = admins
            .iter()
            .filter_map(|admin| match admin.delegation.subject {
                Subject::User(id) => Some(id),
                Subject::Group(_) => None,
            })
            .collect();
        let sight = user::Sight::of(principal);
        let mut people = user::search::by_ids(self.db(), principal.realm, &ids).await?;
        people.retain(|person| sight.sees(person.visibility));
        Ok(people)
    }

    /// Where a group stands, for those who administer it in any way.
    ///
    /// # Errors
    /// `NotFound`, `not_permitted`, or the store failed.
    pub async fn group_path(&self, principal: &Principal, id: Id<Group>) -> Result<GroupPath, Error> {
        let (group, _) = self.administered(principal, id).await?;
        let parents = tree::table::parents(self.db(), principal.realm, id).await?;
        Ok(GroupPath::of_names(parents.into_iter().map(|(_, name)| name).collect()).below(&group.name))
    }

    /// The roles of a group, by name, for those who administer it in any way.
    ///
    /// # Errors
    /// `NotFound`, `not_permitted`, or the store failed.
    pub async fn group_roles(&self, principal: &Principal, id: Id<Group>) -> Result<Vec<GroupRole>, Error> {
        self.administered(principal, id).await?;
        roles::table::all_of_group(self.db(), principal.realm, id).await
    }
}
