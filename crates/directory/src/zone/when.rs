//! Days and instants as people type them where both will do: `2031-03-31`, a day in the realm's time zone, or
//! `2031-03-31T12:00:00Z`.

use super::{Day, Zone};
use crate::clock::Timestamp;

/// A day, or an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// A day, in the realm's time zone.
    Day(Day),
    /// An instant.
    At(Timestamp),
}

impl When {
    /// Reads a day or an instant.
    ///
    /// # Errors
    /// It is neither: a sentence that shows both.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Ok(day) = Day::parse(text) {
            return Ok(Self::Day(day));
        }
        Timestamp::parse(text).map(Self::At).map_err(|_| {
            format!("`{text}` is neither a day such as 2031-03-31 nor an instant such as 2031-03-31T12:00:00Z")
        })
    }

    /// The first instant from which on something counts that counts from then on.
    pub fn begin(self, zone: &Zone) -> Timestamp {
        match self {
            Self::Day(day) => zone.start_of(day),
            Self::At(at) => at,
        }
    }

    /// The first instant at which something no longer counts that counts until then: a day is the last one.
    pub fn end(self, zone: &Zone) -> Timestamp {
        match self {
            Self::Day(day) => zone.end_of(day),
            Self::At(at) => at,
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "in a test a panic is the report")]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_and_ends_where_the_realm_is() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        let day = When::parse("2031-03-31").unwrap();
        assert_eq!(day.begin(&zone).to_string(), "2031-03-30T22:00:00.000Z");
        assert_eq!(day.end(&zone).to_string(), "2031-03-31T22:00:00.000Z");
        let at = When::parse("2031-03-31T12:00:00Z").unwrap();
        assert_eq!(at.begin(&zone), at.end(&zone));
        for wrong in ["", "31.3.2031", "2031-02-31", "tomorrow"] {
            assert!(When::parse(wrong).unwrap_err().contains("2031-03-31"), "{wrong}");
        }
    }
}
