//! Where a group stands in its tree, as a path of names: `/acme/ops`.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Group, tree};
use crate::change::Change;
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::mail::content::GroupRef;

/// The names from the root of a tree down to a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupPath(Vec<String>);

impl GroupPath {
    /// Of these names, the root's first.
    pub fn of_names(names: Vec<String>) -> Self {
        Self(names)
    }

    /// The names, the root's first.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// The path of a group of that name right below.
    #[must_use]
    pub fn below(&self, name: &str) -> Self {
        let mut names = self.0.clone();
        names.push(name.to_owned());
        Self(names)
    }

    /// Reads a path with or without its first slash. A slash inside a name is written `~/`, and each `~` right before that or at
    /// the end of a name twice; one that somebody leaves alone at the end of the path is one.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('/').unwrap_or(text);
        let mut names = vec![String::new()];
        let mut tildes = 0;
        for letter in text.chars() {
            let name = names.last_mut()?;
            match letter {
                '~' => tildes += 1,
                '/' => {
                    name.push_str(&"~".repeat(tildes / 2));
                    if tildes % 2 == 1 {
                        name.push('/');
                    } else {
                        names.push(String::new());
                    }
                    tildes = 0;
                }
                _ => {
                    name.push_str(&"~".repeat(tildes));
                    name.push(letter);
                    tildes = 0;
                }
            }
        }
        names.last_mut()?.push_str(&"~".repeat(tildes.div_ceil(2)));
        let empty = names.iter().any(|name| name.trim().is_empty() || name.contains('\0'));
        (!empty).then_some(Self(names))
    }
}

/// What stands as it is in the value of a query.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// A path as the value of a query, e.g. of `enroll?groupPath=`: still to be read by people.
pub fn in_query(path: &str) -> impl fmt::Display + '_ {
    utf8_percent_encode(path, PLAIN)
}

impl fmt::Display for GroupPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|name| write!(f, "/{}", written(name)))
    }
}

/// A name as it stands in a path.
fn written(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    let mut tildes = 0;
    for letter in name.chars() {
        if letter == '/' {
            text.push_str(&"~".repeat(tildes + 1));
        }
        tildes = if letter == '~' { tildes + 1 } else { 0 };
        text.push(letter);
    }
    text.push_str(&"~".repeat(tildes));
    text
}

/// The path of a group.
pub(crate) fn of(change: &mut Change<'_>, id: Id<Group>) -> Result<GroupPath, Error> {
    let group = super::table::read(change, id)?.ok_or(Refusal::NotFound { what: "group" })?;
    let mut names = tree::names_above(change, id)?;
    names.push(group.name);
    Ok(GroupPath(names))
}

/// A group as mails name it.
pub(crate) fn shown(change: &mut Change<'_>, id: Id<Group>) -> Result<GroupRef, Error> {
    Ok(GroupRef {
        id: id.uuid(),
        path: of(change, id)?.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::GroupPath;

    #[test]
    fn a_path_that_is_written_is_read_again() {
        for names in [
            vec!["acme"],
            vec!["acme", "ops/eu", "on call"],
            vec!["a/", "~b", "/"],
            vec!["a~", "b"],
            vec!["a~/b"],
            vec!["a~~/~", "~", "~/~~", "~~"],
        ] {
            let path = GroupPath::of_names(names.into_iter().map(str::to_owned).collect());
            assert_eq!(GroupPath::parse(&path.to_string()), Some(path));
        }
        let written =
            |names: &[&str]| GroupPath::of_names(names.iter().map(|name| (*name).to_owned()).collect()).to_string();
        assert_eq!(
            (written(&["a~", "b"]), written(&["a/b"])),
            ("/a~~/b".to_owned(), "/a~/b".to_owned())
        );
        assert_eq!(
            (written(&["a~/b"]), written(&["~a"])),
            ("/a~~~/b".to_owned(), "/~a".to_owned())
        );
        assert_eq!(GroupPath::parse("/a~"), GroupPath::parse("/a~~"));
        let path = GroupPath::parse("p~/q/r").expect("a path");
        assert_eq!(path.names(), ["p/q", "r"]);
        assert_eq!(path.to_string(), "/p~/q/r");
        assert_eq!(path.below("s").to_string(), "/p~/q/r/s");
    }

    #[test]
    fn what_names_no_group_is_no_path() {
        for text in ["", "/", "//", "/a//b", "/a/", "/a\0"] {
            assert_eq!(GroupPath::parse(text), None, "{text:?}");
        }
    }
}
