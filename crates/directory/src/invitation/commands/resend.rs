//! Sending an invitation again.

use serde_json::{Map, Value};

use super::super::{GroupOffer, Invitation, Inviter, follow};
use super::offer::check_rules;
use super::{Loaded, load};
use crate::change::{Change, Command};
use crate::enrollment::configuration;
use crate::error::{Error, Refusal};
use crate::group::Group;
use crate::id::Id;
use crate::principal::Permission;

/// Sends an open invitation again: a new secret and its time anew; all earlier links are dead. An offer in a group is from then
/// on an offer of whoever sends it.
#[derive(Clone, Debug)]
pub struct ResendInvitation {
    /// Which one.
    pub id: Id<Invitation>,
}

impl Command for ResendInvitation {
    type Output = Invitation;

    /// What it takes depends on what is offered: see `load`.
    fn needs(&self) -> Permission {
        Permission::Anyone
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Invitation, Error> {
        match load(change, self.id)? {
            Loaded::Account(account) => {
                let (user, invitation) = *account;
                resend_account(change, invitation, user.attributes())
            }
            Loaded::Offer(held) => {
                check_open(&held.invitation, "make another one")?;
                check_offered(change, &held.group, &held.offer)?;
                let mut terms = held.offer.terms.clone();
                terms.inviter = Inviter::of(change, &held.group, held.capability);
                let offer = GroupOffer { terms, ..held.offer };
                follow::offer_again(change, held.invitation, &offer, &held.group)
            }
        }
    }
}

/// Sends the open invitation of a person, whose row is locked, again.
pub(super) fn resend_account(
    change: &mut Change<'_>,
    invitation: Invitation,
    attributes: &Map<String, Value>,
) -> Result<Invitation, Error> {
    check_open(&invitation, "invite the person anew")?;
    let none = || Refusal::conflict("the invitation names no address it could be sent to");
    let address = invitation.address.clone().ok_or_else(none)?;
    follow::send_again(change, invitation, attributes, &address)
}

/// What a rule of the realm forbids by now is not offered anew.
pub(super) fn check_offered(change: &mut Change<'_>, group: &Group, offer: &GroupOffer) -> Result<(), Error> {
    let Some(way) = offer.configuration() else {
        return Ok(());
    };
    match configuration::table::of_this_group(change, group.id, way)? {
        Some(way) => check_rules(change, group, &way),
        None => Ok(()),
    }
}

fn check_open(invitation: &Invitation, instead: &str) -> Result<(), Refusal> {
    if invitation.is_open() {
        return Ok(());
    }
    let state = invitation.state.name();
    Err(Refusal::conflict(format!(
        "the invitation is {state}; only an open one is sent again: {instead}"
    )))
}
