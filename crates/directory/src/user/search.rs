//! Looking for people by their names and addresses, without regard to case: by a part of one, which looks at one after the
//! other up to a limit, or by what one begins with, straight from the indexes.

use std::collections::{BTreeSet, HashSet};

use db::{Db, Row, Value, statements};
use uuid::Uuid;

use super::beginning::Beginning;
use super::rules::{MISSING, index, key};
use super::{User, table};
use crate::denial::Denial;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::lists::in_lists;
use crate::realm::RealmId;

statements! {
    NAMES = "SELECT u.id, u.user_name_key, u.display_name_key, u.family_name_key, u.given_name_key, u.leaves_at FROM users u
             WHERE u.realm = ?1 AND u.user_name_key > ?2 ORDER BY u.user_name_key LIMIT ?3";
    ADDRESSES = "SELECT e.value_key, e.user_id FROM user_emails e WHERE e.realm = ?1 AND (e.value_key, e.user_id) > (?2, ?3)
             ORDER BY e.value_key, e.user_id LIMIT ?4";
    HELD_IN = "SELECT m.user_id FROM memberships m WHERE m.realm = ?1 AND m.group_id = ?2 AND m.user_id > ?3
               AND m.status IN ('enabled', 'pending', 'suspended') ORDER BY m.user_id LIMIT ?4";

    FAMILY_NAMES = "SELECT u.id FROM users u WHERE u.realm = ?1 AND u.family_name_key >= ?2 AND u.family_name_key < ?3
               ORDER BY u.family_name_key, u.id LIMIT ?4";
    GIVEN_NAMES = "SELECT u.id FROM users u WHERE u.realm = ?1 AND u.given_name_key >= ?2 AND u.given_name_key < ?3
               ORDER BY u.given_name_key, u.id LIMIT ?4";
    USER_NAMES = "SELECT u.id FROM users u WHERE u.realm = ?1 AND u.user_name_key >= ?2 AND u.user_name_key < ?3
               ORDER BY u.user_name_key, u.id LIMIT ?4";
    AT_ADDRESSES = "SELECT e.user_id FROM user_emails e WHERE e.realm = ?1 AND e.value_key >= ?2 AND e.value_key < ?3
               ORDER BY e.value_key, e.user_id LIMIT ?4";
}

const NAMES_OF: &str =
    "SELECT u.id, u.user_name_key, u.display_name_key, u.family_name_key, u.given_name_key, u.leaves_at FROM users u
     WHERE u.realm = ?1 AND u.id IN";

/// The groups of people, of one status; completed by a list of them and a limit.
const GROUPS_OF: &str =
    "SELECT m.user_id, m.group_id FROM memberships m WHERE m.realm = ?1 AND m.status = 'enabled' AND m.user_id IN";
/// The same where they wait or are kept out, and are noted all the same.
const WAITING_GROUPS_OF: &str = "SELECT m.user_id, m.group_id FROM memberships m WHERE m.realm = ?1
     AND m.status IN ('pending', 'suspended', 'expired', 'barred') AND m.status IN ('pending', 'suspended') AND m.user_id IN";

/// So many people are found by the beginning of one kind of name.
const BEGIN: usize = 500;
/// Of so few people all there is about them is read; else all addresses of the realm are looked at.
const FEW: usize = 1_000;
/// So many people are looked at.
const MOST: usize = 100_000;
/// So many in each slice.
const SLICE: usize = 5_000;

/// The people of a realm of whom a name or address contains that, by userName. Who is leaving is not among them.
pub(crate) async fn in_realm(db: &Db, realm: RealmId, part: &str) -> Result<Vec<Id<User>>, Error> {
    let part = key(part);
    let by_address = if part.is_empty() {
        HashSet::new()
    } else {
        at_addresses(db, realm, &part).await?
    };
    let mut found = Vec::new();
    let mut after = String::new();
    let mut seen = 0;
    loop {
        let params = [realm.into(), after.as_str().into(), (SLICE as i64).into()];
        let rows = db.scan(NAMES, &params).await?;
        let is_last = rows.len() < SLICE;
        seen += rows.len();
        for mut row in rows {
            let id: Id<User> = row.take(0)?;
            let names: [String; 4] = [row.take(1)?, row.take(2)?, row.take(3)?, row.take(4)?];
            let leaves: Option<i64> = row.take(5)?;
            let like = by_address.contains(&id) || names.iter().any(|name| name.contains(&part));
            if like && leaves.is_none() {
                found.push(id);
            }
            [after, ..] = names;
        }
        check(seen)?;
        if is_last {
            return Ok(found);
        }
    }
}

async fn at_addresses(db: &Db, realm: RealmId, part: &str) -> Result<HashSet<Id<User>>, Error> {
    let mut found = HashSet::new();
    let mut after = (String::new(), Uuid::nil());
    let mut seen = 0;
    loop {
        let params = [
            realm.into(),
            after.0.as_str().into(),
            after.1.into(),
            (SLICE as i64).into(),
        ];
        let rows = db.scan(ADDRESSES, &params).await?;
        let is_last = rows.len() < SLICE;
        seen += rows.len();
        for mut row in rows {
            after = (row.take(0)?, row.take(1)?);
            if after.0.contains(part) {
                found.insert(Id::new(after.1));
            }
        }
        check(seen)?;
        if is_last {
            return Ok(found);
        }
    }
}

/// People who may be meant by the beginning of a name.
#[derive(Debug)]
pub(crate) struct Candidates {
    /// Each once. Whether a name of theirs begins so has still to be looked at, and whether they are leaving.
    pub(crate) people: Vec<Id<User>>,
    /// Whether nobody else is meant.
    pub(crate) whole: bool,
}

/// Whom the beginning of a name, address or userName may mean, from the indexes of all that people are called.
pub(crate) async fn candidates(db: &Db, realm: RealmId, meant: &Beginning) -> Result<Candidates, Error> {
    let (mut people, mut seen, mut whole) = (Vec::new(), HashSet::new(), true);
    for (nth, word) in meant.looked_up().into_iter().enumerate() {
        let (from, to) = (key(&word), format!("{}{MISSING}", key(&word)));
        for sql in [FAMILY_NAMES, GIVEN_NAMES, USER_NAMES, AT_ADDRESSES] {
            let params = [
                realm.into(),
                from.as_str().into(),
                to.as_str().into(),
                (BEGIN as i64 + 1).into(),
            ];
            let rows = db.query(sql, &params).await?;
            // Whoever is meant is found by the first word, if all are that it finds.
            whole &= nth > 0 || rows.len() <= BEGIN;
            for mut row in rows {
                let id = row.take(0)?;
                if seen.insert(id) {
                    people.push(id);
                }
            }
        }
    }
    Ok(Candidates { people, whole })
}

/// Those of these people who hold a membership of one of these groups, in their order.
pub(crate) async fn held_among(
    db: &Db,
    realm: RealmId,
    groups: &[Id<Group>],
    people: &[Id<User>],
) -> Result<Vec<Id<User>>, Error> {
    let wanted: Vec<Value> = people.iter().map(Value::from).collect();
    let (mut held, mut left) = (HashSet::new(), MOST);
    for head in [GROUPS_OF, WAITING_GROUPS_OF] {
        for (sql, params) in in_lists(head, &[realm.into(), (left as i64 + 1).into()], &wanted) {
            let rows = db.scan(&format!("{sql} LIMIT ?2"), &params).await?;
            left = left.checked_sub(rows.len()).ok_or(Denial::TooMany { limit: MOST })?;
            for mut row in rows {
                let (user, group): (Id<User>, Id<Group>) = (row.take(0)?, row.take(1)?);
                if groups.contains(&group) {
                    held.insert(user);
                }
            }
        }
    }
    Ok(people.iter().copied().filter(|person| held.contains(person)).collect())
}

/// The people who hold a membership of a group, of whatever status.
pub(crate) async fn held_in(db: &Db, realm: RealmId, group: Id<Group>) -> Result<BTreeSet<Id<User>>, Error> {
    let mut found = BTreeSet::new();
    let mut after = Uuid::nil();
    loop {
        let params = [realm.into(), group.into(), after.into(), (SLICE as i64).into()];
        let rows = db.scan(HELD_IN, &params).await?;
        let is_last = rows.len() < SLICE;
        for mut row in rows {
            after = row.take(0)?;
            found.insert(Id::new(after));
        }
        check(found.len())?;
        if is_last {
            return Ok(found);
        }
    }
}

/// Those of these people of whom a name or address contains that, by userName. Who is leaving is not among them.
pub(crate) async fn among(
    db: &Db,
    realm: RealmId,
    ids: &BTreeSet<Id<User>>,
    part: &str,
) -> Result<Vec<Id<User>>, Error> {
    check(ids.len())?;
    let part = key(part);
    let wanted: Vec<Value> = ids.iter().map(Value::from).collect();
    let (mut found, mut others) = (Vec::new(), Vec::new());
    for (sql, params) in in_lists(NAMES_OF, &[realm.into()], &wanted) {
        for mut row in db.query(&sql, &params).await? {
            let id: Id<User> = row.take(0)?;
            let names: [String; 4] = [row.take(1)?, row.take(2)?, row.take(3)?, row.take(4)?];
            let leaves: Option<i64> = row.take(5)?;
            if leaves.is_some() {
                continue;
            }
            let is_like = names.iter().any(|name| name.contains(&part));
            let [user_name, ..] = names;
            if is_like { &mut found } else { &mut others }.push((user_name, id));
        }
    }
    if !others.is_empty() {
        let ids: Vec<Id<User>> = others.iter().map(|(_, id)| *id).collect();
        let by_address = if ids.len() > FEW {
            at_addresses(db, realm, &part).await?
        } else {
            few_at_addresses(db, realm, &ids, &part).await?
        };
        found.extend(others.into_iter().filter(|(_, id)| by_address.contains(id)));
    }
    found.sort();
    Ok(found.into_iter().map(|(_, id)| id).collect())
}

/// Addresses are known by what they are, not by whose they are: of few people they are read with the rest of them.
async fn few_at_addresses(db: &Db, realm: RealmId, ids: &[Id<User>], part: &str) -> Result<HashSet<Id<User>>, Error> {
    let mut found = HashSet::new();
    for user in by_ids(db, realm, ids).await? {
        let emails = index(user.attributes()).emails;
        if emails.iter().any(|address| address.contains(part)) {
            found.insert(user.id);
        }
    }
    Ok(found)
}

/// Those of these people who are there, in no order.
pub(crate) async fn by_ids(db: &Db, realm: RealmId, ids: &[Id<User>]) -> Result<Vec<User>, Error> {
    let wanted: Vec<Value> = ids.iter().map(Value::from).collect();
    let head = format!("SELECT {} FROM users u WHERE u.realm = ?1 AND u.id IN", table::COLUMNS);
    let mut users = Vec::with_capacity(ids.len());
    for (sql, params) in in_lists(&head, &[realm.into()], &wanted) {
        let rows: Vec<Row> = db.query(&sql, &params).await?;
        for mut row in rows {
            users.push(table::from_row(&mut row)?);
        }
    }
    Ok(users)
}

fn check(seen: usize) -> Result<(), Error> {
    if seen > MOST {
        return Err(Denial::TooMany { limit: MOST }.into());
    }
    Ok(())
}
