//! Seeing who administers a group, and what somebody administers.

use super::{Delegation, reach, rules, table};
use crate::Directory;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::principal::Principal;

/// So many delegations on a group and above are shown.
const MOST: i64 = 1_000;

/// One who administers a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admin {
    /// By which delegation.
    pub delegation: Delegation,
    /// Whether it is on the group itself; else it is inherited from above, and there is none on the group.
    pub direct: bool,
    /// Whether it counts now; else its time has not come, or is over.
    pub counts: bool,
}

impl Directory {
    /// Who administers a group: by a delegation on it first, then those who inherit it from the nearest group above. For those
    /// who administer it in any way.
    ///
    /// # Errors
    /// `NotFound`, `not_permitted`, or the store failed.
    pub async fn group_admins(&self, principal: &Principal, id: Id<Group>) -> Result<Vec<Admin>, Error> {
        self.administered(principal, id).await?;
        self.admins_of(principal, id).await
    }

    pub(crate) async fn admins_of(&self, principal: &Principal, id: Id<Group>) -> Result<Vec<Admin>, Error> {
        let now = self.now().await?;
        let mut admins: Vec<Admin> = Vec::new();
        for delegation in table::all_on_and_above(self.db(), principal.realm, id, MOST).await? {
            let seen = |admin: &Admin| admin.delegation.subject == delegation.subject;
            if !admins.iter().any(seen) {
                admins.push(Admin {
                    direct: delegation.group == id,
                    counts: rules::counts(&delegation, now),
                    delegation,
                });
            }
        }
        Ok(admins)
    }

    /// The delegations that count for a person now, by themselves and by groups they are in.
    pub(crate) async fn delegations_of(&self, principal: &Principal, limit: usize) -> Result<Vec<Delegation>, Error> {
        let Some(user) = reach::who_delegates_to(principal) else {
            return Ok(Vec::new());
        };
        let now = self.now().await?;
        let mut all = table::of_person(self.db(), principal.realm, user, limit as i64).await?;
        all.retain(|delegation| rules::counts(delegation, now));
        Ok(all)
    }
}
