//! Where groups stand, for many at once.

use std::collections::BTreeMap;

use db::{Db, Value};

use super::super::{Group, GroupPath};
use crate::error::Error;
use crate::id::Id;
use crate::lists::in_lists;
use crate::realm::RealmId;

/// Where a group stands: itself and the groups above it with their names, the root first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place(Vec<(Id<Group>, String)>);

impl Place {
    pub(crate) fn path(&self) -> GroupPath {
        GroupPath::of_names(self.0.iter().map(|(_, name)| name.clone()).collect())
    }

    /// The groups above it with their names, the root first.
    pub(crate) fn above(&self) -> Vec<(Id<Group>, String)> {
        let above = self.0.len().saturating_sub(1);
        self.0[..above].to_vec()
    }

    /// Its name, folded for comparing; none of what is gone.
    pub(crate) fn key(&self) -> Option<String> {
        self.0.last().map(|(_, name)| scim::text::key(name))
    }

    pub(crate) fn is_within(&self, group: Id<Group>) -> bool {
        self.0.iter().any(|(id, _)| *id == group)
    }

    /// The part of it from the first group on for which something holds.
    pub(crate) fn from(&self, begins: impl Fn(&Id<Group>) -> bool) -> Option<&[(Id<Group>, String)]> {
        let first = self.0.iter().position(|(id, _)| begins(id))?;
        Some(&self.0[first..])
    }
}

/// How far above, which group, and its name.
type Above = (i64, Id<Group>, String);

/// Where these groups stand; those that are gone are left out.
pub(crate) async fn places(db: &Db, realm: RealmId, groups: &[Id<Group>]) -> Result<BTreeMap<Id<Group>, Place>, Error> {
    let wanted: Vec<Value> = groups.iter().map(Value::from).collect();
    let mut above: BTreeMap<Id<Group>, Vec<Above>> = BTreeMap::new();
    for (sql, params) in in_lists(ABOVE, &[realm.into()], &wanted) {
        for mut row in db.query(&sql, &params).await? {
            let (group, ancestor, name, depth) = (row.take(0)?, row.take(1)?, row.take(2)?, row.take(3)?);
            above.entry(group).or_default().push((depth, ancestor, name));
        }
    }
    let mut places = BTreeMap::new();
    for (sql, params) in in_lists(NAMES, &[realm.into()], &wanted) {
        for mut row in db.query(&sql, &params).await? {
            let (id, name): (Id<Group>, String) = (row.take(0)?, row.take(1)?);
            let mut chain = above.remove(&id).unwrap_or_default();
            chain.sort_unstable_by_key(|(depth, ..)| std::cmp::Reverse(*depth));
            let mut chain: Vec<_> = chain.into_iter().map(|(_, id, name)| (id, name)).collect();
            chain.push((id, name));
            places.insert(id, Place(chain));
        }
    }
    Ok(places)
}

const ABOVE: &str = "SELECT a.group_id, a.ancestor, g.name, a.depth FROM group_ancestors a
                     JOIN groups g ON g.realm = a.realm AND g.id = a.ancestor WHERE a.realm = ?1 AND a.group_id IN";
const NAMES: &str = "SELECT g.id, g.name FROM groups g WHERE g.realm = ?1 AND g.id IN";
