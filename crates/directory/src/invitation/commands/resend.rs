//! Sending an invitation again.

use super::super::{Invitation, follow};
use super::load;
use crate::change::{Change, Command};
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::principal::{Permission, Scope};

/// Sends an open invitation again: a new secret and its time anew; all earlier links are dead.
#[derive(Clone, Debug)]
pub struct ResendInvitation {
    /// Which one.
    pub id: Id<Invitation>,
}

impl Command for ResendInvitation {
    type Output = Invitation;

    fn needs(&self) -> Permission {
        Permission::Scope(Scope::Invite)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Invitation, Error> {
        let (user, invitation) = load(change, self.id)?;
        if !invitation.is_open() {
            let state = invitation.state.name();
            return Err(Refusal::conflict(format!(
                "the invitation is {state}; only an open one is sent again: invite the person anew"
            ))
            .into());
        }
        let address = invitation.address.clone();
        follow::send_again(change, invitation, user.attributes(), &address)
    }
}
