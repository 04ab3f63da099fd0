//! Members of a group on which more bears than itself: it is managed, or has groups above or below. Its people are held. Many
//! at once, in few statements: never a portfolio for each.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::json;
use uuid::Uuid;

use super::super::portfolio::{Cause, Duties, Effective, Held};
use super::super::table::{self, Grant, Row, Standing, Touched, told};
use super::super::user_events::{self, By, Entry, Turn};
use super::super::{Membership, Origin, Status};
use super::super::{events, listed};
use super::Work;
use crate::change::Change;
use crate::clock::Timestamp;
use crate::enrollment::request::{ArchiveCause, aside};
use crate::error::Error;
use crate::event::{Event, EventKind};
use crate::group::{self, Group, privileged};
use crate::id::Id;
use crate::job::{self, JobKind};
use crate::notice;
use crate::zone::Zone;

/// Does what is overdue for people who are held, before anything is decided about them: a job may not have come to it yet.
pub(super) fn settle(change: &mut Change<'_>, users: &[Uuid]) -> Result<(), Error> {
    for user in table::overdue_among(change, users)? {
        Held::settled(change, Id::new(user), &[])?;
    }
    Ok(())
}

/// Adds people who are held; whether each is a member now. Who is kept out here or above is left out.
pub(super) fn add(
    change: &mut Change<'_>,
    work: &mut Work<'_>,
    users: &[Uuid],
    grant: Grant,
) -> Result<Vec<(Uuid, bool)>, Error> {
    let group = work.group;
    let blocked = table::blocked_among(change, group.id, users)?;
    let free: Vec<Uuid> = users.iter().copied().filter(|user| !blocked.contains(user)).collect();
    let before = table::rows_of(change, group.id, &free)?;
    let above = if group.parent.is_some() {
        table::ends_above(change, group.id, &free)?
    } else {
        HashMap::new()
    };
    let given: Vec<(Uuid, Effective)> = free
        .iter()
        .map(|user| (*user, effective(before.get(user), above.get(user).copied())))
        .collect();
    let added = table::add_until(change, group.id, &given, grant)?;
    let mut had = HashMap::new();
    if group.managed {
        // What had expired is granted anew, and whoever grants it names no roles.
        let expired = |user: &&Uuid| before.get(user).is_some_and(|row| row.standing == Standing::Expired);
        let back: Vec<Id<Membership>> = free
            .iter()
            .filter(expired)
            .filter_map(|user| Some(added.get(user)?.id))
            .collect();
        told::roles(change, group.id, &back, &mut had)?;
        told::forget_roles(change, &back)?;
    }
    if group.managed {
        tell_joined(change, group, &before, &added)?;
    }
    let mut entries = Vec::new();
    for (user, effective) in &given {
        let Some(touched) = added.get(user) else { continue };
        let row = before.get(user);
        let kind = match row.map(|row| row.standing) {
            Some(Standing::Pending) => EventKind::MemberActivated,
            Some(Standing::Expired) => EventKind::MemberRestored,
            Some(Standing::Enabled | Standing::Suspended | Standing::Ended { .. } | Standing::Barred) | None => {
                EventKind::MemberAdded
            }
        };
        let after = json!({ "status": Status::Enabled.name(), "effective_at": effective.at.map(|at| at.to_string()) });
        let stood = row.and_then(|row| row.standing.status());
        let turn = (stood, Status::Enabled);
        let event = events::in_short(kind, touched, (group.id, *user), Cause::Given.name(), turn);
        record(change, group, event.with("after", after))?;
        if group.managed {
            let end = row
                .filter(|row| row.standing == Standing::Pending)
                .and_then(|row| row.expires_at);
            let was = row.and_then(|row| Some((row.standing.status()?, row.expires_at)));
            let turn = Turn::between(was.map(|(status, _)| status), Status::Enabled);
            let turn = turn.until(was.and_then(|(_, end)| end), end);
            let entry = entry(change, EventKind::GroupMembershipCreate, touched, group.id, *user);
            entries.push(Entry {
                last_day: end.map(|end| Zone::of(change.realm()).last_day(end)),
                turn: turn.had(had.remove(&touched.id)),
                ..entry
            });
        }
        // It ends one day, or ends others one day; or its terms do, which whoever waited has accepted.
        let has_waited = row.is_some_and(|row| row.standing == Standing::Pending);
        if effective.at.is_some() || has_waited {
            let now = change.now();
            job::schedule_quietly(change, JobKind::PersonDuties, *user, &json!({}), now)?;
        }
        work.done.changed = true;
        work.done.people += 1;
    }
    user_events::record(change, &entries)?;
    if group.managed {
        let mut added: Vec<Uuid> = added.keys().copied().collect();
        added.sort_unstable();
        listed::list_added(change, group.id, &added)?;
        aside::put_all_open_aside(change, group.id, &added, ArchiveCause::MemberAdded)?;
    }
    let is_member = |user: &Uuid| {
        let enabled = before.get(user).is_some_and(|row| row.standing == Standing::Enabled);
        added.contains_key(user) || enabled
    };
    Ok(users.iter().map(|user| (*user, is_member(user))).collect())
}

/// Those who are members now are told, with what stays of a membership that waited for its time.
fn tell_joined(
    change: &mut Change<'_>,
    group: &Group,
    before: &HashMap<Uuid, Row>,
    added: &HashMap<Uuid, Touched>,
) -> Result<(), Error> {
    let waiting = |user: &Uuid| before.get(user).filter(|row| row.standing == Standing::Pending);
    let mut users: Vec<(&Uuid, &Touched)> = added.iter().collect();
    users.sort_unstable_by_key(|(user, _)| **user);
    let waited = users.iter().filter(|(user, _)| waiting(user).is_some());
    let waited: Vec<Id<Membership>> = waited.map(|(_, touched)| touched.id).collect();
    let mut roles = HashMap::new();
    told::roles(change, group.id, &waited, &mut roles)?;
    let zone = Zone::of(change.realm());
    let joined = |(user, touched): (&Uuid, &Touched)| notice::Joined {
        user: *user,
        last_day: waiting(user)
            .and_then(|row| row.expires_at)
            .map(|end| zone.last_day(end).into()),
        roles: roles.remove(&touched.id).unwrap_or_default(),
    };
    let joined: Vec<notice::Joined> = users.into_iter().map(joined).collect();
    notice::tell_joined(change, group, &joined)
}

/// Whoever made themselves a member for some hours stays one, as a program names them.
pub(super) fn keep(change: &mut Change<'_>, work: &mut Work<'_>, users: &[Uuid]) -> Result<(), Error> {
    let group = work.group.id;
    let mut elevated: Vec<Uuid> = table::elevated_among(change, group, users)?.into_iter().collect();
    elevated.sort_unstable();
    for user in elevated {
        privileged::check_admission(change.principal(), work.group, Id::new(user))?;
        let Some(held) = Held::settled(change, Id::new(user), &[group])? else {
            continue;
        };
        let mut after = held.portfolio.clone();
        let Some(index) = after.find(group) else { continue };
        let live = &mut after.live[index];
        (live.origin, live.given_by) = Origin::of(change);
        (live.valid_from, live.expires_at) = (None, None);
        live.details.elevation = None;
        live.details.changed_by = Some(change.principal().label());
        let mut people = BTreeMap::new();
        held.store(change, after, &[], Cause::Changed, Duties::Scheduled, &mut people)?;
        work.done.changed = true;
    }
    Ok(())
}

/// The end that will count: of their own only that of a membership that waited for its time stays.
fn effective(before: Option<&Row>, above: Option<(Timestamp, Id<Group>)>) -> Effective {
    let waiting = before.filter(|row| row.standing == Standing::Pending);
    let own = waiting.and_then(|row| row.expires_at);
    match above {
        Some((at, group)) if own.is_none_or(|own| at < own) => Effective {
            at: Some(at),
            group: Some(group),
        },
        Some(_) | None => Effective { at: own, group: None },
    }
}

/// What follows when memberships of the group were ended: the facts, and the end of what these people hold below.
pub(super) fn removed(
    change: &mut Change<'_>,
    work: &mut Work<'_>,
    ended: &HashMap<Uuid, Touched>,
    elevated: &HashSet<Uuid>,
) -> Result<(), Error> {
    let group = work.group;
    let mut roots: Vec<(Uuid, &Touched)> = ended.iter().map(|(user, touched)| (*user, touched)).collect();
    roots.sort_unstable_by_key(|(user, _)| *user);
    let mut entries = Vec::new();
    let mut over = Vec::new();
    // What goes along, of each.
    let mut gone: HashMap<Uuid, Vec<Id<Group>>> = HashMap::new();
    for (user, touched) in &roots {
        let removed = EventKind::MemberRemoved;
        let turn = (Some(Status::Enabled), Status::Ended);
        let event = events::in_short(removed, touched, (group.id, *user), Cause::Removed.name(), turn);
        record(change, group, event)?;
        if group.managed {
            entries.push(entry(
                change,
                EventKind::GroupMembershipDelete,
                touched,
                group.id,
                *user,
            ));
            over.push(touched.id);
        }
    }
    if group.children > 0 && !roots.is_empty() {
        // What somebody was for some hours takes nothing along.
        let people = roots
            .iter()
            .map(|(user, _)| *user)
            .filter(|user| !elevated.contains(user));
        let people: Vec<Uuid> = people.collect();
        let mut below: BTreeMap<Id<Group>, Vec<(Uuid, Status)>> = BTreeMap::new();
        for row in table::held_below(change, group.id, &people)? {
            below.entry(row.group).or_default().push((row.user, row.status));
        }
        let groups: Vec<Id<Group>> = below.keys().copied().collect();
        let managed: HashSet<Id<Group>> = group::table::managed_among(change, &groups)?
            .into_iter()
            .map(|(group, _)| group)
            .collect();
        for (id, mut held) in below {
            held.sort_unstable();
            let users: Vec<Uuid> = held.iter().map(|(user, _)| *user).collect();
            let along = table::end_below(change, id, &users)?;
            let mut people = 0;
            for (user, was) in held {
                let (Some(touched), Some(root)) = (along.get(&user), ended.get(&user)) else {
                    continue;
                };
                people -= i64::from(was == Status::Enabled);
                let turn = (Some(was), Status::Ended);
                let event = events::in_short(EventKind::MemberRemoved, touched, (id, user), "cascade", turn);
                let event = event.with("root", root.id.to_string().into());
                if managed.contains(&id) {
                    change.record(event.within(id))?;
                    entries.push(Entry {
                        cause: "cascade",
                        root: Some(root.id),
                        turn: Turn::between(Some(was), Status::Ended),
                        ..entry(change, EventKind::GroupMembershipDelete, touched, id, user)
                    });
                    over.push(touched.id);
                    gone.entry(user).or_default().push(id);
                } else {
                    change.record(event)?;
                }
            }
            *work.done.others.entry(id).or_default() += people;
        }
    }
    user_events::record(change, &entries)?;
    told::forget_roles(change, &over)?;
    if group.managed {
        let users: Vec<Uuid> = roots.iter().map(|(user, _)| *user).collect();
        tell_removed(change, group, &users, &gone)?;
    }
    Ok(())
}

/// Those who were taken out are told, and what of groups below went along.
fn tell_removed(
    change: &mut Change<'_>,
    group: &Group,
    users: &[Uuid],
    gone: &HashMap<Uuid, Vec<Id<Group>>>,
) -> Result<(), Error> {
    let mut below: Vec<Id<Group>> = gone.values().flatten().copied().collect();
    below.sort_unstable();
    below.dedup();
    let paths = told::paths(change, &below)?;
    let removed = |user: &Uuid| {
        let along = gone.get(user).into_iter().flatten();
        let mut along: Vec<_> = along.filter_map(|group| paths.get(group)).collect();
        along.sort();
        notice::Removed {
            user: *user,
            below: along.into_iter().map(ToString::to_string).collect(),
        }
    };
    let removed: Vec<notice::Removed> = users.iter().map(removed).collect();
    notice::tell_removed(change, group, &removed)
}

/// Raises the groups whose members changed beside this one, in the order of their ids; and this one among them where nothing
/// else will.
pub(super) fn touch(change: &mut Change<'_>, work: &mut Work<'_>, this_too: bool) -> Result<(), Error> {
    if work.path.is_plain() || !work.done.changed {
        return Ok(());
    }
    let mut people = std::mem::take(&mut work.done.others);
    if this_too {
        people.insert(work.group.id, work.done.people);
    }
    for (id, more) in people {
        if this_too && id == work.group.id {
            work.done.version = Some(group::table::touch(change, id, more)?);
        } else {
            group::table::touch_later(change, id, more)?;
        }
    }
    Ok(())
}

fn record(change: &mut Change<'_>, group: &Group, event: Event) -> Result<(), Error> {
    let event = if group.managed { event.within(group.id) } else { event };
    change.record(event)?;
    Ok(())
}

/// Of somebody's membership that begins now or, enabled, ends now.
fn entry(change: &Change<'_>, kind: EventKind, touched: &Touched, group: Id<Group>, user: Uuid) -> Entry {
    let ends = kind == EventKind::GroupMembershipDelete;
    let (cause, turn) = if ends {
        (Cause::Removed, Turn::between(Some(Status::Enabled), Status::Ended))
    } else {
        (Cause::Given, Turn::between(None, Status::Enabled))
    };
    Entry {
        kind,
        membership: touched.id,
        group,
        user: Id::new(user),
        cause: cause.name(),
        root: None::<Id<Membership>>,
        last_day: ends.then(|| Zone::of(change.realm()).day(change.now())),
        by: By::Principal,
        turn,
    }
}
