//! All SQL that names the table of clients.

use db::{Db, Row, Tx, statements};

use super::{Client, InviteMode, Policy, Profile};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::principal::Scopes;
use crate::realm::RealmId;

statements! {
    BY_ID = "SELECT id, version, modified, name, profile, scopes, invite, idp, pending_active, policy, space, secret_hash IS NOT NULL, disabled, settings
             FROM clients WHERE realm = ?1 AND id = ?2";
    BY_NAME = "SELECT id, version, modified, name, profile, scopes, invite, idp, pending_active, policy, space, secret_hash IS NOT NULL, disabled, settings
             FROM clients WHERE realm = ?1 AND name_key = ?2";
    LIST = "SELECT id, version, modified, name, profile, scopes, invite, idp, pending_active, policy, space, secret_hash IS NOT NULL, disabled, settings
             FROM clients WHERE realm = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
    SECRETS = "SELECT secret_hash, previous_secret_hash, previous_secret_until FROM clients WHERE realm = ?1 AND id = ?2 AND NOT disabled";
    INSERT = "INSERT INTO clients (realm, id, version, modified, name, name_key, profile, scopes, invite, idp, pending_active, policy, settings,
                space, secret_hash, disabled)
              VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?14, ?12, ?13, FALSE) ON CONFLICT (realm, name_key) DO NOTHING";
    UPDATE = "UPDATE clients SET version = version + 1, modified = ?4, name = ?5, name_key = ?6, profile = ?7, scopes = ?8, invite = ?9, idp = ?10,
                pending_active = ?11, policy = ?12, disabled = ?13, settings = ?14
              WHERE realm = ?1 AND id = ?2 AND version = ?3
                AND NOT EXISTS (SELECT 1 FROM clients o WHERE o.realm = ?1 AND o.name_key = ?6 AND o.id <> ?2)";
    ROTATE = "UPDATE clients SET version = version + 1, modified = ?4, previous_secret_hash = secret_hash, previous_secret_until = ?6, secret_hash = ?5
              WHERE realm = ?1 AND id = ?2 AND version = ?3";
    LOCK = "UPDATE clients SET disabled = disabled WHERE realm = ?1 AND id = ?2";
    DELETE = "DELETE FROM clients WHERE realm = ?1 AND id = ?2 AND version = ?3";
    WRITERS = "SELECT c.scopes FROM clients c WHERE c.realm = ?1 AND NOT c.disabled AND c.secret_hash IS NOT NULL
               UNION SELECT t.scopes FROM tokens t JOIN clients c ON c.realm = t.realm AND c.id = t.client
                 WHERE t.realm = ?1 AND t.origin <> 'granted' AND NOT c.disabled AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > ?2)";
}

pub(crate) fn from_row(row: &mut Row) -> Result<Client, db::Error> {
    let profile: String = row.take(4)?;
    let scopes: String = row.take(5)?;
    let invite: String = row.take(6)?;
    let policy: Option<String> = row.take(9)?;
    let settings: String = row.take(13)?;
    Ok(Client {
        id: row.take(0)?,
        version: row.take(1)?,
        modified: Timestamp::from_millis(row.take(2)?),
        name: row.take(3)?,
        profile: Profile::parse(&profile).unwrap_or_default(),
        scopes: Scopes::parse(&scopes).unwrap_or_default(),
        invite: InviteMode::parse(&invite).unwrap_or_default(),
        idp: row.take(7)?,
        pending_active: row.take(8)?,
        policy: policy.map(|text| serde_json::from_str(&text).unwrap_or_else(|_| Policy::nothing())),
        space: row.take(10)?,
        has_secret: row.take(11)?,
        disabled: row.take(12)?,
        settings: serde_json::from_str(&settings).unwrap_or_default(),
    })
}

fn first(rows: Vec<Row>) -> Result<Option<Client>, Error> {
    Ok(rows.into_iter().next().map(|mut row| from_row(&mut row)).transpose()?)
}

pub(crate) async fn by_id(db: &Db, realm: RealmId, id: Id<Client>) -> Result<Option<Client>, Error> {
    first(db.query(BY_ID, &[realm.into(), id.into()]).await?)
}

pub(crate) async fn by_name(db: &Db, realm: RealmId, name: &str) -> Result<Option<Client>, Error> {
    first(
        db.query(BY_NAME, &[realm.into(), crate::user::rules::key(name).into()])
            .await?,
    )
}

pub(crate) async fn list(db: &Db, realm: RealmId, after: Id<Client>, limit: i64) -> Result<Vec<Client>, Error> {
    let rows = db.query(LIST, &[realm.into(), after.into(), limit.into()]).await?;
    rows.into_iter().map(|mut row| Ok(from_row(&mut row)?)).collect()
}

/// The hashes of the secrets that are valid at that instant.
pub(crate) async fn secrets(db: &Db, realm: RealmId, id: Id<Client>, now: Timestamp) -> Result<Vec<Vec<u8>>, Error> {
    let mut rows = db.query(SECRETS, &[realm.into(), id.into()]).await?;
    let Some(row) = rows.first_mut() else {
        return Ok(Vec::new());
    };
    let (current, previous, until): (Option<Vec<u8>>, Option<Vec<u8>>, Option<i64>) =
        (row.take(0)?, row.take(1)?, row.take(2)?);
    let previous = previous.filter(|_| until.is_some_and(|until| until > now.millis()));
    Ok(current.into_iter().chain(previous).collect())
}

pub(crate) fn load(change: &mut Change<'_>, id: Id<Client>) -> Result<Client, Error> {
    first(change.query(BY_ID, &[change.realm_id().into(), id.into()])?)?
        .ok_or_else(|| Refusal::NotFound { what: "client" }.into())
}

pub(crate) fn named(change: &mut Change<'_>, name: &str) -> Result<Option<Client>, Error> {
    first(change.query(
        BY_NAME,
        &[change.realm_id().into(), crate::user::rules::key(name).into()],
    )?)
}

pub(super) fn insert(change: &mut Change<'_>, client: &Client, secret_hash: Option<&[u8]>) -> Result<(), Error> {
    let params = [
        change.realm_id().into(),
        client.id.into(),
        change.now().millis().into(),
        client.name.as_str().into(),
        crate::user::rules::key(&client.name).into(),
        client.profile.name().into(),
        client.scopes.to_string().into(),
        client.invite.name().into(),
        client.idp.into(),
        client.pending_active.into(),
        policy_text(client).into(),
        client.space.into(),
        secret_hash.map(<[u8]>::to_vec).into(),
        settings_text(client).into(),
    ];
    match change.execute(INSERT, &params)? {
        1 => Ok(()),
        _ => Err(Refusal::Taken { attribute: "name" }.into()),
    }
}

pub(super) fn update(change: &mut Change<'_>, client: &Client) -> Result<(), Error> {
    let key = crate::user::rules::key(&client.name);
    let params = [
        change.realm_id().into(),
        client.id.into(),
        client.version.into(),
        change.now().millis().into(),
        client.name.as_str().into(),
        key.as_str().into(),
        client.profile.name().into(),
        client.scopes.to_string().into(),
        client.invite.name().into(),
        client.idp.into(),
        client.pending_active.into(),
        policy_text(client).into(),
        client.disabled.into(),
        settings_text(client).into(),
    ];
    if change.execute(UPDATE, &params)? == 1 {
        return Ok(());
    }
    let holder = named(change, &client.name)?;
    Err(if holder.is_some_and(|holder| holder.id != client.id) {
        Refusal::Taken { attribute: "name" }
    } else {
        Refusal::Changed
    }
    .into())
}

pub(super) fn rotate(
    change: &mut Change<'_>,
    client: &Client,
    hash: &[u8],
    previous_until: Timestamp,
) -> Result<(), Error> {
    let params = [
        change.realm_id().into(),
        client.id.into(),
        client.version.into(),
        change.now().millis().into(),
        hash.to_vec().into(),
        previous_until.millis().into(),
    ];
    match change.execute(ROTATE, &params)? {
        1 => Ok(()),
        _ => Err(Refusal::Changed.into()),
    }
}

pub(super) fn delete(change: &mut Change<'_>, client: &Client) -> Result<(), Error> {
    match change.execute(
        DELETE,
        &[change.realm_id().into(), client.id.into(), client.version.into()],
    )? {
        1 => Ok(()),
        _ => Err(Refusal::Changed.into()),
    }
}

/// Locks a client's row for the rest of the transaction; false when it is gone.
pub(super) fn lock(tx: &mut Tx<'_>, realm: RealmId, id: Id<Client>) -> Result<bool, Error> {
    Ok(tx.execute(LOCK, &[realm.into(), id.into()])? == 1)
}

/// Whether any client with a valid secret or token may write by SCIM: Wire's switch for accounts made at sign-in.
pub(crate) fn any_scim_writer(change: &mut Change<'_>) -> Result<bool, Error> {
    provisions(change.query(WRITERS, &[change.realm_id().into(), change.now().millis().into()])?)
}

/// The same, without a transaction.
pub(crate) async fn has_scim_writer(db: &Db, realm: RealmId, now: Timestamp) -> Result<bool, Error> {
    provisions(db.query(WRITERS, &[realm.into(), now.millis().into()]).await?)
}

fn provisions(writers: Vec<Row>) -> Result<bool, Error> {
    for mut row in writers {
        let scopes: String = row.take(0)?;
        // `admin` grants this scope too, but who administers does not provision by that.
        let provisions = |scopes: Scopes| scopes.iter().any(|scope| scope == crate::principal::Scope::ScimWrite);
        if Scopes::parse(&scopes).is_ok_and(provisions) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn policy_text(client: &Client) -> Option<String> {
    client
        .policy
        .as_ref()
        .and_then(|policy| serde_json::to_string(policy).ok())
}

fn settings_text(client: &Client) -> String {
    serde_json::to_string(&client.settings).unwrap_or_else(|_| "{}".into())
}
