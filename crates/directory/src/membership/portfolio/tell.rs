//! Who is told by mail what time has done to memberships of managed groups. Acts tell of themselves.

use std::collections::{BTreeSet, HashMap};

use jiff::civil::Date;

use super::super::table::told;
use super::super::user_events::last_changed_by;
use super::super::{Membership, OnLapse, Status};
use super::{Cause, Figures, Held, Move, Over, Portfolio};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::group::{Group, GroupPath};
use crate::id::Id;
use crate::mail::content::{self, Ending, GroupRef, Terms, Who};
use crate::notice::{Actor, MembershipNow, Notice, Person};
use crate::zone::Day;

/// One thing to be told, of a membership in the list.
#[derive(Clone, Copy, Debug)]
enum Told {
    /// It has begun.
    Begun(usize),
    /// Its time is over.
    Over(usize),
    /// The terms are no longer accepted.
    Lapsed(usize, OnLapse, Day),
    /// It ends soon.
    Ends(usize, Day),
    /// The terms have to be accepted again.
    TermsDue(usize, OnLapse, Day),
}

/// What is told of moves: of each membership what it has come to, and nothing of what a group above took along. `before` is
/// what the moves were made from, `managed` are the groups that are somebody's. Pure.
fn worth_telling(
    (before, figures, managed): (&Portfolio, &Figures, &BTreeSet<Id<Group>>),
    after: &Portfolio,
    moves: &[Move],
    cause: Cause,
) -> Vec<Told> {
    let terms = |index: usize| {
        let terms = before.live.get(index)?.details.terms?;
        Some((terms.on_lapse, figures.zone.last_day(terms.until?)))
    };
    let told = |step: &Move| {
        let index = step.index();
        let status = after.live[index].status;
        match *step {
            Move::Activate { .. } if cause == Cause::Time && status == Status::Enabled => Some(Told::Begun(index)),
            // What was to last some hours was said when it began.
            Move::Expire { .. } if before.live.get(index).is_some_and(Membership::is_elevation) => None,
            Move::Expire { root, why, .. } if root == index && !status.is_held() => match why {
                Over::Time => Some(Told::Over(index)),
                Over::Terms => terms(index).map(|(how, day)| Told::Lapsed(index, how, day)),
            },
            Move::Remind { last_day, .. } if status == Status::Enabled => Some(Told::Ends(index, last_day)),
            Move::RemindOfTerms { last_day, .. } if status == Status::Enabled => {
                terms(index).map(|(how, _)| Told::TermsDue(index, how, last_day))
            }
            Move::TermsLapse { how, .. } if status == Status::Enabled => {
                terms(index).map(|(_, day)| Told::Lapsed(index, how, day))
            }
            Move::Activate { .. }
            | Move::Expire { .. }
            | Move::End { .. }
            | Move::Restate { .. }
            | Move::Purge { .. }
            | Move::Remind { .. }
            | Move::RemindOfTerms { .. }
            | Move::TermsLapse { .. } => None,
        }
    };
    let is_managed = |told: &Told| managed.contains(&after.live[told.index()].group);
    moves.iter().filter_map(told).filter(is_managed).collect()
}

impl Told {
    fn index(self) -> usize {
        match self {
            Self::Begun(index)
            | Self::Over(index)
            | Self::Lapsed(index, ..)
            | Self::Ends(index, _)
            | Self::TermsDue(index, ..) => index,
        }
    }
}

/// Queues the mails about moves.
pub(super) fn of(
    change: &mut Change<'_>,
    held: &Held,
    after: &Portfolio,
    moves: &[Move],
    cause: Cause,
) -> Result<(), Error> {
    let before = (&held.portfolio, &held.figures, &held.managed);
    let all = worth_telling(before, after, moves, cause);
    if all.is_empty() {
        return Ok(());
    }
    let groups: Vec<Id<Group>> = after.live.iter().map(|live| live.group).collect();
    let mut above: Vec<Id<Group>> = after.ancestors.values().flatten().copied().collect();
    above.extend(groups);
    above.sort_unstable();
    above.dedup();
    let paths = told::paths(change, &above)?;
    let person = Person::read(change, after.user)?;
    for told in all {
        let live = &after.live[told.index()];
        let Some(group) = shown(&paths, live.group) else {
            continue;
        };
        let notice = match told {
            Told::Begun(_) => Notice::MembershipActivated(begun(change, held, live, group, &person)?),
            Told::Over(index) => {
                let below = below(after, moves, index, &paths);
                let kept_out = after.is_blocked(live.group);
                expired(change.now(), held, index, live, (group, kept_out), &person, below)
            }
            Told::Ends(index, last_day) => {
                let imposed_by = super::rules::effective(after, index).group;
                let imposed_by = imposed_by.and_then(|above| paths.get(&above)).map(ToString::to_string);
                Notice::MembershipEnding {
                    member: after.user,
                    about: Ending {
                        group,
                        last_day: last_day.into(),
                        imposed_by,
                    },
                }
            }
            Told::TermsDue(_, how, last_day) => Notice::TermsReminder {
                member: after.user,
                about: terms(group, how, last_day),
            },
            Told::Lapsed(index, how, last_day) => Notice::TermsLapsed {
                member: person.clone(),
                about: Terms {
                    below: below(after, moves, index, &paths),
                    kept_until: kept_until(change.now(), held, live),
                    ..terms(group, how, last_day)
                },
            },
        };
        notice.tell(change)?;
    }
    Ok(())
}

fn shown(paths: &HashMap<Id<Group>, GroupPath>, group: Id<Group>) -> Option<GroupRef> {
    let path = paths.get(&group)?.to_string();
    Some(GroupRef { id: group.uuid(), path })
}

/// What the end of one took along.
fn below(after: &Portfolio, moves: &[Move], root: usize, paths: &HashMap<Id<Group>, GroupPath>) -> Vec<String> {
    let along = |step: &Move| match *step {
        Move::Expire { index, root: of, .. } if of == root && index != root => Some(after.live[index].group),
        _ => None,
    };
    let mut below: Vec<&GroupPath> = moves
        .iter()
        .filter_map(along)
        .filter_map(|group| paths.get(&group))
        .collect();
    below.sort();
    below.into_iter().map(ToString::to_string).collect()
}

fn begun(
    change: &mut Change<'_>,
    held: &Held,
    live: &Membership,
    group: GroupRef,
    person: &Person,
) -> Result<MembershipNow, Error> {
    let mut roles = HashMap::new();
    told::roles(change, live.group, &[live.id], &mut roles)?;
    let actor = match last_changed_by(live.details.changed_by.as_deref()) {
        Some(id) => Actor {
            user: Some(id),
            who: Who::Person(Person::read(change, id)?.shown),
        },
        None => Actor {
            user: None,
            who: Who::Administration,
        },
    };
    Ok(MembershipNow {
        group,
        member: person.clone(),
        actor,
        first_day: None,
        last_day: live.expires_at.map(|end| held.figures.zone.last_day(end).into()),
        roles: roles.remove(&live.id).unwrap_or_default(),
    })
}

fn expired(
    now: Timestamp,
    held: &Held,
    index: usize,
    live: &Membership,
    (group, kept_out): (GroupRef, bool),
    person: &Person,
    below: Vec<String>,
) -> Notice {
    let zone = &held.figures.zone;
    let before = held.portfolio.live.get(index);
    let end = before.and_then(|before| before.expires_at);
    Notice::MembershipExpired {
        group,
        member: person.clone(),
        below,
        last_day: end.map(|end| zone.last_day(end).into()),
        kept_until: kept_until(now, held, live),
        kept_out,
    }
}

/// The last day on which one that has expired can come back as it was.
fn kept_until(now: Timestamp, held: &Held, live: &Membership) -> Option<Date> {
    let grace = held.figures.grace(live.group);
    let may_return = live.status == Status::Expired && grace > 0;
    may_return.then(|| held.figures.zone.last_day(now.plus_millis(grace)).into())
}

fn terms(group: GroupRef, how: OnLapse, last_day: Day) -> Terms {
    let then = match how {
        OnLapse::Remind => content::OnLapse::Remind,
        OnLapse::Withhold => content::OnLapse::Withhold,
        OnLapse::End => content::OnLapse::End,
    };
    Terms {
        group,
        last_day: last_day.into(),
        then,
        below: Vec::new(),
        kept_until: None,
    }
}
