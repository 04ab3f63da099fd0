//! What a principal may do on a group: the one place where it is looked up. Whether the group is there comes first.

use super::rules::{self, Reach, Standing};
use super::{Capability, Subject, table};
use crate::Directory;
use crate::access;
use crate::change::Change;
use crate::client::{Operation, ResourceKind};
use crate::denial::Denial;
use crate::error::{Error, Refusal};
use crate::group::{self, Group};
use crate::id::Id;
use crate::principal::{Actor, Permission, Principal};
use crate::user::User;

/// What it takes to make a group at the top, which is nobody's yet.
const GROUPS_CREATE: &str = "groups.create";

/// What the principal may do on a group.
pub(crate) fn of(change: &mut Change<'_>, group: &Group) -> Result<Reach, Error> {
    let principal = change.principal();
    let theirs = match who_delegates_to(principal) {
        Some(user) => table::of_person_on(change, user, group.id)?,
        None => Vec::new(),
    };
    Ok(rules::reach(principal, group, &theirs, change.now()))
}

/// The person whose delegations count, if it is one.
pub(super) fn who_delegates_to(principal: &Principal) -> Option<Id<User>> {
    match &principal.actor {
        Actor::User(actor) if rules::manages(actor) => Some(actor.user),
        Actor::User(_) | Actor::Operator | Actor::System | Actor::Client(_) | Actor::Nobody => None,
    }
}

/// A group on which the principal may do that: not found before not permitted.
pub(crate) fn load_group(
    change: &mut Change<'_>,
    id: Id<Group>,
    capability: Capability,
) -> Result<(Group, Reach), Error> {
    let group = group::table::read(change, id)?;
    permitted(change, group, capability)
}

/// The same of a group that is about to be changed as a whole; on PostgreSQL nobody else changes it or its members until the
/// end of the transaction.
pub(crate) fn hold_group(
    change: &mut Change<'_>,
    id: Id<Group>,
    capability: Capability,
) -> Result<(Group, Reach), Error> {
    let group = group::table::lock(change, id)?;
    permitted(change, group, capability)
}

fn permitted(change: &mut Change<'_>, group: Option<Group>, capability: Capability) -> Result<(Group, Reach), Error> {
    let (group, reach) = visible(change, group)?;
    reach.check(capability)?;
    access::check_operation(change.principal(), ResourceKind::Group, Operation::Update)?;
    Ok((group, reach))
}

/// A group that is there to the principal, with what they may do on it, which may be nothing.
pub(super) fn visible(change: &mut Change<'_>, group: Option<Group>) -> Result<(Group, Reach), Error> {
    let group = group.ok_or(Refusal::NotFound { what: "group" })?;
    access::check_group(change, &group)?;
    let reach = of(change, &group)?;
    Ok((group, reach))
}

/// Whether the principal reaches every group of the realm without a delegation.
pub(crate) fn reaches_realm(principal: &Principal) -> bool {
    rules::of_realm(principal).is_of_realm()
}

/// Whether the principal may do that in every group of the realm, without a delegation.
pub fn may_everywhere(principal: &Principal, capability: Capability) -> bool {
    rules::of_realm(principal).has(capability)
}

/// Whether a person still has a capability on a group by administering it.
pub(crate) fn still_has(
    change: &mut Change<'_>,
    person: Id<User>,
    group: &Group,
    capability: Capability,
) -> Result<bool, Error> {
    let now = change.now();
    let theirs = table::of_person_on(change, person, group.id)?;
    let has = |one| rules::counts(one, now) && rules::counting(one, group).has(capability);
    Ok(theirs.iter().any(has))
}

/// Refuses who may not make groups at the top, or put groups there.
pub(crate) fn check_top(principal: &Principal) -> Result<(), Denial> {
    let reach = rules::of_realm(principal);
    reach
        .check(Capability::SubgroupsCreate)
        .map_err(|_| Denial::NotPermitted {
            capability: GROUPS_CREATE,
        })
}

/// So many delegations are looked at for those who administer one group.
const MOST_DELEGATIONS: i64 = 1_000;

/// Those who have a capability on a group, each once, in the order of their ids: those after `after`, so many.
pub(crate) fn admins(
    change: &mut Change<'_>,
    group: Id<Group>,
    capability: Capability,
    after: Option<Id<User>>,
    limit: usize,
) -> Result<Vec<Id<User>>, Error> {
    let now = change.now();
    let mut people = std::collections::BTreeSet::new();
    let standing = table::on_and_above(change, group, MOST_DELEGATIONS)?;
    let Some(group) = group::table::read(change, group)? else {
        return Ok(Vec::new());
    };
    for Standing { delegation, .. } in standing {
        if !rules::counting(&delegation, &group).has(capability) || !rules::counts(&delegation, now) {
            continue;
        }
        match delegation.subject {
            Subject::User(user) => {
                people.insert(user);
            }
            Subject::Group(of) => people.extend(table::people_of(change, of, after, limit)?),
        }
    }
    let after = people
        .into_iter()
        .filter(|user| after.is_none_or(|after| *user > after));
    Ok(after.take(limit).collect())
}

/// Whether a person owns a group by a delegation on it or above.
pub(crate) fn owns(change: &mut Change<'_>, group: Id<Group>, user: Id<User>) -> Result<bool, Error> {
    let now = change.now();
    let theirs = table::of_person_on(change, user, group)?;
    let mut owned = theirs.iter().filter(|one| rules::counts(one, now));
    Ok(owned.any(|one| one.capabilities.is_owner()))
}

impl Directory {
    /// What a principal may do on a group that was read.
    pub(crate) async fn reach_on(&self, principal: &Principal, group: &Group) -> Result<Reach, Error> {
        let realm = self.realm_by_id(principal.realm).await?;
        if !access::group_matches(self.schemas(), principal, &realm, group) {
            return Err(Refusal::NotFound { what: "group" }.into());
        }
        let theirs = match who_delegates_to(principal) {
            Some(user) => table::of_person_on_group(self.db(), principal.realm, user, group.id).await?,
            None => Vec::new(),
        };
        Ok(rules::reach(principal, group, &theirs, self.now().await?))
    }

    /// A group that the principal administers, with whatever capability: not found before not permitted.
    ///
    /// # Errors
    /// `NotFound`, `not_permitted`, or the store failed.
    pub async fn administered(&self, principal: &Principal, id: Id<Group>) -> Result<(Group, Reach), Error> {
        principal.check(Permission::Manage)?;
        access::check_operation(principal, ResourceKind::Group, Operation::Read)?;
        let group = group::table::by_id(self.db(), principal.realm, id).await?;
        let group = group.ok_or(Refusal::NotFound { what: "group" })?;
        let reach = self.reach_on(principal, &group).await?;
        if !reach.is_any() {
            reach.check(Capability::MembersRead)?;
        }
        Ok((group, reach))
    }

    /// A group on which the principal has a capability: not found before not permitted.
    ///
    /// # Errors
    /// `NotFound`, `not_permitted`, or the store failed.
    pub async fn administered_with(
        &self,
        principal: &Principal,
        id: Id<Group>,
        capability: Capability,
    ) -> Result<(Group, Reach), Error> {
        let (group, reach) = self.administered(principal, id).await?;
        reach.check(capability)?;
        Ok((group, reach))
    }
}
