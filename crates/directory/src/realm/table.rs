//! All SQL that names the table of realms.

use db::{Db, Row, statements};

use super::{Realm, RealmId, RealmSettings};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::{Error, Refusal};

statements! {
    BY_NAME = "SELECT realm, name, settings, version, created, modified FROM realms WHERE name = ?1";
    BY_ID = "SELECT realm, name, settings, version, created, modified FROM realms WHERE realm = ?1";
    HOLD = "SELECT settings FROM realms WHERE realm = ?1 /*pg: FOR UPDATE */";
    LIST = "SELECT realm, name, settings, version, created, modified FROM realms WHERE realm > ?1 ORDER BY realm LIMIT ?2";
    NEXT = "SELECT COALESCE(MAX(realm), 0) + 1 FROM realms";
    INSERT = "INSERT INTO realms (realm, name, settings, version, created, modified) VALUES (?1, ?2, ?3, 1, ?4, ?4) ON CONFLICT DO NOTHING";
    BY_HOST = "SELECT r.realm, r.name, r.settings, r.version, r.created, r.modified FROM realm_hosts h JOIN realms r ON r.realm = h.realm WHERE h.host = ?1";
    ADD_HOST = "INSERT INTO realm_hosts (host, realm) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    REMOVE_HOSTS = "DELETE FROM realm_hosts WHERE realm = ?1";
    UPDATE = "UPDATE realms SET settings = ?3, version = version + 1, modified = ?4 WHERE realm = ?1 AND version = ?2";
}

fn realm(row: &mut Row) -> Result<Realm, Error> {
    let settings: String = row.take(2)?;
    Ok(Realm {
        id: row.take(0)?,
        name: row.take(1)?,
        settings: read(&settings)?,
        version: row.take(3)?,
        created: Timestamp::from_millis(row.take(4)?),
        modified: Timestamp::from_millis(row.take(5)?),
    })
}

pub(crate) async fn by_name(db: &Db, name: &str) -> Result<Option<Realm>, Error> {
    let mut rows = db.query(BY_NAME, &[name.into()]).await?;
    rows.first_mut().map(realm).transpose()
}

pub(crate) async fn by_id(db: &Db, id: RealmId) -> Result<Option<Realm>, Error> {
    let mut rows = db.query(BY_ID, &[id.into()]).await?;
    rows.first_mut().map(realm).transpose()
}

pub(crate) async fn by_host(db: &Db, host: &str) -> Result<Option<Realm>, Error> {
    let mut rows = db.query(BY_HOST, &[host.into()]).await?;
    rows.first_mut().map(realm).transpose()
}

pub(crate) async fn list(db: &Db, after: i64, limit: i64) -> Result<Vec<Realm>, Error> {
    let rows = db.query(LIST, &[after.into(), limit.into()]).await?;
    rows.into_iter().map(|mut row| realm(&mut row)).collect()
}

pub(crate) fn load(change: &mut Change<'_>, name: &str) -> Result<Realm, Error> {
    match change.query_one(BY_NAME, &[name.into()])? {
        Some(mut row) => realm(&mut row),
        None => Err(Refusal::NotFound { what: "realm" }.into()),
    }
}

/// The realm at hand as it is now: what the change was begun with is remembered for a while.
pub(crate) fn read_own(change: &mut Change<'_>) -> Result<Realm, Error> {
    let name = change.realm().name.clone();
    load(change, &name)
}

/// The same, held until the end of the transaction.
pub(crate) fn hold_own(change: &mut Change<'_>) -> Result<Realm, Error> {
    hold(change)?;
    read_own(change)
}

/// The settings of the realm at hand, whose row is held: rules over its clients and tokens are applied one after the other.
pub(crate) fn hold(change: &mut Change<'_>) -> Result<RealmSettings, Error> {
    let row = change.query_one(HOLD, &[change.realm_id().into()])?;
    let settings: Option<String> = row.map(|mut row| row.take(0)).transpose()?;
    settings.map_or_else(|| Ok(RealmSettings::default()), |text| read(&text))
}

/// Adds a realm under the next free number.
pub(super) fn insert(change: &mut Change<'_>, name: &str, settings: &RealmSettings) -> Result<RealmId, Error> {
    loop {
        let next: i64 = change.query_one(NEXT, &[])?.map_or(Ok(1), |mut row| row.take(0))?;
        let params = [
            next.into(),
            name.into(),
            settings.stored_beside("{}").into(),
            change.now().millis().into(),
        ];
        if change.execute(INSERT, &params)? == 1 {
            set_hosts(change, RealmId(next), settings)?;
            return Ok(RealmId(next));
        }
        if change.query_one(BY_NAME, &[name.into()])?.is_some() {
            return Err(Refusal::Taken { attribute: "name" }.into());
        }
        // Another realm took the number meanwhile.
    }
}

/// What a newer version has set, and this one does not know, stays.
pub(crate) fn update(change: &mut Change<'_>, realm: &Realm, settings: &RealmSettings) -> Result<(), Error> {
    let row = change.query_one(HOLD, &[realm.id.into()])?;
    let stored: String = row.ok_or(Refusal::Changed)?.take(0)?;
    let params = [
        realm.id.into(),
        realm.version.into(),
        settings.stored_beside(&stored).into(),
        change.now().millis().into(),
    ];
    if change.execute(UPDATE, &params)? == 0 {
        return Err(Refusal::Changed.into());
    }
    if realm.settings.hosts == settings.hosts {
        return Ok(());
    }
    change.execute(REMOVE_HOSTS, &[realm.id.into()])?;
    set_hosts(change, realm.id, settings)
}

/// Every host name belongs to one realm.
fn set_hosts(change: &mut Change<'_>, realm: RealmId, settings: &RealmSettings) -> Result<(), Error> {
    let hosts: std::collections::BTreeSet<String> =
        settings.hosts.iter().filter_map(|host| super::host_key(host)).collect();
    for host in hosts {
        if change.execute(ADD_HOST, &[host.into(), realm.into()])? == 0 {
            return Err(Refusal::Taken { attribute: "hosts" }.into());
        }
    }
    Ok(())
}

fn read(settings: &str) -> Result<RealmSettings, Error> {
    RealmSettings::stored(settings).map_err(|_| Error::Fault {
        what: "the settings of a realm cannot be read",
    })
}
