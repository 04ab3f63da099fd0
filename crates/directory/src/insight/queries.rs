//! The questions.

use super::table::{self, ending_after};
use crate::clock::Timestamp;
use crate::delegation::{self, Capability};
use crate::denial::Denial;
use crate::enrollment::configuration::{self, Configuration};
use crate::enrollment::rule::{self, Level, Rules, Violation};
use crate::error::{Error, Refusal};
use crate::group::Group;
use crate::id::Id;
use crate::membership::{Membership, Status};
use crate::principal::{Permission, Principal};
use crate::user::User;
use crate::{Directory, access};

/// So many are looked at.
const MOST: usize = 100_000;
/// So many groups at a time.
const SLICE: usize = 1_000;
/// The largest page.
const LARGEST_PAGE: usize = 1_000;
/// Nobody asks for what ends later.
const MOST_DAYS: u32 = 3_650;

/// How many memberships stand how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// They count now.
    pub enabled: u64,
    /// Their time has not begun.
    pub pending: u64,
    /// The people are kept out.
    pub suspended: u64,
    /// Their time is over, and they may come back.
    pub expired: u64,
}

impl Counts {
    /// Adds so many that stand so. Tombstones are not counted.
    pub(super) fn add(&mut self, status: Status, number: u64) {
        let sum = match status {
            Status::Enabled => &mut self.enabled,
            Status::Pending => &mut self.pending,
            Status::Suspended => &mut self.suspended,
            Status::Expired => &mut self.expired,
            Status::Ended | Status::Barred => return,
        };
        *sum += number;
    }
}

/// A membership that ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Which one.
    pub membership: Id<Membership>,
    /// In which group.
    pub group: Id<Group>,
    /// Whose.
    pub user: Id<User>,
    /// Where it stands.
    pub status: Status,
    /// The first instant after it.
    pub at: Timestamp,
    /// The group above whose membership ends then; none = its own end.
    pub because_of: Option<Id<Group>>,
}

/// After which membership a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndingAfter {
    /// In which group.
    pub group: Id<Group>,
    /// When it ends.
    pub at: Timestamp,
    /// Whose.
    pub user: Id<User>,
}

/// A group that nobody administers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    /// Which one.
    pub group: Id<Group>,
    /// Its name.
    pub name: String,
    /// Its parent; none = a root.
    pub parent: Option<Id<Group>>,
    /// How many people are in it.
    pub people: i64,
}

impl Directory {
    /// How many memberships of a group stand how, for those who see its members; of the realm, for who manages all groups.
    ///
    /// # Errors
    /// `NotFound`, `not_permitted`, `too_many`, or the store failed.
    pub async fn membership_counts(&self, principal: &Principal, group: Option<Id<Group>>) -> Result<Counts, Error> {
        let realm = principal.realm;
        let group = self.looked_into(principal, group).await?;
        let mut counts = Counts::default();
        let limit = MOST as i64 + 1;
        let rest = if let Some(group) = &group {
            counts.enabled = table::people_in(self.db(), realm, group.id).await?;
            table::waiting_in(self.db(), realm, group.id, limit).await?
        } else {
            let (groups, people) = table::people_of_realm(self.db(), realm, limit).await?;
            check_number(groups)?;
            counts.enabled = people;
            table::waiting_of_realm(self.db(), realm, limit).await?
        };
        check_number(rest.iter().map(|(_, number)| *number).sum())?;
        for (status, number) in rest {
            counts.add(status, number);
        }
        Ok(counts)
    }

    /// The memberships that end within so many days, by their own end or by one above: of a group by when they end, for those
    /// who see its members; of the realm group by group, for who manages all groups. Those after one of them, so many.
    ///
    /// # Errors
    /// `NotFound`, `not_permitted`, `Invalid` days, `too_many`, or the store failed.
    pub async fn memberships_ending(
        &self,
        principal: &Principal,
        group: Option<Id<Group>>,
        days: u32,
        after: Option<EndingAfter>,
        limit: usize,
    ) -> Result<Vec<Ending>, Error> {
        let group = self.looked_into(principal, group).await?;
        if !(1..=MOST_DAYS).contains(&days) {
            return Err(Refusal::invalid("days", format!("a number of days from 1 to {MOST_DAYS}")).into());
        }
        let now = self.now().await?;
        let until = now.plus_seconds(i64::from(days) * 86_400);
        let limit = limit.min(LARGEST_PAGE);
        let realm = principal.realm;
        if let Some(group) = group {
            let after = after.filter(|after| after.group == group.id);
            let begin = after.map_or((now, Id::new(uuid::Uuid::nil())), |after| (after.at, after.user));
            return ending_after(self.db(), realm, group.id, begin, until, limit).await;
        }
        let mut found = Vec::new();
        let mut last = Id::new(uuid::Uuid::nil());
        if let Some(after) = after {
            last = after.group;
            let begin = (after.at, after.user);
            found = ending_after(self.db(), realm, after.group, begin, until, limit).await?;
        }
        let mut looked_at = 0;
        while found.len() < limit {
            check_number(looked_at)?;
            let slice = table::groups_with_ending(self.db(), realm, last, (now, until), SLICE).await?;
            for (group, has_some) in &slice {
                last = *group;
                if !has_some {
                    continue;
                }
                let begin = (now, Id::new(uuid::Uuid::nil()));
                let wanted = limit - found.len();
                found.append(&mut ending_after(self.db(), realm, *group, begin, until, wanted).await?);
                if found.len() >= limit {
                    break;
                }
            }
            looked_at += slice.len() as u64;
            if slice.len() < SLICE {
                break;
            }
        }
        Ok(found)
    }

    /// Managed groups that nobody administers now, here or from above, in the order of their ids after one of them, so many.
    /// For who manages all groups.
    ///
    /// # Errors
    /// `not_permitted`, `too_many`, or the store failed.
    pub async fn orphans(
        &self,
        principal: &Principal,
        after: Option<Id<Group>>,
        limit: usize,
    ) -> Result<Vec<Orphan>, Error> {
        self.looked_into(principal, None).await?;
        let now = self.now().await?;
        let limit = limit.min(LARGEST_PAGE);
        let mut found = Vec::new();
        let mut last = after.unwrap_or(Id::new(uuid::Uuid::nil()));
        let mut looked_at = 0;
        loop {
            check_number(looked_at)?;
            let slice = table::managed_groups(self.db(), principal.realm, last, now, SLICE).await?;
            looked_at += slice.len() as u64;
            let is_last = slice.len() < SLICE;
            for (orphan, is_administered) in slice {
                last = orphan.group;
                if !is_administered {
                    found.push(orphan);
                }
                if found.len() == limit {
                    return Ok(found);
                }
            }
            if is_last {
                return Ok(found);
            }
        }
    }

    /// The ways to join a group that break rules of the realm, for those who administer it in any way. Those of all groups:
    /// [`Directory::rules_broken`].
    ///
    /// # Errors
    /// `NotFound`, `not_permitted`, or the store failed.
    pub async fn rules_broken_in(
        &self,
        principal: &Principal,
        group: Id<Group>,
    ) -> Result<Vec<(Configuration, Vec<Violation>)>, Error> {
        let (group, _) = self.administered(principal, group).await?;
        let all = rule::table::all(self.db(), principal.realm).await?;
        let rules = Rules::for_level(&all, Level::of(group.parent));
        let ways = configuration::table::read_of_group(self.db(), principal.realm, group.id).await?;
        let broken = ways.into_iter().map(|way| {
            let broken = rules.broken_by(&way.fields());
            (way, broken)
        });
        Ok(broken.filter(|(_, broken)| !broken.is_empty()).collect())
    }

    /// The group that is looked into; none = all of them, for who may. Who is narrowed to some of the people is told of none.
    async fn looked_into(&self, principal: &Principal, group: Option<Id<Group>>) -> Result<Option<Group>, Error> {
        let policy = access::policy(principal);
        let is_narrowed = match group {
            Some(_) => policy.is_some_and(|policy| policy.user_filter.is_some()),
            None => policy.is_some_and(crate::client::Policy::narrows),
        };
        if let Some(group) = group {
            let (group, _) = self
                .administered_with(principal, group, Capability::MembersRead)
                .await?;
            check_policy(is_narrowed)?;
            return Ok(Some(group));
        }
        principal.check(Permission::Manage)?;
        check_policy(is_narrowed)?;
        if delegation::reaches_realm(principal) {
            return Ok(None);
        }
        Err(Denial::NotPermitted {
            capability: Capability::MembersRead.name(),
        }
        .into())
    }
}

fn check_policy(is_narrowed: bool) -> Result<(), Refusal> {
    if is_narrowed {
        return Err(Refusal::forbidden(
            "this client's access policy narrows it to certain users and groups",
        ));
    }
    Ok(())
}

fn check_number(looked_at: u64) -> Result<(), Denial> {
    if looked_at > MOST as u64 {
        return Err(Denial::TooMany { limit: MOST });
    }
    Ok(())
}
