//! What a plan reads of memberships.

use db::{Row, statements};
use uuid::Uuid;

use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::membership::{Membership, Origin};
use crate::user::User;

statements! {
    MEMBERSHIP = "SELECT id, version, source, source_id, valid_from, expires_at FROM memberships
                  WHERE realm = ?1 AND group_id = ?2 AND user_id = ?3";
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
