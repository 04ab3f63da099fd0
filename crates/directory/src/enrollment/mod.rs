//! How people join groups by themselves: the ways a group offers, what the realm allows of them, terms, and asking.
//!
//! - [`configuration`]: a way to join a group.
//! - [`rule`]: what the realm allows groups to configure.
//! - [`terms`]: versions of terms of use, and who has accepted which.
//! - [`request`]: one person's asking, from the first word to the decision.
//! - `written`: what people write, read once.

pub mod configuration;
pub(crate) mod jobs;
pub mod request;
pub mod rule;
pub mod terms;
mod written;

use crate::zone::Day;

/// The last day of so many after a first one, as the realm's people count them: a membership of one day from Monday lasts until
/// the end of Tuesday.
fn last_day(first: Day, days: u32) -> Day {
    first.plus_days(i64::from(days))
}
