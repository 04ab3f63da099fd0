//! Terms of one's own memberships, and what one has accepted.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use super::{Acceptance, Terms, rules, table};
use crate::clock::Timestamp;
use crate::denial::Denial;
use crate::enrollment::check_policy;
use crate::enrollment::configuration::{self, Configuration};
use crate::error::Error;
use crate::group::{self, Group, GroupPath, tree};
use crate::id::Id;
use crate::membership::portfolio::Figures;
use crate::membership::table::mine;
use crate::membership::{Membership, Status, TermsStanding};
use crate::principal::{Permission, Principal, Scope};
use crate::{Directory, access};

/// The terms that one's membership comes with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnTerms {
    /// Of which group.
    pub group: Id<Group>,
    /// Where that stands.
    pub path: GroupPath,
    /// Those in force, which one can accept.
    pub in_force: Terms,
    /// How the membership stands to terms; none = one has accepted none.
    pub standing: Option<TermsStanding>,
    /// The number of the version that was accepted.
    pub accepted: Option<i64>,
    /// It gives no entitlements until they are accepted.
    pub withheld: bool,
    /// They are to be accepted now.
    pub due: bool,
}

/// What one has accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnAcceptance {
    /// That one did.
    pub acceptance: Acceptance,
    /// What.
    pub terms: Option<Terms>,
    /// Of which group; none = the way to join is gone.
    pub group: Option<Id<Group>>,
}

impl Directory {
    /// The terms of one's own membership of a group, if it comes with any.
    ///
    /// # Errors
    /// A program asks, the scope `agm:self` is missing, or the store failed.
    pub async fn my_terms_of(&self, principal: &Principal, group: Id<Group>) -> Result<Option<OwnTerms>, Error> {
        let before = Id::new(Uuid::from_u128(group.uuid().as_u128().saturating_sub(1)));
        let next = self.my_terms(principal, Some(before), 1).await?.pop();
        Ok(next.filter(|terms| terms.group == group))
    }

    /// The terms of one's own memberships, in the order of the groups' ids, after one of them.
    ///
    /// # Errors
    /// A program asks, the scope `agm:self` is missing, or the store failed.
    pub async fn my_terms(
        &self,
        principal: &Principal,
        after: Option<Id<Group>>,
        limit: usize,
    ) -> Result<Vec<OwnTerms>, Error> {
        principal.check(Permission::Person(Scope::AgmSelf))?;
        check_policy(principal)?;
        let (realm, me) = (principal.realm, principal.user().ok_or(Denial::PersonRequired)?);
        let mut memberships: BTreeMap<Id<Group>, (Membership, Id<Configuration>)> = BTreeMap::new();
        for status in [Status::Enabled, Status::Pending, Status::Suspended] {
            let mine = mine::of_user(self.db(), realm, me, status).await?;
            let mine = mine
                .into_iter()
                .filter(|one| after.is_none_or(|after| one.group > after));
            memberships.extend(mine.filter_map(|one| Some((one.group, (one.clone(), one.configuration?)))));
        }
        let ways: Vec<Id<Configuration>> = memberships.values().map(|(_, way)| *way).collect();
        let ways = configuration::table::many(self.db(), realm, &ways).await?;
        let ways: HashMap<Id<Configuration>, Id<Terms>> =
            ways.into_iter().filter_map(|way| Some((way.id, way.terms?))).collect();
        memberships.retain(|_, (_, way)| ways.contains_key(way));
        let settings = self.realm_by_id(realm).await?;
        let ids: Vec<Id<Group>> = memberships.keys().copied().collect();
        let groups = group::table::by_ids(self.db(), realm, &ids).await?;
        let seen = groups
            .into_iter()
            .filter(|group| access::group_matches(self.schemas(), principal, &settings, group));
        let managed: Vec<_> = seen.map(|group| (group.id, group.management)).collect();
        let figures = Figures::of(&settings, &managed);
        let mut seen: Vec<Id<Group>> = managed.into_iter().map(|(id, _)| id).collect();
        seen.sort_unstable();
        seen.truncate(limit);
        let paths = tree::table::paths(self.db(), realm, &seen).await?;
        let shown: Vec<&(Membership, Id<Configuration>)> =
            seen.iter().filter_map(|group| memberships.get(group)).collect();
        let standing = |one: &Membership| Some(Id::new(one.details.terms?.version));
        let mut wanted: Vec<Id<Terms>> = shown.iter().filter_map(|(one, _)| standing(one)).collect();
        wanted.extend(shown.iter().filter_map(|(_, way)| ways.get(way)));
        let versions = versions(self, principal, wanted).await?;
        let now = self.now().await?;
        let own = |(one, way): &(Membership, Id<Configuration>)| {
            let is_due =
                |standing: &TermsStanding| rules::is_due(standing, figures.notice_days(one.group), now, &figures.zone);
            Some(OwnTerms {
                group: one.group,
                path: paths.get(&one.group)?.clone(),
                in_force: versions.get(ways.get(way)?)?.clone(),
                standing: one.details.terms,
                accepted: standing(one).and_then(|id| Some(versions.get(&id)?.number)),
                withheld: one.details.withheld,
                due: one.details.terms.as_ref().is_some_and(is_due),
            })
        };
        Ok(shown.into_iter().filter_map(own).collect())
    }

    /// What one has accepted, by the ids of the terms, after one acceptance.
    ///
    /// # Errors
    /// A program asks, the scope `agm:self` is missing, or the store failed.
    pub async fn my_acceptances(
        &self,
        principal: &Principal,
        after: Option<(Id<Terms>, Timestamp)>,
        limit: usize,
    ) -> Result<Vec<OwnAcceptance>, Error> {
        principal.check(Permission::Person(Scope::AgmSelf))?;
        check_policy(principal)?;
        let (realm, me) = (principal.realm, principal.user().ok_or(Denial::PersonRequired)?);
        let all = table::read_of_user(self.db(), realm, me, after, limit as i64).await?;
        let wanted = all.iter().map(|one| one.terms).collect();
        let mut versions = versions(self, principal, wanted).await?;
        let ways: Vec<Id<Configuration>> = versions.values().map(|terms| terms.configuration).collect();
        let ways = configuration::table::many(self.db(), realm, &ways).await?;
        let ids: Vec<Id<Group>> = ways.iter().map(|way| way.group).collect();
        let settings = self.realm_by_id(realm).await?;
        let groups = group::table::by_ids(self.db(), realm, &ids).await?;
        let sees = |group: &Group| access::group_matches(self.schemas(), principal, &settings, group);
        let seen: Vec<Id<Group>> = groups
            .iter()
            .filter(|group| sees(group))
            .map(|group| group.id)
            .collect();
        let ways: HashMap<Id<Configuration>, Id<Group>> = ways.into_iter().map(|way| (way.id, way.group)).collect();
        // What belongs to a group that the client does not see is told as if the group were gone.
        versions.retain(|_, terms| ways.get(&terms.configuration).is_none_or(|group| seen.contains(group)));
        let own = |acceptance: Acceptance| {
            let terms = versions.get(&acceptance.terms).cloned();
            OwnAcceptance {
                group: terms.as_ref().and_then(|terms| ways.get(&terms.configuration).copied()),
                terms,
                acceptance,
            }
        };
        Ok(all.into_iter().map(own).collect())
    }
}

async fn versions(
    directory: &Directory,
    principal: &Principal,
    mut ids: Vec<Id<Terms>>,
) -> Result<HashMap<Id<Terms>, Terms>, Error> {
    ids.sort_unstable();
    ids.dedup();
    let found = table::many(directory.db(), principal.realm, &ids).await?;
    Ok(found.into_iter().map(|terms| (terms.id, terms)).collect())
}
