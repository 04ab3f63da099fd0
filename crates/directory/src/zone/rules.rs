//! From days to instants and back. Pure.

use std::fmt;

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::clock::Timestamp;
use crate::realm::Realm;

/// A day of the calendar, without a time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(Date);

impl Day {
    /// Reads `yyyy-MM-dd`, and nothing else that could be meant by it.
    ///
    /// # Errors
    /// The text has another form, or there is no such day.
    pub fn parse(text: &str) -> Result<Self, NoDay> {
        let refused = || NoDay(text.chars().take(NoDay::SHOWN).collect());
        let has_form = text.len() == 10
            && text.bytes().enumerate().all(|(place, byte)| match place {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !has_form || text.starts_with("0000") {
            return Err(refused());
        }
        let (year, month, day) = (text[..4].parse(), text[5..7].parse(), text[8..].parse());
        let (Ok(year), Ok(month), Ok(day)) = (year, month, day) else {
            return Err(refused());
        };
        Date::new(year, month, day).map(Self).map_err(|_| refused())
    }

    /// The day so many days later; the last day there is where that would be beyond it.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        // A span of days has a limit of its own, beyond any day there is.
        let span = days.clamp(-7_300_000, 7_300_000).days();
        Self(self.0.saturating_add(span))
    }
}

impl From<Day> for Date {
    fn from(day: Day) -> Self {
        day.0
    }
}

/// `yyyy-MM-dd`.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

/// The text is not a day in the form `yyyy-MM-dd`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no day such as 2030-12-31")]
pub struct NoDay(String);

impl NoDay {
    /// So many characters of what was written are repeated.
    const SHOWN: usize = 40;
}

/// There is no time zone of that name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no time zone such as Europe/Berlin")]
pub struct UnknownZone(String);

/// The time zone in which a realm's days begin and end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl Zone {
    /// The zone of a realm.
    pub fn of(realm: &Realm) -> Self {
        // Only what is a zone can be set; a machine that has forgotten it goes by UTC.
        Self::named(realm.settings.time_zone()).unwrap_or_default()
    }

    /// The zone of that name in the IANA database, e.g. `Europe/Berlin`.
    ///
    /// # Errors
    /// There is none.
    pub fn named(name: &str) -> Result<Self, UnknownZone> {
        if name == "UTC" {
            return Ok(Self::default());
        }
        // What the database takes beside names (`unknown`, the machine's own zone) is nobody's setting.
        let zone = TimeZone::get(name).ok().filter(|zone| zone.iana_name().is_some());
        zone.map(Self)
            .ok_or_else(|| UnknownZone(name.chars().take(NoDay::SHOWN).collect()))
    }

    /// The first instant of a day. Where the clocks jump over midnight, that is when they have jumped.
    pub fn start_of(&self, day: Day) -> Timestamp {
        self.at(day, 0)
    }

    /// The first instant after a day; the last one there is, where there is no day after it.
    pub fn end_of(&self, day: Day) -> Timestamp {
        if day.0 == Date::MAX {
            return Timestamp::from_millis(jiff::Timestamp::MAX.as_millisecond());
        }
        self.start_of(day.plus_days(1))
    }

    /// A full hour of a day, 0 to 23.
    pub fn at(&self, day: Day, hour: i8) -> Timestamp {
        let time = day.0.at(hour.clamp(0, 23), 0, 0, 0);
        let instant = self.0.to_ambiguous_timestamp(time).compatible();
        Timestamp::from_millis(instant.unwrap_or(jiff::Timestamp::MAX).as_millisecond())
    }

    /// The day on which an instant falls.
    pub fn day(&self, at: Timestamp) -> Day {
        Day(self.0.to_datetime(instant(at)).date())
    }

    /// The last day of what ends at an instant, the first one after it. What ends with the calendar has the last day there is,
    /// by which lists say "for good".
    pub fn last_day(&self, end: Timestamp) -> Day {
        if end.millis() >= jiff::Timestamp::MAX.as_millisecond() {
            return Day(Date::MAX);
        }
        self.day(end.plus_millis(-1))
    }

    /// An instant as people read it there: `yyyy-MM-dd HH:mm:ss`.
    pub fn read(&self, at: Timestamp) -> String {
        let time = self.0.to_datetime(instant(at));
        let day = Day(time.date());
        format!("{day} {:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())
    }
}

/// The instant as the calendar knows it; its first or last one where it is beyond.
fn instant(at: Timestamp) -> jiff::Timestamp {
    let (first, last) = (jiff::Timestamp::MIN, jiff::Timestamp::MAX);
    let millis = at.millis().clamp(first.as_millisecond() + 1, last.as_millisecond());
    jiff::Timestamp::from_millisecond(millis).unwrap_or(last)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    use super::{Day, Zone};
    use crate::clock::Timestamp;

    fn zone(posix: &str) -> Zone {
        Zone(TimeZone::posix(posix).expect("a zone"))
    }

    fn berlin() -> Zone {
        zone("CET-1CEST,M3.5.0,M10.5.0/3")
    }

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("an instant")
    }

    #[test]
    fn a_day_is_read_in_one_form_only() {
        assert_eq!(day("2028-02-29").to_string(), "2028-02-29");
        assert_eq!(day("0001-01-01").to_string(), "0001-01-01");
        let refused = [
            "",
            "2030-1-1",
            "2030-02-30",
            "2027-02-29",
            "2030-13-01",
            "2030-00-10",
            "2030-01-00",
            "0000-01-01",
            "2030/01/01",
            "20300101",
            "+2030-01-1",
            "2030-01-01T00:00:00Z",
            " 2030-01-01",
            "２０３０-01-01",
            "31-12-2030",
        ];
        for text in refused {
            assert!(Day::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_day_begins_and_ends_at_midnight_there() {
        assert_eq!(berlin().start_of(day("2030-01-07")), at("2030-01-06T23:00:00Z"));
        assert_eq!(berlin().end_of(day("2030-07-01")), at("2030-07-01T22:00:00Z"));
        assert_eq!(Zone::default().end_of(day("2030-12-31")), at("2031-01-01T00:00:00Z"));
        assert_eq!(berlin().at(day("2030-07-01"), 8), at("2030-07-01T06:00:00Z"));
    }

    #[test]
    fn the_days_on_which_clocks_change_are_shorter_and_longer() {
        let hours = |text: &str| {
            let (zone, day) = (berlin(), day(text));
            (zone.end_of(day).millis() - zone.start_of(day).millis()) / 3_600_000
        };
        assert_eq!(
            (hours("2030-03-31"), hours("2030-10-27"), hours("2030-06-01")),
            (23, 25, 24)
        );
    }

    #[test]
    fn where_clocks_jump_over_midnight_the_day_begins_after_it() {
        // Until 2019 in São Paulo summer began at midnight.
        let zone = zone("BRT3BRST,M11.1.0/0,M2.3.0/0");
        let summer = zone.start_of(day("2030-11-03"));
        assert_eq!(summer, at("2030-11-03T03:00:00Z"));
        assert_eq!(zone.read(summer), "2030-11-03 01:00:00");
        assert_eq!(zone.day(summer.plus_millis(-1)), day("2030-11-02"));
    }

    #[test]
    fn the_last_day_of_what_ends_at_midnight_is_the_one_before() {
        let end = berlin().end_of(day("2030-03-31"));
        assert_eq!(berlin().last_day(end), day("2030-03-31"));
        assert_eq!(berlin().day(end), day("2030-04-01"));
        assert_eq!(berlin().last_day(end.plus_seconds(3600)), day("2030-04-01"));
    }

    #[test]
    fn the_last_day_there_is_comes_back() {
        for zone in [
            Zone::default(),
            berlin(),
            zone("<+1245>-12:45"),
            zone("BRT3BRST,M11.1.0/0,M2.3.0/0"),
        ] {
            assert_eq!(zone.last_day(zone.end_of(day("9999-12-31"))), day("9999-12-31"));
        }
    }

    #[test]
    fn instants_are_read_to_the_second() {
        assert_eq!(berlin().read(at("2030-07-01T06:05:09.999Z")), "2030-07-01 08:05:09");
    }

    #[test]
    fn there_are_zones_and_there_are_words_that_are_none() {
        assert_eq!(Zone::named("UTC"), Ok(Zone::default()));
        for name in [
            "",
            "Middle-earth/Shire",
            "../etc/passwd",
            "unknown",
            "CET-1CEST,M3.5.0,M10.5.0/3",
        ] {
            assert!(Zone::named(name).is_err(), "{name}");
        }
    }

    #[test]
    fn the_ends_of_time_are_no_fault() {
        let zone = berlin();
        let first = zone.day(Timestamp::from_millis(i64::MIN));
        let last = zone.day(Timestamp::from_millis(i64::MAX));
        assert!(first < last);
        assert!(zone.end_of(last) >= zone.start_of(last));
        assert_eq!(last.plus_days(i64::MAX), last.plus_days(1));
        assert!(first.plus_days(i64::MIN) <= first);
    }

    proptest! {
        #[test]
        fn every_instant_falls_on_the_day_that_holds_it(millis in -60_000_000_000_000_i64..250_000_000_000_000) {
            let at = Timestamp::from_millis(millis);
            for zone in [Zone::default(), berlin(), zone("BRT3BRST,M11.1.0/0,M2.3.0/0"), zone("<+1245>-12:45")] {
                let day = zone.day(at);
                prop_assert!(zone.start_of(day) <= at && at < zone.end_of(day));
                prop_assert_eq!(zone.last_day(zone.end_of(day)), day);
                prop_assert_eq!(Day::parse(&day.to_string()), Ok(day));
            }
        }
    }
}
