//! All SQL that names the sessions.

use db::{Bound, Db, Row, statements};

use super::{Carried, Session};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::id::Id;
use crate::realm::RealmId;
use crate::token::TokenHash;
use crate::user::User;

/// The most sessions of a person that are listed or ended at once: there are no more.
pub(super) const MOST: i64 = 100;

statements! {
    BEHIND = "SELECT id, user_id, issuer, subject, provider_session, agent, address, started_at, expires_at, carried
              FROM sessions WHERE realm = ?1 AND hash = ?2";
    OF_USER = "SELECT id, user_id, issuer, subject, provider_session, agent, address, started_at, expires_at, carried
               FROM sessions WHERE realm = ?1 AND user_id = ?2 ORDER BY id DESC LIMIT ?3";
    INSERT = "INSERT INTO sessions (realm, hash, id, user_id, issuer, subject, provider_session, agent, address, started_at,
                                    expires_at, carried, id_token, began_at)
              VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
    TAKE = "DELETE FROM sessions WHERE realm = ?1 AND hash = ?2 RETURNING id, user_id, issuer, id_token";
    OF_PERSON = "SELECT user_id, id, hash FROM sessions WHERE realm = ?1 AND user_id = ?2 ORDER BY id LIMIT 1000";
    OF_SUBJECT = "SELECT user_id, id, hash FROM sessions WHERE realm = ?1 AND subject = ?2 AND issuer = ?3 AND began_at <= ?4 ORDER BY id LIMIT 1000";
    AT_PROVIDER = "SELECT user_id, id, hash FROM sessions
                   WHERE realm = ?1 AND provider_session = ?2 AND issuer = ?3 AND began_at <= ?4 ORDER BY id LIMIT 1000";
    UNNAMED = "SELECT user_id, id, hash FROM sessions
               WHERE realm = ?1 AND subject = ?2 AND issuer = ?3 AND began_at <= ?4 AND provider_session IS NULL ORDER BY id LIMIT 1000";
    PURGE = "DELETE FROM sessions WHERE expires_at <= (SELECT MAX(expires_at) FROM (
               SELECT expires_at FROM sessions WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2) AS oldest)";
}

fn from_row(row: &mut Row) -> Result<(Session, Carried), db::Error> {
    let session = Session {
        id: row.take(0)?,
        user: row.take(1)?,
        issuer: row.take(2)?,
        subject: row.take(3)?,
        provider_session: row.take(4)?,
        agent: row.take(5)?,
        address: row.take(6)?,
        started_at: Timestamp::from_millis(row.take(7)?),
        expires_at: Timestamp::from_millis(row.take(8)?),
    };
    Ok((session, Carried::parse(&row.take::<String>(9)?)))
}

pub(super) async fn behind(db: &Db, realm: RealmId, hash: &TokenHash) -> Result<Option<(Session, Carried)>, Error> {
    let mut rows = db.query(BEHIND, &[realm.into(), hash.bytes().to_vec().into()]).await?;
    Ok(rows.first_mut().map(from_row).transpose()?)
}

/// The sessions of a person, the last one first.
pub(super) async fn of_user(db: &Db, realm: RealmId, user: Id<User>) -> Result<Vec<Session>, Error> {
    let rows = db.query(OF_USER, &[realm.into(), user.into(), MOST.into()]).await?;
    let session = |mut row: Row| Ok(from_row(&mut row)?.0);
    rows.into_iter().map(session).collect()
}

/// What is written of a session beside what is shown of it.
pub(super) struct Written<'a> {
    pub(super) hash: &'a TokenHash,
    pub(super) carried: &'a Carried,
    pub(super) id_token: Option<&'a str>,
    /// When it began by the machine's clock.
    pub(super) began_at: Timestamp,
}

pub(super) fn insert(change: &mut Change<'_>, session: &Session, written: &Written<'_>) -> Result<(), Error> {
    let realm = change.realm_id();
    change.later(
        INSERT,
        vec![
            realm.into(),
            written.hash.bytes().to_vec().into(),
            session.id.into(),
            session.user.into(),
            session.issuer.as_str().into(),
            session.subject.as_str().into(),
            session.provider_session.clone().into(),
            session.agent.clone().into(),
            session.address.clone().into(),
            session.started_at.millis().into(),
            session.expires_at.millis().into(),
            written.carried.to_text().into(),
            written.id_token.map(str::to_owned).into(),
            written.began_at.millis().into(),
        ],
    )
}

/// A session that is there no more.
pub(super) struct Taken {
    pub(super) id: Id<Session>,
    pub(super) user: Id<User>,
    pub(super) issuer: String,
    pub(super) id_token: Option<String>,
}

/// Takes a session away; none when it was gone already.
pub(super) fn take(change: &mut Change<'_>, hash: &TokenHash) -> Result<Option<Taken>, Error> {
    let params = [change.realm_id().into(), hash.bytes().to_vec().into()];
    let row = change.write_returning(TAKE, &params)?;
    let taken = |mut row: Row| -> Result<Taken, db::Error> {
        Ok(Taken {
            id: row.take(0)?,
            user: row.take(1)?,
            issuer: row.take(2)?,
            id_token: row.take(3)?,
        })
    };
    Ok(row.map(taken).transpose()?)
}

/// A session that may be ended.
pub(super) struct Open {
    pub(super) user: Id<User>,
    pub(super) id: Id<Session>,
    pub(super) hash: TokenHash,
}

fn open(rows: Vec<Row>) -> Result<Vec<Open>, Error> {
    let each = |mut row: Row| {
        let bytes: Vec<u8> = row.take(2)?;
        let hash = TokenHash::of_bytes(&bytes).ok_or(Error::Fault {
            what: "the hash of a session is none",
        })?;
        Ok(Open {
            user: row.take(0)?,
            id: row.take(1)?,
            hash,
        })
    };
    rows.into_iter().map(each).collect()
}

/// The sessions of a person, the oldest first.
pub(super) fn of_person(change: &mut Change<'_>, user: Id<User>) -> Result<Vec<Open>, Error> {
    let (sql, params) = read_of_person(change.realm_id(), user);
    open(change.query(&sql, &params)?)
}

/// What [`of_person`] reads.
pub(crate) fn read_of_person(realm: RealmId, user: Id<User>) -> Bound {
    (OF_PERSON.into(), vec![realm.into(), user.into()])
}

/// The sessions of whoever signed out at a provider, that began up to an instant: those of the session there that is named, and
/// those of which the provider never said to which session they belong; or all.
pub(super) fn at_provider(
    change: &mut Change<'_>,
    issuer: &str,
    named: (Option<&str>, Option<&str>),
    until: Timestamp,
) -> Result<Vec<Open>, Error> {
    let looks = match named {
        (Some(session), Some(subject)) => vec![(AT_PROVIDER, session), (UNNAMED, subject)],
        (Some(session), None) => vec![(AT_PROVIDER, session)],
        (None, Some(subject)) => vec![(OF_SUBJECT, subject)],
        (None, None) => Vec::new(),
    };
    let mut found = Vec::new();
    for (sql, name) in looks {
        let params = [
            change.realm_id().into(),
            name.into(),
            issuer.into(),
            until.millis().into(),
        ];
        found.extend(open(change.query(sql, &params)?)?);
    }
    Ok(found)
}

/// Forgets some of the sessions that were over before an instant, of all realms; returns how many.
pub(crate) fn purge(change: &mut Change<'_>, before: Timestamp, limit: i64) -> Result<u64, Error> {
    change.keep_book(PURGE, &[before.millis().into(), limit.into()])
}
