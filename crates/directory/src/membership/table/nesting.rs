//! Groups that are members of groups.

use db::statements;
use uuid::Uuid;

use super::ids;
use crate::change::Change;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;

statements! {
    ADD_GROUP = "INSERT INTO group_members (realm, group_id, member_id, granted_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
    REMOVE_GROUP = "DELETE FROM group_members WHERE realm = ?1 AND group_id = ?2 AND member_id = ?3";
    GROUPS_AFTER = "SELECT m.member_id, g.display_name FROM group_members m JOIN groups g ON g.realm = m.realm AND g.id = m.member_id
           WHERE m.realm = ?1 AND m.group_id = ?2 AND m.member_id > ?3 ORDER BY m.member_id LIMIT ?4";
    PARENTS_OF = "SELECT group_id FROM group_members WHERE realm = ?1 AND member_id = ?2 ORDER BY group_id LIMIT ?3";
    CHILDREN_OF = "SELECT member_id FROM group_members WHERE realm = ?1 AND group_id = ?2 ORDER BY member_id LIMIT ?3";
}

pub(crate) fn add_group(change: &mut Change<'_>, group: Id<Group>, member: Id<Group>) -> Result<bool, Error> {
    let params = [
        change.realm_id().into(),
        group.into(),
        member.into(),
        change.now().millis().into(),
    ];
    Ok(change.execute(ADD_GROUP, &params)? == 1)
}

pub(crate) fn remove_group(change: &mut Change<'_>, group: Id<Group>, member: Id<Group>) -> Result<bool, Error> {
    Ok(change.execute(REMOVE_GROUP, &[change.realm_id().into(), group.into(), member.into()])? == 1)
}

pub(crate) fn child_groups(change: &mut Change<'_>, group: Id<Group>, limit: i64) -> Result<Vec<Uuid>, Error> {
    ids(change.query(CHILDREN_OF, &[change.realm_id().into(), group.into(), limit.into()])?)
}

/// Whether groups are members of a group.
pub(crate) fn has_groups(change: &mut Change<'_>, group: Id<Group>) -> Result<bool, Error> {
    Ok(!child_groups(change, group, 1)?.is_empty())
}

pub(crate) fn parent_groups(change: &mut Change<'_>, group: Id<Group>, limit: i64) -> Result<Vec<Uuid>, Error> {
    ids(change.query(PARENTS_OF, &[change.realm_id().into(), group.into(), limit.into()])?)
}
