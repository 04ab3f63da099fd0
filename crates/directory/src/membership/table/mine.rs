//! One person's memberships as they see them.

use std::collections::HashMap;

use db::{Db, Row, Value, statements};

use super::super::{Membership, Status};
use super::live::from_row;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::lists::in_lists;
use crate::realm::RealmId;
use crate::user::User;

statements! {
    ENABLED = "SELECT m.id, m.group_id, m.user_id, m.version, m.status, m.source, m.source_id, m.granted_at, m.valid_from, m.expires_at,
                 m.effective_at, m.effective_group, m.configuration, m.details
               FROM memberships m WHERE m.realm = ?1 AND m.user_id = ?2 AND m.status = 'enabled' ORDER BY m.group_id LIMIT 20000";
    WAITING = "SELECT m.id, m.group_id, m.user_id, m.version, m.status, m.source, m.source_id, m.granted_at, m.valid_from, m.expires_at,
                 m.effective_at, m.effective_group, m.configuration, m.details
               FROM memberships m WHERE m.realm = ?1 AND m.user_id = ?2 AND m.status IN ('pending', 'suspended', 'expired', 'barred')
               AND m.status = ?3 ORDER BY m.group_id LIMIT 20000";
}

/// The names of the groups above those of a list.
const NAMES_ABOVE: &str = "SELECT a.group_id, a.depth, g.name FROM group_ancestors a CROSS JOIN groups g
    WHERE a.realm = ?1 AND g.realm = a.realm AND g.id = a.ancestor AND a.group_id IN";

/// The roles that a person has in the groups of a list.
const ROLES: &str = "SELECT m.id, r.name FROM memberships m CROSS JOIN membership_roles h CROSS JOIN group_roles r
    WHERE m.realm = ?1 AND m.user_id = ?2 AND h.realm = m.realm AND h.membership = m.id
      AND r.realm = m.realm AND r.group_id = m.group_id AND r.id = h.role AND m.group_id IN";

/// Those that stand so.
pub(crate) async fn of_user(db: &Db, realm: RealmId, user: Id<User>, status: Status) -> Result<Vec<Membership>, Error> {
    let rows = match status {
        Status::Enabled => db.query(ENABLED, &[realm.into(), user.into()]).await?,
        Status::Pending | Status::Suspended | Status::Expired | Status::Ended | Status::Barred => {
            db.query(WAITING, &[realm.into(), user.into(), status.name().into()])
                .await?
        }
    };
    rows.into_iter().map(|mut row| Ok(from_row(&mut row)?)).collect()
}

async fn among(db: &Db, head: &str, fixed: &[Value], groups: &[Id<Group>]) -> Result<Vec<Row>, Error> {
    let wanted: Vec<Value> = groups.iter().map(Into::into).collect();
    let mut rows = Vec::new();
    for (sql, params) in in_lists(head, fixed, &wanted) {
        rows.append(&mut db.query(&sql, &params).await?);
    }
    Ok(rows)
}

/// The names of the groups above each of these, the root first.
pub(in crate::membership) async fn names_above(
    db: &Db,
    realm: RealmId,
    groups: &[Id<Group>],
) -> Result<HashMap<Id<Group>, Vec<String>>, Error> {
    let mut above: HashMap<Id<Group>, Vec<(i64, String)>> = HashMap::new();
    for mut row in among(db, NAMES_ABOVE, &[realm.into()], groups).await? {
        let (group, depth, name) = (row.take(0)?, row.take(1)?, row.take(2)?);
        above.entry(group).or_default().push((depth, name));
    }
    let root_first = |mut names: Vec<(i64, String)>| {
        names.sort_unstable_by_key(|(depth, _)| -depth);
        names.into_iter().map(|(_, name)| name).collect()
    };
    Ok(above
        .into_iter()
        .map(|(group, names)| (group, root_first(names)))
        .collect())
}

/// The names of the roles that a person has in these groups, by membership.
pub(in crate::membership) async fn roles(
    db: &Db,
    realm: RealmId,
    user: Id<User>,
    groups: &[Id<Group>],
) -> Result<HashMap<Id<Membership>, Vec<String>>, Error> {
    let mut roles: HashMap<Id<Membership>, Vec<String>> = HashMap::new();
    for mut row in among(db, ROLES, &[realm.into(), user.into()], groups).await? {
        let (membership, name) = (row.take(0)?, row.take(1)?);
        roles.entry(membership).or_default().push(name);
    }
    for names in roles.values_mut() {
        names.sort_unstable();
    }
    Ok(roles)
}
