//! One group, and where it stands: for who names groups by their paths.

use super::super::{Group, GroupPath, tree};
use crate::Directory;
use crate::error::Error;
use crate::id::Id;
use crate::principal::Principal;

impl Directory {
    /// The group at a path, for who administers it in any way.
    ///
    /// # Errors
    /// `NotFound`, `not_permitted`, or the store failed.
    pub async fn group_by_path(&self, principal: &Principal, path: &GroupPath) -> Result<Group, Error> {
        let group = self.group_at(principal, path).await?;
        Ok(self.administered(principal, group.id).await?.0)
    }

    /// A group with its path, for who administers it in any way.
    ///
    /// # Errors
    /// `NotFound`, `not_permitted`, or the store failed.
    pub async fn group_and_path(&self, principal: &Principal, id: Id<Group>) -> Result<(Group, GroupPath), Error> {
        let (group, _) = self.administered(principal, id).await?;
        let above = tree::table::parents(self.db(), principal.realm, id).await?;
        let names = above.into_iter().map(|(_, name)| name).collect();
        let path = GroupPath::of_names(names).below(&group.name);
        Ok((group, path))
    }
}
