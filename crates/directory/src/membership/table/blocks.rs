//! All SQL that names blocks: who is kept out of which group.

use db::statements;

use crate::change::Change;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::user::User;

statements! {
    LIFT_ALL_OF_GROUP = "DELETE FROM membership_blocks WHERE realm = ?1 AND group_id = ?2";
    ERASE_OF_USER = "DELETE FROM membership_blocks WHERE realm = ?1 AND user_id = ?2";
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
