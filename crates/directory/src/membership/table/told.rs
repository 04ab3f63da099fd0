//! What facts say of people, groups and roles: their names as they are now. Of many at once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use db::Value;
use serde_json::Map;
use uuid::Uuid;

use super::super::Membership;
use super::sizes::{MOST, in_list};
use crate::change::Change;
use crate::error::Error;
use crate::group::{self, Group, GroupPath};
use crate::id::Id;
use crate::lists::in_lists;
use crate::user::User;

const ROLES: &str = "SELECT h.membership, r.name FROM membership_roles h CROSS JOIN group_roles r
    WHERE h.realm = ?1 AND r.realm = h.realm AND r.group_id = ?2 AND r.id = h.role AND h.membership IN";
const ROLES_OF_PERSON: &str =
    "SELECT m.id, r.name FROM memberships m CROSS JOIN membership_roles h CROSS JOIN group_roles r
    WHERE m.realm = ?1 AND m.user_id = ?2 AND h.realm = m.realm AND h.membership = m.id
      AND r.realm = m.realm AND r.group_id = m.group_id AND r.id = h.role AND m.group_id IN";
const ROLE_IDS: &str = "SELECT h.membership, h.role FROM membership_roles h WHERE h.realm = ?1 AND h.membership IN";
const PEOPLE: &str = "SELECT u.id, u.version, u.document FROM users u WHERE u.realm = ?1 AND u.id IN";
const DEPARTED: &str = "SELECT d.id, d.version, d.document FROM departed_users d WHERE d.realm = ?1 AND d.id IN";
const NAMES: &str = "SELECT g.id, g.name FROM groups g WHERE g.realm = ?1 AND g.id IN";
const FORGET_ROLES: &str = "DELETE FROM membership_roles WHERE realm = ?1 AND membership IN";

/// A person as facts name them.
pub(in crate::membership) struct Person {
    pub(in crate::membership) version: i64,
    pub(in crate::membership) attributes: Map<String, serde_json::Value>,
}

/// Those of these people who are there.
pub(in crate::membership) fn people(
    change: &mut Change<'_>,
    wanted: &[Id<User>],
) -> Result<HashMap<Id<User>, Person>, Error> {
    let wanted: Vec<Uuid> = wanted.iter().map(|id| id.uuid()).collect();
    named(change, PEOPLE, &wanted)
}

/// Those of these people who have left, as they were, until they are erased.
pub(in crate::membership) fn departed(
    change: &mut Change<'_>,
    wanted: &BTreeSet<Id<User>>,
) -> Result<HashMap<Id<User>, Person>, Error> {
    let wanted: Vec<Uuid> = wanted.iter().map(|id| id.uuid()).collect();
    named(change, DEPARTED, &wanted)
}

fn named(change: &mut Change<'_>, sql: &'static str, wanted: &[Uuid]) -> Result<HashMap<Id<User>, Person>, Error> {
    let mut found = HashMap::with_capacity(wanted.len());
    for slice in wanted.chunks(MOST) {
        let (sql, params) = in_list(sql, "", change.realm_id(), slice);
        for mut row in change.query(&sql, &params)? {
            let (id, version, document): (_, _, String) = (row.take(0)?, row.take(1)?, row.take(2)?);
            let attributes = serde_json::from_str(&document).unwrap_or_default();
            found.insert(id, Person { version, attributes });
        }
    }
    Ok(found)
}

/// The names of the roles that memberships of one group have, in their order.
pub(in crate::membership) fn roles(
    change: &mut Change<'_>,
    group: Id<Group>,
    memberships: &[Id<Membership>],
    into: &mut HashMap<Id<Membership>, Vec<String>>,
) -> Result<(), Error> {
    let wanted: Vec<Value> = memberships.iter().map(Into::into).collect();
    for (sql, params) in in_lists(ROLES, &[change.realm_id().into(), group.into()], &wanted) {
        for mut row in change.query(&sql, &params)? {
            into.entry(row.take(0)?).or_default().push(row.take(1)?);
        }
    }
    for membership in memberships {
        if let Some(names) = into.get_mut(membership) {
            names.sort_unstable();
        }
    }
    Ok(())
}

/// The names of the roles that a person's memberships of these groups have, in their order; what has ended has them until
/// they are forgotten.
pub(in crate::membership) fn roles_of_person(
    change: &mut Change<'_>,
    user: Id<User>,
    groups: &[Id<Group>],
) -> Result<HashMap<Id<Membership>, Vec<String>>, Error> {
    let wanted: Vec<Value> = groups.iter().map(Into::into).collect();
    let mut roles: HashMap<Id<Membership>, Vec<String>> = HashMap::new();
    for (sql, params) in in_lists(ROLES_OF_PERSON, &[change.realm_id().into(), user.into()], &wanted) {
        for mut row in change.query(&sql, &params)? {
            roles.entry(row.take(0)?).or_default().push(row.take(1)?);
        }
    }
    for names in roles.values_mut() {
        names.sort_unstable();
    }
    Ok(roles)
}

/// The roles that memberships have of a group that is gone, by the names these had.
pub(in crate::membership) fn roles_of_gone(
    change: &mut Change<'_>,
    memberships: &[Id<Membership>],
    named: &BTreeMap<Uuid, String>,
) -> Result<HashMap<Id<Membership>, Vec<String>>, Error> {
    let wanted: Vec<Value> = memberships.iter().map(Into::into).collect();
    let mut roles: HashMap<Id<Membership>, Vec<String>> = HashMap::new();
    for (sql, params) in in_lists(ROLE_IDS, &[change.realm_id().into()], &wanted) {
        for mut row in change.query(&sql, &params)? {
            let (membership, role): (_, Uuid) = (row.take(0)?, row.take(1)?);
            roles.entry(membership).or_default().extend(named.get(&role).cloned());
        }
    }
    for names in roles.values_mut() {
        names.sort_unstable();
    }
    Ok(roles)
}

/// A membership that is over has no roles: whoever comes back gets none of the old ones.
pub(in crate::membership) fn forget_roles(
    change: &mut Change<'_>,
    memberships: &[Id<Membership>],
) -> Result<(), Error> {
    let wanted: Vec<Uuid> = memberships.iter().map(|id| id.uuid()).collect();
    for slice in wanted.chunks(MOST) {
        let (sql, params) = in_list(FORGET_ROLES, "", change.realm_id(), slice);
        change.execute(&sql, &params)?;
    }
    Ok(())
}

/// Where these groups stand; those that are gone are left out.
pub(in crate::membership) fn paths(
    change: &mut Change<'_>,
    groups: &[Id<Group>],
) -> Result<HashMap<Id<Group>, GroupPath>, Error> {
    let above = group::tree::table::above(change, groups)?;
    let mut all: Vec<Id<Group>> = groups.to_vec();
    all.extend(above.values().flatten());
    all.sort_unstable();
    all.dedup();
    let wanted: Vec<Value> = all.iter().map(Into::into).collect();
    let mut names: HashMap<Id<Group>, String> = HashMap::with_capacity(all.len());
    for (sql, params) in in_lists(NAMES, &[change.realm_id().into()], &wanted) {
        for mut row in change.query(&sql, &params)? {
            names.insert(row.take(0)?, row.take(1)?);
        }
    }
    let path = |group: &Id<Group>| {
        let above = above.get(group).map_or(&[][..], Vec::as_slice);
        let root_first = above.iter().rev().chain([group]);
        let names: Option<Vec<String>> = root_first.map(|id| names.get(id).cloned()).collect();
        Some((*group, GroupPath::of_names(names?)))
    };
    Ok(groups.iter().filter_map(path).collect())
}
