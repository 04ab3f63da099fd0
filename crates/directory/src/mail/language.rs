//! The languages mails are written in.

/// A language of mails and pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// German.
    De,
}

impl Language {
    /// All languages.
    pub const ALL: [Self; 2] = [Self::En, Self::De];

    /// The language's tag (BCP 47), as in tables, settings and `Content-Language`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }

    /// The first language of a preference that we write. A preference is one tag, such as `de-AT`, or a list as in
    /// `Accept-Language` (RFC 9110 §12.5.4), which is what SCIM's `preferredLanguage` holds.
    pub fn preferred(preference: &str) -> Option<Self> {
        let mut ranges: Vec<(&str, f32)> = preference
            .split(',')
            .take(32)
            .map(|range| {
                let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
                let weight = parameters
                    .trim()
                    .strip_prefix("q=")
                    .and_then(|q| q.trim().parse::<f32>().ok());
                (tag.trim(), weight.unwrap_or(1.0))
            })
            .filter(|(_, weight)| *weight > 0.0)
            .collect();
        ranges.sort_by(|left, right| right.1.total_cmp(&left.1));
        ranges.into_iter().find_map(|(tag, _)| {
            let primary = tag.split(['-', '_']).next().unwrap_or_default();
            Self::ALL
                .into_iter()
                .find(|language| language.tag().eq_ignore_ascii_case(primary))
        })
    }

    /// The person's language if we write it, else the realm's.
    pub fn choose(preference: Option<&str>, realm: &str) -> Self {
        preference
            .and_then(Self::preferred)
            .or_else(|| Self::preferred(realm))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn the_best_language_we_write_is_taken() {
        assert_eq!(Language::preferred("de"), Some(Language::De));
        assert_eq!(Language::preferred("de-AT"), Some(Language::De));
        assert_eq!(Language::preferred("DE_ch"), Some(Language::De));
        assert_eq!(Language::preferred("fr, en;q=0.2, de;q=0.8"), Some(Language::De));
        assert_eq!(Language::preferred("fr-FR"), None);
        assert_eq!(Language::preferred("de;q=0, en;q=0.1"), Some(Language::En));
        assert_eq!(Language::preferred(";;;q=,"), None);
        assert_eq!(Language::choose(Some("fr"), "de"), Language::De);
        assert_eq!(Language::choose(None, "xx"), Language::En);
    }
}
