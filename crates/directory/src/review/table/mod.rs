//! All SQL that names reviews: the reviews themselves here, [`parts`] their groups and who was told, [`items`] their items.

pub(crate) mod items;
pub(crate) mod parts;

use db::{Db, Row, Value, statements};

use super::{CancelCause, Counts, Decision, Review, ReviewState};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::{Error, Refusal};
use crate::group::Group;
use crate::id::Id;
use crate::lists::in_lists;
use crate::realm::RealmId;

statements! {
    BY_ID = "SELECT id, version, modified, group_id, path, below, name, reason, undecided, begun_by, state, ends_at, reminded, held, ended_at, cause,
               items, to_decide, to_keep, to_remove, to_suspend, removed, suspended, superseded
             FROM reviews WHERE realm = ?1 AND id = ?2";
    LOCK = "SELECT id, version, modified, group_id, path, below, name, reason, undecided, begun_by, state, ends_at, reminded, held, ended_at, cause,
               items, to_decide, to_keep, to_remove, to_suspend, removed, suspended, superseded
             FROM reviews WHERE realm = ?1 AND id = ?2 /*pg: FOR NO KEY UPDATE */";
    INSERT = "INSERT INTO reviews (realm, id, version, modified, group_id, path, below, name, reason, undecided, begun_by, state, open, ends_at,
                items, to_decide, to_keep, to_remove, to_suspend, removed, suspended, superseded)
              VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 0, 0, 0, 0, 0, 0, 0, 0)";
    /// All but what is done while it closes.
    UPDATE = "UPDATE reviews SET version = version + 1, modified = ?4, state = ?5, open = ?6, reminded = ?7, held = ?8, ended_at = ?9, cause = ?10,
                items = ?11, to_decide = ?12, to_keep = ?13, to_remove = ?14, to_suspend = ?15
              WHERE realm = ?1 AND id = ?2 AND version = ?3";
    COUNT_DONE = "UPDATE reviews SET removed = removed + ?3, suspended = suspended + ?4, superseded = superseded + ?5 WHERE realm = ?1 AND id = ?2";
    DELETE = "DELETE FROM reviews WHERE realm = ?1 AND id = ?2";
    OPEN_OF_GROUP = "SELECT id FROM reviews WHERE realm = ?1 AND group_id = ?2 AND open ORDER BY id LIMIT ?3";
    /// The newest first.
    LIST = "SELECT id, version, modified, group_id, path, below, name, reason, undecided, begun_by, state, ends_at, reminded, held, ended_at, cause,
              items, to_decide, to_keep, to_remove, to_suspend, removed, suspended, superseded
            FROM reviews WHERE realm = ?1 AND id < ?2 AND (?3 = '' OR state = ?3) ORDER BY id DESC LIMIT ?4";
}

fn from_row(row: &mut Row) -> Result<Review, db::Error> {
    let (undecided, state): (String, String) = (row.take(8)?, row.take(10)?);
    let instant = |at: Option<i64>| at.map(Timestamp::from_millis);
    let cause: Option<String> = row.take(15)?;
    Ok(Review {
        id: row.take(0)?,
        version: row.take(1)?,
        modified: Timestamp::from_millis(row.take(2)?),
        group: row.take(3)?,
        path: row.take(4)?,
        below: row.take(5)?,
        name: row.take(6)?,
        reason: row.take(7)?,
        // A word that only a newer version knows does nothing.
        undecided: Decision::parse(&undecided).unwrap_or(Decision::Keep),
        begun_by: row.take(9)?,
        state: ReviewState::parse(&state).unwrap_or(ReviewState::Cancelled),
        ends_at: Timestamp::from_millis(row.take(11)?),
        reminded: instant(row.take(12)?),
        held: row.take(13)?,
        ended_at: instant(row.take(14)?),
        cause: cause.as_deref().and_then(CancelCause::parse),
        counts: Counts {
            items: row.take(16)?,
            to_decide: row.take(17)?,
            to_keep: row.take(18)?,
            to_remove: row.take(19)?,
            to_suspend: row.take(20)?,
            removed: row.take(21)?,
            suspended: row.take(22)?,
            superseded: row.take(23)?,
        },
    })
}

fn all(rows: Vec<Row>) -> Result<Vec<Review>, Error> {
    rows.into_iter().map(|mut row| Ok(from_row(&mut row)?)).collect()
}

/// Reads a review that is about to be changed, or whose items are; on PostgreSQL its row stays locked for the transaction.
pub(super) fn lock(change: &mut Change<'_>, id: Id<Review>) -> Result<Option<Review>, Error> {
    Ok(all(change.query(LOCK, &[change.realm_id().into(), id.into()])?)?.pop())
}

pub(super) fn read(change: &mut Change<'_>, id: Id<Review>) -> Result<Option<Review>, Error> {
    Ok(all(change.query(BY_ID, &[change.realm_id().into(), id.into()])?)?.pop())
}

pub(super) async fn by_id(db: &Db, realm: RealmId, id: Id<Review>) -> Result<Option<Review>, Error> {
    Ok(all(db.query(BY_ID, &[realm.into(), id.into()]).await?)?.pop())
}

pub(super) fn insert(change: &mut Change<'_>, review: &Review) -> Result<(), Error> {
    let params = vec![
        change.realm_id().into(),
        review.id.into(),
        review.modified.millis().into(),
        review.group.into(),
        review.path.as_str().into(),
        review.below.into(),
        review.name.as_str().into(),
        review.reason.clone().into(),
        review.undecided.name().into(),
        review.begun_by.as_str().into(),
        review.state.name().into(),
        review.state.is_open().into(),
        review.ends_at.millis().into(),
    ];
    change.later(INSERT, params)
}

/// Stores what a review that is locked has become.
pub(super) fn update(change: &mut Change<'_>, review: &mut Review) -> Result<(), Error> {
    let params = changed(change, review);
    if change.execute(UPDATE, &params)? == 0 {
        return Err(Refusal::Changed.into());
    }
    review.version += 1;
    Ok(())
}

/// The same while its items are written down, which is no news.
pub(super) fn keep(change: &mut Change<'_>, review: &mut Review) -> Result<(), Error> {
    let params = changed(change, review);
    if change.keep_book(UPDATE, &params)? == 0 {
        return Err(Refusal::Changed.into());
    }
    review.version += 1;
    Ok(())
}

fn changed(change: &Change<'_>, review: &mut Review) -> Vec<Value> {
    review.modified = change.now();
    let counts = review.counts;
    vec![
        change.realm_id().into(),
        review.id.into(),
        review.version.into(),
        review.modified.millis().into(),
        review.state.name().into(),
        review.state.is_open().into(),
        review.reminded.map(Timestamp::millis).into(),
        review.held.clone().into(),
        review.ended_at.map(Timestamp::millis).into(),
        review.cause.map(CancelCause::name).into(),
        counts.items.into(),
        counts.to_decide.into(),
        counts.to_keep.into(),
        counts.to_remove.into(),
        counts.to_suspend.into(),
    ]
}

/// Counts what was done about items; it travels with the commit.
pub(super) fn count_done(change: &mut Change<'_>, id: Id<Review>, more: Counts) -> Result<(), Error> {
    let params = vec![
        change.realm_id().into(),
        id.into(),
        more.removed.into(),
        more.suspended.into(),
        more.superseded.into(),
    ];
    change.later(COUNT_DONE, params)
}

pub(super) fn delete(change: &mut Change<'_>, id: Id<Review>) -> Result<(), Error> {
    let realm = change.realm_id();
    change.keep_book_later(DELETE, vec![realm.into(), id.into()])
}

/// Those of a group that wait for decisions, or will; so many.
pub(super) fn open_of_group(change: &mut Change<'_>, group: Id<Group>, limit: i64) -> Result<Vec<Id<Review>>, Error> {
    let rows = change.query(OPEN_OF_GROUP, &[change.realm_id().into(), group.into(), limit.into()])?;
    rows.into_iter().map(|mut row| Ok(row.take(0)?)).collect()
}

/// Those before one of them, the newest first, so many.
pub(super) async fn list(
    db: &Db,
    realm: RealmId,
    before: Option<Id<Review>>,
    state: Option<ReviewState>,
    limit: usize,
) -> Result<Vec<Review>, Error> {
    let params = [
        realm.into(),
        before.map_or(uuid::Uuid::max(), Id::uuid).into(),
        state.map_or("", ReviewState::name).into(),
        (limit as i64).into(),
    ];
    all(db.query(LIST, &params).await?)
}

/// Those of these that are there.
pub(super) async fn many(db: &Db, realm: RealmId, ids: &[Id<Review>]) -> Result<Vec<Review>, Error> {
    let wanted: Vec<Value> = ids.iter().map(Value::from).collect();
    let head = "SELECT id, version, modified, group_id, path, below, name, reason, undecided, begun_by, state, ends_at, reminded, held, ended_at, cause,
                  items, to_decide, to_keep, to_remove, to_suspend, removed, suspended, superseded
                FROM reviews WHERE realm = ?1 AND id IN";
    let mut found = Vec::with_capacity(ids.len());
    for (sql, params) in in_lists(head, &[realm.into()], &wanted) {
        found.append(&mut all(db.query(&sql, &params).await?)?);
    }
    Ok(found)
}
