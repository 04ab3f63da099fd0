//! In whose queues a request stands: its group's, that of every group above, and the realm's.

pub(crate) mod table;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use super::Request;
use crate::change::Change;
use crate::error::Error;
use crate::group::{Group, tree};
use crate::id::Id;
use crate::job::{self, Job, JobKind, Next};

/// The queue in which all requests of a realm stand. No group has this id.
pub(in crate::enrollment) const OF_REALM: Id<Group> = Id::new(Uuid::nil());

/// So many requests in each slice.
const SLICE: usize = 200;

/// The queues for a group's requests.
fn queues_of(change: &mut Change<'_>, group: Id<Group>) -> Result<Vec<Id<Group>>, Error> {
    let mut groups = tree::ancestors(change, group)?;
    groups.extend([group, OF_REALM]);
    Ok(groups)
}

/// Adds a request to its queues.
pub(super) fn queue(change: &mut Change<'_>, of: &Request) -> Result<(), Error> {
    let groups = queues_of(change, of.group)?;
    table::add(change, of, &groups)
}

/// Takes a request that is locked out of the queues in which it stood, and adds it to those in which it stands now.
pub(super) fn queue_anew(change: &mut Change<'_>, of: &Request) -> Result<(), Error> {
    table::remove(change, of.id)?;
    queue(change, of)
}

/// A group was moved: the requests for it, and for all below, come into the queues of those above it now. Until a job has seen
/// to that, whoever administered it before is shown none of them.
pub(crate) fn requeue(change: &mut Change<'_>, group: Id<Group>) -> Result<(), Error> {
    let (subject, now) = (group.uuid(), change.now());
    let payload = json!({ "group": group.to_string() });
    job::schedule(change, JobKind::RequeueRequests, subject, &payload, now)
}

/// A slice of the requests of a group that was moved, and of all below it. What follows is a job of its own.
pub(in crate::enrollment) fn requeue_slice(change: &mut Change<'_>, job: &Job) -> Result<Next, Error> {
    let text = |name: &str| job.payload.get(name).and_then(Value::as_str);
    let Some(group) = text("group").and_then(Id::<Group>::parse) else {
        return Ok(Next::Done);
    };
    // In its own queue all of them stand, wherever it was moved.
    let after = table::Place::parse(&job.payload);
    let slice = table::after(change, group, &after, SLICE)?;
    let last = slice.last().cloned();
    let more = slice.len() == SLICE;
    let mut ids: Vec<Id<Request>> = slice.into_iter().map(|place| place.request).collect();
    ids.sort_unstable();
    let mut known: BTreeMap<Id<Group>, Vec<Id<Group>>> = BTreeMap::new();
    for id in ids {
        let Some(request) = super::table::lock(change, id)? else {
            continue;
        };
        let queues = match known.get(&request.group) {
            Some(queues) => queues.clone(),
            None => queues_of(change, request.group)?,
        };
        table::remove(change, id)?;
        table::add(change, &request, &queues)?;
        known.insert(request.group, queues);
    }
    if let Some(last) = last.filter(|_| more) {
        let payload = last.after_in(group);
        let (subject, now) = (change.new_id::<Job>().uuid(), change.now());
        job::schedule_quietly(change, JobKind::RequeueRequests, subject, &payload, now)?;
    }
    Ok(Next::Done)
}
