//! Taking an invitation back.

use serde_json::json;

use super::super::rules::Act;
use super::super::{Invitation, InvitationState, follow};
use super::load;
use crate::change::{Change, Command};
use crate::error::{Error, Refusal};
use crate::event::EventKind;
use crate::id::Id;
use crate::principal::{Permission, Scope};

/// Takes an open invitation back: its links are dead. The person stays as they are, and a program that sends them again
/// does not bring the invitation back. A second time changes nothing.
#[derive(Clone, Debug)]
pub struct RevokeInvitation {
    /// Which one.
    pub id: Id<Invitation>,
}

impl Command for RevokeInvitation {
    type Output = Invitation;

    fn needs(&self) -> Permission {
        Permission::Scope(Scope::Invite)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Invitation, Error> {
        let (_, invitation) = load(change, self.id)?;
        match invitation.state {
            InvitationState::Revoked => Ok(invitation),
            state if state.is_open() => {
                follow::close(change, invitation, Act::Revoke, EventKind::InvitationRevoked, json!({}))
            }
            state => Err(Refusal::conflict(format!(
                "the invitation is {}; there is nothing to take back",
                state.name()
            ))
            .into()),
        }
    }
}
