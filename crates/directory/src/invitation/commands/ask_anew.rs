//! Whoever has a link whose time is over asks for a new one. It goes to the address that the old one went to, and nowhere else.

use std::fmt;

use super::super::follow::{self, check_number};
use super::super::{GroupOffer, Invitation, table};
use super::resend::check_offered;
use crate::change::{Change, Command};
use crate::denial::Denial;
use crate::error::{Error, Refusal};
use crate::group;
use crate::id::Id;
use crate::job::{self, JobKind};
use crate::principal::Permission;
use crate::token::TokenHash;
use crate::user::{self, Lifecycle, User, Visibility};

/// Sends an invitation that has expired once more: what it offers and who offers it stays, its time begins anew. The realm says
/// for how many days after its end (`ask_anew_days`). The secret of the old link is the right to do so, and is spent by it.
#[derive(Clone)]
pub struct AskAnew {
    /// The secret of the link.
    pub secret: String,
}

impl fmt::Debug for AskAnew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AskAnew(…)")
    }
}

impl Command for AskAnew {
    type Output = Invitation;

    fn needs(&self) -> Permission {
        Permission::Anyone
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Invitation, Error> {
        let hash = TokenHash::of(&self.secret);
        let found = expired(change, &hash)?;
        match (found.offer(), found.user) {
            (Some(offer), _) => offer_anew(change, found.id, &hash, offer),
            (None, Some(user)) => invite_anew(change, found.id, &hash, user),
            (None, None) => Err(missing().into()),
        }
    }
}

fn missing() -> Refusal {
    Refusal::NotFound { what: "invitation" }
}

/// The invitation behind a link that has expired and can be asked for anew.
fn expired(change: &mut Change<'_>, hash: &TokenHash) -> Result<Invitation, Error> {
    let link = table::behind(change, hash)?.ok_or_else(missing)?;
    let invitation = link.invitation;
    let days = change.realm().settings.ask_anew_days();
    if invitation.can_ask_anew(link.alive, days, change.now()) {
        return Ok(invitation);
    }
    Err(Refusal::conflict("the link cannot be replaced: ask whoever invited you").into())
}

/// Invites a person once more who is still invited, and has not been invited otherwise since.
fn invite_anew(
    change: &mut Change<'_>,
    id: Id<Invitation>,
    hash: &TokenHash,
    user: Id<User>,
) -> Result<Invitation, Error> {
    let user = user::table::lock(change, user)?.ok_or_else(missing)?;
    table::lock(change, id)?;
    // While this waited for the person's row others may have asked, or been quicker.
    let invitation = expired(change, hash)?;
    let is_last = table::last_of_user(change, user.id)?.is_some_and(|last| last.id == id);
    if !is_last || user.lifecycle != Lifecycle::Invited {
        return Err(Refusal::Changed.into());
    }
    let address = invitation.address.clone().ok_or_else(missing)?;
    // Whoever had the address before holds the old link still, and must not come in with a new one.
    let own = user::rules::address(user.attributes());
    if own.is_some_and(|own| user::rules::key(&own) != user::rules::key(address.as_str())) {
        return Err(Refusal::Changed.into());
    }
    follow::check_no_other(change, user.id, &address)?;
    check_number(change)?;
    let user = user::set_lifecycle(change, &user, Lifecycle::Invited, true, Visibility::Shown)?;
    follow::send_again(change, invitation, user.attributes(), &address)
}

/// Offers the same in a group once more, unless it has been offered to the address otherwise since.
fn offer_anew(
    change: &mut Change<'_>,
    id: Id<Invitation>,
    hash: &TokenHash,
    offer: &GroupOffer,
) -> Result<Invitation, Error> {
    let group = group::table::lock(change, offer.group)?.ok_or_else(missing)?;
    table::lock(change, id)?;
    let invitation = expired(change, hash)?;
    let offer = invitation.offer().cloned().ok_or_else(missing)?;
    if let Some(address) = &invitation.address
        && table::open_offer(change, group.id, offer.kind(), address)?.is_some_and(|open| open.id != id)
    {
        return Err(Denial::InvitationOpen.into());
    }
    check_offered(change, &group, &offer)?;
    check_number(change)?;
    job::cancel(change, JobKind::PurgeInvitation, id.uuid())?;
    follow::offer_again(change, invitation, &offer, &group)
}
