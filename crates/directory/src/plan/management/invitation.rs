//! Invitations of another system that nobody has answered.

use uuid::Uuid;

use super::CarriedInvitation;
use super::apply::meant;
use super::member::{actor, carried_roles, instant};
use crate::change::Change;
use crate::delegation::{Capabilities, Preset, handed_on};
use crate::error::{Error, Refusal};
use crate::group::{self, Group};
use crate::id::Id;
use crate::invitation::{CarriedOffer, Inviter, OfferedRight, OfferedRole, carry_over};
use crate::legacy::{self, LegacyKind};
use crate::mail::EmailAddress;
use crate::token::TokenHash;

/// Offers here what was offered there, behind the same link. `link` is the hash of its secret.
pub(super) fn take_over(change: &mut Change<'_>, of: &CarriedInvitation, link: &str) -> Result<Uuid, Error> {
    let group: Id<Group> = meant(change, LegacyKind::Group, &of.group)?;
    group::table::lock(change, group)?.ok_or_else(|| Refusal::conflict("the group is gone"))?;
    let right = if let Some(way) = &of.way {
        let configuration = meant(change, LegacyKind::Configuration, way)?;
        let roles = carried_roles(change, group, &of.roles)?;
        OfferedRight::Membership {
            configuration,
            roles: roles.iter().map(OfferedRole::from).collect(),
        }
    } else {
        OfferedRight::Administration {
            capabilities: Preset::Owner.capabilities(),
        }
    };
    let address = of.address.as_deref().map(EmailAddress::parse).transpose();
    let offer = CarriedOffer {
        group,
        address: address.map_err(|why| Refusal::invalid("email", why))?,
        right,
        inviter: inviter(change, group, of.inviter.as_deref())?,
        made_at: instant(&of.created_at)?,
        expires_at: instant(&of.expires_at)?,
        link: TokenHash::of_hex(link).ok_or(Error::Fault {
            what: "an item of a plan has no hash of a link",
        })?,
    };
    Ok(carry_over(change, offer)?.uuid())
}

/// Whoever invited there. Of somebody who administers the group here too the offer holds while they do, as if they had made it
/// here; of others, who managed all groups there or have left, it holds because the plan was approved.
fn inviter(change: &mut Change<'_>, group: Id<Group>, original: Option<&str>) -> Result<Inviter, Error> {
    let user = match original {
        Some(original) => legacy::table::find(change, LegacyKind::User, original)?,
        None => None,
    };
    let by_delegation = match user {
        // Who administers it at all: whether that is enough for what is offered is asked when it is answered.
        Some(user) => handed_on(change, Id::new(user), group, Capabilities::NONE)?.is_some(),
        None => false,
    };
    Ok(Inviter {
        label: actor(change, original)?.unwrap_or_default(),
        user,
        program: None,
        by_delegation,
        entitled: false,
    })
}
