//! All SQL that names the table of entitlements, and what it takes to know who is entitled to what.

use std::collections::{BTreeMap, HashMap, HashSet};

use db::{Db, Row, Value, statements};
use uuid::Uuid;

use crate::change::Change;
use crate::client::EntitlementsShown;
use crate::error::Error;
use crate::group::{Group, tree};
use crate::id::Id;
use crate::lists::in_lists;
use crate::membership::Details;
use crate::realm::RealmId;
use crate::user::User;

statements! {
    WRITE = "INSERT INTO entitlements (realm, user_id, membership, role, value) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (realm, user_id, membership, role) DO UPDATE SET value = ?5";
    TAKE = "DELETE FROM entitlements WHERE realm = ?1 AND user_id = ?2 AND membership = ?3 AND role = ?4";
    FORGET = "DELETE FROM entitlements WHERE realm = ?1 AND user_id = ?2";
    PEOPLE_AFTER = "SELECT u.id FROM users u WHERE u.realm = ?1 AND u.id > ?2 ORDER BY u.id LIMIT ?3";
    IN_GROUP_AFTER = "SELECT m.user_id FROM memberships m WHERE m.realm = ?1 AND m.group_id = ?2 AND m.status = 'enabled' AND m.user_id > ?3
                      ORDER BY m.user_id LIMIT ?4";
    BELOW_AFTER = "SELECT a.depth, a.group_id FROM group_ancestors a WHERE a.realm = ?1 AND a.ancestor = ?2 AND (a.depth, a.group_id) > (?3, ?4)
                   ORDER BY a.depth, a.group_id LIMIT 1";
    COUNT = "SELECT COUNT(*) FROM (SELECT 1 FROM entitlements WHERE realm = ?1 LIMIT ?2) AS counted";
}

/// Its `IN` is filled in by [`in_lists`], as those below.
const HOLD: &str = "SELECT u.id FROM users u WHERE u.realm = ?1 AND u.id IN";
const STORED: &str = "SELECT u.id, u.version, e.membership, e.role, e.value FROM users u
    LEFT JOIN entitlements e ON e.realm = u.realm AND e.user_id = u.id WHERE u.realm = ?1 AND u.id IN";
const COUNTING: &str = "SELECT m.user_id, m.id, m.group_id, m.details FROM memberships m
    WHERE m.realm = ?1 AND m.status = 'enabled' AND m.user_id IN";
const ROLES: &str = "SELECT m.id, r.id, r.name FROM memberships m CROSS JOIN membership_roles h CROSS JOIN group_roles r
    WHERE m.realm = ?1 AND h.realm = ?1 AND h.membership = m.id AND r.realm = ?1 AND r.group_id = m.group_id AND r.id = h.role
      AND m.status = 'enabled' AND m.user_id IN";
const NAMES: &str = "SELECT g.id, g.name FROM groups g WHERE g.realm = ?1 AND g.id IN";
const VALUES: &str = "SELECT e.user_id, e.value, e.membership FROM entitlements e WHERE e.realm = ?1 AND e.user_id IN";
const PLACES: &str =
    "SELECT m.id, m.group_id FROM memberships m WHERE m.realm = ?1 AND m.status = 'enabled' AND m.user_id IN";

/// By which membership and role a value is there; the nil id stands for a membership without roles.
pub(super) type Place = (Uuid, Uuid);

/// A person and what is written of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Stored {
    pub(super) version: i64,
    pub(super) values: BTreeMap<Place, String>,
}

/// A membership that gives entitlements.
#[derive(Clone, Debug)]
pub(super) struct Counting {
    pub(super) user: Uuid,
    pub(super) membership: Uuid,
    pub(super) group: Id<Group>,
    /// Role and its name.
    pub(super) roles: Vec<(Uuid, String)>,
}

fn each(change: &mut Change<'_>, head: &str, wanted: &[Value]) -> Result<Vec<Row>, Error> {
    let mut rows = Vec::new();
    for (sql, params) in in_lists(head, &[change.realm_id().into()], wanted) {
        rows.extend(change.query(&sql, &params)?);
    }
    Ok(rows)
}

fn values(users: &[Uuid]) -> Vec<Value> {
    users.iter().map(|user| (*user).into()).collect()
}

/// Holds people, so that nobody changes what they have in managed groups before the end of the transaction.
pub(super) fn hold(change: &mut Change<'_>, users: &[Uuid]) -> Result<(), Error> {
    if change.engine() == db::Engine::Sqlite {
        return Ok(());
    }
    for (sql, params) in in_lists(HOLD, &[change.realm_id().into()], &values(users)) {
        change.query(&format!("{sql} ORDER BY u.id FOR NO KEY UPDATE"), &params)?;
    }
    Ok(())
}

/// People who are here, in the order of their ids, with what is written of them.
pub(super) fn stored(change: &mut Change<'_>, users: &[Uuid]) -> Result<BTreeMap<Uuid, Stored>, Error> {
    let mut people: BTreeMap<Uuid, Stored> = BTreeMap::new();
    for mut row in each(change, STORED, &values(users))? {
        let person = people.entry(row.take(0)?).or_default();
        person.version = row.take(1)?;
        if let Some(membership) = row.take::<Option<Uuid>>(2)? {
            person.values.insert((membership, row.take(3)?), row.take(4)?);
        }
    }
    Ok(people)
}

/// The memberships of people that give entitlements now: enabled, and not withheld.
pub(super) fn counting(change: &mut Change<'_>, users: &[Uuid]) -> Result<Vec<Counting>, Error> {
    let users = values(users);
    let mut counting = Vec::new();
    for mut row in each(change, COUNTING, &users)? {
        let details: Option<String> = row.take(3)?;
        if !Details::from_column(details.as_deref())?.withheld {
            counting.push(Counting {
                user: row.take(0)?,
                membership: row.take(1)?,
                group: row.take(2)?,
                roles: Vec::new(),
            });
        }
    }
    if counting.is_empty() {
        return Ok(counting);
    }
    let mut roles: HashMap<Uuid, Vec<(Uuid, String)>> = HashMap::new();
    for mut row in each(change, ROLES, &users)? {
        let membership: Uuid = row.take(0)?;
        roles.entry(membership).or_default().push((row.take(1)?, row.take(2)?));
    }
    for one in &mut counting {
        one.roles = roles.remove(&one.membership).unwrap_or_default();
    }
    Ok(counting)
}

/// The names of groups.
pub(super) fn names(change: &mut Change<'_>, groups: &[Id<Group>]) -> Result<HashMap<Id<Group>, String>, Error> {
    let wanted: Vec<Value> = groups.iter().map(Into::into).collect();
    let rows = each(change, NAMES, &wanted)?;
    rows.into_iter()
        .map(|mut row| Ok((row.take(0)?, row.take(1)?)))
        .collect()
}

pub(super) fn write(change: &mut Change<'_>, user: Uuid, place: Place, value: &str) -> Result<(), Error> {
    let realm = change.realm_id();
    let params = vec![realm.into(), user.into(), place.0.into(), place.1.into(), value.into()];
    change.later(WRITE, params)
}

pub(super) fn take(change: &mut Change<'_>, user: Uuid, place: Place) -> Result<(), Error> {
    let realm = change.realm_id();
    change.later(TAKE, vec![realm.into(), user.into(), place.0.into(), place.1.into()])
}

/// Removes all of somebody who has left: that they have is the fact.
pub(super) fn forget(change: &mut Change<'_>, user: Id<User>) -> Result<(), Error> {
    let realm = change.realm_id();
    change.keep_book_later(FORGET, vec![realm.into(), user.into()])
}

fn ids(rows: Vec<Row>) -> Result<Vec<Uuid>, Error> {
    rows.into_iter().map(|mut row| Ok(row.take(0)?)).collect()
}

pub(super) fn people_after(change: &mut Change<'_>, after: Uuid, limit: usize) -> Result<Vec<Uuid>, Error> {
    let params = [change.realm_id().into(), after.into(), (limit as i64).into()];
    ids(change.query(PEOPLE_AFTER, &params)?)
}

pub(super) fn in_group_after(
    change: &mut Change<'_>,
    group: Uuid,
    after: Uuid,
    limit: usize,
) -> Result<Vec<Uuid>, Error> {
    let params = [
        change.realm_id().into(),
        group.into(),
        after.into(),
        (limit as i64).into(),
    ];
    ids(change.query(IN_GROUP_AFTER, &params)?)
}

/// The next group below one, by how far below and id.
pub(super) fn below_after(
    change: &mut Change<'_>,
    top: Uuid,
    (depth, group): (i64, Uuid),
) -> Result<Option<(i64, Uuid)>, Error> {
    let params = [change.realm_id().into(), top.into(), depth.into(), group.into()];
    let row = change.query_one(BELOW_AFTER, &params)?;
    row.map(|mut row| Ok((row.take(0)?, row.take(1)?))).transpose()
}

/// How many values there are, as far as a limit.
pub(super) fn count(change: &mut Change<'_>, limit: usize) -> Result<usize, Error> {
    let row = change.query_one(COUNT, &[change.realm_id().into(), (limit as i64).into()])?;
    let count = row.map_or(Ok(0), |mut row| row.take::<i64>(0))?;
    Ok(usize::try_from(count).unwrap_or_default())
}

/// What people are entitled to, by person, as far as a client is shown it; sorted.
pub(crate) async fn of_users(
    db: &Db,
    realm: RealmId,
    users: &[Uuid],
    shown: Option<&EntitlementsShown>,
) -> Result<HashMap<Uuid, Vec<String>>, Error> {
    let by = match shown {
        None | Some(EntitlementsShown::All) => None,
        Some(EntitlementsShown::None) => return Ok(HashMap::new()),
        Some(below @ EntitlementsShown::Below(_)) => Some(memberships_shown(db, realm, users, below).await?),
    };
    let mut found: HashMap<Uuid, Vec<String>> = HashMap::new();
    for (sql, params) in in_lists(VALUES, &[realm.into()], &values(users)) {
        for mut row in db.query(&sql, &params).await? {
            let (user, membership): (Uuid, Uuid) = (row.take(0)?, row.take(2)?);
            if by.as_ref().is_none_or(|by| by.contains(&membership)) {
                found.entry(user).or_default().push(row.take(1)?);
            }
        }
    }
    for values in found.values_mut() {
        values.sort_unstable();
        values.dedup();
    }
    Ok(found)
}

/// The memberships of people whose entitlements a client is shown.
async fn memberships_shown(
    db: &Db,
    realm: RealmId,
    users: &[Uuid],
    shown: &EntitlementsShown,
) -> Result<HashSet<Uuid>, Error> {
    let mut places: Vec<(Uuid, Id<Group>)> = Vec::new();
    for (sql, params) in in_lists(PLACES, &[realm.into()], &values(users)) {
        for mut row in db.query(&sql, &params).await? {
            places.push((row.take(0)?, row.take(1)?));
        }
    }
    let mut groups: Vec<Id<Group>> = places.iter().map(|(_, group)| *group).collect();
    groups.sort_unstable();
    groups.dedup();
    let above = tree::table::all_above(db, realm, &groups).await?;
    let is_shown = |(_, group): &(Uuid, Id<Group>)| {
        let above = above.get(group).map_or(&[][..], Vec::as_slice);
        shown.shows(*group, above)
    };
    let places = places.into_iter().filter(is_shown);
    Ok(places.map(|(membership, _)| membership).collect())
}
