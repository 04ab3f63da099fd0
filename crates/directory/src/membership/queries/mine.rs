//! The groups one is in: a person's own memberships, with what there is to see of the groups.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::super::table::mine;
use super::super::{Membership, Status};
use super::Page;
use crate::client::{Operation, ResourceKind};
use crate::clock::Timestamp;
use crate::error::{Error, Refusal};
use crate::group::{self, Group};
use crate::id::Id;
use crate::principal::{Permission, Principal, Scope};
use crate::user::User;
use crate::{Denial, Directory, access, provider, user};

/// Which of one's memberships are asked for.
#[derive(Clone, Debug)]
pub struct MyMemberships {
    /// A part of the group's name, in any letter case; none = all.
    pub search: Option<String>,
    /// Where they stand.
    pub status: Status,
    /// By what they are ordered; equal ones by their ids.
    pub order: MineOrder,
    /// Whether the first comes first.
    pub ascending: bool,
    /// Which part.
    pub page: Page,
}

/// By what they are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MineOrder {
    /// The group's name.
    Group,
    /// The end that counts; those without one are the last.
    EffectiveEnd,
}

/// A part of one's memberships.
#[derive(Clone, Debug)]
pub struct Mine {
    /// Whose they are.
    pub person: User,
    /// Whether the person's address is known to be theirs.
    pub email_verified: bool,
    /// The part.
    pub memberships: Vec<Listed>,
    /// How many there are in all.
    pub count: usize,
}

/// A membership with what a list shows of it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The membership.
    pub membership: Membership,
    /// Its group.
    pub group: Group,
    /// The names of the groups above, the root first.
    pub above: Vec<String>,
    /// The names of its roles.
    pub roles: Vec<String>,
}

impl Directory {
    /// One's own memberships.
    ///
    /// # Errors
    /// A program asks, the scope `agm:self` is missing, or the store failed.
    pub async fn my_memberships(&self, principal: &Principal, asked: &MyMemberships) -> Result<Mine, Error> {
        principal.check(Permission::Person(Scope::AgmSelf))?;
        access::check_operation(principal, ResourceKind::Group, Operation::Read)?;
        let (realm, me) = (principal.realm, principal.user().ok_or(Denial::PersonRequired)?);
        let person = user::table::by_id(self.db(), realm, me).await?;
        let person = person.ok_or(Refusal::NotFound { what: "user" })?;
        let memberships = mine::of_user(self.db(), realm, me, asked.status).await?;
        let ids: Vec<Id<Group>> = memberships.iter().map(|one| one.group).collect();
        let settings = self.realm_by_id(realm).await?;
        let groups = group::table::by_ids(self.db(), realm, &ids).await?;
        let mut groups: HashMap<Id<Group>, Group> = groups
            .into_iter()
            .filter(|group| access::group_matches(self.schemas(), principal, &settings, group))
            .map(|group| (group.id, group))
            .collect();
        let wanted = asked.search.as_deref().map(scim::text::key);
        let found = |group: &Group| {
            wanted
                .as_ref()
                .is_none_or(|part| scim::text::key(&group.name).contains(part))
        };
        let mut all: Vec<(Membership, Group)> = memberships
            .into_iter()
            .filter_map(|membership| Some((membership.clone(), groups.remove(&membership.group)?)))
            .filter(|(_, group)| found(group))
            .collect();
        sort(&mut all, asked);
        let count = all.len();
        let page = asked.page.of(all);
        let shown: Vec<Id<Group>> = page.iter().map(|(_, group)| group.id).collect();
        let mut above = mine::names_above(self.db(), realm, &shown).await?;
        let mut roles = mine::roles(self.db(), realm, me, &shown).await?;
        let memberships = page.into_iter().map(|(membership, group)| Listed {
            above: above.remove(&group.id).unwrap_or_default(),
            roles: roles.remove(&membership.id).unwrap_or_default(),
            membership,
            group,
        });
        Ok(Mine {
            email_verified: provider::is_verified(self.db(), realm, &person).await?,
            memberships: memberships.collect(),
            count,
            person,
        })
    }
}

fn sort(all: &mut [(Membership, Group)], asked: &MyMemberships) {
    let end = |membership: &Membership| membership.effective.at.map_or(i64::MAX, Timestamp::millis);
    let compare = |one: &(Membership, Group), other: &(Membership, Group)| -> Ordering {
        let by = match asked.order {
            MineOrder::Group => scim::text::key(&one.1.name).cmp(&scim::text::key(&other.1.name)),
            MineOrder::EffectiveEnd => end(&one.0).cmp(&end(&other.0)),
        };
        by.then_with(|| one.0.id.uuid().cmp(&other.0.id.uuid()))
    };
    if asked.ascending {
        all.sort_by(compare);
    } else {
        all.sort_by(|one, other| compare(other, one));
    }
}
