//! All SQL that names the table of jobs.

use db::{Db, Row, Tx, statements};
use serde_json::Value;
use uuid::Uuid;

use super::{Job, JobKind};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::id::Id;
use crate::realm::RealmId;

statements! {
    SCHEDULE = "INSERT INTO jobs (realm, id, kind, subject, payload, due_at, attempts, parked) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, FALSE)
                ON CONFLICT (realm, kind, subject) DO UPDATE SET payload = ?5, due_at = ?6, attempts = 0, parked = FALSE, last_error = NULL,
                  lease_by = NULL, lease_until = NULL";
    ENSURE = "INSERT INTO jobs (realm, id, kind, subject, payload, due_at, attempts, parked) VALUES (?1, ?2, ?3, ?4, '{}', ?5, 0, FALSE)
              ON CONFLICT (realm, kind, subject) DO NOTHING";
    KINDS = "SELECT kind FROM jobs WHERE realm = ?1";
    CANCEL = "DELETE FROM jobs WHERE realm = ?1 AND kind = ?2 AND subject = ?3";
    PAYLOAD = "SELECT payload FROM jobs WHERE realm = ?1 AND kind = ?2 AND subject = ?3";
    FREE = "SELECT realm, id, kind, subject, payload, due_at, attempts, last_error, parked FROM jobs
            WHERE NOT parked AND due_at <= ?1 AND (lease_until IS NULL OR lease_until < ?2 OR lease_until > ?4)
              AND strpos(?5, ' ' || kind || ' ') > 0 ORDER BY due_at, realm, id LIMIT ?3";
    TAKE_FREE = "SELECT realm, id, kind, subject, payload, due_at, attempts, last_error, parked FROM jobs
            WHERE NOT parked AND due_at <= ?1 AND (lease_until IS NULL OR lease_until < ?2 OR lease_until > ?4)
              AND strpos(?5, ' ' || kind || ' ') > 0 ORDER BY due_at, realm, id LIMIT ?3
            /*pg: FOR UPDATE SKIP LOCKED */";
    LEASE = "UPDATE jobs SET lease_by = ?3, lease_until = ?4 WHERE realm = ?1 AND id = ?2";
    FREE_LEASED = "UPDATE jobs SET lease_by = NULL, lease_until = NULL WHERE NOT parked AND due_at <= ?1 AND lease_until IS NOT NULL";
    REMEMBER = "UPDATE jobs SET payload = ?3 WHERE realm = ?1 AND id = ?2";
    FINISH = "DELETE FROM jobs WHERE realm = ?1 AND id = ?2 AND lease_by = ?3";
    AGAIN = "UPDATE jobs SET due_at = ?4, attempts = 0, last_error = NULL, lease_by = NULL, lease_until = NULL
             WHERE realm = ?1 AND id = ?2 AND lease_by = ?3";
    FAIL = "UPDATE jobs SET due_at = ?4, attempts = ?5, last_error = ?6, parked = ?7, lease_by = NULL, lease_until = NULL
            WHERE realm = ?1 AND id = ?2 AND lease_by = ?3";
    LOCK = "SELECT realm, id, kind, subject, payload, due_at, attempts, last_error, parked, lease_until FROM jobs
            WHERE realm = ?1 AND id = ?2 /*pg: FOR UPDATE */";
    RETRY = "UPDATE jobs SET due_at = ?3, attempts = 0, parked = FALSE WHERE realm = ?1 AND id = ?2";
    BY_ID = "SELECT realm, id, kind, subject, payload, due_at, attempts, last_error, parked FROM jobs WHERE realm = ?1 AND id = ?2";
    LIST = "SELECT realm, id, kind, subject, payload, due_at, attempts, last_error, parked FROM jobs
            WHERE realm = ?1 AND id > ?2 AND (?3 = '' OR kind = ?3) AND (NOT ?4 OR parked) ORDER BY id LIMIT ?5";
    NEXT_DUE = "SELECT due_at FROM jobs WHERE NOT parked AND due_at > ?1 ORDER BY due_at LIMIT 1";
    COUNT_DUE = "SELECT COUNT(*), MIN(due_at) FROM (SELECT due_at FROM jobs WHERE NOT parked AND due_at <= ?1 ORDER BY due_at LIMIT ?2) AS counted";
    COUNT_PARKED = "SELECT COUNT(*) FROM (SELECT 1 FROM jobs WHERE parked LIMIT ?1) AS counted";
    DUE = "SELECT id FROM jobs WHERE NOT parked AND due_at <= ?1 AND strpos(?2, ' ' || kind || ' ') > 0 ORDER BY due_at, realm, id LIMIT 1";
}

fn from_row(row: &mut Row) -> Result<Job, db::Error> {
    let kind: String = row.take(2)?;
    let payload: String = row.take(4)?;
    Ok(Job {
        realm: row.take(0)?,
        id: row.take(1)?,
        kind: JobKind::parse(&kind).ok_or_else(|| unknown(&kind))?,
        subject: row.take(3)?,
        payload: serde_json::from_str(&payload).unwrap_or_default(),
        due_at: Timestamp::from_millis(row.take(5)?),
        attempts: row.take(6)?,
        last_error: row.take(7)?,
        parked: row.take(8)?,
    })
}

/// A kind that only a newer program knows.
fn unknown(kind: &str) -> db::Error {
    db::Error::Type {
        column: 2,
        wanted: "a kind of job",
        found: kind.to_owned(),
    }
}

/// The kinds that this program knows and so runs, each between blanks. Jobs of others wait for a node that does: taken and not run
/// they would fail until they are parked.
fn run_here() -> String {
    let kinds = JobKind::ALL.into_iter();
    kinds.fold(" ".to_owned(), |kinds, kind| kinds + kind.name() + " ")
}

/// Jobs of kinds that this program knows.
fn known(rows: Vec<Row>) -> Vec<Job> {
    rows.into_iter().filter_map(|mut row| from_row(&mut row).ok()).collect()
}

/// Schedules a job; one of that kind for that subject gives way.
pub(crate) fn schedule(
    change: &mut Change<'_>,
    kind: JobKind,
    subject: Uuid,
    payload: &Value,
    due: Timestamp,
) -> Result<(), Error> {
    let params = scheduled(change, kind, subject, payload, due);
    change.later(SCHEDULE, params)
}

/// The same of what nobody can observe: it needs no event.
pub(crate) fn schedule_quietly(
    change: &mut Change<'_>,
    kind: JobKind,
    subject: Uuid,
    payload: &Value,
    due: Timestamp,
) -> Result<(), Error> {
    let params = scheduled(change, kind, subject, payload, due);
    change.keep_book_later(SCHEDULE, params)
}

fn scheduled(change: &Change<'_>, kind: JobKind, subject: Uuid, payload: &Value, due: Timestamp) -> Vec<db::Value> {
    let id: Id<Job> = change.new_id();
    vec![
        change.realm_id().into(),
        id.into(),
        kind.name().into(),
        subject.into(),
        payload.to_string().into(),
        due.millis().into(),
    ]
}

/// Schedules a job that is to run once at a time; false when there is one.
pub(crate) fn begin(change: &mut Change<'_>, kind: JobKind, subject: Uuid) -> Result<bool, Error> {
    let id: Id<Job> = change.new_id();
    let params = [
        change.realm_id().into(),
        id.into(),
        kind.name().into(),
        subject.into(),
        change.now().millis().into(),
    ];
    Ok(change.keep_book(ENSURE, &params)? == 1)
}

/// Takes a job back that has become needless.
pub(crate) fn cancel(change: &mut Change<'_>, kind: JobKind, subject: Uuid) -> Result<(), Error> {
    let realm = change.realm_id();
    change.later(CANCEL, vec![realm.into(), kind.name().into(), subject.into()])
}

/// The same of what nobody can observe.
pub(crate) fn cancel_quietly(change: &mut Change<'_>, kind: JobKind, subject: Uuid) -> Result<(), Error> {
    let realm = change.realm_id();
    change.keep_book_later(CANCEL, vec![realm.into(), kind.name().into(), subject.into()])
}

/// What a job that is scheduled needs to know; none when there is no such job.
pub(crate) fn payload(change: &mut Change<'_>, kind: JobKind, subject: Uuid) -> Result<Option<Value>, Error> {
    let params = [change.realm_id().into(), kind.name().into(), subject.into()];
    let Some(mut row) = change.query_one(PAYLOAD, &params)? else {
        return Ok(None);
    };
    let text: String = row.take(0)?;
    Ok(serde_json::from_str(&text).ok())
}

/// Makes sure that a daily job exists.
pub(super) fn ensure(tx: &mut Tx<'_>, id: Uuid, kind: JobKind, due: Timestamp) -> Result<(), Error> {
    let params = [
        RealmId::INSTALLATION.into(),
        id.into(),
        kind.name().into(),
        Uuid::nil().into(),
        due.millis().into(),
    ];
    tx.execute(ENSURE, &params)?;
    Ok(())
}

pub(super) async fn kinds_of(db: &Db, realm: RealmId) -> Result<Vec<String>, Error> {
    let rows = db.query(KINDS, &[realm.into()]).await?;
    rows.into_iter().map(|mut row| Ok(row.take(0)?)).collect()
}

/// Whether there is anything to take: asked without a transaction, so that an idle node costs a read.
pub(super) async fn has_free(db: &Db, lease: &Lease) -> Result<bool, Error> {
    Ok(!known(db.query(FREE, &lease.free()).await?).is_empty())
}

/// The first job that is due and that this program runs, whoever may be at it.
pub(super) async fn first_due(db: &Db, now: Timestamp) -> Result<Option<Id<Job>>, Error> {
    let params = [now.millis().into(), run_here().into()];
    let mut rows = db.query(DUE, &params).await?;
    Ok(rows.first_mut().map(|row| row.take(0)).transpose()?)
}

/// What a lease is taken with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lease {
    pub(super) holder: Uuid,
    pub(super) now: Timestamp,
    pub(super) real_now: Timestamp,
    pub(super) until: Timestamp,
    /// No lease ends later: one that seems to was taken before a clock was set back, and its node is dead.
    pub(super) latest: Timestamp,
    pub(super) limit: i64,
}

impl Lease {
    /// What is asked for jobs that are free.
    fn free(&self) -> [db::Value; 5] {
        [
            self.now.millis().into(),
            self.real_now.millis().into(),
            self.limit.into(),
            self.latest.millis().into(),
            run_here().into(),
        ]
    }
}

/// Frees what a node that is known to be dead was at.
pub(crate) fn free(tx: &mut Tx<'_>, now: Timestamp) -> Result<(), Error> {
    tx.execute(FREE_LEASED, &[now.millis().into()])?;
    Ok(())
}

/// Takes jobs that are due and that nobody is at, or whose node is dead.
pub(super) fn take(tx: &mut Tx<'_>, lease: &Lease) -> Result<Vec<Job>, Error> {
    let jobs = known(tx.query(TAKE_FREE, &lease.free())?);
    for job in &jobs {
        tx.later(
            LEASE,
            vec![
                job.realm.into(),
                job.id.into(),
                lease.holder.into(),
                lease.until.millis().into(),
            ],
        )?;
    }
    Ok(jobs)
}

/// Notes in a job that runs how far it has come.
pub(crate) fn remember(change: &mut Change<'_>, job: &Job, payload: &Value) -> Result<(), Error> {
    change.keep_book_later(
        REMEMBER,
        vec![job.realm.into(), job.id.into(), payload.to_string().into()],
    )
}

/// Removes a job that is done; false when the lease has gone to another node.
pub(super) fn finish(change: &mut Change<'_>, job: &Job, holder: Uuid) -> Result<bool, Error> {
    Ok(change.keep_book(FINISH, &[job.realm.into(), job.id.into(), holder.into()])? == 1)
}

/// Makes a job due again that has more to do; false when the lease has gone to another node.
pub(super) fn again(change: &mut Change<'_>, job: &Job, holder: Uuid, due: Timestamp) -> Result<bool, Error> {
    Ok(change.keep_book(
        AGAIN,
        &[job.realm.into(), job.id.into(), holder.into(), due.millis().into()],
    )? == 1)
}

/// Writes down a failure; none for `due` parks the job. False when the lease has gone to another node.
pub(super) fn fail(
    change: &mut Change<'_>,
    job: &Job,
    holder: Uuid,
    due: Option<Timestamp>,
    why: &str,
) -> Result<bool, Error> {
    let params = [
        job.realm.into(),
        job.id.into(),
        holder.into(),
        due.unwrap_or(job.due_at).millis().into(),
        (job.attempts + 1).into(),
        why.into(),
        due.is_none().into(),
    ];
    Ok(change.keep_book(FAIL, &params)? == 1)
}

/// The job, locked, and until when a node is at it.
pub(super) fn lock(change: &mut Change<'_>, id: Id<Job>) -> Result<Option<(Job, Option<Timestamp>)>, Error> {
    let Some(mut row) = change.query_one(LOCK, &[change.realm_id().into(), id.into()])? else {
        return Ok(None);
    };
    let lease_until: Option<i64> = row.take(9)?;
    Ok(Some((from_row(&mut row)?, lease_until.map(Timestamp::from_millis))))
}

pub(super) fn retry(change: &mut Change<'_>, id: Id<Job>) -> Result<(), Error> {
    let (realm, now) = (change.realm_id(), change.now());
    change.later(RETRY, vec![realm.into(), id.into(), now.millis().into()])
}

pub(super) async fn by_id(db: &Db, realm: RealmId, id: Id<Job>) -> Result<Option<Job>, Error> {
    let mut rows = db.query(BY_ID, &[realm.into(), id.into()]).await?;
    Ok(rows.first_mut().map(from_row).transpose()?)
}

pub(super) async fn list(db: &Db, realm: RealmId, query: &super::JobQuery) -> Result<Vec<Job>, Error> {
    let after = query.after.unwrap_or(Id::new(Uuid::nil()));
    let kind = query.kind.map_or("", JobKind::name);
    let limit = query.limit.clamp(1, 1001) as i64;
    let params = [
        realm.into(),
        after.into(),
        kind.into(),
        query.only_parked.into(),
        limit.into(),
    ];
    let narrowed = query.kind.is_some() || query.only_parked;
    Ok(known(if narrowed {
        db.scan(LIST, &params).await?
    } else {
        db.query(LIST, &params).await?
    }))
}

/// The first instant after `now` at which a job is due.
pub(super) async fn next_due(db: &Db, now: Timestamp) -> Result<Option<Timestamp>, Error> {
    let mut rows = db.query(NEXT_DUE, &[now.millis().into()]).await?;
    Ok(rows
        .first_mut()
        .map(|row| row.take(0))
        .transpose()?
        .map(Timestamp::from_millis))
}

/// How many jobs are due, counted up to a limit, and since when the first of them is.
pub(crate) async fn count_due(db: &Db, now: Timestamp, limit: u64) -> Result<(u64, Option<Timestamp>), Error> {
    let mut rows = db
        .scan(COUNT_DUE, &[now.millis().into(), (limit as i64).into()])
        .await?;
    let Some(row) = rows.first_mut() else {
        return Ok((0, None));
    };
    let first: Option<i64> = row.take(1)?;
    Ok((row.take::<i64>(0)? as u64, first.map(Timestamp::from_millis)))
}

/// How many jobs wait for an operator, counted up to a limit.
pub(crate) async fn count_parked(db: &Db, limit: u64) -> Result<u64, Error> {
    let mut rows = db.scan(COUNT_PARKED, &[(limit as i64).into()]).await?;
    Ok(rows.first_mut().map_or(Ok(0), |row| row.take::<i64>(0))? as u64)
}

/// Whether a job of that kind for that subject is still to run.
pub(crate) async fn is_there(db: &Db, realm: RealmId, kind: JobKind, subject: Uuid) -> Result<bool, Error> {
    let rows = db
        .query(PAYLOAD, &[realm.into(), kind.name().into(), subject.into()])
        .await?;
    Ok(!rows.is_empty())
}
