//! Everybody who is noted in a group, in the order of their ids: for exports and for the operator.

use std::collections::HashMap;

use db::{Db, Value, statements};

use super::super::Membership;
use super::live::from_row;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::lists::in_lists;
use crate::realm::RealmId;
use crate::user::User;

statements! {
    NOTED = "SELECT m.id, m.group_id, m.user_id, m.version, m.status, m.source, m.source_id, m.granted_at, m.valid_from, m.expires_at,
               m.effective_at, m.effective_group, m.configuration, m.details, u.document
             FROM memberships m JOIN users u ON u.realm = m.realm AND u.id = m.user_id
             WHERE m.realm = ?1 AND m.group_id = ?2 AND m.user_id > ?3 AND m.status IN ('enabled', 'pending', 'suspended', 'expired')
             ORDER BY m.user_id LIMIT ?4";
}

/// The roles of the memberships of a list.
const ROLES: &str = "SELECT h.membership, r.name FROM membership_roles h CROSS JOIN group_roles r
    WHERE h.realm = ?1 AND r.realm = h.realm AND r.group_id = ?2 AND r.id = h.role AND h.membership IN";

/// Those whose membership is no tombstone, behind a person, each with the person's document.
pub(in crate::membership) async fn after(
    db: &Db,
    realm: RealmId,
    group: Id<Group>,
    after: Option<Id<User>>,
    limit: i64,
) -> Result<Vec<(Membership, String)>, Error> {
    let after = after.map_or(uuid::Uuid::nil(), Id::uuid);
    let params = [realm.into(), group.into(), after.into(), limit.into()];
    let rows = db.query(NOTED, &params).await?;
    rows.into_iter()
        .map(|mut row| {
            let membership = from_row(&mut row)?;
            Ok((membership, row.take(14)?))
        })
        .collect()
}

/// The names of the roles of these memberships of one group, sorted.
pub(in crate::membership) async fn roles(
    db: &Db,
    realm: RealmId,
    group: Id<Group>,
    memberships: &[Id<Membership>],
) -> Result<HashMap<Id<Membership>, Vec<String>>, Error> {
    let wanted: Vec<Value> = memberships.iter().map(Into::into).collect();
    let mut roles: HashMap<Id<Membership>, Vec<String>> = HashMap::new();
    for (sql, params) in in_lists(ROLES, &[realm.into(), group.into()], &wanted) {
        for mut row in db.query(&sql, &params).await? {
            roles.entry(row.take(0)?).or_default().push(row.take(1)?);
        }
    }
    for names in roles.values_mut() {
        names.sort_unstable();
    }
    Ok(roles)
}
