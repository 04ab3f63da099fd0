//! From when to when somebody is a member who joins by a way, or stays by it. Pure.

use super::super::last_day;
use super::{Contract, ExtendFrom};
use crate::clock::Timestamp;
use crate::membership::Status;
use crate::zone::Zone;

/// How somebody stands to the group who comes by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// They are no member, or one that does not count now.
    NoMember,
    /// They are a member.
    Member {
        /// Since when it counts.
        valid_from: Option<Timestamp>,
        /// The first instant after it; none = for good.
        expires_at: Option<Timestamp>,
    },
}

impl Before {
    /// How somebody stands with such a membership.
    pub fn of(status: Status, valid_from: Option<Timestamp>, expires_at: Option<Timestamp>) -> Self {
        match status {
            Status::Enabled => Self::Member { valid_from, expires_at },
            Status::Pending | Status::Suspended | Status::Expired | Status::Ended | Status::Barred => Self::NoMember,
        }
    }

    /// Whether they would stay rather than come.
    pub fn is_member(self) -> bool {
        matches!(self, Self::Member { .. })
    }
}

/// From when to when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dates {
    /// It counts from then on; none = it counts already.
    pub valid_from: Option<Timestamp>,
    /// The first instant after it; none = for good.
    pub expires_at: Option<Timestamp>,
}

/// What a membership gets by a way to join. Who comes begins today, or on the way's first day if that is later. Who stays goes
/// on from today, or from the end they have where the way says so; their beginning stays. A way without a duration gives what
/// does not end.
pub fn agreed(contract: &Contract, before: Before, now: Timestamp, zone: &Zone) -> Dates {
    let today = zone.day(now);
    let (valid_from, counted_from) = match before {
        Before::NoMember => match contract.valid_from().filter(|first| *first > today) {
            Some(first) => (Some(zone.start_of(first)), first),
            None => (Some(now), today),
        },
        Before::Member { valid_from, expires_at } => {
            let start = valid_from.map(|from| zone.day(from));
            let mut from = start.filter(|start| *start > today).unwrap_or(today);
            if let (ExtendFrom::CurrentEnd, Some(end)) = (contract.extend_from, expires_at) {
                from = from.max(zone.last_day(end));
            }
            (valid_from, from)
        }
    };
    let expires_at = contract
        .membership_expiration_days
        .map(|days| zone.end_of(last_day(counted_from, days)));
    Dates { valid_from, expires_at }
}

#[cfg(test)]
mod tests {
    use super::{Before, Contract, Dates, ExtendFrom, agreed};
    use crate::clock::Timestamp;
    use crate::membership::Status;
    use crate::zone::Zone;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("an instant")
    }

    fn contract(days: Option<u32>, first: Option<&str>, extend_from: ExtendFrom) -> Contract {
        Contract {
            membership_expiration_days: days,
            valid_from: first.map(str::to_owned),
            extend_from,
            ..Contract::default()
        }
    }

    const NOW: &str = "2030-01-07T08:00:00Z";

    fn member(from: Option<&str>, until: Option<&str>) -> Before {
        Before::Member {
            valid_from: from.map(at),
            expires_at: until.map(at),
        }
    }

    #[test]
    fn who_comes_begins_today_or_later_and_who_stays_goes_on() {
        use ExtendFrom::{CurrentEnd, Today};
        let since = Some("2029-06-01T00:00:00Z");
        // The way's days, its first day, from when it extends; how they stand; beginning and end.
        let table = [
            (None, None, Today, Before::NoMember, Some(NOW), None),
            (
                Some(30),
                None,
                Today,
                Before::NoMember,
                Some(NOW),
                Some("2030-02-07T00:00:00Z"),
            ),
            (
                Some(30),
                Some("2029-01-01"),
                Today,
                Before::NoMember,
                Some(NOW),
                Some("2030-02-07T00:00:00Z"),
            ),
            (
                Some(30),
                Some("2030-01-07"),
                Today,
                Before::NoMember,
                Some(NOW),
                Some("2030-02-07T00:00:00Z"),
            ),
            (
                Some(30),
                Some("2030-03-01"),
                Today,
                Before::NoMember,
                Some("2030-03-01T00:00:00Z"),
                Some("2030-04-01T00:00:00Z"),
            ),
            // The end is never before today, however long ago it began.
            (
                Some(30),
                None,
                Today,
                member(since, Some("2030-01-08T00:00:00Z")),
                since,
                Some("2030-02-07T00:00:00Z"),
            ),
            // It may become shorter, and end where it did not.
            (
                Some(30),
                None,
                Today,
                member(since, None),
                since,
                Some("2030-02-07T00:00:00Z"),
            ),
            (
                Some(30),
                None,
                Today,
                member(since, Some("2031-01-01T00:00:00Z")),
                since,
                Some("2030-02-07T00:00:00Z"),
            ),
            (
                None,
                None,
                Today,
                member(since, Some("2031-01-01T00:00:00Z")),
                since,
                None,
            ),
            // A first day of the way is for those who come.
            (
                Some(30),
                Some("2030-03-01"),
                Today,
                member(since, None),
                since,
                Some("2030-02-07T00:00:00Z"),
            ),
            (
                Some(30),
                None,
                CurrentEnd,
                member(since, Some("2030-06-01T00:00:00Z")),
                since,
                Some("2030-07-01T00:00:00Z"),
            ),
            (
                Some(30),
                None,
                CurrentEnd,
                member(since, None),
                since,
                Some("2030-02-07T00:00:00Z"),
            ),
            (
                Some(30),
                None,
                Today,
                member(None, None),
                None,
                Some("2030-02-07T00:00:00Z"),
            ),
        ];
        for (row, (days, first, extend, before, from, until)) in table.into_iter().enumerate() {
            let got = agreed(&contract(days, first, extend), before, at(NOW), &Zone::default());
            let wanted = Dates {
                valid_from: from.map(at),
                expires_at: until.map(at),
            };
            assert_eq!(got, wanted, "row {row}");
        }
    }

    #[test]
    fn only_a_membership_that_counts_is_renewed() {
        for status in Status::ALL {
            let before = Before::of(status, None, None);
            assert_eq!(before.is_member(), status == Status::Enabled, "{status:?}");
        }
    }
}
