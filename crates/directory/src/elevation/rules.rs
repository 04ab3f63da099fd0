//! For how long somebody makes themselves a member. Pure.

use super::Eligibility;
use crate::clock::Timestamp;
use crate::denial::Denial;
use crate::error::Refusal;

/// Nobody may for longer at a time: a week.
pub const MOST_HOURS: u32 = 168;
const HOUR_MILLIS: i64 = 3_600_000;

/// Refuses hours that cannot be given.
///
/// # Errors
/// `Invalid`.
pub fn check_hours(hours: u32) -> Result<(), Refusal> {
    if (1..=MOST_HOURS).contains(&hours) {
        return Ok(());
    }
    Err(Refusal::invalid("hours", format!("1 to {MOST_HOURS}")))
}

/// When a membership ends that begins now and is to last so many hours: none outlasts what it rests on.
///
/// # Errors
/// `eligibility_over`, `hours_too_many`, or no hours at all.
pub fn end_of(eligibility: &Eligibility, hours: u32, now: Timestamp) -> Result<Timestamp, Refusal> {
    let until = eligibility.valid_until;
    if until.is_some_and(|until| until <= now) {
        return Err(Denial::EligibilityOver.into());
    }
    if hours == 0 {
        return Err(Refusal::invalid("hours", format!("1 to {}", eligibility.hours)));
    }
    if hours > eligibility.hours {
        let limit = eligibility.hours;
        return Err(Denial::HoursTooMany { limit }.into());
    }
    let end = now.plus_millis(i64::from(hours) * HOUR_MILLIS);
    Ok(until.map_or(end, |until| until.min(end)))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{MOST_HOURS, check_hours, end_of};
    use crate::clock::Timestamp;
    use crate::elevation::Eligibility;
    use crate::id::Id;

    fn eligibility(valid_until: Option<i64>) -> Eligibility {
        Eligibility {
            id: Id::new(Uuid::from_u128(1)),
            group: Id::new(Uuid::from_u128(2)),
            user: Id::new(Uuid::from_u128(3)),
            roles: Vec::new(),
            hours: 8,
            valid_until: valid_until.map(Timestamp::from_millis),
            needs_justification: true,
            entitled: false,
            granted_by: "operator".into(),
            granted_at: Timestamp::from_millis(0),
        }
    }

    #[test]
    fn it_lasts_exactly_the_hours_and_never_beyond_what_it_rests_on() {
        let now = Timestamp::from_millis(1_000);
        let end = |until, hours| end_of(&eligibility(until), hours, now).map(Timestamp::millis);
        assert_eq!(end(None, 1), Ok(3_601_000));
        assert_eq!(end(None, 8), Ok(28_801_000));
        assert_eq!(end(Some(3_600_000), 1), Ok(3_600_000));
        assert_eq!(end(Some(3_601_000), 1), Ok(3_601_000));
        for (until, hours) in [(None, 0), (None, 9), (None, u32::MAX), (Some(1_000), 1), (Some(0), 1)] {
            assert!(end(until, hours).is_err(), "{until:?} {hours}");
        }
    }

    #[test]
    fn a_week_is_the_most() {
        assert!(check_hours(1).is_ok() && check_hours(MOST_HOURS).is_ok());
        assert!(check_hours(0).is_err() && check_hours(MOST_HOURS + 1).is_err());
    }
}
