//! Putting a group somewhere else in the tree.

use serde_json::json;

use super::super::{Group, manage, table, tree};
use super::freeing;
use crate::change::{Change, Command};
use crate::delegation::{Capability, reach};
use crate::denial::Denial;
use crate::enrollment;
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::job::{self, JobKind};
use crate::membership::table::blocks;
use crate::principal::Permission;
use crate::view::IfMatch;

/// Puts a group, with all below it, below another one or at the top. It takes the right to do so on the group, on where it
/// was, and on where it comes; where a privileged group is among them, that of deciding about these.
#[derive(Clone, Debug)]
pub struct MoveGroup {
    /// Which group.
    pub group: Id<Group>,
    /// Its new parent; none = the top.
    pub parent: Option<Id<Group>>,
    /// The versions of the group itself that the caller accepts.
    pub if_match: IfMatch,
}

impl Command for MoveGroup {
    type Output = Group;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Group, Error> {
        let mut trees = vec![self.group];
        trees.extend(self.parent);
        tree::lock_roots(change, &trees)?;
        let parent = if let Some(parent) = self.parent {
            Some(reach::load_group(change, parent, Capability::SubgroupsCreate)?.0)
        } else {
            reach::check_top(change.principal())?;
            None
        };
        let (mut group, _) = reach::hold_group(change, self.group, Capability::GroupMove)?;
        if !self.if_match.allows(group.version) {
            return Err(Refusal::Changed.into());
        }
        if group.parent == self.parent || self.parent == Some(group.id) {
            return Ok(group);
        }
        match group.parent {
            Some(before) => {
                let before = table::read(change, before)?.ok_or(Refusal::NotFound { what: "group" })?;
                reach::of(change, &before)?.check(Capability::GroupMove)?;
            }
            None => reach::check_top(change.principal())?,
        }
        freeing::check(change, &group)?;
        // Whoever is kept out above would come back in by that.
        if let Some(person) = change.principal().user()
            && blocks::is_left_behind(change, person, group.id, self.parent)?
        {
            return Err(Denial::NotYourself.into());
        }
        let version = tree::move_to(change, &group, parent.as_ref())?;
        let body = json!({
            "before": group.parent.map(|id| id.to_string()),
            "after": self.parent.map(|id| id.to_string()),
        });
        group.parent = self.parent;
        group.version = version;
        group.modified = change.now();
        change.record(Event::new(EventKind::GroupMoved, group.id.uuid(), version, body))?;
        if let Some(mut parent) = parent {
            manage(change, &mut parent)?;
            manage(change, &mut group)?;
        }
        enrollment::request::requeue(change, group.id)?;
        let now = change.now();
        for kind in [JobKind::RecalculateEffective, JobKind::RecalculateEntitlements] {
            job::schedule(change, kind, group.id.uuid(), &json!({}), now)?;
        }
        Ok(group)
    }
}
