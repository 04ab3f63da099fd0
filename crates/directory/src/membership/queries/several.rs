//! Memberships of several groups, with what lists show of them.

use std::collections::{BTreeMap, HashMap};

use db::Db;

use super::super::Membership;
use super::super::table::{listed as table, mine, roles};
use super::Listed;
use crate::error::Error;
use crate::group::{self, Group};
use crate::id::Id;
use crate::realm::RealmId;
use crate::user::User;

/// These people's memberships of these groups, whatever became of them, by their ids. Those of groups that are gone are left out.
pub(crate) async fn of_people(
    db: &Db,
    realm: RealmId,
    by_group: &BTreeMap<Id<Group>, Vec<Id<User>>>,
) -> Result<HashMap<Id<Membership>, Listed>, Error> {
    let mut memberships: Vec<Membership> = Vec::new();
    for (group, people) in by_group {
        memberships.append(&mut table::of_people(db, realm, *group, people).await?);
    }
    let groups: Vec<Id<Group>> = by_group.keys().copied().collect();
    let one_group = match groups.as_slice() {
        [one] => Some(*one),
        _ => None,
    };
    let ids: Vec<Id<Membership>> = memberships.iter().map(|one| one.id).collect();
    let mut held: HashMap<Id<Membership>, Vec<String>> = HashMap::new();
    for (membership, name) in roles::of_many(db, realm, one_group, &ids).await? {
        held.entry(membership).or_default().push(name);
    }
    let above = mine::names_above(db, realm, &groups).await?;
    let groups = group::table::by_ids(db, realm, &groups).await?;
    let groups: HashMap<Id<Group>, Group> = groups.into_iter().map(|group| (group.id, group)).collect();
    let listed = |membership: Membership| {
        let mut roles = held.remove(&membership.id).unwrap_or_default();
        roles.sort_unstable();
        let group = groups.get(&membership.group)?.clone();
        Some((
            membership.id,
            Listed {
                above: above.get(&group.id).cloned().unwrap_or_default(),
                roles,
                membership,
                group,
            },
        ))
    };
    Ok(memberships.into_iter().filter_map(listed).collect())
}
