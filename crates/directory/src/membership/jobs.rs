//! What jobs do about memberships.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::portfolio::{Cause, Duties, Held, each_of, rules};
use super::{EndMemberships, listed, table};
use crate::change::{Change, Command};
use crate::error::Error;
use crate::event::{Event, EventKind};
use crate::group::{self, Group};
use crate::id::Id;
use crate::job::{self, Job, Next};
use crate::realm;

/// So many people in each slice: what each has is read as a whole.
const PEOPLE: i64 = 50;

/// A slice of the memberships of a person who has left, or of a group that is gone.
pub(crate) fn end_memberships(change: &mut Change<'_>, job: &Job) -> Result<Next, Error> {
    let slice = EndMemberships {
        subject: job.subject,
        of_group: job.payload.get("of").and_then(Value::as_str) == Some("group"),
        farewell: job
            .payload
            .get("farewell")
            .and_then(|said| serde_json::from_value(said.clone()).ok()),
    };
    let more = slice.run(change)?;
    Ok(if more { Next::Again(change.now()) } else { Next::Done })
}

/// So many steps of one person's at once.
const STEPS: usize = 100;

/// What is due for a person's memberships; where that is much, a slice of it.
pub(crate) fn person_duties(change: &mut Change<'_>, job: &Job) -> Result<Next, Error> {
    let Some(held) = Held::of(change, job.subject(), &[])? else {
        return Ok(Next::Done);
    };
    let moves = rules::due_at_most(&held.portfolio, &held.figures, change.now(), STEPS);
    let due = held.pass(change, &moves, Duties::Mine)?;
    Ok(due.map_or(Next::Done, Next::Again))
}

/// How far working out anew has come. Nobody is left out who was there at the beginning; who comes later is as they should be.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Cursor {
    /// The group whose people it is at.
    group: Option<Uuid>,
    /// How far below the subject that is.
    depth: i64,
    /// The last person of it that was done; none = its number of people is to be counted first.
    person: Option<Uuid>,
}

/// A slice of the people of a group and all below it, or of the realm: status and effective end anew.
pub(crate) fn recalculate_effective(change: &mut Change<'_>, job: &Job) -> Result<Next, Error> {
    let mut cursor: Cursor = serde_json::from_value(job.payload.clone()).unwrap_or_default();
    let of_realm = job.subject.is_nil();
    if cursor.group.is_none() && !of_realm {
        cursor.group = Some(job.subject);
    }
    match (cursor.group, cursor.person) {
        (Some(group), None) => {
            group::table::count_anew(change, Id::new(group))?;
            cursor.person = Some(Uuid::nil());
        }
        (Some(group), Some(after)) => {
            let people = table::users_in_after(change, Id::new(group), after, PEOPLE)?;
            let now = change.now();
            each_of(change, &people, Cause::Recalculated, |_, after| {
                rules::settle(after, now)
            })?;
            cursor.person = people.last().copied();
        }
        (None, _) => {}
    }
    if cursor.person.is_none() {
        let at = cursor.group.unwrap_or_default();
        let next = if of_realm {
            group::table::next(change, at)?.map(|group| (group, 0))
        } else {
            group::tree::table::next_below(change, job.subject(), cursor.depth, at)?
        };
        let Some((group, depth)) = next else {
            return finished(change, job);
        };
        (cursor.group, cursor.depth) = (Some(group.uuid()), depth);
    }
    job::remember(change, job, &json!(cursor))?;
    Ok(Next::Again(change.now()))
}

/// Of a realm its end is told as its beginning was.
fn finished(change: &mut Change<'_>, job: &Job) -> Result<Next, Error> {
    if job.subject.is_nil() {
        let subject = realm::subject(change.realm_id().number());
        let body = json!({ "what": job.kind.name() });
        change.record(Event::new(EventKind::RecalculationFinished, subject, 0, body))?;
    }
    Ok(Next::Done)
}

/// So many members of a group get their key at once.
const SLICE: usize = 500;

/// A slice of the members of a group that is managed from now on: the key by which they are listed. At the end the group knows
/// how many people are in it, whatever an older version beside this one left out.
pub(crate) fn keep_listed(change: &mut Change<'_>, job: &Job) -> Result<Next, Error> {
    let group: Id<Group> = job.subject();
    let after = job.payload.get("after").and_then(|id| Id::parse(id.as_str()?));
    let after = after.unwrap_or(Id::new(Uuid::nil()));
    if let Some(last) = listed::keep_slice(change, group, after, SLICE)? {
        job::remember(change, job, &json!({ "after": last.to_string() }))?;
        return Ok(Next::Again(change.now()));
    }
    // In a run of its own: nobody's membership is held who may wait for the group.
    group::table::count_anew(change, group)?;
    Ok(Next::Done)
}
