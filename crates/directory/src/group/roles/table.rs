//! All SQL that names roles of groups and who has them.

use db::{Db, Row, statements};

use super::super::Group;
use super::GroupRole;
use crate::change::Change;
use crate::error::Error;
use crate::id::Id;
use crate::membership::Membership;
use crate::realm::RealmId;

statements! {
    OF_GROUP = "SELECT r.id, r.name, r.version FROM group_roles r WHERE r.realm = ?1 AND r.group_id = ?2 ORDER BY r.name LIMIT ?3";
    BY_ID = "SELECT r.id, r.name, r.version FROM group_roles r WHERE r.realm = ?1 AND r.group_id = ?2 AND r.id = ?3";
    BY_NAME = "SELECT r.id, r.name, r.version FROM group_roles r WHERE r.realm = ?1 AND r.group_id = ?2 AND r.name = ?3";
    INSERT = "INSERT INTO group_roles (realm, group_id, id, name, version) VALUES (?1, ?2, ?3, ?4, 1) ON CONFLICT DO NOTHING";
    RENAME = "UPDATE group_roles SET name = ?4, version = version + 1 WHERE realm = ?1 AND group_id = ?2 AND id = ?3 AND version = ?5
              AND NOT EXISTS (SELECT 1 FROM group_roles o WHERE o.realm = ?1 AND o.group_id = ?2 AND o.name = ?4 AND o.id <> ?3)";
    DELETE = "DELETE FROM group_roles WHERE realm = ?1 AND group_id = ?2 AND id = ?3";
    DELETE_ALL = "DELETE FROM group_roles WHERE realm = ?1 AND group_id = ?2";
    HOLDERS = "SELECT h.membership FROM membership_roles h WHERE h.realm = ?1 AND h.role = ?2 ORDER BY h.membership LIMIT ?3";
    COUNT = "SELECT COUNT(*) FROM (SELECT 1 FROM membership_roles h WHERE h.realm = ?1 AND h.role = ?2 ORDER BY h.membership LIMIT ?3) AS counted";
    IN_FORCE = "SELECT 1 FROM membership_roles h JOIN memberships m ON m.realm = ?1 AND m.id = h.membership AND m.listed_key IS NOT NULL
                WHERE h.realm = ?1 AND h.role = ?2 AND m.status IN ('enabled', 'pending', 'suspended') LIMIT 1";
    GIVE = "INSERT INTO membership_roles (realm, membership, role) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    TAKE = "DELETE FROM membership_roles WHERE realm = ?1 AND membership = ?2 AND role = ?3";
}

fn from_row(row: &mut Row) -> Result<GroupRole, db::Error> {
    Ok(GroupRole {
        id: row.take(0)?,
        name: row.take(1)?,
        version: row.take(2)?,
    })
}

fn all(rows: Vec<Row>) -> Result<Vec<GroupRole>, Error> {
    rows.into_iter().map(|mut row| Ok(from_row(&mut row)?)).collect()
}

pub(crate) fn of_group(change: &mut Change<'_>, group: Id<Group>) -> Result<Vec<GroupRole>, Error> {
    let limit = super::MAX_ROLES as i64;
    all(change.query(OF_GROUP, &[change.realm_id().into(), group.into(), limit.into()])?)
}

pub(crate) async fn all_of_group(db: &Db, realm: RealmId, group: Id<Group>) -> Result<Vec<GroupRole>, Error> {
    let limit = super::MAX_ROLES as i64;
    all(db.query(OF_GROUP, &[realm.into(), group.into(), limit.into()]).await?)
}

pub(crate) fn by_id(change: &mut Change<'_>, group: Id<Group>, id: Id<GroupRole>) -> Result<Option<GroupRole>, Error> {
    let row = change.query_one(BY_ID, &[change.realm_id().into(), group.into(), id.into()])?;
    Ok(row.map(|mut row| from_row(&mut row)).transpose()?)
}

pub(crate) fn by_name(change: &mut Change<'_>, group: Id<Group>, name: &str) -> Result<Option<GroupRole>, Error> {
    let row = change.query_one(BY_NAME, &[change.realm_id().into(), group.into(), name.into()])?;
    Ok(row.map(|mut row| from_row(&mut row)).transpose()?)
}

/// Adds a role; false when the group has one of that name.
pub(crate) fn insert(change: &mut Change<'_>, group: Id<Group>, role: &GroupRole) -> Result<bool, Error> {
    let params = [
        change.realm_id().into(),
        group.into(),
        role.id.into(),
        role.name.as_str().into(),
    ];
    Ok(change.execute(INSERT, &params)? == 1)
}

/// Gives a role, as it was read, another name; false when it is another one by now, or when the group has another one of that
/// name.
pub(super) fn rename(change: &mut Change<'_>, group: Id<Group>, role: &GroupRole, name: &str) -> Result<bool, Error> {
    let params = [
        change.realm_id().into(),
        group.into(),
        role.id.into(),
        name.into(),
        role.version.into(),
    ];
    Ok(change.execute(RENAME, &params)? == 1)
}

pub(super) fn delete(change: &mut Change<'_>, group: Id<Group>, role: &GroupRole) -> Result<bool, Error> {
    Ok(change.execute(DELETE, &[change.realm_id().into(), group.into(), role.id.into()])? == 1)
}

/// Removes the roles of a group that is gone.
pub(crate) fn delete_all(change: &mut Change<'_>, group: Id<Group>) -> Result<(), Error> {
    let realm = change.realm_id();
    change.later(DELETE_ALL, vec![realm.into(), group.into()])
}

/// Some of the memberships that hold a role.
pub(super) fn holders(change: &mut Change<'_>, role: Id<GroupRole>, limit: i64) -> Result<Vec<Id<Membership>>, Error> {
    let rows = change.query(HOLDERS, &[change.realm_id().into(), role.into(), limit.into()])?;
    rows.into_iter().map(|mut row| Ok(row.take(0)?)).collect()
}

/// How many memberships hold a role, counted up to a limit.
pub(super) fn count_holders(change: &mut Change<'_>, role: Id<GroupRole>, limit: i64) -> Result<i64, Error> {
    let row = change.query_one(COUNT, &[change.realm_id().into(), role.into(), limit.into()])?;
    Ok(row.map_or(Ok(0), |mut row| row.take(0))?)
}

/// Whether anybody holds a role by a membership that has not ended.
pub(super) fn is_held_in_force(change: &mut Change<'_>, role: Id<GroupRole>) -> Result<bool, Error> {
    let params = [change.realm_id().into(), role.into()];
    Ok(change.query_one(IN_FORCE, &params)?.is_some())
}

/// Gives a role; false where it was there.
pub(super) fn give(change: &mut Change<'_>, to: Id<Membership>, role: Id<GroupRole>) -> Result<bool, Error> {
    Ok(change.execute(GIVE, &[change.realm_id().into(), to.into(), role.into()])? == 1)
}

pub(super) fn take(change: &mut Change<'_>, from: Id<Membership>, role: Id<GroupRole>) -> Result<(), Error> {
    change.execute(TAKE, &[change.realm_id().into(), from.into(), role.into()])?;
    Ok(())
}
