//! Closing a review before its last day, or one that is held; and cancelling one.

use super::super::jobs::begin_closing;
use super::super::table::items;
use super::super::{CancelCause, Review, ReviewState, rules};
use super::{cancel, load, look_now};
use crate::change::{Change, Command};
use crate::denial::Denial;
use crate::error::Error;
use crate::id::Id;
use crate::job::{self, JobKind};
use crate::principal::Permission;
use crate::view::IfMatch;

/// Closes a review: what was decided is done by a job, item by item.
#[derive(Clone, Debug)]
pub struct CloseReview {
    /// Which one.
    pub id: Id<Review>,
    /// The versions the caller accepts.
    pub if_match: IfMatch,
    /// Although many would lose a membership about which nobody has decided.
    pub release: bool,
}

impl Command for CloseReview {
    type Output = Review;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Review, Error> {
        let mut review = load(change, self.id, &self.if_match)?;
        if !review.state.takes_decisions() {
            return Err(Denial::ReviewNotOpen.into());
        }
        if let Some(why) = rules::brake(&review).filter(|_| !self.release) {
            return Err(Denial::ReviewHeld { why }.into());
        }
        begin_closing(change, &mut review)?;
        look_now(change, review.id)?;
        Ok(review)
    }
}

/// Ends a review without doing anything.
#[derive(Clone, Debug)]
pub struct CancelReview {
    /// Which one.
    pub id: Id<Review>,
    /// The versions the caller accepts.
    pub if_match: IfMatch,
}

impl Command for CancelReview {
    type Output = Review;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Review, Error> {
        let mut review = load(change, self.id, &self.if_match)?;
        match review.state {
            ReviewState::Starting | ReviewState::Open | ReviewState::Held => {}
            // What has begun to happen is not taken back.
            ReviewState::Closing | ReviewState::Closed | ReviewState::Cancelled => {
                return Err(Denial::ReviewNotOpen.into());
            }
        }
        // Whose membership is to end or to be suspended does not have that undone.
        if let Some(person) = change.principal().user()
            && items::is_to_lose(change, review.id, person)?
        {
            return Err(Denial::NotYourself.into());
        }
        cancel(change, &mut review, CancelCause::Cancelled)?;
        job::cancel_quietly(change, JobKind::ReviewDuties, review.id.uuid())?;
        Ok(review)
    }
}
