//! Changing a group's members: rows come and go, the list is never loaded.
//!
//! `named` reads whom operations name, `path` says how much bears on them, `held` writes where more than the group does, and
//! [`MemberChanges`] is what it came to.

mod changes;
mod held;
mod named;
mod path;

pub(crate) use changes::MemberChanges;
pub(crate) use named::foreseen;
pub(crate) use path::{Hold, Path, hold_people};

use std::collections::{BTreeSet, HashSet};

use scim::filter::Resolved;
use scim::patch::DeferredOp;
use serde_json::{Map, Value};
use uuid::Uuid;

use self::named::{is_single, member_ref, resolve};
use super::MAX_MEMBER_CHANGES;
use super::events;
use super::reach::Reach;
use super::table::{self, Grant, Standing};
use crate::change::Change;
use crate::denial::Denial;
use crate::error::{Error, Refusal};
use crate::event::EventKind;
use crate::group::{self, Group, privileged};
use crate::id::Id;

/// So many members are added without a look at how they stand; with more, one look at all of them is cheaper.
const WITHOUT_LOOKING: usize = 4;
const SLICE: i64 = 1000;

/// Operations on the members of one group, and what they have come to.
struct Work<'a> {
    group: &'a Group,
    path: &'a Path,
    reach: Reach,
    done: MemberChanges,
}

/// Applies operations on `members` in order, on the path that was found for them. The group's own row is not touched, unless
/// there is nothing else to write and people are held: then it is raised among the others that are.
pub(crate) fn apply(
    change: &mut Change<'_>,
    group: &Group,
    path: &Path,
    operations: &[DeferredOp],
    lists: Grant,
    and_nothing_else: bool,
) -> Result<MemberChanges, Error> {
    let mut work = Work {
        group,
        path,
        reach: Reach::of(change.principal()),
        done: MemberChanges {
            is_single: and_nothing_else && path.is_plain() && is_single(operations),
            ..MemberChanges::default()
        },
    };
    for operation in operations {
        match operation {
            DeferredOp::Add(values) => {
                add(change, &mut work, values, Grant::New)?;
            }
            DeferredOp::Replace(values) => {
                let keep = add(change, &mut work, values, lists)?;
                remove_others(change, &mut work, &keep)?;
            }
            DeferredOp::RemoveAll => remove_others(change, &mut work, &BTreeSet::new())?,
            DeferredOp::RemoveValues(names) => {
                let mut ids = Vec::with_capacity(names.len());
                for name in names {
                    ids.extend(resolve(change, name)?);
                }
                remove(change, &mut work, ids)?;
            }
            DeferredOp::RemoveWhere(filter) => {
                let matched = matching(change, group, filter)?;
                remove(change, &mut work, matched)?;
            }
        }
    }
    let refuses = change
        .principal()
        .client()
        .is_some_and(|client| client.profile.refuses_unknown_members());
    if refuses && !work.done.left_out.is_empty() {
        let names = work.done.left_out.join(", ");
        let why = if work.reach.wants_managed() {
            format!("nobody whom SCIM manages: {names}")
        } else {
            format!("no such member: {names}")
        };
        return Err(Refusal::invalid("members", why).into());
    }
    held::touch(change, &mut work, and_nothing_else)?;
    Ok(work.done)
}

/// Adds what can be added; answers with all that are members now.
fn add(change: &mut Change<'_>, work: &mut Work<'_>, values: &[Value], grant: Grant) -> Result<BTreeSet<Uuid>, Error> {
    let Work {
        group,
        path,
        reach,
        done,
    } = work;
    done.spend(values.len())?;
    let mut wanted = BTreeSet::new();
    for value in values {
        let name = member_ref(value).unwrap_or_default();
        match resolve(change, &name)? {
            Some(id) => {
                wanted.insert(id);
            }
            None => done.left_out.push(name),
        }
    }
    // In the order of ids, so that two callers with the same members never wait for each other in a circle.
    let list: Vec<Uuid> = wanted.into_iter().collect();
    let (users, groups) = table::kinds(change, &list, reach.sight())?;
    if !path.is_plain() {
        held::settle(change, &users)?;
    }
    let is_privileged = group.management.privileged.is_some();
    let known = if users.len() > WITHOUT_LOOKING || is_privileged {
        Some(table::standings(change, group.id, &users)?)
    } else {
        None
    };
    let mut taken = BTreeSet::new();
    let mut fresh = Vec::new();
    for id in list {
        let admitted = if users.binary_search(&id).is_ok() {
            let standing = known.as_ref().and_then(|known| known.get(&id));
            let may_be = reach.user(change, Id::new(id))?
                && (reach.admits(change, Id::new(id))? || is_member(change, group, id, standing)?);
            match standing {
                Some(Standing::Enabled) => may_be,
                Some(standing) if !standing.admits(grant) => false,
                Some(_) | None if may_be => {
                    fresh.push(id);
                    continue;
                }
                Some(_) | None => false,
            }
        } else if groups.binary_search(&id).is_ok() && reach.group(change, Id::new(id))? {
            if table::add_group(change, group.id, Id::new(id))? {
                privileged::check_raising(change.principal(), group)?;
                if group.managed {
                    return Err(Denial::NoGroupsAsMembers.into());
                }
                done.nested.push((EventKind::GroupMemberAdded, id));
                done.changed = true;
            }
            true
        } else {
            false
        };
        if admitted {
            taken.insert(id);
        } else {
            done.left_out.push(id.to_string());
        }
    }
    for id in &fresh {
        privileged::check_admission(change.principal(), work.group, Id::new(*id))?;
    }
    let added = match work.path {
        Path::Plain => add_users(change, work, &fresh, grant)?,
        Path::Portfolio(_) => held::add(change, work, &fresh, grant)?,
    };
    if grant == Grant::New && work.group.managed {
        held::keep(change, work, &users)?;
    }
    crate::entitlement::of_people(change, &fresh)?;
    for (id, admitted) in added {
        if admitted {
            taken.insert(id);
        } else {
            work.done.left_out.push(id.to_string());
        }
    }
    Ok(taken)
}

fn is_member(change: &mut Change<'_>, group: &Group, id: Uuid, known: Option<&Standing>) -> Result<bool, Error> {
    match known {
        Some(standing) => Ok(*standing == Standing::Enabled),
        None => Ok(table::standing(change, group.id, Id::new(id))? == Some(Standing::Enabled)),
    }
}

/// Adds people in few statements; whether each is a member now.
fn add_users(
    change: &mut Change<'_>,
    work: &mut Work<'_>,
    users: &[Uuid],
    grant: Grant,
) -> Result<Vec<(Uuid, bool)>, Error> {
    let Work { group, done, .. } = work;
    let mut added = match users {
        [user] if done.is_single => {
            let bound = group::table::touch_with(change, group.id, *user, 1);
            let mut ahead = || vec![done.touch.insert(bound.clone()).clone()];
            table::add(change, group.id, users, grant, Some(&mut ahead))?
        }
        _ => table::add(change, group.id, users, grant, None)?,
    };
    let mut here = Vec::with_capacity(users.len());
    for user in users {
        // Who was not added is a member already, or may not be revived.
        let is_member = match added.remove(user) {
            Some(membership) => {
                change.record(events::added(&membership, (group.id, *user)))?;
                done.changed = true;
                done.people += 1;
                true
            }
            None => table::standing(change, group.id, Id::new(*user))? == Some(Standing::Enabled),
        };
        here.push((*user, is_member));
    }
    Ok(here)
}

/// Removes members, whatever they are; removing what is not there is a success.
fn remove(change: &mut Change<'_>, work: &mut Work<'_>, mut ids: Vec<Uuid>) -> Result<(), Error> {
    let Work {
        group,
        path,
        reach,
        done,
    } = work;
    done.spend(ids.len())?;
    ids.sort_unstable();
    ids.dedup();
    let mut reached = Vec::with_capacity(ids.len());
    for id in ids {
        if reach.member(change, id)? {
            reached.push(id);
        }
    }
    if !path.is_plain() {
        held::settle(change, &reached)?;
    }
    let elevated = if group.managed {
        table::elevated_among(change, group.id, &reached)?
    } else {
        HashSet::new()
    };
    let mut ended = match reached.as_slice() {
        [member] if done.is_single => {
            let bound = group::table::touch_with(change, group.id, *member, -1);
            let mut ahead = || vec![done.touch.insert(bound.clone()).clone()];
            table::end_of_group(change, group.id, &reached, Some(&mut ahead))?
        }
        _ => table::end_of_group(change, group.id, &reached, None)?,
    };
    let people: Vec<Uuid> = ended.keys().copied().collect();
    if !work.path.is_plain() {
        held::removed(change, work, &ended, &elevated)?;
    }
    let Work { group, path, done, .. } = work;
    for id in reached {
        if let Some(membership) = ended.remove(&id) {
            if path.is_plain() {
                change.record(events::removed(&membership, (group.id, id)))?;
            }
            done.changed = true;
            done.people -= 1;
        } else if table::remove_group(change, group.id, Id::new(id))? {
            done.nested.push((EventKind::GroupMemberRemoved, id));
            done.changed = true;
        }
    }
    crate::entitlement::of_people(change, &people)
}

/// Removes every member that is not to be kept, a slice at a time, within the bound of one request. Members that the
/// caller cannot see stay.
fn remove_others(change: &mut Change<'_>, work: &mut Work<'_>, keep: &BTreeSet<Uuid>) -> Result<(), Error> {
    let group = work.group.id;
    let mut after = Uuid::nil();
    loop {
        let slice = table::seen_users_after(change, group, after, SLICE, work.reach.sight())?;
        let Some(last) = slice.last().copied() else { break };
        after = last;
        // Who came while the people were taken comes after this.
        let goes = |id: &Uuid| !keep.contains(id) && work.path.holds(*id);
        let go = slice.into_iter().filter(goes).collect();
        remove(change, work, go)?;
    }
    let nested = table::child_groups(change, group, MAX_MEMBER_CHANGES as i64)?;
    remove(
        change,
        work,
        nested.into_iter().filter(|id| !keep.contains(id)).collect(),
    )
}

/// Whom a filter means. `members[value eq "…"]` looks at nobody else; other filters look at the members one by one, within the
/// bound.
fn matching(change: &mut Change<'_>, group: &Group, filter: &Resolved) -> Result<Vec<Uuid>, Error> {
    if let Some(names) = filter.equal_values("value") {
        let mut ids = Vec::with_capacity(names.len());
        for name in &names {
            ids.extend(resolve(change, name)?);
        }
        return Ok(ids);
    }
    let matches = |id: Uuid, display: Option<String>, kind: &str| {
        let mut member = Map::new();
        member.insert("value".into(), id.to_string().into());
        member.insert("type".into(), kind.into());
        if let Some(display) = display {
            member.insert("display".into(), display.into());
        }
        filter.matches(&member)
    };
    let mut matched = Vec::new();
    let mut after = Uuid::nil();
    let mut seen = 0;
    loop {
        let slice = table::named_members_after(change, group.id, after, SLICE)?;
        let Some((last, _)) = slice.last() else { break };
        after = *last;
        seen += slice.len();
        if seen > MAX_MEMBER_CHANGES * 5 {
            return Err(Refusal::TooLarge {
                what: "members to look at",
                limit: MAX_MEMBER_CHANGES * 5,
            }
            .into());
        }
        matched.extend(
            slice
                .into_iter()
                .filter(|(id, display)| matches(*id, display.clone(), "User"))
                .map(|(id, _)| id),
        );
    }
    let nested = table::child_groups(change, group.id, MAX_MEMBER_CHANGES as i64)?;
    matched.extend(nested.into_iter().filter(|id| matches(*id, None, "Group")));
    Ok(matched)
}
