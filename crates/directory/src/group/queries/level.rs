//! One level of the tree at a time: the groups at the top, those right below one, and where a group stands.

use super::super::{Group, GroupPath, table, tree};
use crate::Directory;
use crate::access;
use crate::client::{Operation, ResourceKind};
use crate::delegation::{self, Reach};
use crate::denial::Denial;
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::principal::{Permission, Principal};
use crate::user::rules::key;

/// So many groups are looked at for one page by who sees only some of them.
const MOST: usize = 100_000;
/// So many at a time.
const SLICE: usize = 500;
/// A person is asked for at most so many delegations.
const MOST_DELEGATIONS: usize = 10_000;

/// A group with where it stands.
#[derive(Clone, Debug)]
pub struct PlacedGroup {
    /// The group.
    pub group: Group,
    /// Where it stands.
    pub path: GroupPath,
    /// The groups above it with their names, the root first.
    pub above: Vec<(Id<Group>, String)>,
}

impl Directory {
    /// A group with where it stands, for those who administer it in any way.
    ///
    /// # Errors
    /// `NotFound`, `not_permitted`, or the store failed.
    pub async fn placed_group(&self, principal: &Principal, id: Id<Group>) -> Result<(PlacedGroup, Reach), Error> {
        let (group, reach) = self.administered(principal, id).await?;
        let placed = self.place(principal, group).await?.ok_or(NOT_FOUND)?;
        Ok((placed, reach))
    }

    /// The groups from which somebody begins, by path: those at the top of the realm for who manages all groups, else those
    /// they administer by a delegation on them. Those behind a path, so many.
    ///
    /// # Errors
    /// The token does not reach group management, `too_many`, or the store failed.
    pub async fn top_groups(
        &self,
        principal: &Principal,
        after: Option<&GroupPath>,
        limit: usize,
    ) -> Result<Vec<PlacedGroup>, Error> {
        principal.check(Permission::Manage)?;
        access::check_operation(principal, ResourceKind::Group, Operation::Read)?;
        if delegation::reaches_realm(principal) {
            let after = after.and_then(|path| path.names().first());
            let groups = self
                .level(principal, None, after.map_or("", String::as_str), limit)
                .await?;
            return Ok(groups.into_iter().map(at_the_top).collect());
        }
        let own = self.delegations_of(principal, MOST_DELEGATIONS).await?;
        let mut ids: Vec<Id<Group>> = own.into_iter().map(|delegation| delegation.group).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut placed = Vec::with_capacity(ids.len());
        for group in table::many(self.db(), principal.realm, &ids).await? {
            placed.extend(self.place(principal, group).await?);
        }
        placed.retain(|one| after.is_none_or(|after| one.path > *after));
        placed.sort_by(|one, other| one.path.cmp(&other.path));
        placed.truncate(limit);
        Ok(placed)
    }

    /// The groups right below one, by name: those behind a name, so many. For those who administer it in any way.
    ///
    /// # Errors
    /// `NotFound`, `not_permitted`, `too_many`, or the store failed.
    pub async fn groups_below(
        &self,
        principal: &Principal,
        parent: &PlacedGroup,
        after: &str,
        limit: usize,
    ) -> Result<Vec<PlacedGroup>, Error> {
        let above = [&parent.above[..], &[(parent.group.id, parent.group.name.clone())]].concat();
        let groups = self.level(principal, Some(parent.group.id), after, limit).await?;
        let placed = groups.into_iter().map(|group| PlacedGroup {
            path: parent.path.below(&group.name),
            above: above.clone(),
            group,
        });
        Ok(placed.collect())
    }

    /// So many groups of one level behind a name that are within the caller's access policy.
    async fn level(
        &self,
        principal: &Principal,
        parent: Option<Id<Group>>,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Group>, Error> {
        let realm = self.realm_by_id(principal.realm).await?;
        let narrowed = access::policy(principal).is_some_and(|policy| policy.group_filter.is_some());
        let size = if narrowed { SLICE } else { limit };
        let mut after = key(after);
        let (mut found, mut looked_at) = (Vec::new(), 0);
        loop {
            let slice = self.level_after(principal, parent, &after, size).await?;
            let is_last = slice.len() < size;
            looked_at += slice.len();
            if let Some(last) = slice.last() {
                after = key(&last.name);
            }
            let seen = |group: &Group| access::group_matches(self.schemas(), principal, &realm, group);
            found.extend(slice.into_iter().filter(seen));
            if is_last || found.len() >= limit {
                found.truncate(limit);
                return Ok(found);
            }
            if looked_at >= MOST {
                return Err(Denial::TooMany { limit: MOST }.into());
            }
        }
    }

    async fn level_after(
        &self,
        principal: &Principal,
        parent: Option<Id<Group>>,
        after: &str,
        size: usize,
    ) -> Result<Vec<Group>, Error> {
        if let Some(parent) = parent {
            return tree::table::children(self.db(), principal.realm, parent, after, size).await;
        }
        let params = [principal.realm.into(), after.into(), (size as i64).into(), 0_i64.into()];
        let rows = self.db().query(tree::table::ROOTS, &params).await?;
        rows.into_iter().map(|mut row| Ok(table::from_row(&mut row)?)).collect()
    }

    /// Where a group stands that is within the caller's access policy.
    async fn place(&self, principal: &Principal, group: Group) -> Result<Option<PlacedGroup>, Error> {
        let realm = self.realm_by_id(principal.realm).await?;
        if !access::group_matches(self.schemas(), principal, &realm, &group) {
            return Ok(None);
        }
        let above = match group.parent {
            Some(_) => tree::table::parents(self.db(), principal.realm, group.id).await?,
            None => Vec::new(),
        };
        let names = above.iter().map(|(_, name)| name.clone()).collect();
        let path = GroupPath::of_names(names).below(&group.name);
        Ok(Some(PlacedGroup { group, path, above }))
    }
}

const NOT_FOUND: Refusal = Refusal::NotFound { what: "group" };

fn at_the_top(group: Group) -> PlacedGroup {
    PlacedGroup {
        path: GroupPath::default().below(&group.name),
        above: Vec::new(),
        group,
    }
}
