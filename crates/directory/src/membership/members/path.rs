//! How much bears on the members of a group, and that it stays so while they are changed.

use std::collections::BTreeSet;

use scim::patch::DeferredOp;
use uuid::Uuid;

use super::super::MAX_MEMBER_CHANGES;
use super::super::reach::Reach;
use super::super::table;
use super::named::{member_ref, resolve};
use super::{SLICE, matching};
use crate::change::Change;
use crate::error::Error;
use crate::group::{self, Group};

/// Which way members come into a group and go.
#[derive(Debug)]
pub(crate) enum Path {
    /// Nobody manages the group and it stands alone: rows come and go, and nothing else is read or locked.
    Plain,
    /// What people have in groups above and below bears on it, and what keeps them out: they are held.
    Portfolio(People),
}

/// The people who are held.
#[derive(Debug)]
pub(crate) enum People {
    /// Everybody: the engine has one writer.
    All,
    /// These.
    Some(BTreeSet<Uuid>),
}

/// How the group itself will be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hold {
    /// With others who change single members.
    Together,
    /// Alone, by whoever compares or replaces.
    Alone,
}

impl Path {
    pub(super) fn is_plain(&self) -> bool {
        matches!(self, Self::Plain)
    }

    /// Whether a person is held, where that is needed.
    pub(super) fn holds(&self, person: Uuid) -> bool {
        match self {
            Self::Plain | Self::Portfolio(People::All) => true,
            Self::Portfolio(People::Some(held)) => held.contains(&person),
        }
    }
}

/// Holds the people whom operations are about, then the groups in which they end something, in the order of their ids. Nothing
/// may come before it that holds a group.
pub(crate) fn hold_people(
    change: &mut Change<'_>,
    group: &Group,
    operations: &[DeferredOp],
    hold: Hold,
) -> Result<Path, Error> {
    if change.engine() == db::Engine::Sqlite {
        return Ok(Path::Portfolio(People::All));
    }
    let (mut named, mut going) = (BTreeSet::new(), BTreeSet::new());
    for operation in operations {
        match operation {
            DeferredOp::Add(values) => {
                for value in values {
                    named.extend(resolve(change, &member_ref(value).unwrap_or_default())?);
                }
            }
            DeferredOp::Replace(values) => {
                for value in values {
                    named.extend(resolve(change, &member_ref(value).unwrap_or_default())?);
                }
                present(change, group, &mut going)?;
            }
            DeferredOp::RemoveAll => present(change, group, &mut going)?,
            DeferredOp::RemoveValues(names) => {
                for name in names {
                    going.extend(resolve(change, name)?);
                }
            }
            DeferredOp::RemoveWhere(filter) => going.extend(matching(change, group, filter)?),
        }
    }
    let people: BTreeSet<Uuid> = named.iter().chain(&going).copied().collect();
    let list: Vec<Uuid> = people.iter().copied().collect();
    table::hold_people(change, &list)?;
    let mut groups = BTreeSet::from([group.id]);
    if group.children > 0 {
        let going: Vec<Uuid> = going.into_iter().collect();
        groups.extend(
            table::held_below(change, group.id, &going)?
                .into_iter()
                .map(|row| row.group),
        );
    }
    for id in groups {
        if id == group.id && hold == Hold::Alone {
            group::table::hold_alone(change, id)?;
        } else {
            group::table::hold_together(change, id)?;
        }
    }
    Ok(Path::Portfolio(People::Some(people)))
}

/// Who is in a group now, as far as one request can change it.
fn present(change: &mut Change<'_>, group: &Group, into: &mut BTreeSet<Uuid>) -> Result<(), Error> {
    let sight = Reach::of(change.principal()).sight();
    let mut after = Uuid::nil();
    loop {
        let slice = table::seen_users_after(change, group.id, after, SLICE, sight)?;
        let Some(last) = slice.last().copied() else {
            return Ok(());
        };
        after = last;
        into.extend(slice);
        if into.len() > 2 * MAX_MEMBER_CHANGES {
            return Ok(());
        }
    }
}

impl Group {
    /// Whether nothing but its own rows bears on who is in it.
    pub(crate) fn is_plain(&self) -> bool {
        !self.managed && self.parent.is_none() && self.children == 0
    }
}
