//! Deciding about one membership.

use serde_json::json;

use super::super::table::{self, items, parts};
use super::super::{Counts, Decision, Review, ReviewItem, UNDECIDED};
use super::NOT_FOUND;
use crate::change::{Change, Command};
use crate::delegation::{Capability, reach};
use crate::denial::Denial;
use crate::enrollment::{check_policy, written};
use crate::error::{Error, Refusal};
use crate::event::EventKind;
use crate::id::Id;
use crate::membership::Membership;
use crate::principal::Permission;

/// Decides about a membership that is reviewed, or otherwise than before. Nothing happens before the review closes.
#[derive(Clone, Debug)]
pub struct DecideItem {
    /// In which review.
    pub review: Id<Review>,
    /// About which membership.
    pub membership: Id<Membership>,
    /// What.
    pub decision: Decision,
    /// Why; the member reads it when it ends or is suspended.
    pub comment: Option<String>,
}

impl Command for DecideItem {
    type Output = ReviewItem;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<ReviewItem, Error> {
        check_policy(change.principal())?;
        let mut review = table::lock(change, self.review)?.ok_or(NOT_FOUND)?;
        let item = items::of_membership(change, review.id, self.membership)?;
        let mut item = item.ok_or(Refusal::NotFound { what: "membership" })?;
        let capability = match self.decision {
            Decision::Keep | Decision::Remove => Capability::MembersWrite,
            Decision::Suspend => Capability::MembersSuspend,
        };
        reach::load_group(change, item.group, capability)?;
        if change.principal().user() == Some(item.user) {
            return Err(Denial::NotYourself.into());
        }
        if !review.state.takes_decisions() {
            return Err(Denial::ReviewNotOpen.into());
        }
        let comment = written::read("comment", self.comment.as_deref(), written::COMMENT)?;
        let by = change.principal().label();
        let same = item.decision == Some(self.decision) && item.comment == comment;
        if same && item.decided_by.as_deref() == Some(&by) {
            return Ok(item);
        }
        let before = item.decision;
        item.decision = Some(self.decision);
        item.comment = comment;
        item.decided_by = Some(by);
        item.decided_at = Some(change.now());
        items::decide(change, review.id, &item)?;
        if before.is_none() {
            parts::count(change, review.id, item.group, (0, -1))?;
        }
        *count_of(&mut review.counts, before) -= 1;
        *count_of(&mut review.counts, item.decision) += 1;
        table::update(change, &mut review)?;
        let event = review.fact(EventKind::ReviewDecided).within(item.group);
        let event = event
            .with("group", item.group.to_string().into())
            .with("user", item.user.to_string().into())
            .with("membership", item.membership.to_string().into())
            .with("before", json!(before.map_or(UNDECIDED, Decision::name)))
            .with("after", json!(self.decision.name()));
        change.record(event)?;
        Ok(item)
    }
}

fn count_of(counts: &mut Counts, decision: Option<Decision>) -> &mut i64 {
    match decision {
        None => &mut counts.to_decide,
        Some(Decision::Keep) => &mut counts.to_keep,
        Some(Decision::Remove) => &mut counts.to_remove,
        Some(Decision::Suspend) => &mut counts.to_suspend,
    }
}
