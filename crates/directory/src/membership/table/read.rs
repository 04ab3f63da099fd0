//! Who is in a group, in which groups somebody is, and how they stand.

use std::collections::HashMap;

use db::{Bound, Row, statements};
use uuid::Uuid;

use super::super::{Origin, Status};
use super::grant::Grant;
use super::ids;
use super::sizes::{MOST, in_list};
use crate::change::Change;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::realm::RealmId;
use crate::user::{Sight, User};

statements! {
    ENDS = "SELECT 1 FROM memberships WHERE realm = ?1 AND effective_at IS NOT NULL LIMIT 1";
    STANDING = "SELECT status, ended_by FROM memberships WHERE realm = ?1 AND group_id = ?2 AND user_id = ?3";
    /// Whatever is no tombstone: those that count, then the others.
    OF_USER = "SELECT group_id, status FROM memberships WHERE realm = ?1 AND user_id = ?2 AND status = 'enabled'
           UNION ALL SELECT group_id, status FROM memberships WHERE realm = ?1 AND user_id = ?2 AND status IN ('pending', 'suspended', 'expired', 'barred')
             AND status <> 'barred'
           ORDER BY 1 LIMIT ?3";
    USERS_IN = "SELECT user_id, status FROM memberships WHERE realm = ?1 AND group_id = ?2 AND status IN ('enabled', 'pending', 'suspended', 'expired')
           ORDER BY user_id LIMIT ?3";
    /// The same as a page; with those whose blocks only are left.
    USERS_IN_AFTER = "SELECT user_id FROM memberships WHERE realm = ?1 AND group_id = ?2 AND user_id > ?3 AND status <> 'ended'
           ORDER BY user_id LIMIT ?4";
    MEMBERS_AFTER = "SELECT m.user_id, u.display_name FROM memberships m JOIN users u ON u.realm = m.realm AND u.id = m.user_id
           WHERE m.realm = ?1 AND m.group_id = ?2 AND m.user_id > ?3 AND m.status = 'enabled' ORDER BY m.user_id LIMIT ?4";
    DOCUMENTS_AFTER = "SELECT m.user_id, u.document FROM memberships m JOIN users u ON u.realm = m.realm AND u.id = m.user_id
           WHERE m.realm = ?1 AND m.group_id = ?2 AND m.user_id > ?3 AND m.status = 'enabled' ORDER BY m.user_id LIMIT ?4";
    STAYING_MEMBERS_AFTER = "SELECT m.user_id, u.display_name FROM memberships m JOIN users u ON u.realm = m.realm AND u.id = m.user_id
           WHERE m.realm = ?1 AND m.group_id = ?2 AND m.user_id > ?3 AND m.status = 'enabled' AND u.leaves_at IS NULL ORDER BY m.user_id LIMIT ?4";
    SHOWN_MEMBERS_AFTER = "SELECT m.user_id, u.display_name FROM memberships m JOIN users u ON u.realm = m.realm AND u.id = m.user_id
           WHERE m.realm = ?1 AND m.group_id = ?2 AND m.user_id > ?3 AND m.status = 'enabled' AND NOT u.hidden ORDER BY m.user_id LIMIT ?4";
    /// Without those who are leaving. SQLite takes the index of all people if it is not told.
    STAYING_USERS_AFTER = "SELECT m.user_id FROM memberships m WHERE m.realm = ?1 AND m.group_id = ?2 AND m.user_id > ?3 AND m.status = 'enabled'
             AND NOT EXISTS (SELECT 1 FROM users l /*sqlite: INDEXED BY users_leaving */
                             WHERE l.realm = m.realm AND l.id = m.user_id AND l.leaves_at IS NOT NULL)
           ORDER BY m.user_id LIMIT ?4";
    USERS_AFTER = "SELECT user_id FROM memberships WHERE realm = ?1 AND group_id = ?2 AND user_id > ?3 AND status = 'enabled' ORDER BY user_id LIMIT ?4";
    /// CROSS JOIN: from the person upwards, never from all groups down.
    GROUPS_OF_USER = "WITH RECURSIVE up(id, direct) AS (
             SELECT m.group_id, 1 FROM memberships m WHERE m.realm = ?1 AND m.user_id = ?2 AND m.status = 'enabled'
             UNION
             SELECT n.group_id, 0 FROM up CROSS JOIN group_members n WHERE n.realm = ?1 AND n.member_id = up.id)
           SELECT g.id, g.display_name, CAST(MAX(up.direct) AS BIGINT) FROM up CROSS JOIN groups g WHERE g.realm = ?1 AND g.id = up.id
           GROUP BY g.id, g.display_name ORDER BY g.id LIMIT 20000";
}

/// One group a user is in, directly or through other groups.
#[derive(Clone, Debug)]
pub(crate) struct GroupOfUser {
    pub(crate) id: Id<Group>,
    pub(crate) display_name: String,
    pub(crate) direct: bool,
}

pub(crate) fn group_of_user(row: &mut Row) -> Result<GroupOfUser, db::Error> {
    Ok(GroupOfUser {
        id: row.take(0)?,
        display_name: row.take(1)?,
        direct: row.take::<i64>(2)? == 1,
    })
}

pub(crate) fn groups_of(change: &mut Change<'_>, user: Id<User>) -> Result<Vec<GroupOfUser>, Error> {
    let rows = change.query(GROUPS_OF_USER, &[change.realm_id().into(), user.into()])?;
    rows.into_iter().map(|mut row| Ok(group_of_user(&mut row)?)).collect()
}

/// Whether any membership of the realm has an end.
pub(crate) fn ends_somewhere(change: &mut Change<'_>) -> Result<bool, Error> {
    Ok(change.query_one(ENDS, &[change.realm_id().into()])?.is_some())
}

/// How a person stands to a group in which they are noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Enabled,
    Pending,
    Suspended,
    Expired,
    Ended { by: Option<Origin> },
    Barred,
}

impl Standing {
    pub(super) fn of(status: &str, by: Option<&str>) -> Self {
        match Status::parse(status) {
            Some(Status::Enabled) => Self::Enabled,
            Some(Status::Pending) => Self::Pending,
            Some(Status::Expired) => Self::Expired,
            Some(Status::Ended) => Self::Ended {
                by: by.map(Origin::parse),
            },
            Some(Status::Barred) => Self::Barred,
            // A word that only a newer version knows lets nobody in.
            Some(Status::Suspended) | None => Self::Suspended,
        }
    }

    /// Of one that has not ended.
    pub(in crate::membership) fn status(self) -> Option<Status> {
        match self {
            Self::Enabled => Some(Status::Enabled),
            Self::Pending => Some(Status::Pending),
            Self::Suspended => Some(Status::Suspended),
            Self::Expired => Some(Status::Expired),
            Self::Ended { .. } | Self::Barred => None,
        }
    }

    /// Whether a grant makes a member of someone who stands so.
    pub(crate) fn admits(self, grant: Grant) -> bool {
        match self {
            Self::Enabled => true,
            Self::Pending | Self::Expired => grant == Grant::New,
            Self::Ended { by } => grant.revives(by),
            Self::Suspended | Self::Barred => false,
        }
    }
}

/// How one person stands to a group; none when they were never in it.
pub(crate) fn standing(change: &mut Change<'_>, group: Id<Group>, user: Id<User>) -> Result<Option<Standing>, Error> {
    let row = change.query_one(STANDING, &[change.realm_id().into(), group.into(), user.into()])?;
    let read = |mut row: Row| -> Result<Standing, db::Error> {
        let status: String = row.take(0)?;
        Ok(Standing::of(&status, row.take::<Option<String>>(1)?.as_deref()))
    };
    Ok(row.map(read).transpose()?)
}

/// Who ended what a person had in a group, by the word in tables; none where nobody did.
pub(crate) fn ended_by(change: &mut Change<'_>, group: Id<Group>, user: Id<User>) -> Result<Option<String>, Error> {
    let row = change.query_one(STANDING, &[change.realm_id().into(), group.into(), user.into()])?;
    Ok(row.map(|mut row| row.take::<Option<String>>(1)).transpose()?.flatten())
}

/// How many people stand to a group, in few statements.
pub(crate) fn standings(
    change: &mut Change<'_>,
    group: Id<Group>,
    users: &[Uuid],
) -> Result<HashMap<Uuid, Standing>, Error> {
    let realm = change.realm_id();
    let mut found = HashMap::new();
    for slice in users.chunks(MOST) {
        let (sql, mut params) = in_list(
            "SELECT user_id, status, ended_by FROM memberships WHERE realm = ?1 AND user_id IN",
            "",
            realm,
            slice,
        );
        params.push(group.into());
        let sql = format!("{sql} AND group_id = ?{}", params.len());
        for mut row in change.query(&sql, &params)? {
            let (user, status): (Uuid, String) = (row.take(0)?, row.take(1)?);
            let by: Option<String> = row.take(2)?;
            found.insert(user, Standing::of(&status, by.as_deref()));
        }
    }
    Ok(found)
}

/// Where somebody has a membership that is no tombstone, and how it stands.
pub(crate) fn groups_with_user(
    change: &mut Change<'_>,
    user: Id<User>,
    limit: i64,
) -> Result<Vec<(Uuid, Status)>, Error> {
    let (sql, params) = read_groups(change.realm_id(), user, limit);
    let rows = change.query(&sql, &params)?;
    rows.into_iter().map(with_status).collect()
}

/// What [`groups_with_user`] reads.
pub(crate) fn read_groups(realm: RealmId, user: Id<User>, limit: i64) -> Bound {
    (OF_USER.into(), vec![realm.into(), user.into(), limit.into()])
}

/// Who has a membership of a group that is no tombstone, and how it stands.
pub(crate) fn users_in(change: &mut Change<'_>, group: Id<Group>, limit: i64) -> Result<Vec<(Uuid, Status)>, Error> {
    let rows = change.query(USERS_IN, &[change.realm_id().into(), group.into(), limit.into()])?;
    rows.into_iter().map(with_status).collect()
}

fn with_status(mut row: Row) -> Result<(Uuid, Status), Error> {
    let status: String = row.take(1)?;
    Ok((row.take(0)?, Status::parse(&status).unwrap_or(Status::Suspended)))
}

/// Who has anything in a group that is not ended, after one.
pub(crate) fn users_in_after(
    change: &mut Change<'_>,
    group: Id<Group>,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Uuid>, Error> {
    let params = [change.realm_id().into(), group.into(), after.into(), limit.into()];
    ids(change.query(USERS_IN_AFTER, &params)?)
}

/// People in a group after one, as far as a caller sees them; policies and expired invitations apart.
pub(crate) fn seen_users_after(
    change: &mut Change<'_>,
    group: Id<Group>,
    after: Uuid,
    limit: i64,
    sight: Sight,
) -> Result<Vec<Uuid>, Error> {
    let sql = match sight {
        Sight::All => USERS_AFTER,
        Sight::Staying | Sight::Shown => STAYING_USERS_AFTER,
    };
    ids(change.query(
        sql,
        &[change.realm_id().into(), group.into(), after.into(), limit.into()],
    )?)
}

/// A slice of a group's members with the names they are shown by.
pub(crate) fn named_members_after(
    change: &mut Change<'_>,
    group: Id<Group>,
    after: Uuid,
    limit: i64,
) -> Result<Vec<(Uuid, Option<String>)>, Error> {
    let rows = change.query(
        MEMBERS_AFTER,
        &[change.realm_id().into(), group.into(), after.into(), limit.into()],
    )?;
    rows.into_iter()
        .map(|mut row| Ok((row.take(0)?, row.take(1)?)))
        .collect()
}
