//! Offers in a group that another system has made.

use serde_json::json;

use super::account::{check_domain, check_number};
use super::offer::{expire_later, unsent};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::denial::Denial;
use crate::error::{Error, Refusal};
use crate::group::Group;
use crate::id::Id;
use crate::invitation::{GroupOffer, Invitation, Inviter, OfferTerms, OfferedRight, table};
use crate::mail::EmailAddress;
use crate::token::TokenHash;

/// An offer as it stood in another system.
pub(crate) struct CarriedOffer {
    /// Held.
    pub(crate) group: Id<Group>,
    /// None where it was not kept.
    pub(crate) address: Option<EmailAddress>,
    pub(crate) right: OfferedRight,
    pub(crate) inviter: Inviter,
    pub(crate) made_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    /// Of the secret in the link that was mailed there.
    pub(crate) link: TokenHash,
}

/// Takes an offer over with its link. Nobody is sent a mail.
pub(crate) fn carry_over(change: &mut Change<'_>, of: CarriedOffer) -> Result<Id<Invitation>, Error> {
    if of.expires_at <= change.now() {
        return Err(Refusal::conflict("its time is over").into());
    }
    if table::behind(change, &of.link)?.is_some() {
        return Err(Refusal::conflict("another invitation has the same link").into());
    }
    if let Some(address) = &of.address {
        check_domain(change, address)?;
    }
    check_number(change)?;
    let terms = OfferTerms {
        inviter: of.inviter,
        ..OfferTerms::default()
    };
    let offer = GroupOffer {
        group: of.group,
        right: of.right,
        terms,
    };
    let id = Id::made_then(of.made_at, change.ids());
    let invitation = unsent(change, id, &offer, of.address, of.expires_at);
    if !table::insert_offer(change, &invitation, &offer)? {
        return Err(Denial::InvitationOpen.into());
    }
    table::add_link(change, invitation.id, &of.link)?;
    let body = json!({
        "address": invitation.address.as_ref().map(EmailAddress::masked),
        "expires_at": invitation.expires_at.to_string(),
        "roles": offer.role_names(),
        "configuration": offer.configuration().map(|id| id.to_string()),
        "inviter": offer.terms.inviter.label,
        "taken_over": true,
    });
    change.record(invitation.made(body))?;
    expire_later(change, &invitation)?;
    Ok(invitation.id)
}
