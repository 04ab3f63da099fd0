//! The one row of a person and a group, also when it is a tombstone, and what bears on it.

use db::{Db, statements};
use uuid::Uuid;

use super::super::{Membership, Origin};
use super::live::from_row;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::realm::RealmId;
use crate::user::User;

statements! {
    ROW = "SELECT m.id, m.group_id, m.user_id, m.version, m.status, m.source, m.source_id, m.granted_at, m.valid_from, m.expires_at,
             m.effective_at, m.effective_group, m.configuration, m.details, m.ended_at, m.ended_by
           FROM memberships m WHERE m.realm = ?1 AND m.group_id = ?2 AND m.user_id = ?3";
    /// On the group and above it, the nearest first.
    BLOCKS = "SELECT b.group_id, b.why, b.set_by, b.set_at, 0 FROM membership_blocks b
              WHERE b.realm = ?1 AND b.user_id = ?2 AND b.group_id = ?3
              UNION ALL
              SELECT b.group_id, b.why, b.set_by, b.set_at, a.depth FROM group_ancestors a
                JOIN membership_blocks b ON b.realm = a.realm AND b.user_id = ?2 AND b.group_id = a.ancestor
              WHERE a.realm = ?1 AND a.group_id = ?3
              ORDER BY 5";
    /// What the person holds below the group.
    ENABLED_BELOW = "SELECT m.id, m.group_id FROM memberships m
                       JOIN group_ancestors a ON a.realm = m.realm AND a.group_id = m.group_id AND a.ancestor = ?3
                     WHERE m.realm = ?1 AND m.user_id = ?2 AND m.status = 'enabled' ORDER BY a.depth, m.group_id LIMIT ?4";
    WAITING_BELOW = "SELECT m.id, m.group_id FROM memberships m
                       JOIN group_ancestors a ON a.realm = m.realm AND a.group_id = m.group_id AND a.ancestor = ?3
                     WHERE m.realm = ?1 AND m.user_id = ?2 AND m.status IN ('pending', 'suspended', 'expired', 'barred')
                       AND m.status IN ('pending', 'suspended') ORDER BY a.depth, m.group_id LIMIT ?4";
    ENTITLEMENTS = "SELECT membership, value FROM entitlements WHERE realm = ?1 AND user_id = ?2 ORDER BY membership, role LIMIT ?3";
}

/// When a membership ended, and by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::membership) struct EndedBy {
    pub(in crate::membership) at: Timestamp,
    pub(in crate::membership) by: Option<Origin>,
}

/// A block as it stands.
#[derive(Clone, Debug)]
pub(in crate::membership) struct BlockRow {
    pub(in crate::membership) group: Id<Group>,
    pub(in crate::membership) why: Option<String>,
    pub(in crate::membership) set_by: String,
    pub(in crate::membership) set_at: Timestamp,
}

/// The row, and when it ended if it is over; none when the person was never in the group.
pub(in crate::membership) async fn row(
    db: &Db,
    realm: RealmId,
    group: Id<Group>,
    user: Id<User>,
) -> Result<Option<(Membership, Option<EndedBy>)>, Error> {
    let rows = db.query(ROW, &[realm.into(), group.into(), user.into()]).await?;
    let Some(mut row) = rows.into_iter().next() else {
        return Ok(None);
    };
    let membership = from_row(&mut row)?;
    let at: Option<i64> = row.take(14)?;
    let by: Option<String> = row.take(15)?;
    let ended = at.map(|at| EndedBy {
        at: Timestamp::from_millis(at),
        by: by.as_deref().map(Origin::parse),
    });
    Ok(Some((membership, ended)))
}

/// What keeps a person out of a group, the nearest first.
pub(in crate::membership) async fn blocks(
    db: &Db,
    realm: RealmId,
    group: Id<Group>,
    user: Id<User>,
) -> Result<Vec<BlockRow>, Error> {
    let rows = db.query(BLOCKS, &[realm.into(), user.into(), group.into()]).await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(BlockRow {
                group: row.take(0)?,
                why: row.take(1)?,
                set_by: row.take(2)?,
                set_at: Timestamp::from_millis(row.take(3)?),
            })
        })
        .collect()
}

/// What a person holds below a group: at most so many of those that count, and of the others.
pub(in crate::membership) async fn held_below(
    db: &Db,
    realm: RealmId,
    group: Id<Group>,
    user: Id<User>,
    limit: i64,
) -> Result<Vec<(Uuid, Id<Group>)>, Error> {
    let params = [realm.into(), user.into(), group.into(), limit.into()];
    let mut rows = db.query(ENABLED_BELOW, &params).await?;
    rows.append(&mut db.query(WAITING_BELOW, &params).await?);
    rows.into_iter()
        .map(|mut row| Ok((row.take(0)?, row.take(1)?)))
        .collect()
}

/// What a person's memberships entitle them to, by membership.
pub(in crate::membership) async fn entitlements(
    db: &Db,
    realm: RealmId,
    user: Id<User>,
    limit: i64,
) -> Result<Vec<(Uuid, String)>, Error> {
    let rows = db
        .query(ENTITLEMENTS, &[realm.into(), user.into(), limit.into()])
        .await?;
    rows.into_iter()
        .map(|mut row| Ok((row.take(0)?, row.take(1)?)))
        .collect()
}
