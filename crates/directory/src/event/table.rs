//! All SQL that names the table of events.

use aws_lc_rs::digest;
use db::{Db, Row, Value, statements};
use uuid::Uuid;

use super::{Event, EventKind};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::realm::RealmId;

statements! {
    INSERT = "INSERT INTO events (realm, id, kind, subject_type, subject, subject_version, at, actor, body, salt, body_hash, within)
              VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    /// From one such realm to the next, however many events each has.
    UNPLACED_REALMS = "WITH RECURSIVE unplaced(realm) AS (
             SELECT MIN(realm) FROM events WHERE position IS NULL
             UNION ALL
             SELECT (SELECT MIN(e.realm) FROM events e WHERE e.realm > unplaced.realm AND e.position IS NULL) FROM unplaced WHERE realm IS NOT NULL)
           SELECT realm FROM unplaced WHERE realm IS NOT NULL";
    /// On PostgreSQL in the order of the index: a limit that the planner does not see counts as a tenth.
    UNPLACED = "SELECT position, id, kind, subject_type, subject, subject_version, at, actor, body, salt, body_hash, chain_hash
            FROM events WHERE realm = ?1 AND position IS NULL ORDER BY id LIMIT (SELECT CAST(?2 AS BIGINT))";
    UNPLACED_SINCE = "SELECT COUNT(*) FROM (SELECT at FROM events WHERE realm = ?1 AND position IS NULL ORDER BY id LIMIT 100000) AS unplaced
            WHERE at < ?2";
    UNPLACED_AFTER = "SELECT position, id, kind, subject_type, subject, subject_version, at, actor, body, salt, body_hash, chain_hash, within
            FROM events WHERE realm = ?1 AND position IS NULL AND id > ?2 ORDER BY id LIMIT ?3";
    NEWEST = "SELECT MAX(events.at) FROM event_heads JOIN events ON events.realm = event_heads.realm AND events.position = event_heads.position";
    COUNT_UNPLACED = "SELECT COUNT(*) FROM (SELECT 1 FROM events WHERE position IS NULL ORDER BY realm, id LIMIT ?1) AS counted";
    HEAD = "SELECT position, chain_hash FROM event_heads WHERE realm = ?1";
    SET_HEAD = "INSERT INTO event_heads (realm, position, chain_hash) VALUES (?1, ?2, ?3)
                ON CONFLICT (realm) DO UPDATE SET position = ?2, chain_hash = ?3";
    PLACE = "UPDATE events SET position = ?3, chain_hash = ?4 WHERE realm = ?1 AND id = ?2 AND position IS NULL";
    PAGE = "SELECT position, id, kind, subject_type, subject, subject_version, at, actor, body, salt, body_hash, chain_hash
            FROM events WHERE realm = ?1 AND position > ?2 ORDER BY position LIMIT ?3";
    /// A page of the log, with the last fact of the subject beside each row whose body is missing.
    PAGE_TO_VERIFY = "SELECT position, id, kind, subject_type, subject, subject_version, at, actor, body, salt, body_hash, chain_hash,
              CASE WHEN body IS NULL THEN (SELECT l.kind FROM events l WHERE l.realm = e.realm AND l.subject = e.subject
                                           ORDER BY l.subject_version DESC LIMIT 1) END
            FROM events e WHERE realm = ?1 AND position > ?2 ORDER BY position LIMIT ?3";
    PAGE_OF_SUBJECT = "SELECT position, id, kind, subject_type, subject, subject_version, at, actor, body, salt, body_hash, chain_hash
            FROM events WHERE realm = ?1 AND subject = ?2 AND position > ?3 ORDER BY position LIMIT ?4";
    PAGE_WITHIN = "SELECT position, id, kind, subject_type, subject, subject_version, at, actor, body, salt, body_hash, chain_hash
            FROM events WHERE realm = ?1 AND within = ?2 AND within IS NOT NULL AND position > ?3 ORDER BY position LIMIT ?4";
    LATEST_OF_SUBJECT = "SELECT position, id, kind, subject_type, subject, subject_version, at, actor, body, salt, body_hash, chain_hash
            FROM events WHERE realm = ?1 AND subject = ?2 AND position < ?3 ORDER BY position DESC LIMIT ?4";
    LATEST_WITHIN = "SELECT position, id, kind, subject_type, subject, subject_version, at, actor, body, salt, body_hash, chain_hash
            FROM events WHERE realm = ?1 AND within = ?2 AND within IS NOT NULL AND position < ?3 ORDER BY position DESC LIMIT ?4";
    AT_AFTER = "SELECT position, at FROM events WHERE realm = ?1 AND position > ?2 ORDER BY position LIMIT 1";
    BY_ID = "SELECT position, id, kind, subject_type, subject, subject_version, at, actor, body, salt, body_hash, chain_hash
            FROM events WHERE realm = ?1 AND id = ?2";
    ERASE = "UPDATE events SET body = NULL, salt = NULL WHERE realm = ?1 AND subject = ?2 AND body IS NOT NULL";
}

/// One row of the table.
#[derive(Debug)]
pub(crate) struct EventRow {
    pub(crate) position: Option<i64>,
    pub(crate) id: Id<Event>,
    pub(crate) kind: String,
    pub(crate) subject_type: String,
    pub(crate) subject: uuid::Uuid,
    pub(crate) subject_version: i64,
    pub(crate) at: Timestamp,
    pub(crate) actor: String,
    pub(crate) body: Option<String>,
    pub(crate) salt: Option<Vec<u8>>,
    pub(crate) body_hash: Vec<u8>,
    pub(crate) chain_hash: Option<Vec<u8>>,
}

impl EventRow {
    pub(crate) fn from_row(row: &mut Row) -> Result<Self, db::Error> {
        Ok(Self {
            position: row.take(0)?,
            id: row.take(1)?,
            kind: row.take(2)?,
            subject_type: row.take(3)?,
            subject: row.take(4)?,
            subject_version: row.take(5)?,
            at: Timestamp::from_millis(row.take(6)?),
            actor: row.take(7)?,
            body: row.take(8)?,
            salt: row.take(9)?,
            body_hash: row.take(10)?,
            chain_hash: row.take(11)?,
        })
    }
}

fn all(rows: Vec<Row>) -> Result<Vec<EventRow>, Error> {
    rows.into_iter()
        .map(|mut row| Ok(EventRow::from_row(&mut row)?))
        .collect()
}

/// So many events of a realm that have no place yet, after one, by their ids; and in whose history each belongs.
pub(crate) async fn unplaced_after(
    db: &Db,
    realm: RealmId,
    after: Uuid,
    limit: usize,
) -> Result<Vec<(EventRow, Option<Id<Group>>)>, Error> {
    let params = [realm.into(), after.into(), (limit as i64).into()];
    let rows = db.query(UNPLACED_AFTER, &params).await?;
    let read = |mut row: Row| Ok((EventRow::from_row(&mut row)?, row.take(12)?));
    rows.into_iter().map(read).collect()
}

/// So many events of a realm after a position.
pub(super) async fn page(db: &Db, realm: RealmId, after: i64, limit: usize) -> Result<Vec<EventRow>, Error> {
    all(db
        .query(PAGE, &[realm.into(), after.into(), (limit as i64).into()])
        .await?)
}

/// So many events of a subject after a position.
pub(super) async fn of_subject(
    db: &Db,
    realm: RealmId,
    subject: Uuid,
    after: i64,
    limit: usize,
) -> Result<Vec<EventRow>, Error> {
    let params = [realm.into(), subject.into(), after.into(), (limit as i64).into()];
    all(db.query(PAGE_OF_SUBJECT, &params).await?)
}

/// So many events of what is in a group after a position.
pub(super) async fn within(
    db: &Db,
    realm: RealmId,
    group: Id<Group>,
    after: i64,
    limit: usize,
) -> Result<Vec<EventRow>, Error> {
    let params = [realm.into(), group.into(), after.into(), (limit as i64).into()];
    all(db.query(PAGE_WITHIN, &params).await?)
}

/// So many events of a subject before a position, the last first.
pub(crate) async fn latest_of_subject(
    db: &Db,
    realm: RealmId,
    subject: Uuid,
    before: i64,
    limit: usize,
) -> Result<Vec<EventRow>, Error> {
    let params = [realm.into(), subject.into(), before.into(), (limit as i64).into()];
    all(db.query(LATEST_OF_SUBJECT, &params).await?)
}

/// So many events of what is in a group before a position, the last first.
pub(crate) async fn latest_within(
    db: &Db,
    realm: RealmId,
    group: Id<Group>,
    before: i64,
    limit: usize,
) -> Result<Vec<EventRow>, Error> {
    let params = [realm.into(), group.into(), before.into(), (limit as i64).into()];
    all(db.query(LATEST_WITHIN, &params).await?)
}

/// The position of the last event that has one; 0 before the first.
pub(super) async fn last_position(db: &Db, realm: RealmId) -> Result<i64, Error> {
    let mut rows = db.query(HEAD, &[realm.into()]).await?;
    Ok(rows.first_mut().map_or(Ok(0), |row| row.take(0))?)
}

/// The next event after a position: where it stands, and when it happened.
pub(super) async fn at_after(db: &Db, realm: RealmId, after: i64) -> Result<Option<(i64, Timestamp)>, Error> {
    let mut rows = db.query(AT_AFTER, &[realm.into(), after.into()]).await?;
    let found = rows
        .first_mut()
        .map(|row| Ok((row.take(0)?, Timestamp::from_millis(row.take(1)?))));
    found.transpose()
}

pub(crate) fn insert(change: &mut Change<'_>, event: &Event) -> Result<Id<Event>, Error> {
    let id: Id<Event> = change.new_id();
    let salt: [u8; 16] = change.random();
    let body = event.body.to_string();
    let hash = body_hash(&salt, &body);
    let at = change.now();
    let kind: EventKind = event.kind;
    change.later(
        INSERT,
        vec![
            change.realm_id().into(),
            id.into(),
            kind.name().into(),
            kind.subject_type().into(),
            event.subject.into(),
            event.version.into(),
            at.millis().into(),
            change.principal().label().into(),
            body.into(),
            Value::from(salt.to_vec()),
            Value::from(hash),
            event.within.map(Id::uuid).into(),
        ],
    )?;
    Ok(id)
}

/// SHA-256 over salt and body: what the chain covers, so that body and salt can be erased.
pub(crate) fn body_hash(salt: &[u8], body: &str) -> Vec<u8> {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(salt);
    context.update(body.as_bytes());
    context.finish().as_ref().to_vec()
}

/// SHA-256 over the hash before, the position, everything a row says for good, and the hash of its body.
pub(crate) fn chain_hash(before: &[u8], position: i64, row: &EventRow) -> Vec<u8> {
    let mut context = digest::Context::new(&digest::SHA256);
    let mut part = |bytes: &[u8]| {
        context.update(&(bytes.len() as u64).to_be_bytes());
        context.update(bytes);
    };
    part(before);
    part(&position.to_be_bytes());
    part(row.id.uuid().as_bytes());
    part(row.kind.as_bytes());
    part(row.subject_type.as_bytes());
    part(row.subject.as_bytes());
    part(&row.subject_version.to_be_bytes());
    part(&row.at.millis().to_be_bytes());
    part(row.actor.as_bytes());
    part(&row.body_hash);
    context.finish().as_ref().to_vec()
}

/// How many events have no place yet, over all realms, counted up to a limit.
pub(crate) async fn count_unplaced(db: &Db, limit: u64) -> Result<u64, Error> {
    let mut rows = db.scan(COUNT_UNPLACED, &[(limit as i64).into()]).await?;
    Ok(rows.first_mut().map_or(Ok(0), |row| row.take::<i64>(0))? as u64)
}

/// When the newest placed event of any realm happened.
pub(crate) async fn newest(db: &Db) -> Result<Option<Timestamp>, Error> {
    let mut rows = db.scan(NEWEST, &[]).await?;
    let at: Option<i64> = rows.first_mut().map_or(Ok(None), |row| row.take(0))?;
    Ok(at.map(Timestamp::from_millis))
}
