//! Days and instants as they stand in objects: calendar days and clock times of the realm, without a zone.

use directory::Timestamp;
use directory::zone::Zone;

/// The day on which something begins: `yyyy-MM-dd`.
pub(in crate::agm) fn first_day(zone: &Zone, at: Timestamp) -> String {
    zone.day(at).to_string()
}

/// The last day of what ends at an instant, the first one after it.
pub(in crate::agm) fn last_day(zone: &Zone, end: Timestamp) -> String {
    zone.last_day(end).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_realm() {
        let zone = Zone::named("Europe/Berlin").expect("a zone");
        let at = |text| Timestamp::parse(text).expect("an instant");
        assert_eq!(first_day(&zone, at("2030-06-30T22:00:00Z")), "2030-07-01");
        assert_eq!(last_day(&zone, at("2030-06-30T22:00:00Z")), "2030-06-30");
    }
}
