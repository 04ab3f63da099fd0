//! All SQL that names the table of identity links, and that of the names of those who have left.

use std::collections::{HashMap, HashSet};

use db::{Db, statements};

use super::authenticate::Linked;
use super::identity::Identity;
use super::rules::Profile;
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::external_id;
use crate::id::Id;
use crate::lists::in_lists;
use crate::realm::RealmId;
use crate::user::{self, Lifecycle, User};

statements! {
    /// On PostgreSQL whoever signs in as the same waits for the end of this transaction.
    HOLD = "SELECT CAST(?1 AS TEXT) /*pg: FROM (SELECT pg_advisory_xact_lock(hashtextextended(CAST(?1 AS TEXT), 0))) AS held */";
    LINKED = "SELECT l.user_id, u.lifecycle, u.leaves_at FROM identity_links l
              LEFT JOIN users u ON u.realm = l.realm AND u.id = l.user_id
              WHERE l.realm = ?1 AND l.issuer = ?2 AND l.subject = ?3";
    OF_USER = "SELECT 1 FROM identity_links WHERE realm = ?1 AND user_id = ?2 AND issuer = ?3 AND subject <> ?4 LIMIT 1";
    /// Whom the clients of any space call so, as the index has it: in the operator's space and those of all clients.
    CALLED = "SELECT x.space, x.resource FROM clients c CROSS JOIN external_ids x
                WHERE c.realm = ?1 AND x.realm = ?1 AND x.space = c.space AND x.resource_type = 'User' AND x.value IN (?2, ?3)
              UNION SELECT x.space, x.resource FROM external_ids x
                WHERE x.realm = ?1 AND x.space = ?4 AND x.resource_type = 'User' AND x.value IN (?2, ?3) LIMIT 20";
    /// Who has an address, is called by it by Wire's clients, has an open invitation there, or keeps it until another one is confirmed.
    REACHED = "SELECT user_id, CAST(NULL AS TEXT), CAST(0 AS BIGINT) FROM user_emails WHERE realm = ?1 AND value_key = ?2
               UNION ALL SELECT resource, CAST(NULL AS TEXT), CAST(0 AS BIGINT) FROM external_ids
                 WHERE realm = ?1 AND space IN (?3, ?4) AND resource_type = 'User' AND value IN (?2, ?5)
               UNION ALL SELECT user_id, address, CAST(0 AS BIGINT) FROM invitations
                 WHERE realm = ?1 AND address_key = ?2 AND open AND offers = 'account' AND expires_at > ?6
               UNION ALL SELECT user_id, CAST(NULL AS TEXT), CAST(1 AS BIGINT) FROM address_confirmations
                 WHERE realm = ?1 AND effective_key = ?2 AND effective_key IS NOT NULL AND state = 'pending' LIMIT 20";
    DEPARTED = "INSERT INTO departed_names (realm, name_key, user_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    HAS_DEPARTED = "SELECT 1 FROM departed_names WHERE realm = ?1 AND name_key IN (?2, ?3, ?4) LIMIT 1";
    FORGET = "DELETE FROM departed_names WHERE realm = ?1 AND user_id = ?2";
    OF_PERSON = "SELECT issuer, subject, verified_email, linked_at FROM identity_links WHERE realm = ?1 AND user_id = ?2 ORDER BY issuer, subject";
    UNLINK = "DELETE FROM identity_links WHERE realm = ?1 AND issuer = ?2 AND subject = ?3";
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

/// Whether a provider has verified exactly that address of somebody.
pub(super) fn has_verified(change: &mut Change<'_>, user: Id<User>, address: &str) -> Result<bool, Error> {
    for mut row in change.query(VERIFIED, &[change.realm_id().into(), user.into()])? {
        if row.take::<String>(0)?.eq_ignore_ascii_case(address) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What an index of externalIds has of a text: as it is, and folded.
fn forms(text: &str) -> [String; 2] {
    let cut = |text: &str| text.chars().take(user::rules::INDEXED_CHARS).collect::<String>();
    [cut(text), cut(&scim::text::key(text))]
}

fn called_params(realm: RealmId, name_id: &str) -> [db::Value; 4] {
    let [exact, folded] = forms(name_id);
    [realm.into(), exact.into(), folded.into(), uuid::Uuid::nil().into()]
}

fn reached_params(realm: RealmId, address: &str, now: Timestamp) -> [db::Value; 6] {
    let [exact, _] = forms(address);
    [
        realm.into(),
        user::rules::key(address).into(),
        external_id::WIRE_BOUND.into(),
        external_id::WIRE_UNBOUND.into(),
        exact.into(),
        now.millis().into(),
    ]
}

/// Whom clients call so, with the space in which they do; as the index has it.
pub(super) fn called(change: &mut Change<'_>, name_id: &str) -> Result<Vec<(uuid::Uuid, Id<User>)>, Error> {
    let rows = change.query(CALLED, &called_params(change.realm_id(), name_id))?;
    let read = |mut row: db::Row| Ok((row.take(0)?, row.take(1)?));
    rows.into_iter().map(read).collect()
}

/// Somebody who may be meant by an address.
pub(super) struct Meant {
    pub(super) user: Id<User>,
    /// The address they were invited at, where that is how they are found.
    pub(super) invited_at: Option<String>,
    /// Whether it is no more theirs than until another one is confirmed.
    pub(super) is_kept: bool,
}

/// Who may be meant by an address.
pub(super) fn meant_by(change: &mut Change<'_>, address: &str) -> Result<Vec<Meant>, Error> {
    let rows = change.query(REACHED, &reached_params(change.realm_id(), address, change.now()))?;
    let read = |mut row: db::Row| {
        Ok(Meant {
            user: row.take(0)?,
            invited_at: row.take(1)?,
            is_kept: row.take::<i64>(2)? == 1,
        })
    };
    rows.into_iter().map(read).collect()
}

/// Whether anybody may be meant by what a token says. Reads alone: most who are nobody are turned away by it.
pub(super) async fn may_be_known(db: &Db, realm: RealmId, profile: &Profile, now: Timestamp) -> Result<bool, Error> {
    if let Some(name_id) = &profile.name_id
        && !db.query(CALLED, &called_params(realm, name_id)).await?.is_empty()
    {
        return Ok(true);
    }
    match &profile.verified_email {
        Some(address) => Ok(!db
            .query(REACHED, &reached_params(realm, address, now))
            .await?
            .is_empty()),
        None => Ok(false),
    }
}

/// Notes what somebody was called who leaves, until they are erased.
pub(crate) fn note_departed(change: &mut Change<'_>, user: &User) -> Result<(), Error> {
    let realm = change.realm_id();
    let mut names = user::rules::index(user.attributes()).emails;
    names.push(user::rules::key(&user.user_name()));
    names.extend(user.external_ids.iter().map(|(_, value)| user::rules::key(value)));
    names.sort_unstable();
    names.dedup();
    for name in names {
        change.later(DEPARTED, vec![realm.into(), name.into(), user.id.into()])?;
    }
    Ok(())
}

/// Whether somebody has left who was called so, and is not erased yet.
pub(super) fn has_departed(change: &mut Change<'_>, profile: &Profile) -> Result<bool, Error> {
    let names = [&profile.verified_email, &profile.name_id, &profile.preferred_username];
    let key = |name: &Option<String>| db::Value::from(name.as_deref().map(user::rules::key));
    let [email, name_id, user_name] = names.map(key);
    let params = [change.realm_id().into(), email, name_id, user_name];
    Ok(change.query_one(HAS_DEPARTED, &params)?.is_some())
}

fn identity(mut row: db::Row) -> Result<Identity, Error> {
    Ok(Identity {
        issuer: row.take(0)?,
        subject: row.take(1)?,
        verified_email: row.take(2)?,
        linked_at: Timestamp::from_millis(row.take(3)?),
    })
}

/// Who a person is at providers.
pub(super) async fn of_person(db: &Db, realm: RealmId, user: Id<User>) -> Result<Vec<Identity>, Error> {
    let rows = db.query(OF_PERSON, &[realm.into(), user.into()]).await?;
    rows.into_iter().map(identity).collect()
}

/// The same within a change.
pub(super) fn read_of_person(change: &mut Change<'_>, user: Id<User>) -> Result<Vec<Identity>, Error> {
    let rows = change.query(OF_PERSON, &[change.realm_id().into(), user.into()])?;
    rows.into_iter().map(identity).collect()
}

/// Forgets whose that name is.
pub(super) fn unlink(change: &mut Change<'_>, identity: &Identity) -> Result<bool, Error> {
    let params = [
        change.realm_id().into(),
        identity.issuer.as_str().into(),
        identity.subject.as_str().into(),
    ];
    Ok(change.execute(UNLINK, &params)? == 1)
}

/// The addresses of a person that a provider has verified.
pub(crate) fn verified(change: &mut Change<'_>, user: Id<User>) -> Result<Vec<String>, Error> {
    let rows = change.query(VERIFIED, &[change.realm_id().into(), user.into()])?;
    rows.into_iter().map(|mut row| Ok(row.take(0)?)).collect()
}

/// The same outside of a change.
pub(crate) async fn addresses(db: &Db, realm: RealmId, user: Id<User>) -> Result<Vec<String>, Error> {
    let rows = db.query(VERIFIED, &[realm.into(), user.into()]).await?;
    rows.into_iter().map(|mut row| Ok(row.take(0)?)).collect()
}

/// Those of some people of whom that holds.
pub(crate) async fn verified_among(db: &Db, realm: RealmId, people: &[User]) -> Result<HashSet<Id<User>>, Error> {
    let own = |person: &User| {
        let address = user::rules::own_address(person.attributes(), &person.external_ids)?;
        Some((person.id, user::rules::key(&address)))
    };
    let own: HashMap<Id<User>, String> = people.iter().filter_map(own).collect();
    let wanted: Vec<db::Value> = own.keys().map(Into::into).collect();
    let head = "SELECT user_id, verified_email FROM identity_links WHERE realm = ?1 AND verified_email IS NOT NULL AND user_id IN";
    let mut verified = HashSet::new();
    for (sql, params) in in_lists(head, &[realm.into()], &wanted) {
        for mut row in db.query(&sql, &params).await? {
            let (person, address): (Id<User>, String) = (row.take(0)?, row.take(1)?);
            if own.get(&person).is_some_and(|own| *own == user::rules::key(&address)) {
                verified.insert(person);
            }
        }
    }
    Ok(verified)
}

/// At which issuers some people have a name, in order; who has none is left out.
pub(crate) async fn issuers_among(
    db: &Db,
    realm: RealmId,
    people: &[Id<User>],
) -> Result<HashMap<Id<User>, Vec<String>>, Error> {
    let wanted: Vec<db::Value> = people.iter().map(Into::into).collect();
    let head = "SELECT user_id, issuer FROM identity_links WHERE realm = ?1 AND user_id IN";
    let mut found: HashMap<Id<User>, Vec<String>> = HashMap::new();
    for (sql, params) in in_lists(head, &[realm.into()], &wanted) {
        for mut row in db.query(&sql, &params).await? {
            let (person, issuer): (Id<User>, String) = (row.take(0)?, row.take(1)?);
            found.entry(person).or_default().push(issuer);
        }
    }
    for issuers in found.values_mut() {
        issuers.sort_unstable();
        issuers.dedup();
    }
    Ok(found)
}

/// Forgets all names of a person.
pub(crate) fn erase(change: &mut Change<'_>, user: Id<User>) -> Result<(), Error> {
    let realm = change.realm_id();
    change.later(ERASE, vec![realm.into(), user.into()])?;
    change.later(FORGET, vec![realm.into(), user.into()])
}
