//! What jobs do about memberships.

use serde_json::{Value, json};
use uuid::Uuid;

use super::portfolio::{Cause, Duties, Held, rules};
use super::{EndMemberships, listed, table};
use crate::change::{Change, Command};
use crate::error::Error;
use crate::group::{self, Group};
use crate::id::Id;
use crate::job::{self, Job, Next};

/// A slice of the memberships of a person who has left, or of a group that is gone.
pub(crate) fn end_memberships(change: &mut Change<'_>, job: &Job) -> Result<Next, Error> {
    let slice = EndMemberships {
        subject: job.subject,
        of_group: job.payload.get("of").and_then(Value::as_str) == Some("group"),
    };
    let more = slice.run(change)?;
    Ok(if more { Next::Again(change.now()) } else { Next::Done })
}

/// What is due for a person's memberships.
pub(crate) fn person_duties(change: &mut Change<'_>, job: &Job) -> Result<Next, Error> {
    let Some(held) = Held::of(change, job.subject(), &[])? else {
        return Ok(Next::Done);
    };
    let now = change.now();
    let moves = rules::due(&held.portfolio, &held.figures, now);
    let mut after = held.portfolio.clone();
    for step in &moves {
        rules::apply(&mut after, step, now);
    }
    let due = held.commit(change, after, &moves, Cause::Time, Duties::Mine)?;
    Ok(due.map_or(Next::Done, Next::Again))
}

/// A slice of the people of a group and all below it, or of the realm: status and effective end anew.
pub(crate) fn recalculate_effective(_: &mut Change<'_>, job: &Job) -> Result<Next, Error> {
    Err(job.unknown_here())
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
    if group::table::lock(change, group)?.is_some() {
        table::listed::heal_number(change, group)?;
    }
    Ok(Next::Done)
}
