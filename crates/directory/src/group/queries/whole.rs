//! Everything about one group.

use super::super::{Group, GroupPath, GroupRole, roles, tree};
use super::list::GroupNode;
use crate::Directory;
use crate::delegation::{Admin, Reach};
use crate::error::Error;
use crate::id::Id;
use crate::principal::Principal;

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
        Ok(WholeGroup {
            node,
            parents,
            roles,
            admins,
            reach,
        })
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
