//! Days in a realm's time zone. Instants are what is stored; days are how people say and read them: the first day of a
//! membership is its first instant, its last day the instant after it.

mod rules;
mod when;

pub use rules::{Day, NoDay, UnknownZone, Zone};
pub use when::When;
