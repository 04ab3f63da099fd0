//! Looking for people by parts of their names and addresses, without regard to case: one by one, up to a limit.

use std::collections::{BTreeSet, HashSet};

use db::{Db, Row, Value, statements};
use uuid::Uuid;

use super::rules::{index, key};
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
}

const NAMES_OF: &str =
    "SELECT u.id, u.user_name_key, u.display_name_key, u.family_name_key, u.given_name_key, u.leaves_at FROM users u
     WHERE u.realm = ?1 AND u.id IN";

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
