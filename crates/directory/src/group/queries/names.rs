//! The paths of all groups of a realm, for searching by name: looked at one by one, up to a limit.

use std::collections::HashMap;

use uuid::Uuid;

use super::super::tree::table::{Named, names_after};
use super::super::{Group, GroupPath};
use crate::Directory;
use crate::denial::Denial;
use crate::error::Error;
use crate::id::Id;
use crate::realm::RealmId;

/// So many groups are looked at.
pub(super) const MOST: usize = 100_000;
/// So many in each slice.
const SLICE: usize = 5_000;

/// The names of all groups of a realm.
pub(super) struct Names {
    all: HashMap<Id<Group>, Named>,
}

impl Names {
    pub(super) async fn read(directory: &Directory, realm: RealmId) -> Result<Self, Error> {
        let mut all = HashMap::new();
        let mut after = Uuid::nil();
        loop {
            let slice = names_after(directory.db(), realm, after, SLICE).await?;
            let is_last = slice.len() < SLICE;
            for named in slice {
                after = named.id.uuid();
                all.insert(named.id, named);
            }
            if all.len() > MOST {
                return Err(Denial::TooMany { limit: MOST }.into());
            }
            if is_last {
                return Ok(Self { all });
            }
        }
    }

    /// The groups whose folded name is like that.
    pub(super) fn matching(&self, is_like: impl Fn(&str) -> bool) -> Vec<Id<Group>> {
        let matching = self.all.values().filter(|named| is_like(&named.name_key));
        matching.map(|named| named.id).collect()
    }

    /// The root of the tree a group stands in.
    pub(super) fn root(&self, id: Id<Group>) -> Id<Group> {
        self.upwards(id).last().map_or(id, |named| named.id)
    }

    /// The path of a group.
    pub(super) fn path(&self, id: Id<Group>) -> GroupPath {
        let mut names: Vec<String> = self.upwards(id).map(|named| named.name.clone()).collect();
        names.reverse();
        GroupPath::of_names(names)
    }

    /// A group and those above it. A tree that was changed while it was read ends somewhere.
    fn upwards(&self, id: Id<Group>) -> impl Iterator<Item = &Named> {
        let up = |named: &&Named| named.parent.and_then(|parent| self.all.get(&parent));
        std::iter::successors(self.all.get(&id), up).take(super::super::MAX_LEVELS)
    }
}
