//! The commands on invitations. Those that come with a link need no other right: the secret is it.

mod accept_offer;
mod ask_anew;
mod by_scim;
mod decide;
mod expire;
mod invite;
mod offer;
mod open;
mod reject_offer;
mod resend;
mod revoke;

pub use accept_offer::AcceptOffer;
pub(super) use accept_offer::answerable;
pub use ask_anew::AskAnew;
pub use by_scim::{ActOnInvitation, InvitationAct};
pub use decide::{AcceptInvitation, Accepted, RejectInvitation};
pub use expire::ExpireInvitation;
pub use invite::{InviteNewUser, InviteUser, Offer};
pub use offer::{Invitee, OfferAdministration, OfferMembership, OfferedWay};
pub use open::OpenInvitation;
pub use reject_offer::RejectOffer;
pub use resend::ResendInvitation;
pub use revoke::RevokeInvitation;

use super::{GroupOffer, Invitation, OfferKind, table};
use crate::access;
use crate::change::Change;
use crate::client::{Operation, ResourceKind};
use crate::delegation::{Capability, reach};
use crate::error::{Error, Refusal};
use crate::group::Group;
use crate::id::Id;
use crate::principal::{Permission, Scope};
use crate::user::{self, User};

/// An invitation that somebody wants to act on, locked with what it hangs on.
enum Loaded {
    /// Of an account, and the person it is for.
    Account(Box<(User, Invitation)>),
    /// Of something in a group.
    Offer(Box<HeldOffer>),
}

/// An offer in a group that is held.
struct HeldOffer {
    group: Group,
    /// What it takes to make one like it.
    capability: Capability,
    invitation: Invitation,
    offer: GroupOffer,
}

/// An invitation for a caller who may act on it: on one of an account who invites people and reaches this one, on an offer in a
/// group who invites to the same there. Whoever does not invite people does not learn which invitations of accounts there are.
fn load(change: &mut Change<'_>, id: Id<Invitation>) -> Result<Loaded, Error> {
    let missing = || Error::from(Refusal::NotFound { what: "invitation" });
    let principal = change.principal();
    let (invites, manages) = (
        principal.check(Permission::Scope(Scope::Invite)),
        principal.check(Permission::Manage),
    );
    if manages.is_err() {
        invites.clone()?;
    }
    let found = table::read(change, id)?;
    let Some(offer) = found.as_ref().and_then(Invitation::offer) else {
        invites?;
        let found = found.ok_or_else(missing)?;
        access::check_operation(principal, ResourceKind::User, Operation::Update)?;
        let user = found.user.ok_or_else(missing)?;
        let user = user::table::lock(change, user)?.ok_or_else(missing)?;
        if !access::reaches_user(change, &user)? {
            return Err(missing());
        }
        let invitation = table::lock(change, id)?.ok_or_else(missing)?;
        return Ok(Loaded::Account(Box::new((user, invitation))));
    };
    manages?;
    let capability = match offer.kind() {
        OfferKind::Membership => Capability::InviteMember,
        OfferKind::Administration => Capability::InviteAdmin,
    };
    let (group, _) = match reach::hold_group(change, offer.group, capability) {
        Err(Error::Refused(Refusal::NotFound { .. })) => return Err(missing()),
        other => other?,
    };
    let invitation = table::lock(change, id)?.ok_or_else(missing)?;
    let offer = invitation.offer().cloned().ok_or_else(missing)?;
    Ok(Loaded::Offer(Box::new(HeldOffer {
        group,
        capability,
        invitation,
        offer,
    })))
}
