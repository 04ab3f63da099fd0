//! All SQL that names blocks: who is kept out of which group. Suspending sets one, resuming lifts it, and nothing else but that
//! the group or the person is gone.

use db::statements;
use uuid::Uuid;

use crate::change::Change;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::user::User;

statements! {
    SET = "INSERT INTO membership_blocks (realm, user_id, group_id, why, set_by, set_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";
    LIFT = "DELETE FROM membership_blocks WHERE realm = ?1 AND user_id = ?2 AND group_id = ?3";
    /// From the person to their blocks, of which there are few.
    LEFT_BEHIND = "SELECT 1 FROM membership_blocks b WHERE b.realm = ?1 AND b.user_id = ?2 AND b.group_id <> ?4
                     AND EXISTS (SELECT 1 FROM group_ancestors a WHERE a.realm = b.realm AND a.group_id = ?3 AND a.ancestor = b.group_id)
                     AND NOT EXISTS (SELECT 1 FROM group_ancestors n WHERE n.realm = b.realm AND n.group_id = ?4 AND n.ancestor = b.group_id)
                   LIMIT 1";
    WITHIN = "SELECT 1 FROM membership_blocks b WHERE b.realm = ?1 AND b.user_id = ?2
                AND (b.group_id = ?3 OR EXISTS (SELECT 1 FROM group_ancestors a WHERE a.realm = b.realm AND a.group_id = b.group_id AND a.ancestor = ?3))
              LIMIT 1";
    LIFT_ALL_OF_GROUP = "DELETE FROM membership_blocks WHERE realm = ?1 AND group_id = ?2";
    ERASE_OF_USER = "DELETE FROM membership_blocks WHERE realm = ?1 AND user_id = ?2";
}

/// Keeps a person out of a group and of all below it. The person is held.
pub(in crate::membership) fn set(
    change: &mut Change<'_>,
    user: Id<User>,
    group: Id<Group>,
    why: Option<&str>,
) -> Result<(), Error> {
    let params = vec![
        change.realm_id().into(),
        user.into(),
        group.into(),
        why.into(),
        change.principal().label().into(),
        change.now().millis().into(),
    ];
    change.later(SET, params)
}

/// Keeps a person out of a group no longer. The person is held.
pub(in crate::membership) fn lift(change: &mut Change<'_>, user: Id<User>, group: Id<Group>) -> Result<(), Error> {
    let realm = change.realm_id();
    change.later(LIFT, vec![realm.into(), user.into(), group.into()])
}

/// Whether a person is kept out of a group by one above it that is not above it any more once it is below another one, or at the
/// top.
pub(crate) fn is_left_behind(
    change: &mut Change<'_>,
    user: Id<User>,
    group: Id<Group>,
    parent: Option<Id<Group>>,
) -> Result<bool, Error> {
    let parent = parent.map_or(Uuid::nil(), Id::uuid);
    let params = [change.realm_id().into(), user.into(), group.into(), parent.into()];
    Ok(change.query_one(LEFT_BEHIND, &params)?.is_some())
}

/// Whether a person is kept out of a group, or of one below it.
pub(crate) fn is_kept_out_within(change: &mut Change<'_>, user: Id<User>, group: Id<Group>) -> Result<bool, Error> {
    let params = [change.realm_id().into(), user.into(), group.into()];
    Ok(change.query_one(WITHIN, &params)?.is_some())
}

/// Nobody is kept out of a group that is gone.
pub(crate) fn lift_all_of_group(change: &mut Change<'_>, group: Id<Group>) -> Result<(), Error> {
    let realm = change.realm_id();
    change.later(LIFT_ALL_OF_GROUP, vec![realm.into(), group.into()])
}

/// Forgets what somebody who is gone was kept out of, and why.
pub(crate) fn erase_of_user(change: &mut Change<'_>, user: Id<User>) -> Result<(), Error> {
    let realm = change.realm_id();
    change.later(ERASE_OF_USER, vec![realm.into(), user.into()])
}
