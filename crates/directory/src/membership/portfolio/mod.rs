//! All of one person's memberships that are not ended, what keeps them out, and the groups above: the one thing that time and
//! status are decided over. Whoever changes it holds the person first.
//!
//! [`rules`] decides, over values: what is due, what an act touches, and what becomes of it. `usher preview` runs them
//! forward over a copy.

mod held;
mod many;
mod outcome;
pub mod rules;
mod tell;

#[cfg(test)]
mod tests;

pub use held::{Duties, Held};
pub(crate) use many::each_of;

use std::collections::BTreeMap;

use super::{Membership, OnLapse, Status};
use crate::clock::Timestamp;
use crate::group::{Group, Management};
use crate::id::Id;
use crate::realm::Realm;
use crate::user::User;
use crate::zone::{Day, Zone};

/// One person's memberships and what bears on them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Portfolio {
    /// Whose.
    pub user: Id<User>,
    /// What is held, what has expired and may come back, and what is barred; in no order.
    pub live: Vec<Membership>,
    /// The groups the person is kept out of; of those below too.
    pub blocks: Vec<Id<Group>>,
    /// For each group of theirs the groups above it, nearest first. A root needs no entry.
    pub ancestors: BTreeMap<Id<Group>, Vec<Id<Group>>>,
}

/// The end that counts for a membership: its own, or an earlier one of the person's enabled memberships above.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effective {
    /// The first instant after it; none = never.
    pub at: Option<Timestamp>,
    /// The group above that imposes it; none = it is its own.
    pub group: Option<Id<Group>>,
}

/// What realm and groups say about reminders and grace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// In which days begin and end.
    pub zone: Zone,
    /// So many days before the last one people are reminded.
    pub reminders: Vec<u32>,
    /// For so many days what has expired may come back.
    pub grace_days: u32,
    /// What groups say differently.
    pub groups: BTreeMap<Id<Group>, GroupFigures>,
}

/// What a group says differently from its realm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupFigures {
    /// Its own days before the last one.
    pub reminders: Option<Vec<u32>>,
    /// Its own days of grace.
    pub grace_days: Option<u32>,
}

impl Figures {
    /// What a realm says, and those of its groups that are managed.
    pub(crate) fn of(realm: &Realm, managed: &[(Id<Group>, Management)]) -> Self {
        let settings = &realm.settings;
        let at_once = settings.compat.expire_deletes;
        let grace = |days| if at_once { 0 } else { days };
        let of_group = |(id, management): &(Id<Group>, Management)| {
            let own_days: Vec<u32> = management.reminder_days.iter().copied().map(u32::from).collect();
            let from_first = || Some(settings.agm.reminder_days(Some(u32::from(management.notice_days?))));
            let own = GroupFigures {
                reminders: if own_days.is_empty() {
                    from_first()
                } else {
                    Some(own_days)
                },
                grace_days: management.grace_days.map(u32::from).map(grace),
            };
            (own != GroupFigures::default()).then_some((*id, own))
        };
        Self {
            zone: Zone::of(realm),
            reminders: settings.agm.reminder_days(None),
            grace_days: grace(settings.agm.grace_days()),
            groups: managed.iter().filter_map(of_group).collect(),
        }
    }
}

/// One thing that happens to one membership, by its place in [`Portfolio::live`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Move {
    /// Its time has begun.
    Activate {
        /// Which.
        index: usize,
    },
    /// Its time is over. It may come back, unless the person is kept out.
    Expire {
        /// Which.
        index: usize,
        /// The one above whose end took it along, or itself.
        root: usize,
        /// Why the root's time is over.
        why: Over,
    },
    /// It ends for good.
    End {
        /// Which.
        index: usize,
        /// The one above whose end took it along, or itself.
        root: usize,
    },
    /// A block, or the lifting of one, or other dates put it elsewhere.
    Restate {
        /// Which.
        index: usize,
        /// Where it stands now.
        to: Status,
    },
    /// What had expired will not come back.
    Purge {
        /// Which.
        index: usize,
    },
    /// The person is reminded of its end.
    Remind {
        /// Which.
        index: usize,
        /// So many days before.
        days_before: u32,
        /// The last day that counts for it.
        last_day: Day,
    },
    /// The person is reminded that terms have to be accepted again.
    RemindOfTerms {
        /// Which.
        index: usize,
        /// So many days before.
        days_before: u32,
        /// The last day on which the acceptance counts.
        last_day: Day,
    },
    /// The terms are no longer accepted, and it goes on all the same.
    TermsLapse {
        /// Which.
        index: usize,
        /// What happens to it. Never its end: that is [`Move::Expire`].
        how: OnLapse,
    },
}

/// Why memberships change: the word in their facts. What an end above takes along says `cascade` instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Its time has come.
    Time,
    /// Its terms are no longer accepted.
    Terms,
    /// Somebody else gave it.
    Given,
    /// The person joined.
    Joined,
    /// The person asked for more time, and got it.
    Renewed,
    /// Dates or details were changed.
    Changed,
    /// The person left.
    Left,
    /// Somebody else took it away.
    Removed,
    /// A block was set.
    Suspended,
    /// A block was lifted.
    Resumed,
    /// A review of the group came to that.
    Reviewed,
    /// The person made themselves a member for some hours.
    Elevated,
    /// They may do that no more.
    EligibilityRevoked,
    /// A group has moved, or its members are worked out anew.
    Recalculated,
}

impl Cause {
    /// The word in facts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Terms => "terms",
            Self::Given => "given",
            Self::Joined => "joined",
            Self::Renewed => "renewed",
            Self::Changed => "changed",
            Self::Left => "left",
            Self::Removed => "removed",
            Self::Suspended => "suspended",
            Self::Resumed => "resumed",
            Self::Reviewed => "review",
            Self::Elevated => "elevated",
            Self::EligibilityRevoked => "eligibility_revoked",
            Self::Recalculated => "recalculated",
        }
    }

    pub(super) fn is_of_time(self) -> bool {
        matches!(self, Self::Time | Self::Terms)
    }
}

/// Why one membership changes, and which one above took it along.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reason<'a> {
    pub(super) cause: Cause,
    pub(super) root: Option<&'a Membership>,
}

impl Reason<'_> {
    /// The word in facts.
    pub(super) fn word(&self) -> &'static str {
        if self.root.is_some() {
            "cascade"
        } else {
            self.cause.name()
        }
    }
}

/// Why the time of a membership is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Over {
    /// Its end has come.
    Time,
    /// Its terms are no longer accepted.
    Terms,
}

impl Move {
    /// Which membership it happens to.
    pub fn index(&self) -> usize {
        match self {
            Self::Activate { index }
            | Self::Expire { index, .. }
            | Self::End { index, .. }
            | Self::Restate { index, .. }
            | Self::Purge { index }
            | Self::Remind { index, .. }
            | Self::RemindOfTerms { index, .. }
            | Self::TermsLapse { index, .. } => *index,
        }
    }
}
