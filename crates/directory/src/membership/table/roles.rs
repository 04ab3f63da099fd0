//! All SQL that names who has which roles of a group: by the membership that has them.

use db::{Db, Row, Value, statements};
use uuid::Uuid;

use super::super::Membership;
use crate::change::Change;
use crate::error::Error;
use crate::group::{Group, GroupRole};
use crate::id::Id;
use crate::lists::in_lists;
use crate::realm::RealmId;
use crate::user::User;

statements! {
    MEMBERSHIP = "SELECT id FROM memberships WHERE realm = ?1 AND group_id = ?2 AND user_id = ?3";
    /// By the names that the roles have now: one that was deleted is held no longer.
    HELD = "SELECT r.id, r.name, r.version FROM membership_roles h CROSS JOIN group_roles r
            WHERE h.realm = ?1 AND h.membership = ?2 AND r.realm = h.realm AND r.group_id = ?3 AND r.id = h.role ORDER BY r.name";
    TAKE_ROLES = "DELETE FROM membership_roles WHERE realm = ?1 AND membership = ?2";
    GIVE_ROLE = "INSERT INTO membership_roles (realm, membership, role) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    RAISE = "UPDATE memberships SET version = version + 1 WHERE realm = ?1 AND group_id = ?2 AND user_id = ?3 RETURNING version";
    NAMES_IN = "SELECT r.id, r.name FROM group_roles r WHERE r.realm = ?1 AND r.group_id = ?2 ORDER BY r.id LIMIT ?3";
    NAMES_BELOW = "SELECT r.id, r.name FROM group_ancestors a CROSS JOIN group_roles r
                   WHERE a.realm = ?1 AND a.ancestor = ?2 AND r.realm = a.realm AND r.group_id = a.group_id LIMIT ?3";
}

/// On PostgreSQL a role that is given stays until then: whoever deletes it waits, or is waited for.
const HOLD: &str =
    "SELECT r.id, r.name, r.version FROM group_roles r WHERE r.realm = ?1 AND r.group_id = ?2 AND r.id IN";

/// The memberships that have one of these roles; completed by a list of them and by a limit.
const HOLDERS: &str = "SELECT h.membership FROM membership_roles h WHERE h.realm = ?1 AND h.role IN";

/// The roles of memberships of one group.
const OF_PAGE: &str = "SELECT h.membership, r.name FROM membership_roles h CROSS JOIN group_roles r
    WHERE h.realm = ?1 AND r.realm = h.realm AND r.group_id = ?2 AND r.id = h.role AND h.membership IN";

/// The same of several groups, in which members are listed.
const OF_LISTED: &str = "SELECT m.id, r.name FROM memberships m CROSS JOIN membership_roles h CROSS JOIN group_roles r
    WHERE m.realm = ?1 AND m.listed_key IS NOT NULL AND h.realm = m.realm AND h.membership = m.id
      AND r.realm = m.realm AND r.group_id = m.group_id AND r.id = h.role AND m.id IN";

fn from_row(mut row: Row) -> Result<GroupRole, db::Error> {
    Ok(GroupRole {
        id: row.take(0)?,
        name: row.take(1)?,
        version: row.take(2)?,
    })
}

/// The membership of a person and a group, which has one id for ever.
pub(crate) fn membership(
    change: &mut Change<'_>,
    group: Id<Group>,
    user: Id<User>,
) -> Result<Option<Id<Membership>>, Error> {
    let row = change.query_one(MEMBERSHIP, &[change.realm_id().into(), group.into(), user.into()])?;
    Ok(row.map(|mut row| row.take(0)).transpose()?)
}

/// Those of these roles of a group that are there, and stay until the end of the change.
pub(crate) fn hold(change: &mut Change<'_>, group: Id<Group>, roles: &[Uuid]) -> Result<Vec<GroupRole>, Error> {
    let wanted: Vec<Value> = roles.iter().copied().map(Value::from).collect();
    let mut held = Vec::with_capacity(roles.len());
    for (sql, params) in in_lists(HOLD, &[change.realm_id().into(), group.into()], &wanted) {
        for row in change.query(&format!("{sql} ORDER BY r.id /*pg: FOR KEY SHARE */"), &params)? {
            held.push(from_row(row)?);
        }
    }
    Ok(held)
}

/// The roles of a membership of that group, by name.
pub(crate) fn held(
    change: &mut Change<'_>,
    group: Id<Group>,
    membership: Id<Membership>,
) -> Result<Vec<GroupRole>, Error> {
    let rows = change.query(HELD, &[change.realm_id().into(), membership.into(), group.into()])?;
    rows.into_iter().map(|row| Ok(from_row(row)?)).collect()
}

/// A membership has these roles and no others.
pub(in crate::membership) fn replace(
    change: &mut Change<'_>,
    membership: Id<Membership>,
    roles: &[GroupRole],
) -> Result<(), Error> {
    let realm = change.realm_id();
    change.later(TAKE_ROLES, vec![realm.into(), membership.into()])?;
    for role in roles {
        change.later(GIVE_ROLE, vec![realm.into(), membership.into(), role.id.into()])?;
    }
    Ok(())
}

/// Raises the version of a membership whose person is held.
pub(in crate::membership) fn raise(change: &mut Change<'_>, group: Id<Group>, user: Id<User>) -> Result<i64, Error> {
    let row = change.write_returning(RAISE, &[change.realm_id().into(), group.into(), user.into()])?;
    let mut row = row.ok_or(crate::error::Refusal::Changed)?;
    Ok(row.take(0)?)
}

/// In which groups roles or memberships are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::membership) enum Where {
    /// In the group alone.
    Here,
    /// In those below it.
    Below,
}

/// The names of the roles of a group, or of all groups below it; so many.
pub(in crate::membership) async fn names(
    db: &Db,
    realm: RealmId,
    group: Id<Group>,
    place: Where,
    limit: usize,
) -> Result<Vec<(Id<GroupRole>, String)>, Error> {
    let sql = match place {
        Where::Here => NAMES_IN,
        Where::Below => NAMES_BELOW,
    };
    let rows = db
        .scan(sql, &[realm.into(), group.into(), (limit as i64).into()])
        .await?;
    rows.into_iter()
        .map(|mut row| Ok((row.take(0)?, row.take(1)?)))
        .collect()
}

/// The memberships that have one of these roles; so many.
pub(in crate::membership) async fn holders(
    db: &Db,
    realm: RealmId,
    roles: &[Id<GroupRole>],
    limit: usize,
) -> Result<Vec<Id<Membership>>, Error> {
    let wanted: Vec<Value> = roles.iter().map(Value::from).collect();
    let mut found = Vec::new();
    for (sql, params) in in_lists(HOLDERS, &[realm.into(), (limit as i64).into()], &wanted) {
        for mut row in db.scan(&format!("{sql} LIMIT ?2"), &params).await? {
            found.push(row.take(0)?);
        }
        if found.len() >= limit {
            break;
        }
    }
    Ok(found)
}

/// The names of the roles of these memberships, one by one. `group`: the one all of them are of, if it is one.
pub(in crate::membership) async fn of_many(
    db: &Db,
    realm: RealmId,
    group: Option<Id<Group>>,
    memberships: &[Id<Membership>],
) -> Result<Vec<(Id<Membership>, String)>, Error> {
    let wanted: Vec<Value> = memberships.iter().map(Value::from).collect();
    let lists = match group {
        Some(group) => in_lists(OF_PAGE, &[realm.into(), group.into()], &wanted),
        None => in_lists(OF_LISTED, &[realm.into()], &wanted),
    };
    let mut found = Vec::new();
    for (sql, params) in lists {
        for mut row in db.query(&sql, &params).await? {
            found.push((row.take(0)?, row.take(1)?));
        }
    }
    Ok(found)
}
