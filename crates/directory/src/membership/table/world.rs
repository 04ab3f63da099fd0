//! All that several people have, as it is now and without holding anybody: for what looks ahead.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use db::{Db, Row, Value};

use super::super::portfolio::{Figures, Portfolio};
use super::live::from_row;
use crate::error::Error;
use crate::group::{self, Group};
use crate::id::Id;
use crate::lists::in_lists;
use crate::realm::{Realm, RealmId};
use crate::user::User;

const ENABLED: &str = "SELECT m.id, m.group_id, m.user_id, m.version, m.status, m.source, m.source_id, m.granted_at, m.valid_from, m.expires_at,
   m.effective_at, m.effective_group, m.configuration, m.details
 FROM memberships m WHERE m.realm = ?1 AND m.status = 'enabled' AND m.user_id IN";
const WAITING: &str = "SELECT m.id, m.group_id, m.user_id, m.version, m.status, m.source, m.source_id, m.granted_at, m.valid_from, m.expires_at,
   m.effective_at, m.effective_group, m.configuration, m.details
 FROM memberships m WHERE m.realm = ?1 AND m.status IN ('pending', 'suspended', 'expired', 'barred') AND m.user_id IN";
const BLOCKS: &str = "SELECT b.user_id, b.group_id FROM membership_blocks b WHERE b.realm = ?1 AND b.user_id IN";

/// What some people have, and what bears on it.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) portfolios: Vec<Portfolio>,
    pub(crate) figures: Figures,
    /// The groups that are somebody's.
    pub(crate) managed: BTreeSet<Id<Group>>,
}

async fn rows(db: &Db, realm: RealmId, head: &str, wanted: &[Value]) -> Result<Vec<Row>, Error> {
    let mut rows = Vec::new();
    for (sql, params) in in_lists(head, &[realm.into()], wanted) {
        rows.append(&mut db.query(&sql, &params).await?);
    }
    Ok(rows)
}

/// Reads what these people have.
pub(crate) async fn world(db: &Db, realm: &Realm, people: &[Id<User>]) -> Result<World, Error> {
    let wanted: Vec<Value> = people.iter().map(Into::into).collect();
    let mut live: HashMap<Id<User>, Vec<_>> = HashMap::new();
    let mut groups: BTreeSet<Id<Group>> = BTreeSet::new();
    for head in [ENABLED, WAITING] {
        for mut row in rows(db, realm.id, head, &wanted).await? {
            let one = from_row(&mut row)?;
            groups.insert(one.group);
            live.entry(one.user).or_default().push(one);
        }
    }
    let mut blocks: HashMap<Id<User>, Vec<Id<Group>>> = HashMap::new();
    for mut row in rows(db, realm.id, BLOCKS, &wanted).await? {
        blocks.entry(row.take(0)?).or_default().push(row.take(1)?);
    }
    let groups: Vec<Id<Group>> = groups.into_iter().collect();
    let above = group::tree::table::all_above(db, realm.id, &groups).await?;
    let managed = group::table::all_managed(db, realm.id, &groups).await?;
    let portfolio = |user: &Id<User>| {
        let live = live.remove(user).unwrap_or_default();
        let theirs = live
            .iter()
            .filter_map(|one| Some((one.group, above.get(&one.group)?.clone())));
        let ancestors: BTreeMap<Id<Group>, Vec<Id<Group>>> = theirs.collect();
        Portfolio {
            user: *user,
            live,
            blocks: blocks.remove(user).unwrap_or_default(),
            ancestors,
        }
    };
    Ok(World {
        portfolios: people.iter().map(portfolio).collect(),
        figures: Figures::of(realm, &managed),
        managed: managed.into_iter().map(|(group, _)| group).collect(),
    })
}
