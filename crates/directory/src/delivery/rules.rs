//! When to try again, and when to stop. Pure; jobs use the same.

use super::{DeliveryState, Outcome};
use crate::clock::Timestamp;
use crate::mail::text;
use crate::settings::WorkSettings;

/// What an attempt comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) state: DeliveryState,
    pub(crate) due_at: Timestamp,
    pub(crate) why: Option<String>,
}

/// What follows from the outcome of attempt number `attempts` (1 = the first).
pub(crate) fn verdict(outcome: &Outcome, attempts: i64, now: Timestamp, random: u16, work: &WorkSettings) -> Verdict {
    match outcome {
        Outcome::Confirmed => Verdict {
            state: DeliveryState::Confirmed,
            due_at: now,
            why: None,
        },
        Outcome::Park { why } => Verdict {
            state: DeliveryState::Parked,
            due_at: now,
            why: Some(text::why(why)),
        },
        Outcome::Retry { why } => {
            let why = Some(text::why(why));
            match next_attempt(attempts, now, random, work) {
                Some(due_at) => Verdict {
                    state: DeliveryState::Retrying,
                    due_at,
                    why,
                },
                None => Verdict {
                    state: DeliveryState::Parked,
                    due_at: now,
                    why,
                },
            }
        }
    }
}

/// When to try again after a failure: twice as long as before each time, as far as a limit, a fifth more or less so that
/// what failed together does not come back together. None: stop trying.
pub(crate) fn next_attempt(attempts: i64, now: Timestamp, random: u16, work: &WorkSettings) -> Option<Timestamp> {
    if attempts >= i64::from(work.attempts) {
        return None;
    }
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(40);
    let wait = work
        .first_retry_seconds
        .saturating_mul(1_i64 << doublings)
        .clamp(1, work.longest_retry_seconds.max(1));
    let per_mille = 800 + i64::from(random) % 401;
    Some(now.plus_millis(wait.saturating_mul(per_mille)))
}

/// How far the clocks of nodes may differ, in seconds.
const CLOCKS_DIFFER_SECONDS: i64 = 300;

/// The latest instant that an attempt may have been put off to.
pub(crate) fn latest_due(now: Timestamp, work: &WorkSettings) -> Timestamp {
    now.plus_millis(work.longest_retry_seconds.max(1).saturating_mul(1_200))
        .plus_seconds(CLOCKS_DIFFER_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::{Verdict, next_attempt, verdict};
    use crate::clock::Timestamp;
    use crate::delivery::{DeliveryState, Outcome};
    use crate::settings::WorkSettings;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    #[test]
    fn waits_double_as_far_as_a_limit_with_a_fifth_of_spread() {
        let work = WorkSettings::default();
        // 200 of 0..=400 is the middle: no spread.
        let waits: Vec<i64> = (1..12)
            .filter_map(|attempts| next_attempt(attempts, NOW, 200, &work))
            .map(|due| (due.millis() - NOW.millis()) / 1000)
            .collect();
        assert_eq!(waits, [30, 60, 120, 240, 480, 960, 1920, 3840, 7680, 15360, 21600]);
        assert_eq!(next_attempt(12, NOW, 200, &work), None);
        for random in [0, 1, 400, 401, u16::MAX] {
            let wait = next_attempt(1, NOW, random, &work).map(|due| due.millis() - NOW.millis());
            assert!(wait.is_some_and(|wait| (24_000..=36_000).contains(&wait)), "{wait:?}");
        }
    }

    #[test]
    fn absurd_counts_do_not_overflow() {
        let work = WorkSettings {
            attempts: u32::MAX,
            longest_retry_seconds: i64::MAX,
            first_retry_seconds: i64::MAX,
            ..WorkSettings::default()
        };
        assert!(next_attempt(i64::from(u32::MAX) - 1, NOW, 9, &work).is_some());
    }

    #[test]
    fn each_outcome_has_its_state() {
        let work = WorkSettings::default();
        let state = |outcome: &Outcome, attempts| verdict(outcome, attempts, NOW, 0, &work);
        assert_eq!(
            state(&Outcome::Confirmed, 1),
            Verdict {
                state: DeliveryState::Confirmed,
                due_at: NOW,
                why: None
            }
        );
        let park = Outcome::Park {
            why: "550 no\r\nsuch user".into(),
        };
        assert_eq!(
            state(&park, 1),
            Verdict {
                state: DeliveryState::Parked,
                due_at: NOW,
                why: Some("550 no such user".into())
            }
        );
        let retry = Outcome::Retry {
            why: "450 later".into(),
        };
        assert_eq!(state(&retry, 11).state, DeliveryState::Retrying);
        assert_eq!(state(&retry, 12).state, DeliveryState::Parked);
    }
}
