//! All SQL that names terms and their acceptances.

use db::{Db, Row, Value, statements};
use uuid::Uuid;

use super::{Acceptance, Channel, Terms};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::enrollment::configuration::Configuration;
use crate::error::Error;
use crate::id::Id;
use crate::lists::in_lists;
use crate::membership::OnLapse;
use crate::realm::RealmId;
use crate::user::User;

statements! {
    BY_ID = "SELECT id, configuration, number, url, digest, valid_days, on_lapse, ask_again, made_at, made_by FROM terms WHERE realm = ?1 AND id = ?2";
    /// The newest first.
    VERSIONS = "SELECT id, configuration, number, url, digest, valid_days, on_lapse, ask_again, made_at, made_by
                FROM terms WHERE realm = ?1 AND configuration = ?2 AND number < ?3 ORDER BY number DESC LIMIT ?4";
    INSERT = "INSERT INTO terms (realm, id, configuration, number, url, digest, valid_days, on_lapse, ask_again, made_at, made_by)
              VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    ACCEPT = "INSERT INTO term_acceptances (realm, user_id, terms, accepted_at, channel, address) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";
    LAST_ACCEPTED = "SELECT accepted_at FROM term_acceptances WHERE realm = ?1 AND user_id = ?2 AND terms = ?3 ORDER BY accepted_at DESC LIMIT 1";
    ACCEPTANCES_AFTER = "SELECT user_id, terms, accepted_at, channel, address FROM term_acceptances
              WHERE realm = ?1 AND terms = ?2 AND (accepted_at, user_id) > (?3, ?4) ORDER BY accepted_at, user_id LIMIT ?5";
    OF_USER = "SELECT user_id, terms, accepted_at, channel, address FROM term_acceptances
              WHERE realm = ?1 AND user_id = ?2 AND (terms, accepted_at) > (?3, ?4) ORDER BY terms, accepted_at LIMIT ?5";
    ERASE_OF_USER = "DELETE FROM term_acceptances WHERE realm = ?1 AND user_id = ?2";
}

fn from_row(row: &mut Row) -> Result<Terms, db::Error> {
    let (valid_days, on_lapse): (Option<i64>, String) = (row.take(5)?, row.take(6)?);
    Ok(Terms {
        id: row.take(0)?,
        configuration: row.take(1)?,
        number: row.take(2)?,
        url: row.take(3)?,
        digest: row.take(4)?,
        valid_days: valid_days.and_then(|days| u32::try_from(days).ok()),
        on_lapse: OnLapse::parse(&on_lapse).unwrap_or(OnLapse::Remind),
        ask_again: row.take(7)?,
        made_at: Timestamp::from_millis(row.take(8)?),
        made_by: row.take(9)?,
    })
}

fn versions(rows: Vec<Row>) -> Result<Vec<Terms>, Error> {
    rows.into_iter().map(|mut row| Ok(from_row(&mut row)?)).collect()
}

fn acceptances(rows: Vec<Row>) -> Result<Vec<Acceptance>, Error> {
    let one = |mut row: Row| {
        let channel: String = row.take(3)?;
        Ok(Acceptance {
            user: row.take(0)?,
            terms: row.take(1)?,
            accepted_at: Timestamp::from_millis(row.take(2)?),
            channel: Channel::parse(&channel).unwrap_or(Channel::Api),
            address: row.take(4)?,
        })
    };
    rows.into_iter().map(one).collect()
}

pub(crate) fn by_id(change: &mut Change<'_>, id: Id<Terms>) -> Result<Option<Terms>, Error> {
    Ok(versions(change.query(BY_ID, &[change.realm_id().into(), id.into()])?)?.pop())
}

/// The newest version, whether or not it is in force.
pub(super) fn newest(change: &mut Change<'_>, of: Id<Configuration>) -> Result<Option<Terms>, Error> {
    Ok(newest_first(change, of, 1)?.pop())
}

/// So many versions, the newest first.
pub(super) fn newest_first(change: &mut Change<'_>, of: Id<Configuration>, limit: i64) -> Result<Vec<Terms>, Error> {
    let params = [change.realm_id().into(), of.into(), i64::MAX.into(), limit.into()];
    versions(change.query(VERSIONS, &params)?)
}

/// Those before that number, the newest first.
pub(super) async fn read_versions(
    db: &Db,
    realm: RealmId,
    of: Id<Configuration>,
    before: i64,
    limit: i64,
) -> Result<Vec<Terms>, Error> {
    versions(
        db.query(VERSIONS, &[realm.into(), of.into(), before.into(), limit.into()])
            .await?,
    )
}

/// Those of these that are there.
pub(crate) async fn many(db: &Db, realm: RealmId, ids: &[Id<Terms>]) -> Result<Vec<Terms>, Error> {
    let wanted: Vec<Value> = ids.iter().map(Value::from).collect();
    let head = "SELECT id, configuration, number, url, digest, valid_days, on_lapse, ask_again, made_at, made_by
                FROM terms WHERE realm = ?1 AND id IN";
    let mut found = Vec::with_capacity(ids.len());
    for (sql, params) in in_lists(head, &[realm.into()], &wanted) {
        found.append(&mut versions(db.query(&sql, &params).await?)?);
    }
    Ok(found)
}

pub(super) fn insert(change: &mut Change<'_>, terms: &Terms) -> Result<(), Error> {
    let params = vec![
        change.realm_id().into(),
        terms.id.into(),
        terms.configuration.into(),
        terms.number.into(),
        terms.url.as_str().into(),
        terms.digest.clone().into(),
        terms.valid_days.map(i64::from).into(),
        terms.on_lapse.name().into(),
        terms.ask_again.into(),
        terms.made_at.millis().into(),
        terms.made_by.as_str().into(),
    ];
    change.later(INSERT, params)
}

pub(super) fn accept(change: &mut Change<'_>, acceptance: &Acceptance) -> Result<(), Error> {
    let params = vec![
        change.realm_id().into(),
        acceptance.user.into(),
        acceptance.terms.into(),
        acceptance.accepted_at.millis().into(),
        acceptance.channel.name().into(),
        acceptance.address.clone().into(),
    ];
    change.later(ACCEPT, params)
}

/// When a person last accepted a version.
pub(crate) fn last_accepted(
    change: &mut Change<'_>,
    user: Id<User>,
    terms: Id<Terms>,
) -> Result<Option<Timestamp>, Error> {
    let row = change.query_one(LAST_ACCEPTED, &[change.realm_id().into(), user.into(), terms.into()])?;
    Ok(row.map(|mut row| row.take(0).map(Timestamp::from_millis)).transpose()?)
}

/// Who has accepted a version, in the order of doing so.
pub(super) async fn read_acceptances(
    db: &Db,
    realm: RealmId,
    of: Id<Terms>,
    after: Option<(Timestamp, Id<User>)>,
    limit: i64,
) -> Result<Vec<Acceptance>, Error> {
    let (at, user) = after.map_or((i64::MIN, Uuid::nil()), |(at, user)| (at.millis(), user.uuid()));
    let params = [realm.into(), of.into(), at.into(), user.into(), limit.into()];
    acceptances(db.query(ACCEPTANCES_AFTER, &params).await?)
}

/// What a person has accepted, by the ids of the terms, after one acceptance.
pub(super) async fn read_of_user(
    db: &Db,
    realm: RealmId,
    user: Id<User>,
    after: Option<(Id<Terms>, Timestamp)>,
    limit: i64,
) -> Result<Vec<Acceptance>, Error> {
    let (terms, at) = after.map_or((Uuid::nil(), i64::MIN), |(terms, at)| (terms.uuid(), at.millis()));
    let params = [realm.into(), user.into(), terms.into(), at.into(), limit.into()];
    acceptances(db.query(OF_USER, &params).await?)
}

/// Forgets what a person has accepted who is erased.
pub(crate) fn erase_of_user(change: &mut Change<'_>, user: Id<User>) -> Result<(), Error> {
    let realm = change.realm_id();
    change.later(ERASE_OF_USER, vec![realm.into(), user.into()])
}
