//! All SQL that names the table of tokens.

use db::{Bound, Db, Row, statements};
use uuid::Uuid;

use super::uses::Use;
use super::{Origin, Token, TokenHash};
use crate::change::Change;
use crate::client::Client;
use crate::clock::Timestamp;
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::principal::Scopes;
use crate::realm::RealmId;
use crate::user::User;

statements! {
    BY_HASH = "SELECT id, client, user_id, name, description, scopes, origin, created_by, expires_at, revoked_at,
                      last_used_at, last_used_from
               FROM tokens WHERE realm = ?1 AND hash = ?2";
    BY_ID = "SELECT id, client, user_id, name, description, scopes, origin, created_by, expires_at, revoked_at,
                      last_used_at, last_used_from
             FROM tokens WHERE realm = ?1 AND id = ?2";
    LIST = "SELECT id, client, user_id, name, description, scopes, origin, created_by, expires_at, revoked_at,
                      last_used_at, last_used_from
            FROM tokens WHERE realm = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
    LIST_OF_CLIENT = "SELECT id, client, user_id, name, description, scopes, origin, created_by, expires_at, revoked_at,
                      last_used_at, last_used_from
            FROM tokens WHERE realm = ?1 AND client = ?2 AND id > ?3 ORDER BY id LIMIT ?4";
    VALID_WIRE = "SELECT id, client, user_id, name, description, scopes, origin, created_by, expires_at, revoked_at,
                      last_used_at, last_used_from
            FROM tokens WHERE realm = ?1 AND origin = 'wire' AND revoked_at IS NULL ORDER BY id LIMIT 1000";
    INSERT = "INSERT INTO tokens (realm, hash, id, client, user_id, name, description, scopes, origin, created_by, expires_at)
              VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    RENAME = "UPDATE tokens SET name = ?3 WHERE realm = ?1 AND id = ?2 AND revoked_at IS NULL";
    REVOKE = "UPDATE tokens SET revoked_at = ?3 WHERE realm = ?1 AND id = ?2 AND revoked_at IS NULL";
    /// Never back to an earlier use: several nodes write down what they saw.
    USED = "UPDATE tokens SET last_used_at = ?3, last_used_from = ?4 WHERE realm = ?1 AND id = ?2
            AND (last_used_at IS NULL OR last_used_at < ?3)";
    OF_CLIENT = "SELECT id FROM tokens WHERE realm = ?1 AND client = ?2 AND revoked_at IS NULL LIMIT 20000";
    OF_USER = "SELECT id FROM tokens WHERE realm = ?1 AND user_id = ?2 AND revoked_at IS NULL LIMIT 20000";
    BOUND = "SELECT t.id, t.name FROM tokens t JOIN clients c ON c.realm = t.realm AND c.id = t.client
             WHERE t.realm = ?1 AND c.realm = ?1 AND c.idp AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > ?2)
             ORDER BY t.id LIMIT 20";
    /// Of all realms, the first to end first.
    ENDING = "SELECT id, client, user_id, name, description, scopes, origin, created_by, expires_at, revoked_at,
                     last_used_at, last_used_from, realm
              FROM tokens WHERE expires_at > ?1 AND expires_at <= ?2 AND origin <> 'granted' AND revoked_at IS NULL
              ORDER BY expires_at LIMIT 1000";
    /// Ends that have come and that no event tells of yet: their jobs are still to run.
    UNTOLD_END = "SELECT 1 FROM jobs j JOIN tokens t ON t.realm = j.realm AND t.id = j.subject
                  JOIN clients c ON c.realm = t.realm AND c.id = t.client
                  WHERE j.realm = ?1 AND j.kind = 'expire_token' AND j.due_at <= ?2 AND j.subject <> ?3 AND t.revoked_at IS NULL AND NOT c.disabled
                  LIMIT 1";
    ROLES = "SELECT role FROM role_grants WHERE realm = ?1 AND user_id = ?2 ORDER BY role";
    /// Few have a role: the walk is over them alone, and ends at the limit.
    ADMINISTRATORS = "SELECT user_id FROM role_grants WHERE realm = ?1 AND role = 'realm-admin' ORDER BY user_id LIMIT 200";
    ADD_ROLE = "INSERT INTO role_grants (realm, user_id, role, granted_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
    REMOVE_ROLE = "DELETE FROM role_grants WHERE realm = ?1 AND user_id = ?2 AND role = ?3";
    REMOVE_ROLES = "DELETE FROM role_grants WHERE realm = ?1 AND user_id = ?2";
    PURGE = "DELETE FROM tokens WHERE expires_at IS NOT NULL AND expires_at <= (SELECT MAX(expires_at) FROM (
               SELECT expires_at FROM tokens WHERE expires_at IS NOT NULL AND expires_at < ?1 ORDER BY expires_at LIMIT ?2) AS oldest)";
}

fn from_row(row: &mut Row) -> Result<Token, db::Error> {
    let scopes: String = row.take(5)?;
    let origin: String = row.take(6)?;
    let expires_at: Option<i64> = row.take(8)?;
    let revoked_at: Option<i64> = row.take(9)?;
    let last_used_at: Option<i64> = row.take(10)?;
    Ok(Token {
        id: row.take(0)?,
        client: row.take(1)?,
        user: row.take::<Option<Uuid>>(2)?.map(Id::new),
        name: row.take(3)?,
        description: row.take(4)?,
        scopes: Scopes::parse(&scopes).unwrap_or_default(),
        origin: Origin::parse(&origin),
        created_by: row.take(7)?,
        expires_at: expires_at.map(Timestamp::from_millis),
        revoked_at: revoked_at.map(Timestamp::from_millis),
        last_used_at: last_used_at.map(Timestamp::from_millis),
        last_used_from: row.take(11)?,
    })
}

fn all(rows: Vec<Row>) -> Result<Vec<Token>, Error> {
    rows.into_iter().map(|mut row| Ok(from_row(&mut row)?)).collect()
}

pub(super) async fn by_hash(db: &Db, realm: RealmId, hash: &TokenHash) -> Result<Option<Token>, Error> {
    Ok(all(db.query(BY_HASH, &[realm.into(), hash.bytes().to_vec().into()]).await?)?.pop())
}

pub(crate) async fn by_id(db: &Db, realm: RealmId, id: Id<Token>) -> Result<Option<Token>, Error> {
    Ok(all(db.query(BY_ID, &[realm.into(), id.into()]).await?)?.pop())
}

pub(crate) async fn list(db: &Db, realm: RealmId, after: Id<Token>, limit: i64) -> Result<Vec<Token>, Error> {
    all(db.query(LIST, &[realm.into(), after.into(), limit.into()]).await?)
}

pub(crate) async fn list_of_client(
    db: &Db,
    realm: RealmId,
    client: Id<Client>,
    after: Id<Token>,
    limit: i64,
) -> Result<Vec<Token>, Error> {
    all(db
        .query(
            LIST_OF_CLIENT,
            &[realm.into(), client.into(), after.into(), limit.into()],
        )
        .await?)
}

pub(super) async fn ending(db: &Db, after: Timestamp, until: Timestamp) -> Result<Vec<(RealmId, Token)>, Error> {
    let rows = db
        .query(ENDING, &[after.millis().into(), until.millis().into()])
        .await?;
    let each = |mut row: Row| Ok((row.take(12)?, from_row(&mut row)?));
    rows.into_iter().map(each).collect()
}

pub(crate) async fn valid_wire(db: &Db, realm: RealmId) -> Result<Vec<Token>, Error> {
    all(db.query(VALID_WIRE, &[realm.into()]).await?)
}

pub(super) fn count_wire(change: &mut Change<'_>) -> Result<usize, Error> {
    let now = change.now();
    Ok(all(change.query(VALID_WIRE, &[change.realm_id().into()])?)?
        .iter()
        .filter(|token| token.is_valid(now))
        .count())
}

/// The first valid tokens, with their names, of clients that are bound to the realm's provider.
pub(crate) fn bound(change: &mut Change<'_>) -> Result<Vec<(Id<Token>, String)>, Error> {
    let rows = change.query(BOUND, &[change.realm_id().into(), change.now().millis().into()])?;
    rows.into_iter()
        .map(|mut row| Ok((row.take(0)?, row.take(1)?)))
        .collect()
}

/// Whether the end of a token with `scim:write` has come, other than `but`, of which no event tells yet.
pub(super) fn any_untold_end(change: &mut Change<'_>, but: Option<Id<Token>>) -> Result<bool, Error> {
    let but = but.map_or(Uuid::nil(), Id::uuid);
    let params = [change.realm_id().into(), change.now().millis().into(), but.into()];
    Ok(change.query_one(UNTOLD_END, &params)?.is_some())
}

pub(super) fn load(change: &mut Change<'_>, id: Id<Token>) -> Result<Token, Error> {
    all(change.query(BY_ID, &[change.realm_id().into(), id.into()])?)?
        .pop()
        .ok_or_else(|| Refusal::NotFound { what: "token" }.into())
}

pub(super) fn insert(change: &mut Change<'_>, token: &Token, hash: &TokenHash) -> Result<(), Error> {
    let realm = change.realm_id();
    change.later(
        INSERT,
        vec![
            realm.into(),
            hash.bytes().to_vec().into(),
            token.id.into(),
            token.client.into(),
            token.user.map(Id::uuid).into(),
            token.name.as_str().into(),
            token.description.as_str().into(),
            token.scopes.to_string().into(),
            token.origin.name().into(),
            token.created_by.as_str().into(),
            token.expires_at.map(Timestamp::millis).into(),
        ],
    )
}

pub(super) fn rename(change: &mut Change<'_>, id: Id<Token>, name: &str) -> Result<bool, Error> {
    let params = [change.realm_id().into(), id.into(), name.into()];
    Ok(change.execute(RENAME, &params)? == 1)
}

pub(super) fn revoke(change: &mut Change<'_>, id: Id<Token>) -> Result<bool, Error> {
    let params = [change.realm_id().into(), id.into(), change.now().millis().into()];
    Ok(change.execute(REVOKE, &params)? == 1)
}

/// Writes down when tokens were used. Nothing else is changed, and nobody is told.
pub(super) async fn used(db: &Db, uses: Vec<(RealmId, Id<Token>, Use)>) -> Result<(), Error> {
    db.write(move |tx| -> Result<(), Error> {
        for (realm, id, used) in &uses {
            let params = [
                (*realm).into(),
                (*id).into(),
                used.at.millis().into(),
                used.from.map(|address| address.to_string()).into(),
            ];
            tx.execute(USED, &params)?;
        }
        Ok(())
    })
    .await
}

pub(super) fn of_client(change: &mut Change<'_>, client: Id<Client>) -> Result<Vec<Id<Token>>, Error> {
    let rows = change.query(OF_CLIENT, &[change.realm_id().into(), client.into()])?;
    rows.into_iter().map(|mut row| Ok(row.take(0)?)).collect()
}

pub(super) fn of_user(change: &mut Change<'_>, user: Id<User>) -> Result<Vec<Id<Token>>, Error> {
    let (sql, params) = read_of_user(change.realm_id(), user);
    let rows = change.query(&sql, &params)?;
    rows.into_iter().map(|mut row| Ok(row.take(0)?)).collect()
}

/// What [`of_user`] reads.
pub(crate) fn read_of_user(realm: RealmId, user: Id<User>) -> Bound {
    (OF_USER.into(), vec![realm.into(), user.into()])
}

pub(crate) async fn roles(db: &Db, realm: RealmId, user: Id<User>) -> Result<Vec<crate::principal::Role>, Error> {
    let rows = db.query(ROLES, &[realm.into(), user.into()]).await?;
    let mut roles = Vec::new();
    for mut row in rows {
        let role: String = row.take(0)?;
        roles.extend(crate::principal::Role::parse(&role));
    }
    Ok(roles)
}

/// The first people who have the role `realm-admin`.
pub(super) fn administrators(change: &mut Change<'_>) -> Result<Vec<Id<User>>, Error> {
    let rows = change.query(ADMINISTRATORS, &[change.realm_id().into()])?;
    rows.into_iter().map(|mut row| Ok(row.take(0)?)).collect()
}

pub(crate) fn add_role(change: &mut Change<'_>, user: Id<User>, role: &str) -> Result<bool, Error> {
    let params = [
        change.realm_id().into(),
        user.into(),
        role.into(),
        change.now().millis().into(),
    ];
    Ok(change.execute(ADD_ROLE, &params)? == 1)
}

pub(crate) fn remove_role(change: &mut Change<'_>, user: Id<User>, role: &str) -> Result<bool, Error> {
    Ok(change.execute(REMOVE_ROLE, &[change.realm_id().into(), user.into(), role.into()])? == 1)
}

pub(crate) fn remove_roles(change: &mut Change<'_>, user: Id<User>) -> Result<(), Error> {
    let realm = change.realm_id();
    change.later(REMOVE_ROLES, vec![realm.into(), user.into()])
}

/// Forgets some of the tokens that expired before an instant, of all realms; returns how many.
pub(crate) fn purge(change: &mut Change<'_>, expired_before: Timestamp, limit: i64) -> Result<u64, Error> {
    let params = [expired_before.millis().into(), limit.into()];
    change.keep_book(PURGE, &params)
}
