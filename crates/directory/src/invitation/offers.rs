//! What becomes of open offers in a group when their time is over, or what they offer is gone.

use db::Db;
use serde_json::json;

use super::rules::Act;
use super::{GroupOffer, Invitation, Offered, OfferedRight, OfferedRole, follow, table};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::event::EventKind;
use crate::group::{self, Group, GroupRole};
use crate::id::Id;
use crate::notice::Notice;
use crate::realm::RealmId;

/// So many are ended in one piece. Of the rest nobody can accept what is gone, and their time ends them.
const AT_ONCE: usize = 200;

/// Ends an offer whose time is over.
pub(super) fn expire(change: &mut Change<'_>, id: Id<Invitation>) -> Result<bool, Error> {
    let Some(invitation) = table::lock(change, id)? else {
        return Ok(false);
    };
    if !invitation.is_open() || invitation.expires_at > change.now() {
        return Ok(false);
    }
    end_late(change, invitation)?;
    Ok(true)
}

/// Ends an open offer whose time is over, and tells who made it that nobody has answered.
pub(super) fn end_late(change: &mut Change<'_>, invitation: Invitation) -> Result<(), Error> {
    let body = json!({ "expires_at": invitation.expires_at.to_string() });
    let after = follow::close(change, invitation, Act::Expire, EventKind::InvitationExpired, body)?;
    let Some(offer) = after.offer() else {
        return Ok(());
    };
    let there = group::table::read(change, offer.group)?.is_some();
    // Without an address nobody could tell which one it was.
    let (Some(inviter), Some(address), true) = (offer.terms.inviter.person(), &after.address, there) else {
        return Ok(());
    };
    let who = follow::shown_inviter(change, &offer.terms.inviter)?;
    let about = follow::made(change, address, offer, who)?;
    Notice::OfferExpired { inviter, about }.tell(change)
}

fn revoke(change: &mut Change<'_>, id: Id<Invitation>, why: &str) -> Result<(), Error> {
    if let Some(open) = table::lock(change, id)?.filter(Invitation::is_open) {
        follow::close(
            change,
            open,
            Act::Revoke,
            EventKind::InvitationRevoked,
            json!({ "why": why }),
        )?;
    }
    Ok(())
}

/// Takes open offers of a group back that is gone.
pub(crate) fn end_of_group(change: &mut Change<'_>, group: Id<Group>) -> Result<(), Error> {
    for id in table::open_of_group(change, group, AT_ONCE)? {
        revoke(change, id, "group_deleted")?;
    }
    Ok(())
}

/// Takes a role that is gone out of the open offers of its group, or puts another in its place. One that would offer no role
/// any more is taken back.
pub(crate) fn end_of_role(
    change: &mut Change<'_>,
    group: Id<Group>,
    role: Id<GroupRole>,
    replacement: Option<&GroupRole>,
) -> Result<(), Error> {
    for id in table::open_of_group(change, group, AT_ONCE)? {
        let Some(open) = table::lock(change, id)?.filter(Invitation::is_open) else {
            continue;
        };
        let Some(offer) = open.offer().and_then(|offer| without(offer, role, replacement)) else {
            continue;
        };
        if offer.role_names().is_empty() {
            revoke(change, id, "role_removed")?;
            continue;
        }
        let roles = offer.role_names();
        let offered = Offered::InGroup(offer);
        let after = Invitation {
            offered,
            ..open.clone()
        };
        let after = table::update(change, after)?;
        let body = json!({ "role_removed": role.to_string(), "roles": roles });
        change.record(after.turned(EventKind::InvitationChanged, &open, body))?;
    }
    Ok(())
}

/// The offer without a role; none where it does not have it.
fn without(offer: &GroupOffer, role: Id<GroupRole>, replacement: Option<&GroupRole>) -> Option<GroupOffer> {
    let OfferedRight::Membership { configuration, roles } = &offer.right else {
        return None;
    };
    let mut left: Vec<OfferedRole> = roles.iter().filter(|one| one.id != role.uuid()).cloned().collect();
    if left.len() == roles.len() {
        return None;
    }
    let new = replacement.filter(|new| left.iter().all(|one| one.id != new.id.uuid()));
    left.extend(new.map(OfferedRole::from));
    Some(GroupOffer {
        right: OfferedRight::Membership {
            configuration: *configuration,
            roles: left,
        },
        ..offer.clone()
    })
}

/// Whether something in a group is offered to whoever has an address, which their provider has verified: they are invited by
/// it. What looks alike is not the same.
pub(crate) fn is_offered_to(change: &mut Change<'_>, address: &str) -> Result<bool, Error> {
    Ok(offered_at(change, address)?.is_some())
}

/// The address as it stands in an offer that was made to it.
pub(crate) fn offered_at(change: &mut Change<'_>, address: &str) -> Result<Option<String>, Error> {
    let offered = table::offered_to(change, address)?;
    Ok(offered.into_iter().find(|known| known.eq_ignore_ascii_case(address)))
}

/// Whether something may be offered to that address: read outside a change, to tell who is nobody at all.
pub(crate) async fn may_be_offered_to(db: &Db, realm: RealmId, address: &str, now: Timestamp) -> Result<bool, Error> {
    table::is_any_offered(db, realm, address, now).await
}
