//! Letting an administrator of a group do other things.

use serde_json::json;
use uuid::Uuid;

use super::super::rules::{Extent, ends_before};
use super::super::{Capabilities, Capability, Delegation, table};
use super::{check_owner, check_takes, check_times, hold, record, said};
use crate::change::{Change, Command};
use crate::clock::Timestamp;
use crate::denial::Denial;
use crate::error::{Error, Refusal};
use crate::event::EventKind;
use crate::group::{Group, privileged};
use crate::id::Id;
use crate::principal::Permission;

/// Changes what an administrator of a group may do, whether it is inherited, and how long it counts.
#[derive(Clone, Debug)]
pub struct ChangeDelegation {
    /// Which group.
    pub group: Id<Group>,
    /// The person, or the group whose people administer.
    pub subject: Uuid,
    /// What they may do from now on.
    pub capabilities: Capabilities,
    /// Whether it counts in the groups below too.
    pub inherit: bool,
    /// It counts from then on; none = since it was granted.
    pub valid_from: Option<Timestamp>,
    /// The first instant after it; none = for good.
    pub valid_until: Option<Timestamp>,
    /// Also when nobody is left who owns the group; for those who may put that aside.
    pub force: bool,
}

impl Command for ChangeDelegation {
    type Output = Delegation;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Delegation, Error> {
        let (group, reach) = hold(change, self.group, None)?;
        reach.check(Capability::AdminsWrite)?;
        let before = table::one(change, group.id, self.subject)?.ok_or(Denial::NotAdmin)?;
        check_takes(change, &reach, &before)?;
        if self.capabilities.is_empty() {
            return Err(Refusal::invalid("capabilities", "name at least one, or a preset").into());
        }
        check_times(change.now(), self.valid_from, self.valid_until)?;
        let mut after = Delegation {
            capabilities: self.capabilities,
            inherit: self.inherit,
            valid_from: self.valid_from,
            valid_until: self.valid_until,
            ..before.clone()
        };
        if after == before {
            return Ok(before);
        }
        if let Some(more) = more(&before, &after) {
            privileged::check_naming(change.principal(), &group, before.subject)?;
            reach.check_hands_on(more)?;
            after.entitled = privileged::check_deciding(change.principal()).is_ok();
        }
        check_owner(change, &reach, (&before, Some(&after)), self.force)?;
        table::update(change, &after)?;
        after.version += 1;
        let body = json!({ "before": said(&before), "after": said(&after) });
        record(change, EventKind::DelegationChanged, group.id, body)?;
        Ok(after)
    }
}

/// What somebody may do afterwards that they could not do before, or not as deep, as early or for as long.
fn more(before: &Delegation, after: &Delegation) -> Option<Extent> {
    let deeper = after.inherit && !before.inherit;
    let longer = ends_before(before.valid_until, after.valid_until);
    let earlier = before.valid_from > after.valid_from;
    let capabilities = if deeper || longer || earlier {
        after.capabilities
    } else {
        after.capabilities.without(before.capabilities)
    };
    let more = Extent {
        capabilities,
        ..after.extent()
    };
    (!capabilities.is_empty()).then_some(more)
}
