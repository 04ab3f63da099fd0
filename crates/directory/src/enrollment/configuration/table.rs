//! All SQL that names the table of ways to join.

use db::{Db, Row, Value, statements};

use super::super::rule::Level;
use super::{Configuration, Contract};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::{Error, Refusal};
use crate::group::Group;
use crate::id::Id;
use crate::lists::in_lists;
use crate::realm::RealmId;

statements! {
    BY_ID = "SELECT id, group_id, version, modified, name, active, visible, terms, body
             FROM enrollment_configurations WHERE realm = ?1 AND id = ?2 AND NOT removed";
    OF_GROUP = "SELECT id, group_id, version, modified, name, active, visible, terms, body
             FROM enrollment_configurations WHERE realm = ?1 AND group_id = ?2 AND NOT removed ORDER BY id LIMIT 1000";
    /// Of all groups, in slices; with what is above the group.
    AFTER = "SELECT c.id, c.group_id, c.version, c.modified, c.name, c.active, c.visible, c.terms, c.body, g.parent
             FROM enrollment_configurations c JOIN groups g ON g.realm = c.realm AND g.id = c.group_id
             WHERE c.realm = ?1 AND (c.group_id, c.id) > (?2, ?3) AND NOT c.removed ORDER BY c.group_id, c.id LIMIT ?4";
    INSERT = "INSERT INTO enrollment_configurations (realm, group_id, id, version, modified, name, active, visible, terms, removed, body)
             VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6, ?7, ?8, FALSE, ?9)";
    UPDATE = "UPDATE enrollment_configurations SET version = version + 1, modified = ?5, name = ?6, active = ?7, visible = ?8, terms = ?9, body = ?10
             WHERE realm = ?1 AND group_id = ?2 AND id = ?3 AND version = ?4";
    REMOVE = "UPDATE enrollment_configurations SET version = version + 1, modified = ?5, removed = TRUE
             WHERE realm = ?1 AND group_id = ?2 AND id = ?3 AND version = ?4 AND NOT removed";
    REMOVE_ALL = "UPDATE enrollment_configurations SET version = version + 1, modified = ?3, removed = TRUE
             WHERE realm = ?1 AND group_id = ?2 AND NOT removed";
    FORGET = "DELETE FROM enrollment_configurations WHERE realm = ?1 AND id = ?2 AND removed";
    /// Somebody may still answer an invitation to join by it.
    IS_OFFERED = "SELECT 1 FROM invitations WHERE realm = ?1 AND group_id = ?2 AND group_id IS NOT NULL AND configuration = ?3 AND open LIMIT 1";
    HAS_PEOPLE = "SELECT 1 FROM groups WHERE realm = ?1 AND id = ?2 AND enabled_members > 0";
}

fn from_row(row: &mut Row) -> Result<Configuration, db::Error> {
    let body: String = row.take(8)?;
    Ok(Configuration {
        id: row.take(0)?,
        group: row.take(1)?,
        version: row.take(2)?,
        modified: Timestamp::from_millis(row.take(3)?),
        name: row.take(4)?,
        active: row.take(5)?,
        visible: row.take(6)?,
        terms: row.take(7)?,
        contract: Contract::from_column(&body),
    })
}

fn all(rows: Vec<Row>) -> Result<Vec<Configuration>, Error> {
    rows.into_iter().map(|mut row| Ok(from_row(&mut row)?)).collect()
}

/// A way to join, of whichever group.
pub(crate) fn by_id(change: &mut Change<'_>, id: Id<Configuration>) -> Result<Option<Configuration>, Error> {
    Ok(all(change.query(BY_ID, &[change.realm_id().into(), id.into()])?)?.pop())
}

/// A way to join a group; none when it is another group's.
pub(crate) fn of_this_group(
    change: &mut Change<'_>,
    group: Id<Group>,
    id: Id<Configuration>,
) -> Result<Option<Configuration>, Error> {
    Ok(by_id(change, id)?.filter(|configuration| configuration.group == group))
}

pub(crate) fn of_group(change: &mut Change<'_>, group: Id<Group>) -> Result<Vec<Configuration>, Error> {
    all(change.query(OF_GROUP, &[change.realm_id().into(), group.into()])?)
}

pub(crate) async fn read(db: &Db, realm: RealmId, id: Id<Configuration>) -> Result<Option<Configuration>, Error> {
    Ok(all(db.query(BY_ID, &[realm.into(), id.into()]).await?)?.pop())
}

pub(crate) async fn read_of_group(db: &Db, realm: RealmId, group: Id<Group>) -> Result<Vec<Configuration>, Error> {
    all(db.query(OF_GROUP, &[realm.into(), group.into()]).await?)
}

/// Those of all groups after one of them, each with whether its group is below another one.
pub(in crate::enrollment) async fn after(
    db: &Db,
    realm: RealmId,
    (group, id): (Id<Group>, Id<Configuration>),
    limit: i64,
) -> Result<Vec<(Configuration, Level)>, Error> {
    let rows = db
        .query(AFTER, &[realm.into(), group.into(), id.into(), limit.into()])
        .await?;
    let one = |mut row: Row| {
        let parent: Option<uuid::Uuid> = row.take(9)?;
        Ok((from_row(&mut row)?, Level::of(parent)))
    };
    rows.into_iter().map(one).collect()
}

/// Those of these that are there, or are being removed.
pub(crate) async fn many(db: &Db, realm: RealmId, ids: &[Id<Configuration>]) -> Result<Vec<Configuration>, Error> {
    let wanted: Vec<Value> = ids.iter().map(Value::from).collect();
    let head = "SELECT id, group_id, version, modified, name, active, visible, terms, body
                FROM enrollment_configurations WHERE realm = ?1 AND id IN";
    let mut found = Vec::with_capacity(ids.len());
    for (sql, params) in in_lists(head, &[realm.into()], &wanted) {
        found.append(&mut all(db.query(&sql, &params).await?)?);
    }
    Ok(found)
}

pub(in crate::enrollment) fn insert(change: &mut Change<'_>, of: &Configuration) -> Result<(), Error> {
    let params = vec![
        change.realm_id().into(),
        of.group.into(),
        of.id.into(),
        of.modified.millis().into(),
        of.name.as_str().into(),
        of.active.into(),
        of.visible.into(),
        of.terms.map(Id::uuid).into(),
        of.contract.to_column().into(),
    ];
    change.later(INSERT, params)
}

/// Replaces a way to join that was read in that version.
pub(in crate::enrollment) fn update(change: &mut Change<'_>, after: &mut Configuration) -> Result<(), Error> {
    after.modified = change.now();
    let params = [
        change.realm_id().into(),
        after.group.into(),
        after.id.into(),
        after.version.into(),
        after.modified.millis().into(),
        after.name.as_str().into(),
        after.active.into(),
        after.visible.into(),
        after.terms.map(Id::uuid).into(),
        after.contract.to_column().into(),
    ];
    if change.execute(UPDATE, &params)? == 0 {
        return Err(Refusal::Changed.into());
    }
    after.version += 1;
    Ok(())
}

/// Hides it from everybody; what hangs on it goes in slices.
pub(in crate::enrollment) fn remove(change: &mut Change<'_>, of: &Configuration) -> Result<(), Error> {
    let params = [
        change.realm_id().into(),
        of.group.into(),
        of.id.into(),
        of.version.into(),
        change.now().millis().into(),
    ];
    if change.execute(REMOVE, &params)? == 0 {
        return Err(Refusal::Changed.into());
    }
    Ok(())
}

/// Hides those of a group that is deleted.
pub(in crate::enrollment) fn remove_all(change: &mut Change<'_>, group: Id<Group>) -> Result<(), Error> {
    let params = vec![change.realm_id().into(), group.into(), change.now().millis().into()];
    change.later(REMOVE_ALL, params)
}

/// The end of one whose requests are gone.
pub(in crate::enrollment) fn forget(change: &mut Change<'_>, id: Id<Configuration>) -> Result<(), Error> {
    let params = [change.realm_id().into(), id.into()];
    change.keep_book(FORGET, &params)?;
    Ok(())
}

/// Whether somebody may still answer an invitation to join by it.
pub(in crate::enrollment) fn is_offered(change: &mut Change<'_>, of: &Configuration) -> Result<bool, Error> {
    let params = [change.realm_id().into(), of.group.into(), of.id.into()];
    Ok(change.query_one(IS_OFFERED, &params)?.is_some())
}

/// Whether anybody is in a group.
pub(in crate::enrollment) fn has_people(change: &mut Change<'_>, group: Id<Group>) -> Result<bool, Error> {
    let params = [change.realm_id().into(), group.into()];
    Ok(change.query_one(HAS_PEOPLE, &params)?.is_some())
}
