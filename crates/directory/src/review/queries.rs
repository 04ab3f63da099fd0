//! Reviews and their items, as those see them who see members; and what closing would do.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::rules::{self, StandsNow};
use super::seen::{Range, Seen};
use super::table::{self, items, parts};
use super::{Decision, Outcome, Review, ReviewItem, ReviewState, Superseded, UNDECIDED};
use crate::Directory;
use crate::access;
use crate::delegation::Capability;
use crate::denial::Denial;
use crate::error::Error;
use crate::group::{Group, GroupPath};
use crate::id::Id;
use crate::membership::{self, Listed, Membership};
use crate::principal::Principal;
use crate::user::{self, User};

/// What it takes to be shown items.
const SEES: [Capability; 1] = [Capability::MembersRead];
/// What it takes to decide about some.
const DECIDES: [Capability; 2] = [Capability::MembersWrite, Capability::MembersSuspend];
/// The largest page.
const LARGEST_PAGE: usize = 501;
/// So many reviews are looked at one by one.
const MOST: usize = 10_000;
/// So many items are looked at for a page of what closing would do.
const MOST_ITEMS: usize = 10_000;
/// So many at a time.
const SLICE: usize = 500;

/// Which reviews are asked for: the newest first.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReviewsAsked {
    /// Only those in this state.
    pub state: Option<ReviewState>,
    /// Only those in which this group is.
    pub group: Option<Id<Group>>,
    /// Only those before this one.
    pub before: Option<Id<Review>>,
    /// So many.
    pub limit: usize,
}

/// Which items are asked for, in their order.
#[derive(Clone, Copy, Debug, Default)]
pub struct ItemsAsked {
    /// Only those about which this was decided; `Some(None)`: nothing yet.
    pub decision: Option<Option<Decision>>,
    /// Only those behind this position.
    pub after: i64,
    /// So many.
    pub limit: usize,
}

/// An item with what it is about, as that is now.
#[derive(Clone, Debug)]
pub struct ItemShown {
    /// The item.
    pub item: ReviewItem,
    /// The person; none = they have left.
    pub person: Option<User>,
    /// Where the group stands; none = it is gone.
    pub path: Option<GroupPath>,
    /// The membership with its roles, whatever became of it.
    pub listed: Option<Listed>,
}

/// What closing does to an item, or did.
#[derive(Clone, Debug)]
pub struct Foreseen {
    /// The item.
    pub shown: ItemShown,
    /// What was decided, or is agreed for what nobody decides about.
    pub verdict: Decision,
    /// Why nothing comes of it.
    pub superseded: Option<Superseded>,
}

impl Directory {
    /// Reviews of which the principal sees something.
    ///
    /// # Errors
    /// The token does not reach group management, `NotFound` or `not_permitted` for the group, `too_many`, or the store failed.
    pub async fn reviews(&self, principal: &Principal, asked: &ReviewsAsked) -> Result<Vec<Review>, Error> {
        let seen = self.sees(principal, &SEES).await?;
        let (db, realm, limit) = (self.db(), principal.realm, asked.limit.min(LARGEST_PAGE));
        if let (Seen::Everywhere, None) = (&seen, asked.group) {
            return table::list(db, realm, asked.before, asked.state, limit).await;
        }
        let narrowed = access::policy(principal).is_some_and(|policy| policy.group_filter.is_some());
        let mut found = Vec::new();
        for slice in self.candidates(principal, asked, &seen).await?.chunks(SLICE) {
            let mut some = table::many(db, realm, slice).await?;
            some.retain(|review| asked.state.is_none_or(|state| review.state == state));
            some.sort_unstable_by_key(|review| std::cmp::Reverse(review.id));
            for review in some {
                // They come from groups in which something is seen, unless a policy narrows that.
                if !narrowed || self.sees_review(principal, review.id, &seen).await? {
                    found.push(review);
                }
                if found.len() == limit {
                    return Ok(found);
                }
            }
        }
        Ok(found)
    }

    /// Reviews that may be seen, before the one that is named, the newest first.
    async fn candidates(
        &self,
        principal: &Principal,
        asked: &ReviewsAsked,
        seen: &Seen,
    ) -> Result<Vec<Id<Review>>, Error> {
        let (db, realm) = (self.db(), principal.realm);
        let ids = match (asked.group, seen) {
            (Some(group), _) => {
                self.administered_with(principal, group, Capability::MembersRead)
                    .await?;
                parts::reviews_of(db, realm, group, asked.before, MOST + 1).await?
            }
            (None, Seen::In { groups, whole }) => {
                let mut ids = parts::reviews_with(db, realm, groups, false).await?;
                ids.append(&mut parts::reviews_with(db, realm, whole, true).await?);
                let before = ids.into_iter().rev();
                let before = before.filter(|id| asked.before.is_none_or(|before| *id < before));
                before.collect()
            }
            (None, Seen::Everywhere | Seen::Filtered) => {
                let all = table::list(db, realm, asked.before, asked.state, MOST + 1).await?;
                all.into_iter().map(|review| review.id).collect()
            }
        };
        if ids.len() > MOST {
            return Err(Denial::TooMany { limit: MOST }.into());
        }
        Ok(ids)
    }

    /// A review of which the principal sees something.
    ///
    /// # Errors
    /// `NotFound`, `not_permitted` without `members.read` in any group of it, or the store failed.
    pub async fn review(&self, principal: &Principal, id: Id<Review>) -> Result<Review, Error> {
        Ok(self.review_seen(principal, id, &SEES).await?.0)
    }

    /// Refuses whoever decides in no group of a review.
    ///
    /// # Errors
    /// `NotFound`, `not_permitted` without `members.write` or `members.suspend` in any group of it, or the store failed.
    pub async fn check_decides(&self, principal: &Principal, id: Id<Review>) -> Result<(), Error> {
        self.review_seen(principal, id, &DECIDES).await.map(drop)
    }

    /// Items of a review, of the groups in which the principal sees members.
    ///
    /// # Errors
    /// As [`Directory::review`].
    pub async fn review_items(
        &self,
        principal: &Principal,
        id: Id<Review>,
        asked: &ItemsAsked,
    ) -> Result<Vec<ItemShown>, Error> {
        let (review, ranges) = self.review_seen(principal, id, &SEES).await?;
        let limit = asked.limit.min(LARGEST_PAGE);
        let found = self.items_in(principal, &review, &ranges, asked, limit).await?;
        self.items_shown(principal, found).await
    }

    async fn items_in(
        &self,
        principal: &Principal,
        review: &Review,
        ranges: &[Range],
        asked: &ItemsAsked,
        limit: usize,
    ) -> Result<Vec<ReviewItem>, Error> {
        let decision = asked
            .decision
            .map(|decision| decision.map_or(UNDECIDED, Decision::name));
        let mut found = Vec::new();
        for (after, last) in ranges {
            let part = (asked.after.max(*after), *last);
            if part.0 >= part.1 {
                continue;
            }
            let wanted = limit - found.len();
            let mut some = items::between(self.db(), principal.realm, review.id, part, decision, wanted).await?;
            found.append(&mut some);
            if found.len() >= limit {
                break;
            }
        }
        Ok(found)
    }

    /// What closing a review now would do, or what it did, to the items that the principal sees, behind a position: at most so many
    /// of those to which it does something, and behind which position to go on.
    ///
    /// # Errors
    /// As [`Directory::review`].
    pub async fn review_outcome(
        &self,
        principal: &Principal,
        id: Id<Review>,
        after: i64,
        limit: usize,
    ) -> Result<(Vec<Foreseen>, Option<i64>), Error> {
        let (review, ranges) = self.review_seen(principal, id, &SEES).await?;
        if review.state == ReviewState::Cancelled {
            return Ok((Vec::new(), None));
        }
        let limit = limit.min(LARGEST_PAGE);
        let (mut found, mut after, mut looked_at) = (Vec::new(), after, 0);
        while looked_at < MOST_ITEMS {
            let asked = ItemsAsked {
                after,
                ..ItemsAsked::default()
            };
            let slice = self.items_in(principal, &review, &ranges, &asked, SLICE).await?;
            let is_last = slice.len() < SLICE;
            looked_at += slice.len();
            for item in slice {
                if found.len() == limit {
                    let found = self.foreseen(principal, &review, found).await?;
                    return Ok((found, Some(after)));
                }
                after = item.position;
                if rules::verdict(&review, &item).is_some() {
                    found.push(item);
                }
            }
            if is_last {
                return Ok((self.foreseen(principal, &review, found).await?, None));
            }
        }
        Ok((self.foreseen(principal, &review, found).await?, Some(after)))
    }

    async fn foreseen(
        &self,
        principal: &Principal,
        review: &Review,
        found: Vec<ReviewItem>,
    ) -> Result<Vec<Foreseen>, Error> {
        let memberships: Vec<Id<Membership>> = found.iter().map(|item| item.membership).collect();
        let ended = items::read_ended_in(self.db(), principal.realm, &memberships).await?;
        let shown = self.items_shown(principal, found).await?;
        let each = shown.into_iter().filter_map(|shown| {
            let item = &shown.item;
            let verdict = rules::verdict(review, item)?;
            let superseded = match item.outcome {
                Some(Outcome::Superseded(why)) => Some(why),
                Some(Outcome::Removed | Outcome::Suspended) => None,
                None => {
                    let now = shown.listed.as_ref().map(|listed| StandsNow {
                        status: listed.membership.status,
                        granted_at: listed.membership.granted_at,
                        ended_in: ended.get(&item.membership).copied(),
                    });
                    rules::superseded(item, now)
                }
            };
            Some(Foreseen {
                shown,
                verdict,
                superseded,
            })
        });
        Ok(each.collect())
    }

    /// With what they are about, in the same order.
    async fn items_shown(&self, principal: &Principal, found: Vec<ReviewItem>) -> Result<Vec<ItemShown>, Error> {
        let (db, realm) = (self.db(), principal.realm);
        let mut by_group: BTreeMap<Id<Group>, Vec<Id<User>>> = BTreeMap::new();
        for item in &found {
            by_group.entry(item.group).or_default().push(item.user);
        }
        let mut memberships = membership::of_people(db, realm, &by_group).await?;
        let people: BTreeSet<Id<User>> = found.iter().map(|item| item.user).collect();
        let people: Vec<Id<User>> = people.into_iter().collect();
        let people = user::search::by_ids(db, realm, &people).await?;
        let people: HashMap<Id<User>, User> = people.into_iter().map(|person| (person.id, person)).collect();
        let shown = |item: ReviewItem| {
            let listed = memberships.remove(&item.membership);
            ItemShown {
                person: people.get(&item.user).cloned(),
                path: listed
                    .as_ref()
                    .map(|listed| GroupPath::of_names(listed.above.clone()).below(&listed.group.name)),
                listed,
                item,
            }
        };
        Ok(found.into_iter().map(shown).collect())
    }
}

/// What is still known of what a review said of a membership: what people call it, and why.
pub(crate) async fn said(
    db: &db::Db,
    realm: crate::realm::RealmId,
    review: Id<Review>,
    membership: Id<Membership>,
) -> Result<Option<(String, Option<String>)>, Error> {
    let Some(review) = table::by_id(db, realm, review).await? else {
        return Ok(None);
    };
    let item = items::read_of_membership(db, realm, review.id, membership).await?;
    Ok(Some((review.name, item.and_then(|item| item.comment))))
}
