//! The roles that members have in a group: given together with a membership, or one by one. Whoever changes them holds the
//! person, and names roles that are held until the end of the change.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::Membership;
use super::portfolio::Held;
use super::table::{roles, told};
use crate::change::Change;
use crate::denial::Denial;
use crate::entitlement;
use crate::error::Error;
use crate::event::{Event, EventKind};
use crate::group::{self, Group, GroupRole};
use crate::id::Id;
use crate::user::User;

/// Whose roles they are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Holder {
    pub(crate) membership: Id<Membership>,
    pub(crate) group: Id<Group>,
    pub(crate) user: Id<User>,
}

impl Holder {
    pub(crate) fn of(membership: &Membership) -> Self {
        Self {
            membership: membership.id,
            group: membership.group,
            user: membership.user,
        }
    }
}

/// The roles of a group by their names, each once. They stay until the end of the change.
///
/// # Errors
/// `role_unknown`, or the store failed.
pub(crate) fn named(change: &mut Change<'_>, group: Id<Group>, names: &[String]) -> Result<Vec<GroupRole>, Error> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let all = group::roles::table::of_group(change, group)?;
    let mut wanted: Vec<(uuid::Uuid, String)> = Vec::with_capacity(names.len());
    for name in names {
        let role = all.iter().find(|role| role.name == *name);
        let role = role.ok_or_else(|| Denial::RoleUnknown { role: name.clone() })?;
        wanted.push((role.id.uuid(), name.clone()));
    }
    wanted.sort_unstable();
    wanted.dedup();
    held_still(change, group, &wanted)
}

/// Roles of a group by their ids, which somebody asked for by those names. They stay until the end of the change.
///
/// # Errors
/// `role_unknown`: one was deleted. Or the store failed.
pub(crate) fn held_still(
    change: &mut Change<'_>,
    group: Id<Group>,
    wanted: &[(uuid::Uuid, String)],
) -> Result<Vec<GroupRole>, Error> {
    let ids: Vec<uuid::Uuid> = wanted.iter().map(|(id, _)| *id).collect();
    let held = roles::hold(change, group, &ids)?;
    let gone = wanted
        .iter()
        .find(|(id, _)| held.iter().all(|role| role.id.uuid() != *id));
    match gone {
        Some((_, name)) => Err(Denial::RoleUnknown { role: name.clone() }.into()),
        None => Ok(held),
    }
}

/// The roles somebody has by a membership; one that is given now has none, whatever it had when it ended.
pub(crate) fn of_held(change: &mut Change<'_>, held: &Held, holder: Holder) -> Result<Vec<GroupRole>, Error> {
    match held.portfolio.find(holder.group) {
        Some(index) if !held.portfolio.live[index].status.is_over() => {
            roles::held(change, holder.group, holder.membership)
        }
        Some(_) | None => Ok(Vec::new()),
    }
}

/// Gives a membership these roles in place of those it had. Before the membership itself is written: what is told of it then, and
/// what its owner is entitled to, has them.
pub(crate) fn write(
    change: &mut Change<'_>,
    held: &mut Held,
    holder: Holder,
    before: &[GroupRole],
    after: &[GroupRole],
) -> Result<(), Error> {
    if names(before) == names(after) {
        return Ok(());
    }
    held.replaced.insert(holder.group, names(before));
    roles::replace(change, holder.membership, after)
}

/// What the roles of some memberships of a group are called.
pub(crate) fn names_of(
    change: &mut Change<'_>,
    group: Id<Group>,
    memberships: &[Id<Membership>],
) -> Result<HashMap<Id<Membership>, Vec<String>>, Error> {
    let mut names = HashMap::with_capacity(memberships.len());
    told::roles(change, group, memberships, &mut names)?;
    Ok(names)
}

/// The fact that a membership has other roles. After the membership itself is written, whose version it raises once more;
/// nothing happens where they are the same.
pub(crate) fn tell(
    change: &mut Change<'_>,
    holder: Holder,
    before: &[GroupRole],
    after: &[GroupRole],
) -> Result<bool, Error> {
    let has = |list: &[GroupRole], role: &GroupRole| list.iter().any(|other| other.id == role.id);
    let less = |list: &[GroupRole], others: &[GroupRole]| -> Value {
        let left = list.iter().filter(|role| !has(others, role));
        left.map(|role| role.id.to_string()).collect()
    };
    let (removed, added) = (less(before, after), less(after, before));
    if removed == json!([]) && added == json!([]) {
        return Ok(false);
    }
    let version = roles::raise(change, holder.group, holder.user)?;
    let body = json!({
        "group": holder.group.to_string(),
        "user": holder.user.to_string(),
        "before": names(before),
        "after": names(after),
        "removed": removed,
        "added": added,
    });
    let event = Event::new(EventKind::MemberRolesChanged, holder.membership.uuid(), version, body);
    change.record(event.within(holder.group))?;
    entitlement::of_people(change, &[holder.user.uuid()])?;
    Ok(true)
}

/// The names of roles, in their order.
pub(crate) fn names(roles: &[GroupRole]) -> Vec<String> {
    let mut names: Vec<String> = roles.iter().map(|role| role.name.clone()).collect();
    names.sort_unstable();
    names
}
