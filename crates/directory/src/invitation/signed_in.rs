//! Whoever signs in at the realm's provider with the invited address has proved it as the link does.

use serde_json::json;

use super::follow::close;
use super::rules::Act;
use super::{OnAcceptance, Provisioning, table};
use crate::change::Change;
use crate::error::Error;
use crate::event::EventKind;
use crate::user::{self, Lifecycle, User, Visibility};

/// The person, whose row is locked: in, if an open invitation went to that address, which its provider has verified. Links to
/// the invitation are spent by it.
pub(crate) fn accept_signed_in(change: &mut Change<'_>, person: &User, address: &str) -> Result<User, Error> {
    let Some(open) = table::open_of_user(change, person.id)? else {
        return Ok(person.clone());
    };
    // What looks alike is not the same.
    let invited = open.address.as_ref();
    let is_invited_there = invited.is_some_and(|invited| invited.as_str().eq_ignore_ascii_case(address));
    if !is_invited_there || open.expires_at <= change.now() || person.lifecycle != Lifecycle::Invited {
        return Ok(person.clone());
    }
    let (lifecycle, active) = match open.on_acceptance {
        OnAcceptance::Refuse => return Ok(person.clone()),
        OnAcceptance::Suspend => (Lifecycle::Suspended, false),
        OnAcceptance::Activate => (Lifecycle::Active, true),
    };
    let open = super::Invitation {
        provisioning: Provisioning::Done,
        ..open
    };
    close(
        change,
        open,
        Act::Accept,
        EventKind::InvitationAccepted,
        json!({ "by": "sign_in" }),
    )?;
    user::set_lifecycle(change, person, lifecycle, active, Visibility::Shown)
}
