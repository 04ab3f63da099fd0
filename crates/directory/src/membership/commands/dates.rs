//! From which day to which a membership lasts, as whoever sets it has to keep to. A last day counts to its end.

use std::cmp::Ordering;

use super::super::{Membership, Status};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::denial::Denial;
use crate::enrollment::rule::{self, Level, Rules};
use crate::error::Error;
use crate::group::Group;
use crate::zone::{Day, Zone};

/// Refuses a last day that is over.
pub(super) fn check_last(change: &Change<'_>, last: Option<Day>) -> Result<(), Denial> {
    match last {
        Some(last) if last < today(change) => Err(Denial::EndInPast),
        Some(_) | None => Ok(()),
    }
}

/// Refuses a last day before the first.
pub(super) fn check_order(first: Day, last: Option<Day>) -> Result<(), Denial> {
    match last {
        Some(last) if last < first => Err(Denial::EndBeforeStart),
        Some(_) | None => Ok(()),
    }
}

/// What the realm allows memberships of such a group.
pub(super) fn rules(change: &mut Change<'_>, group: &Group) -> Result<Rules, Error> {
    rule::table::for_level(change, Level::of(group.parent))
}

/// Refuses days that a rule of the realm does not allow. `from` is the day that a limit counts from.
pub(super) fn check_rules(rules: &Rules, from: Day, last: Option<Day>) -> Result<(), Denial> {
    rules
        .broken_by_days(from, last)
        .map_or(Ok(()), |broken| Err(broken.into()))
}

/// The same for who moves memberships from another system: limits do not count, but what has to be given does.
pub(super) fn check_required(rules: &Rules, last: Option<Day>) -> Result<(), Denial> {
    match rules.demand_an_end() {
        Some(broken) if last.is_none() => Err(broken.into()),
        Some(_) | None => Ok(()),
    }
}

/// Refuses to accept terms for somebody, and to let them in without those that a rule of the realm demands.
pub(super) fn check_terms(rules: &Rules, has_terms: bool) -> Result<(), Denial> {
    if has_terms {
        return Err(Denial::TermsForMember);
    }
    rules.demand_terms().map_or(Ok(()), |broken| Err(broken.into()))
}

pub(super) fn today(change: &Change<'_>) -> Day {
    Zone::of(change.realm()).day(change.now())
}

/// The first instant of a first day, and the first one after a last day.
pub(super) fn first_instant(change: &Change<'_>, first: Day) -> Timestamp {
    Zone::of(change.realm()).start_of(first)
}

pub(super) fn end_of(change: &Change<'_>, last: Option<Day>) -> Option<Timestamp> {
    last.map(|last| Zone::of(change.realm()).end_of(last))
}

/// The beginning of a membership that begins on that day: its own, where that is the day, since it may begin within one.
pub(super) fn start_kept(change: &Change<'_>, before: &Membership, first: Day) -> Timestamp {
    let zone = Zone::of(change.realm());
    let own = before.valid_from.filter(|from| zone.day(*from) == first);
    own.unwrap_or_else(|| zone.start_of(first))
}

/// The end of a membership that lasts until that day, in the same way.
pub(super) fn end_kept(change: &Change<'_>, before: &Membership, last: Option<Day>) -> Option<Timestamp> {
    let (zone, last) = (Zone::of(change.realm()), last?);
    let own = before.expires_at.filter(|end| zone.last_day(*end) == last);
    Some(own.unwrap_or_else(|| zone.end_of(last)))
}

/// The first day of a membership, given or begun.
pub(super) fn first_day(change: &Change<'_>, membership: &Membership) -> Day {
    let from = membership.valid_from.unwrap_or(membership.granted_at);
    Zone::of(change.realm()).day(from)
}

/// Where somebody stands who is kept out of nothing and counts from then on.
pub(super) fn status_from(from: Timestamp, now: Timestamp) -> Status {
    match from.cmp(&now) {
        Ordering::Greater => Status::Pending,
        Ordering::Less | Ordering::Equal => Status::Enabled,
    }
}
