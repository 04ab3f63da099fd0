//! What time does to a person's memberships, and what an act on one of them touches. Pure.
//!
//! Whoever acts applies what is [`due`] first, so that nothing is decided over what should have ended already. Nothing here
//! depends on when a job ran: a server that was down comes to the same as one that was not, but for the reminders it missed,
//! of which the latest is sent.

use std::collections::BTreeMap;

use super::super::{Details, Membership};
use super::{Effective, Figures, Move, OnLapse, Over, Portfolio, Status};
use crate::clock::Timestamp;
use crate::group::Group;
use crate::id::Id;

/// The hour of the day at which people are reminded.
const REMINDED_AT: i8 = 8;
/// So many milliseconds a clock may be behind another one, or be set back.
const CLOCK_SLACK: i64 = 300_000;
/// Milliseconds of a day of grace.
const DAY_MILLIS: i64 = 86_400_000;

impl Portfolio {
    /// The groups above one, nearest first.
    pub fn above(&self, group: Id<Group>) -> &[Id<Group>] {
        self.ancestors.get(&group).map_or(&[], Vec::as_slice)
    }

    /// Whether the person is kept out of that group by a block on a group above it.
    pub fn is_blocked_above(&self, group: Id<Group>) -> bool {
        self.above(group).iter().any(|above| self.blocks.contains(above))
    }

    /// Whether the person is kept out of that group, by a block on it or above.
    pub fn is_blocked(&self, group: Id<Group>) -> bool {
        self.blocks.contains(&group) || self.is_blocked_above(group)
    }

    /// Where the person's membership of a group stands in the list.
    pub fn find(&self, group: Id<Group>) -> Option<usize> {
        self.live.iter().position(|live| live.group == group)
    }

    /// From the root of the tree down; the same for every order of the list.
    fn place(&self, index: usize) -> (usize, Id<Group>) {
        let group = self.live[index].group;
        (self.above(group).len(), group)
    }

    fn in_tree_order(&self) -> Vec<usize> {
        let mut all: Vec<usize> = (0..self.live.len()).collect();
        all.sort_by_key(|index| self.place(*index));
        all
    }

    /// What the person holds in groups below that of one membership and goes with it. Nothing goes with one for some hours: it
    /// came to what was there, and leaves it there.
    fn held_below(&self, index: usize) -> Vec<usize> {
        if self.live[index].is_elevation() {
            return Vec::new();
        }
        let group = self.live[index].group;
        let mut below = self.in_tree_order();
        below.retain(|other| {
            let live = &self.live[*other];
            live.status.is_held() && self.above(live.group).contains(&group)
        });
        below
    }

    /// What a membership of a group is once it is over.
    fn tombstone(&self, group: Id<Group>) -> Status {
        if self.blocks.contains(&group) {
            Status::Barred
        } else {
            Status::Ended
        }
    }
}

/// The end that counts for a membership.
pub fn effective(portfolio: &Portfolio, index: usize) -> Effective {
    effective_among(portfolio, &portfolio.live[index], &ends(portfolio))
}

/// The ends that count for all of them.
pub fn effective_of_all(portfolio: &Portfolio) -> Vec<Effective> {
    let ends = ends(portfolio);
    let each = |live| effective_among(portfolio, live, &ends);
    portfolio.live.iter().map(each).collect()
}

/// Only enabled memberships impose their end on those below, and none that is there for some hours.
fn ends(portfolio: &Portfolio) -> BTreeMap<Id<Group>, Timestamp> {
    let imposes = |live: &&Membership| live.status == Status::Enabled && !live.is_elevation();
    let enabled = portfolio.live.iter().filter(imposes);
    enabled
        .filter_map(|live| Some((live.group, live.expires_at?)))
        .collect()
}

fn effective_among(portfolio: &Portfolio, live: &Membership, ends: &BTreeMap<Id<Group>, Timestamp>) -> Effective {
    let above = portfolio.above(live.group).iter();
    let earliest = above
        .filter_map(|group| Some((*ends.get(group)?, *group)))
        .min_by_key(|(at, _)| *at);
    match earliest {
        Some((at, group)) if live.expires_at.is_none_or(|own| at < own) => Effective {
            at: Some(at),
            group: Some(group),
        },
        Some(_) | None => Effective {
            at: live.expires_at,
            group: None,
        },
    }
}

/// Where a membership stands by its dates and the blocks.
pub fn status_of(portfolio: &Portfolio, index: usize, now: Timestamp) -> Status {
    let live = &portfolio.live[index];
    match live.status {
        Status::Expired | Status::Ended => live.status,
        Status::Barred => portfolio.tombstone(live.group),
        Status::Enabled | Status::Pending | Status::Suspended => {
            if portfolio.is_blocked(live.group) {
                Status::Suspended
            } else if begins_later(live, now) {
                Status::Pending
            } else {
                Status::Enabled
            }
        }
    }
}

/// Whether a membership is still to begin. One that has begun goes on when a clock is set right.
fn begins_later(live: &Membership, now: Timestamp) -> bool {
    let now = match live.status {
        Status::Enabled => now.plus_millis(CLOCK_SLACK),
        _ => now,
    };
    live.valid_from.is_some_and(|from| from > now)
}

/// Something that will have to be done for one membership. In the order in which they are done: at one instant an end comes
/// before a beginning, a group before those below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Duty {
    at: Timestamp,
    what: What,
    place: (usize, Id<Group>),
    step: Move,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    End,
    Lapse,
    Begin,
    Purge,
    Remind,
}

/// When something is next to be done, which may be overdue; none when nothing ever will.
pub fn next_due(portfolio: &Portfolio, figures: &Figures, now: Timestamp) -> Option<Timestamp> {
    duties(portfolio, figures, now).into_iter().map(|duty| duty.at).min()
}

/// Everything that is to be done now, in the order in which it is to be applied. Nothing is left then.
pub fn due(portfolio: &Portfolio, figures: &Figures, now: Timestamp) -> Vec<Move> {
    due_at_most(portfolio, figures, now, usize::MAX)
}

/// The first of it: so many, and what goes along with the last of them.
pub fn due_at_most(portfolio: &Portfolio, figures: &Figures, now: Timestamp, most: usize) -> Vec<Move> {
    let mut portfolio = portfolio.clone();
    let mut moves = Vec::new();
    loop {
        if moves.len() >= most {
            return moves;
        }
        // Reminders last: only what is still there has an end to be reminded of.
        let overdue = duties(&portfolio, figures, now)
            .into_iter()
            .filter(|duty| duty.at <= now);
        let Some(duty) = overdue.min_by_key(|duty| (duty.what == What::Remind, *duty)) else {
            return moves;
        };
        for step in steps(&portfolio, duty.step) {
            apply(&mut portfolio, &step, now);
            moves.push(step);
        }
    }
}

/// The end of one takes along what is held below.
fn steps(portfolio: &Portfolio, first: Move) -> Vec<Move> {
    let mut steps = vec![first];
    if let Move::Expire { index, root, why } = first {
        let along = |index| Move::Expire { index, root, why };
        steps.extend(portfolio.held_below(index).into_iter().map(along));
    }
    steps
}

fn duties(portfolio: &Portfolio, figures: &Figures, now: Timestamp) -> Vec<Duty> {
    let ends = ends(portfolio);
    let mut duties = Vec::new();
    for (index, live) in portfolio.live.iter().enumerate() {
        let effective = effective_among(portfolio, live, &ends);
        let place = portfolio.place(index);
        let mut add = |at, what, step| {
            duties.push(Duty { at, what, place, step });
        };
        if let (true, Some(at)) = (live.status.is_held(), live.expires_at) {
            add(at, What::End, end_of(live, index));
        }
        match live.status {
            Status::Enabled => {
                if let Some((at, step)) = lapse(live, index) {
                    add(at, What::Lapse, step);
                }
                if let Some((at, step)) = reminder(figures, live, index, effective, now) {
                    add(at, What::Remind, step);
                }
                if let Some((at, step)) = reminder_of_terms(figures, live, index, effective, now) {
                    add(at, What::Remind, step);
                }
            }
            Status::Pending => {
                let from = live.valid_from.unwrap_or(now);
                // What would end before it begins is taken along by that end.
                let has_time = effective.at.is_none_or(|end| from.max(now) < end);
                if has_time && !portfolio.is_blocked(live.group) {
                    add(from, What::Begin, Move::Activate { index });
                }
            }
            Status::Expired => {
                if let Some(at) = live.details.expired_at.or(live.expires_at) {
                    let over = at.plus_millis(figures.grace(live.group));
                    add(over, What::Purge, Move::Purge { index });
                }
            }
            Status::Suspended | Status::Ended | Status::Barred => {}
        }
    }
    duties
}

/// What the end of its time does to it. One that could never begin is gone for good, and nobody below notices.
fn end_of(live: &Membership, index: usize) -> Move {
    if never_begins(live) {
        Move::End { index, root: index }
    } else {
        Move::Expire {
            index,
            root: index,
            why: Over::Time,
        }
    }
}

/// Whether it waits for a time that comes after its end.
fn never_begins(live: &Membership) -> bool {
    let ends_first = |end| live.valid_from.is_some_and(|from| from >= end);
    live.status == Status::Pending && live.expires_at.is_some_and(ends_first)
}

fn lapse(live: &Membership, index: usize) -> Option<(Timestamp, Move)> {
    let terms = live.details.terms.filter(|terms| !terms.lapsed)?;
    let step = match terms.on_lapse {
        how @ (OnLapse::Remind | OnLapse::Withhold) => Move::TermsLapse { index, how },
        OnLapse::End => Move::Expire {
            index,
            root: index,
            why: Over::Terms,
        },
    };
    Some((terms.until?, step))
}

fn reminder(
    figures: &Figures,
    live: &Membership,
    index: usize,
    effective: Effective,
    now: Timestamp,
) -> Option<(Timestamp, Move)> {
    let end = effective.at.filter(|_| !live.details.lapses && !live.is_elevation())?;
    let (at, days_before) = reminder_before(figures, live.group, end, live.details.reminded, now)?;
    let last_day = figures.zone.last_day(end);
    Some((
        at,
        Move::Remind {
            index,
            days_before,
            last_day,
        },
    ))
}

/// Whoever is out before the terms lapse need not accept them again.
fn reminder_of_terms(
    figures: &Figures,
    live: &Membership,
    index: usize,
    effective: Effective,
    now: Timestamp,
) -> Option<(Timestamp, Move)> {
    let terms = live.details.terms.filter(|terms| !terms.lapsed)?;
    let until = terms
        .until
        .filter(|until| effective.at.is_none_or(|end| *until < end))?;
    let (at, days_before) = reminder_before(figures, live.group, until, terms.reminded, now)?;
    let last_day = figures.zone.last_day(until);
    Some((
        at,
        Move::RemindOfTerms {
            index,
            days_before,
            last_day,
        },
    ))
}

/// The latest reminder that was missed, else the next one; none when they are settled or the end has come.
fn reminder_before(
    figures: &Figures,
    group: Id<Group>,
    end: Timestamp,
    settled: Option<Timestamp>,
    now: Timestamp,
) -> Option<(Timestamp, u32)> {
    if end <= now {
        return None;
    }
    let last_day = figures.zone.last_day(end);
    let open = figures.reminders(group).iter().map(|before| {
        let day = last_day.plus_days(-i64::from(*before));
        (figures.zone.at(day, REMINDED_AT), *before)
    });
    let open = open.filter(|(at, _)| *at < end && settled.is_none_or(|settled| settled < *at));
    let (missed, coming): (Vec<_>, Vec<_>) = open.partition(|(at, _)| *at <= now);
    missed.into_iter().max().or_else(|| coming.into_iter().min())
}

impl Figures {
    fn reminders(&self, group: Id<Group>) -> &[u32] {
        let own = self.groups.get(&group).and_then(|group| group.reminders.as_deref());
        own.unwrap_or(&self.reminders)
    }

    /// So many days before something ends people of a group hear of it; a month where they do not.
    pub(crate) fn notice_days(&self, group: Id<Group>) -> u32 {
        self.reminders(group).iter().copied().max().unwrap_or(30)
    }

    /// For how many milliseconds what has expired in a group may come back.
    pub(super) fn grace(&self, group: Id<Group>) -> i64 {
        let own = self.groups.get(&group).and_then(|group| group.grace_days);
        i64::from(own.unwrap_or(self.grace_days)) * DAY_MILLIS
    }
}

/// What a move makes of the portfolio.
pub fn apply(portfolio: &mut Portfolio, step: &Move, now: Timestamp) {
    let index = step.index();
    let tombstone = portfolio.tombstone(portfolio.live[index].group);
    let live = &mut portfolio.live[index];
    let to = match step {
        Move::Activate { .. } => {
            // Of what was due before it began nobody is reminded.
            live.details.reminded = live.details.reminded.max(live.valid_from);
            Status::Enabled
        }
        // Whoever is kept out does not come back by asking.
        Move::Expire { .. } if live.status == Status::Suspended => tombstone,
        // Nothing is kept of what was there for some hours.
        Move::Expire { .. } if live.is_elevation() => tombstone,
        // Nor of what would not have begun, whichever end takes it along.
        Move::Expire { .. } if never_begins(live) => tombstone,
        Move::Expire { .. } => Status::Expired,
        Move::End { .. } | Move::Purge { .. } => tombstone,
        Move::Restate { to, .. } => *to,
        Move::Remind { .. } => {
            live.details.reminded = Some(now);
            live.status
        }
        Move::RemindOfTerms { .. } => {
            if let Some(terms) = &mut live.details.terms {
                terms.reminded = Some(now);
            }
            live.status
        }
        Move::TermsLapse { how, .. } => {
            if let Some(terms) = &mut live.details.terms {
                terms.lapsed = true;
            }
            live.details.withheld |= *how == OnLapse::Withhold;
            live.status
        }
    };
    if to == Status::Expired && live.status != to {
        live.details.expired_at = Some(now);
    }
    if to.is_over() {
        live.details = Details::default();
    }
    live.status = to;
}

/// Ends a membership and what is held below it, for good.
pub fn leave(portfolio: &mut Portfolio, index: usize, now: Timestamp) -> Vec<Move> {
    let below = portfolio.held_below(index);
    let ended = std::iter::once(index).chain(below);
    let moves: Vec<Move> = ended
        .map(|each| Move::End {
            index: each,
            root: index,
        })
        .collect();
    for step in &moves {
        apply(portfolio, step, now);
    }
    moves
}

/// Keeps the person out of a group and all below it.
pub fn suspend(portfolio: &mut Portfolio, group: Id<Group>, now: Timestamp) -> Vec<Move> {
    if !portfolio.blocks.contains(&group) {
        portfolio.blocks.push(group);
    }
    settle(portfolio, now)
}

/// Lifts the block on a group, and no other: what stands under another one stays suspended.
pub fn resume(portfolio: &mut Portfolio, group: Id<Group>, now: Timestamp) -> Vec<Move> {
    portfolio.blocks.retain(|blocked| *blocked != group);
    settle(portfolio, now)
}

/// Puts every membership where its dates and the blocks say, after one of them changed or a group has moved.
pub fn settle(portfolio: &mut Portfolio, now: Timestamp) -> Vec<Move> {
    let mut moves = Vec::new();
    for index in portfolio.in_tree_order() {
        let (from, to) = (portfolio.live[index].status, status_of(portfolio, index, now));
        if from == to {
            continue;
        }
        let step = match (from, to) {
            (Status::Pending, Status::Enabled) => Move::Activate { index },
            _ => Move::Restate { index, to },
        };
        apply(portfolio, &step, now);
        moves.push(step);
    }
    moves
}
