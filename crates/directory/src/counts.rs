//! Unfiltered totals, kept in shards so that writers do not meet in one row.

use db::{Db, statements};

use crate::change::Change;
use crate::error::Error;
use crate::realm::RealmId;

pub(crate) const USERS: &str = "users";
pub(crate) const GROUPS: &str = "groups";
/// Of the groups those that have a parent.
pub(crate) const SUBGROUPS: &str = "subgroups";

statements! {
    ADD = "INSERT INTO counts (realm, kind, shard, n) VALUES (?1, ?2, ?3, ?4)
           ON CONFLICT (realm, kind, shard) DO UPDATE SET n = counts.n + ?4";
    TOTAL = "SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM counts WHERE realm = ?1 AND kind = ?2";
}

/// Moves a total; it travels with the commit.
pub(crate) fn add(change: &mut Change<'_>, kind: &'static str, by: i64) -> Result<(), Error> {
    let (realm, shard) = (change.realm_id(), i64::from(change.lane()));
    change.later(ADD, vec![realm.into(), kind.into(), shard.into(), by.into()])
}

/// A total.
pub(crate) async fn total(db: &Db, realm: RealmId, kind: &'static str) -> Result<i64, Error> {
    let mut rows = db.query(TOTAL, &[realm.into(), kind.into()]).await?;
    Ok(rows.first_mut().map_or(Ok(0), |row| row.take(0))?)
}
