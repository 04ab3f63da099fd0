//! Saying who may make themselves a member, and doing it.

mod elevate;
mod grant;
mod revoke;

pub use elevate::{Elevate, Elevated};
pub use grant::GrantEligibility;
pub use revoke::RevokeEligibility;

use serde_json::{Map, json};

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
    let mut said = Map::new();
    said.insert("roles".to_owned(), json!(one.roles));
    said.insert("hours".to_owned(), one.hours.into());
    said.insert("justification".to_owned(), one.needs_justification.into());
    if let Some(until) = one.valid_until {
        said.insert("valid_until".to_owned(), until.to_string().into());
    }
    let mut body = json!({ "group": one.group.to_string(), "user": one.user.to_string() });
    let (version, before, after) = if kind == EventKind::EligibilityGranted {
        if let Some(body) = body.as_object_mut() {
            body.extend(said.clone());
        }
        (1, Map::new(), said)
    } else {
        (2, said, Map::new())
    };
    let event = Event::new(kind, one.id.uuid(), version, body).turned(&before, &after);
    change.record(event.within(one.group))?;
    Ok(())
}
