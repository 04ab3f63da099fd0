//! Deleting a group, whoever does it: hidden everywhere at once, its memberships ended in slices.

use serde_json::{Value, json};

use super::super::{Group, path, roles, table, tree};
use super::freeing;
use super::settings::{self, GroupSettings};
use crate::access;
use crate::change::{Change, Command};
use crate::client::{Operation, ResourceKind};
use crate::delegation::{self, Capability, reach};
use crate::denial::Denial;
use crate::elevation;
use crate::enrollment;
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::invitation;
use crate::mail::content;
use crate::membership;
use crate::notice::{Actor, Notice};
use crate::principal::Permission;
use crate::review;
use crate::view::IfMatch;

/// So many of those who administered it are told.
const MOST_TOLD: usize = 100;

/// Deletes a group that has none below it; those who administer it too are told, unless the administration of the realm did
/// it. Its members are told whoever does it. For those who administer it.
#[derive(Clone, Debug)]
pub struct RemoveGroup {
    /// Which group.
    pub group: Id<Group>,
    /// The versions the caller accepts.
    pub if_match: IfMatch,
}

impl Command for RemoveGroup {
    type Output = Group;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Group, Error> {
        let group = hold(change, self.group)?;
        access::check_group(change, &group)?;
        let reach = reach::of(change, &group)?;
        reach.check(Capability::GroupDelete)?;
        access::check_operation(change.principal(), ResourceKind::Group, Operation::Delete)?;
        if !self.if_match.allows(group.version) {
            return Err(Refusal::Changed.into());
        }
        let notice = if reach.is_told() {
            // Afterwards nobody administers it.
            let admins = reach::admins(change, group.id, Capability::MembersRead, None, MOST_TOLD)?;
            let by = Actor::of(change)?;
            let about = content::GroupDeleted {
                group: path::shown(change, group.id)?,
                actor: by.who.clone(),
            };
            let members = membership::told_of_deletion(change, &group, &admins)?;
            Some(Notice::GroupDeleted {
                admins,
                members,
                by,
                about,
            })
        } else {
            None
        };
        delete(change, &group)?;
        if let Some(notice) = notice {
            notice.tell(change)?;
        }
        Ok(group)
    }
}

/// A group that is about to be deleted, with the tree it stands in.
pub(super) fn hold(change: &mut Change<'_>, id: Id<Group>) -> Result<Group, Error> {
    let not_found = Refusal::NotFound { what: "group" };
    let known = table::read(change, id)?.ok_or_else(|| not_found.clone())?;
    // A root is its tree's root. It is held as every group is whose members are written, which comes before its row.
    if known.parent.is_some() {
        tree::lock_roots(change, &[id])?;
    }
    let group = table::lock(change, id)?.ok_or(not_found)?;
    if known.parent.is_none() && group.parent.is_some() {
        return Err(Refusal::Changed.into());
    }
    Ok(group)
}

/// Deletes a group that is held.
pub(super) fn delete(change: &mut Change<'_>, group: &Group) -> Result<(), Error> {
    if group.children > 0 {
        return Err(Denial::GroupHasChildren.into());
    }
    freeing::check(change, group)?;
    let body = said(change, group)?;
    let farewell = membership::Farewell::to(change, group)?;
    table::delete(change, group)?;
    change.record(Event::new(
        EventKind::GroupDeleted,
        group.id.uuid(),
        group.version + 1,
        body,
    ))?;
    tree::detach(change, group)?;
    roles::table::delete_all(change, group.id)?;
    delegation::end_of_group(change, group.id)?;
    elevation::end_of_group(change, group.id)?;
    enrollment::end_of_group(change, group.id)?;
    review::end_of_group(change, group.id)?;
    invitation::offers::end_of_group(change, group.id)?;
    membership::end_all_of_group(change, group.id, farewell.as_ref())
}

/// What events say of a group that is no more: all there was about it, but who was in it, of whom each is told by themselves.
fn said(change: &mut Change<'_>, group: &Group) -> Result<Value, Error> {
    let mut body = json!({ "before": group.attributes(), "name": group.name });
    if let Some(parent) = group.parent {
        body["parent"] = parent.to_string().into();
    }
    if !group.managed {
        return Ok(body);
    }
    let roles = roles::table::of_group(change, group.id)?;
    body["attributes"] = json!(group.management.attributes);
    body["settings"] = settings::said(&GroupSettings::of(group));
    body["privileged"] = json!(group.management.privileged);
    body["roles"] = roles.into_iter().map(|role| role.name).collect();
    body["administrators"] = delegation::said_of_group(change, group.id)?.into();
    if let Some(way) = group.default_configuration {
        body["default_configuration"] = way.to_string().into();
    }
    Ok(body)
}
