//! Who is told of a review: those who decide, when it begins and before it ends, and whoever began it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::table::parts;
use super::{Decision, Review};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::{Error, Refusal};
use crate::group::path;
use crate::id::Id;
use crate::mail::content::{Content, GroupRef, ReviewDue, ReviewHeld, ReviewOver, UndecidedThen};
use crate::notice::{self, Notice};
use crate::zone::Zone;

/// So many people are told in each slice.
const PEOPLE: usize = 50;
/// So many groups are looked at in each.
const GROUPS: i64 = 50;

/// Why those who decide are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    Begun,
    Reminder,
}

/// A round of telling those who decide, and how far it has come.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Telling {
    what: What,
    /// When it began: who was told in it is not told twice.
    round: Timestamp,
    /// The group whose administrators it is at, by the place of its items; those before were told.
    at: (i64, Uuid),
    /// The last one of them that was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<Uuid>,
}

impl Telling {
    fn of(what: What, round: Timestamp) -> Self {
        Self {
            what,
            round,
            at: (0, Uuid::nil()),
            after: None,
        }
    }

    /// That it has begun.
    pub(super) fn begun(now: Timestamp) -> Self {
        Self::of(What::Begun, now)
    }

    /// That items wait for a decision.
    pub(super) fn reminder(now: Timestamp) -> Self {
        Self::of(What::Reminder, now)
    }
}

/// Tells a slice of those who decide, each once, of the first group of theirs in which something is to be decided; what is left of
/// the round.
pub(super) fn slice(change: &mut Change<'_>, review: &Review, mut telling: Telling) -> Result<Option<Telling>, Error> {
    let place = (telling.at.0, Id::new(telling.at.1));
    let slice = parts::after(change, review.id, place, GROUPS)?;
    let mut left = PEOPLE;
    for part in &slice {
        let group = match path::shown(change, part.group) {
            Ok(group) if part.to_decide > 0 => group,
            // Gone, or done.
            Ok(_) | Err(Error::Refused(Refusal::NotFound { .. })) => {
                telling.at = (part.first, part.group.uuid());
                continue;
            }
            Err(failed) => return Err(failed),
        };
        let content = content(change, review, telling.what, group.clone())?;
        // Whoever begins a review knows of it.
        let except = review.begun_by_person().filter(|_| telling.what == What::Begun);
        let round = telling.round;
        let mut told = 0;
        let after = telling.after.map(Id::new);
        let after = notice::tell_deciders(change, &content, &group, (after, left), |change, id| {
            let is_new = Some(id) != except && parts::tell(change, review.id, id, round)?;
            told += usize::from(is_new);
            Ok(is_new)
        })?;
        telling.after = after.map(Id::uuid);
        left = left.saturating_sub(told.max(1));
        if after.is_some() || left == 0 {
            if after.is_none() {
                telling.at = (part.first, part.group.uuid());
            }
            return Ok(Some(telling));
        }
        telling.at = (part.first, part.group.uuid());
    }
    if slice.len() as i64 == GROUPS {
        return Ok(Some(telling));
    }
    // Whoever begins a review may be the only one who decides.
    let is_known = telling.what == What::Begun && review.begun_by_person().is_some();
    if !is_known && review.counts.to_decide > 0 && !parts::was_told(change, review.id, telling.round)? {
        let group = shown(change, review)?;
        let content = content(change, review, telling.what, group.clone())?;
        notice::tell_instead(change, &content, &group)?;
    }
    Ok(None)
}

fn content(change: &mut Change<'_>, review: &Review, what: What, group: GroupRef) -> Result<Content, Error> {
    let about = ReviewDue {
        group,
        review: review.name.clone(),
        reason: review.reason.clone(),
        of: shown(change, review)?.path,
        last_day: last_day(change, review),
        waiting: count(review.counts.to_decide),
        then: then(review),
    };
    Ok(match what {
        What::Begun => Content::ReviewBegun(about),
        What::Reminder => Content::ReviewReminder(about),
    })
}

fn then(review: &Review) -> UndecidedThen {
    match review.undecided {
        Decision::Keep => UndecidedThen::Keep,
        Decision::Remove => UndecidedThen::Remove,
        Decision::Suspend => UndecidedThen::Suspend,
    }
}

/// Whoever began it: what was done.
pub(super) fn of_closing(change: &mut Change<'_>, review: &Review) -> Result<(), Error> {
    let Some(to) = review.begun_by_person() else {
        return Ok(());
    };
    let counts = review.counts;
    let done = counts.removed + counts.suspended + counts.superseded;
    let about = ReviewOver {
        group: shown(change, review)?,
        review: review.name.clone(),
        kept: count(counts.items - done),
        removed: count(counts.removed),
        suspended: count(counts.suspended),
        superseded: count(counts.superseded),
        undecided: count(counts.to_decide),
    };
    Notice::ReviewClosed { to, about }.tell(change)
}

/// Whoever began it, else whoever is asked in the place of administrators: it waits to be closed.
pub(super) fn of_holding(change: &mut Change<'_>, review: &Review) -> Result<(), Error> {
    let about = ReviewHeld {
        group: shown(change, review)?,
        review: review.name.clone(),
        undecided: count(review.counts.to_decide),
        items: count(review.counts.items),
        then: then(review),
    };
    if let Some(to) = review.begun_by_person()
        && notice::reachable(change, to)?.is_some()
    {
        return Notice::ReviewHeld { to, about }.tell(change);
    }
    let group = about.group.clone();
    notice::tell_instead(change, &Content::ReviewHeld(about), &group)
}

/// The group of a review; one that is gone by where it stood.
fn shown(change: &mut Change<'_>, review: &Review) -> Result<GroupRef, Error> {
    match path::shown(change, review.group) {
        Ok(group) => Ok(group),
        Err(Error::Refused(_)) => Ok(GroupRef {
            id: review.group.uuid(),
            path: review.path.clone(),
        }),
        Err(failed) => Err(failed),
    }
}

fn last_day(change: &Change<'_>, review: &Review) -> Date {
    Zone::of(change.realm()).last_day(review.ends_at).into()
}

fn count(number: i64) -> u32 {
    u32::try_from(number).unwrap_or_default()
}
