//! By what people are looked for. Pure.

use super::rules::{UserIndex, cut};

/// By what people are looked for: without regard to letter case and accents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Search {
    /// A part of a name, address or userName. All who are there are looked through, up to a limit.
    Part(String),
    /// What one of them begins with, or two of them, one behind the other (`ann mil`). Costs the same however many there are.
    Beginning(String),
}

/// What a name, address or userName begins with; or two of them, one behind the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Beginning {
    /// As it was typed, without more space than one between words.
    typed: String,
    /// The same as names are compared.
    folded: String,
}

impl Beginning {
    /// More words than that begin no names.
    const MOST_WORDS: usize = 8;

    pub(crate) fn of(typed: &str) -> Self {
        let words: Vec<&str> = typed.split_whitespace().take(Self::MOST_WORDS).collect();
        let typed = cut(&words.join(" "));
        Self {
            folded: folded(&typed),
            typed,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.folded.is_empty()
    }

    /// What to look up of it, each once: first that which finds everybody who is meant, then that which finds them where there
    /// are too many.
    pub(crate) fn looked_up(&self) -> Vec<String> {
        let words = || self.typed.split(' ');
        let (first, last) = (words().next(), words().next_back());
        let mut texts: Vec<&str> = Vec::new();
        for text in [first, Some(self.typed.as_str()), last].into_iter().flatten() {
            if !text.is_empty() && !texts.contains(&text) {
                texts.push(text);
            }
        }
        texts.into_iter().map(str::to_owned).collect()
    }

    /// Whether it means somebody who is called that, each folded.
    pub(crate) fn means(&self, called: &[&str]) -> bool {
        let begins = |text: &str| called.iter().any(|name| name.starts_with(text));
        let two = |at: usize| begins(&self.folded[..at]) && begins(&self.folded[at + 1..]);
        !self.is_empty() && (begins(&self.folded) || self.folded.match_indices(' ').any(|(at, _)| two(at)))
    }

    /// Whether it means the person with that index.
    pub(crate) fn means_person(&self, index: &UserIndex) -> bool {
        let names = [&index.family_name_key, &index.given_name_key, &index.user_name_key];
        let called: Vec<String> = names
            .into_iter()
            .chain(&index.emails)
            .map(|text| folded(text))
            .collect();
        self.means(&called.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

/// Text as names are compared where people are looked for.
pub(crate) fn folded(text: &str) -> String {
    let folded = scim::text::search_key(text.trim());
    folded.chars().filter(|letter| !letter.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_means_whoever_has_a_name_that_begins_so() {
        let called = ["van der berg", "maria anna", "mb@example.org", "berg7"];
        for typed in [
            "van",
            "VAN DER",
            " Van  der B",
            "maría",
            "mb@",
            "Berg",
            "maria van",
            "Maria Anna van der",
            "van der berg mar",
        ] {
            assert!(Beginning::of(typed).means(&called), "{typed}");
        }
        for typed in [
            "",
            " ",
            "der",
            "anna",
            "example",
            "maria x",
            "x maria",
            "van der bergh",
            "maria annavan",
        ] {
            assert!(!Beginning::of(typed).means(&called), "{typed}");
        }
    }

    #[test]
    fn whatever_it_means_begins_with_its_first_word() {
        let looked_up = |typed: &str| Beginning::of(typed).looked_up();
        assert_eq!(looked_up("Mil"), ["Mil"]);
        assert_eq!(looked_up(" Ann  Mil "), ["Ann", "Ann Mil", "Mil"]);
        assert_eq!(looked_up("an an"), ["an", "an an"]);
        assert_eq!(looked_up(" "), Vec::<String>::new());
    }

    #[test]
    fn nothing_that_is_typed_is_too_long() {
        let long = Beginning::of(&"ﷺ ".repeat(100_000));
        assert!(long.folded.len() < 10_000, "{}", long.folded.len());
        assert!(!long.means(&["ann"]));
    }
}
