//! What lists of requests read of other tables: names, for many at once.

use std::collections::{BTreeMap, BTreeSet};

use db::{Db, Value};
use uuid::Uuid;

use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::lists::in_lists;
use crate::realm::RealmId;
use crate::user::{self, User};

/// The names of all roles of these groups.
pub(super) async fn role_names(db: &Db, realm: RealmId, groups: &[Id<Group>]) -> Result<BTreeMap<Uuid, String>, Error> {
    let wanted: Vec<Value> = groups.iter().map(Value::from).collect();
    let mut names = BTreeMap::new();
    for (sql, params) in in_lists(ROLES, &[realm.into()], &wanted) {
        for mut row in db.query(&sql, &params).await? {
            names.insert(row.take(0)?, row.take(1)?);
        }
    }
    Ok(names)
}

const ROLES: &str = "SELECT r.id, r.name FROM group_roles r WHERE r.realm = ?1 AND r.group_id IN";

/// Those of these people whose given or family name contains a folded text.
pub(super) async fn people_named(
    db: &Db,
    realm: RealmId,
    people: &BTreeSet<Id<User>>,
    part: &str,
) -> Result<BTreeSet<Id<User>>, Error> {
    let wanted: Vec<Value> = people.iter().map(Value::from).collect();
    let mut named = BTreeSet::new();
    for (sql, params) in in_lists(NAMED, &[realm.into(), part.into()], &wanted) {
        for mut row in db.query(&sql, &params).await? {
            named.insert(row.take(0)?);
        }
    }
    Ok(named)
}

const NAMED: &str = "SELECT u.id FROM users u WHERE u.realm = ?1
                     AND (strpos(u.given_name_key, ?2) > 0 OR strpos(u.family_name_key, ?2) > 0) AND u.id IN";

/// Those of these people to whose address mail goes that a provider has verified.
pub(super) async fn verified_among(
    db: &Db,
    realm: RealmId,
    people: impl Iterator<Item = &User> + Send,
) -> Result<BTreeSet<Id<User>>, Error> {
    let mut own: BTreeMap<Id<User>, String> = BTreeMap::new();
    for person in people {
        let address = user::rules::own_address(person.attributes(), &person.external_ids);
        own.extend(address.map(|address| (person.id, user::rules::key(&address))));
    }
    let wanted: Vec<Value> = own.keys().map(Value::from).collect();
    let mut verified = BTreeSet::new();
    for (sql, params) in in_lists(VERIFIED, &[realm.into()], &wanted) {
        for mut row in db.query(&sql, &params).await? {
            let (id, address): (Id<User>, String) = (row.take(0)?, row.take(1)?);
            if own.get(&id).is_some_and(|own| *own == user::rules::key(&address)) {
                verified.insert(id);
            }
        }
    }
    Ok(verified)
}

const VERIFIED: &str = "SELECT l.user_id, l.verified_email FROM identity_links l
                        WHERE l.realm = ?1 AND l.verified_email IS NOT NULL AND l.user_id IN";
