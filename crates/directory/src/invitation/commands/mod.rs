//! The commands on invitations. Those that come with a link need no other right: the secret is it.

mod by_scim;
mod decide;
mod expire;
mod invite;
mod open;
mod resend;
mod revoke;

pub use by_scim::{ActOnInvitation, InvitationAct};
pub use decide::{AcceptInvitation, Accepted, RejectInvitation};
pub use expire::ExpireInvitation;
pub use invite::{InviteNewUser, InviteUser, Offer};
pub use open::OpenInvitation;
pub use resend::ResendInvitation;
pub use revoke::RevokeInvitation;

use super::{Invitation, table};
use crate::access;
use crate::change::Change;
use crate::client::{Operation, ResourceKind};
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::user::{self, User};

/// An invitation and the person it is for, both locked, for a caller who may reach that person.
fn load(change: &mut Change<'_>, id: Id<Invitation>) -> Result<(User, Invitation), Error> {
    let missing = || Refusal::NotFound { what: "invitation" };
    access::check_operation(change.principal(), ResourceKind::User, Operation::Update)?;
    let user = table::read(change, id)?.ok_or_else(missing)?.user;
    let user = user::table::lock(change, user)?.ok_or_else(missing)?;
    if !access::reaches_user(change, &user)? {
        return Err(missing().into());
    }
    Ok((user, table::lock(change, id)?.ok_or_else(missing)?))
}
