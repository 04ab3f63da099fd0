//! Finding groups by what they begin with: straight from the index of their names.

use std::collections::BTreeMap;

use db::statements;

use super::super::tree::places;
use super::super::{Group, table};
use super::level::PlacedGroup;
use crate::Directory;
use crate::access;
use crate::client::{Operation, ResourceKind};
use crate::delegation;
use crate::error::Error;
use crate::id::Id;
use crate::principal::{Permission, Principal};
use crate::user::rules::key;

/// So many groups that begin like that are looked at.
const MOST: usize = 500;
/// A person is asked for at most so many delegations.
const MOST_DELEGATIONS: usize = 10_000;
/// After whatever a name goes on with.
const BEHIND: char = '\u{10FFFF}';

statements! {
    NAMED_LIKE = "SELECT g.id, g.version, g.modified, g.parent, g.name, g.display_name, g.external_ids, g.document, g.source,
               g.managed, g.children, g.default_configuration, g.management
             FROM groups g WHERE g.realm = ?1 AND g.display_name_key >= ?2 AND g.display_name_key < ?3 ORDER BY g.display_name_key, g.id LIMIT ?4";
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct GroupsFound {
    /// By name.
    pub groups: Vec<PlacedGroup>,
    /// Whether there are more that begin like that: more letters find them.
    pub more: bool,
}

impl Directory {
    /// Groups that somebody administers and whose shown name begins like that, without regard to case, so many at most.
    ///
    /// # Errors
    /// The token does not reach group management, or the store failed.
    pub async fn find_groups(
        &self,
        principal: &Principal,
        beginning: &str,
        limit: usize,
    ) -> Result<GroupsFound, Error> {
        principal.check(Permission::Manage)?;
        access::check_operation(principal, ResourceKind::Group, Operation::Read)?;
        let (db, realm) = (self.db(), principal.realm);
        let begins = key(beginning.trim());
        let behind = format!("{begins}{BEHIND}");
        let params = [realm.into(), begins.into(), behind.into(), (MOST as i64 + 1).into()];
        let mut like: Vec<Group> = Vec::new();
        for mut row in db.query(NAMED_LIKE, &params).await? {
            like.push(table::from_row(&mut row)?);
        }
        let mut more = like.len() > MOST;
        like.truncate(MOST);
        let mut like = self.visible(principal, like).await?;
        let ids: Vec<Id<Group>> = like.iter().map(|group| group.id).collect();
        let mut stand = places(db, realm, &ids).await?;
        if !delegation::reaches_realm(principal) {
            let mut own: BTreeMap<Id<Group>, bool> = BTreeMap::new();
            for delegation in self.delegations_of(principal, MOST_DELEGATIONS).await? {
                *own.entry(delegation.group).or_default() |= delegation.inherit;
            }
            like.retain(|group| {
                let above = |place| tree_has(place, &own);
                own.contains_key(&group.id) || stand.get(&group.id).is_some_and(above)
            });
        }
        more |= like.len() > limit;
        like.truncate(limit);
        let groups = like.into_iter().filter_map(|group| {
            let place = stand.remove(&group.id)?;
            Some(PlacedGroup {
                path: place.path(),
                above: place.above(),
                group,
            })
        });
        Ok(GroupsFound {
            groups: groups.collect(),
            more,
        })
    }
}

/// Whether a delegation is inherited to that place.
fn tree_has(place: &super::super::tree::Place, own: &BTreeMap<Id<Group>, bool>) -> bool {
    place.from(|id| own.get(id) == Some(&true)).is_some()
}
