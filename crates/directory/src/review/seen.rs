//! Who is shown what of reviews: whoever may see the members of a group sees the items of that group; and where somebody decides.

use std::collections::BTreeSet;

use super::table::parts::{self, Part};
use super::{Review, table};
use crate::Directory;
use crate::access;
use crate::client::{Operation, ResourceKind};
use crate::delegation::Capability;
use crate::delegation::reach::may_everywhere;
use crate::denial::Denial;
use crate::enrollment::check_policy;
use crate::error::{Error, Refusal};
use crate::group::Group;
use crate::id::Id;
use crate::principal::{Permission, Principal};

/// A person is asked for at most so many delegations.
const MOST_DELEGATIONS: usize = 10_000;
/// So many groups of a review are looked at one by one.
const MOST_GROUPS: usize = 10_000;
/// So many at a time.
const SLICE: i64 = 1_000;

/// The groups in which somebody sees members, or decides.
#[derive(Clone, Debug)]
pub(super) enum Seen {
    /// In all of the realm.
    Everywhere,
    /// In all but those that an access policy leaves out.
    Filtered,
    /// In some.
    In {
        /// In these.
        groups: Vec<Id<Group>>,
        /// And below these of them.
        whole: Vec<Id<Group>>,
    },
}

/// Positions behind the first up to the second.
pub(super) type Range = (i64, i64);

impl Directory {
    /// Where a principal has one of these capabilities.
    pub(super) async fn sees(&self, principal: &Principal, wanted: &[Capability]) -> Result<Seen, Error> {
        principal.check(Permission::Manage)?;
        check_policy(principal)?;
        access::check_operation(principal, ResourceKind::User, Operation::Read)?;
        let narrowed = access::policy(principal).is_some_and(|policy| policy.group_filter.is_some());
        if wanted.iter().any(|wanted| may_everywhere(principal, *wanted)) {
            return Ok(if narrowed { Seen::Filtered } else { Seen::Everywhere });
        }
        let mut own = self.delegations_of(principal, MOST_DELEGATIONS).await?;
        own.retain(|one| wanted.iter().any(|wanted| one.capabilities.has(*wanted)));
        let distinct = |groups: &mut dyn Iterator<Item = Id<Group>>| {
            let groups: BTreeSet<Id<Group>> = groups.collect();
            groups.into_iter().collect()
        };
        Ok(Seen::In {
            groups: distinct(&mut own.iter().map(|one| one.group)),
            whole: distinct(&mut own.iter().filter(|one| one.inherit).map(|one| one.group)),
        })
    }

    /// The groups of a review that a principal sees, in the order of their items; none = all of them.
    async fn parts_seen(
        &self,
        principal: &Principal,
        review: Id<Review>,
        seen: &Seen,
    ) -> Result<Option<Vec<Part>>, Error> {
        let (db, realm) = (self.db(), principal.realm);
        let mut parts = match seen {
            Seen::Everywhere => return Ok(None),
            Seen::Filtered => self.parts(principal, review).await?,
            Seen::In { groups, whole } => {
                let mut parts = parts::among(db, realm, review, groups).await?;
                parts.append(&mut parts::below(db, realm, review, whole).await?);
                parts.sort_unstable_by_key(|part| (part.first, part.group));
                parts.dedup_by_key(|part| part.group);
                parts
            }
        };
        let groups: Vec<Id<Group>> = parts.iter().map(|part| part.group).collect();
        let hidden = self.out_of_sight(principal, &groups).await?;
        parts.retain(|part| !hidden.contains(&part.group));
        Ok(Some(parts))
    }

    async fn parts(&self, principal: &Principal, review: Id<Review>) -> Result<Vec<Part>, Error> {
        let mut all: Vec<Part> = Vec::new();
        loop {
            let place = all
                .last()
                .map_or((0, Id::new(uuid::Uuid::nil())), |last| (last.first, last.group));
            let mut some = parts::read_after(self.db(), principal.realm, review, place, SLICE).await?;
            let is_last = (some.len() as i64) < SLICE;
            all.append(&mut some);
            if all.len() > MOST_GROUPS {
                return Err(Denial::TooMany { limit: MOST_GROUPS }.into());
            }
            if is_last {
                return Ok(all);
            }
        }
    }

    /// A review in which the principal has one of these capabilities, with the positions of the items where they do, in order.
    pub(super) async fn review_seen(
        &self,
        principal: &Principal,
        id: Id<Review>,
        wanted: &[Capability],
    ) -> Result<(Review, Vec<Range>), Error> {
        let seen = self.sees(principal, wanted).await?;
        let review = table::by_id(self.db(), principal.realm, id).await?;
        let review = review.ok_or(Refusal::NotFound { what: "review" })?;
        let Some(parts) = self.parts_seen(principal, id, &seen).await? else {
            return Ok((review, vec![(0, i64::MAX)]));
        };
        if parts.is_empty() {
            return Err(match seen {
                Seen::Everywhere | Seen::Filtered => Refusal::NotFound { what: "review" }.into(),
                Seen::In { .. } => Denial::NotPermitted {
                    capability: wanted.first().map_or("", |wanted| wanted.name()),
                }
                .into(),
            });
        }
        let mut ranges: Vec<Range> = Vec::new();
        for part in parts.iter().filter(|part| part.items > 0) {
            let (after, last) = (part.first - 1, part.first - 1 + part.items);
            match ranges.last_mut() {
                Some(range) if range.1 == after => range.1 = last,
                _ => ranges.push((after, last)),
            }
        }
        Ok((review, ranges))
    }

    /// Whether the principal sees anything of a review.
    pub(super) async fn sees_review(&self, principal: &Principal, id: Id<Review>, seen: &Seen) -> Result<bool, Error> {
        let parts = self.parts_seen(principal, id, seen).await?;
        Ok(parts.is_none_or(|parts| !parts.is_empty()))
    }
}
