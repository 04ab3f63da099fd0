//! Beginning a review.

use serde_json::json;

use super::super::table::{self, parts};
use super::super::{Counts, Decision, Review, ReviewState, rules};
use super::{MOST_OPEN, look_now};
use crate::access;
use crate::change::{Change, Command};
use crate::delegation::{Capability, reach};
use crate::enrollment::{check_policy, written};
use crate::error::{Error, Refusal};
use crate::event::EventKind;
use crate::group::{self, Group};
use crate::id::Id;
use crate::principal::Permission;
use crate::zone::{Day, Zone};

/// Begins a review of the memberships of a group. A job writes down what they are; then those who administer are told.
#[derive(Clone, Debug)]
pub struct BeginReview {
    /// Of which group.
    pub group: Id<Group>,
    /// Of the groups below it too.
    pub below: bool,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub reason: Option<String>,
    /// The last day on which something can be decided.
    pub last_day: Day,
    /// What becomes of memberships nobody decides about.
    pub undecided: Decision,
}

impl Command for BeginReview {
    type Output = Review;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Review, Error> {
        check_policy(change.principal())?;
        let (mut group, reach) = reach::hold_group(change, self.group, Capability::MembersWrite)?;
        let mut wanted = vec![Capability::MembersWrite];
        if self.undecided == Decision::Suspend {
            wanted.push(Capability::MembersSuspend);
        }
        for capability in wanted {
            reach.check(capability)?;
            if self.below {
                reach.check_below(capability)?;
            }
        }
        let narrowed = access::policy(change.principal()).is_some_and(|policy| policy.group_filter.is_some());
        if self.below && narrowed {
            return Err(Refusal::forbidden("this client's access policy narrows it to certain groups").into());
        }
        let name = written::read("name", Some(&self.name), written::NAME)?;
        let name = name.ok_or_else(|| Refusal::invalid("name", "what people call the review"))?;
        let reason = written::read("reason", self.reason.as_deref(), written::COMMENT)?;
        let (zone, now) = (Zone::of(change.realm()), change.now());
        rules::check_last_day(self.last_day, zone.day(now))?;
        if table::open_of_group(change, group.id, MOST_OPEN)?.len() as i64 == MOST_OPEN {
            return Err(Refusal::LimitReached {
                what: "open reviews of a group",
                limit: MOST_OPEN as usize,
            }
            .into());
        }
        group::manage(change, &mut group)?;
        let review = Review {
            id: change.new_id(),
            version: 1,
            modified: now,
            group: group.id,
            path: group::path::of(change, group.id)?.to_string(),
            below: self.below,
            name,
            reason,
            undecided: self.undecided,
            begun_by: change.principal().label(),
            state: ReviewState::Starting,
            ends_at: zone.end_of(self.last_day),
            reminded: None,
            held: None,
            ended_at: None,
            cause: None,
            counts: Counts::default(),
        };
        table::insert(change, &review)?;
        parts::begin(change, review.id, review.group, 1)?;
        let event = review.fact(EventKind::ReviewBegun);
        let event = event
            .with("before", json!({}))
            .with("after", json!({ "state": review.state.name() }))
            .with("below", review.below.into())
            .with("undecided", review.undecided.name().into())
            .with("ends_at", json!(review.ends_at.to_string()));
        change.record(event)?;
        look_now(change, review.id)?;
        Ok(review)
    }
}
