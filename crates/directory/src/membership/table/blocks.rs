//! All SQL that names blocks: who is kept out of which group. Suspending sets one, resuming lifts it, and nothing else but that
//! the group or the person is gone.

use db::statements;

use crate::change::Change;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::user::User;

statements! {
    SET = "INSERT INTO membership_blocks (realm, user_id, group_id, why, set_by, set_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";
    LIFT = "DELETE FROM membership_blocks WHERE realm = ?1 AND user_id = ?2 AND group_id = ?3";
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
