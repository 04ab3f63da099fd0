//! All SQL that names the tables of eligibilities.

use std::collections::HashMap;

use db::{Bound, Db, Row, Value, statements};
use uuid::Uuid;

use super::Eligibility;
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::group::{Group, GroupRole};
use crate::id::Id;
use crate::lists::in_lists;
use crate::realm::RealmId;
use crate::user::User;

statements! {
    INSERT = "INSERT INTO eligibilities (realm, group_id, user_id, id, hours, valid_until, justified, entitled, granted_by, granted_at)
              VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING";
    GIVE_ROLE = "INSERT INTO eligibility_roles (realm, eligibility, role, group_id) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
    TAKE_ROLE = "DELETE FROM eligibility_roles WHERE realm = ?1 AND eligibility = ?2 AND role = ?3";
    DELETE = "DELETE FROM eligibilities WHERE realm = ?1 AND group_id = ?2 AND user_id = ?3";
    DELETE_ROLES = "DELETE FROM eligibility_roles WHERE realm = ?1 AND eligibility = ?2";
    DELETE_ON = "DELETE FROM eligibilities WHERE realm = ?1 AND group_id = ?2";
    DELETE_ROLES_ON = "DELETE FROM eligibility_roles WHERE realm = ?1
                         AND eligibility IN (SELECT e.id FROM eligibilities e WHERE e.realm = ?1 AND e.group_id = ?2)";
    ONE = "SELECT e.id, e.group_id, e.user_id, e.hours, e.valid_until, e.justified, e.entitled, e.granted_by, e.granted_at
           FROM eligibilities e WHERE e.realm = ?1 AND e.group_id = ?2 AND e.user_id = ?3";
    BY_ID = "SELECT e.id, e.group_id, e.user_id, e.hours, e.valid_until, e.justified, e.entitled, e.granted_by, e.granted_at
           FROM eligibilities e WHERE e.realm = ?1 AND e.id = ?2";
    OF_GROUP = "SELECT e.id, e.group_id, e.user_id, e.hours, e.valid_until, e.justified, e.entitled, e.granted_by, e.granted_at
           FROM eligibilities e WHERE e.realm = ?1 AND e.group_id = ?2 AND e.user_id > ?3 ORDER BY e.user_id LIMIT ?4";
    OF_USER = "SELECT e.id, e.group_id, e.user_id, e.hours, e.valid_until, e.justified, e.entitled, e.granted_by, e.granted_at
           FROM eligibilities e WHERE e.realm = ?1 AND e.user_id = ?2 AND e.group_id > ?3 ORDER BY e.group_id LIMIT ?4";
    COUNT_ON = "SELECT COUNT(*) FROM (SELECT 1 FROM eligibilities e WHERE e.realm = ?1 AND e.group_id = ?2 LIMIT ?3) AS counted";
    COUNT_OF = "SELECT COUNT(*) FROM (SELECT 1 FROM eligibilities e WHERE e.realm = ?1 AND e.user_id = ?2 LIMIT ?3) AS counted";
    WITH_ROLE = "SELECT r.eligibility FROM eligibility_roles r WHERE r.realm = ?1 AND r.role = ?2 ORDER BY r.eligibility LIMIT ?3";
    /// By the names that the roles have now: one that was deleted is none of them.
    ROLES = "SELECT r.id, r.name, r.version FROM eligibility_roles h CROSS JOIN group_roles r
             WHERE h.realm = ?1 AND h.eligibility = ?2 AND r.realm = h.realm AND r.group_id = h.group_id AND r.id = h.role ORDER BY r.name";
}

/// The same of many; its `IN` is filled in by [`in_lists`].
const ROLES_OF: &str = "SELECT h.eligibility, r.name FROM eligibility_roles h CROSS JOIN group_roles r
    WHERE h.realm = ?1 AND r.realm = h.realm AND r.group_id = h.group_id AND r.id = h.role AND h.eligibility IN";

fn from_row(row: &mut Row) -> Result<Eligibility, db::Error> {
    let hours: i64 = row.take(3)?;
    Ok(Eligibility {
        id: row.take(0)?,
        group: row.take(1)?,
        user: row.take(2)?,
        roles: Vec::new(),
        hours: u32::try_from(hours).unwrap_or_default(),
        valid_until: row.take::<Option<i64>>(4)?.map(Timestamp::from_millis),
        needs_justification: row.take(5)?,
        entitled: row.take(6)?,
        granted_by: row.take(7)?,
        granted_at: Timestamp::from_millis(row.take(8)?),
    })
}

fn all(rows: Vec<Row>) -> Result<Vec<Eligibility>, Error> {
    rows.into_iter().map(|mut row| Ok(from_row(&mut row)?)).collect()
}

/// Adds one; false when the person has one on that group.
pub(super) fn insert(change: &mut Change<'_>, one: &Eligibility, roles: &[GroupRole]) -> Result<bool, Error> {
    let params = [
        change.realm_id().into(),
        one.group.into(),
        one.user.into(),
        one.id.into(),
        i64::from(one.hours).into(),
        one.valid_until.map(Timestamp::millis).into(),
        one.needs_justification.into(),
        one.entitled.into(),
        one.granted_by.as_str().into(),
        one.granted_at.millis().into(),
    ];
    if change.execute(INSERT, &params)? == 0 {
        return Ok(false);
    }
    for role in roles {
        let realm = change.realm_id();
        change.later(
            GIVE_ROLE,
            vec![realm.into(), one.id.into(), role.id.into(), one.group.into()],
        )?;
    }
    Ok(true)
}

/// Removes one; false when it is gone already.
pub(super) fn delete(change: &mut Change<'_>, one: &Eligibility) -> Result<bool, Error> {
    let realm = change.realm_id();
    let deleted = change.execute(DELETE, &[realm.into(), one.group.into(), one.user.into()])?;
    change.later(DELETE_ROLES, vec![realm.into(), one.id.into()])?;
    Ok(deleted > 0)
}

/// Removes those on a group that is gone: that it is, is the fact.
pub(super) fn delete_on(change: &mut Change<'_>, group: Id<Group>) -> Result<(), Error> {
    let realm = change.realm_id();
    change.later(DELETE_ROLES_ON, vec![realm.into(), group.into()])?;
    change.later(DELETE_ON, vec![realm.into(), group.into()])
}

/// That of a person on a group, with the roles it gives.
pub(super) fn one(
    change: &mut Change<'_>,
    group: Id<Group>,
    user: Id<User>,
) -> Result<Option<(Eligibility, Vec<GroupRole>)>, Error> {
    let row = change.query_one(ONE, &[change.realm_id().into(), group.into(), user.into()])?;
    with_roles(change, row)
}

pub(super) fn by_id(
    change: &mut Change<'_>,
    id: Id<Eligibility>,
) -> Result<Option<(Eligibility, Vec<GroupRole>)>, Error> {
    let row = change.query_one(BY_ID, &[change.realm_id().into(), id.into()])?;
    with_roles(change, row)
}

fn with_roles(change: &mut Change<'_>, row: Option<Row>) -> Result<Option<(Eligibility, Vec<GroupRole>)>, Error> {
    let Some(mut row) = row else { return Ok(None) };
    let mut found = from_row(&mut row)?;
    let mut roles = Vec::new();
    for mut row in change.query(ROLES, &[change.realm_id().into(), found.id.into()])? {
        roles.push(GroupRole {
            id: row.take(0)?,
            name: row.take(1)?,
            version: row.take(2)?,
        });
    }
    found.roles = roles.iter().map(|role| role.name.clone()).collect();
    Ok(Some((found, roles)))
}

/// What [`of_user`] reads first.
pub(super) fn read_of_user(realm: RealmId, user: Id<User>, limit: usize) -> Bound {
    (OF_USER.into(), page_of(realm, user.uuid(), Uuid::nil(), limit).to_vec())
}

/// Those of a person, without their roles.
pub(super) fn of_user(change: &mut Change<'_>, user: Id<User>, limit: usize) -> Result<Vec<Eligibility>, Error> {
    let (sql, params) = read_of_user(change.realm_id(), user, limit);
    all(change.query(&sql, &params)?)
}

/// How many a person has, and how many there are on a group; so many at most are counted.
pub(super) fn counts(
    change: &mut Change<'_>,
    group: Id<Group>,
    user: Id<User>,
    limit: usize,
) -> Result<(usize, usize), Error> {
    let mut count = |sql: &str, subject: Uuid| -> Result<usize, Error> {
        let params = [change.realm_id().into(), subject.into(), (limit as i64).into()];
        let row = change.query_one(sql, &params)?;
        let count = row.map_or(Ok(0), |mut row| row.take::<i64>(0))?;
        Ok(usize::try_from(count).unwrap_or_default())
    };
    Ok((count(COUNT_OF, user.uuid())?, count(COUNT_ON, group.uuid())?))
}

/// Those that give a role, which is gone; so many.
pub(super) fn with_role(
    change: &mut Change<'_>,
    role: Id<GroupRole>,
    limit: usize,
) -> Result<Vec<Id<Eligibility>>, Error> {
    let rows = change.query(
        WITH_ROLE,
        &[change.realm_id().into(), role.into(), (limit as i64).into()],
    )?;
    rows.into_iter().map(|mut row| Ok(row.take(0)?)).collect()
}

/// One gives another role in place of one that is gone, or none: that it is gone is the fact.
pub(super) fn replace_role(
    change: &mut Change<'_>,
    id: Id<Eligibility>,
    group: Id<Group>,
    (gone, new): (Id<GroupRole>, Option<Id<GroupRole>>),
) -> Result<(), Error> {
    let realm = change.realm_id();
    change.keep_book(TAKE_ROLE, &[realm.into(), id.into(), gone.into()])?;
    if let Some(new) = new {
        change.keep_book(GIVE_ROLE, &[realm.into(), id.into(), new.into(), group.into()])?;
    }
    Ok(())
}

fn page_of(realm: RealmId, subject: Uuid, after: Uuid, limit: usize) -> [Value; 4] {
    [realm.into(), subject.into(), after.into(), (limit as i64).into()]
}

/// Those on a group, in the order of their people; after one of them.
pub(super) async fn on_group(
    db: &Db,
    realm: RealmId,
    group: Id<Group>,
    after: Uuid,
    limit: usize,
) -> Result<Vec<Eligibility>, Error> {
    let rows = db.query(OF_GROUP, &page_of(realm, group.uuid(), after, limit)).await?;
    named(db, realm, all(rows)?).await
}

/// Those of a person, in the order of their groups; after one of them.
pub(super) async fn all_of_user(
    db: &Db,
    realm: RealmId,
    user: Id<User>,
    after: Uuid,
    limit: usize,
) -> Result<Vec<Eligibility>, Error> {
    let rows = db.query(OF_USER, &page_of(realm, user.uuid(), after, limit)).await?;
    named(db, realm, all(rows)?).await
}

/// That of a person on a group.
pub(crate) async fn of_two(
    db: &Db,
    realm: RealmId,
    group: Id<Group>,
    user: Id<User>,
) -> Result<Option<Eligibility>, Error> {
    let rows = db.query(ONE, &[realm.into(), group.into(), user.into()]).await?;
    Ok(named(db, realm, all(rows)?).await?.pop())
}

async fn named(db: &Db, realm: RealmId, mut some: Vec<Eligibility>) -> Result<Vec<Eligibility>, Error> {
    let wanted: Vec<Value> = some.iter().map(|one| one.id.into()).collect();
    let mut names: HashMap<Id<Eligibility>, Vec<String>> = HashMap::new();
    for (sql, params) in in_lists(ROLES_OF, &[realm.into()], &wanted) {
        for mut row in db.query(&sql, &params).await? {
            names.entry(row.take(0)?).or_default().push(row.take(1)?);
        }
    }
    for one in &mut some {
        one.roles = names.remove(&one.id).unwrap_or_default();
        one.roles.sort_unstable();
    }
    Ok(some)
}
