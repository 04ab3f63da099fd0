//! All SQL that names what is counted and looked for over many groups.

use db::{Db, Row, statements};

use super::queries::{Ending, Orphan};
use crate::clock::Timestamp;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::membership::Status;
use crate::realm::RealmId;
use crate::user::User;

statements! {
    PEOPLE_IN = "SELECT enabled_members FROM groups WHERE realm = ?1 AND id = ?2";
    /// Whatever does not count now and is kept in lists, up to a limit. Of those in force there is a number beside the group.
    WAITING_IN = "SELECT counted.status, COUNT(*) FROM (
             SELECT m.status FROM memberships m WHERE m.realm = ?1 AND m.group_id = ?2 AND m.status IN ('pending', 'suspended', 'expired')
               AND m.listed_key IS NOT NULL LIMIT ?3) AS counted GROUP BY counted.status";
    /// How many groups there are, up to a limit, and how many people are in them.
    PEOPLE_OF_REALM = "SELECT COUNT(*), CAST(COALESCE(SUM(counted.enabled_members), 0) AS BIGINT) FROM (
             SELECT g.enabled_members FROM groups g WHERE g.realm = ?1 ORDER BY g.id LIMIT ?2) AS counted";
    WAITING_OF_REALM = "SELECT counted.status, COUNT(*) FROM (
             SELECT m.status FROM memberships m WHERE m.realm = ?1 AND m.status IN ('pending', 'suspended', 'expired', 'barred')
               AND m.status <> 'barred' ORDER BY m.user_id, m.group_id LIMIT ?2) AS counted GROUP BY counted.status";
    ENDING = "SELECT m.id, m.group_id, m.user_id, m.status, m.effective_at, m.effective_group FROM memberships m
             WHERE m.realm = ?1 AND m.group_id = ?2 AND m.effective_at IS NOT NULL AND (m.effective_at, m.user_id) > (?3, ?4)
               AND m.effective_at <= ?5 AND m.status IN ('enabled', 'pending', 'suspended')
             ORDER BY m.effective_at, m.user_id LIMIT ?6";
    /// Groups in slices, each with whether any membership in it ends in that time. One look at an index for each of them.
    GROUPS_WITH_ENDING = "SELECT g.id, (SELECT m.user_id FROM memberships m WHERE m.realm = ?1 AND m.group_id = g.id AND m.effective_at IS NOT NULL
               AND m.effective_at > ?3 AND m.effective_at <= ?4 ORDER BY m.effective_at LIMIT 1) IS NOT NULL
             FROM groups g WHERE g.realm = ?1 AND g.id > ?2 ORDER BY g.id LIMIT ?5";
    /// Groups in slices, each with whether somebody administers it now, by a delegation on it or, inherited, above it: a person
    /// who is not suspended, or a group in which somebody is.
    MANAGED = "SELECT g.id, g.name, g.parent, g.enabled_members, NOT g.managed
               OR (SELECT d.subject FROM delegations d WHERE d.realm = ?1 AND d.group_id = g.id
                   AND (d.valid_from IS NULL OR d.valid_from <= ?3) AND (d.valid_until IS NULL OR d.valid_until > ?3)
                   AND (EXISTS (SELECT 1 FROM users u WHERE u.realm = ?1 AND u.id = d.subject AND u.lifecycle <> 'suspended')
                     OR EXISTS (SELECT 1 FROM groups s WHERE s.realm = ?1 AND s.id = d.subject AND s.enabled_members > 0)) LIMIT 1) IS NOT NULL
               OR (SELECT d.subject FROM group_ancestors a JOIN delegations d ON d.realm = a.realm AND d.group_id = a.ancestor
                   WHERE a.realm = ?1 AND a.group_id = g.id AND d.inherit
                   AND (d.valid_from IS NULL OR d.valid_from <= ?3) AND (d.valid_until IS NULL OR d.valid_until > ?3)
                   AND (EXISTS (SELECT 1 FROM users u WHERE u.realm = ?1 AND u.id = d.subject AND u.lifecycle <> 'suspended')
                     OR EXISTS (SELECT 1 FROM groups s WHERE s.realm = ?1 AND s.id = d.subject AND s.enabled_members > 0)) LIMIT 1) IS NOT NULL
             FROM groups g WHERE g.realm = ?1 AND g.id > ?2 ORDER BY g.id LIMIT ?4";
}

fn numbers(rows: Vec<Row>) -> Result<Vec<(Status, u64)>, Error> {
    let mut numbers = Vec::new();
    for mut row in rows {
        let (status, number): (String, i64) = (row.take(0)?, row.take(1)?);
        // A word that only a newer version knows is not counted.
        if let Some(status) = Status::parse(&status) {
            numbers.push((status, number.unsigned_abs()));
        }
    }
    Ok(numbers)
}

/// How many people are in a group.
pub(super) async fn people_in(db: &Db, realm: RealmId, group: Id<Group>) -> Result<u64, Error> {
    let mut rows = db.query(PEOPLE_IN, &[realm.into(), group.into()]).await?;
    let people: i64 = rows.first_mut().map_or(Ok(0), |row| row.take(0))?;
    Ok(people.unsigned_abs())
}

/// How many memberships of a group do not count now, by where they stand; so many are looked at.
pub(super) async fn waiting_in(
    db: &Db,
    realm: RealmId,
    group: Id<Group>,
    limit: i64,
) -> Result<Vec<(Status, u64)>, Error> {
    numbers(
        db.query(WAITING_IN, &[realm.into(), group.into(), limit.into()])
            .await?,
    )
}

/// How many groups a realm has, and how many people are in them; so many groups are looked at.
pub(super) async fn people_of_realm(db: &Db, realm: RealmId, limit: i64) -> Result<(u64, u64), Error> {
    let mut rows = db.scan(PEOPLE_OF_REALM, &[realm.into(), limit.into()]).await?;
    let Some(row) = rows.first_mut() else {
        return Ok((0, 0));
    };
    let (groups, people): (i64, i64) = (row.take(0)?, row.take(1)?);
    Ok((groups.unsigned_abs(), people.unsigned_abs()))
}

/// [`waiting_in`] of all groups.
pub(super) async fn waiting_of_realm(db: &Db, realm: RealmId, limit: i64) -> Result<Vec<(Status, u64)>, Error> {
    numbers(db.scan(WAITING_OF_REALM, &[realm.into(), limit.into()]).await?)
}

/// The memberships of a group that end after one of them and not later than that, so many.
pub(super) async fn ending_after(
    db: &Db,
    realm: RealmId,
    group: Id<Group>,
    (at, user): (Timestamp, Id<User>),
    until: Timestamp,
    limit: usize,
) -> Result<Vec<Ending>, Error> {
    let params = [
        realm.into(),
        group.into(),
        at.millis().into(),
        user.into(),
        until.millis().into(),
        (limit as i64).into(),
    ];
    let ending = |mut row: Row| {
        let status: String = row.take(3)?;
        Ok(Ending {
            membership: row.take(0)?,
            group: row.take(1)?,
            user: row.take(2)?,
            status: Status::parse(&status).unwrap_or(Status::Ended),
            at: Timestamp::from_millis(row.take(4)?),
            because_of: row.take::<Option<uuid::Uuid>>(5)?.map(Id::new),
        })
    };
    let rows = db.query(ENDING, &params).await?;
    rows.into_iter().map(ending).collect()
}

/// So many groups after one of them, each with whether any membership in it ends in that time.
pub(super) async fn groups_with_ending(
    db: &Db,
    realm: RealmId,
    after: Id<Group>,
    (from, until): (Timestamp, Timestamp),
    limit: usize,
) -> Result<Vec<(Id<Group>, bool)>, Error> {
    let params = [
        realm.into(),
        after.into(),
        from.millis().into(),
        until.millis().into(),
        (limit as i64).into(),
    ];
    let rows = db.scan(GROUPS_WITH_ENDING, &params).await?;
    rows.into_iter()
        .map(|mut row| Ok((row.take(0)?, row.take(1)?)))
        .collect()
}

/// So many groups after one of them, each with whether it is administered by somebody, or by nobody since nobody manages it.
pub(super) async fn managed_groups(
    db: &Db,
    realm: RealmId,
    after: Id<Group>,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<(Orphan, bool)>, Error> {
    let params = [realm.into(), after.into(), now.millis().into(), (limit as i64).into()];
    let one = |mut row: Row| {
        let orphan = Orphan {
            group: row.take(0)?,
            name: row.take(1)?,
            parent: row.take::<Option<uuid::Uuid>>(2)?.map(Id::new),
            people: row.take(3)?,
        };
        Ok((orphan, row.take(4)?))
    };
    let rows = db.scan(MANAGED, &params).await?;
    rows.into_iter().map(one).collect()
}
