//! All SQL that names the table of what programs asked last.

use db::{Db, statements};
use uuid::Uuid;

use super::{KEPT_REQUESTS, LoggedRequest};
use crate::change::Change;
use crate::client::{Client, table as clients};
use crate::clock::Timestamp;
use crate::error::Error;
use crate::id::Id;
use crate::realm::RealmId;

statements! {
    WRITE = "INSERT INTO client_log (realm, client, page, entries, body) VALUES (?1, ?2, ?3, ?4, ?5)";
    /// The pages before those that hold so many requests, whoever wrote them.
    TRIM = "DELETE FROM client_log WHERE realm = ?1 AND client = ?2 AND page < (
              SELECT page FROM (SELECT page, CAST(SUM(entries) OVER (ORDER BY page DESC) AS BIGINT) AS held
                                FROM client_log WHERE realm = ?1 AND client = ?2) AS pages
              WHERE held >= ?3 ORDER BY page DESC LIMIT 1)";
    READ = "SELECT body FROM client_log WHERE realm = ?1 AND client = ?2 ORDER BY page DESC LIMIT ?3";
    PURGE = "DELETE FROM client_log WHERE (realm, client, page) IN (
               SELECT realm, client, page FROM client_log WHERE page < ?1 LIMIT ?2)";
    DELETE = "DELETE FROM client_log WHERE realm = ?1 AND client = ?2";
}

/// So many requests stay written down: servers write at different instants, so pages overlap in time, and what is shown are
/// the last of all.
const WRITTEN: i64 = 2 * KEPT_REQUESTS as i64;

/// Requests of one program that are written down together.
#[derive(Clone, Debug)]
pub(super) struct Page {
    pub(super) realm: RealmId,
    pub(super) client: Id<Client>,
    pub(super) id: Uuid,
    pub(super) entries: usize,
    pub(super) body: String,
}

pub(super) async fn write(db: &Db, pages: Vec<Page>) -> Result<(), Error> {
    db.write(move |tx| -> Result<(), Error> {
        for page in &pages {
            let (realm, client) = (page.realm.into(), page.client.into());
            // Of a program that is gone nothing is written down, and nobody removes it meanwhile.
            if !clients::lock(tx, page.realm, page.client)? {
                continue;
            }
            let row = [
                realm,
                client,
                page.id.into(),
                (page.entries as i64).into(),
                page.body.as_str().into(),
            ];
            tx.execute(WRITE, &row)?;
            tx.execute(TRIM, &[page.realm.into(), page.client.into(), WRITTEN.into()])?;
        }
        Ok(())
    })
    .await
}

/// What is written down of a program: at least the last requests that are kept, in any order.
pub(super) async fn read(db: &Db, realm: RealmId, client: Id<Client>) -> Result<Vec<LoggedRequest>, Error> {
    let rows = db.query(READ, &[realm.into(), client.into(), WRITTEN.into()]).await?;
    let mut requests = Vec::new();
    // From the newest page to the oldest; put the other way round, so that each page follows the one before it.
    for mut row in rows.into_iter().rev() {
        let body: String = row.take(0)?;
        requests.extend(serde_json::from_str::<Vec<LoggedRequest>>(&body).unwrap_or_default());
    }
    Ok(requests)
}

/// After the program's own row, whose lock keeps servers from writing more.
pub(crate) fn delete(change: &mut Change<'_>, client: Id<Client>) -> Result<(), Error> {
    change.execute(DELETE, &[change.realm_id().into(), client.into()])?;
    Ok(())
}

/// Forgets some of the pages that were written down before an instant of real time, of all realms; returns how many.
pub(crate) fn purge(change: &mut Change<'_>, before: Timestamp, limit: i64) -> Result<u64, Error> {
    let before = Id::<Page>::first_at(before);
    change.keep_book(PURGE, &[before.into(), limit.into()])
}
