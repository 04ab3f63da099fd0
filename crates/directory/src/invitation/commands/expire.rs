//! An invitation's time goes by.

use serde_json::json;

use super::super::rules::Act;
use super::super::{Invitation, follow, offers, table};
use crate::change::{Change, Command};
use crate::error::Error;
use crate::event::EventKind;
use crate::id::Id;
use crate::principal::Permission;
use crate::user::{self, Lifecycle, Visibility};

/// Ends an invitation whose time is over. The person stays invited and is hidden from clients that ask for that; sending
/// them again invites them anew under the same id. Who offered something in a group is told that nobody has answered.
#[derive(Clone, Debug)]
pub struct ExpireInvitation {
    /// Which one.
    pub id: Id<Invitation>,
}

impl Command for ExpireInvitation {
    /// Whether it expired by this.
    type Output = bool;

    fn needs(&self) -> Permission {
        Permission::System
    }

    fn run(&self, change: &mut Change<'_>) -> Result<bool, Error> {
        let Some(found) = table::read(change, self.id)? else {
            return Ok(false);
        };
        if found.offer().is_some() {
            return offers::expire(change, self.id);
        }
        let user = match found.user {
            Some(user) => user::table::lock(change, user)?,
            None => None,
        };
        let Some(user) = user else {
            return Ok(false);
        };
        let Some(invitation) = table::lock(change, self.id)? else {
            return Ok(false);
        };
        if !invitation.is_open() || invitation.expires_at > change.now() {
            return Ok(false);
        }
        let hides = user.lifecycle == Lifecycle::Invited && user.visibility == Visibility::Shown;
        if hides {
            user::hide(change, &user)?;
            user::after_expiry(change, user.id, invitation.expires_at)?;
        }
        let body = json!({ "hidden": hides, "expires_at": invitation.expires_at.to_string() });
        follow::close(change, invitation, Act::Expire, EventKind::InvitationExpired, body)?;
        Ok(true)
    }
}
