//! Ending memberships because the person has left or the group is gone. Few at once, many in slices by a job.

use std::collections::HashSet;

use db::Bound;
use serde_json::json;
use uuid::Uuid;

use super::user_events::{self, Farewell, GROUP_DELETED, USER_DELETED};
use super::{Status, events, table};
use crate::change::{Change, Command};
use crate::error::Error;
use crate::event::{Event, EventKind};
use crate::group::{self, Group};
use crate::id::Id;
use crate::job::{self, JobKind};
use crate::mail::Template;
use crate::notice;
use crate::principal::Permission;
use crate::realm::RealmId;
use crate::user::User;

/// So many are ended in the command itself; the rest by a job.
const AT_ONCE: usize = 200;
/// So many in each slice of the job.
const SLICE: usize = 500;

/// Ends the memberships of someone who has left.
pub(crate) fn end_all_of_user(change: &mut Change<'_>, user: Id<User>) -> Result<(), Error> {
    if end_some_of_user(change, user, AT_ONCE)? {
        let now = change.now();
        job::schedule(
            change,
            JobKind::EndMemberships,
            user.uuid(),
            &json!({ "of": "user" }),
            now,
        )?;
    }
    Ok(())
}

/// What [`end_all_of_user`] reads.
pub(crate) fn read_groups(realm: RealmId, user: Id<User>) -> Bound {
    table::read_groups(realm, user, AT_ONCE as i64)
}

/// Ends the memberships of a group that is gone, and its places in other groups.
pub(crate) fn end_all_of_group(
    change: &mut Change<'_>,
    group: Id<Group>,
    farewell: Option<&Farewell>,
) -> Result<(), Error> {
    table::lift_all_of_group(change, group)?;
    let limit = fewer_if_told(change, AT_ONCE, notice::AT_ONCE);
    if end_some_of_group(change, group, limit, farewell)? {
        let now = change.now();
        job::schedule(
            change,
            JobKind::EndMemberships,
            group.uuid(),
            &json!({ "of": "group", "farewell": farewell }),
            now,
        )?;
    }
    Ok(())
}

/// Whether the realm's people are told that a group is gone in which they were.
fn are_told(change: &Change<'_>) -> bool {
    notice::is_on(&change.realm().settings, Template::GroupDeletedMember)
}

/// So many are ended at a time, or fewer where each gets a mail.
fn fewer_if_told(change: &Change<'_>, usual: usize, told: usize) -> usize {
    if are_told(change) { told } else { usual }
}

/// Those of some people who are told as members that a group is gone.
pub(crate) fn told_of_deletion(
    change: &mut Change<'_>,
    group: &Group,
    people: &[Id<User>],
) -> Result<Vec<Id<User>>, Error> {
    if !group.managed || !are_told(change) {
        return Ok(Vec::new());
    }
    let users: Vec<Uuid> = people.iter().copied().map(Id::uuid).collect();
    let standings = table::standings(change, group.id, &users)?;
    let is_held = |id: &&Id<User>| {
        let status = standings.get(&id.uuid()).and_then(|standing| standing.status());
        status.is_some_and(Status::is_held)
    };
    Ok(people.iter().filter(is_held).copied().collect())
}

/// Returns whether there are more.
fn end_some_of_user(change: &mut Change<'_>, user: Id<User>, limit: usize) -> Result<bool, Error> {
    let there = table::groups_with_user(change, user, limit as i64)?;
    let groups: Vec<Uuid> = there.iter().map(|(group, _)| *group).collect();
    for group in &groups {
        group::table::hold_together(change, Id::new(*group))?;
    }
    let ids: Vec<Id<Group>> = groups.iter().copied().map(Id::new).collect();
    let managed = group::table::managed_among(change, &ids)?;
    let managed: HashSet<Id<Group>> = managed.into_iter().map(|(group, _)| group).collect();
    let mut ended = table::end_of_gone_user(change, user, &groups)?;
    let over: Vec<_> = ended.values().map(|one| one.id).collect();
    let mut left = Vec::with_capacity(ended.len());
    let mut held = Vec::new();
    for (group, was) in there {
        let Some(membership) = ended.remove(&group) else {
            continue;
        };
        let id = Id::new(group);
        let turn = (Some(was), Status::Ended);
        let removed = EventKind::MemberRemoved;
        let mut event = events::in_short(removed, &membership, (id, user.uuid()), USER_DELETED, turn);
        if managed.contains(&id) {
            event = event.within(id);
            // What had expired before is no news.
            held.extend(was.is_held().then_some((membership.id, id, was)));
        }
        change.record(event)?;
        left.extend((was == Status::Enabled).then_some(group));
    }
    user_events::record_departed(change, user, &held)?;
    table::told::forget_roles(change, &over)?;
    // Hot rows last, in the order of their ids.
    for group in left {
        group::table::touch_later(change, Id::new(group), -1)?;
    }
    Ok(groups.len() == limit)
}

/// Returns whether there are more.
fn end_some_of_group(
    change: &mut Change<'_>,
    group: Id<Group>,
    limit: usize,
    farewell: Option<&Farewell>,
) -> Result<bool, Error> {
    let there = table::users_in(change, group, limit as i64)?;
    let users: Vec<Uuid> = there.iter().map(|(user, _)| *user).collect();
    let mut ended = table::end_of_gone_group(change, group, &users)?;
    if let Some(farewell) = farewell {
        // What had expired before is no news.
        let held = there.iter().filter(|(_, status)| status.is_held());
        let held = held.filter_map(|(user, was)| Some((ended.get(user)?.id, Id::new(*user), *was)));
        let held: Vec<_> = held.collect();
        user_events::record_gone(change, group, farewell, &held)?;
        let all: Vec<_> = ended.values().map(|one| one.id).collect();
        table::told::forget_roles(change, &all)?;
        for (_, member, _) in &held {
            if let Some(notice) = farewell.notice(group, *member) {
                notice.tell(change)?;
            }
        }
    }
    for (user, was) in &there {
        let Some(membership) = ended.remove(user) else { continue };
        let turn = (Some(*was), Status::Ended);
        let removed = EventKind::MemberRemoved;
        let mut event = events::in_short(removed, &membership, (group, *user), GROUP_DELETED, turn);
        if farewell.is_some() {
            event = event.within(group);
        }
        change.record(event)?;
    }
    crate::entitlement::of_people(change, &users)?;
    let children = table::child_groups(change, group, limit as i64)?;
    for child in &children {
        if table::remove_group(change, group, Id::new(*child))? {
            no_longer_a_member(change, group.uuid(), *child, 0)?;
        }
    }
    let parents = table::parent_groups(change, group, limit as i64)?;
    let mut left = Vec::with_capacity(parents.len());
    for parent in &parents {
        if table::remove_group(change, Id::new(*parent), group)? {
            left.push(*parent);
        }
    }
    for parent in left {
        let version = group::table::touch_if_there(change, Id::new(parent), 0)?.unwrap_or_default();
        no_longer_a_member(change, parent, group.uuid(), version)?;
    }
    Ok([users.len(), children.len(), parents.len()].contains(&limit))
}

fn no_longer_a_member(change: &mut Change<'_>, group: Uuid, member: Uuid, version: i64) -> Result<(), Error> {
    let body = json!({ "member": member.to_string() });
    change.record(Event::new(EventKind::GroupMemberRemoved, group, version, body))?;
    Ok(())
}

/// One slice of the job.
#[derive(Clone, Debug)]
pub struct EndMemberships {
    /// The person or group that is gone.
    pub subject: Uuid,
    /// Whether it is a group.
    pub of_group: bool,
    /// What is said of the group in the history of its people, where somebody managed it.
    pub(crate) farewell: Option<Farewell>,
}

impl Command for EndMemberships {
    type Output = bool;

    fn needs(&self) -> Permission {
        Permission::System
    }

    fn run(&self, change: &mut Change<'_>) -> Result<bool, Error> {
        if self.of_group {
            let limit = fewer_if_told(change, SLICE, notice::SLICE);
            end_some_of_group(change, Id::new(self.subject), limit, self.farewell.as_ref())
        } else {
            end_some_of_user(change, Id::new(self.subject), SLICE)
        }
    }
}
