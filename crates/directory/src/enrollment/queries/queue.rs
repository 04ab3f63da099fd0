//! The requests of the groups somebody administers.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::request::{Request, RequestStatus, table};
use super::requests::{LARGEST_PAGE, OrderOfRequests, RequestPage};
use crate::Directory;
use crate::delegation::{self, Capability};
use crate::denial::Denial;
use crate::error::Error;
use crate::group::{self, Group};
use crate::id::Id;
use crate::principal::{Permission, Principal};
use crate::user::User;

/// So many requests are looked at one by one.
const MOST: usize = 100_000;
/// A person is asked for at most so many delegations.
const MOST_DELEGATIONS: usize = 10_000;
/// Below the groups somebody administers at most so many are looked at by name.
const MOST_GROUPS: usize = 20_000;

/// Which requests are asked for.
#[derive(Clone, Debug, Default)]
pub struct QueueAsked {
    /// Only those for groups whose name contains this, and for all below them.
    pub group_name: Option<String>,
    /// Only those of people whose first or last name contains this.
    pub person: Option<String>,
    /// Only those that stand so.
    pub status: Option<RequestStatus>,
    /// How they are sorted.
    pub order: OrderOfRequests,
    /// The smallest first.
    pub ascending: bool,
    /// So many are passed over.
    pub first: usize,
    /// So many are shown.
    pub max: usize,
}

/// The queues that somebody looks into.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    /// Of these groups and of all below them; none is below another.
    whole: Vec<Id<Group>>,
    /// Of these groups alone.
    alone: BTreeSet<Id<Group>>,
}

impl Directory {
    /// The requests of the groups that somebody administers, here or above; of all groups, for who manages all of them.
    ///
    /// # Errors
    /// The token does not reach group management, `too_many`, or the store failed.
    pub async fn review_queue(&self, principal: &Principal, asked: &QueueAsked) -> Result<RequestPage, Error> {
        principal.check(Permission::Manage)?;
        let scope = if delegation::reaches_realm(principal) {
            None
        } else {
            Some(self.queues_of(principal).await?)
        };
        let scope = match (scope, &asked.group_name) {
            (Some(scope), Some(name)) => Some(self.named_within(principal, &scope, name).await?),
            (scope, _) => scope,
        };
        if let (Some(scope), None, OrderOfRequests::Submitted) = (&scope, &asked.person, asked.order)
            && scope.alone.is_empty()
        {
            return self.page_of(principal, &scope.whole, asked).await;
        }
        self.looked_through(principal, scope.as_ref(), asked).await
    }

    /// The queues of the groups that a person reviews, by a delegation on them.
    async fn queues_of(&self, principal: &Principal) -> Result<Queue, Error> {
        let mut inherited = BTreeSet::new();
        let mut alone = BTreeSet::new();
        for delegation in self.delegations_of(principal, MOST_DELEGATIONS).await? {
            if !delegation.capabilities.has(Capability::RequestsReview) {
                continue;
            }
            if delegation.inherit {
                inherited.insert(delegation.group);
            } else {
                alone.insert(delegation.group);
            }
        }
        let mut whole = Vec::new();
        for id in &inherited {
            let above = group::tree::table::parents(self.db(), principal.realm, *id).await?;
            if above.iter().all(|(above, _)| !inherited.contains(above)) {
                whole.push(*id);
            }
        }
        alone.retain(|id| !inherited.contains(id));
        Ok(Queue { whole, alone })
    }

    /// The queues of those groups within a scope whose name contains something.
    async fn named_within(&self, principal: &Principal, scope: &Queue, name: &str) -> Result<Queue, Error> {
        let wanted = scim::text::key(name);
        let matches = |group: &Group| scim::text::key(&group.name).contains(&wanted);
        let mut groups = group::table::many(self.db(), principal.realm, &scope.whole).await?;
        let below = group::tree::table::all_below(self.db(), principal.realm, &scope.whole, MOST_GROUPS + 1).await?;
        if below.len() > MOST_GROUPS {
            return Err(Denial::TooMany { limit: MOST_GROUPS }.into());
        }
        groups.extend(below);
        let parents: BTreeMap<Id<Group>, Option<Id<Group>>> =
            groups.iter().map(|group| (group.id, group.parent)).collect();
        let named: BTreeSet<Id<Group>> = groups
            .iter()
            .filter(|group| matches(group))
            .map(|group| group.id)
            .collect();
        let is_topmost = |id: &Id<Group>| {
            let mut above = parents.get(id).copied().flatten();
            while let Some(id) = above {
                if named.contains(&id) {
                    return false;
                }
                above = parents.get(&id).copied().flatten();
            }
            true
        };
        let alone: Vec<Id<Group>> = scope.alone.iter().copied().collect();
        let alone = group::table::many(self.db(), principal.realm, &alone).await?;
        Ok(Queue {
            whole: named.iter().copied().filter(is_topmost).collect(),
            alone: alone
                .iter()
                .filter(|group| matches(group))
                .map(|group| group.id)
                .collect(),
        })
    }

    /// A page straight from the queues.
    async fn page_of(
        &self,
        principal: &Principal,
        groups: &[Id<Group>],
        asked: &QueueAsked,
    ) -> Result<RequestPage, Error> {
        let max = asked.max.min(LARGEST_PAGE);
        let wanted = asked.first.saturating_add(max).min(MOST) as i64;
        let (mut entries, mut count) = (Vec::new(), 0);
        for group in groups {
            for status in statuses(asked.status) {
                let realm = principal.realm;
                count += table::count_in_queue(self.db(), realm, *group, status).await?;
                let some = table::in_queue(self.db(), realm, *group, status, asked.ascending, wanted).await?;
                entries.extend(some);
            }
        }
        entries.sort_unstable();
        if !asked.ascending {
            entries.reverse();
        }
        let ids: Vec<Id<Request>> = entries
            .into_iter()
            .map(|(_, id)| id)
            .skip(asked.first)
            .take(max)
            .collect();
        let found = table::many(self.db(), principal.realm, &ids).await?;
        let mut found: BTreeMap<Id<Request>, Request> =
            found.into_iter().map(|request| (request.id, request)).collect();
        let page = ids.iter().filter_map(|id| found.remove(id)).collect();
        let requests = self.requests_shown(principal, page, &BTreeMap::new()).await?;
        Ok(RequestPage {
            requests,
            count: count as usize,
        })
    }

    /// A page of what is left when every request in the queues was looked at; of the realm where there is no scope.
    async fn looked_through(
        &self,
        principal: &Principal,
        scope: Option<&Queue>,
        asked: &QueueAsked,
    ) -> Result<RequestPage, Error> {
        let realm = principal.realm;
        let mut all = match scope {
            None => table::newest(self.db(), realm, MOST as i64 + 1).await?,
            Some(scope) => {
                let mut ids = BTreeSet::new();
                for group in scope.whole.iter().chain(&scope.alone) {
                    for status in statuses(asked.status) {
                        let some = table::in_queue(self.db(), realm, *group, status, false, MOST as i64 + 1).await?;
                        ids.extend(some.into_iter().map(|(_, id)| id));
                    }
                }
                let ids: Vec<Id<Request>> = ids.into_iter().take(MOST + 1).collect();
                table::many(self.db(), realm, &ids).await?
            }
        };
        if all.len() > MOST {
            return Err(Denial::TooMany { limit: MOST }.into());
        }
        all.retain(|request| asked.status.is_none_or(|status| request.status == status));
        let mut groups: Vec<Id<Group>> = all.iter().map(|request| request.group).collect();
        groups.sort_unstable();
        groups.dedup();
        let placed = self.placed(principal, &groups).await?;
        if let Some(scope) = scope.filter(|scope| !scope.alone.is_empty()) {
            let mut inside = scope.alone.clone();
            for id in &groups {
                let above = group::tree::table::parents(self.db(), realm, *id).await?;
                let covers = |group: &Id<Group>| group == id || above.iter().any(|(above, _)| above == group);
                if scope.whole.iter().any(covers) {
                    inside.insert(*id);
                }
            }
            all.retain(|request| inside.contains(&request.group));
        }
        if let (None, Some(name)) = (scope, asked.group_name.as_deref().map(scim::text::key)) {
            let named = |id: &Id<Group>| {
                let names = placed.get(id).map_or(&[][..], |(_, path)| path.names());
                names.iter().any(|one| scim::text::key(one).contains(&name))
            };
            all.retain(|request| named(&request.group));
        }
        if let Some(wanted) = asked.person.as_deref().map(scim::text::key) {
            let people: BTreeSet<uuid::Uuid> = all.iter().map(|request| request.user.uuid()).collect();
            let people: Vec<uuid::Uuid> = people.into_iter().collect();
            let people = self.people(principal, &people).await?;
            all.retain(|request| people.get(&request.user).is_some_and(|user| is_named(user, &wanted)));
        }
        let name = |request: &Request| {
            placed
                .get(&request.group)
                .map(|(group, _)| scim::text::key(&group.name))
        };
        match asked.order {
            OrderOfRequests::Submitted => all.sort_by_key(|request| (request.submitted_at, request.id)),
            OrderOfRequests::GroupName => all.sort_by_cached_key(|request| (name(request), request.id)),
        }
        if !asked.ascending {
            all.reverse();
        }
        let count = all.len();
        let page = all.into_iter().skip(asked.first).take(asked.max.min(LARGEST_PAGE));
        let requests = self.requests_shown(principal, page.collect(), &placed).await?;
        Ok(RequestPage { requests, count })
    }
}

fn statuses(one: Option<RequestStatus>) -> Vec<RequestStatus> {
    one.map_or_else(|| RequestStatus::ALL.to_vec(), |status| vec![status])
}

/// By their first or last name as it is now.
fn is_named(user: &User, wanted: &str) -> bool {
    let name = user.attributes().get("name");
    let part = |part: &str| name.and_then(|name| name.get(part)).and_then(Value::as_str);
    let parts = [part("givenName"), part("familyName")];
    parts
        .into_iter()
        .flatten()
        .any(|part| scim::text::key(part).contains(wanted))
}
