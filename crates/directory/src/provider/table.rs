//! All SQL that names the table of identity links.

use db::{Db, statements};

use super::authenticate::Linked;
use crate::change::Change;
use crate::error::Error;
use crate::id::Id;
use crate::realm::RealmId;
use crate::user::{self, Lifecycle, User};

statements! {
    /// On PostgreSQL whoever signs in as the same waits for the end of this transaction.
    HOLD = "SELECT CAST(?1 AS TEXT) /*pg: FROM (SELECT pg_advisory_xact_lock(hashtextextended(CAST(?1 AS TEXT), 0))) AS held */";
    LINKED = "SELECT l.user_id, u.lifecycle, u.leaves_at FROM identity_links l
              LEFT JOIN users u ON u.realm = l.realm AND u.id = l.user_id
              WHERE l.realm = ?1 AND l.issuer = ?2 AND l.subject = ?3";
    OF_USER = "SELECT 1 FROM identity_links WHERE realm = ?1 AND user_id = ?2 AND issuer = ?3 AND subject <> ?4 LIMIT 1";
    LINK = "INSERT INTO identity_links (realm, issuer, subject, user_id, verified_email, linked_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT (realm, issuer, subject) DO UPDATE SET user_id = ?4, verified_email = ?5, linked_at = ?6";
    VERIFIED = "SELECT verified_email FROM identity_links WHERE realm = ?1 AND user_id = ?2 AND verified_email IS NOT NULL";
    ERASE = "DELETE FROM identity_links WHERE realm = ?1 AND user_id = ?2";
}

fn linked(rows: Vec<db::Row>) -> Result<Option<Linked>, Error> {
    let Some(mut row) = rows.into_iter().next() else {
        return Ok(None);
    };
    let (user, lifecycle): (Id<User>, Option<String>) = (row.take(0)?, row.take(1)?);
    let leaves_at: Option<i64> = row.take(2)?;
    Ok(Some(Linked {
        user,
        lifecycle: lifecycle.as_deref().and_then(Lifecycle::parse),
        leaves: leaves_at.is_some(),
    }))
}

/// Whoever has that name at that issuer.
pub(super) async fn by_subject(db: &Db, realm: RealmId, issuer: &str, subject: &str) -> Result<Option<Linked>, Error> {
    linked(db.query(LINKED, &[realm.into(), issuer.into(), subject.into()]).await?)
}

/// The same; nobody else gets an answer about that name before this transaction ends.
pub(super) fn hold(change: &mut Change<'_>, issuer: &str, subject: &str) -> Result<Option<Linked>, Error> {
    let realm = change.realm_id();
    change.query(HOLD, &[format!("identity {realm} {issuer} {subject}").into()])?;
    linked(change.query(LINKED, &[realm.into(), issuer.into(), subject.into()])?)
}

/// Whether the person has another name at that issuer.
pub(super) fn has_other(change: &mut Change<'_>, user: Id<User>, issuer: &str, subject: &str) -> Result<bool, Error> {
    let params = [change.realm_id().into(), user.into(), issuer.into(), subject.into()];
    Ok(change.query_one(OF_USER, &params)?.is_some())
}

/// Notes whose that name is.
pub(super) fn link(
    change: &mut Change<'_>,
    user: Id<User>,
    (issuer, subject): (&str, &str),
    verified_email: Option<&str>,
) -> Result<(), Error> {
    let params = [
        change.realm_id().into(),
        issuer.into(),
        subject.into(),
        user.into(),
        verified_email.map(str::to_owned).into(),
        change.now().millis().into(),
    ];
    change.execute(LINK, &params)?;
    Ok(())
}

/// Whether a provider has verified the address to which mail to the person goes.
pub(crate) async fn is_verified(db: &Db, realm: RealmId, person: &User) -> Result<bool, Error> {
    let Some(own) = user::rules::own_address(person.attributes(), &person.external_ids) else {
        return Ok(false);
    };
    let own = user::rules::key(&own);
    for mut row in db.query(VERIFIED, &[realm.into(), person.id.into()]).await? {
        if user::rules::key(&row.take::<String>(0)?) == own {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Forgets all names of a person.
pub(crate) fn erase(change: &mut Change<'_>, user: Id<User>) -> Result<(), Error> {
    change.later(ERASE, vec![change.realm_id().into(), user.into()])
}
