//! Attribute paths: `userName`, `name.familyName`, `urn:…:enterprise:2.0:User:manager.value` (RFC 7644 §3.10).

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// Names an attribute, or a sub-attribute, of a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttrPath {
    /// The schema's URN, as written.
    pub urn: Option<String>,
    /// The attribute.
    pub name: String,
    /// The sub-attribute.
    pub sub: Option<String>,
}

impl AttrPath {
    /// The path of a top-level attribute.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            urn: None,
            name: name.into(),
            sub: None,
        }
    }

    /// Reads a path, or says what is wrong with it in words that fit after a colon.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        // URNs contain dots (`2.0`), so the last colon comes first, and only then the dot.
        let (urn, rest) = match text.rfind(':') {
            Some(colon) => (Some(&text[..colon]), &text[colon + 1..]),
            None => (None, text),
        };
        if urn.is_some_and(|urn| urn.is_empty() || urn.chars().any(char::is_whitespace)) {
            return Err(format!("`{text}` has no schema URN before its last colon"));
        }
        let (name, sub) = match rest.split_once('.') {
            Some((name, sub)) => (name, Some(sub)),
            None => (rest, None),
        };
        for part in [Some(name), sub].into_iter().flatten() {
            if !is_name(part) {
                return Err(format!("`{text}`: `{part}` is no attribute name"));
            }
        }
        Ok(Self {
            urn: urn.map(str::to_owned),
            name: name.to_owned(),
            sub: sub.map(str::to_owned),
        })
    }
}

impl FromStr for AttrPath {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::read(text).map_err(|why| Error::invalid_path(format!("path: {why}")))
    }
}

impl fmt::Display for AttrPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(urn) = &self.urn {
            write!(f, "{urn}:")?;
        }
        f.write_str(&self.name)?;
        match &self.sub {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}

/// RFC 7643 §2.1: a letter, then letters, digits, `-` and `_`; `$ref` begins with `$`.
fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '$')
        && chars.all(|next| next.is_ascii_alphanumeric() || matches!(next, '-' | '_' | '$'))
}

#[cfg(test)]
mod tests {
    use super::AttrPath;

    fn parts(text: &str) -> Option<(Option<String>, String, Option<String>)> {
        text.parse::<AttrPath>()
            .ok()
            .map(|path| (path.urn, path.name, path.sub))
    }

    #[test]
    fn a_urn_with_dots_is_split_at_its_last_colon() {
        let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        assert_eq!(
            parts(&format!("{enterprise}:manager.value")),
            Some((Some(enterprise.into()), "manager".into(), Some("value".into())))
        );
        assert_eq!(
            parts("name.familyName"),
            Some((None, "name".into(), Some("familyName".into())))
        );
        assert_eq!(
            parts("members.$ref"),
            Some((None, "members".into(), Some("$ref".into())))
        );
    }

    #[test]
    fn what_is_no_path_is_refused_as_invalid_path() {
        for text in [
            "",
            ".",
            "a.",
            ".a",
            "a.b.c",
            "1a",
            "a b",
            ":a",
            "urn:x:",
            "a[b]",
            "userName\u{0}",
            "straße",
        ] {
            let refused = text.parse::<AttrPath>().expect_err(text);
            assert_eq!(
                refused.scim_type.map(crate::error::ScimType::name),
                Some("invalidPath"),
                "{text}"
            );
        }
    }
}
