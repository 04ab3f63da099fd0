//! Which ids are people's and which are groups', and that they stay so until the end of the change.

use db::{Bound, Value};
use uuid::Uuid;

use super::ids;
use super::sizes::{MOST, in_list};
use crate::change::Change;
use crate::error::Error;
use crate::realm::RealmId;
use crate::user::Sight;

/// Which of these ids are users, and which are groups, of the realm. None of them can be deleted before the change is
/// made: on PostgreSQL their rows are held against that, and against nothing else.
pub(crate) fn kinds(change: &mut Change<'_>, wanted: &[Uuid], sight: Sight) -> Result<(Vec<Uuid>, Vec<Uuid>), Error> {
    let realm = change.realm_id();
    let users = present(change, realm, among(sight), wanted)?;
    let rest: Vec<Uuid> = wanted
        .iter()
        .copied()
        .filter(|id| users.binary_search(id).is_err())
        .collect();
    let groups = if rest.is_empty() {
        Vec::new()
    } else {
        present(change, realm, "groups WHERE", &rest)?
    };
    Ok((users, groups))
}

/// The users that a caller with that sight adds. Who is hidden for another reason than leaving is looked at one by one.
fn among(sight: Sight) -> &'static str {
    match sight {
        Sight::All => "users WHERE",
        Sight::Staying | Sight::Shown => "users WHERE leaves_at IS NULL AND",
    }
}

/// What [`kinds`] reads of one id that is a user's.
pub(crate) fn read_kind(realm: RealmId, wanted: Uuid, sight: Sight) -> Bound {
    let (sql, params) = are_present(realm, among(sight), &[wanted]);
    (sql.into(), params)
}

fn present(change: &mut Change<'_>, realm: RealmId, among: &'static str, wanted: &[Uuid]) -> Result<Vec<Uuid>, Error> {
    let mut found = Vec::with_capacity(wanted.len());
    for slice in wanted.chunks(MOST) {
        let (sql, params) = are_present(realm, among, slice);
        found.extend(ids(change.query(&sql, &params)?)?);
    }
    found.sort_unstable();
    Ok(found)
}

fn are_present(realm: RealmId, among: &'static str, wanted: &[Uuid]) -> (String, Vec<Value>) {
    in_list(
        &format!("SELECT id FROM {among} realm = ?1 AND id IN"),
        " /*pg: FOR KEY SHARE */",
        realm,
        wanted,
    )
}
