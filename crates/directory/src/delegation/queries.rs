//! Seeing who administers a group, and what somebody administers.

use super::{Delegation, Subject, reach, rules, table};
use crate::Directory;
use crate::error::Error;
use crate::group::{Group, GroupPath, tree};
use crate::id::Id;
use crate::principal::Principal;
use crate::user::{self, User};

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

/// One who administers a group, as pages show them.
#[derive(Clone, Debug)]
pub struct AdminShown {
    /// By what.
    pub admin: Admin,
    /// The person; none = it is everybody in a group, or somebody who is leaving.
    pub person: Option<User>,
    /// Where the group stands whose people do; none = it is a person, or the group is gone.
    pub people_of: Option<GroupPath>,
    /// Where the group above stands from which it is inherited; none = it is on the group itself.
    pub inherited_from: Option<GroupPath>,
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

    /// The same, with what they are called.
    ///
    /// # Errors
    /// `NotFound`, `not_permitted`, or the store failed.
    pub async fn admins_shown(&self, principal: &Principal, id: Id<Group>) -> Result<Vec<AdminShown>, Error> {
        let admins = self.group_admins(principal, id).await?;
        let (mut people, mut groups) = (Vec::new(), Vec::new());
        for admin in &admins {
            match admin.delegation.subject {
                Subject::User(id) => people.push(id),
                Subject::Group(id) => groups.push(id),
            }
            groups.push(admin.delegation.group);
        }
        groups.sort_unstable();
        groups.dedup();
        let places = tree::places(self.db(), principal.realm, &groups).await?;
        let sight = user::Sight::of(principal);
        let mut people = user::search::by_ids(self.db(), principal.realm, &people).await?;
        people.retain(|person| sight.sees(person.visibility));
        let path = |id: &Id<Group>| places.get(id).map(tree::Place::path);
        let shown = |admin: Admin| {
            let (person, people_of) = match admin.delegation.subject {
                Subject::User(id) => (people.iter().find(|person| person.id == id).cloned(), None),
                Subject::Group(id) => (None, path(&id)),
            };
            AdminShown {
                person,
                people_of,
                inherited_from: path(&admin.delegation.group).filter(|_| !admin.direct),
                admin,
            }
        };
        Ok(admins.into_iter().map(shown).collect())
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
