//! What somebody has in a group, and what they would have by joining or staying.

use directory::Timestamp;
use directory::enrollment::configuration::dates::{Before, Dates};
use directory::zone::Zone;
use serde::Serialize;

use crate::pages::shown::noon;

/// What the person has and would have.
#[derive(Debug, Default, Serialize)]
pub(in crate::pages) struct Outlook {
    /// Whether they are a member already.
    pub(in crate::pages) is_member: bool,
    /// The last day of what they have.
    until: Option<i64>,
    /// The first day of what they would have, where that is to come.
    from: Option<i64>,
    /// Its last day.
    new_until: Option<i64>,
    /// How the two compare.
    key: &'static str,
    /// Roles that they would have no more.
    lost: Vec<String>,
}

impl Outlook {
    /// From how they stand to what is agreed, and from the roles they have to those they would.
    pub(in crate::pages) fn of(
        before: Before,
        dates: Dates,
        (had, would_have): (&[String], &[String]),
        (now, zone): (Timestamp, &Zone),
    ) -> Self {
        let until = match before {
            Before::NoMember => None,
            Before::Member { expires_at, .. } => expires_at,
        };
        let key = match (before.is_member(), until, dates.expires_at) {
            (false, _, None) => "for_good",
            (false, _, Some(_)) => "until",
            (true, None, None) => "stays_for_good",
            (true, Some(_), None) => "becomes_for_good",
            (true, None, Some(_)) => "becomes_limited",
            (true, Some(old), Some(new)) if new > old => "longer",
            (true, Some(old), Some(new)) if new < old => "shorter",
            (true, Some(_), Some(_)) => "same",
        };
        let had = if before.is_member() { had } else { &[] };
        Self {
            is_member: before.is_member(),
            until: until.map(|end| noon(zone.last_day(end))),
            from: dates
                .valid_from
                .filter(|from| *from > now)
                .map(|from| noon(zone.day(from))),
            new_until: dates.expires_at.map(|end| noon(zone.last_day(end))),
            key,
            lost: had.iter().filter(|role| !would_have.contains(role)).cloned().collect(),
        }
    }
}
