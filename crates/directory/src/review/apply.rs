//! What closing a review does: the items from the last to the first, so that what is below comes before what is above, each in its
//! own transaction. Whoever is interrupted goes on.

use serde_json::json;

use super::jobs::Progress;
use super::rules::{self, StandsNow};
use super::table::{self, items};
use super::{Counts, Decision, Outcome, Review, ReviewItem, ReviewState, Superseded};
use crate::Directory;
use crate::change::{Change, Command};
use crate::error::Error;
use crate::event::EventKind;
use crate::id::Id;
use crate::job::Job;
use crate::mail::Language;
use crate::membership::Reviewed;
use crate::principal::{Permission, Principal};

/// So many items are looked at in each slice.
const SLICE: i64 = 200;

/// Applies a slice of a review that closes, for its job, whose own transaction says how far it has come.
pub(crate) async fn apply_by_job(directory: &Directory, principal: &Principal, job: &Job) -> Result<(), Error> {
    let (db, realm) = (directory.db(), principal.realm);
    let found = table::by_id(db, realm, job.subject()).await?;
    let Some(review) = found.filter(|review| review.state == ReviewState::Closing) else {
        return Ok(());
    };
    let from = Progress::of(job).done_from.unwrap_or(i64::MAX);
    for item in items::read_before(db, realm, review.id, from, SLICE).await? {
        if waits(&review, &item) {
            let (review, position) = (review.id, item.position);
            directory.execute(principal, ApplyItem { review, position }).await?;
        }
    }
    Ok(())
}

/// Whether something is to be done about an item.
fn waits(review: &Review, item: &ReviewItem) -> bool {
    item.outcome.is_none() && rules::verdict(review, item).is_some()
}

/// From where on all items are done once a slice was applied; none when there are no more.
pub(super) fn done_slice(change: &mut Change<'_>, review: &Review, from: Option<i64>) -> Result<Option<i64>, Error> {
    let from = from.unwrap_or(i64::MAX);
    let slice = items::before(change, review.id, from, SLICE)?;
    if slice.iter().any(|item| waits(review, item)) {
        return Ok(Some(from));
    }
    Ok(slice.last().map(|item| item.position))
}

/// Does what was decided about one membership, if it is still the one that was decided about.
#[derive(Clone, Copy, Debug)]
struct ApplyItem {
    review: Id<Review>,
    position: i64,
}

impl Command for ApplyItem {
    type Output = ();

    fn needs(&self) -> Permission {
        Permission::System
    }

    fn run(&self, change: &mut Change<'_>) -> Result<(), Error> {
        let found = table::read(change, self.review)?.filter(|review| review.state == ReviewState::Closing);
        let Some(review) = found else { return Ok(()) };
        let Some(item) = items::at(change, review.id, self.position)? else {
            return Ok(());
        };
        let Some(verdict) = rules::verdict(&review, &item).filter(|_| item.outcome.is_none()) else {
            return Ok(());
        };
        change.act_for_review(review.id);
        // The person comes first, and the groups: nobody changes what is looked at.
        let reviewed = Reviewed::open(change, item.group, item.user)?;
        let now = match &reviewed {
            Some(reviewed) if reviewed.membership().id == item.membership => {
                let membership = reviewed.membership();
                Some(StandsNow {
                    status: membership.status,
                    granted_at: membership.granted_at,
                    ended_in: items::ended_in(change, membership.id)?,
                })
            }
            Some(_) | None => None,
        };
        match (reviewed, rules::superseded(&item, now)) {
            (Some(reviewed), None) => carry_out(change, &review, &item, verdict, reviewed),
            (None, None) => supersede(change, &review, &item, Superseded::Ended),
            (_, Some(why)) => supersede(change, &review, &item, why),
        }
    }
}

fn carry_out(
    change: &mut Change<'_>,
    review: &Review,
    item: &ReviewItem,
    verdict: Decision,
    reviewed: Reviewed,
) -> Result<(), Error> {
    let language = Language::choose(None, change.realm().settings.language());
    let why = rules::justification(&review.name, item.comment.as_deref(), language);
    let mut done = Counts::default();
    let outcome = if verdict == Decision::Suspend {
        done.suspended = 1;
        Outcome::Suspended
    } else {
        done.removed = 1;
        Outcome::Removed
    };
    // Before what it does, whose rows come last. Somebody may have been faster.
    if !items::settle(change, review.id, item.position, outcome)? {
        return Ok(());
    }
    table::count_done(change, review.id, done)?;
    match outcome {
        Outcome::Suspended => reviewed.suspend(change, &why),
        Outcome::Removed | Outcome::Superseded(_) => reviewed.remove(change, why),
    }
}

/// Leaves a membership alone that is not what was decided about any more.
fn supersede(change: &mut Change<'_>, review: &Review, item: &ReviewItem, why: Superseded) -> Result<(), Error> {
    if !items::settle(change, review.id, item.position, Outcome::Superseded(why))? {
        return Ok(());
    }
    let done = Counts {
        superseded: 1,
        ..Counts::default()
    };
    table::count_done(change, review.id, done)?;
    let event = review.fact(EventKind::ReviewItemSuperseded).within(item.group);
    let event = event
        .with("group", item.group.to_string().into())
        .with("user", item.user.to_string().into())
        .with("membership", item.membership.to_string().into())
        .with("before", json!({}))
        .with("after", json!({ "outcome": Outcome::Superseded(why).name() }))
        .with("why", why.name().into());
    change.record(event)?;
    Ok(())
}
