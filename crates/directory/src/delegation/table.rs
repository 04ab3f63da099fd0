//! All SQL that names the table of delegations.

use db::{Bound, Db, Row, Value, statements};
use uuid::Uuid;

use super::rules::Standing;
use super::{Capabilities, Delegation, Subject};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::membership::{Details, OnLapse, TermsStanding};
use crate::realm::RealmId;
use crate::user::User;

statements! {
    INSERT = "INSERT INTO delegations (realm, group_id, subject, id, of_group, capabilities, inherit, valid_from, valid_until, granted_by, granted_at, entitled, version)
              VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 1) ON CONFLICT DO NOTHING";
    UPDATE = "UPDATE delegations SET capabilities = ?4, inherit = ?5, valid_from = ?6, valid_until = ?7, entitled = ?8, version = version + 1
              WHERE realm = ?1 AND group_id = ?2 AND subject = ?3";
    DELETE = "DELETE FROM delegations WHERE realm = ?1 AND group_id = ?2 AND subject = ?3";
    DELETE_ON = "DELETE FROM delegations WHERE realm = ?1 AND group_id = ?2";
    ONE = "SELECT d.id, d.group_id, d.subject, d.of_group, d.capabilities, d.inherit, d.valid_from, d.valid_until, d.granted_by, d.granted_at, d.version, d.entitled
           FROM delegations d WHERE d.realm = ?1 AND d.group_id = ?2 AND d.subject = ?3";
    ON = "SELECT d.id, d.group_id, d.subject, d.of_group, d.capabilities, d.inherit, d.valid_from, d.valid_until, d.granted_by, d.granted_at, d.version, d.entitled
           FROM delegations d WHERE d.realm = ?1 AND d.group_id = ?2 ORDER BY d.subject LIMIT ?3";
    /// A person's own on a group and inherited from above, and those of groups they are in, which last no longer than they are.
    OF_PERSON_ON = "SELECT d.id, d.group_id, d.subject, d.of_group, d.capabilities, d.inherit, d.valid_from, d.valid_until, d.granted_by, d.granted_at, d.version, d.entitled
           FROM delegations d WHERE d.realm = ?1 AND d.group_id = ?2 AND d.subject = ?3
           UNION ALL
           SELECT d.id, d.group_id, d.subject, d.of_group, d.capabilities, d.inherit, d.valid_from, d.valid_until, d.granted_by, d.granted_at, d.version, d.entitled
           FROM group_ancestors a JOIN delegations d ON d.realm = a.realm AND d.group_id = a.ancestor AND d.subject = ?3
           WHERE a.realm = ?1 AND a.group_id = ?2 AND d.inherit
           UNION ALL
           SELECT d.id, d.group_id, d.subject, d.of_group, d.capabilities, d.inherit, d.valid_from,
             CASE WHEN m.effective_at IS NULL OR m.effective_at > d.valid_until THEN d.valid_until ELSE m.effective_at END,
             d.granted_by, d.granted_at, d.version, d.entitled
           FROM delegations d JOIN memberships m ON m.realm = d.realm AND m.group_id = d.subject AND m.user_id = ?3
           WHERE d.realm = ?1 AND d.group_id = ?2 AND d.of_group AND m.status = 'enabled'
           UNION ALL
           SELECT d.id, d.group_id, d.subject, d.of_group, d.capabilities, d.inherit, d.valid_from,
             CASE WHEN m.effective_at IS NULL OR m.effective_at > d.valid_until THEN d.valid_until ELSE m.effective_at END,
             d.granted_by, d.granted_at, d.version, d.entitled
           FROM group_ancestors a JOIN delegations d ON d.realm = a.realm AND d.group_id = a.ancestor
             JOIN memberships m ON m.realm = d.realm AND m.group_id = d.subject AND m.user_id = ?3
           WHERE a.realm = ?1 AND a.group_id = ?2 AND d.inherit AND d.of_group AND m.status = 'enabled'";
    /// All on a group and inherited from above, the nearest first and there people before groups, with whether a person is active, or one of the first hundred in a group.
    ON_AND_ABOVE = "SELECT d.id, d.group_id, d.subject, d.of_group, d.capabilities, d.inherit, d.valid_from, d.valid_until, d.granted_by, d.granted_at, d.version, d.entitled,
             (SELECT 1 FROM users u WHERE u.realm = ?1 AND u.id = d.subject AND NOT d.of_group AND u.lifecycle = 'active'),
             (SELECT 1 FROM (SELECT m.user_id FROM memberships m WHERE m.realm = ?1 AND m.group_id = d.subject AND d.of_group AND m.status = 'enabled'
                             LIMIT 100) few JOIN users u ON u.realm = ?1 AND u.id = few.user_id WHERE u.lifecycle = 'active' LIMIT 1),
             0
           FROM delegations d WHERE d.realm = ?1 AND d.group_id = ?2
           UNION ALL
           SELECT d.id, d.group_id, d.subject, d.of_group, d.capabilities, d.inherit, d.valid_from, d.valid_until, d.granted_by, d.granted_at, d.version, d.entitled,
             (SELECT 1 FROM users u WHERE u.realm = ?1 AND u.id = d.subject AND NOT d.of_group AND u.lifecycle = 'active'),
             (SELECT 1 FROM (SELECT m.user_id FROM memberships m WHERE m.realm = ?1 AND m.group_id = d.subject AND d.of_group AND m.status = 'enabled'
                             LIMIT 100) few JOIN users u ON u.realm = ?1 AND u.id = few.user_id WHERE u.lifecycle = 'active' LIMIT 1),
             a.depth
           FROM group_ancestors a JOIN delegations d ON d.realm = a.realm AND d.group_id = a.ancestor
           WHERE a.realm = ?1 AND a.group_id = ?2 AND d.inherit
           ORDER BY 15, 4, 3 LIMIT ?3";
    /// Those who begin or end at this very instant are not among them, whether that was done already or not.
    PEOPLE_OF = "SELECT m.user_id, m.details FROM memberships m WHERE m.realm = ?1 AND m.group_id = ?2 AND m.user_id > ?3 AND m.status = 'enabled'
             AND (m.valid_from IS NULL OR m.valid_from < ?5) AND (m.effective_at IS NULL OR m.effective_at > ?5)
           ORDER BY m.user_id LIMIT ?4";
    /// What their memberships of the groups above rest on.
    ABOVE_OF = "SELECT m.details FROM group_ancestors a JOIN memberships m ON m.realm = a.realm AND m.group_id = a.ancestor AND m.user_id = ?3
           WHERE a.realm = ?1 AND a.group_id = ?2 AND m.status = 'enabled' AND m.details IS NOT NULL";
    /// Whoever is named stays: on PostgreSQL nobody takes the person out of the realm until the end of the transaction.
    HOLD_PERSON = "SELECT u.id FROM users u WHERE u.realm = ?1 AND u.id = ?2 /*pg: FOR KEY SHARE */";
    COUNT_OF_SUBJECT = "SELECT COUNT(*) FROM (SELECT 1 FROM delegations d WHERE d.realm = ?1 AND d.subject = ?2 LIMIT ?3) counted";
    OF_SUBJECT = "SELECT d.id, d.group_id, d.subject, d.of_group, d.capabilities, d.inherit, d.valid_from, d.valid_until, d.granted_by, d.granted_at, d.version, d.entitled
           FROM delegations d WHERE d.realm = ?1 AND d.subject = ?2 ORDER BY d.group_id LIMIT ?3";
    /// Whatever a person administers, by themselves or by a group they are in.
    OF_PERSON = "SELECT d.id, d.group_id, d.subject, d.of_group, d.capabilities, d.inherit, d.valid_from, d.valid_until, d.granted_by, d.granted_at, d.version, d.entitled
           FROM delegations d WHERE d.realm = ?1 AND d.subject = ?2
           UNION ALL
           SELECT d.id, d.group_id, d.subject, d.of_group, d.capabilities, d.inherit, d.valid_from, d.valid_until, d.granted_by, d.granted_at, d.version, d.entitled
           FROM memberships m JOIN delegations d ON d.realm = m.realm AND d.subject = m.group_id
           WHERE m.realm = ?1 AND m.user_id = ?2 AND m.status = 'enabled'
           LIMIT ?3";
}

fn from_row(row: &mut Row) -> Result<Delegation, db::Error> {
    let subject: Uuid = row.take(2)?;
    let of_group: bool = row.take(3)?;
    let capabilities: String = row.take(4)?;
    let valid_from: Option<i64> = row.take(6)?;
    let valid_until: Option<i64> = row.take(7)?;
    Ok(Delegation {
        id: row.take(0)?,
        group: row.take(1)?,
        subject: if of_group {
            Subject::Group(Id::new(subject))
        } else {
            Subject::User(Id::new(subject))
        },
        capabilities: Capabilities::from_column(&capabilities),
        inherit: row.take(5)?,
        valid_from: valid_from.map(Timestamp::from_millis),
        valid_until: valid_until.map(Timestamp::from_millis),
        granted_by: row.take(8)?,
        granted_at: Timestamp::from_millis(row.take(9)?),
        version: row.take(10)?,
        entitled: row.take(11)?,
    })
}

fn standing(row: &mut Row) -> Result<Standing, db::Error> {
    let (person, member): (Option<i64>, Option<i64>) = (row.take(12)?, row.take(13)?);
    Ok(Standing {
        delegation: from_row(row)?,
        is_somebodys: person.or(member).is_some(),
    })
}

fn all(rows: Vec<Row>) -> Result<Vec<Delegation>, Error> {
    rows.into_iter().map(|mut row| Ok(from_row(&mut row)?)).collect()
}

/// Adds a delegation; false when the subject has one there.
pub(super) fn insert(change: &mut Change<'_>, delegation: &Delegation) -> Result<bool, Error> {
    let params = [
        change.realm_id().into(),
        delegation.group.into(),
        delegation.subject.uuid().into(),
        delegation.id.into(),
        matches!(delegation.subject, Subject::Group(_)).into(),
        delegation.capabilities.to_string().into(),
        delegation.inherit.into(),
        delegation.valid_from.map(Timestamp::millis).into(),
        delegation.valid_until.map(Timestamp::millis).into(),
        delegation.granted_by.as_str().into(),
        delegation.granted_at.millis().into(),
        delegation.entitled.into(),
    ];
    Ok(change.execute(INSERT, &params)? == 1)
}

pub(super) fn update(change: &mut Change<'_>, after: &Delegation) -> Result<bool, Error> {
    let params = [
        change.realm_id().into(),
        after.group.into(),
        after.subject.uuid().into(),
        after.capabilities.to_string().into(),
        after.inherit.into(),
        after.valid_from.map(Timestamp::millis).into(),
        after.valid_until.map(Timestamp::millis).into(),
        after.entitled.into(),
    ];
    Ok(change.execute(UPDATE, &params)? == 1)
}

pub(super) fn delete(change: &mut Change<'_>, delegation: &Delegation) -> Result<bool, Error> {
    let params = [
        change.realm_id().into(),
        delegation.group.into(),
        delegation.subject.uuid().into(),
    ];
    Ok(change.execute(DELETE, &params)? == 1)
}

/// Removes whatever there is on a group that is gone.
pub(super) fn delete_on(change: &mut Change<'_>, group: Id<Group>) -> Result<(), Error> {
    let realm = change.realm_id();
    change.later(DELETE_ON, vec![realm.into(), group.into()])
}

pub(super) fn one(change: &mut Change<'_>, group: Id<Group>, subject: Uuid) -> Result<Option<Delegation>, Error> {
    let params = [change.realm_id().into(), group.into(), subject.into()];
    let row = change.query_one(ONE, &params)?;
    Ok(row.map(|mut row| from_row(&mut row)).transpose()?)
}

fn person_on(realm: RealmId, user: Id<User>, group: Id<Group>) -> [Value; 3] {
    [realm.into(), group.into(), user.into()]
}

pub(super) fn of_person_on(
    change: &mut Change<'_>,
    user: Id<User>,
    group: Id<Group>,
) -> Result<Vec<Delegation>, Error> {
    let params = person_on(change.realm_id(), user, group);
    all(change.query(OF_PERSON_ON, &params)?)
}

pub(super) async fn of_person_on_group(
    db: &Db,
    realm: RealmId,
    user: Id<User>,
    group: Id<Group>,
) -> Result<Vec<Delegation>, Error> {
    all(db.query(OF_PERSON_ON, &person_on(realm, user, group)).await?)
}

pub(super) fn on(change: &mut Change<'_>, group: Id<Group>, limit: i64) -> Result<Vec<Delegation>, Error> {
    all(change.query(ON, &[change.realm_id().into(), group.into(), limit.into()])?)
}

pub(super) fn on_and_above(change: &mut Change<'_>, group: Id<Group>, limit: i64) -> Result<Vec<Standing>, Error> {
    let params = [change.realm_id().into(), group.into(), limit.into()];
    let rows = change.query(ON_AND_ABOVE, &params)?;
    rows.into_iter().map(|mut row| Ok(standing(&mut row)?)).collect()
}

pub(super) async fn all_on_and_above(
    db: &Db,
    realm: RealmId,
    group: Id<Group>,
    limit: i64,
) -> Result<Vec<Delegation>, Error> {
    all(db
        .query(ON_AND_ABOVE, &[realm.into(), group.into(), limit.into()])
        .await?)
}

pub(super) fn people_of(
    change: &mut Change<'_>,
    group: Id<Group>,
    after: Option<Id<User>>,
    limit: usize,
) -> Result<Vec<Id<User>>, Error> {
    let (now, mut after) = (change.now(), after);
    let mut found = Vec::new();
    while found.len() < limit {
        let wanted = limit - found.len();
        let params = [
            change.realm_id().into(),
            group.into(),
            after.map_or(Uuid::nil(), Id::uuid).into(),
            (wanted as i64).into(),
            now.millis().into(),
        ];
        let rows = change.query(PEOPLE_OF, &params)?;
        let is_last = rows.len() < wanted;
        for mut row in rows {
            let user: Id<User> = row.take(0)?;
            after = Some(user);
            if !ends_with_terms(&mut row, 1, now)? && !ends_with_terms_above(change, group, user)? {
                found.push(user);
            }
        }
        if is_last {
            break;
        }
    }
    Ok(found)
}

fn ends_with_terms_above(change: &mut Change<'_>, group: Id<Group>, user: Id<User>) -> Result<bool, Error> {
    let now = change.now();
    for mut row in change.query(ABOVE_OF, &[change.realm_id().into(), group.into(), user.into()])? {
        if ends_with_terms(&mut row, 0, now)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the membership of a row ends by then because terms are not accepted again, whether that was done already or not.
fn ends_with_terms(row: &mut Row, details: usize, now: Timestamp) -> Result<bool, Error> {
    let details: Option<String> = row.take(details)?;
    let details = Details::from_column(details.as_deref())?;
    let ends = |terms: &TermsStanding| terms.on_lapse == OnLapse::End && terms.until.is_some_and(|until| until <= now);
    Ok(details.terms.as_ref().is_some_and(ends))
}

/// A person who is about to be named.
pub(super) fn hold_person(change: &mut Change<'_>, user: Id<User>) -> Result<(), Error> {
    if change.engine() == db::Engine::Postgres {
        change.query(HOLD_PERSON, &[change.realm_id().into(), user.into()])?;
    }
    Ok(())
}

/// How much somebody administers by themselves; so much at most is counted.
pub(super) fn count_of_subject(change: &mut Change<'_>, subject: Uuid, limit: i64) -> Result<i64, Error> {
    let params = [change.realm_id().into(), subject.into(), limit.into()];
    let row = change.query_one(COUNT_OF_SUBJECT, &params)?;
    Ok(row.map(|mut row| row.take(0)).transpose()?.unwrap_or_default())
}

/// What [`of_subject`] reads.
pub(super) fn read_of_subject(realm: RealmId, subject: Uuid, limit: i64) -> Bound {
    (OF_SUBJECT.into(), vec![realm.into(), subject.into(), limit.into()])
}

pub(super) fn of_subject(change: &mut Change<'_>, subject: Uuid, limit: i64) -> Result<Vec<Delegation>, Error> {
    let (sql, params) = read_of_subject(change.realm_id(), subject, limit);
    all(change.query(&sql, &params)?)
}

pub(crate) async fn of_person(db: &Db, realm: RealmId, user: Id<User>, limit: i64) -> Result<Vec<Delegation>, Error> {
    all(db.query(OF_PERSON, &[realm.into(), user.into(), limit.into()]).await?)
}
