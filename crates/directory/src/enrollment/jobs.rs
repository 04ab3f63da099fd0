//! What jobs do about requests and ways to join.

use serde_json::Value;

use super::commands::{described, patience, role_names};
use super::configuration::{self, Configuration};
use super::request::aside::{forget, put_aside, put_aside_by_its_job};
use super::request::rules::{Duty, next_duty};
use super::request::{ArchiveCause, Request, scopes, table, tell};
use crate::change::Change;
use crate::elevation;
use crate::error::Error;
use crate::event::{Event, EventKind};
use crate::group::{self, GroupRole, roles::Settling};
use crate::id::Id;
use crate::invitation;
use crate::job::{Job, Next};

/// So many requests in each slice.
const SLICE: i64 = 200;
/// Seconds between two runs of a daily job.
const DAY: i64 = 86_400;

/// Reminds of a request that nobody answers, or closes it.
pub(crate) fn request_duties(change: &mut Change<'_>, job: &Job) -> Result<Next, Error> {
    let open = table::lock(change, job.subject())?.filter(|request| request.status.is_open());
    let Some(before) = open else {
        return Ok(Next::Done);
    };
    if let Some(cause) = no_longer_offered(change, &before)? {
        put_aside_by_its_job(change, &before, cause)?;
        return Ok(Next::Done);
    }
    let (now, patience) = (change.now(), patience(change));
    let since = before.waits_since();
    let settled = before.said.reminded.map_or(since, |reminded| reminded.max(since));
    let (due, duty) = next_duty(since, settled, patience);
    if due > now {
        return Ok(Next::Again(due));
    }
    if duty == Duty::Close || next_duty(since, now, patience).0 <= now {
        put_aside_by_its_job(change, &before, ArchiveCause::Closed)?;
        return Ok(Next::Done);
    }
    let mut request = before.clone();
    request.said.reminded = Some(now);
    table::update(change, &before, &mut request)?;
    change.record(request.turned(EventKind::RequestReminded, &before))?;
    let closes = since.plus_seconds(i64::from(patience.close_days) * DAY);
    tell::of_waiting(change, &request, closes)?;
    Ok(Next::Again(next_duty(since, now, patience).0))
}

/// Why nobody can answer a request any more, where that is so.
fn no_longer_offered(change: &mut Change<'_>, request: &Request) -> Result<Option<ArchiveCause>, Error> {
    if let Some(configuration) = configuration::table::by_id(change, request.configuration)? {
        let outdated = request.is_outdated_by(&configuration);
        return Ok(outdated.then_some(ArchiveCause::ConfigurationChanged));
    }
    let is_there = group::table::read(change, request.group)?.is_some();
    Ok(Some(if is_there {
        ArchiveCause::ConfigurationRemoved
    } else {
        ArchiveCause::GroupDeleted
    }))
}

/// A slice of the requests of a realm that were decided long ago.
pub(crate) fn purge_requests(change: &mut Change<'_>, _: &Job) -> Result<Next, Error> {
    let now = change.now();
    let days = change.realm().settings.agm.request_retention_days();
    let before = now.plus_seconds(-i64::from(days) * DAY);
    let old = table::decided(change, before, SLICE)?;
    for id in &old {
        table::delete(change, *id)?;
    }
    let more = old.len() as i64 == SLICE;
    Ok(Next::Again(if more { now } else { now.plus_seconds(DAY) }))
}

/// A slice of the requests of a way to join that was changed or removed.
pub(crate) fn settle_configuration(change: &mut Change<'_>, job: &Job) -> Result<Next, Error> {
    let id = job.subject();
    let Some(configuration) = configuration::table::by_id(change, id)? else {
        return remove_slice(change, id);
    };
    let some = table::waiting_for_way(change, id, SLICE)?;
    let mut outdated = 0;
    for request in &some {
        let locked = table::lock(change, *request)?.filter(|request| request.status.is_open());
        if let Some(request) = locked.filter(|request| request.is_outdated_by(&configuration)) {
            put_aside(change, &request, ArchiveCause::ConfigurationChanged)?;
            outdated += 1;
        }
    }
    // The oldest come first. Behind a slice in which nothing is outdated there is only what was asked by the new version.
    Ok(slice(if outdated == 0 { 0 } else { some.len() }, change))
}

/// A slice of the requests of a way to join that is no more: who waits is told, then all of them are forgotten.
fn remove_slice(change: &mut Change<'_>, id: Id<Configuration>) -> Result<Next, Error> {
    let some = table::of_configuration(change, id, SLICE)?;
    let mut cause = ArchiveCause::ConfigurationRemoved;
    for request in &some {
        let Some(mut request) = table::lock(change, *request)? else {
            continue;
        };
        if request.status.is_open() {
            if group::table::read(change, request.group)?.is_none() {
                cause = ArchiveCause::GroupDeleted;
            }
            request = put_aside(change, &request, cause)?;
        }
        forget(change, &request)?;
    }
    let next = slice(some.len(), change);
    if next == Next::Done {
        configuration::table::forget(change, id)?;
    }
    Ok(next)
}

fn slice(done: usize, change: &Change<'_>) -> Next {
    if done as i64 == SLICE {
        Next::Again(change.now())
    } else {
        Next::Done
    }
}

/// A slice of the requests of a group that was moved, and of all below it.
pub(crate) fn requeue_requests(change: &mut Change<'_>, job: &Job) -> Result<Next, Error> {
    scopes::requeue_slice(change, job)
}

/// A slice of what hangs on a role that was removed: members hold it no longer, ways to join no longer offer it, and whoever
/// asked for it is told to ask anew.
pub(crate) fn settle_role(change: &mut Change<'_>, job: &Job) -> Result<Next, Error> {
    let named = |name: &str| Id::parse(job.payload.get(name)?.as_str()?);
    let role: Id<GroupRole> = job.subject();
    let Some(group) = named("group") else {
        return Ok(Next::Done);
    };
    let replacement = job.payload.get("replacement").and_then(|id| Id::parse(id.as_str()?));
    let name = job.payload.get("name").and_then(Value::as_str).unwrap_or_default();
    let settling = Settling {
        group,
        role,
        name: name.to_owned(),
        replacement,
    };
    if group::roles::settle(change, &settling)? {
        return Ok(Next::Again(change.now()));
    }
    if elevation::settle_role(change, &settling)? {
        return Ok(Next::Again(change.now()));
    }
    take_from_ways(change, &settling)?;
    let new = match replacement {
        Some(id) => group::roles::table::by_id(change, group, id)?,
        None => None,
    };
    invitation::offers::end_of_role(change, group, role, new.as_ref())?;
    let some = table::waiting_for_role(change, group, role.uuid(), SLICE)?;
    for request in &some {
        let locked = table::lock(change, *request)?.filter(|request| request.status.is_open());
        if let Some(request) = locked {
            put_aside(change, &request, ArchiveCause::RoleRemoved)?;
        }
    }
    Ok(slice(some.len(), change))
}

/// The ways to join a group no longer offer a role.
fn take_from_ways(change: &mut Change<'_>, settling: &Settling) -> Result<(), Error> {
    let role = settling.role.uuid();
    let all = group::roles::table::of_group(change, settling.group)?;
    for before in configuration::table::of_group(change, settling.group)? {
        if !before.contract.roles.contains(&role) {
            continue;
        }
        let mut way = before.clone();
        way.contract.roles.retain(|id| *id != role);
        let new = settling.replacement.map(Id::uuid);
        let new = new.filter(|new| !way.contract.roles.contains(new));
        way.contract.roles.extend(new);
        way.contract.roles.sort_unstable();
        configuration::table::update(change, &mut way)?;
        let named = |way: &Configuration, gone: Option<&str>| {
            let mut roles = role_names(&way.contract.roles, &all);
            roles.extend(gone.map(str::to_owned));
            roles.sort_unstable();
            described(way, &roles, None)
        };
        let event = Event::replaced(
            EventKind::ConfigurationChanged,
            way.id.uuid(),
            way.version,
            &named(&before, Some(&settling.name)),
            &named(&way, None),
        );
        let event = event
            .within(settling.group)
            .with("group", settling.group.to_string().into());
        change.record(event.with("role_removed", role.to_string().into()))?;
    }
    Ok(())
}
