//! The tree of groups: parents, ancestors, names among siblings. Whoever changes its shape takes the row of its root first.

mod place;
pub(crate) mod rules;
pub(crate) mod table;

use std::collections::BTreeSet;

use super::Group;
use crate::change::Change;
use crate::counts;
use crate::denial::Denial;
use crate::error::{Error, Refusal};
use crate::id::Id;

pub(crate) use place::{Place, places};
pub use rules::{MAX_LEVELS, MAX_MOVED};

/// The groups above one, nearest first.
pub(crate) fn ancestors(change: &mut Change<'_>, id: Id<Group>) -> Result<Vec<Id<Group>>, Error> {
    table::above_one(change, id)
}

/// Whether there is a privileged group below one, among as many as can be moved.
pub(crate) fn has_privileged_below(change: &mut Change<'_>, id: Id<Group>) -> Result<bool, Error> {
    let candidates = table::privileged_below(change, id, MAX_MOVED as i64)?;
    Ok(candidates.iter().any(|group| group.management.privileged.is_some()))
}

/// The names of the groups above one, the root's first.
pub(crate) fn names_above(change: &mut Change<'_>, id: Id<Group>) -> Result<Vec<String>, Error> {
    table::names_above(change, id)
}

/// Holds the roots of the trees of these groups until the end of the transaction, in the order of their ids: on PostgreSQL
/// nobody else changes the shape of those trees or who administers in them. SQLite has one writer.
pub(crate) fn lock_roots(change: &mut Change<'_>, groups: &[Id<Group>]) -> Result<(), Error> {
    if change.engine() == db::Engine::Sqlite {
        return Ok(());
    }
    let mut held: BTreeSet<Id<Group>> = BTreeSet::new();
    loop {
        let mut roots = BTreeSet::new();
        for group in groups {
            roots.insert(table::above_one(change, *group)?.pop().unwrap_or(*group));
        }
        let fresh: Vec<Id<Group>> = roots.difference(&held).copied().collect();
        if fresh.is_empty() {
            return Ok(());
        }
        // While it waited, a tree may have come under another root: that one is held too.
        for root in fresh {
            table::hold_root(change, root)?;
            held.insert(root);
        }
    }
}

/// Puts a group that was just added with that parent into the tree.
pub(crate) fn attach(change: &mut Change<'_>, group: &Group, parent: &Group) -> Result<(), Error> {
    let above = ancestors(change, parent.id)?;
    rules::check_levels(above.len() + 1, 1)?;
    table::attach(change, group.id, parent.id)?;
    table::count_child(change, parent.id, 1)?;
    counts::add(change, counts::SUBGROUPS, 1)
}

/// Takes a group that has no children and is being deleted out of the tree.
pub(crate) fn detach(change: &mut Change<'_>, group: &Group) -> Result<(), Error> {
    let Some(parent) = group.parent else { return Ok(()) };
    table::detach(change, group.id)?;
    table::count_child(change, parent, -1)?;
    counts::add(change, counts::SUBGROUPS, -1)
}

/// Gives a group, whose tree and whose new tree are held, another parent; with its new version.
pub(crate) fn move_to(change: &mut Change<'_>, group: &Group, parent: Option<&Group>) -> Result<i64, Error> {
    let below = table::below(change, group.id, MAX_MOVED as i64 + 1)?;
    if below.len() > MAX_MOVED {
        return Err(Refusal::TooLarge {
            what: "groups below one that is moved",
            limit: MAX_MOVED,
        }
        .into());
    }
    let height = 1 + below.last().map_or(0, |(_, depth)| *depth);
    let mut level = 0;
    if let Some(parent) = parent {
        let above = ancestors(change, parent.id)?;
        rules::check_cycle(group.id, parent.id, &above)?;
        level = above.len() + 1;
    }
    rules::check_levels(level, height)?;
    let version = table::place(change, group, parent.map(|parent| parent.id))?;
    let version = version.ok_or_else(|| name_taken(parent.is_some()))?;
    table::cut(change, group.id)?;
    if let Some(parent) = parent {
        table::attach(change, group.id, parent.id)?;
        table::graft(change, group.id)?;
        table::count_child(change, parent.id, 1)?;
        counts::add(change, counts::SUBGROUPS, 1)?;
    }
    if let Some(before) = group.parent {
        table::count_child(change, before, -1)?;
        counts::add(change, counts::SUBGROUPS, -1)?;
    }
    Ok(version)
}

/// What is said when a sibling has the name.
pub(crate) fn name_taken(has_parent: bool) -> Denial {
    if has_parent {
        Denial::GroupNameTaken
    } else {
        Denial::TopGroupNameTaken
    }
}
