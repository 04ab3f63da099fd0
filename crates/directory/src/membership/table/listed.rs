//! The keys by which members are listed, and the lists themselves.

use db::{Db, Row, Value, statements};
use uuid::Uuid;

use super::super::{Membership, Status, Which};
use super::live::from_row;
use super::roles::Where;
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::lists::in_lists;
use crate::realm::RealmId;
use crate::user::User;

statements! {
    DOCUMENT_IF_MANAGED = "SELECT u.document FROM groups g CROSS JOIN users u
              WHERE g.realm = ?1 AND g.id = ?2 AND g.managed AND u.realm = g.realm AND u.id = ?3";
    UNLISTED = "SELECT m.user_id, u.document FROM memberships m JOIN users u ON u.realm = m.realm AND u.id = m.user_id
              WHERE m.realm = ?1 AND m.group_id = ?2 AND m.user_id > ?3 AND m.listed_key IS NULL
                AND m.status IN ('enabled', 'pending', 'suspended', 'expired') ORDER BY m.user_id LIMIT ?4";
    /// Nobody sees it but by the order of a list: the version stays.
    KEEP = "UPDATE memberships SET listed_key = ?4 WHERE realm = ?1 AND group_id = ?2 AND user_id = ?3
              AND status IN ('enabled', 'pending', 'suspended', 'expired')";
    /// From the person to their groups, never through all members of a group.
    RENAME = "UPDATE memberships SET listed_key = ?3 WHERE realm = ?1 AND user_id = ?2 AND listed_key IS NOT NULL AND group_id IN (
                SELECT e.group_id FROM memberships e WHERE e.realm = ?1 AND e.user_id = ?2 AND e.status = 'enabled'
                UNION ALL SELECT w.group_id FROM memberships w WHERE w.realm = ?1 AND w.user_id = ?2 AND w.status IN ('pending', 'suspended', 'expired', 'barred'))";

    /// One membership, by its id where members are listed.
    BY_ID = "SELECT m.group_id, m.user_id, m.version FROM memberships m WHERE m.realm = ?1 AND m.id = ?2 AND m.listed_key IS NOT NULL";
    /// The same of whoever is kept out of a group and no member: nobody lists them.
    BARRED_BY_ID = "SELECT m.group_id, m.user_id, m.version FROM membership_blocks b CROSS JOIN memberships m
              WHERE b.realm = ?1 AND b.group_id = ?2 AND m.realm = b.realm AND m.group_id = b.group_id AND m.user_id = b.user_id
                AND m.id = ?3 AND m.status = 'barred'";
    /// The same where members are not listed, or not yet: so many of a group looked at.
    UNLISTED_BY_ID = "SELECT s.group_id, s.user_id, s.version FROM (
                SELECT m.id, m.group_id, m.user_id, m.version, m.status, m.listed_key FROM memberships m
                WHERE m.realm = ?1 AND m.group_id = ?2 ORDER BY m.user_id LIMIT COALESCE((
                  SELECT CASE WHEN g.managed AND NOT EXISTS (
                    SELECT 1 FROM jobs j WHERE j.realm = ?1 AND j.kind = 'keep_listed' AND j.subject = ?2) THEN 0 ELSE 100000 END
                  FROM groups g WHERE g.realm = ?1 AND g.id = ?2), 0)) s
              WHERE s.id = ?3 AND s.listed_key IS NULL AND s.status <> 'ended'";
    BY_USER = "SELECT m.group_id, m.user_id, m.version FROM memberships m WHERE m.realm = ?1 AND m.group_id = ?2 AND m.user_id = ?3";
    WHOLE = "SELECT m.id, m.group_id, m.user_id, m.version, m.status, m.source, m.source_id, m.granted_at, m.valid_from, m.expires_at,
               m.effective_at, m.effective_group, m.configuration, m.details
             FROM memberships m WHERE m.realm = ?1 AND m.group_id = ?2 AND m.user_id = ?3";
    IS_BELOW = "SELECT 1 FROM group_ancestors a WHERE a.realm = ?1 AND a.group_id = ?2 AND a.ancestor = ?3";

    NUMBER = "SELECT g.enabled_members FROM groups g WHERE g.realm = ?1 AND g.id = ?2";
    COUNT = "SELECT COUNT(*) FROM memberships m WHERE m.realm = ?1 AND m.group_id = ?2 AND m.status = ?3 AND m.listed_key IS NOT NULL";
    /// By name, those of one status; behind a key and a person.
    BY_NAME = "SELECT m.id, m.group_id, m.user_id, m.listed_key, m.effective_at FROM memberships m
               WHERE m.realm = ?1 AND m.group_id = ?2 AND m.status = ?3 AND m.listed_key IS NOT NULL AND (m.listed_key, m.user_id) > (?4, ?5)
               ORDER BY m.listed_key, m.user_id LIMIT ?6";
    BY_NAME_FROM_LAST = "SELECT m.id, m.group_id, m.user_id, m.listed_key, m.effective_at FROM memberships m
               WHERE m.realm = ?1 AND m.group_id = ?2 AND m.status = ?3 AND m.listed_key IS NOT NULL
               ORDER BY m.listed_key DESC, m.user_id DESC LIMIT ?4";
    ALL_BELOW = "SELECT m.id, m.group_id, m.user_id, m.listed_key, m.effective_at FROM group_ancestors a CROSS JOIN memberships m
               WHERE a.realm = ?1 AND a.ancestor = ?2 AND m.realm = a.realm AND m.group_id = a.group_id AND m.status = ?3
                 AND m.listed_key IS NOT NULL LIMIT ?4";
    /// Those of one status whose family name begins so.
    NAMED = "SELECT m.id, m.group_id, m.user_id, m.listed_key, m.effective_at FROM memberships m
               WHERE m.realm = ?1 AND m.group_id = ?2 AND m.status = ?3 AND m.listed_key IS NOT NULL AND m.listed_key >= ?4 AND m.listed_key < ?5
               ORDER BY m.listed_key, m.user_id LIMIT ?6";
    /// Of a group in which nobody has a key: who is in it, in slices.
    UNLISTED_AFTER = "SELECT m.id, m.group_id, m.user_id, m.effective_at, u.document FROM memberships m JOIN users u ON u.realm = m.realm AND u.id = m.user_id
               WHERE m.realm = ?1 AND m.group_id = ?2 AND m.user_id > ?3 AND m.status <> 'ended' AND m.status = ?4 ORDER BY m.user_id LIMIT ?5";
}

/// Memberships of one group.
const OF_GROUP: &str =
    "SELECT m.id, m.group_id, m.user_id, m.version, m.status, m.source, m.source_id, m.granted_at, m.valid_from, m.expires_at,
       m.effective_at, m.effective_group, m.configuration, m.details
     FROM memberships m WHERE m.realm = ?1 AND m.group_id = ?2 AND m.user_id IN";

/// Lines of these people with their status: of one group, and of all below it, from the person to their groups.
const LINES_HERE: &str = "SELECT m.id, m.group_id, m.user_id, m.listed_key, m.effective_at, m.status FROM memberships m
     WHERE m.realm = ?1 AND m.group_id = ?2 AND m.listed_key IS NOT NULL AND m.user_id IN";
const LINES_BELOW: &str = "SELECT m.id, m.group_id, m.user_id, m.listed_key, m.effective_at, m.status FROM memberships m
     WHERE m.realm = ?1 AND m.status = 'enabled' AND m.listed_key IS NOT NULL
       AND EXISTS (SELECT 1 FROM group_ancestors a WHERE a.realm = ?1 AND a.group_id = m.group_id AND a.ancestor = ?2) AND m.user_id IN";
const WAITING_LINES_BELOW: &str = "SELECT m.id, m.group_id, m.user_id, m.listed_key, m.effective_at, m.status FROM memberships m
     WHERE m.realm = ?1 AND m.status IN ('pending', 'suspended', 'expired', 'barred') AND m.listed_key IS NOT NULL
       AND EXISTS (SELECT 1 FROM group_ancestors a WHERE a.realm = ?1 AND a.group_id = m.group_id AND a.ancestor = ?2) AND m.user_id IN";

/// What people are called; completed by a list of them.
const DOCUMENTS: &str = "SELECT u.id, u.document FROM users u WHERE u.realm = ?1 AND u.id IN";

/// The documents of people, in no order.
pub(in crate::membership) fn documents(
    change: &mut Change<'_>,
    users: &[Uuid],
) -> Result<Vec<(Id<User>, String)>, Error> {
    let wanted: Vec<Value> = users.iter().copied().map(Value::from).collect();
    let mut found = Vec::with_capacity(users.len());
    for (sql, params) in in_lists(DOCUMENTS, &[change.realm_id().into()], &wanted) {
        for mut row in change.query(&sql, &params)? {
            found.push((row.take(0)?, row.take(1)?));
        }
    }
    Ok(found)
}

/// The document of a person, if that group is managed.
pub(in crate::membership) fn document_if_managed(
    change: &mut Change<'_>,
    group: Id<Group>,
    user: Id<User>,
) -> Result<Option<String>, Error> {
    let row = change.query_one(
        DOCUMENT_IF_MANAGED,
        &[change.realm_id().into(), group.into(), user.into()],
    )?;
    Ok(row.map(|mut row| row.take(0)).transpose()?)
}

/// Members of a group who have no key, with their documents.
pub(in crate::membership) fn unlisted(
    change: &mut Change<'_>,
    group: Id<Group>,
    after: Id<User>,
    limit: usize,
) -> Result<Vec<(Id<User>, String)>, Error> {
    let params = [
        change.realm_id().into(),
        group.into(),
        after.into(),
        (limit as i64).into(),
    ];
    let rows = change.query(UNLISTED, &params)?;
    rows.into_iter()
        .map(|mut row| Ok((row.take(0)?, row.take(1)?)))
        .collect()
}

pub(in crate::membership) fn keep(
    change: &mut Change<'_>,
    group: Id<Group>,
    user: Id<User>,
    key: &str,
) -> Result<(), Error> {
    let realm = change.realm_id();
    change.keep_book_later(KEEP, vec![realm.into(), group.into(), user.into(), key.into()])
}

pub(in crate::membership) fn rename(change: &mut Change<'_>, user: Id<User>, key: &str) -> Result<(), Error> {
    let realm = change.realm_id();
    change.keep_book_later(RENAME, vec![realm.into(), user.into(), key.into()])
}

/// Where a membership is found.
#[derive(Clone, Copy, Debug)]
pub(in crate::membership) struct Found {
    pub(in crate::membership) group: Id<Group>,
    pub(in crate::membership) user: Id<User>,
    pub(in crate::membership) version: i64,
}

fn found(row: Option<Row>) -> Result<Option<Found>, db::Error> {
    let read = |mut row: Row| {
        Ok(Found {
            group: row.take(0)?,
            user: row.take(1)?,
            version: row.take(2)?,
        })
    };
    row.map(read).transpose()
}

/// Looks for a membership in a group, whatever became of it. Nothing is held by that.
pub(in crate::membership) fn find(
    change: &mut Change<'_>,
    group: Id<Group>,
    which: Which,
) -> Result<Option<Found>, Error> {
    let realm = change.realm_id();
    let id = match which {
        Which::User(user) => {
            return Ok(found(
                change.query_one(BY_USER, &[realm.into(), group.into(), user.into()])?,
            )?);
        }
        Which::Membership(id) => id,
    };
    let Some(one) = found(change.query_one(BY_ID, &[realm.into(), id.into()])?)? else {
        let named = [realm.into(), group.into(), id.into()];
        let barred = found(change.query_one(BARRED_BY_ID, &named)?)?;
        if barred.is_some() {
            return Ok(barred);
        }
        return Ok(found(change.query_one(UNLISTED_BY_ID, &named)?)?);
    };
    let here = one.group == group
        || change
            .query_one(IS_BELOW, &[realm.into(), one.group.into(), group.into()])?
            .is_some();
    Ok(here.then_some(one))
}

/// The same for reading.
pub(in crate::membership) async fn look(
    db: &Db,
    realm: RealmId,
    group: Id<Group>,
    which: Which,
) -> Result<Option<Found>, Error> {
    let first = async |sql: &str, params: &[Value]| -> Result<Option<Row>, Error> {
        Ok(db.query(sql, params).await?.into_iter().next())
    };
    let id = match which {
        Which::User(user) => {
            let row = first(BY_USER, &[realm.into(), group.into(), user.into()]).await?;
            return Ok(found(row)?);
        }
        Which::Membership(id) => id,
    };
    let Some(one) = found(first(BY_ID, &[realm.into(), id.into()]).await?)? else {
        let named = [realm.into(), group.into(), id.into()];
        let barred = found(first(BARRED_BY_ID, &named).await?)?;
        if barred.is_some() {
            return Ok(barred);
        }
        return Ok(found(first(UNLISTED_BY_ID, &named).await?)?);
    };
    let above = [realm.into(), one.group.into(), group.into()];
    let here = one.group == group || first(IS_BELOW, &above).await?.is_some();
    Ok(here.then_some(one))
}

/// A person's membership of a group, whatever became of it.
pub(in crate::membership) async fn whole(
    db: &Db,
    realm: RealmId,
    group: Id<Group>,
    user: Id<User>,
) -> Result<Option<Membership>, Error> {
    let mut rows = db.query(WHOLE, &[realm.into(), group.into(), user.into()]).await?;
    Ok(rows.first_mut().map(from_row).transpose()?)
}

/// These people's memberships of a group, in no order.
pub(in crate::membership) async fn of_people(
    db: &Db,
    realm: RealmId,
    group: Id<Group>,
    people: &[Id<User>],
) -> Result<Vec<Membership>, Error> {
    let wanted: Vec<Value> = people.iter().map(Value::from).collect();
    let mut found = Vec::with_capacity(people.len());
    for (sql, params) in in_lists(OF_GROUP, &[realm.into(), group.into()], &wanted) {
        for mut row in db.query(&sql, &params).await? {
            found.push(from_row(&mut row)?);
        }
    }
    Ok(found)
}

/// A line of a list before it is shown: what it is sorted and found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::membership) struct Line {
    pub(in crate::membership) id: Id<Membership>,
    pub(in crate::membership) group: Id<Group>,
    pub(in crate::membership) user: Id<User>,
    pub(in crate::membership) key: String,
    pub(in crate::membership) ends: Option<Timestamp>,
}

fn lines(rows: Vec<Row>) -> Result<Vec<Line>, Error> {
    let line = |mut row: Row| {
        Ok(Line {
            id: row.take(0)?,
            group: row.take(1)?,
            user: row.take(2)?,
            key: row.take(3)?,
            ends: row.take::<Option<i64>>(4)?.map(Timestamp::from_millis),
        })
    };
    rows.into_iter().map(line).collect()
}

/// How many people are in a group, and how many memberships of another status it has.
pub(in crate::membership) async fn count(
    db: &Db,
    realm: RealmId,
    group: Id<Group>,
    status: Status,
) -> Result<usize, Error> {
    let mut rows = if status == Status::Enabled {
        db.query(NUMBER, &[realm.into(), group.into()]).await?
    } else {
        db.query(COUNT, &[realm.into(), group.into(), status.name().into()])
            .await?
    };
    let number: i64 = rows.first_mut().map_or(Ok(0), |row| row.take(0))?;
    Ok(usize::try_from(number).unwrap_or_default())
}

/// The first of those of one status by name, or the last; so many.
pub(in crate::membership) async fn by_name(
    db: &Db,
    realm: RealmId,
    (group, status): (Id<Group>, Status),
    ascending: bool,
    limit: usize,
) -> Result<Vec<Line>, Error> {
    let mut params = vec![realm.into(), group.into(), status.name().into()];
    let sql = if ascending {
        params.extend(["".into(), Uuid::nil().into()]);
        BY_NAME
    } else {
        BY_NAME_FROM_LAST
    };
    params.push((limit as i64).into());
    lines(db.scan(sql, &params).await?)
}

/// All of one status in a group whose members are listed, or in all below it, in no order; so many.
pub(in crate::membership) async fn all(
    db: &Db,
    realm: RealmId,
    group: Id<Group>,
    place: Where,
    status: Status,
    limit: usize,
) -> Result<Vec<Line>, Error> {
    if place == Where::Here {
        return by_name(db, realm, (group, status), true, limit).await;
    }
    let params = [realm.into(), group.into(), status.name().into(), (limit as i64).into()];
    lines(db.scan(ALL_BELOW, &params).await?)
}

/// Those of one status whose family name begins so; so many.
pub(in crate::membership) async fn named(
    db: &Db,
    realm: RealmId,
    (group, status): (Id<Group>, Status),
    (from, to): (&str, &str),
    limit: usize,
) -> Result<Vec<Line>, Error> {
    let mut params = vec![realm.into(), group.into(), status.name().into()];
    params.extend([from.into(), to.into(), (limit as i64).into()]);
    lines(db.query(NAMED, &params).await?)
}

/// The lines of these people in a group or in those below it that have one of these statuses, in no order.
pub(in crate::membership) async fn of_these(
    db: &Db,
    realm: RealmId,
    (group, statuses): (Id<Group>, &[Status]),
    place: Where,
    people: &[Id<User>],
) -> Result<Vec<Line>, Error> {
    let heads: &[&str] = match place {
        Where::Here => &[LINES_HERE],
        Where::Below => &[LINES_BELOW, WAITING_LINES_BELOW],
    };
    let wanted: Vec<Value> = people.iter().map(Value::from).collect();
    let mut found = Vec::new();
    for head in heads {
        for (sql, params) in in_lists(head, &[realm.into(), group.into()], &wanted) {
            let mut rows = Vec::new();
            for mut row in db.query(&sql, &params).await? {
                let status: String = row.take(5)?;
                if statuses.iter().any(|wanted| wanted.name() == status) {
                    rows.push(row);
                }
            }
            found.append(&mut lines(rows)?);
        }
    }
    Ok(found)
}

/// A slice of a group in which members have no key, behind a person; each with the document of the person as key.
pub(in crate::membership) async fn unlisted_after(
    db: &Db,
    realm: RealmId,
    (group, status): (Id<Group>, Status),
    after: Id<User>,
    limit: usize,
) -> Result<Vec<Line>, Error> {
    let params = [
        realm.into(),
        group.into(),
        after.into(),
        status.name().into(),
        (limit as i64).into(),
    ];
    let line = |mut row: Row| {
        Ok(Line {
            id: row.take(0)?,
            group: row.take(1)?,
            user: row.take(2)?,
            ends: row.take::<Option<i64>>(3)?.map(Timestamp::from_millis),
            key: row.take(4)?,
        })
    };
    let rows = db.scan(UNLISTED_AFTER, &params).await?;
    rows.into_iter().map(line).collect()
}
