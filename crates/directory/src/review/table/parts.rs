//! All SQL that names the groups of a review, and who was told of it.

use std::collections::BTreeSet;

use db::{Db, Row, Value, statements};

use super::super::Review;
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::lists::in_lists;
use crate::realm::RealmId;
use crate::user::User;

statements! {
    ONE = "SELECT group_id, first_position, items, to_decide FROM review_groups WHERE realm = ?1 AND review = ?2 AND group_id = ?3";
    BEGIN = "INSERT INTO review_groups (realm, review, group_id, first_position, items, to_decide) VALUES (?1, ?2, ?3, ?4, 0, 0) ON CONFLICT DO NOTHING";
    COUNT = "UPDATE review_groups SET items = items + ?4, to_decide = to_decide + ?5 WHERE realm = ?1 AND review = ?2 AND group_id = ?3";
    AFTER = "SELECT group_id, first_position, items, to_decide FROM review_groups
             WHERE realm = ?1 AND review = ?2 AND (first_position, group_id) > (?3, ?4) ORDER BY first_position, group_id LIMIT ?5";
    PURGE = "DELETE FROM review_groups WHERE realm = ?1 AND review = ?2 AND first_position <= ?3";
    /// Whoever was told in this round already is not told again.
    TELL = "INSERT INTO review_notices (realm, review, user_id, round) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (realm, review, user_id) DO UPDATE SET round = ?4 WHERE review_notices.round < ?4";
    TOLD = "SELECT 1 FROM review_notices WHERE realm = ?1 AND review = ?2 AND round = ?3 LIMIT 1";
    FORGET_TOLD = "DELETE FROM review_notices WHERE realm = ?1 AND review = ?2";
    FORGET_USER = "DELETE FROM review_notices WHERE realm = ?1 AND user_id = ?2";
    /// Reviews in which a group is, the newest first.
    WITH_GROUP = "SELECT review FROM review_groups WHERE realm = ?1 AND group_id = ?2 AND review < ?3 ORDER BY review DESC LIMIT ?4";
}

/// One group of a review, whose items follow one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::review) struct Part {
    pub(in crate::review) group: Id<Group>,
    /// The position of its first item.
    pub(in crate::review) first: i64,
    pub(in crate::review) items: i64,
    pub(in crate::review) to_decide: i64,
}

fn parts(rows: Vec<Row>) -> Result<Vec<Part>, Error> {
    let part = |mut row: Row| {
        Ok(Part {
            group: row.take(0)?,
            first: row.take(1)?,
            items: row.take(2)?,
            to_decide: row.take(3)?,
        })
    };
    rows.into_iter().map(part).collect()
}

pub(in crate::review) fn one(
    change: &mut Change<'_>,
    review: Id<Review>,
    group: Id<Group>,
) -> Result<Option<Part>, Error> {
    let params = [change.realm_id().into(), review.into(), group.into()];
    Ok(parts(change.query(ONE, &params)?)?.pop())
}

/// Adds a group whose items begin there; one that is there stays.
pub(in crate::review) fn begin(
    change: &mut Change<'_>,
    review: Id<Review>,
    group: Id<Group>,
    first: i64,
) -> Result<(), Error> {
    let params = vec![change.realm_id().into(), review.into(), group.into(), first.into()];
    change.keep_book_later(BEGIN, params)
}

/// Counts more items of a group, and more of them to decide.
pub(in crate::review) fn count(
    change: &mut Change<'_>,
    review: Id<Review>,
    group: Id<Group>,
    (items, to_decide): (i64, i64),
) -> Result<(), Error> {
    let params = vec![
        change.realm_id().into(),
        review.into(),
        group.into(),
        items.into(),
        to_decide.into(),
    ];
    change.keep_book_later(COUNT, params)
}

/// Those behind a place, so many.
pub(in crate::review) fn after(
    change: &mut Change<'_>,
    review: Id<Review>,
    (position, group): (i64, Id<Group>),
    limit: i64,
) -> Result<Vec<Part>, Error> {
    let params = [
        change.realm_id().into(),
        review.into(),
        position.into(),
        group.into(),
        limit.into(),
    ];
    parts(change.query(AFTER, &params)?)
}

/// The same for reading.
pub(in crate::review) async fn read_after(
    db: &Db,
    realm: RealmId,
    review: Id<Review>,
    (position, group): (i64, Id<Group>),
    limit: i64,
) -> Result<Vec<Part>, Error> {
    let params = [realm.into(), review.into(), position.into(), group.into(), limit.into()];
    parts(db.query(AFTER, &params).await?)
}

/// Those groups of a review that are among these.
pub(in crate::review) async fn among(
    db: &Db,
    realm: RealmId,
    review: Id<Review>,
    groups: &[Id<Group>],
) -> Result<Vec<Part>, Error> {
    let head = "SELECT p.group_id, p.first_position, p.items, p.to_decide FROM review_groups p WHERE p.realm = ?1 AND p.review = ?2 AND p.group_id IN";
    of_lists(db, head, &[realm.into(), review.into()], groups).await
}

/// Those below one of these.
pub(in crate::review) async fn below(
    db: &Db,
    realm: RealmId,
    review: Id<Review>,
    groups: &[Id<Group>],
) -> Result<Vec<Part>, Error> {
    let head = "SELECT p.group_id, p.first_position, p.items, p.to_decide FROM review_groups p
                CROSS JOIN group_ancestors a WHERE p.realm = ?1 AND p.review = ?2 AND a.realm = p.realm AND a.group_id = p.group_id AND a.ancestor IN";
    of_lists(db, head, &[realm.into(), review.into()], groups).await
}

async fn of_lists(db: &Db, head: &str, fixed: &[Value], groups: &[Id<Group>]) -> Result<Vec<Part>, Error> {
    let wanted: Vec<Value> = groups.iter().map(Value::from).collect();
    let mut found = Vec::new();
    for (sql, params) in in_lists(head, fixed, &wanted) {
        found.append(&mut parts(db.scan(&sql, &params).await?)?);
    }
    Ok(found)
}

/// The reviews in which one of these groups is, or, where `below`, one below them.
pub(in crate::review) async fn reviews_with(
    db: &Db,
    realm: RealmId,
    groups: &[Id<Group>],
    below: bool,
) -> Result<BTreeSet<Id<Review>>, Error> {
    let head = if below {
        "SELECT DISTINCT p.review FROM group_ancestors a CROSS JOIN review_groups p
         WHERE a.realm = ?1 AND p.realm = a.realm AND p.group_id = a.group_id AND a.ancestor IN"
    } else {
        "SELECT DISTINCT p.review FROM review_groups p WHERE p.realm = ?1 AND p.group_id IN"
    };
    let wanted: Vec<Value> = groups.iter().map(Value::from).collect();
    let mut found = BTreeSet::new();
    for (sql, params) in in_lists(head, &[realm.into()], &wanted) {
        for mut row in db.scan(&sql, &params).await? {
            found.insert(row.take(0)?);
        }
    }
    Ok(found)
}

/// The reviews in which a group is, before one of them, the newest first; so many.
pub(in crate::review) async fn reviews_of(
    db: &Db,
    realm: RealmId,
    group: Id<Group>,
    before: Option<Id<Review>>,
    limit: usize,
) -> Result<Vec<Id<Review>>, Error> {
    let before = before.map_or(uuid::Uuid::max(), Id::uuid);
    let params = [realm.into(), group.into(), before.into(), (limit as i64).into()];
    let rows = db.query(WITH_GROUP, &params).await?;
    rows.into_iter().map(|mut row| Ok(row.take(0)?)).collect()
}

/// Notes that somebody is told in a round; false when they were.
pub(in crate::review) fn tell(
    change: &mut Change<'_>,
    review: Id<Review>,
    user: Id<User>,
    round: Timestamp,
) -> Result<bool, Error> {
    let params = [
        change.realm_id().into(),
        review.into(),
        user.into(),
        round.millis().into(),
    ];
    Ok(change.keep_book(TELL, &params)? == 1)
}

/// Whether anybody was told in a round.
pub(in crate::review) fn was_told(
    change: &mut Change<'_>,
    review: Id<Review>,
    round: Timestamp,
) -> Result<bool, Error> {
    let params = [change.realm_id().into(), review.into(), round.millis().into()];
    Ok(change.query_one(TOLD, &params)?.is_some())
}

/// Forgets the groups whose items begin up to there.
pub(in crate::review) fn purge(change: &mut Change<'_>, review: Id<Review>, last: i64) -> Result<(), Error> {
    let realm = change.realm_id();
    change.keep_book_later(PURGE, vec![realm.into(), review.into(), last.into()])
}

/// Forgets who was told.
pub(in crate::review) fn forget_told(change: &mut Change<'_>, review: Id<Review>) -> Result<(), Error> {
    let realm = change.realm_id();
    change.keep_book_later(FORGET_TOLD, vec![realm.into(), review.into()])
}

/// Forgets that a person was told, who is erased.
pub(in crate::review) fn forget_user(change: &mut Change<'_>, user: Id<User>) -> Result<(), Error> {
    let realm = change.realm_id();
    change.keep_book_later(FORGET_USER, vec![realm.into(), user.into()])
}
