//! Where a group stands in its tree, as a path of names: `/acme/ops`.

use std::fmt;

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

    /// Reads a path with or without its first slash. A slash inside a name is written `~/`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('/').unwrap_or(text);
        let mut names = vec![String::new()];
        for letter in text.chars() {
            let name = names.last_mut()?;
            if letter != '/' {
                name.push(letter);
            } else if name.ends_with('~') {
                name.pop();
                name.push('/');
            } else {
                names.push(String::new());
            }
        }
        let empty = names.iter().any(|name| name.trim().is_empty() || name.contains('\0'));
        (!empty).then_some(Self(names))
    }
}

impl fmt::Display for GroupPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for name in &self.0 {
            write!(f, "/{}", name.replace('/', "~/"))?;
        }
        Ok(())
    }
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
        for names in [vec!["acme"], vec!["acme", "ops/eu", "on call"], vec!["a/", "~b", "/"]] {
            let path = GroupPath::of_names(names.into_iter().map(str::to_owned).collect());
            assert_eq!(GroupPath::parse(&path.to_string()), Some(path));
        }
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
