//! What a plan reads and writes of the roles of memberships.

use db::{Row, statements};
use uuid::Uuid;

use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::group::{Group, GroupRole};
use crate::id::Id;
use crate::membership::{Membership, Origin};
use crate::user::User;

statements! {
    MEMBERSHIP = "SELECT id, version, source, source_id, valid_from, expires_at FROM memberships
                  WHERE realm = ?1 AND group_id = ?2 AND user_id = ?3";
    /// Whoever deletes a role waits until those who give it are done.
    ROLES_OF_GROUP = "SELECT id, name FROM group_roles WHERE realm = ?1 AND group_id = ?2 ORDER BY name LIMIT 1000 /*pg: FOR KEY SHARE */";
    ROLES_OF_MEMBER = "SELECT h.role, r.name FROM membership_roles h JOIN group_roles r ON r.realm = h.realm AND r.group_id = ?2 AND r.id = h.role
                       WHERE h.realm = ?1 AND h.membership = ?3 ORDER BY r.name";
    GIVE_ROLE = "INSERT INTO membership_roles (realm, membership, role) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    TAKE_ROLE = "DELETE FROM membership_roles WHERE realm = ?1 AND membership = ?2 AND role = ?3";
    RAISE_MEMBERSHIP = "UPDATE memberships SET version = version + 1 WHERE realm = ?1 AND group_id = ?2 AND user_id = ?3 RETURNING version";
}

/// A membership as a plan looks at it.
pub(super) struct MembershipRow {
    pub(super) id: Id<Membership>,
    pub(super) version: i64,
    pub(super) origin: Origin,
    pub(super) given_by: Option<Uuid>,
    pub(super) valid_from: Option<Timestamp>,
    pub(super) expires_at: Option<Timestamp>,
}

pub(super) fn membership(
    change: &mut Change<'_>,
    group: Id<Group>,
    user: Id<User>,
) -> Result<Option<MembershipRow>, Error> {
    let row = change.query_one(MEMBERSHIP, &[change.realm_id().into(), group.into(), user.into()])?;
    let read = |mut row: Row| -> Result<MembershipRow, db::Error> {
        let origin: String = row.take(2)?;
        let instant = |at: Option<i64>| at.map(Timestamp::from_millis);
        Ok(MembershipRow {
            id: row.take(0)?,
            version: row.take(1)?,
            origin: Origin::parse(&origin),
            given_by: row.take(3)?,
            valid_from: instant(row.take(4)?),
            expires_at: instant(row.take(5)?),
        })
    };
    Ok(row.map(read).transpose()?)
}

/// A role with its name.
pub(in crate::plan) type Named = (Id<GroupRole>, String);

/// The roles of a group, which nobody deletes until the end of the change.
pub(in crate::plan) fn roles_of_group(change: &mut Change<'_>, group: Id<Group>) -> Result<Vec<Named>, Error> {
    named(change.query(ROLES_OF_GROUP, &[change.realm_id().into(), group.into()])?)
}

/// The roles that a membership has.
pub(super) fn roles_of(
    change: &mut Change<'_>,
    group: Id<Group>,
    membership: Id<Membership>,
) -> Result<Vec<Named>, Error> {
    let params = [change.realm_id().into(), group.into(), membership.into()];
    named(change.query(ROLES_OF_MEMBER, &params)?)
}

fn named(rows: Vec<Row>) -> Result<Vec<Named>, Error> {
    rows.into_iter()
        .map(|mut row| Ok((row.take(0)?, row.take(1)?)))
        .collect()
}

pub(super) fn give(change: &mut Change<'_>, to: Id<Membership>, role: Id<GroupRole>) -> Result<(), Error> {
    change.execute(GIVE_ROLE, &[change.realm_id().into(), to.into(), role.into()])?;
    Ok(())
}

pub(super) fn take(change: &mut Change<'_>, from: Id<Membership>, role: Id<GroupRole>) -> Result<(), Error> {
    change.execute(TAKE_ROLE, &[change.realm_id().into(), from.into(), role.into()])?;
    Ok(())
}

/// Raises the version of a membership; the one after it.
pub(super) fn raise(change: &mut Change<'_>, group: Id<Group>, user: Id<User>) -> Result<i64, Error> {
    let row = change.write_returning(RAISE_MEMBERSHIP, &[change.realm_id().into(), group.into(), user.into()])?;
    let mut row = row.ok_or(Error::Fault {
        what: "a membership that was just written is not there",
    })?;
    Ok(row.take(0)?)
}
