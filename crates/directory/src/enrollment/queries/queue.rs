//! The requests of the groups somebody administers.

use std::collections::{BTreeMap, BTreeSet};

use super::super::check_policy;
use super::super::request::scopes::table::{self as scopes, Entry, From};
use super::super::request::{Request, RequestStatus, scopes::OF_REALM, table};
use super::requests::{LARGEST_PAGE, OrderOfRequests, RequestPage};
use super::table::people_named;
use crate::Directory;
use crate::access;
use crate::delegation::{self, Capability};
use crate::denial::Denial;
use crate::error::Error;
use crate::group::tree::{Place, places};
use crate::group::{self, Group};
use crate::id::Id;
use crate::principal::{Permission, Principal};
use crate::user::User;

/// So many requests are looked at one by one.
const MOST: usize = 100_000;
/// A person is asked for at most so many delegations.
const MOST_DELEGATIONS: usize = 10_000;

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

impl QueueAsked {
    fn max(&self) -> usize {
        self.max.min(LARGEST_PAGE)
    }

    fn statuses(&self) -> Vec<RequestStatus> {
        self.status
            .map_or_else(|| RequestStatus::ALL.to_vec(), |status| vec![status])
    }
}

/// The queues that somebody looks into.
#[derive(Clone, Debug)]
enum Queues {
    /// All of the realm.
    OfRealm,
    /// Those of some groups.
    Of {
        /// Of these groups and of all below them; none is below another.
        whole: BTreeSet<Id<Group>>,
        /// Of these groups alone.
        alone: BTreeSet<Id<Group>>,
    },
}

impl Queues {
    /// The groups in whose queues to look.
    fn groups(&self) -> Vec<Id<Group>> {
        match self {
            Self::OfRealm => vec![OF_REALM],
            Self::Of { whole, alone } => whole.iter().chain(alone).copied().collect(),
        }
    }

    /// The part of where a group stands that somebody sees; none where they see nothing of it. A queue may still name what was
    /// moved elsewhere.
    fn seen<'a>(&self, group: Id<Group>, place: &'a Place) -> Option<&'a [(Id<Group>, String)]> {
        match self {
            Self::OfRealm => place.from(|_| true),
            Self::Of { whole, alone } => {
                let own = || place.from(|id| *id == group).filter(|_| alone.contains(&group));
                place.from(|id| whole.contains(id)).or_else(own)
            }
        }
    }
}

impl Directory {
    /// The requests of the groups that somebody administers, here or above; of all groups, for who manages all of them.
    ///
    /// # Errors
    /// The token does not reach group management, its access policy narrows it to certain people, `too_many`, or the store
    /// failed.
    pub async fn review_queue(&self, principal: &Principal, asked: &QueueAsked) -> Result<RequestPage, Error> {
        principal.check(Permission::Manage)?;
        check_policy(principal)?;
        let queues = if delegation::reaches_realm(principal) {
            Queues::OfRealm
        } else {
            self.queues_of(principal).await?
        };
        let ranges = queues.groups().len() * asked.statuses().len();
        let looked_at = ranges.saturating_mul(asked.first.saturating_add(asked.max()));
        let narrowed = access::policy(principal).is_some_and(|policy| policy.group_filter.is_some());
        let by_index = asked.order == OrderOfRequests::Submitted
            && asked.group_name.is_none()
            && asked.person.is_none()
            && !narrowed
            && !matches!(&queues, Queues::Of { alone, .. } if !alone.is_empty())
            && looked_at <= MOST;
        if by_index {
            self.page_of(principal, &queues, asked).await
        } else {
            self.looked_through(principal, &queues, asked).await
        }
    }

    /// The queues of the groups that a person reviews, by a delegation on them.
    async fn queues_of(&self, principal: &Principal) -> Result<Queues, Error> {
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
        let all: Vec<Id<Group>> = inherited.union(&alone).copied().collect();
        let places = places(self.db(), principal.realm, &all).await?;
        let is_topmost = |id: &Id<Group>| {
            let above = |place: &Place| inherited.iter().any(|other| other != id && place.is_within(*other));
            places.get(id).is_some_and(|place| !above(place))
        };
        let covered = |id: &Id<Group>| {
            places
                .get(id)
                .is_none_or(|place| place.from(|id| inherited.contains(id)).is_some())
        };
        Ok(Queues::Of {
            alone: alone.iter().filter(|id| !covered(id)).copied().collect(),
            whole: inherited.iter().filter(|id| is_topmost(id)).copied().collect(),
        })
    }

    /// A page straight from the queues.
    async fn page_of(&self, principal: &Principal, queues: &Queues, asked: &QueueAsked) -> Result<RequestPage, Error> {
        let realm = principal.realm;
        let groups = queues.groups();
        let count = scopes::count(self.db(), realm, &groups, asked.status).await?;
        let wanted = asked.first.saturating_add(asked.max());
        let statuses = asked.statuses();
        let ranges: Vec<scopes::Range> = groups
            .iter()
            .flat_map(|group| statuses.iter().map(|status| (*group, *status)))
            .collect();
        let from = if asked.ascending { From::Oldest } else { From::Newest };
        let mut entries = match asked.max() {
            0 => Vec::new(),
            _ => scopes::first_of_each(self.db(), realm, &ranges, from, wanted).await?,
        };
        entries.sort_unstable();
        entries.dedup();
        if !asked.ascending {
            entries.reverse();
        }
        let page = entries.into_iter().skip(asked.first).take(asked.max());
        let mut page = self.read_in_order(principal, page.map(|(_, id)| id).collect()).await?;
        if let Queues::Of { .. } = queues {
            let groups: Vec<Id<Group>> = page.iter().map(|request| request.group).collect();
            let places = places(self.db(), realm, &groups).await?;
            let is_seen = |place: &Place, request: &Request| queues.seen(request.group, place).is_some();
            page.retain(|request| places.get(&request.group).is_some_and(|place| is_seen(place, request)));
        }
        let requests = self.requests_shown(principal, page).await?;
        Ok(RequestPage { requests, count })
    }

    /// A page of what is left when every request in the queues was looked at.
    async fn looked_through(
        &self,
        principal: &Principal,
        queues: &Queues,
        asked: &QueueAsked,
    ) -> Result<RequestPage, Error> {
        let realm = principal.realm;
        let in_queues = queues.groups();
        if scopes::count(self.db(), realm, &in_queues, asked.status).await? > MOST {
            return Err(Denial::TooMany { limit: MOST }.into());
        }
        let mut all = scopes::entries(self.db(), realm, &in_queues, asked.status).await?;
        all.sort_unstable();
        all.dedup();
        let groups: BTreeSet<Id<Group>> = all.iter().map(|entry| entry.group).collect();
        let groups: Vec<Id<Group>> = groups.into_iter().collect();
        let places = places(self.db(), realm, &groups).await?;
        let named = asked.group_name.as_deref().map(scim::text::key);
        let is_wanted = |id: &Id<Group>, place: &Place| {
            queues.seen(*id, place).is_some_and(|seen| match &named {
                Some(part) => seen.iter().any(|(_, name)| scim::text::key(name).contains(part)),
                None => true,
            })
        };
        let mut wanted: BTreeMap<Id<Group>, String> = BTreeMap::new();
        for (id, place) in &places {
            if is_wanted(id, place) {
                wanted.insert(*id, place.key().unwrap_or_default());
            }
        }
        let ids: Vec<Id<Group>> = wanted.keys().copied().collect();
        let hidden = self.out_of_sight(principal, &ids).await?;
        wanted.retain(|id, _| !hidden.contains(id));
        // What is gone is nobody's but the realm's.
        let gone = matches!(queues, Queues::OfRealm) && named.is_none() && access::policy(principal).is_none();
        all.retain(|entry| wanted.contains_key(&entry.group) || (gone && !places.contains_key(&entry.group)));
        if let Some(part) = asked.person.as_deref().map(scim::text::key) {
            let people: BTreeSet<Id<User>> = all.iter().map(|entry| entry.user).collect();
            let people = people_named(self.db(), realm, &people, &part).await?;
            all.retain(|entry| people.contains(&entry.user));
        }
        match asked.order {
            OrderOfRequests::Submitted => {}
            OrderOfRequests::GroupName => {
                all.sort_by(|one: &Entry, other| {
                    let key = |entry: &Entry| (wanted.get(&entry.group), entry.id);
                    key(one).cmp(&key(other))
                });
            }
        }
        if !asked.ascending {
            all.reverse();
        }
        let count = all.len();
        let page = all.into_iter().skip(asked.first).take(asked.max());
        let page = self
            .read_in_order(principal, page.map(|entry| entry.id).collect())
            .await?;
        let requests = self.requests_shown(principal, page).await?;
        Ok(RequestPage { requests, count })
    }

    /// Those of these requests that are there.
    pub(super) async fn read_in_order(
        &self,
        principal: &Principal,
        ids: Vec<Id<Request>>,
    ) -> Result<Vec<Request>, Error> {
        let found = table::many(self.db(), principal.realm, &ids).await?;
        let mut found: BTreeMap<Id<Request>, Request> =
            found.into_iter().map(|request| (request.id, request)).collect();
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }

    /// Those of these groups that are outside the caller's access policy.
    pub(crate) async fn out_of_sight(
        &self,
        principal: &Principal,
        ids: &[Id<Group>],
    ) -> Result<BTreeSet<Id<Group>>, Error> {
        if access::policy(principal).is_none_or(|policy| policy.group_filter.is_none()) {
            return Ok(BTreeSet::new());
        }
        let realm = self.realm_by_id(principal.realm).await?;
        let mut hidden: BTreeSet<Id<Group>> = ids.iter().copied().collect();
        for group in group::table::many(self.db(), principal.realm, ids).await? {
            if access::group_matches(self.schemas(), principal, &realm, &group) {
                hidden.remove(&group.id);
            }
        }
        Ok(hidden)
    }
}
