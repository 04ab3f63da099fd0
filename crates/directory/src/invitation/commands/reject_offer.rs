//! Saying no to an offer in a group.

use std::fmt;

use super::super::{Invitation, InvitationState};
use super::accept_offer::{Answer, answering, check_address, look};
use crate::change::{Change, Command};
use crate::error::Error;
use crate::event::EventKind;
use crate::mail::content::Decision;
use crate::principal::{Permission, Scope};
use crate::token::TokenHash;

/// Says no to what an invitation offers in a group. Spends the link. Whoever has the address may, as for accepting.
#[derive(Clone)]
pub struct RejectOffer {
    /// The secret of the link.
    pub secret: String,
}

impl fmt::Debug for RejectOffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RejectOffer(…)")
    }
}

impl Command for RejectOffer {
    type Output = Invitation;

    fn needs(&self) -> Permission {
        Permission::Person(Scope::AgmSelf)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Invitation, Error> {
        let hash = TokenHash::of(&self.secret);
        let person = answering(change)?;
        let (invitation, offer) = look(change, &hash)?;
        check_address(change, &person, invitation.address.as_ref())?;
        let answer = Answer {
            hash,
            person: &person,
            invitation: &invitation,
            offer: &offer,
        };
        let after = answer.spend(change, InvitationState::Rejected, EventKind::InvitationRejected)?;
        answer.tell(change, Decision::Rejected, None)?;
        Ok(after)
    }
}
