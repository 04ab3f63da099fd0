//! All SQL that names ancestors of groups.

use std::collections::BTreeMap;

use crate::change::Change;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::lists::in_lists;

/// The statements of this module: name and text.
pub(crate) const STATEMENTS: &[(&str, &str)] = &[];

/// The groups above these, nearest first; roots are left out.
pub(crate) fn above(
    change: &mut Change<'_>,
    groups: &[Id<Group>],
) -> Result<BTreeMap<Id<Group>, Vec<Id<Group>>>, Error> {
    let wanted: Vec<db::Value> = groups.iter().map(Into::into).collect();
    let mut found: BTreeMap<Id<Group>, Vec<(i64, Id<Group>)>> = BTreeMap::new();
    for (sql, params) in in_lists(ABOVE_MANY, &[change.realm_id().into()], &wanted) {
        for mut row in change.query(&sql, &params)? {
            let (group, ancestor, depth) = (row.take(0)?, row.take(1)?, row.take(2)?);
            found.entry(group).or_default().push((depth, ancestor));
        }
    }
    let nearest_first = |mut above: Vec<(i64, Id<Group>)>| {
        above.sort_unstable();
        above.into_iter().map(|(_, ancestor)| ancestor).collect()
    };
    Ok(found
        .into_iter()
        .map(|(group, above)| (group, nearest_first(above)))
        .collect())
}

const ABOVE_MANY: &str = "SELECT group_id, ancestor, depth FROM group_ancestors WHERE realm = ?1 AND group_id IN";
