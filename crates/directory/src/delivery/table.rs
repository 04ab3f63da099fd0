//! All SQL that names the table of deliveries.

use db::{Db, Row, Tx, statements};
use serde_json::Value;
use uuid::Uuid;

use super::rules::Verdict;
use super::{Delivery, DeliveryState, routes};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::event::Event;
use crate::id::Id;
use crate::realm::RealmId;

// What a target said may name a person, so it goes when a delivery is settled.
// A delivery may start when nothing before it is unfinished for the same target and subject; a parked one is unfinished.
// On PostgreSQL nodes skip rows that another is taking at this moment; on SQLite there is one writer.
statements! {
    INSERT = "INSERT INTO deliveries (realm, id, target, subject, subject_version, event, kind, payload, state, attempts, due_at)
              VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'queued', 0, ?9)";
    FREE = "SELECT d.realm, d.id FROM deliveries d
            WHERE d.target = ?1 AND d.state IN ('queued', 'retrying') AND d.due_at <= ?2 AND NOT EXISTS (
              SELECT 1 FROM deliveries e WHERE e.realm = d.realm AND e.target = d.target AND e.subject = d.subject
                AND e.state IN ('queued', 'retrying', 'running', 'parked') AND (e.subject_version, e.id) < (d.subject_version, d.id))
            ORDER BY d.due_at, d.realm, d.id LIMIT ?3";
    TAKE_FREE = "SELECT d.realm, d.id FROM deliveries d
            WHERE d.target = ?1 AND d.state IN ('queued', 'retrying') AND d.due_at <= ?2 AND NOT EXISTS (
              SELECT 1 FROM deliveries e WHERE e.realm = d.realm AND e.target = d.target AND e.subject = d.subject
                AND e.state IN ('queued', 'retrying', 'running', 'parked') AND (e.subject_version, e.id) < (d.subject_version, d.id))
            ORDER BY d.due_at, d.realm, d.id LIMIT ?3 /*pg: FOR UPDATE OF d SKIP LOCKED */";
    LEASE = "UPDATE deliveries SET state = 'running', attempts = attempts + 1, lease_by = ?3, lease_until = ?4
             WHERE realm = ?1 AND id = ?2
             RETURNING realm, id, target, subject, subject_version, event, kind, payload, state, attempts, due_at, last_error, finished_at";
    /// Left by a node that is dead: the lease has run out, or was taken before a clock was set back.
    ABANDONED = "SELECT 1 FROM deliveries WHERE state = 'running' AND (lease_until < ?1 OR lease_until > ?2) LIMIT 1";
    RECLAIM = "UPDATE deliveries SET state = 'retrying', lease_by = NULL, lease_until = NULL,
                 due_at = CASE WHEN due_at > ?3 THEN ?3 ELSE due_at END
               WHERE state = 'running' AND (lease_until < ?1 OR lease_until > ?2)";
    SETTLE = "UPDATE deliveries SET state = ?4, due_at = ?5, last_error = ?6, finished_at = CAST(?7 AS BIGINT), lease_by = NULL, lease_until = NULL
              WHERE realm = ?1 AND id = ?2 AND state = 'running' AND lease_by = ?3";
    LOCK = "SELECT realm, id, target, subject, subject_version, event, kind, payload, state, attempts, due_at, last_error, finished_at
            FROM deliveries WHERE realm = ?1 AND id = ?2 /*pg: FOR UPDATE */";
    BY_ID = "SELECT realm, id, target, subject, subject_version, event, kind, payload, state, attempts, due_at, last_error, finished_at
             FROM deliveries WHERE realm = ?1 AND id = ?2";
    LIST = "SELECT realm, id, target, subject, subject_version, event, kind, payload, state, attempts, due_at, last_error, finished_at
            FROM deliveries WHERE realm = ?1 AND id > ?2 AND (?3 = '' OR target = ?3) ORDER BY id LIMIT ?4";
    LIST_IN_STATE = "SELECT realm, id, target, subject, subject_version, event, kind, payload, state, attempts, due_at, last_error, finished_at
            FROM deliveries WHERE realm = ?1 AND state = ?5 AND id > ?2 AND (?3 = '' OR target = ?3) ORDER BY id LIMIT ?4";
    RETRY = "UPDATE deliveries SET state = 'queued', attempts = 0, due_at = ?3 WHERE realm = ?1 AND id = ?2";
    DROP = "UPDATE deliveries SET state = 'dropped', finished_at = ?3, last_error = NULL WHERE realm = ?1 AND id = ?2";
    DROP_OF_SUBJECT = "UPDATE deliveries SET state = 'dropped', finished_at = ?4, last_error = NULL, lease_by = NULL, lease_until = NULL
            WHERE realm = ?1 AND target = ?2 AND subject = ?3 AND state IN ('queued', 'retrying', 'running', 'parked')";
    NEXT_DUE = "SELECT due_at FROM deliveries WHERE target = ?1 AND state IN ('queued', 'retrying') AND due_at > ?2 ORDER BY due_at LIMIT 1";
    BRING_FORWARD = "UPDATE deliveries SET due_at = ?3 WHERE target = ?1 AND state IN ('queued', 'retrying') AND due_at > ?2";
    RUNNING = "SELECT 1 FROM deliveries WHERE state = 'running' AND target = ?1 LIMIT 1";
    COUNT_WAITING = "SELECT state, COUNT(*) FROM (SELECT state FROM deliveries WHERE target = ?1 AND state IN ('queued', 'retrying')
            ORDER BY due_at LIMIT ?2) AS counted GROUP BY state";
    COUNT_RUNNING = "SELECT COUNT(*) FROM (SELECT target FROM deliveries WHERE state = 'running' ORDER BY lease_until LIMIT ?2) AS counted
            WHERE target = ?1";
    COUNT_PARKED = "SELECT COUNT(*) FROM (SELECT 1 FROM deliveries WHERE state = 'parked' AND target = ?1 LIMIT ?2) AS counted";
    OLDEST = "SELECT id FROM (SELECT id FROM deliveries WHERE target = ?1 AND state IN ('queued', 'retrying')
            ORDER BY due_at LIMIT ?2) AS counted ORDER BY id LIMIT 1";
    PURGE = "DELETE FROM deliveries WHERE finished_at IS NOT NULL AND finished_at <= (SELECT MAX(finished_at) FROM (
               SELECT finished_at FROM deliveries WHERE finished_at IS NOT NULL AND finished_at < ?1 ORDER BY finished_at LIMIT ?2) AS oldest)";
}

fn from_row(row: &mut Row) -> Result<Delivery, db::Error> {
    let payload: String = row.take(7)?;
    let state: String = row.take(8)?;
    Ok(Delivery {
        realm: row.take(0)?,
        id: row.take(1)?,
        target: row.take(2)?,
        subject: row.take(3)?,
        subject_version: row.take(4)?,
        event: row.take(5)?,
        kind: row.take(6)?,
        payload: serde_json::from_str(&payload).unwrap_or_default(),
        state: DeliveryState::parse(&state).unwrap_or(DeliveryState::Parked),
        attempts: row.take(9)?,
        due_at: Timestamp::from_millis(row.take(10)?),
        last_error: row.take(11)?,
        finished_at: row.take::<Option<i64>>(12)?.map(Timestamp::from_millis),
    })
}

pub(super) fn insert(
    change: &mut Change<'_>,
    target: &str,
    event_id: Id<Event>,
    event: &Event,
    payload: &Value,
) -> Result<(), Error> {
    let id: Id<Delivery> = change.new_id();
    let (realm, now) = (change.realm_id(), change.now());
    change.later(
        INSERT,
        vec![
            realm.into(),
            id.into(),
            target.into(),
            event.subject.into(),
            event.version.into(),
            event_id.into(),
            event.kind.name().into(),
            payload.to_string().into(),
            now.millis().into(),
        ],
    )
}

/// Whether there is anything to take: asked without a transaction, so that an idle node costs a read.
pub(super) async fn has_work(db: &Db, target: &str, lease: &Lease) -> Result<bool, Error> {
    let abandoned = [lease.real_now.millis().into(), lease.latest.millis().into()];
    if !db.query(ABANDONED, &abandoned).await?.is_empty() {
        return Ok(true);
    }
    Ok(first_free(db, target, lease.now).await?.is_some())
}

/// The first delivery that is due and may start.
pub(super) async fn first_free(db: &Db, target: &str, now: Timestamp) -> Result<Option<Id<Delivery>>, Error> {
    let mut rows = db.query(FREE, &[target.into(), now.millis().into(), 1.into()]).await?;
    Ok(rows.first_mut().map(|row| row.take(1)).transpose()?)
}

/// Makes due what would be due later than any delivery is put off for: a clock was set back since.
pub(super) async fn bring_forward(
    db: &Db,
    target: &'static str,
    now: Timestamp,
    latest: Timestamp,
) -> Result<(), Error> {
    let latest = latest.millis();
    if !db.query(NEXT_DUE, &[target.into(), latest.into()]).await?.is_empty() {
        let params = [target.into(), latest.into(), now.millis().into()];
        db.write(move |tx| -> Result<u64, Error> { Ok(tx.execute(BRING_FORWARD, &params)?) })
            .await?;
    }
    Ok(())
}

/// Whether a node is at a delivery of that target.
pub(super) async fn is_running(db: &Db, target: &str) -> Result<bool, Error> {
    Ok(!db.query(RUNNING, &[target.into()]).await?.is_empty())
}

/// What a lease is taken with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lease {
    pub(super) holder: Uuid,
    pub(super) now: Timestamp,
    pub(super) real_now: Timestamp,
    pub(super) until: Timestamp,
    /// No lease ends later.
    pub(super) latest: Timestamp,
    pub(super) limit: i64,
}

/// Takes what is free, after freeing what a dead node has left.
pub(super) fn take(tx: &mut Tx<'_>, target: &str, lease: &Lease) -> Result<Vec<Delivery>, Error> {
    let abandoned = [
        lease.real_now.millis().into(),
        lease.latest.millis().into(),
        lease.now.millis().into(),
    ];
    tx.execute(RECLAIM, &abandoned)?;
    let mut taken = Vec::new();
    for mut row in tx.query(
        TAKE_FREE,
        &[target.into(), lease.now.millis().into(), lease.limit.into()],
    )? {
        let (realm, id): (RealmId, Id<Delivery>) = (row.take(0)?, row.take(1)?);
        let params = [
            realm.into(),
            id.into(),
            lease.holder.into(),
            lease.until.millis().into(),
        ];
        if let Some(mut row) = tx.query_one(LEASE, &params)? {
            taken.push(from_row(&mut row)?);
        }
    }
    Ok(taken)
}

/// Frees what a node that is known to be dead was at.
pub(crate) fn free(tx: &mut Tx<'_>) -> Result<(), Error> {
    tx.execute(RECLAIM, &[i64::MAX.into(), i64::MAX.into(), i64::MAX.into()])?;
    Ok(())
}

/// Writes what an attempt came to; false when the lease has gone to another node, whose attempt counts.
pub(super) fn settle(
    change: &mut Change<'_>,
    id: Id<Delivery>,
    holder: Uuid,
    verdict: &Verdict,
) -> Result<bool, Error> {
    let finished = (verdict.state == DeliveryState::Confirmed).then(|| change.now().millis());
    let params = [
        change.realm_id().into(),
        id.into(),
        holder.into(),
        verdict.state.name().into(),
        verdict.due_at.millis().into(),
        verdict.why.clone().into(),
        finished.into(),
    ];
    Ok(change.keep_book(SETTLE, &params)? == 1)
}

pub(super) fn lock(change: &mut Change<'_>, id: Id<Delivery>) -> Result<Option<Delivery>, Error> {
    let row = change.query_one(LOCK, &[change.realm_id().into(), id.into()])?;
    Ok(row.map(|mut row| from_row(&mut row)).transpose()?)
}

pub(super) fn read(change: &mut Change<'_>, id: Id<Delivery>) -> Result<Option<Delivery>, Error> {
    let row = change.query_one(BY_ID, &[change.realm_id().into(), id.into()])?;
    Ok(row.map(|mut row| from_row(&mut row)).transpose()?)
}

pub(super) async fn by_id(db: &Db, realm: RealmId, id: Id<Delivery>) -> Result<Option<Delivery>, Error> {
    let mut rows = db.query(BY_ID, &[realm.into(), id.into()]).await?;
    Ok(rows.first_mut().map(from_row).transpose()?)
}

pub(super) async fn list(db: &Db, realm: RealmId, query: &super::DeliveryQuery) -> Result<Vec<Delivery>, Error> {
    let after = query.after.unwrap_or(Id::new(Uuid::nil()));
    let target = query.target.as_deref().unwrap_or_default();
    let limit = query.limit.clamp(1, 1001) as i64;
    let mut params = vec![realm.into(), after.into(), target.into(), limit.into()];
    let sql = match query.state {
        Some(state) => {
            params.push(state.name().into());
            LIST_IN_STATE
        }
        None => LIST,
    };
    // A target that few rows have may take long to find.
    let rows = if query.target.is_some() {
        db.scan(sql, &params).await?
    } else {
        db.query(sql, &params).await?
    };
    rows.into_iter().map(|mut row| Ok(from_row(&mut row)?)).collect()
}

pub(super) fn retry(change: &mut Change<'_>, id: Id<Delivery>) -> Result<(), Error> {
    let (realm, now) = (change.realm_id(), change.now());
    change.later(RETRY, vec![realm.into(), id.into(), now.millis().into()])
}

pub(super) fn drop_one(change: &mut Change<'_>, id: Id<Delivery>) -> Result<(), Error> {
    let (realm, now) = (change.realm_id(), change.now());
    change.later(DROP, vec![realm.into(), id.into(), now.millis().into()])
}

/// Drops the mails on their way about a subject. One that a node is sending at this moment loses its lease: what comes of
/// it no longer counts.
pub(crate) fn drop_mails_about(change: &mut Change<'_>, subject: Uuid) -> Result<(), Error> {
    let (realm, now) = (change.realm_id(), change.now());
    change.later(
        DROP_OF_SUBJECT,
        vec![realm.into(), routes::MAIL.into(), subject.into(), now.millis().into()],
    )
}

/// The first instant after `now` at which a delivery to one of these targets is due.
pub(crate) async fn next_due(db: &Db, targets: &[&str], now: Timestamp) -> Result<Option<Timestamp>, Error> {
    let mut next: Option<i64> = None;
    for target in targets {
        let mut rows = db.query(NEXT_DUE, &[(*target).into(), now.millis().into()]).await?;
        if let Some(row) = rows.first_mut() {
            let due: i64 = row.take(0)?;
            next = Some(next.map_or(due, |next| next.min(due)));
        }
    }
    Ok(next.map(Timestamp::from_millis))
}

/// Removes deliveries settled before an instant, of all realms; returns how many.
pub(crate) fn purge(change: &mut Change<'_>, before: Timestamp, limit: i64) -> Result<u64, Error> {
    change.keep_book(PURGE, &[before.millis().into(), limit.into()])
}

/// How many unfinished deliveries to a target stand where, each counted up to a limit.
pub(crate) async fn count(db: &Db, target: &str, limit: u64) -> Result<Vec<(DeliveryState, u64)>, Error> {
    let params = [target.into(), (limit as i64).into()];
    let mut counts = vec![
        (DeliveryState::Queued, 0),
        (DeliveryState::Retrying, 0),
        (DeliveryState::Running, 0),
        (DeliveryState::Parked, 0),
    ];
    let mut set = |state: DeliveryState, count: i64| {
        if let Some(known) = counts.iter_mut().find(|(known, _)| *known == state) {
            known.1 = count as u64;
        }
    };
    for mut row in db.scan(COUNT_WAITING, &params).await? {
        let state: String = row.take(0)?;
        set(
            DeliveryState::parse(&state).unwrap_or(DeliveryState::Queued),
            row.take(1)?,
        );
    }
    for (state, sql) in [
        (DeliveryState::Running, COUNT_RUNNING),
        (DeliveryState::Parked, COUNT_PARKED),
    ] {
        for mut row in db.scan(sql, &params).await? {
            set(state, row.take(0)?);
        }
    }
    Ok(counts)
}

/// When the oldest was made that waits for an attempt, of the first so many that are due.
pub(crate) async fn oldest(db: &Db, target: &str, limit: u64) -> Result<Option<Timestamp>, Error> {
    let mut rows = db.scan(OLDEST, &[target.into(), (limit as i64).into()]).await?;
    let id: Option<Uuid> = rows.first_mut().map(|row| row.take(0)).transpose()?;
    // An id carries the instant it was made at.
    Ok(id.and_then(|id| id.get_timestamp()).map(|made| {
        let (seconds, nanos) = made.to_unix();
        Timestamp::from_millis(seconds as i64 * 1000 + i64::from(nanos) / 1_000_000)
    }))
}
