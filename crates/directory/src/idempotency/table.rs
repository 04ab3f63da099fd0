//! All SQL that names the kept answers.

use db::{Db, Row, statements};

use super::once::{Answer, Once};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::{Error, Refusal};
use crate::principal::Principal;

statements! {
    /// A key whose answer has expired is as good as new.
    CLAIM = "INSERT INTO idempotency_keys (realm, principal, key, request_hash, status, headers, body, expires_at)
             VALUES (?1, ?2, ?3, ?4, 0, '[]', '', ?5)
             ON CONFLICT (realm, principal, key) DO UPDATE SET request_hash = ?4, status = 0, headers = '[]', body = '', expires_at = ?5
             WHERE idempotency_keys.expires_at <= ?6";
    KEEP = "UPDATE idempotency_keys SET status = ?4, headers = ?5, body = ?6 WHERE realm = ?1 AND principal = ?2 AND key = ?3";
    KEPT = "SELECT request_hash, status, headers, body FROM idempotency_keys WHERE realm = ?1 AND principal = ?2 AND key = ?3 AND expires_at > ?4";
    PURGE = "DELETE FROM idempotency_keys WHERE expires_at <= (SELECT MAX(expires_at) FROM (
               SELECT expires_at FROM idempotency_keys WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2) AS oldest)";
}

/// Takes the key for this request; false when it is taken already.
pub(super) fn claim(change: &mut Change<'_>, once: &Once, expires: Timestamp) -> Result<bool, Error> {
    let params = [
        change.realm_id().into(),
        change.principal().label().into(),
        once.key().into(),
        once.request_hash().into(),
        expires.millis().into(),
        change.now().millis().into(),
    ];
    Ok(change.keep_book(CLAIM, &params)? == 1)
}

/// Puts the answer to the key that was claimed.
pub(super) fn keep(change: &mut Change<'_>, once: &Once, answer: &Answer) -> Result<(), Error> {
    let params = [
        change.realm_id().into(),
        change.principal().label().into(),
        once.key().into(),
        i64::from(answer.status).into(),
        serde_json::to_string(&answer.headers).unwrap_or_default().into(),
        answer.body.as_str().into(),
    ];
    change.keep_book(KEEP, &params)?;
    Ok(())
}

/// The answer under a key that is taken.
pub(super) fn kept(change: &mut Change<'_>, once: &Once) -> Result<Answer, Error> {
    let params = [
        change.realm_id().into(),
        change.principal().label().into(),
        once.key().into(),
        change.now().millis().into(),
    ];
    let row = change.query_one(KEPT, &params)?;
    match row {
        Some(row) => answer(row, once),
        None => Err(Error::Fault {
            what: "an idempotency key was neither free nor taken",
        }),
    }
}

pub(super) async fn look_up(
    db: &Db,
    principal: &Principal,
    once: &Once,
    now: Timestamp,
) -> Result<Option<Answer>, Error> {
    let params = [
        principal.realm.into(),
        principal.label().into(),
        once.key().into(),
        now.millis().into(),
    ];
    let row = db.query(KEPT, &params).await?.into_iter().next();
    row.map(|row| answer(row, once)).transpose()
}

fn answer(mut row: Row, once: &Once) -> Result<Answer, Error> {
    let hash: Vec<u8> = row.take(0)?;
    if hash != once.request_hash() {
        return Err(Refusal::conflict("this Idempotency-Key was used for another request").into());
    }
    let status: i64 = row.take(1)?;
    let headers: String = row.take(2)?;
    Ok(Answer {
        status: u16::try_from(status).unwrap_or(200),
        headers: serde_json::from_str(&headers).unwrap_or_default(),
        body: row.take(3)?,
    })
}

/// Forgets some of the answers whose time is over, of all realms; returns how many. Nobody can observe it.
pub(crate) fn purge(change: &mut Change<'_>, limit: i64) -> Result<u64, Error> {
    let params = [change.now().millis().into(), limit.into()];
    change.keep_book(PURGE, &params)
}
