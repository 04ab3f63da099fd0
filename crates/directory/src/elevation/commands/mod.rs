//! Saying who may make themselves a member, and doing it.

mod elevate;
mod grant;
mod revoke;

pub use elevate::{Elevate, Elevated};
pub use grant::GrantEligibility;
pub use revoke::RevokeEligibility;

use serde_json::json;

use super::Eligibility;
use crate::change::Change;
use crate::delegation::{Capability, reach};
use crate::error::Error;
use crate::event::{Event, EventKind};
use crate::group::Group;
use crate::id::Id;

/// A group in which the principal gives memberships and roles: not found before not permitted.
fn load_group(change: &mut Change<'_>, group: Id<Group>) -> Result<Group, Error> {
    let (group, reach) = reach::load_group(change, group, Capability::MembersWrite)?;
    reach.check(Capability::RolesAssign)?;
    Ok(group)
}

/// A fact about one. Ids and names of roles only, never what people typed.
pub(super) fn record(change: &mut Change<'_>, kind: EventKind, one: &Eligibility) -> Result<(), Error> {
    let mut body = json!({ "group": one.group.to_string(), "user": one.user.to_string() });
    let version = if kind == EventKind::EligibilityGranted {
        body["roles"] = json!(one.roles);
        body["hours"] = one.hours.into();
        body["justification"] = one.needs_justification.into();
        if let Some(until) = one.valid_until {
            body["valid_until"] = until.to_string().into();
        }
        1
    } else {
        2
    };
    change.record(Event::new(kind, one.id.uuid(), version, body).within(one.group))?;
    Ok(())
}
