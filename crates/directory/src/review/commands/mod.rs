//! What people do about a review: begin, decide, close, cancel. And what follows where its group or a person is gone.

mod begin;
mod close;
mod decide;

pub use begin::BeginReview;
pub use close::{CancelReview, CloseReview};
pub use decide::DecideItem;

use serde_json::json;

use super::table::{self, items, parts};
use super::{CancelCause, Review, ReviewState};
use crate::change::Change;
use crate::delegation::{Capability, reach};
use crate::enrollment::check_policy;
use crate::error::{Error, Refusal};
use crate::event::EventKind;
use crate::group::Group;
use crate::id::Id;
use crate::job::{self, JobKind};
use crate::user::User;
use crate::view::IfMatch;

const NOT_FOUND: Refusal = Refusal::NotFound { what: "review" };

/// A group is reviewed by at most so many open reviews.
const MOST_OPEN: i64 = 10;

/// A review that whoever acts may close or cancel, as whoever may begin it may, in a version they accept; locked.
fn load(change: &mut Change<'_>, id: Id<Review>, if_match: &IfMatch) -> Result<Review, Error> {
    check_policy(change.principal())?;
    let review = table::lock(change, id)?.ok_or(NOT_FOUND)?;
    let (_, reach) = reach::load_group(change, review.group, Capability::MembersWrite)?;
    if review.below {
        reach.check_below(Capability::MembersWrite)?;
    }
    if !if_match.allows(review.version) {
        return Err(Refusal::Changed.into());
    }
    Ok(review)
}

/// Has its job look at a review now.
fn look_now(change: &mut Change<'_>, id: Id<Review>) -> Result<(), Error> {
    let now = change.now();
    job::schedule_quietly(change, JobKind::ReviewDuties, id.uuid(), &json!({}), now)
}

/// Cancels a review that is locked and not over. Its job is the caller's.
pub(super) fn cancel(change: &mut Change<'_>, review: &mut Review, cause: CancelCause) -> Result<(), Error> {
    let before = std::mem::replace(&mut review.state, ReviewState::Cancelled);
    review.cause = Some(cause);
    review.ended_at = Some(change.now());
    table::update(change, review)?;
    let event = review.turned(EventKind::ReviewCancelled, before);
    change.record(event.with("cause", cause.name().into()))?;
    forget_later(change, review)
}

/// Forgets a review that is over one day, as requests are forgotten.
pub(super) fn forget_later(change: &mut Change<'_>, review: &Review) -> Result<(), Error> {
    let due = kept_until(change, review);
    job::schedule_quietly(change, JobKind::PurgeReview, review.id.uuid(), &json!({}), due)
}

/// Until when a review that is over is kept.
pub(super) fn kept_until(change: &Change<'_>, review: &Review) -> crate::clock::Timestamp {
    let days = change.realm().settings.agm.request_retention_days();
    review
        .ended_at
        .unwrap_or(review.modified)
        .plus_seconds(i64::from(days) * 86_400)
}

/// The reviews of a group that is deleted come to nothing: their job sees to that.
pub(crate) fn end_of_group(change: &mut Change<'_>, group: Id<Group>) -> Result<(), Error> {
    for review in table::open_of_group(change, group, MOST_OPEN)? {
        look_now(change, review)?;
    }
    Ok(())
}

/// Forgets what was said of a person who is erased, and that they were told.
pub(crate) fn erase_of_user(change: &mut Change<'_>, user: Id<User>) -> Result<(), Error> {
    items::forget_comments(change, user)?;
    parts::forget_user(change, user)
}
