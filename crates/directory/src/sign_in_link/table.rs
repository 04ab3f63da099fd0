//! All SQL that names the links by which people sign in.

use db::{Db, Row, statements};

use super::SignInLink;
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::id::Id;
use crate::mail::{EmailAddress, Language};
use crate::realm::RealmId;
use crate::token::TokenHash;
use crate::user::{self, User};

statements! {
    BEHIND = "SELECT address, language, goes_to, expires_at, used_at FROM sign_in_links WHERE realm = ?1 AND hash = ?2";
    SINCE = "SELECT asked_at FROM sign_in_links WHERE realm = ?1 AND address_key = ?2 AND asked_at > ?3
             ORDER BY asked_at DESC LIMIT ?4";
    INSERT = "INSERT INTO sign_in_links (realm, hash, address, address_key, language, goes_to, asked_at, expires_at)
              VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    USE = "UPDATE sign_in_links SET used_at = ?3, goes_to = NULL WHERE realm = ?1 AND hash = ?2 AND used_at IS NULL AND expires_at > ?3";
    /// Of somebody who has left, by what they were called.
    ERASE = "DELETE FROM sign_in_links WHERE realm = ?1 AND address_key IN
             (SELECT name_key FROM departed_names WHERE realm = ?1 AND user_id = ?2)";
    PURGE = "DELETE FROM sign_in_links WHERE expires_at <= (SELECT MAX(expires_at) FROM (
               SELECT expires_at FROM sign_in_links WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2) AS oldest)";
}

fn from_row(row: &mut Row) -> Result<SignInLink, db::Error> {
    let language: String = row.take(1)?;
    Ok(SignInLink {
        address: EmailAddress::stored(row.take(0)?),
        language: Language::preferred(&language).unwrap_or_default(),
        goes_to: row.take(2)?,
        expires_at: Timestamp::from_millis(row.take(3)?),
        used_at: row.take::<Option<i64>>(4)?.map(Timestamp::from_millis),
    })
}

pub(super) async fn by_hash(db: &Db, realm: RealmId, hash: &TokenHash) -> Result<Option<SignInLink>, Error> {
    let mut rows = db.query(BEHIND, &[realm.into(), hash.bytes().into()]).await?;
    Ok(rows.first_mut().map(from_row).transpose()?)
}

pub(super) fn behind(change: &mut Change<'_>, hash: &TokenHash) -> Result<Option<SignInLink>, Error> {
    let mut row = change.query_one(BEHIND, &[change.realm_id().into(), hash.bytes().into()])?;
    Ok(row.as_mut().map(from_row).transpose()?)
}

/// How many links went to an address after an instant, up to a limit.
pub(super) fn since(change: &mut Change<'_>, address: &str, after: Timestamp, limit: usize) -> Result<usize, Error> {
    let params = [
        change.realm_id().into(),
        user::rules::key(address).into(),
        after.millis().into(),
        (limit as i64).into(),
    ];
    Ok(change.query(SINCE, &params)?.len())
}

pub(super) fn insert(change: &mut Change<'_>, link: &SignInLink, hash: &TokenHash) -> Result<(), Error> {
    let realm = change.realm_id();
    change.later(
        INSERT,
        vec![
            realm.into(),
            hash.bytes().into(),
            link.address.as_str().into(),
            user::rules::key(link.address.as_str()).into(),
            link.language.tag().into(),
            link.goes_to.clone().into(),
            change.now().millis().into(),
            link.expires_at.millis().into(),
        ],
    )
}

/// Uses a link up; false when somebody was quicker, or its time is over. What comes of it is told by the session's event.
pub(super) fn use_up(change: &mut Change<'_>, hash: &TokenHash) -> Result<bool, Error> {
    let params = [
        change.realm_id().into(),
        hash.bytes().into(),
        change.now().millis().into(),
    ];
    Ok(change.keep_book(USE, &params)? == 1)
}

/// Forgets the links that went to somebody who has left, as long as it is noted what they were called.
pub(crate) fn erase_of_user(change: &mut Change<'_>, user: Id<User>) -> Result<(), Error> {
    let realm = change.realm_id();
    change.later(ERASE, vec![realm.into(), user.into()])
}

/// Forgets some of the links whose time was over before an instant, of all realms; returns how many.
pub(crate) fn purge(change: &mut Change<'_>, before: Timestamp, limit: i64) -> Result<u64, Error> {
    change.keep_book(PURGE, &[before.millis().into(), limit.into()])
}
