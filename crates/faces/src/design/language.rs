//! The languages of the pages: one catalogue per language in `languages/`, chosen by Accept-Language.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The catalogues that are compiled in. A further language is a further file and a line here; the first is spoken where
/// nothing says otherwise, and its keys are the ones the others must have.
const FILES: [(&str, &str); 2] = [
    ("en", include_str!("../../languages/en.json")),
    ("de", include_str!("../../languages/de.json")),
];

#[derive(Debug)]
struct Catalogue {
    code: &'static str,
    texts: BTreeMap<String, String>,
}

static CATALOGUES: LazyLock<Vec<Catalogue>> = LazyLock::new(|| {
    FILES
        .iter()
        .map(|(code, file)| Catalogue {
            code,
            texts: serde_json::from_str(file).expect("a test reads every catalogue"),
        })
        .collect()
});

/// A language the pages speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Language(usize);

impl Language {
    /// The language of that code, e.g. `de`; regions are passed over.
    pub(crate) fn of_code(code: &str) -> Option<Self> {
        let primary = code.split(['-', '_']).next().unwrap_or(code);
        CATALOGUES
            .iter()
            .position(|catalogue| catalogue.code.eq_ignore_ascii_case(primary))
            .map(Self)
    }

    /// The best language for a header Accept-Language (RFC 9110 §12.5.4); `None` when it names none of ours.
    pub(crate) fn accepted(header: &str) -> Option<Self> {
        let mut best: Option<(f32, Self)> = None;
        for part in header.split(',').take(32) {
            let mut pieces = part.split(';').map(str::trim);
            let Some(language) = pieces
                .next()
                .and_then(|tag| if tag == "*" { Some(Self(0)) } else { Self::of_code(tag) })
            else {
                continue;
            };
            let quality = pieces
                .find_map(|piece| piece.strip_prefix("q="))
                .map_or(1.0, |text| text.parse().unwrap_or(0.0));
            // Of equals the first named wins.
            if quality > 0.0 && best.is_none_or(|(found, _)| quality > found) {
                best = Some((quality, language));
            }
        }
        best.map(|(_, language)| language)
    }

    /// The language spoken where nothing says otherwise.
    pub(crate) fn first() -> Self {
        Self(0)
    }

    /// Its code, for the attribute `lang` and the header Content-Language.
    pub(crate) fn code(self) -> &'static str {
        CATALOGUES[self.0].code
    }

    /// The text of a key; `None` for a key no catalogue has.
    pub(crate) fn text(self, key: &str) -> Option<&'static str> {
        let own = CATALOGUES[self.0].texts.get(key);
        own.or_else(|| CATALOGUES[0].texts.get(key)).map(String::as_str)
    }

    /// An instant, spelt out, in UTC; `form` is the key of its pattern.
    pub(crate) fn date(self, millis: i64, form: &str) -> String {
        let instant = jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let time = instant.to_zoned(jiff::tz::TimeZone::UTC);
        let nth = |key: &str, number: i8| {
            let names = self.text(key).unwrap_or_default();
            names
                .split(',')
                .nth(usize::try_from(number).unwrap_or(0))
                .unwrap_or_default()
        };
        self.text(form)
            .unwrap_or_default()
            .replace(
                "{weekday}",
                nth("date.weekdays", time.weekday().to_monday_zero_offset()),
            )
            .replace("{month}", nth("date.months", time.month() - 1))
            .replace("{day}", &time.day().to_string())
            .replace("{year}", &time.year().to_string())
            .replace("{time}", &format!("{:02}:{:02}", time.hour(), time.minute()))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "in a test a panic is the report")]
mod tests {
    use super::*;

    fn code(header: &str) -> Option<&'static str> {
        Language::accepted(header).map(Language::code)
    }

    #[test]
    fn every_language_says_everything() {
        let first = &CATALOGUES[0];
        for other in &CATALOGUES[1..] {
            let keys = |catalogue: &Catalogue| catalogue.texts.keys().cloned().collect::<Vec<_>>();
            assert_eq!(keys(first), keys(other), "{} and {}", first.code, other.code);
            for (key, text) in &other.texts {
                assert!(!text.trim().is_empty(), "{}: {key}", other.code);
                let holes = |text: &str| {
                    let mut names: Vec<_> = text
                        .split('{')
                        .skip(1)
                        .filter_map(|part| part.split('}').next())
                        .map(str::to_owned)
                        .collect();
                    names.sort();
                    names
                };
                assert_eq!(holes(text), holes(&first.texts[key]), "{}: {key}", other.code);
            }
        }
        for catalogue in CATALOGUES.iter() {
            assert_eq!(catalogue.texts["date.months"].split(',').count(), 12);
            assert_eq!(catalogue.texts["date.weekdays"].split(',').count(), 7);
        }
    }

    #[test]
    fn the_reader_s_language_is_spoken() {
        assert_eq!(code("de-CH, en;q=0.8"), Some("de"));
        assert_eq!(code("fr, en;q=0.5, de;q=0.7"), Some("de"));
        assert_eq!(code("en, de"), Some("en"));
        assert_eq!(code("fr, *;q=0.1"), Some("en"));
        assert_eq!(code("de;q=0"), None);
        assert_eq!(code("fr"), None);
        assert_eq!(code(""), None);
        assert_eq!(code("de;q=x, en;q=0.1"), Some("en"));
    }

    #[test]
    fn the_day_is_spelt_out() {
        let millis = 1_893_484_800_000; // 2030-01-01T08:00:00Z
        let speak = |code: &str| Language::of_code(code).unwrap().date(millis, "date.long");
        assert_eq!(speak("en"), "Tuesday, 1 January 2030, 08:00 UTC");
        assert_eq!(speak("de"), "Dienstag, 1. Januar 2030, 08:00 Uhr (UTC)");
    }
}
