//! Changing a group's members: rows come and go, the list is never loaded.

use std::collections::BTreeSet;

use db::Bound;
use scim::filter::Resolved;
use scim::patch::{DeferredOp, Op, Operation};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::MAX_MEMBER_CHANGES;
use super::reach::Reach;
use super::table::{self, Grant, Standing, Touched};
use crate::change::Change;
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::group::{self, Group};
use crate::id::Id;
use crate::user;

/// So many members are added without a look at how they stand; with more, one look at all of them is cheaper.
const WITHOUT_LOOKING: usize = 4;
const SLICE: i64 = 1000;

/// What member operations came to.
#[derive(Debug, Default)]
pub(crate) struct MemberChanges {
    /// Whether any row changed.
    pub(crate) changed: bool,
    /// How many more people are in the group.
    pub(crate) people: i64,
    /// Members that could not be taken, as they were written.
    pub(crate) left_out: Vec<String>,
    /// What became of groups that are members: facts about this group, to be recorded in its new version.
    nested: Vec<(EventKind, Uuid)>,
    /// Whether all there is to do is one person's membership, so that the group's version can be raised in the same breath.
    is_single: bool,
    /// How it was.
    touch: Option<Bound>,
    count: usize,
}

impl MemberChanges {
    fn spend(&mut self, changes: usize) -> Result<(), Refusal> {
        self.count += changes;
        if self.count > MAX_MEMBER_CHANGES {
            return Err(Refusal::TooLarge {
                what: "member changes",
                limit: MAX_MEMBER_CHANGES,
            });
        }
        Ok(())
    }

    /// The version to which the group was raised already, if it was.
    pub(crate) fn touched(&self, change: &mut Change<'_>) -> Result<Option<i64>, Error> {
        match &self.touch {
            Some(touch) => group::table::touched_with(change, touch),
            None => Ok(None),
        }
    }

    /// Records what is a fact about the group itself, once its version is known.
    pub(crate) fn record(&self, change: &mut Change<'_>, group: Id<Group>, version: i64) -> Result<(), Error> {
        for (kind, member) in &self.nested {
            change.record(Event::new(
                *kind,
                group.uuid(),
                version,
                json!({ "member": member.to_string() }),
            ))?;
        }
        if !self.left_out.is_empty() {
            let body = json!({ "left_out": self.left_out });
            change.record(Event::new(EventKind::MembersLeftOut, group.uuid(), version, body))?;
        }
        Ok(())
    }
}

/// The id a member value names: `value`, else the last segment of `$ref`.
fn member_ref(member: &Value) -> Option<String> {
    let text = |name: &str| member.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    match member {
        Value::String(id) => Some(id.clone()),
        _ => text("value").map(str::to_owned).or_else(|| {
            text("$ref")
                .and_then(|reference| reference.trim_end_matches('/').rsplit('/').next())
                .map(str::to_owned)
        }),
    }
}

/// Applies operations on `members` in order. The group's own row is not touched.
pub(crate) fn apply(
    change: &mut Change<'_>,
    group: &Group,
    operations: &[DeferredOp],
    lists: Grant,
    and_nothing_else: bool,
) -> Result<MemberChanges, Error> {
    let mut done = MemberChanges {
        is_single: and_nothing_else && is_single(operations),
        ..MemberChanges::default()
    };
    let reach = Reach::of(change.principal());
    for operation in operations {
        match operation {
            DeferredOp::Add(values) => {
                add(change, group, values, Grant::New, &reach, &mut done)?;
            }
            DeferredOp::Replace(values) => {
                let keep = add(change, group, values, lists, &reach, &mut done)?;
                remove_others(change, group, &keep, &reach, &mut done)?;
            }
            DeferredOp::RemoveAll => remove_others(change, group, &BTreeSet::new(), &reach, &mut done)?,
            DeferredOp::RemoveValues(names) => {
                let mut ids = Vec::with_capacity(names.len());
                for name in names {
                    ids.extend(resolve(change, name)?);
                }
                remove(change, group, ids, &reach, &mut done)?;
            }
            DeferredOp::RemoveWhere(filter) => remove_where(change, group, filter, &reach, &mut done)?,
        }
    }
    let refuses = change
        .principal()
        .client()
        .is_some_and(|client| client.profile.refuses_unknown_members());
    if refuses && !done.left_out.is_empty() {
        let names = done.left_out.join(", ");
        let why = if reach.wants_managed() {
            format!("nobody whom SCIM manages: {names}")
        } else {
            format!("no such member: {names}")
        };
        return Err(Refusal::invalid("members", why).into());
    }
    Ok(done)
}

fn is_single(operations: &[DeferredOp]) -> bool {
    match operations {
        [DeferredOp::Add(values)] => values.len() == 1,
        [DeferredOp::RemoveValues(names)] => names.len() == 1,
        [DeferredOp::RemoveWhere(filter)] => filter.equal_values("value").is_some_and(|names| names.len() == 1),
        _ => false,
    }
}

/// What will be read for operations that add one member, whom they name by id.
pub(crate) fn foreseen(change: &Change<'_>, operations: &[Operation]) -> Vec<Bound> {
    let [
        Operation {
            op: Op::Add,
            path: Some(path),
            value: Some(value),
        },
    ] = operations
    else {
        return Vec::new();
    };
    let member = match value {
        Value::Array(values) if values.len() == 1 => &values[0],
        other => other,
    };
    let id = member_ref(member).and_then(|name| Uuid::try_parse(&name).ok());
    match id.filter(|_| path.eq_ignore_ascii_case("members")) {
        Some(id) => vec![table::read_kind(
            change.realm_id(),
            id,
            Reach::of(change.principal()).sight(),
        )],
        None => Vec::new(),
    }
}

/// Adds what can be added; answers with all that are members now.
fn add(
    change: &mut Change<'_>,
    group: &Group,
    values: &[Value],
    grant: Grant,
    reach: &Reach,
    done: &mut MemberChanges,
) -> Result<BTreeSet<Uuid>, Error> {
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
    let known = if users.len() > WITHOUT_LOOKING {
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
    for (id, admitted) in add_users(change, group, &fresh, grant, done)? {
        if admitted {
            taken.insert(id);
        } else {
            done.left_out.push(id.to_string());
        }
    }
    Ok(taken)
}

/// Ids are ours; a profile that looks up by name may also write a userName.
fn resolve(change: &mut Change<'_>, name: &str) -> Result<Option<Uuid>, Error> {
    if let Ok(id) = Uuid::try_parse(name) {
        return Ok(Some(id));
    }
    let by_name = change
        .principal()
        .client()
        .is_some_and(|client| client.profile.looks_up_by_name());
    if by_name && !name.is_empty() && !name.contains('\0') {
        return Ok(user::table::read_named(change, name)?.map(|user| user.id.uuid()));
    }
    Ok(None)
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
    group: &Group,
    users: &[Uuid],
    grant: Grant,
    done: &mut MemberChanges,
) -> Result<Vec<(Uuid, bool)>, Error> {
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
                record(change, EventKind::MemberAdded, group.id.uuid(), *user, &membership)?;
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

/// Records that a membership came or went.
pub(super) fn record(
    change: &mut Change<'_>,
    kind: EventKind,
    group: Uuid,
    user: Uuid,
    membership: &Touched,
) -> Result<(), Error> {
    let body = json!({ "group": group.to_string(), "user": user.to_string() });
    change.record(Event::new(kind, membership.id.uuid(), membership.version, body))?;
    Ok(())
}

/// Removes members, whatever they are; removing what is not there is a success.
fn remove(
    change: &mut Change<'_>,
    group: &Group,
    mut ids: Vec<Uuid>,
    reach: &Reach,
    done: &mut MemberChanges,
) -> Result<(), Error> {
    done.spend(ids.len())?;
    ids.sort_unstable();
    ids.dedup();
    let mut reached = Vec::with_capacity(ids.len());
    for id in ids {
        if reach.member(change, id)? {
            reached.push(id);
        }
    }
    let mut ended = match reached.as_slice() {
        [member] if done.is_single => {
            let bound = group::table::touch_with(change, group.id, *member, -1);
            let mut ahead = || vec![done.touch.insert(bound.clone()).clone()];
            table::end_of_group(change, group.id, &reached, Some(&mut ahead))?
        }
        _ => table::end_of_group(change, group.id, &reached, None)?,
    };
    for id in reached {
        if let Some(membership) = ended.remove(&id) {
            record(change, EventKind::MemberRemoved, group.id.uuid(), id, &membership)?;
            done.changed = true;
            done.people -= 1;
        } else if table::remove_group(change, group.id, Id::new(id))? {
            done.nested.push((EventKind::GroupMemberRemoved, id));
            done.changed = true;
        }
    }
    Ok(())
}

/// Removes every member that is not to be kept, a slice at a time, within the bound of one request. Members that the
/// caller cannot see stay.
fn remove_others(
    change: &mut Change<'_>,
    group: &Group,
    keep: &BTreeSet<Uuid>,
    reach: &Reach,
    done: &mut MemberChanges,
) -> Result<(), Error> {
    let mut after = Uuid::nil();
    loop {
        let slice = table::seen_users_after(change, group.id, after, SLICE, reach.sight())?;
        let Some(last) = slice.last().copied() else { break };
        after = last;
        remove(
            change,
            group,
            slice.into_iter().filter(|id| !keep.contains(id)).collect(),
            reach,
            done,
        )?;
    }
    let nested = table::child_groups(change, group.id, MAX_MEMBER_CHANGES as i64)?;
    remove(
        change,
        group,
        nested.into_iter().filter(|id| !keep.contains(id)).collect(),
        reach,
        done,
    )
}

/// `members[value eq "…"]` touches just that row; other filters look at the members one by one, within the bound.
fn remove_where(
    change: &mut Change<'_>,
    group: &Group,
    filter: &Resolved,
    reach: &Reach,
    done: &mut MemberChanges,
) -> Result<(), Error> {
    if let Some(names) = filter.equal_values("value") {
        let mut ids = Vec::with_capacity(names.len());
        for name in &names {
            ids.extend(resolve(change, name)?);
        }
        return remove(change, group, ids, reach, done);
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
    remove(change, group, matched, reach, done)
}
