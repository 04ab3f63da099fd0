//! Trees of groups: those somebody administers, or those of the realm.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::super::{Group, GroupPath, table, tree};
use super::names::Names;
use crate::Directory;
use crate::access;
use crate::client::{Operation, ResourceKind};
use crate::counts;
use crate::delegation;
use crate::denial::Denial;
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::principal::{Permission, Principal};
use crate::user::rules::key;

/// The trees of a page hold at most so many groups.
const MOST_IN_TREES: usize = 5_000;
/// A person is asked for at most so many delegations.
const MOST_DELEGATIONS: usize = 10_000;
/// The largest page.
const LARGEST_PAGE: usize = 1_000;

/// Groups by the group they are right below, and there by name.
type ByParent = HashMap<Id<Group>, BTreeMap<(String, Id<Group>), Group>>;

/// A group, and the groups below it.
#[derive(Clone, Debug)]
pub struct GroupNode {
    /// The group.
    pub group: Group,
    /// Where it stands.
    pub path: GroupPath,
    /// Those right below it, by name.
    pub below: Vec<GroupNode>,
}

/// A page of trees.
#[derive(Clone, Debug, Default)]
pub struct GroupList {
    /// The page, by path.
    pub groups: Vec<GroupNode>,
    /// How many there are beside the page.
    pub count: usize,
}

/// How names are compared with what is searched for: without regard to case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// The name contains it.
    Contains,
    /// The name is it.
    Whole,
}

/// Which groups are asked for.
#[derive(Clone, Debug)]
pub struct GroupsAsked {
    /// Only those named like that.
    pub search: Option<(String, Match)>,
    /// Shows the roots of the trees in which they stand instead.
    pub from_the_top: bool,
    /// So many are passed over.
    pub first: usize,
    /// So many are shown.
    pub max: usize,
}

impl GroupsAsked {
    fn is_like(&self, name_key: &str) -> bool {
        match &self.search {
            None => true,
            Some((text, Match::Contains)) => name_key.contains(&key(text)),
            Some((text, Match::Whole)) => name_key == key(text),
        }
    }

    fn page<T>(&self, rows: Vec<T>) -> Vec<T> {
        let max = self.max.min(LARGEST_PAGE);
        rows.into_iter().skip(self.first).take(max).collect()
    }
}

impl Directory {
    /// Groups with all that is below them. Who manages all groups sees those of the realm; everybody else those they
    /// administer themselves.
    ///
    /// # Errors
    /// The token does not reach group management, `too_many`, or the store failed.
    pub async fn managed_groups(&self, principal: &Principal, asked: &GroupsAsked) -> Result<GroupList, Error> {
        principal.check(Permission::Manage)?;
        access::check_operation(principal, ResourceKind::Group, Operation::Read)?;
        if !delegation::reaches_realm(principal) {
            return self.own_groups(principal, asked).await;
        }
        let narrowed = access::policy(principal).is_some_and(|policy| policy.group_filter.is_some());
        if asked.search.is_none() && !narrowed {
            return self.roots(principal, asked).await;
        }
        self.groups_of_realm(principal, asked).await
    }

    /// The ids of all groups a person administers, by a delegation on them or above, within the caller's access policy; none for
    /// those who manage all groups by a role.
    ///
    /// # Errors
    /// The token does not reach group management, `too_many`, or the store failed.
    pub async fn administered_ids(&self, principal: &Principal) -> Result<Vec<Id<Group>>, Error> {
        let limit = super::names::MOST;
        let (own, below) = self.own_and_below(principal, limit + 1).await?;
        if below.len() > limit {
            return Err(Denial::TooMany { limit }.into());
        }
        let ids: BTreeSet<Id<Group>> = own.into_iter().chain(below).collect();
        Ok(ids.into_iter().collect())
    }

    /// Some of them: those with a delegation of their own first, then those below, so many at most.
    ///
    /// # Errors
    /// The token does not reach group management, or the store failed.
    pub async fn some_administered_ids(&self, principal: &Principal, limit: usize) -> Result<Vec<Id<Group>>, Error> {
        let (mut ids, below) = self.own_and_below(principal, limit).await?;
        ids.extend(below);
        let mut seen = BTreeSet::new();
        ids.retain(|id| seen.insert(*id));
        ids.truncate(limit);
        Ok(ids)
    }

    /// The groups on which a person has a delegation, and those below an inherited one, so many of these.
    async fn own_and_below(
        &self,
        principal: &Principal,
        limit: usize,
    ) -> Result<(Vec<Id<Group>>, Vec<Id<Group>>), Error> {
        principal.check(Permission::Manage)?;
        access::check_operation(principal, ResourceKind::Group, Operation::Read)?;
        let own = self.own_delegations(principal).await?;
        let mut ids: Vec<Id<Group>> = own.keys().copied().collect();
        let hidden = self.out_of_sight(principal, &ids).await?;
        ids.retain(|id| !hidden.contains(id));
        let inherited: Vec<Id<Group>> = own.iter().filter(|(_, inherit)| **inherit).map(|(id, _)| *id).collect();
        let below = tree::table::all_below(self.db(), principal.realm, &inherited, limit).await?;
        let below = self.visible(principal, below).await?;
        Ok((ids, below.into_iter().map(|group| group.id).collect()))
    }

    /// What a person administers by a delegation on it, and whether any of these is inherited.
    async fn own_delegations(&self, principal: &Principal) -> Result<BTreeMap<Id<Group>, bool>, Error> {
        let mut own: BTreeMap<Id<Group>, bool> = BTreeMap::new();
        for delegation in self.delegations_of(principal, MOST_DELEGATIONS).await? {
            *own.entry(delegation.group).or_default() |= delegation.inherit;
        }
        Ok(own)
    }

    async fn own_groups(&self, principal: &Principal, asked: &GroupsAsked) -> Result<GroupList, Error> {
        let own = self.own_delegations(principal).await?;
        let ids: Vec<Id<Group>> = own.keys().copied().collect();
        let mut groups = table::many(self.db(), principal.realm, &ids).await?;
        groups.retain(|group| asked.is_like(&key(&group.name)));
        let groups = self.visible(principal, groups).await?;
        let mut rows = Vec::with_capacity(groups.len());
        for group in groups {
            let parents = tree::table::parents(self.db(), principal.realm, group.id).await?;
            let names = parents.into_iter().map(|(_, name)| name).collect();
            rows.push((GroupPath::of_names(names).below(&group.name), group));
        }
        rows.sort_by(|one, other| (&one.0, one.1.id).cmp(&(&other.0, other.1.id)));
        let count = rows.len();
        let groups = self.trees(principal, asked.page(rows), &own).await?;
        Ok(GroupList { groups, count })
    }

    async fn roots(&self, principal: &Principal, asked: &GroupsAsked) -> Result<GroupList, Error> {
        let realm = principal.realm;
        let all = counts::total(self.db(), realm, counts::GROUPS).await?;
        let below = counts::total(self.db(), realm, counts::SUBGROUPS).await?;
        let page = tree::table::roots(self.db(), realm, asked.first, asked.max.min(LARGEST_PAGE)).await?;
        let rows = page
            .into_iter()
            .map(|group| (GroupPath::default().below(&group.name), group));
        let groups = self.trees(principal, rows.collect(), &BTreeMap::new()).await?;
        Ok(GroupList {
            groups,
            count: usize::try_from(all - below).unwrap_or_default(),
        })
    }

    async fn groups_of_realm(&self, principal: &Principal, asked: &GroupsAsked) -> Result<GroupList, Error> {
        let names = Names::read(self, principal.realm).await?;
        let mut ids: BTreeSet<Id<Group>> = names.matching(|name| asked.is_like(name)).into_iter().collect();
        if asked.from_the_top || asked.search.is_none() {
            ids = ids.into_iter().map(|id| names.root(id)).collect();
        }
        let mut rows: Vec<(GroupPath, Id<Group>)> = ids.into_iter().map(|id| (names.path(id), id)).collect();
        rows.sort();
        if access::policy(principal).is_some_and(|policy| policy.group_filter.is_some()) {
            let ids: Vec<Id<Group>> = rows.iter().map(|(_, id)| *id).collect();
            let groups = table::many(self.db(), principal.realm, &ids).await?;
            let seen: BTreeSet<Id<Group>> = self
                .visible(principal, groups)
                .await?
                .iter()
                .map(|group| group.id)
                .collect();
            rows.retain(|(_, id)| seen.contains(id));
        }
        let count = rows.len();
        let page = asked.page(rows);
        let ids: Vec<Id<Group>> = page.iter().map(|(_, id)| *id).collect();
        let groups = table::many(self.db(), principal.realm, &ids).await?;
        let mut by_id: HashMap<Id<Group>, Group> = groups.into_iter().map(|group| (group.id, group)).collect();
        let rows = page
            .into_iter()
            .filter_map(|(path, id)| Some((path, by_id.remove(&id)?)));
        let groups = self.trees(principal, rows.collect(), &BTreeMap::new()).await?;
        Ok(GroupList { groups, count })
    }

    /// Those within the caller's access policy.
    pub(super) async fn visible(&self, principal: &Principal, mut groups: Vec<Group>) -> Result<Vec<Group>, Error> {
        let realm = self.realm_by_id(principal.realm).await?;
        groups.retain(|group| access::group_matches(self.schemas(), principal, &realm, group));
        Ok(groups)
    }

    /// The trees below groups. Where `only` says that a delegation is not inherited, nothing is below.
    async fn trees(
        &self,
        principal: &Principal,
        tops: Vec<(GroupPath, Group)>,
        only: &BTreeMap<Id<Group>, bool>,
    ) -> Result<Vec<GroupNode>, Error> {
        let with_children = tops.iter().filter(|(_, group)| group.children > 0);
        let ids: Vec<Id<Group>> = with_children
            .map(|(_, group)| group.id)
            .filter(|id| only.get(id).is_none_or(|inherit| *inherit))
            .collect();
        let below = tree::table::all_below(self.db(), principal.realm, &ids, MOST_IN_TREES + 1).await?;
        if below.len() > MOST_IN_TREES {
            return Err(Denial::TooMany { limit: MOST_IN_TREES }.into());
        }
        let mut by_parent: ByParent = HashMap::new();
        for group in self.visible(principal, below).await? {
            if let Some(parent) = group.parent {
                let siblings = by_parent.entry(parent).or_default();
                siblings.insert((group.name.clone(), group.id), group);
            }
        }
        let shown = |(path, group): (GroupPath, Group)| {
            let alone = only.get(&group.id).is_some_and(|inherit| !*inherit);
            let none = HashMap::new();
            node(path, group, if alone { &none } else { &by_parent }, 0)
        };
        Ok(tops.into_iter().map(shown).collect())
    }

    /// A group with all that is below it.
    pub(super) async fn tree_below(
        &self,
        principal: &Principal,
        path: GroupPath,
        group: Group,
    ) -> Result<GroupNode, Error> {
        let mut trees = self.trees(principal, vec![(path, group)], &BTreeMap::new()).await?;
        trees.pop().ok_or_else(|| Refusal::NotFound { what: "group" }.into())
    }

    /// The groups right below one, by name: those behind `after`, so many.
    ///
    /// # Errors
    /// `NotFound`, `not_permitted`, or the store failed.
    pub async fn groups_right_below(
        &self,
        principal: &Principal,
        id: Id<Group>,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Group>, Error> {
        self.administered(principal, id).await?;
        let limit = limit.min(LARGEST_PAGE);
        let children = tree::table::children(self.db(), principal.realm, id, after, limit).await?;
        self.visible(principal, children).await
    }

    /// The group at a path.
    ///
    /// # Errors
    /// `NotFound`, or the store failed.
    pub(crate) async fn group_at(&self, principal: &Principal, path: &GroupPath) -> Result<Group, Error> {
        let not_found = Refusal::NotFound { what: "group" };
        let mut here = None;
        for name in path.names() {
            let found = tree::table::named(self.db(), principal.realm, here, name).await?;
            here = Some(found.ok_or_else(|| not_found.clone())?);
        }
        let id = here.ok_or_else(|| not_found.clone())?;
        let group = table::by_id(self.db(), principal.realm, id).await?;
        let group = self.visible(principal, group.into_iter().collect()).await?.pop();
        Ok(group.ok_or(not_found)?)
    }
}

fn node(path: GroupPath, group: Group, by_parent: &ByParent, level: usize) -> GroupNode {
    let children = by_parent.get(&group.id).filter(|_| level < super::super::MAX_LEVELS);
    let child = |child: &Group| node(path.below(&child.name), child.clone(), by_parent, level + 1);
    let below = children.map_or_else(Vec::new, |children| children.values().map(child).collect());
    GroupNode { group, path, below }
}
