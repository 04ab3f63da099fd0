//! All SQL that names the addresses to be confirmed.

use db::{Bound, Db, Row, statements};

use super::{Confirmation, ConfirmationState};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::id::Id;
use crate::mail::{EmailAddress, Language};
use crate::realm::RealmId;
use crate::token::TokenHash;
use crate::user::{self, User};

statements! {
    PENDING = "SELECT id, user_id, address, effective, language, state, mail, expires_at
               FROM address_confirmations WHERE realm = ?1 AND user_id = ?2 AND state = 'pending'";
    BEHIND = "SELECT id, user_id, address, effective, language, state, mail, expires_at
              FROM address_confirmations WHERE realm = ?1 AND hash = ?2";
    HOLDS = "SELECT user_id FROM address_confirmations
             WHERE realm = ?1 AND effective_key = ?2 AND user_id <> ?3 AND state = 'pending'
               AND NOT EXISTS (SELECT 1 FROM users u WHERE u.realm = ?1 AND u.id = user_id AND u.leaves_at IS NOT NULL) LIMIT 1";
    INSERT = "INSERT INTO address_confirmations (realm, id, user_id, address, effective, effective_key, language, state, hash, mail, expires_at)
              VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'pending', ?8, ?9, ?10)";
    END = "UPDATE address_confirmations SET state = ?3, decided_at = ?4
           WHERE realm = ?1 AND id = ?2 AND state = 'pending' AND (?3 <> 'confirmed' OR expires_at > ?4)";
    ALL_OF_USER = "SELECT id, user_id, address, effective, language, state, mail, expires_at
                   FROM address_confirmations WHERE realm = ?1 AND user_id = ?2 ORDER BY id";
    ERASE = "DELETE FROM address_confirmations WHERE realm = ?1 AND id = ?2";
}

fn from_row(row: &mut Row) -> Result<Confirmation, db::Error> {
    let language: String = row.take(4)?;
    let state: String = row.take(5)?;
    Ok(Confirmation {
        id: row.take(0)?,
        user: row.take(1)?,
        address: EmailAddress::stored(row.take(2)?),
        effective: row.take(3)?,
        language: Language::preferred(&language).unwrap_or_default(),
        // An unknown word never opens anything.
        state: ConfirmationState::parse(&state).unwrap_or(ConfirmationState::Superseded),
        mail: row.take(6)?,
        expires_at: Timestamp::from_millis(row.take(7)?),
    })
}

fn first(rows: Vec<Row>) -> Result<Option<Confirmation>, Error> {
    Ok(rows.into_iter().next().map(|mut row| from_row(&mut row)).transpose()?)
}

pub(super) async fn read_pending(db: &Db, realm: RealmId, user: Id<User>) -> Result<Option<Confirmation>, Error> {
    first(db.query(PENDING, &[realm.into(), user.into()]).await?)
}

pub(super) async fn by_hash(db: &Db, realm: RealmId, hash: &TokenHash) -> Result<Option<Confirmation>, Error> {
    first(db.query(BEHIND, &[realm.into(), hash.bytes().into()]).await?)
}

/// What is pending of a person whose row is locked.
pub(super) fn pending_of_user(change: &mut Change<'_>, user: Id<User>) -> Result<Option<Confirmation>, Error> {
    let (sql, params) = look_pending(change.realm_id(), user);
    first(change.query(&sql, &params)?)
}

/// What [`pending_of_user`] reads.
pub(crate) fn look_pending(realm: RealmId, user: Id<User>) -> Bound {
    (PENDING.into(), vec![realm.into(), user.into()])
}

pub(super) fn behind(change: &mut Change<'_>, hash: &TokenHash) -> Result<Option<Confirmation>, Error> {
    first(change.query(BEHIND, &[change.realm_id().into(), hash.bytes().into()])?)
}

pub(super) fn insert(change: &mut Change<'_>, of: &Confirmation, hash: &TokenHash) -> Result<(), Error> {
    let realm = change.realm_id();
    change.later(
        INSERT,
        vec![
            realm.into(),
            of.id.into(),
            of.user.into(),
            of.address.as_str().into(),
            of.effective.clone().into(),
            of.effective.as_deref().map(user::rules::key).into(),
            of.language.tag().into(),
            hash.bytes().into(),
            of.mail.into(),
            of.expires_at.millis().into(),
        ],
    )
}

/// Whether an address counts for somebody else, though another one stands in their record.
pub(crate) fn is_held(change: &mut Change<'_>, address: &str, own: Option<Id<User>>) -> Result<bool, Error> {
    let own = own.unwrap_or(Id::new(uuid::Uuid::nil()));
    let params = [change.realm_id().into(), user::rules::key(address).into(), own.into()];
    Ok(change.query_one(HOLDS, &params)?.is_some())
}

/// Ends what is pending; false when it is not pending any more, or is to be confirmed too late.
pub(super) fn end(change: &mut Change<'_>, id: Id<Confirmation>, state: ConfirmationState) -> Result<bool, Error> {
    let params = [
        change.realm_id().into(),
        id.into(),
        state.name().into(),
        change.now().millis().into(),
    ];
    Ok(change.execute(END, &params)? == 1)
}

pub(super) fn all_of_user(change: &mut Change<'_>, user: Id<User>) -> Result<Vec<Confirmation>, Error> {
    let rows = change.query(ALL_OF_USER, &[change.realm_id().into(), user.into()])?;
    rows.into_iter().map(|mut row| Ok(from_row(&mut row)?)).collect()
}

pub(super) fn erase(change: &mut Change<'_>, id: Id<Confirmation>) -> Result<(), Error> {
    let realm = change.realm_id();
    change.later(ERASE, vec![realm.into(), id.into()])
}
