//! Taking an invitation back.

use serde_json::json;

use super::super::rules::Act;
use super::super::{Invitation, InvitationState, follow};
use super::{Loaded, load};
use crate::change::{Change, Command};
use crate::error::{Error, Refusal};
use crate::event::EventKind;
use crate::id::Id;
use crate::principal::Permission;

/// Takes an open invitation back: its links are dead. The person stays as they are, and a program that sends them again
/// does not bring the invitation back. A second time changes nothing.
#[derive(Clone, Debug)]
pub struct RevokeInvitation {
    /// Which one.
    pub id: Id<Invitation>,
}

impl Command for RevokeInvitation {
    type Output = Invitation;

    /// What it takes depends on what is offered: see `load`.
    fn needs(&self) -> Permission {
        Permission::Anyone
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Invitation, Error> {
        let invitation = match load(change, self.id)? {
            Loaded::Account(account) => account.1,
            Loaded::Offer(held) => held.invitation,
        };
        revoke(change, invitation)
    }
}

/// Takes an invitation back that is locked.
pub(super) fn revoke(change: &mut Change<'_>, invitation: Invitation) -> Result<Invitation, Error> {
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
