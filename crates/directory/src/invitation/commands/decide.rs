//! The person's answer: yes or no, by the link, once.

use serde_json::json;

use super::super::follow::settle_rest;
use super::super::{Invitation, InvitationState, OnAcceptance, Provisioning, table};
use crate::change::{Change, Command};
use crate::error::{Error, Refusal};
use crate::event::EventKind;
use crate::principal::Permission;
use crate::token::TokenHash;
use crate::user::{self, Lifecycle, User, Visibility};

/// Says yes. Spends the link and makes the person active; of any number of callers exactly one succeeds.
#[derive(Clone)]
pub struct AcceptInvitation {
    /// The secret of the link.
    pub secret: String,
}

impl std::fmt::Debug for AcceptInvitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AcceptInvitation(…)")
    }
}

/// What accepting came to.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The invitation.
    pub invitation: Invitation,
    /// The person: active, or suspended where a client asked for that.
    pub user: User,
}

impl Command for AcceptInvitation {
    type Output = Accepted;

    fn needs(&self) -> Permission {
        Permission::Anyone
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Accepted, Error> {
        // No target has to be told yet, so all that must know do.
        let (user, before, invitation) = decide(change, &self.secret, InvitationState::Accepted, Provisioning::Done)?;
        change.record(invitation.turned(EventKind::InvitationAccepted, &before, json!({})))?;
        let user = match (user.lifecycle, invitation.on_acceptance) {
            (Lifecycle::Invited, OnAcceptance::Suspend) => {
                user::set_lifecycle(change, &user, Lifecycle::Suspended, false, Visibility::Shown)?
            }
            (Lifecycle::Invited, _) => user::set_lifecycle(change, &user, Lifecycle::Active, true, Visibility::Shown)?,
            // Accepting lifts no block that was set meanwhile.
            (Lifecycle::Staged | Lifecycle::Active | Lifecycle::Suspended, _) => user,
        };
        Ok(Accepted { invitation, user })
    }
}

/// Says no. Spends the link; the person stays invited, and may be invited again by whoever decides so.
#[derive(Clone)]
pub struct RejectInvitation {
    /// The secret of the link.
    pub secret: String,
}

impl std::fmt::Debug for RejectInvitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RejectInvitation(…)")
    }
}

impl Command for RejectInvitation {
    type Output = Invitation;

    fn needs(&self) -> Permission {
        Permission::Anyone
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Invitation, Error> {
        let (_, before, invitation) = decide(change, &self.secret, InvitationState::Rejected, Provisioning::None)?;
        change.record(invitation.turned(EventKind::InvitationRejected, &before, json!({})))?;
        Ok(invitation)
    }
}

/// Whose it is, and the invitation before and after it.
fn decide(
    change: &mut Change<'_>,
    secret: &str,
    to: InvitationState,
    provisioning: Provisioning,
) -> Result<(User, Invitation, Invitation), Error> {
    let hash = TokenHash::of(secret);
    // Before any lock: most of those who come with a spent link can be answered from here.
    let found = look(change, &hash)?;
    let missing = || Refusal::NotFound { what: "invitation" };
    let user = found.user.filter(|_| found.offer().is_none()).ok_or_else(missing)?;
    let user = user::table::lock(change, user)?.ok_or_else(missing)?;
    // While this waited for the person's row others may have decided: the guard of the statement counts, not what was read.
    let Some(invitation) = table::decide(change, found.id, &hash, to, provisioning)? else {
        look(change, &hash)?;
        return Err(Refusal::Changed.into());
    };
    settle_rest(change, &invitation)?;
    Ok((user, found, invitation))
}

/// The invitation behind a link that is open; else why it is not.
fn look(change: &mut Change<'_>, hash: &TokenHash) -> Result<Invitation, Error> {
    let Some(link) = table::behind(change, hash)? else {
        return Err(Refusal::NotFound { what: "invitation" }.into());
    };
    let invitation = link.invitation;
    match invitation.link(link.alive, change.now()).refusal() {
        None => Ok(invitation),
        Some(refusal) => Err(refusal.into()),
    }
}
