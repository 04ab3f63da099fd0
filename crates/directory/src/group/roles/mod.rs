//! Roles that a group's members may have in it.

mod commands;
pub(crate) mod table;

pub(super) use commands::add;
pub use commands::{DefineRole, DeleteRole, RenameRole, RoleNamed};

use serde_json::json;

use super::{Group, table as groups};
use crate::change::Change;
use crate::error::Error;
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::membership::portfolio::Cause;
use crate::membership::{self, user_events};

/// A role in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRole {
    /// Its id, by which memberships, ways to join and requests know it.
    pub id: Id<GroupRole>,
    /// Its name in the group.
    pub name: String,
    /// Raised by every change.
    pub version: i64,
}

/// A group has at most so many.
pub const MAX_ROLES: usize = 200;

/// A role is taken from so few while somebody waits, and the group is held; the rest is a job's.
const AT_ONCE: usize = 20;
/// So many in each slice of the job.
const SLICE: usize = 100;

/// What memberships come to when a role is no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settling {
    /// In which group.
    pub(crate) group: Id<Group>,
    /// The role that is no more.
    pub(crate) role: Id<GroupRole>,
    /// What it was called.
    pub(crate) name: String,
    /// What its holders have in its place; none = nothing.
    pub(crate) replacement: Option<Id<GroupRole>>,
}

/// A slice of what has to become of those who hold a role that was deleted. Says whether there were any: whoever goes on with
/// something else does so in another transaction, which holds no group yet.
pub(crate) fn settle(change: &mut Change<'_>, settling: &Settling) -> Result<bool, Error> {
    if table::holders(change, settling.role, 1)?.is_empty() {
        return Ok(false);
    }
    groups::hold_together(change, settling.group)?;
    settle_some(change, settling, SLICE)?;
    Ok(true)
}

/// The group is held.
fn settle_some(change: &mut Change<'_>, settling: &Settling, limit: usize) -> Result<(), Error> {
    let (group, role) = (settling.group, settling.role);
    let holders = table::holders(change, role, limit as i64)?;
    let replacement = settling.replacement;
    let new = match replacement {
        Some(id) => table::by_id(change, group, id)?,
        None => None,
    };
    // The one that is no more has no name any longer.
    let mut others = membership::roles::names_of(change, group, &holders)?;
    let (mut listed, mut are_unlisted) = (Vec::new(), false);
    for holder in &holders {
        table::take(change, *holder, role)?;
        let left = others.remove(holder).unwrap_or_default();
        let (mut had, mut has) = (left.clone(), left);
        had.push(settling.name.clone());
        // Whoever had that one too has one less.
        let mut added = Vec::new();
        if let Some(replacement) = replacement
            && table::give(change, *holder, replacement)?
        {
            added.push(replacement.to_string());
            has.extend(new.as_ref().map(|role| role.name.clone()));
        }
        had.sort_unstable();
        has.sort_unstable();
        // What has ended, or is not kept in lists, is no longer shown with roles.
        let Some(membership) = membership::table::live::raise(change, *holder)? else {
            are_unlisted = true;
            continue;
        };
        let body = json!({
            "group": group.to_string(),
            "user": membership.user.to_string(),
            "before": had,
            "after": has,
            "removed": [role.to_string()],
            "added": added,
            "cause": "role_deleted",
        });
        let kind = EventKind::MemberRolesChanged;
        change.record(Event::new(kind, holder.uuid(), membership.version, body).within(group))?;
        listed.push((membership, had));
    }
    let told: Vec<_> = listed
        .iter()
        .map(|(membership, had)| (membership, had.clone()))
        .collect();
    user_events::roles_changed(change, &told, Cause::Changed)?;
    let people: Vec<_> = listed.iter().map(|(membership, _)| membership.user.uuid()).collect();
    crate::entitlement::of_people(change, &people)?;
    if are_unlisted {
        crate::entitlement::recalculate_tree(change, group)?;
    }
    Ok(())
}
