//! What is on the server: remembered between runs in two files, one line each. Users have one of their own, so that a run that
//! only reads a million of them does not write them down again.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};

/// Shared by all callers of a run.
#[derive(Default)]
pub(crate) struct World {
    known: Mutex<Known>,
}

#[derive(Default)]
pub(crate) struct Known {
    /// Users: index to id.
    pub(crate) users: BTreeMap<usize, String>,
    /// Groups by name.
    pub(crate) groups: BTreeMap<String, Group>,
    /// How many people were invited.
    pub(crate) invited: usize,
    /// How many links were opened, and how many accepted, from the first on.
    pub(crate) opened: usize,
    pub(crate) accepted: usize,
    /// Whether users came or went.
    users_changed: bool,
}

/// A group whose members are the users from one place on the ring of all users to another: adding moves the end, removing the
/// start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) id: String,
    pub(crate) from: usize,
    pub(crate) to: usize,
}

impl Group {
    pub(crate) fn size(&self) -> usize {
        self.to - self.from
    }
}

impl World {
    pub(crate) fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The users that are there, by index.
    pub(crate) fn users(&self) -> Vec<(usize, String)> {
        self.known()
            .users
            .iter()
            .map(|(index, id)| (*index, id.clone()))
            .collect()
    }

    pub(crate) fn read(file: Option<&Path>) -> Result<Self> {
        let world = Self::default();
        let Some(file) = file else { return Ok(world) };
        for file in [file.to_owned(), others(file)] {
            if !file.exists() {
                continue;
            }
            let text = std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
            let mut known = world.known();
            for line in text.lines() {
                known.take(line).with_context(|| format!("not understood: {line}"))?;
            }
        }
        world.known().users_changed = false;
        Ok(world)
    }

    pub(crate) fn write(&self, file: Option<&Path>) -> Result<()> {
        let Some(file) = file else { return Ok(()) };
        let known = self.known();
        let others = others(file);
        if known.users_changed {
            std::fs::write(file, known.users_text()).with_context(|| format!("writing {}", file.display()))?;
        }
        std::fs::write(&others, known.others_text()).with_context(|| format!("writing {}", others.display()))
    }
}

/// The file of everything but users.
fn others(file: &Path) -> PathBuf {
    file.with_extension("others")
}

impl Known {
    pub(crate) fn came(&mut self, index: usize, id: String) {
        self.users.insert(index, id);
        self.users_changed = true;
    }

    pub(crate) fn went(&mut self, index: usize) {
        self.users.remove(&index);
        self.users_changed = true;
    }

    fn take(&mut self, line: &str) -> Option<()> {
        let fields: Vec<&str> = line.split('\t').collect();
        match fields.as_slice() {
            ["user", index, id] => {
                self.came(index.parse().ok()?, (*id).to_owned());
            }
            ["group", name, id, from, to] => {
                let group = Group {
                    id: (*id).to_owned(),
                    from: from.parse().ok()?,
                    to: to.parse().ok()?,
                };
                self.groups.insert((*name).to_owned(), group);
            }
            ["invitations", invited, opened, accepted] => {
                self.invited = invited.parse().ok()?;
                self.opened = opened.parse().ok()?;
                self.accepted = accepted.parse().ok()?;
            }
            _ => return None,
        }
        Some(())
    }

    fn users_text(&self) -> String {
        let mut out = String::new();
        for (index, id) in &self.users {
            let _ = writeln!(out, "user\t{index}\t{id}");
        }
        out
    }

    fn others_text(&self) -> String {
        let mut out = String::new();
        for (name, Group { id, from, to }) in &self.groups {
            let _ = writeln!(out, "group\t{name}\t{id}\t{from}\t{to}");
        }
        let _ = writeln!(out, "invitations\t{}\t{}\t{}", self.invited, self.opened, self.accepted);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut known = Known {
            invited: 3,
            opened: 2,
            accepted: 1,
            ..Known::default()
        };
        known.came(7, "a".to_owned());
        known.groups.insert(
            "hot".to_owned(),
            Group {
                id: "b".to_owned(),
                from: 4,
                to: 9,
            },
        );
        let mut read = Known::default();
        for line in (known.users_text() + &known.others_text()).lines() {
            read.take(line).expect("a line of ours");
        }
        assert_eq!((read.invited, read.opened, read.accepted), (3, 2, 1));
        assert_eq!((read.users, read.groups), (known.users, known.groups));
        assert!(Known::default().take("user\tx\ty").is_none());
    }
}
