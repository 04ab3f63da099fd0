//! Making a group below another one.

use serde_json::json;

use super::super::{Group, manage, tree};
use super::new::{GroupMade, NewGroup, make};
use crate::change::{Change, Command};
use crate::delegation::{Capability, reach};
use crate::error::Error;
use crate::id::Id;
use crate::job::{self, JobKind};
use crate::principal::Permission;

/// Makes a group below another one, with a first role. Who administers the groups above administers it.
#[derive(Clone, Debug)]
pub struct CreateSubgroup {
    /// Below which group.
    pub parent: Id<Group>,
    /// What it is like.
    pub new: NewGroup,
}

impl Command for CreateSubgroup {
    type Output = GroupMade;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<GroupMade, Error> {
        self.new.hold_owner(change)?;
        tree::lock_roots(change, &[self.parent])?;
        let (mut parent, _) = reach::load_group(change, self.parent, Capability::SubgroupsCreate)?;
        manage(change, &mut parent)?;
        let made = make(change, &self.new, Some(&parent))?;
        if parent.children == 0 {
            // Its members are people whose memberships have others below from now on.
            let now = change.now();
            job::schedule(change, JobKind::RecalculateEffective, parent.id.uuid(), &json!({}), now)?;
        }
        Ok(made)
    }
}
