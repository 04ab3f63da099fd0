//! Sources: in whose name a plan acts. A source remembers whom and what it knows, so that it only takes away what it gave,
//! and does not bring back what has ended here.

pub(crate) mod table;

use std::fmt;

use aws_lc_rs::{digest, hmac};
use uuid::Uuid;

use crate::error::Refusal;
use crate::user;

/// The longest name, in bytes.
const LONGEST: usize = 32;

/// The name of a source: 1 to 32 of `a` to `z`, `0` to `9`, `.`, `_` and `-`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SourceName {
    text: [u8; LONGEST],
    length: u8,
}

impl SourceName {
    /// Reads a name.
    ///
    /// # Errors
    /// `Invalid`, saying what a name is.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        Self::read(text).ok_or_else(|| {
            let why = format!("`{text}` is no name of a source: 1 to {LONGEST} of a to z, 0 to 9, `.`, `_` and `-`");
            Refusal::invalid("source", why)
        })
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
        if text.is_empty() || text.len() > LONGEST || !text.bytes().all(allowed) {
            return None;
        }
        let mut name = [0; LONGEST];
        name[..text.len()].copy_from_slice(text.as_bytes());
        Some(Self {
            text: name,
            length: text.len() as u8,
        })
    }

    /// The name that is nearest to a text, such as the stem of a file's name.
    pub fn like(text: &str) -> Option<Self> {
        let letter = |letter: char| match letter.to_ascii_lowercase() {
            letter if letter.is_ascii_lowercase() || letter.is_ascii_digit() || "._-".contains(letter) => letter,
            _ => '-',
        };
        let name: String = text.chars().map(letter).take(LONGEST).collect();
        Self::read(name.trim_matches('-'))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text[..usize::from(self.length)]).unwrap_or_default()
    }

    /// The source as the giver of memberships: the same for the same name.
    pub(crate) fn id(self) -> Uuid {
        let hash = digest::digest(&digest::SHA256, self.as_str().as_bytes());
        let mut id = [0; 16];
        id.copy_from_slice(&hash.as_ref()[..16]);
        uuid::Builder::from_custom_bytes(id).into_uuid()
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// What a source calls somebody or something, hashed with the installation's own key: it stays when the person is erased.
pub(crate) type Record = Vec<u8>;

/// The record of a person: by the source's own identifier, else by the userName.
pub(crate) fn record_of_user(key: &hmac::Key, external_id: Option<&str>, user_name: &str) -> Record {
    match external_id {
        Some(id) => record(key, "id", id),
        None => record(key, "name", &scim::text::key(user_name)),
    }
}

/// The record of a group: by its displayName.
pub(crate) fn record_of_group(key: &hmac::Key, display_name: &str) -> Record {
    record(key, "group", &user::rules::key(display_name))
}

fn record(key: &hmac::Key, kind: &str, text: &str) -> Record {
    hmac::sign(key, format!("source record\0{kind}\0{text}").as_bytes())
        .as_ref()
        .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_plain() {
        for good in ["hr", "people.2026-01", "a", &"x".repeat(LONGEST)] {
            let name = SourceName::read(good).map(|name| name.as_str().to_owned());
            assert_eq!(name.as_deref(), Some(good));
        }
        for wrong in ["", "HR", "a b", "ä", "a:b", &"x".repeat(LONGEST + 1)] {
            assert!(SourceName::read(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn the_stem_of_a_file_becomes_a_name() {
        let like = |text: &str| SourceName::like(text).map(|name| name.to_string());
        assert_eq!(like("People (new)").as_deref(), Some("people--new"));
        assert_eq!(like("Müller").as_deref(), Some("m-ller"));
        assert_eq!(like("---"), None);
        assert_eq!(like(&"x".repeat(100)).map(|name| name.len()), Some(LONGEST));
    }
}
