//! All SQL that names enrollment requests and their queues.

use db::{Bound, Db, Row, Value, statements};
use uuid::Uuid;

use super::{Request, RequestStatus, Said, scopes};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::enrollment::configuration::Configuration;
use crate::error::{Error, Refusal};
use crate::group::Group;
use crate::id::Id;
use crate::lists::in_lists;
use crate::realm::RealmId;
use crate::user::User;

statements! {
    BY_ID = "SELECT r.id, r.version, r.modified, r.group_id, r.configuration, r.user_id, r.status, r.submitted_at, r.decided_at, r.terms, r.body
             FROM enrollment_requests r WHERE r.realm = ?1 AND r.id = ?2";
    LOCK = "SELECT r.id, r.version, r.modified, r.group_id, r.configuration, r.user_id, r.status, r.submitted_at, r.decided_at, r.terms, r.body
             FROM enrollment_requests r WHERE r.realm = ?1 AND r.id = ?2 /*pg: FOR UPDATE */";
    OPEN = "SELECT r.id, r.version, r.modified, r.group_id, r.configuration, r.user_id, r.status, r.submitted_at, r.decided_at, r.terms, r.body
             FROM enrollment_requests r WHERE r.realm = ?1 AND r.group_id = ?2 AND r.user_id = ?3 AND r.open /*pg: FOR UPDATE */";
    INSERT = "INSERT INTO enrollment_requests (realm, id, version, modified, group_id, configuration, user_id, status, open, submitted_at, decided_at, terms, body)
             VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT DO NOTHING";
    UPDATE = "UPDATE enrollment_requests SET version = version + 1, modified = ?4, status = ?5, open = ?6, decided_at = ?7, body = ?8
             WHERE realm = ?1 AND id = ?2 AND version = ?3";
    DELETE = "DELETE FROM enrollment_requests WHERE realm = ?1 AND id = ?2";
    OF_CONFIGURATION = "SELECT id FROM enrollment_requests WHERE realm = ?1 AND configuration = ?2 ORDER BY id LIMIT ?3";
    WAITING_FOR_WAY = "SELECT id FROM enrollment_requests WHERE realm = ?1 AND configuration = ?2 AND open ORDER BY id LIMIT ?3";
    WAITING_FOR_ROLE = "SELECT id FROM enrollment_requests WHERE realm = ?1 AND group_id = ?2 AND open AND strpos(body, ?3) > 0 ORDER BY user_id LIMIT ?4";
    WAITING_OF_USER = "SELECT r.id, r.version, r.modified, r.group_id, r.configuration, r.user_id, r.status, r.submitted_at, r.decided_at, r.terms, r.body
             FROM enrollment_requests r WHERE r.realm = ?1 AND r.user_id = ?2 AND r.open ORDER BY r.id LIMIT 10000 /*pg: FOR UPDATE */";
    DECIDED = "SELECT id FROM enrollment_requests WHERE realm = ?1 AND id < ?2 AND NOT open AND decided_at < ?3 ORDER BY id LIMIT ?4";
    /// What lists look at, the newest first, of what was submitted before something.
    OWN_BEFORE = "SELECT r.submitted_at, r.id, r.group_id, r.status FROM enrollment_requests r
             WHERE r.realm = ?1 AND r.user_id = ?2 AND (r.submitted_at, r.id) < (?3, ?4) ORDER BY r.submitted_at DESC, r.id DESC LIMIT ?5";
    /// The newest first.
    OF_USER = "SELECT r.id, r.version, r.modified, r.group_id, r.configuration, r.user_id, r.status, r.submitted_at, r.decided_at, r.terms, r.body
             FROM enrollment_requests r WHERE r.realm = ?1 AND r.user_id = ?2 ORDER BY r.submitted_at DESC, r.id DESC LIMIT ?3";
}

/// So many of a person's requests are read at once.
const OWN_SLICE: i64 = 1_000;

fn from_row(row: &mut Row) -> Result<Request, db::Error> {
    let (status, body): (String, String) = (row.take(6)?, row.take(10)?);
    Ok(Request {
        id: row.take(0)?,
        version: row.take(1)?,
        modified: Timestamp::from_millis(row.take(2)?),
        group: row.take(3)?,
        configuration: row.take(4)?,
        user: row.take(5)?,
        // A word that only a newer version knows waits for nobody.
        status: RequestStatus::parse(&status).unwrap_or(RequestStatus::Archived),
        submitted_at: Timestamp::from_millis(row.take(7)?),
        decided_at: row.take::<Option<i64>>(8)?.map(Timestamp::from_millis),
        terms: row.take(9)?,
        said: serde_json::from_str(&body).unwrap_or_default(),
    })
}

fn all(rows: Vec<Row>) -> Result<Vec<Request>, Error> {
    rows.into_iter().map(|mut row| Ok(from_row(&mut row)?)).collect()
}

fn ids(rows: Vec<Row>) -> Result<Vec<Id<Request>>, Error> {
    rows.into_iter().map(|mut row| Ok(row.take(0)?)).collect()
}

fn column(said: &Said) -> String {
    serde_json::to_string(said).unwrap_or_default()
}

pub(crate) fn read(change: &mut Change<'_>, id: Id<Request>) -> Result<Option<Request>, Error> {
    Ok(all(change.query(BY_ID, &[change.realm_id().into(), id.into()])?)?.pop())
}

/// Reads a request that is about to be changed; on PostgreSQL its row stays locked for the transaction.
pub(crate) fn lock(change: &mut Change<'_>, id: Id<Request>) -> Result<Option<Request>, Error> {
    Ok(all(change.query(LOCK, &[change.realm_id().into(), id.into()])?)?.pop())
}

/// The request of a person for a group that waits for somebody, locked like [`lock`].
pub(crate) fn open(change: &mut Change<'_>, group: Id<Group>, user: Id<User>) -> Result<Option<Request>, Error> {
    let params = [change.realm_id().into(), group.into(), user.into()];
    Ok(all(change.query(OPEN, &params)?)?.pop())
}

/// Those of these people who have a request for a group that waits.
pub(super) fn who_ask(change: &mut Change<'_>, group: Id<Group>, users: &[Uuid]) -> Result<Vec<Id<User>>, Error> {
    let wanted: Vec<Value> = users.iter().map(|user| Value::from(*user)).collect();
    let head = "SELECT user_id FROM enrollment_requests WHERE realm = ?1 AND group_id = ?2 AND open AND user_id IN";
    let mut found = Vec::new();
    for (sql, params) in in_lists(head, &[change.realm_id().into(), group.into()], &wanted) {
        for mut row in change.query(&sql, &params)? {
            found.push(row.take(0)?);
        }
    }
    Ok(found)
}

pub(crate) async fn by_id(db: &Db, realm: RealmId, id: Id<Request>) -> Result<Option<Request>, Error> {
    Ok(all(db.query(BY_ID, &[realm.into(), id.into()]).await?)?.pop())
}

/// Those of these that are there.
pub(crate) async fn many(db: &Db, realm: RealmId, ids: &[Id<Request>]) -> Result<Vec<Request>, Error> {
    let wanted: Vec<Value> = ids.iter().map(Value::from).collect();
    let head = "SELECT r.id, r.version, r.modified, r.group_id, r.configuration, r.user_id, r.status, r.submitted_at, r.decided_at, r.terms, r.body
                FROM enrollment_requests r WHERE r.realm = ?1 AND r.id IN";
    let mut found = Vec::with_capacity(ids.len());
    for (sql, params) in in_lists(head, &[realm.into()], &wanted) {
        found.append(&mut all(db.query(&sql, &params).await?)?);
    }
    Ok(found)
}

/// A person's requests, the newest first, so many.
pub(crate) async fn of_user(db: &Db, realm: RealmId, user: Id<User>, limit: i64) -> Result<Vec<Request>, Error> {
    all(db.query(OF_USER, &[realm.into(), user.into(), limit.into()]).await?)
}

/// What lists look at of a person's request without reading all of it.
#[derive(Clone, Copy, Debug)]
pub(in crate::enrollment) struct Own {
    pub(in crate::enrollment) submitted_at: i64,
    pub(in crate::enrollment) id: Id<Request>,
    pub(in crate::enrollment) group: Id<Group>,
    pub(in crate::enrollment) status: RequestStatus,
}

/// A person's requests, the newest first: all of them, or more than `most`.
pub(in crate::enrollment) async fn own(
    db: &Db,
    realm: RealmId,
    user: Id<User>,
    most: usize,
) -> Result<Vec<Own>, Error> {
    let mut found: Vec<Own> = Vec::new();
    loop {
        let (at, id) = found
            .last()
            .map_or((i64::MAX, Uuid::max()), |last| (last.submitted_at, last.id.uuid()));
        let params = [realm.into(), user.into(), at.into(), id.into(), OWN_SLICE.into()];
        let rows = db.query(OWN_BEFORE, &params).await?;
        let is_last = (rows.len() as i64) < OWN_SLICE;
        for mut row in rows {
            let status: String = row.take(3)?;
            found.push(Own {
                submitted_at: row.take(0)?,
                id: row.take(1)?,
                group: row.take(2)?,
                status: RequestStatus::parse(&status).unwrap_or(RequestStatus::Archived),
            });
        }
        if is_last || found.len() > most {
            return Ok(found);
        }
    }
}

/// Those of a person who has left, so many.
pub(crate) fn some_of_user(change: &mut Change<'_>, user: Id<User>, limit: i64) -> Result<Vec<Request>, Error> {
    all(change.query(OF_USER, &[change.realm_id().into(), user.into(), limit.into()])?)
}

/// What a person waits for, locked like [`lock`].
pub(in crate::enrollment) fn waiting_of_user(change: &mut Change<'_>, user: Id<User>) -> Result<Vec<Request>, Error> {
    let (sql, params) = look_waiting(change.realm_id(), user);
    all(change.query(&sql, &params)?)
}

/// What [`waiting_of_user`] reads.
pub(in crate::enrollment) fn look_waiting(realm: RealmId, user: Id<User>) -> Bound {
    (WAITING_OF_USER.into(), vec![realm.into(), user.into()])
}

/// Adds a request to the queues of its group and of all groups above.
///
/// # Errors
/// [`crate::Denial::RequestOpen`]: the person has one for the group that is open.
pub(in crate::enrollment) fn insert(change: &mut Change<'_>, of: &Request) -> Result<(), Error> {
    let params = [
        change.realm_id().into(),
        of.id.into(),
        of.modified.millis().into(),
        of.group.into(),
        of.configuration.into(),
        of.user.into(),
        of.status.name().into(),
        of.status.is_open().into(),
        of.submitted_at.millis().into(),
        of.decided_at.map(Timestamp::millis).into(),
        of.terms.map(Id::uuid).into(),
        column(&of.said).into(),
    ];
    if change.execute(INSERT, &params)? == 0 {
        return Err(crate::denial::Denial::RequestOpen.into());
    }
    scopes::queue(change, of)
}

/// Replaces a request that was read in that version.
pub(in crate::enrollment) fn update(
    change: &mut Change<'_>,
    before: &Request,
    after: &mut Request,
) -> Result<(), Error> {
    after.modified = change.now();
    let params = [
        change.realm_id().into(),
        after.id.into(),
        before.version.into(),
        after.modified.millis().into(),
        after.status.name().into(),
        after.status.is_open().into(),
        after.decided_at.map(Timestamp::millis).into(),
        column(&after.said).into(),
    ];
    if change.execute(UPDATE, &params)? == 0 {
        return Err(Refusal::Changed.into());
    }
    after.version = before.version + 1;
    if before.status != after.status {
        scopes::queue_anew(change, after)?;
    }
    Ok(())
}

/// Forgets a request with its thread. What it was stands in its facts.
pub(in crate::enrollment) fn delete(change: &mut Change<'_>, id: Id<Request>) -> Result<(), Error> {
    let realm = change.realm_id();
    super::thread::table::delete(change, id)?;
    scopes::table::remove(change, id)?;
    change.keep_book_later(DELETE, vec![realm.into(), id.into()])
}

/// Those of a way to join, in the order of asking.
pub(in crate::enrollment) fn of_configuration(
    change: &mut Change<'_>,
    of: Id<Configuration>,
    limit: i64,
) -> Result<Vec<Id<Request>>, Error> {
    ids(change.query(OF_CONFIGURATION, &[change.realm_id().into(), of.into(), limit.into()])?)
}

/// Those of a way to join that wait for somebody, in the order of asking.
pub(in crate::enrollment) fn waiting_for_way(
    change: &mut Change<'_>,
    of: Id<Configuration>,
    limit: i64,
) -> Result<Vec<Id<Request>>, Error> {
    let params = [change.realm_id().into(), of.into(), limit.into()];
    ids(change.query(WAITING_FOR_WAY, &params)?)
}

/// Those for a group that wait for somebody and ask for a role.
pub(in crate::enrollment) fn waiting_for_role(
    change: &mut Change<'_>,
    group: Id<Group>,
    role: Uuid,
    limit: i64,
) -> Result<Vec<Id<Request>>, Error> {
    let params = [
        change.realm_id().into(),
        group.into(),
        role.to_string().into(),
        limit.into(),
    ];
    ids(change.query(WAITING_FOR_ROLE, &params)?)
}

/// Those that were submitted and decided before an instant.
pub(in crate::enrollment) fn decided(
    change: &mut Change<'_>,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<Id<Request>>, Error> {
    let params = [
        change.realm_id().into(),
        Id::<Request>::first_at(before).into(),
        before.millis().into(),
        limit.into(),
    ];
    ids(change.query(DECIDED, &params)?)
}
