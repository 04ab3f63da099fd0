//! Many people in one group at once, with what bears on them above and below. The people are held.

use std::collections::{HashMap, HashSet};

use db::Row as DbRow;
use uuid::Uuid;

use super::super::{Effective, Membership, Origin, Status};
use super::grant::Grant;
use super::read::Standing;
use super::sizes::{MOST, SIZES, in_list};
use super::{Touched, ids, touched};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;

/// For whom something was to be done by now; completed by the instant.
const OVERDUE: &str = "SELECT j.subject FROM jobs j WHERE j.realm = ?1 AND j.kind = 'person_duties' AND j.subject IN";

/// Held in the order of their ids, as whoever changes all that one of them has holds them.
const HOLD: &str = "SELECT u.id FROM users u WHERE u.realm = ?1 AND u.id IN";

/// Blocks of these people on a group or above it; completed by the group.
const BLOCKED: &str = "SELECT DISTINCT b.user_id FROM membership_blocks b WHERE b.realm = ?1 AND b.user_id IN";

const ROWS: &str =
    "SELECT m.user_id, m.status, m.ended_by, m.expires_at FROM memberships m WHERE m.realm = ?1 AND m.user_id IN";

/// From the group up to those above it, and there to these people.
const ENDS_ABOVE: &str = "SELECT m.user_id, m.expires_at, a.depth, m.group_id FROM group_ancestors a CROSS JOIN memberships m
    WHERE a.realm = ?1 AND m.realm = a.realm AND m.group_id = a.ancestor AND m.status = 'enabled' AND m.expires_at IS NOT NULL
      AND strpos(COALESCE(m.details, ''), '\"elevation\":') = 0 AND m.user_id IN";

const ELEVATED: &str = "SELECT m.user_id FROM memberships m WHERE m.realm = ?1 AND m.status = 'enabled'
      AND strpos(COALESCE(m.details, ''), '\"elevation\":') > 0 AND m.user_id IN";

/// From these people to where they are, and whether that is below the group.
const ENABLED_BELOW: &str = "SELECT m.group_id, m.user_id, m.status FROM memberships m CROSS JOIN group_ancestors a
    WHERE m.realm = ?1 AND m.status = 'enabled' AND a.realm = m.realm AND a.group_id = m.group_id AND m.user_id IN";
const WAITING_BELOW: &str = "SELECT m.group_id, m.user_id, m.status FROM memberships m CROSS JOIN group_ancestors a
    WHERE m.realm = ?1 AND m.status IN ('pending', 'suspended', 'expired', 'barred') AND m.status IN ('pending', 'suspended')
      AND a.realm = m.realm AND a.group_id = m.group_id AND m.user_id IN";

/// How somebody stands to a group before they are added.
#[derive(Clone, Copy, Debug)]
pub(in crate::membership) struct Row {
    pub(in crate::membership) standing: Standing,
    pub(in crate::membership) expires_at: Option<Timestamp>,
}

/// What somebody holds in a group below.
#[derive(Clone, Copy, Debug)]
pub(in crate::membership) struct Below {
    pub(in crate::membership) group: Id<Group>,
    pub(in crate::membership) user: Uuid,
    pub(in crate::membership) status: Status,
}

/// The rows of a statement that ends with a list of people; `tail` may name the group by `{group}`.
fn ask(
    change: &mut Change<'_>,
    (head, tail): (&str, &str),
    group: Id<Group>,
    users: &[Uuid],
) -> Result<Vec<DbRow>, Error> {
    let mut rows = Vec::new();
    for slice in users.chunks(MOST) {
        let (sql, mut params) = in_list(head, "", change.realm_id(), slice);
        params.push(group.into());
        let tail = tail.replace("{group}", &format!("?{}", params.len()));
        rows.append(&mut change.query(&format!("{sql}{tail}"), &params)?);
    }
    Ok(rows)
}

/// Holds people until the end of the transaction: nobody else changes all that one of them has.
pub(in crate::membership) fn hold_people(change: &mut Change<'_>, users: &[Uuid]) -> Result<(), Error> {
    for slice in users.chunks(MOST) {
        let (sql, params) = in_list(
            HOLD,
            " ORDER BY u.id /*pg: FOR NO KEY UPDATE */",
            change.realm_id(),
            slice,
        );
        change.query(&sql, &params)?;
    }
    Ok(())
}

/// Those of these people for whom something is to be done that is due, in the order of their ids.
pub(in crate::membership) fn overdue_among(change: &mut Change<'_>, users: &[Uuid]) -> Result<Vec<Uuid>, Error> {
    let mut overdue = Vec::new();
    for slice in users.chunks(MOST) {
        let (sql, mut params) = in_list(OVERDUE, "", change.realm_id(), slice);
        params.push(change.now().millis().into());
        let tail = format!(" AND j.due_at <= ?{} AND NOT j.parked", params.len());
        overdue.append(&mut ids(change.query(&format!("{sql}{tail}"), &params)?)?);
    }
    overdue.sort_unstable();
    Ok(overdue)
}

/// Those of these people who are kept out of a group, by a block on it or above.
pub(in crate::membership) fn blocked_among(
    change: &mut Change<'_>,
    group: Id<Group>,
    users: &[Uuid],
) -> Result<HashSet<Uuid>, Error> {
    let tail = " AND (b.group_id = {group}
        OR b.group_id IN (SELECT a.ancestor FROM group_ancestors a WHERE a.realm = ?1 AND a.group_id = {group}))";
    Ok(ids(ask(change, (BLOCKED, tail), group, users)?)?.into_iter().collect())
}

/// How these people stand to a group; without those who were never in it.
pub(in crate::membership) fn rows_of(
    change: &mut Change<'_>,
    group: Id<Group>,
    users: &[Uuid],
) -> Result<HashMap<Uuid, Row>, Error> {
    let rows = ask(change, (ROWS, " AND m.group_id = {group}"), group, users)?;
    let read = |mut row: DbRow| -> Result<(Uuid, Row), Error> {
        let status: String = row.take(1)?;
        let by: Option<String> = row.take(2)?;
        let end: Option<i64> = row.take(3)?;
        let standing = Row {
            standing: Standing::of(&status, by.as_deref()),
            expires_at: end.map(Timestamp::from_millis),
        };
        Ok((row.take(0)?, standing))
    };
    rows.into_iter().map(read).collect()
}

/// The earliest end of what each of these people is enabled in above a group, and where; of two at once the nearest.
pub(in crate::membership) fn ends_above(
    change: &mut Change<'_>,
    group: Id<Group>,
    users: &[Uuid],
) -> Result<HashMap<Uuid, (Timestamp, Id<Group>)>, Error> {
    let mut earliest: HashMap<Uuid, (i64, i64, Id<Group>)> = HashMap::new();
    for mut row in ask(change, (ENDS_ABOVE, " AND a.group_id = {group}"), group, users)? {
        let user: Uuid = row.take(0)?;
        let end: (i64, i64, Id<Group>) = (row.take(1)?, row.take(2)?, row.take(3)?);
        let known = earliest.entry(user).or_insert(end);
        *known = end.min(*known);
    }
    let read = |(user, (at, _, group))| (user, (Timestamp::from_millis(at), group));
    Ok(earliest.into_iter().map(read).collect())
}

/// Who of these is a member only for some hours, by an eligibility.
pub(in crate::membership) fn elevated_among(
    change: &mut Change<'_>,
    group: Id<Group>,
    users: &[Uuid],
) -> Result<HashSet<Uuid>, Error> {
    let rows = ask(change, (ELEVATED, " AND m.group_id = {group}"), group, users)?;
    let users = rows.into_iter().map(|mut row| row.take(0));
    Ok(users.collect::<Result<_, db::Error>>()?)
}

/// What these people hold in groups below one, in no order.
pub(in crate::membership) fn held_below(
    change: &mut Change<'_>,
    group: Id<Group>,
    users: &[Uuid],
) -> Result<Vec<Below>, Error> {
    let mut found = Vec::new();
    for head in [ENABLED_BELOW, WAITING_BELOW] {
        for mut row in ask(change, (head, " AND a.ancestor = {group}"), group, users)? {
            let status: String = row.take(2)?;
            found.push(Below {
                group: row.take(0)?,
                user: row.take(1)?,
                status: Status::parse(&status).unwrap_or(Status::Suspended),
            });
        }
    }
    Ok(found)
}

/// As [`add`](super::add), with the end that counts for each.
pub(in crate::membership) fn add_until(
    change: &mut Change<'_>,
    group: Id<Group>,
    given: &[(Uuid, Effective)],
    grant: Grant,
) -> Result<HashMap<Uuid, Touched>, Error> {
    let (source, source_id) = Origin::of(change);
    let mut added = HashMap::with_capacity(given.len());
    let mut rest = given;
    while !rest.is_empty() {
        let size = SIZES.into_iter().rev().find(|size| *size <= rest.len()).unwrap_or(1);
        let (slice, others) = rest.split_at(size);
        rest = others;
        let mut params = vec![
            change.realm_id().into(),
            group.into(),
            source.name().into(),
            source_id.into(),
            change.now().millis().into(),
            (grant == Grant::New).into(),
            grant.repeats().name().into(),
        ];
        for (user, effective) in slice {
            let id: Id<Membership> = change.new_id();
            params.extend([
                (*user).into(),
                id.into(),
                effective.at.map(Timestamp::millis).into(),
                effective.group.map(Id::uuid).into(),
            ]);
        }
        let row = |row: usize| {
            let first = 4 * row + 8;
            let (id, at, above) = (first + 1, first + 2, first + 3);
            format!("(?1, ?2, ?{first}, ?{id}, 1, 'enabled', ?3, ?4, ?5, ?{at}, ?{above})")
        };
        let rows: Vec<String> = (0..size).map(row).collect();
        let sql = format!("{ADD} {} {OR_REVIVE}", rows.join(", "));
        touched(change.write_returning_ahead(&sql, &params, Vec::new)?, &mut added)?;
    }
    Ok(added)
}

const ADD: &str =
    "INSERT INTO memberships (realm, group_id, user_id, id, version, status, source, source_id, granted_at,
   effective_at, effective_group) VALUES";

const OR_REVIVE: &str =
    "ON CONFLICT (realm, group_id, user_id) DO UPDATE SET version = memberships.version + 1, status = 'enabled',
      source = ?3, source_id = ?4, granted_at = ?5, ended_at = NULL, ended_by = NULL,
      valid_from = NULL, effective_at = excluded.effective_at, effective_group = excluded.effective_group,
      expires_at = CASE WHEN memberships.status = 'pending' THEN memberships.expires_at END,
      configuration = CASE WHEN memberships.status = 'pending' THEN memberships.configuration END,
      details = CASE WHEN memberships.status = 'pending' THEN memberships.details END
    WHERE (memberships.status = 'ended' AND (?6 OR memberships.ended_by IN (?7, 'elevation')))
       OR (?6 AND memberships.status IN ('pending', 'expired'))
    RETURNING user_id, id, version";
