//! The page behind a link was shown.

use serde_json::json;

use super::super::rules::{self, Act};
use super::super::{Invitation, InvitationState, LinkState, table};
use crate::change::{Change, Command};
use crate::error::Error;
use crate::event::EventKind;
use crate::principal::Permission;
use crate::token::TokenHash;

/// Notes, once, that the page behind an open link was shown. A page may call it when it is read: it spends nothing, kills
/// nothing, and what the page shows afterwards is the same. Programs that follow links in mails are noted like people.
/// A link that is not open is no error.
#[derive(Clone)]
pub struct OpenInvitation {
    /// The secret of the link.
    pub secret: String,
}

impl std::fmt::Debug for OpenInvitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OpenInvitation(…)")
    }
}

impl Command for OpenInvitation {
    type Output = ();

    fn needs(&self) -> Permission {
        Permission::Anyone
    }

    fn run(&self, change: &mut Change<'_>) -> Result<(), Error> {
        let Some(link) = table::behind(change, &TokenHash::of(&self.secret))? else {
            return Ok(());
        };
        if !waits(&link.invitation, link.alive, change) {
            return Ok(());
        }
        let Some(before) = table::lock(change, link.invitation.id)?.filter(|before| waits(before, link.alive, change))
        else {
            return Ok(());
        };
        let state = rules::after(before.state, Act::Open).unwrap_or(before.state);
        let after = table::update(
            change,
            Invitation {
                state,
                ..before.clone()
            },
        )?;
        change.record(after.turned(EventKind::InvitationOpened, &before, json!({})))?;
        Ok(())
    }
}

/// Whether nobody has looked at it yet, and it could be accepted.
fn waits(invitation: &Invitation, alive: bool, change: &Change<'_>) -> bool {
    let link = invitation.link(alive, change.now());
    invitation.state == InvitationState::Pending && link == LinkState::Open
}
