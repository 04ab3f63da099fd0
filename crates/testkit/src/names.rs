//! What differs from run to run, or shifts when a command makes one id more, gets a name by the order in which a test first
//! sees it, so that a snapshot says what is the same and what is not.

use std::collections::HashMap;

use uuid::Uuid;

/// Names given so far.
#[derive(Debug, Default)]
pub(crate) struct Names {
    ids: HashMap<Uuid, usize>,
    secrets: HashMap<String, usize>,
}

impl Names {
    /// The text with `{id 1}` for each UUID, `{token 1}` for each token and `{secret 1}` for the secret of each link.
    pub(crate) fn replace(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let before = out.chars().next_back();
            let within = before.is_some_and(|letter| letter.is_ascii_alphanumeric());
            let taken = if within { None } else { self.take(rest, &out) };
            if let Some((length, name)) = taken {
                out.push_str(&name);
                rest = &rest[length..];
            } else {
                let letter = rest.chars().next().unwrap_or_default();
                out.push(letter);
                rest = &rest[letter.len_utf8()..];
            }
        }
        out
    }

    fn take(&mut self, rest: &str, before: &str) -> Option<(usize, String)> {
        if let Some(id) = rest.get(..36).and_then(|text| Uuid::try_parse(text).ok()) {
            let next = self.ids.len() + 1;
            return Some((36, format!("{{id {}}}", self.ids.entry(id).or_insert(next))));
        }
        let length = rest
            .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
            .unwrap_or(rest.len());
        let word = &rest[..length];
        let kind = if word.starts_with("ush_") {
            "token"
        } else if length >= 40 && before.ends_with("/invitation/") {
            "secret"
        } else {
            return None;
        };
        let next = self.secrets.len() + 1;
        let number = self.secrets.entry(word.to_owned()).or_insert(next);
        Some((length, format!("{{{kind} {number}}}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_id_has_the_same_name() {
        let mut names = Names::default();
        let text = "a 01900000-0000-7000-8000-000000000001, b 01900000-0000-7000-8000-000000000002";
        assert_eq!(names.replace(text), "a {id 1}, b {id 2}");
        assert_eq!(names.replace("01900000-0000-7000-8000-000000000002."), "{id 2}.");
    }

    #[test]
    fn secrets_are_named_where_they_stand() {
        let mut names = Names::default();
        let secret = "x".repeat(43);
        assert_eq!(
            names.replace(&format!("http://h/realms/default/invitation/{secret} ush_abc é")),
            "http://h/realms/default/invitation/{secret 1} {token 2} é"
        );
        assert_eq!(names.replace(&secret), secret);
    }
}
