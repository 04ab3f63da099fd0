//! One person's memberships that are not ended, as a whole: read while the person is held, written row by row.

use std::collections::BTreeSet;

use db::{Row, statements};
use uuid::Uuid;

use super::super::{Details, Effective, Membership, Origin, Status, listed};
use super::sizes::{MOST, in_list};
use super::{Touched, ids};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::{Error, Refusal};
use crate::group::{self, Group};
use crate::id::Id;
use crate::user::User;

statements! {
    /// Who adds people to groups shares the row, who changes all that a person has takes it alone, and neither waits for the other.
    HOLD = "SELECT u.id FROM users u WHERE u.realm = ?1 AND u.id = ?2 /*pg: FOR NO KEY UPDATE */";
    /// Where they have what is not ended: read before any of it is locked, since a group comes before its members.
    GROUPS = "SELECT m.group_id FROM memberships m WHERE m.realm = ?1 AND m.user_id = ?2 AND m.status = 'enabled'
              UNION ALL SELECT m.group_id FROM memberships m WHERE m.realm = ?1 AND m.user_id = ?2
                AND m.status IN ('pending', 'suspended', 'expired', 'barred')";
    BLOCKS = "SELECT group_id FROM membership_blocks WHERE realm = ?1 AND user_id = ?2";
    /// One that is listed, whose roles are others now.
    RAISE = "UPDATE memberships SET version = version + 1 WHERE realm = ?1 AND id = ?2 AND listed_key IS NOT NULL
             RETURNING id, group_id, user_id, version, status, source, source_id, granted_at, valid_from, expires_at, effective_at, effective_group,
               configuration, details";
    STORE = "UPDATE memberships SET version = version + 1, status = ?5, source = ?6, source_id = ?7, granted_at = ?8, valid_from = ?9,
               expires_at = ?10, effective_at = ?11, effective_group = ?12, configuration = ?13, details = ?14
             WHERE realm = ?1 AND group_id = ?2 AND user_id = ?3 AND version = ?4";
    /// Whoever lifts the block on one that has ended has not ended it.
    STORE_OVER = "UPDATE memberships SET version = version + 1, status = ?5, ended_at = COALESCE(ended_at, ?6), ended_by = COALESCE(ended_by, ?7),
                    valid_from = NULL, expires_at = NULL, effective_at = NULL, effective_group = NULL, configuration = NULL, details = NULL,
                    listed_key = NULL
                  WHERE realm = ?1 AND group_id = ?2 AND user_id = ?3 AND version = ?4";
    GIVE = "INSERT INTO memberships (realm, group_id, user_id, id, version, status, source, source_id, granted_at, valid_from, expires_at,
              effective_at, effective_group, configuration, details, listed_key)
            VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
            ON CONFLICT (realm, group_id, user_id) DO UPDATE SET version = memberships.version + 1, status = ?5, source = ?6, source_id = ?7,
              granted_at = ?8, valid_from = ?9, expires_at = ?10, effective_at = ?11, effective_group = ?12, configuration = ?13, details = ?14,
              ended_at = NULL, ended_by = NULL, listed_key = ?15
            WHERE memberships.status = 'ended' RETURNING id, version";
}

/// Those in groups that are held, in the order of the groups; completed by a list of these.
const ROWS: &str = "SELECT m.id, m.group_id, m.user_id, m.version, m.status, m.source, m.source_id, m.granted_at, m.valid_from, m.expires_at,
   m.effective_at, m.effective_group, m.configuration, m.details
 FROM memberships m WHERE m.realm = ?1 AND m.status <> 'ended' AND m.group_id IN";

/// What a person has that is not ended, and the groups they are kept out of.
pub(crate) struct Live {
    pub(crate) memberships: Vec<Membership>,
    pub(crate) blocks: Vec<Uuid>,
}

/// Reads it, and holds the person: nobody else changes all of it until the end of the transaction. The groups, and `also`, are
/// held as those hold them who change single members. None when the person has left.
///
/// What programs give at the same moment, in groups that nobody manages, is not among it: it comes after.
pub(crate) fn hold(change: &mut Change<'_>, user: Id<User>, also: &[Id<Group>]) -> Result<Option<Live>, Error> {
    let params = [change.realm_id().into(), user.into()];
    let rest = || [GROUPS, BLOCKS].map(|sql| (sql.into(), params.to_vec())).to_vec();
    if change.query_ahead(HOLD, &params, rest)?.is_empty() {
        return Ok(None);
    }
    let mut groups: BTreeSet<Uuid> = ids(change.query(GROUPS, &params)?)?.into_iter().collect();
    let blocks = ids(change.query(BLOCKS, &params)?)?;
    groups.extend(also.iter().map(|group| group.uuid()));
    let groups: Vec<Uuid> = groups.into_iter().collect();
    for group in &groups {
        group::table::hold_together(change, Id::new(*group))?;
    }
    let mut memberships = Vec::with_capacity(groups.len());
    for slice in groups.chunks(MOST) {
        let (sql, mut params) = in_list(ROWS, "", change.realm_id(), slice);
        params.push(user.into());
        let sql = format!(
            "{sql} AND m.user_id = ?{} ORDER BY m.group_id /*pg: FOR NO KEY UPDATE */",
            params.len()
        );
        for mut row in change.query(&sql, &params)? {
            memberships.push(from_row(&mut row)?);
        }
    }
    Ok(Some(Live { memberships, blocks }))
}

const ENABLED_GROUPS: &str =
    "SELECT m.group_id FROM memberships m WHERE m.realm = ?1 AND m.status = 'enabled' AND m.user_id IN";
const WAITING_GROUPS: &str = "SELECT m.group_id FROM memberships m WHERE m.realm = ?1
   AND m.status IN ('pending', 'suspended', 'expired', 'barred') AND m.user_id IN";

/// Where these people have what is not ended.
pub(crate) fn groups_of(change: &mut Change<'_>, people: &[Uuid]) -> Result<BTreeSet<Id<Group>>, Error> {
    let mut groups = BTreeSet::new();
    for slice in people.chunks(MOST) {
        for head in [ENABLED_GROUPS, WAITING_GROUPS] {
            let (sql, params) = in_list(head, "", change.realm_id(), slice);
            groups.extend(ids(change.query(&sql, &params)?)?.into_iter().map(Id::new));
        }
    }
    Ok(groups)
}

pub(super) fn from_row(row: &mut Row) -> Result<Membership, db::Error> {
    let status: String = row.take(4)?;
    let origin: String = row.take(5)?;
    let details: Option<String> = row.take(13)?;
    let instant = |at: Option<i64>| at.map(Timestamp::from_millis);
    Ok(Membership {
        id: row.take(0)?,
        group: row.take(1)?,
        user: row.take(2)?,
        version: row.take(3)?,
        // A word that only a newer version knows counts for nothing.
        status: Status::parse(&status).unwrap_or(Status::Suspended),
        origin: Origin::parse(&origin),
        given_by: row.take(6)?,
        granted_at: Timestamp::from_millis(row.take(7)?),
        valid_from: instant(row.take(8)?),
        expires_at: instant(row.take(9)?),
        effective: Effective {
            at: instant(row.take(10)?),
            group: row.take(11)?,
        },
        configuration: row.take(12)?,
        details: Details::from_column(details.as_deref())?,
    })
}

/// Raises the version of a membership whose roles changed; as it then is, where it is listed.
pub(crate) fn raise(change: &mut Change<'_>, id: Id<Membership>) -> Result<Option<Membership>, Error> {
    let row = change.write_returning(RAISE, &[change.realm_id().into(), id.into()])?;
    Ok(row.map(|mut row| from_row(&mut row)).transpose()?)
}

/// Replaces a membership that was read while its person is held. It travels with the commit.
pub(crate) fn store(change: &mut Change<'_>, after: &Membership) -> Result<Touched, Error> {
    let mut params = key(change, after);
    params.push(after.version.into());
    params.extend(values(after));
    change.later_one(STORE, params)?;
    Ok(next(after))
}

/// Makes a membership a tombstone.
pub(crate) fn store_over(change: &mut Change<'_>, after: &Membership, by: Origin) -> Result<Touched, Error> {
    let mut params = key(change, after);
    params.extend([
        after.version.into(),
        after.status.name().into(),
        change.now().millis().into(),
        by.name().into(),
    ]);
    change.later_one(STORE_OVER, params)?;
    Ok(next(after))
}

/// Gives a membership to a person who is held and has none in that group. One that ended comes back under its id.
pub(crate) fn give(change: &mut Change<'_>, fresh: &Membership) -> Result<Touched, Error> {
    let mut params = key(change, fresh);
    params.push(fresh.id.into());
    params.extend(values(fresh));
    params.push(listed::of_given(change, fresh.group, fresh.user)?.into());
    let row = change.write_returning(GIVE, &params)?;
    // Somebody who adds people to groups was faster.
    let mut row = row.ok_or(Refusal::Changed)?;
    Ok(Touched {
        id: row.take(0)?,
        version: row.take(1)?,
    })
}

fn key(change: &Change<'_>, membership: &Membership) -> Vec<db::Value> {
    vec![
        change.realm_id().into(),
        membership.group.into(),
        membership.user.into(),
    ]
}

fn next(after: &Membership) -> Touched {
    Touched {
        id: after.id,
        version: after.version + 1,
    }
}

/// From the status on, in the order of the statements.
fn values(membership: &Membership) -> [db::Value; 10] {
    let millis = |at: Option<Timestamp>| at.map(Timestamp::millis);
    [
        membership.status.name().into(),
        membership.origin.name().into(),
        membership.given_by.into(),
        membership.granted_at.millis().into(),
        millis(membership.valid_from).into(),
        millis(membership.expires_at).into(),
        millis(membership.effective.at).into(),
        membership.effective.group.map(Id::uuid).into(),
        membership.configuration.map(Id::uuid).into(),
        membership.details.to_column().into(),
    ]
}
