//! Requests with what is named in them.

use std::collections::{BTreeMap, BTreeSet};

use super::super::check_policy;
use super::super::configuration::{self, Configuration};
use super::super::request::thread::{self, Message};
use super::super::request::{Request, table};
use super::super::terms::{self, Terms};
use super::table::{role_names, verified_among};
use crate::Directory;
use crate::denial::Denial;
use crate::error::{Error, Refusal};
use crate::group::tree::{Place, places};
use crate::group::{self, Group, GroupPath};
use crate::id::Id;
use crate::lists::in_lists;
use crate::principal::{Permission, Principal, Scope};
use crate::user::{self, User};

/// A request with what is named in it. What is gone is none.
#[derive(Clone, Debug)]
pub struct RequestShown {
    /// The request.
    pub request: Request,
    /// The group.
    pub group: Option<Group>,
    /// Where it stands.
    pub path: GroupPath,
    /// The way to join.
    pub configuration: Option<Configuration>,
    /// The names of its roles.
    pub configuration_roles: Vec<String>,
    /// The terms in force of it.
    pub terms: Option<Terms>,
    /// Who asks.
    pub requester: Option<User>,
    /// Who decided it, if that was a person.
    pub reviewer: Option<User>,
    /// Those of the two whose address the realm's provider has verified.
    pub verified: BTreeSet<Id<User>>,
    /// What was said meanwhile; in lists it is left out.
    pub thread: Vec<Message>,
}

/// A page of requests.
#[derive(Clone, Debug, Default)]
pub struct RequestPage {
    /// The page.
    pub requests: Vec<RequestShown>,
    /// How many there are beside the page.
    pub count: usize,
}

/// How requests are sorted; those alike by their ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OrderOfRequests {
    /// By when they were submitted.
    #[default]
    Submitted,
    /// By the name of the group.
    GroupName,
}

/// The largest page.
pub(super) const LARGEST_PAGE: usize = 500;

impl Directory {
    /// A request of the person.
    ///
    /// # Errors
    /// `NotFound`, `request_not_yours`, or the store failed.
    pub async fn my_request(&self, principal: &Principal, id: Id<Request>) -> Result<RequestShown, Error> {
        principal.check(Permission::Person(Scope::AgmSelf))?;
        check_policy(principal)?;
        let person = principal.user().ok_or(Denial::PersonRequired)?;
        let found = table::by_id(self.db(), principal.realm, id).await?;
        let found = found.ok_or(Refusal::NotFound { what: "request" })?;
        if self
            .out_of_sight(principal, &[found.group])
            .await?
            .contains(&found.group)
        {
            return Err(Refusal::NotFound { what: "request" }.into());
        }
        if found.user != person {
            return Err(Denial::RequestNotYours.into());
        }
        self.one_shown(principal, found).await
    }

    /// A request, for who decides about it or manages all groups.
    ///
    /// # Errors
    /// `NotFound`, `not_permitted`, or the store failed.
    pub async fn request(&self, principal: &Principal, id: Id<Request>) -> Result<RequestShown, Error> {
        principal.check(Permission::Manage)?;
        check_policy(principal)?;
        let found = table::by_id(self.db(), principal.realm, id).await?;
        let found = found.ok_or(Refusal::NotFound { what: "request" })?;
        let (_, reach) = self.administered(principal, found.group).await?;
        if !reach.sees_requests() {
            return Err(Denial::NotPermitted {
                capability: crate::delegation::Capability::RequestsReview.name(),
            }
            .into());
        }
        self.one_shown(principal, found).await
    }

    async fn one_shown(&self, principal: &Principal, request: Request) -> Result<RequestShown, Error> {
        let thread = thread::table::read(self.db(), principal.realm, request.id).await?;
        let shown = self.requests_shown(principal, vec![request]).await?.pop();
        let mut shown = shown.ok_or(Refusal::NotFound { what: "request" })?;
        shown.thread = thread;
        Ok(shown)
    }

    /// With what is named in them, in the same order.
    pub(super) async fn requests_shown(
        &self,
        principal: &Principal,
        requests: Vec<Request>,
    ) -> Result<Vec<RequestShown>, Error> {
        let realm = principal.realm;
        let distinct = |mut ids: Vec<uuid::Uuid>| {
            ids.sort_unstable();
            ids.dedup();
            ids
        };
        let groups = distinct(requests.iter().map(|request| request.group.uuid()).collect());
        let groups: Vec<Id<Group>> = groups.into_iter().map(Id::new).collect();
        let places = places(self.db(), realm, &groups).await?;
        let roles = role_names(self.db(), realm, &groups).await?;
        let groups = group::table::many(self.db(), realm, &groups).await?;
        let groups: BTreeMap<Id<Group>, Group> = groups.into_iter().map(|group| (group.id, group)).collect();
        let ways = distinct(requests.iter().map(|request| request.configuration.uuid()).collect());
        let ways: Vec<Id<Configuration>> = ways.into_iter().map(Id::new).collect();
        let ways = configuration::table::many(self.db(), realm, &ways).await?;
        let ways: BTreeMap<Id<Configuration>, Configuration> = ways.into_iter().map(|way| (way.id, way)).collect();
        let in_force: Vec<Id<Terms>> = ways.values().filter_map(|way| way.terms).collect();
        let in_force = terms::table::many(self.db(), realm, &in_force).await?;
        let in_force: BTreeMap<Id<Terms>, Terms> = in_force.into_iter().map(|terms| (terms.id, terms)).collect();
        let reviewer = |request: &Request| thread::person(request.said.reviewer.as_deref()?);
        let people = requests
            .iter()
            .map(|request| request.user)
            .chain(requests.iter().filter_map(reviewer));
        let people = self
            .people(principal, &distinct(people.map(Id::uuid).collect()))
            .await?;
        let verified = verified_among(self.db(), realm, people.values()).await?;
        let each = requests.into_iter().map(|request| {
            let both = [Some(request.user), reviewer(&request)].into_iter().flatten();
            let way = ways.get(&request.configuration);
            let mut offered: Vec<String> = way.map_or_else(Vec::new, |way| {
                let names = way.contract.roles.iter().filter_map(|role| roles.get(role));
                names.cloned().collect()
            });
            offered.sort_unstable();
            RequestShown {
                group: groups.get(&request.group).cloned(),
                path: places.get(&request.group).map(Place::path).unwrap_or_default(),
                configuration_roles: offered,
                terms: way.and_then(|way| in_force.get(&way.terms?).cloned()),
                configuration: way.cloned(),
                requester: people.get(&request.user).cloned(),
                reviewer: reviewer(&request).and_then(|id| people.get(&id).cloned()),
                verified: both.filter(|id| verified.contains(id)).collect(),
                thread: Vec::new(),
                request,
            }
        });
        Ok(each.collect())
    }

    /// Those of these people who are there.
    pub(super) async fn people(
        &self,
        principal: &Principal,
        ids: &[uuid::Uuid],
    ) -> Result<BTreeMap<Id<User>, User>, Error> {
        let wanted: Vec<db::Value> = ids.iter().map(|id| (*id).into()).collect();
        let head = format!(
            "SELECT {} FROM users u WHERE u.realm = ?1 AND u.id IN",
            user::table::COLUMNS
        );
        let mut people = BTreeMap::new();
        for (sql, params) in in_lists(&head, &[principal.realm.into()], &wanted) {
            for mut row in self.db().query(&sql, &params).await? {
                let person = user::table::from_row(&mut row)?;
                people.insert(person.id, person);
            }
        }
        Ok(people)
    }
}
