//! Spans and instants as people type them: `36h`, `90d`, `1d12h`, `2030-01-01T08:00:00Z`.

use directory::Timestamp;

/// A span in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span(i64);

impl Span {
    pub(crate) const fn seconds(self) -> i64 {
        self.0
    }
}

/// Reads a span: numbers with units, the larger first or not; `+90d` is `90d`.
pub(crate) fn span(text: &str) -> Result<Span, String> {
    let wrong = || format!("`{text}` is no span such as 90s, 15m, 36h, 30d, 2w or 1d12h");
    let mut seconds: i64 = 0;
    let mut digits = String::new();
    for letter in text.strip_prefix('+').unwrap_or(text).chars() {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        let unit = match letter {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return Err(wrong()),
        };
        let number: i64 = digits.parse().map_err(|_| wrong())?;
        digits.clear();
        seconds = number
            .checked_mul(unit)
            .and_then(|more| seconds.checked_add(more))
            .ok_or_else(wrong)?;
    }
    // A hundred years are more than anybody means.
    if !digits.is_empty() || seconds == 0 || seconds > 100 * 366 * 86_400 {
        Err(wrong())
    } else {
        Ok(Span(seconds))
    }
}

/// Reads an instant.
pub(crate) fn instant(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).map_err(|error| error.to_string())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "in a test a panic is the report")]
mod tests {
    use super::*;

    #[test]
    fn spans_are_numbers_with_units() {
        let seconds = |text: &str| span(text).map(Span::seconds);
        assert_eq!(seconds("36h"), Ok(129_600));
        assert_eq!(seconds("+90d"), Ok(7_776_000));
        assert_eq!(seconds("1d12h"), Ok(129_600));
        assert_eq!(seconds("2w"), Ok(1_209_600));
        for wrong in [
            "",
            "h",
            "36",
            "36x",
            "-1h",
            "0s",
            "1.5h",
            "9999999999999999999h",
            "99999999w",
            "1h ",
            "1h5",
        ] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn instants_are_rfc_3339() {
        assert!(instant("2030-01-01T08:00:00Z").is_ok());
        assert!(instant("2030-01-01").unwrap_err().contains("2030-01-01T08:00:00Z"));
    }
}
