//! A person's own requests.

use super::super::check_policy;
use super::super::request::RequestStatus;
use super::super::request::table::{self, Own};
use super::requests::{LARGEST_PAGE, OrderOfRequests, RequestPage};
use crate::Directory;
use crate::denial::Denial;
use crate::error::Error;
use crate::group::Group;
use crate::group::tree::{Place, places};
use crate::id::Id;
use crate::principal::{Permission, Principal, Scope};

/// So many of a person's requests are looked at one by one.
const MOST: usize = 100_000;

/// Which of their own requests a person asks for.
#[derive(Clone, Debug, Default)]
pub struct OwnRequests {
    /// Only those for this group and all below it.
    pub group: Option<Id<Group>>,
    /// Only those for groups whose name contains this.
    pub group_name: Option<String>,
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

impl Directory {
    /// The person's requests.
    ///
    /// # Errors
    /// `person_required`, `NotFound` of the group, `too_many`, or the store failed.
    pub async fn my_requests(&self, principal: &Principal, asked: &OwnRequests) -> Result<RequestPage, Error> {
        principal.check(Permission::Person(Scope::AgmSelf))?;
        check_policy(principal)?;
        let person = principal.user().ok_or(Denial::PersonRequired)?;
        let mut all = table::own(self.db(), principal.realm, person, MOST).await?;
        if all.len() > MOST {
            return Err(Denial::TooMany { limit: MOST }.into());
        }
        all.retain(|request| asked.status.is_none_or(|status| request.status == status));
        let mut groups: Vec<Id<Group>> = all.iter().map(|request| request.group).collect();
        groups.sort_unstable();
        groups.dedup();
        let places = places(self.db(), principal.realm, &groups).await?;
        let hidden = self.out_of_sight(principal, &groups).await?;
        all.retain(|request| !hidden.contains(&request.group));
        if let Some(within) = asked.group {
            let is_within = |place: &Place| place.is_within(within);
            all.retain(|request| request.group == within || places.get(&request.group).is_some_and(is_within));
            if all.is_empty() {
                self.group_in_sight(principal, within).await?;
            }
        }
        let name = |request: &Own| places.get(&request.group).and_then(Place::key);
        if let Some(wanted) = asked.group_name.as_deref().map(scim::text::key) {
            all.retain(|request| name(request).is_some_and(|name| name.contains(&wanted)));
        }
        match asked.order {
            OrderOfRequests::Submitted => all.sort_by_key(|request| (request.submitted_at, request.id)),
            OrderOfRequests::GroupName => all.sort_by_cached_key(|request| (name(request), request.id)),
        }
        if !asked.ascending {
            all.reverse();
        }
        let count = all.len();
        let page = all.into_iter().skip(asked.first).take(asked.max.min(LARGEST_PAGE));
        let page = self
            .read_in_order(principal, page.map(|request| request.id).collect())
            .await?;
        let requests = self.requests_shown(principal, page).await?;
        Ok(RequestPage { requests, count })
    }
}
