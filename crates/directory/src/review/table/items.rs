//! All SQL that names the items of reviews, and the memberships they are about.

use std::collections::HashMap;

use db::{Db, Row, Value, statements};
use uuid::Uuid;

use super::super::{Decision, Outcome, Review, ReviewItem, Superseded, UNDECIDED};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::lists::in_lists;
use crate::membership::Membership;
use crate::realm::RealmId;
use crate::user::User;

statements! {
    /// Who is in a group now or will be, in the order of their ids.
    HELD = "SELECT m.id, m.user_id, m.version, m.granted_at FROM memberships m
            WHERE m.realm = ?1 AND m.group_id = ?2 AND m.user_id > ?3 AND m.status IN ('enabled', 'pending') ORDER BY m.user_id LIMIT ?4";
    OF_MEMBERSHIP = "SELECT position, membership, membership_version, granted_at, group_id, user_id, decision, comment, decided_by, decided_at, outcome, why
            FROM review_items WHERE realm = ?1 AND review = ?2 AND membership = ?3";
    AT = "SELECT position, membership, membership_version, granted_at, group_id, user_id, decision, comment, decided_by, decided_at, outcome, why
            FROM review_items WHERE realm = ?1 AND review = ?2 AND position = ?3";
    BETWEEN = "SELECT position, membership, membership_version, granted_at, group_id, user_id, decision, comment, decided_by, decided_at, outcome, why
            FROM review_items WHERE realm = ?1 AND review = ?2 AND position > ?3 AND position <= ?4 ORDER BY position LIMIT ?5";
    DECIDED_BETWEEN = "SELECT position, membership, membership_version, granted_at, group_id, user_id, decision, comment, decided_by, decided_at, outcome, why
            FROM review_items WHERE realm = ?1 AND review = ?2 AND decision = ?6 AND position > ?3 AND position <= ?4 ORDER BY position LIMIT ?5";
    /// Those below come first.
    BEFORE = "SELECT position, membership, membership_version, granted_at, group_id, user_id, decision, comment, decided_by, decided_at, outcome, why
            FROM review_items WHERE realm = ?1 AND review = ?2 AND position < ?3 ORDER BY position DESC LIMIT ?4";
    DECIDE = "UPDATE review_items SET decision = ?4, comment = ?5, decided_by = ?6, decided_at = ?7 WHERE realm = ?1 AND review = ?2 AND position = ?3";
    SETTLE = "UPDATE review_items SET outcome = ?4, why = ?5 WHERE realm = ?1 AND review = ?2 AND position = ?3 AND outcome IS NULL";
    FIRST = "SELECT position FROM review_items WHERE realm = ?1 AND review = ?2 ORDER BY position LIMIT 1";
    PURGE = "DELETE FROM review_items WHERE realm = ?1 AND review = ?2 AND position <= ?3";
    TO_LOSE = "SELECT 1 FROM review_items WHERE realm = ?1 AND user_id = ?2 AND review = ?3 AND decision IN ('remove', 'suspend') LIMIT 1";
    FORGET_COMMENTS = "UPDATE review_items SET comment = NULL WHERE realm = ?1 AND user_id = ?2 AND comment IS NOT NULL";
}

const ADD: &str = "INSERT INTO review_items (realm, review, position, group_id, user_id, membership, membership_version, granted_at, decision) VALUES";
/// So many items are added by one statement, which comes in few sizes, so that the engines keep them prepared.
const ROWS: [usize; 3] = [32, 8, 1];
/// Columns of an item that differ from one to the next, behind realm, review, group and the word for nothing decided.
const COLUMNS: usize = 5;

/// With which version a membership last ended: its facts tell.
const ENDED: &str = "SELECT e.subject, MAX(e.subject_version) FROM events e
    WHERE e.realm = ?1 AND e.kind IN ('member.removed', 'member.expired', 'member.purged') AND e.subject IN";

fn from_row(row: &mut Row) -> Result<ReviewItem, db::Error> {
    let decision: String = row.take(6)?;
    let (outcome, why): (Option<String>, Option<String>) = (row.take(10)?, row.take(11)?);
    Ok(ReviewItem {
        position: row.take(0)?,
        membership: row.take(1)?,
        membership_version: row.take(2)?,
        granted_at: Timestamp::from_millis(row.take(3)?),
        group: row.take(4)?,
        user: row.take(5)?,
        decision: Decision::parse(&decision),
        comment: row.take(7)?,
        decided_by: row.take(8)?,
        decided_at: row.take::<Option<i64>>(9)?.map(Timestamp::from_millis),
        outcome: outcome.and_then(|word| Outcome::parse(&word, why.as_deref())),
    })
}

fn all(rows: Vec<Row>) -> Result<Vec<ReviewItem>, Error> {
    rows.into_iter().map(|mut row| Ok(from_row(&mut row)?)).collect()
}

/// A membership as it is when a review begins.
#[derive(Clone, Copy, Debug)]
pub(in crate::review) struct Found {
    pub(in crate::review) membership: Id<Membership>,
    pub(in crate::review) user: Id<User>,
    version: i64,
    granted_at: i64,
}

/// Who is in a group or will be, behind a person; so many.
pub(in crate::review) fn held(
    change: &mut Change<'_>,
    group: Id<Group>,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Found>, Error> {
    let params = [change.realm_id().into(), group.into(), after.into(), limit.into()];
    let found = |mut row: Row| {
        Ok(Found {
            membership: row.take(0)?,
            user: row.take(1)?,
            version: row.take(2)?,
            granted_at: row.take(3)?,
        })
    };
    change.query(HELD, &params)?.into_iter().map(found).collect()
}

/// Adds items of a group to a review that has so many.
pub(in crate::review) fn add(
    change: &mut Change<'_>,
    review: Id<Review>,
    has: i64,
    group: Id<Group>,
    found: &[Found],
) -> Result<(), Error> {
    let mut rest = found;
    let mut position = has;
    while !rest.is_empty() {
        let size = ROWS.into_iter().find(|size| *size <= rest.len()).unwrap_or(1);
        let (slice, others) = rest.split_at(size);
        rest = others;
        let mut params: Vec<Value> = vec![change.realm_id().into(), review.into(), group.into(), UNDECIDED.into()];
        for one in slice {
            position += 1;
            params.extend([
                position.into(),
                one.user.into(),
                one.membership.into(),
                one.version.into(),
                one.granted_at.into(),
            ]);
        }
        let row = |row: usize| {
            let at = |column: usize| 5 + row * COLUMNS + column;
            let (position, user, membership, version, granted) = (at(0), at(1), at(2), at(3), at(4));
            format!("(?1, ?2, ?{position}, ?3, ?{user}, ?{membership}, ?{version}, ?{granted}, ?4)")
        };
        let rows: Vec<String> = (0..size).map(row).collect();
        change.keep_book(&format!("{ADD} {}", rows.join(", ")), &params)?;
    }
    Ok(())
}

pub(in crate::review) fn of_membership(
    change: &mut Change<'_>,
    review: Id<Review>,
    membership: Id<Membership>,
) -> Result<Option<ReviewItem>, Error> {
    let params = [change.realm_id().into(), review.into(), membership.into()];
    Ok(all(change.query(OF_MEMBERSHIP, &params)?)?.pop())
}

/// The same for reading.
pub(in crate::review) async fn read_of_membership(
    db: &Db,
    realm: RealmId,
    review: Id<Review>,
    membership: Id<Membership>,
) -> Result<Option<ReviewItem>, Error> {
    let params = [realm.into(), review.into(), membership.into()];
    Ok(all(db.query(OF_MEMBERSHIP, &params).await?)?.pop())
}

pub(in crate::review) fn at(
    change: &mut Change<'_>,
    review: Id<Review>,
    position: i64,
) -> Result<Option<ReviewItem>, Error> {
    Ok(all(change.query(AT, &[change.realm_id().into(), review.into(), position.into()])?)?.pop())
}

/// Those behind a position up to another one, so many; only those decided so, where that is named.
pub(in crate::review) async fn between(
    db: &Db,
    realm: RealmId,
    review: Id<Review>,
    (after, last): (i64, i64),
    decision: Option<&'static str>,
    limit: usize,
) -> Result<Vec<ReviewItem>, Error> {
    let mut params = vec![
        realm.into(),
        review.into(),
        after.into(),
        last.into(),
        (limit as i64).into(),
    ];
    let Some(decision) = decision else {
        return all(db.query(BETWEEN, &params).await?);
    };
    params.push(decision.into());
    all(db.query(DECIDED_BETWEEN, &params).await?)
}

/// Those before a position, the last first, so many.
pub(in crate::review) fn before(
    change: &mut Change<'_>,
    review: Id<Review>,
    position: i64,
    limit: i64,
) -> Result<Vec<ReviewItem>, Error> {
    let params = [change.realm_id().into(), review.into(), position.into(), limit.into()];
    all(change.query(BEFORE, &params)?)
}

/// The same for reading.
pub(in crate::review) async fn read_before(
    db: &Db,
    realm: RealmId,
    review: Id<Review>,
    position: i64,
    limit: i64,
) -> Result<Vec<ReviewItem>, Error> {
    let params = [realm.into(), review.into(), position.into(), limit.into()];
    all(db.query(BEFORE, &params).await?)
}

/// Stores what was decided about an item of a review that is locked.
pub(in crate::review) fn decide(change: &mut Change<'_>, review: Id<Review>, item: &ReviewItem) -> Result<(), Error> {
    let params = vec![
        change.realm_id().into(),
        review.into(),
        item.position.into(),
        item.decision.map_or(UNDECIDED, Decision::name).into(),
        item.comment.clone().into(),
        item.decided_by.clone().into(),
        item.decided_at.map(Timestamp::millis).into(),
    ];
    change.later_one(DECIDE, params)
}

/// Writes down what became of an item; false when that was done.
pub(in crate::review) fn settle(
    change: &mut Change<'_>,
    review: Id<Review>,
    position: i64,
    outcome: Outcome,
) -> Result<bool, Error> {
    let why = match outcome {
        Outcome::Superseded(why) => Some(why),
        Outcome::Removed | Outcome::Suspended => None,
    };
    let params = [
        change.realm_id().into(),
        review.into(),
        position.into(),
        outcome.name().into(),
        why.map(Superseded::name).into(),
    ];
    Ok(change.execute(SETTLE, &params)? == 1)
}

/// Forgets items of a review that is over, so many; none when all are gone, else the last of them.
pub(in crate::review) fn purge(change: &mut Change<'_>, review: Id<Review>, slice: i64) -> Result<Option<i64>, Error> {
    let params = [change.realm_id().into(), review.into()];
    let Some(mut first) = change.query_one(FIRST, &params)? else {
        return Ok(None);
    };
    let last = first.take::<i64>(0)? + slice - 1;
    change.keep_book(PURGE, &[change.realm_id().into(), review.into(), last.into()])?;
    Ok(Some(last))
}

/// Whether it was decided that a person is to lose a membership, or to be suspended.
pub(in crate::review) fn is_to_lose(
    change: &mut Change<'_>,
    review: Id<Review>,
    person: Id<User>,
) -> Result<bool, Error> {
    let params = [change.realm_id().into(), person.into(), review.into()];
    Ok(change.query_one(TO_LOSE, &params)?.is_some())
}

/// Forgets what was said of a person who is erased.
pub(in crate::review) fn forget_comments(change: &mut Change<'_>, user: Id<User>) -> Result<(), Error> {
    let realm = change.realm_id();
    change.keep_book_later(FORGET_COMMENTS, vec![realm.into(), user.into()])
}

/// With which version a membership last ended, as far as its facts tell.
pub(in crate::review) fn ended_in(change: &mut Change<'_>, membership: Id<Membership>) -> Result<Option<i64>, Error> {
    let mut ended = None;
    for (sql, params) in in_lists(ENDED, &[change.realm_id().into()], &[membership.into()]) {
        for mut row in change.query(&format!("{sql} GROUP BY e.subject"), &params)? {
            ended = Some(row.take(1)?);
        }
    }
    Ok(ended)
}

/// The same of many, for reading.
pub(in crate::review) async fn read_ended_in(
    db: &Db,
    realm: RealmId,
    memberships: &[Id<Membership>],
) -> Result<HashMap<Id<Membership>, i64>, Error> {
    let wanted: Vec<Value> = memberships.iter().map(Value::from).collect();
    let mut ended = HashMap::new();
    for (sql, params) in in_lists(ENDED, &[realm.into()], &wanted) {
        for mut row in db.query(&format!("{sql} GROUP BY e.subject"), &params).await? {
            ended.insert(row.take(0)?, row.take(1)?);
        }
    }
    Ok(ended)
}
