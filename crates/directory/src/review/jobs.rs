//! What time does to reviews.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::apply;
use super::commands::{cancel, forget_later, kept_until};
use super::snapshot::{self, Walk};
use super::table::{self, items, parts};
use super::tell::{self, Telling};
use super::{CancelCause, Decision, Review, ReviewState, rules};
use crate::change::Change;
use crate::error::Error;
use crate::event::EventKind;
use crate::group;
use crate::job::{self, Job, Next};
use crate::user::{self, Lifecycle};
use crate::zone::Zone;

/// So many items are forgotten in each slice.
const FORGOTTEN: i64 = 1_000;

/// How far the job of a review has come with what takes it several slices.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Progress {
    pub(super) walk: Walk,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) telling: Option<Telling>,
    /// Closing has done the items from there on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) done_from: Option<i64>,
}

impl Progress {
    pub(super) fn of(job: &Job) -> Self {
        serde_json::from_value(job.payload.clone()).unwrap_or_default()
    }

    /// The next slice is due at once.
    fn goes_on(&self, change: &mut Change<'_>, job: &Job) -> Result<Next, Error> {
        job::remember(change, job, &json!(self))?;
        Ok(Next::Again(change.now()))
    }
}

/// Does what is due for a review: writes down its items, tells those who decide, reminds them, closes it.
pub(crate) fn review_duties(change: &mut Change<'_>, job: &Job) -> Result<Next, Error> {
    let found = table::lock(change, job.subject())?.filter(|review| !review.state.is_over());
    let Some(mut review) = found else {
        return Ok(Next::Done);
    };
    if review.state.is_open() && group::table::read(change, review.group)?.is_none() {
        cancel(change, &mut review, CancelCause::GroupDeleted)?;
        return Ok(Next::Done);
    }
    let mut progress = Progress::of(job);
    match review.state {
        ReviewState::Starting => {
            let more = snapshot::slice(change, &mut review, &mut progress.walk)?;
            if more {
                table::keep(change, &mut review)?;
            } else {
                open(change, &mut review)?;
                progress.telling = Some(Telling::begun(change.now()));
            }
            progress.goes_on(change, job)
        }
        ReviewState::Open | ReviewState::Held => {
            if let Some(telling) = progress.telling.take() {
                progress.telling = tell::slice(change, &review, telling)?;
                return progress.goes_on(change, job);
            }
            wait(change, job, &mut review)
        }
        ReviewState::Closing => {
            progress.done_from = apply::done_slice(change, &review, progress.done_from)?;
            if progress.done_from.is_some() {
                return progress.goes_on(change, job);
            }
            closed(change, &mut review)?;
            Ok(Next::Done)
        }
        ReviewState::Closed | ReviewState::Cancelled => Ok(Next::Done),
    }
}

/// From now on it takes decisions.
fn open(change: &mut Change<'_>, review: &mut Review) -> Result<(), Error> {
    let before = std::mem::replace(&mut review.state, ReviewState::Open);
    // What would have been due before it began is needless.
    review.reminded = Some(change.now());
    table::update(change, review)?;
    let event = review.turned(EventKind::ReviewOpened, before);
    change.record(event.with("items", review.counts.items.into()))?;
    Ok(())
}

/// Reminds or closes, or waits until that is due.
fn wait(change: &mut Change<'_>, job: &Job, review: &mut Review) -> Result<Next, Error> {
    let now = change.now();
    if review.state == ReviewState::Held {
        let given_up = rules::given_up_at(review.ends_at);
        if now < given_up {
            return Ok(Next::Again(given_up));
        }
        cancel(change, review, CancelCause::NotClosed)?;
        return Ok(Next::Done);
    }
    if review.ends_at <= now {
        if let Some(why) = missed(change, review)?.or_else(|| rules::brake(review)) {
            hold(change, review, why)?;
            return Ok(Next::Again(rules::given_up_at(review.ends_at)));
        }
        begin_closing(change, review)?;
        return Progress::default().goes_on(change, job);
    }
    let settings = &change.realm().settings.agm;
    let days = settings.reminder_days(None);
    let settled = review.reminded.unwrap_or(now);
    let next = rules::next_reminder(review.ends_at, settled, &days, &Zone::of(change.realm()), now);
    match next {
        Some(due) if due <= now => {
            let before = review.reminded.replace(now);
            table::update(change, review)?;
            let event = review
                .fact(EventKind::ReviewReminded)
                .with("before", json!({ "reminded": before.map(|at| at.to_string()) }))
                .with("after", json!({ "reminded": now.to_string() }));
            change.record(event.with("to_decide", review.counts.to_decide.into()))?;
            let progress = Progress {
                telling: Some(Telling::reminder(now)),
                ..Progress::default()
            };
            progress.goes_on(change, job)
        }
        Some(due) => Ok(Next::Again(due)),
        None => Ok(Next::Again(review.ends_at)),
    }
}

/// Why nobody answers any more for what becomes of memberships about which nothing was decided.
fn missed(change: &mut Change<'_>, review: &Review) -> Result<Option<String>, Error> {
    if review.undecided == Decision::Keep || review.counts.to_decide == 0 {
        return Ok(None);
    }
    let Some(person) = review.begun_by_person() else {
        return Ok(None);
    };
    let is_there = user::table::read(change, person)?.is_some_and(|person| person.lifecycle == Lifecycle::Active);
    Ok((!is_there).then(|| "whoever began it has left or is suspended: somebody else has to close it".to_owned()))
}

/// Nothing is decided about it from now on: what was decided is done.
pub(super) fn begin_closing(change: &mut Change<'_>, review: &mut Review) -> Result<(), Error> {
    let before = std::mem::replace(&mut review.state, ReviewState::Closing);
    review.held = None;
    table::update(change, review)?;
    let counts = review.counts;
    let event = review.turned(EventKind::ReviewClosing, before);
    let event = event
        .with("undecided", review.undecided.name().into())
        .with("to_decide", counts.to_decide.into())
        .with("to_keep", counts.to_keep.into())
        .with("to_remove", counts.to_remove.into())
        .with("to_suspend", counts.to_suspend.into());
    change.record(event)?;
    Ok(())
}

fn hold(change: &mut Change<'_>, review: &mut Review, why: String) -> Result<(), Error> {
    let before = std::mem::replace(&mut review.state, ReviewState::Held);
    review.held = Some(why.clone());
    table::update(change, review)?;
    let event = review.turned(EventKind::ReviewHeld, before);
    change.record(event.with("why", why.into()))?;
    tell::of_holding(change, review)
}

fn closed(change: &mut Change<'_>, review: &mut Review) -> Result<(), Error> {
    let before = std::mem::replace(&mut review.state, ReviewState::Closed);
    review.ended_at = Some(change.now());
    table::update(change, review)?;
    let counts = review.counts;
    let event = review.turned(EventKind::ReviewClosed, before);
    let event = event
        .with("items", counts.items.into())
        .with("removed", counts.removed.into())
        .with("suspended", counts.suspended.into())
        .with("superseded", counts.superseded.into());
    change.record(event)?;
    forget_later(change, review)?;
    tell::of_closing(change, review)
}

/// Forgets a review that was over long ago, in slices.
pub(crate) fn purge_review(change: &mut Change<'_>, job: &Job) -> Result<Next, Error> {
    let found = table::lock(change, job.subject())?.filter(|review| review.state.is_over());
    let Some(review) = found else {
        return Ok(Next::Done);
    };
    let due = kept_until(change, &review);
    if change.now() < due {
        return Ok(Next::Again(due));
    }
    if let Some(last) = items::purge(change, review.id, FORGOTTEN)? {
        parts::purge(change, review.id, last)?;
        return Ok(Next::Again(change.now()));
    }
    parts::purge(change, review.id, i64::MAX)?;
    parts::forget_told(change, review.id)?;
    table::delete(change, review.id)?;
    Ok(Next::Done)
}
