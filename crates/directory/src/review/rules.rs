//! What follows from a review's state, its days and its figures. Pure.

use super::{Counts, Decision, Review, ReviewItem, Superseded};
use crate::clock::Timestamp;
use crate::error::Refusal;
use crate::mail::Language;
use crate::membership::Status;
use crate::plan::rules as plan;
use crate::zone::{Day, Zone};

/// A review ends at most so many days ahead.
const MOST_DAYS: i64 = 366;
/// The hour of the day at which people are reminded.
const REMINDED_AT: i8 = 8;
/// So many seconds after its last day a review is given up that nobody closes.
const PATIENCE: i64 = 90 * 86_400;

/// Refuses a last day that is not to come, or too far away.
pub(super) fn check_last_day(last: Day, today: Day) -> Result<(), Refusal> {
    if last > today && last <= today.plus_days(MOST_DAYS) {
        return Ok(());
    }
    Err(Refusal::invalid("last_day", "a day after today, at most a year ahead"))
}

/// What closing does to an item; none = nothing.
pub(super) fn verdict(review: &Review, item: &ReviewItem) -> Option<Decision> {
    let decision = item.decision.unwrap_or(review.undecided);
    (decision != Decision::Keep).then_some(decision)
}

/// Why closing waits for another word: too many would lose their membership because nobody said anything about it.
pub(super) fn brake(review: &Review) -> Option<String> {
    let Counts { items, to_decide, .. } = review.counts;
    let silent = match review.undecided {
        Decision::Keep => 0,
        Decision::Remove | Decision::Suspend => to_decide,
    };
    plan::brake(silent, items, plan::BRAKE_PERCENT)?;
    let does = match review.undecided {
        Decision::Suspend => "suspend",
        Decision::Keep | Decision::Remove => "end",
    };
    Some(format!(
        "it would {does} {silent} of {items} memberships about which nobody has decided"
    ))
}

/// When a review that nobody closes is given up.
pub(super) fn given_up_at(ends_at: Timestamp) -> Timestamp {
    ends_at.plus_seconds(PATIENCE)
}

/// The latest reminder that was missed, else the next one: so many days before the last one, in the morning; none when there is
/// none before the end.
pub(super) fn next_reminder(
    ends_at: Timestamp,
    settled: Timestamp,
    days: &[u32],
    zone: &Zone,
    now: Timestamp,
) -> Option<Timestamp> {
    let last_day = zone.last_day(ends_at);
    let each = days
        .iter()
        .map(|before| zone.at(last_day.plus_days(-i64::from(*before)), REMINDED_AT));
    let open = each.filter(|at| *at < ends_at && settled < *at);
    let (missed, coming): (Vec<_>, Vec<_>) = open.partition(|at| *at <= now);
    missed.into_iter().max().or_else(|| coming.into_iter().min())
}

/// How a membership stands now that was reviewed. Its id stays when it ends and comes back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StandsNow {
    pub(crate) status: Status,
    pub(crate) granted_at: Timestamp,
    /// The version with which it last ended, as far as is known.
    pub(crate) ended_in: Option<i64>,
}

/// Why it is not what was decided about any more; none while it is.
pub(crate) fn superseded(item: &ReviewItem, now: Option<StandsNow>) -> Option<Superseded> {
    let Some(now) = now else {
        return Some(Superseded::Ended);
    };
    match now.status {
        Status::Expired | Status::Ended | Status::Barred => return Some(Superseded::Ended),
        Status::Enabled | Status::Pending | Status::Suspended => {}
    }
    let ended = now.ended_in.is_some_and(|version| version > item.membership_version);
    if ended || now.granted_at != item.granted_at {
        return Some(Superseded::GivenAgain);
    }
    (now.status == Status::Suspended).then_some(Superseded::Suspended)
}

/// Why a membership ended or is suspended, as its people read it.
pub(super) fn justification(name: &str, comment: Option<&str>, language: Language) -> String {
    let review = match language {
        Language::En => format!("access review “{name}”"),
        Language::De => format!("Überprüfung „{name}“"),
    };
    match comment {
        Some(comment) => format!("{review}: {comment}"),
        None => review,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::id::Id;
    use crate::review::ReviewState;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("an instant")
    }

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    fn review(undecided: Decision, items: i64, to_decide: i64) -> Review {
        Review {
            id: Id::new(Uuid::nil()),
            version: 1,
            modified: at("2030-01-01T08:00:00Z"),
            group: Id::new(Uuid::nil()),
            path: "/acme".into(),
            below: false,
            name: "spring".into(),
            reason: None,
            undecided,
            begun_by: "operator".into(),
            state: ReviewState::Open,
            ends_at: at("2030-02-01T00:00:00Z"),
            reminded: None,
            held: None,
            ended_at: None,
            cause: None,
            counts: Counts {
                items,
                to_decide,
                ..Counts::default()
            },
        }
    }

    fn item() -> ReviewItem {
        ReviewItem {
            position: 1,
            membership: Id::new(Uuid::nil()),
            membership_version: 3,
            granted_at: at("2030-01-01T00:00:00Z"),
            group: Id::new(Uuid::nil()),
            user: Id::new(Uuid::nil()),
            decision: None,
            comment: None,
            decided_by: None,
            decided_at: None,
            outcome: None,
        }
    }

    #[test]
    fn a_last_day_is_to_come_and_within_a_year() {
        let today = day("2030-01-01");
        for (last, fits) in [
            ("2029-12-31", false),
            ("2030-01-01", false),
            ("2030-01-02", true),
            ("2031-01-01", true),
            ("2031-01-03", false),
        ] {
            assert_eq!(check_last_day(day(last), today).is_ok(), fits, "{last}");
        }
    }

    #[test]
    fn only_what_nobody_decided_about_holds_a_review() {
        assert_eq!(brake(&review(Decision::Keep, 100, 100)), None);
        assert_eq!(brake(&review(Decision::Remove, 100, 10)), None);
        assert_eq!(brake(&review(Decision::Remove, 6, 5)), None);
        let held = brake(&review(Decision::Remove, 100, 11)).expect("held");
        assert!(held.contains("end 11 of 100"), "{held}");
        assert!(brake(&review(Decision::Suspend, 6, 6)).is_some());
    }

    #[test]
    fn reminders_come_in_the_morning_and_the_latest_missed_one_counts() {
        let (ends, zone) = (at("2030-02-01T00:00:00Z"), Zone::default());
        let next = |settled: &str, now: &str| next_reminder(ends, at(settled), &[7, 1], &zone, at(now));
        let begun = "2030-01-01T08:00:00Z";
        assert_eq!(next(begun, begun), Some(at("2030-01-24T08:00:00Z")));
        assert_eq!(next(begun, "2030-01-30T09:00:00Z"), Some(at("2030-01-30T08:00:00Z")));
        assert_eq!(
            next("2030-01-24T08:00:00Z", "2030-01-24T08:00:00Z"),
            Some(at("2030-01-30T08:00:00Z"))
        );
        assert_eq!(next("2030-01-30T08:00:00Z", "2030-01-30T08:00:00Z"), None);
    }

    #[test]
    fn who_left_came_back_or_is_suspended_is_left_alone() {
        let item = item();
        let stands = |status, granted: &str, ended_in| {
            let granted_at = at(granted);
            superseded(
                &item,
                Some(StandsNow {
                    status,
                    granted_at,
                    ended_in,
                }),
            )
        };
        let then = "2030-01-01T00:00:00Z";
        assert_eq!(stands(Status::Enabled, then, None), None);
        assert_eq!(stands(Status::Pending, then, Some(2)), None);
        assert_eq!(stands(Status::Enabled, then, Some(4)), Some(Superseded::GivenAgain));
        assert_eq!(
            stands(Status::Enabled, "2030-01-02T00:00:00Z", None),
            Some(Superseded::GivenAgain)
        );
        assert_eq!(stands(Status::Suspended, then, None), Some(Superseded::Suspended));
        assert_eq!(stands(Status::Expired, then, None), Some(Superseded::Ended));
        assert_eq!(superseded(&item, None), Some(Superseded::Ended));
    }

    #[test]
    fn what_is_decided_counts_and_else_what_was_agreed() {
        let review = review(Decision::Suspend, 1, 1);
        let decided = |decision| ReviewItem { decision, ..item() };
        assert_eq!(verdict(&review, &decided(None)), Some(Decision::Suspend));
        assert_eq!(verdict(&review, &decided(Some(Decision::Keep))), None);
        assert_eq!(
            verdict(&review, &decided(Some(Decision::Remove))),
            Some(Decision::Remove)
        );
    }
}
