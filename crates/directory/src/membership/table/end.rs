//! Ending memberships: rows that become tombstones.

use std::collections::HashMap;

use db::{Row, statements};
use uuid::Uuid;

use super::super::Origin;
use super::sizes::{MOST, in_list};
use super::{Ahead, Touched, touched};
use crate::change::Change;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::user::User;

statements! {
    END_IMPORTED = "UPDATE memberships SET version = version + 1, status = 'ended', ended_at = ?5, ended_by = ?6, valid_from = NULL,
             expires_at = NULL, effective_at = NULL, effective_group = NULL, configuration = NULL, details = NULL, listed_key = NULL
           WHERE realm = ?1 AND group_id = ?2 AND user_id = ?3 AND source = 'import' AND source_id = ?4 AND status = 'enabled' RETURNING id, version";
}

/// Ends memberships of one group; without those that are not enabled.
pub(crate) fn end_of_group(
    change: &mut Change<'_>,
    group: Id<Group>,
    users: &[Uuid],
    ahead: Option<&mut Ahead<'_>>,
) -> Result<HashMap<Uuid, Touched>, Error> {
    let fixed = ("group_id", group.uuid());
    end(change, fixed, "user_id", users, ENABLED, ahead)
}

/// Ends what people hold in a group because they are no longer in one above; the people are held.
pub(crate) fn end_below(
    change: &mut Change<'_>,
    group: Id<Group>,
    users: &[Uuid],
) -> Result<HashMap<Uuid, Touched>, Error> {
    end(change, ("group_id", group.uuid()), "user_id", users, HELD, None)
}

/// Ends memberships of a group that is gone, wherever they stand.
pub(crate) fn end_of_gone_group(
    change: &mut Change<'_>,
    group: Id<Group>,
    users: &[Uuid],
) -> Result<HashMap<Uuid, Touched>, Error> {
    end(change, ("group_id", group.uuid()), "user_id", users, GONE, None)
}

/// Ends memberships of a person who is gone, wherever they stand.
pub(crate) fn end_of_gone_user(
    change: &mut Change<'_>,
    user: Id<User>,
    groups: &[Uuid],
) -> Result<HashMap<Uuid, Touched>, Error> {
    end(change, ("user_id", user.uuid()), "group_id", groups, GONE, None)
}

/// Which rows end, and what they are then.
type Ending = (&'static str, &'static str);

/// What counts; nobody is kept out of it.
const ENABLED: Ending = ("status = 'enabled'", "'ended'");
/// What is held. Who is kept out of that very group does not come back before that is lifted.
const HELD: Ending = (
    "status IN ('enabled', 'pending', 'suspended')",
    "CASE WHEN EXISTS (SELECT 1 FROM membership_blocks b WHERE b.realm = memberships.realm AND b.user_id = memberships.user_id
                         AND b.group_id = memberships.group_id) THEN 'barred' ELSE 'ended' END",
);
/// Whatever is no tombstone.
const GONE: Ending = ("status IN ('enabled', 'pending', 'suspended', 'expired')", "'ended'");

fn end(
    change: &mut Change<'_>,
    (fixed, one): (&'static str, Uuid),
    varying: &'static str,
    many: &[Uuid],
    (standing, then): Ending,
    mut ahead: Option<&mut Ahead<'_>>,
) -> Result<HashMap<Uuid, Touched>, Error> {
    let (by, _) = Origin::of(change);
    let (realm, now) = (change.realm_id(), change.now());
    let mut ended = HashMap::with_capacity(many.len());
    for slice in many.chunks(MOST) {
        let (list, mut params) = in_list("", "", realm, slice);
        let next = params.len();
        params.extend([one.into(), now.millis().into(), by.name().into()]);
        let (one, at, by) = (next + 1, next + 2, next + 3);
        let sql = format!(
            "UPDATE memberships SET version = version + 1, status = {then}, ended_at = ?{at}, ended_by = ?{by}, valid_from = NULL,
               expires_at = NULL, effective_at = NULL, effective_group = NULL, configuration = NULL, details = NULL, listed_key = NULL
             WHERE realm = ?1 AND {fixed} = ?{one} AND {varying} IN{list} AND {standing} RETURNING {varying}, id, version"
        );
        let ahead = || ahead.take().map_or_else(Vec::new, |ahead| ahead());
        touched(change.write_returning_ahead(&sql, &params, ahead)?, &mut ended)?;
    }
    Ok(ended)
}

/// Ends a membership that the source of the plan gave; none when it is not enabled, or somebody else gave it.
pub(crate) fn end_imported(
    change: &mut Change<'_>,
    group: Id<Group>,
    user: Id<User>,
) -> Result<Option<Touched>, Error> {
    let (by, source) = Origin::of(change);
    let params = [
        change.realm_id().into(),
        group.into(),
        user.into(),
        source.into(),
        change.now().millis().into(),
        by.name().into(),
    ];
    let read = |mut row: Row| -> Result<Touched, db::Error> {
        Ok(Touched {
            id: row.take(0)?,
            version: row.take(1)?,
        })
    };
    Ok(change.write_returning(END_IMPORTED, &params)?.map(read).transpose()?)
}
