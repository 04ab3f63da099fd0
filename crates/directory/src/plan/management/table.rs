//! What taking over writes that has no command of its own yet.

use db::statements;

use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::user::User;

statements! {
    BLOCK = "INSERT INTO membership_blocks (realm, user_id, group_id, why, set_by, set_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT DO NOTHING";
}

/// Keeps a person out of a group.
pub(super) fn block(
    change: &mut Change<'_>,
    (user, group): (Id<User>, Id<Group>),
    why: Option<&str>,
    by: &str,
    at: Timestamp,
) -> Result<(), Error> {
    let realm = change.realm_id();
    change.later(
        BLOCK,
        vec![
            realm.into(),
            user.into(),
            group.into(),
            why.map(str::to_owned).into(),
            by.into(),
            at.millis().into(),
        ],
    )
}
