//! Why a person administers a group.

use super::{Delegation, rules, table};
use crate::Directory;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::realm::RealmId;
use crate::user::User;

impl Directory {
    /// The delegations that count for a person on a group now: their own and those of groups they are in, on it and inherited
    /// from above.
    pub(crate) async fn delegations_on(
        &self,
        realm: RealmId,
        user: Id<User>,
        group: Id<Group>,
    ) -> Result<Vec<Delegation>, Error> {
        let now = self.now().await?;
        let mut all = table::of_person_on_group(self.db(), realm, user, group).await?;
        all.retain(|delegation| rules::counts(delegation, now));
        Ok(all)
    }
}
