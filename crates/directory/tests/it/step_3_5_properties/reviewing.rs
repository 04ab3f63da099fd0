//! Reviews: what people decide in them, and what closing one takes away. A review gives nobody anything.

use std::collections::{BTreeMap, BTreeSet};

use directory::delegation::Capability;
use directory::review::{BeginReview, CancelReview, CloseReview, DecideItem, Decision};
use directory::view::IfMatch;
use directory::{Error, Id, Refusal};
use uuid::Uuid;

use super::acts::{Act, Deed, Who};
use super::granted::Ender;
use super::model::Model;
use super::weighing::{Checked, must};
use super::world::World;
use Capability::{MembersSuspend, MembersWrite};

/// A group and a person.
type Two = (usize, usize);

/// A membership that is reviewed, as it was when the review began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    decided: Option<Decision>,
    ends: u64,
    elevated: bool,
}

/// A review, with what was decided about whom.
#[derive(Clone, Debug)]
pub(super) struct Review {
    pub(super) group: usize,
    pub(super) below: bool,
    pub(super) undecided: Decision,
    /// None until they were written down.
    pub(super) items: Option<BTreeMap<Two, Item>>,
    /// What was done about them, or left.
    pub(super) settled: BTreeSet<Two>,
    pub(super) open: bool,
}

impl Review {
    pub(super) fn item(&self, number: usize) -> Option<Two> {
        self.items.as_ref()?.keys().nth(number).copied()
    }

    /// What closing it does to one; none = nothing.
    fn verdict(&self, of: Two) -> Option<Decision> {
        let decided = self.items.as_ref()?.get(&of)?;
        Some(decided.decided.unwrap_or(self.undecided)).filter(|decision| *decision != Decision::Keep)
    }
}

impl Model {
    /// Whose membership a review is about.
    fn reviewed(&self, review: &Review) -> BTreeSet<Two> {
        let mut groups = if review.below {
            self.below(review.group)
        } else {
            Vec::new()
        };
        groups.push(review.group);
        let held = self.held.keys().copied();
        held.filter(|(group, person)| groups.contains(group) && !self.is_blocked(*group, *person))
            .collect()
    }

    /// What comes of deciding in reviews.
    pub(super) fn reviews(&mut self, deed: &Deed) -> Checked {
        let who = deed.who;
        match deed.act {
            Act::BeginReview {
                group,
                below,
                undecided,
                ..
            } => {
                self.reviews_in(who, group, below, undecided)?;
                self.reviews.push(Review {
                    group,
                    below,
                    undecided,
                    items: None,
                    settled: BTreeSet::new(),
                    open: true,
                });
                Ok(())
            }
            Act::Decide {
                review: number,
                item,
                decision,
            } => {
                let review = &self.reviews[number];
                let of = review.item(item).ok_or("there is no such item")?;
                must(review.open, "nobody decides there any more")?;
                must(who != Who::Person(of.1), "people decide about themselves")?;
                let what = if decision == Decision::Suspend {
                    MembersSuspend
                } else {
                    MembersWrite
                };
                self.may(who, of.0, what)?;
                let items = self.reviews[number].items.as_mut().expect("it has items");
                items.get_mut(&of).expect("an item").decided = Some(decision);
                Ok(())
            }
            Act::CloseReview { review, .. } => {
                let Review { group, below, .. } = self.reviews[review];
                self.reviews_in(who, group, below, Decision::Keep)
            }
            Act::CancelReview { review } => {
                let Review { group, below, .. } = self.reviews[review];
                self.reviews_in(who, group, below, Decision::Keep)?;
                let items = self.reviews[review].items.iter().flatten();
                let mut lost = items.filter(|(_, item)| item.decided.is_some_and(|decided| decided != Decision::Keep));
                must(
                    !lost.any(|((_, person), _)| who == Who::Person(*person)),
                    "whoever loses something undoes it",
                )?;
                self.reviews[review].open = false;
                Ok(())
            }
            ref act => Err(format!("nothing is known of {act:?}")),
        }
    }

    fn reviews_in(&self, who: Who, group: usize, below: bool, undecided: Decision) -> Checked {
        let below = if below { self.below(group) } else { Vec::new() };
        for group in below
            .into_iter()
            .chain([group])
            .filter(|group| !self.places[*group].gone)
        {
            self.may(who, group, MembersWrite)?;
            if undecided == Decision::Suspend {
                self.may(who, group, MembersSuspend)?;
            }
        }
        Ok(())
    }

    /// Whether a membership is not the one any more that was reviewed. Whoever was in for some hours may have come for longer.
    fn is_another(&self, review: usize, of: Two) -> bool {
        let item = self.reviews[review].items.as_ref().and_then(|items| items.get(&of));
        let is_same = |item: &Item| {
            let ends = self.ends_of.get(&of).copied().unwrap_or_default();
            self.held.contains_key(&of) && ends == item.ends && !item.elevated && !self.is_blocked(of.0, of.1)
        };
        !item.is_some_and(is_same)
    }

    /// What closing a review did to one of its items.
    fn settled(&mut self, review: usize, of: Two, outcome: &str) -> Checked {
        let verdict = self.reviews[review].verdict(of);
        self.reviews[review].settled.insert(of);
        match (outcome, verdict) {
            ("removed", Some(Decision::Remove)) => {
                must(self.held.contains_key(&of), "they are no member")?;
                self.taken += 1;
                self.end(of.0, of.1, Ender::Other);
                Ok(())
            }
            ("suspended", Some(Decision::Suspend)) => {
                must(self.held.contains_key(&of), "they are no member")?;
                self.taken += 1;
                self.blocks.insert(of);
                Ok(())
            }
            ("superseded", Some(_)) => must(self.is_another(review, of), "it is what was decided about"),
            _ => Err(format!("{of:?} is {outcome} by a review, and {verdict:?} was decided")),
        }
    }
}

impl World {
    pub(super) async fn attempt_review(&mut self, deed: &Deed, model: &Model) -> Result<(), Error> {
        let (who, if_match) = (deed.who, IfMatch::Any);
        match deed.act {
            Act::BeginReview {
                group,
                below,
                undecided,
                days,
            } => {
                let command = BeginReview {
                    group: self.groups[group],
                    below,
                    name: format!("review {}", self.reviews.len()),
                    reason: None,
                    last_day: self.day(days),
                    undecided,
                };
                let made = self.run(who, command).await?;
                self.reviews.push(made.id);
            }
            Act::Decide { review, item, decision } => {
                let Some(of) = model.reviews[review].item(item) else {
                    return Err(Refusal::Changed.into());
                };
                let sql = "SELECT membership FROM review_items WHERE review = ?1 AND group_id = ?2 AND user_id = ?3";
                let params = [
                    self.reviews[review].into(),
                    self.groups[of.0].into(),
                    self.people[of.1].into(),
                ];
                let id: Uuid = self.rows(sql, &params).await[0].take(0).expect("an id");
                let command = DecideItem {
                    review: self.reviews[review],
                    membership: Id::new(id),
                    decision,
                    comment: None,
                };
                self.run(who, command).await?;
            }
            Act::CloseReview { review, release } => {
                let id = self.reviews[review];
                let command = CloseReview { id, if_match, release };
                self.run(who, command).await?;
            }
            Act::CancelReview { review } => {
                let id = self.reviews[review];
                self.run(who, CancelReview { id, if_match }).await?;
            }
            ref act => panic!("nothing does {act:?}"),
        }
        Ok(())
    }

    /// What reviews have come to by their jobs, which the model learns and weighs.
    pub(super) async fn reviewed(&self, model: &mut Model) -> Checked {
        for number in 0..model.reviews.len() {
            if !model.reviews[number].open {
                continue;
            }
            let id = self.reviews[number];
            let sql = "SELECT state FROM reviews WHERE id = ?1";
            let Some(mut row) = self.rows(sql, &[id.into()]).await.into_iter().next() else {
                return Err(format!("review {number} is gone"));
            };
            let state: String = row.take(0).expect("a word");
            let sql = "SELECT group_id, user_id, outcome FROM review_items WHERE review = ?1 ORDER BY position DESC";
            let (mut items, mut outcomes) = (BTreeSet::new(), Vec::new());
            for mut row in self.rows(sql, &[id.into()]).await {
                let group = self.number_of_group(row.take(0).expect("an id"));
                let person = self.number_of_person(row.take(1).expect("an id"));
                let of = group.zip(person).ok_or("a known group and person")?;
                items.insert(of);
                let outcome: Option<String> = row.take(2).expect("a word");
                outcomes.extend(outcome.map(|outcome| (of, outcome)));
            }
            let review = &model.reviews[number];
            if review.items.is_none() && state != "cancelled" {
                let forgotten: Vec<_> = model.reviewed(review).difference(&items).copied().collect();
                must(forgotten.is_empty(), &format!("review {number} forgets {forgotten:?}"))?;
                let item = |of: &Two| Item {
                    decided: None,
                    ends: model.ends_of.get(of).copied().unwrap_or_default(),
                    elevated: model.held.get(of).is_some_and(|grant| grant.elevated.is_some()),
                };
                let items = items.iter().map(|of| (*of, item(of))).collect();
                model.reviews[number].items = Some(items);
            }
            for (of, outcome) in outcomes {
                if !model.reviews[number].settled.contains(&of) {
                    model.settled(number, of, &outcome)?;
                }
            }
            model.reviews[number].open = !matches!(state.as_str(), "closed" | "cancelled");
            let review = &model.reviews[number];
            let left = items
                .iter()
                .filter(|of| review.verdict(**of).is_some() && !review.settled.contains(of));
            must(
                state != "closed" || left.count() == 0,
                &format!("review {number} closed and left something undone"),
            )?;
        }
        Ok(())
    }
}
