//! Something in a group is offered to an address: the row, its mail, and who else is told.

use serde_json::json;

use super::account::{check_domain, check_number};
use super::mail::{drop_mails, queue_with_link};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::denial::Denial;
use crate::error::{Error, Refusal};
use crate::event::EventKind;
use crate::group::{Group, path};
use crate::id::Id;
use crate::invitation::rules::{self, Act};
use crate::invitation::{
    GroupOffer, Invitation, InvitationState, Inviter, MailFact, OfferKind, OfferTerms, Offered, OfferedRight,
    OnAcceptance, Provisioning, offers, table,
};
use crate::job::{self, JobKind};
use crate::mail::content::{self, OfferMade, Who};
use crate::mail::{Content, Contents, EmailAddress, Language, Mail};
use crate::notice::{Actor, Notice, Person};

const HOUR: i64 = 3_600;
/// The attribute of a group that says what it is for.
const DESCRIPTION: &str = "description";

/// An open offer as a row, of which no mail has been sent.
pub(super) fn unsent(
    change: &Change<'_>,
    id: Id<Invitation>,
    offer: &GroupOffer,
    address: Option<EmailAddress>,
    expires_at: Timestamp,
) -> Invitation {
    Invitation {
        id,
        version: 1,
        modified: change.now(),
        user: None,
        offered: Offered::InGroup(offer.clone()),
        address,
        language: Language::choose(None, change.realm().settings.language()),
        state: InvitationState::Pending,
        mail: MailFact::None,
        provisioning: Provisioning::None,
        on_acceptance: OnAcceptance::Activate,
        client: None,
        expires_at,
        sent_at: None,
        send_count: 0,
        last_error: None,
        decided_at: None,
    }
}

/// What is offered, to whom.
pub(in crate::invitation) struct New<'a> {
    /// Held.
    pub(in crate::invitation) group: &'a Group,
    pub(in crate::invitation) address: EmailAddress,
    pub(in crate::invitation) language: Option<Language>,
    pub(in crate::invitation) right: OfferedRight,
    pub(in crate::invitation) terms: OfferTerms,
}

/// Offers it. Of the same kind one offer to an address is open at a time.
pub(in crate::invitation) fn make(change: &mut Change<'_>, new: New<'_>) -> Result<Invitation, Error> {
    let New {
        group,
        address,
        language,
        right,
        terms,
    } = new;
    check_domain(change, &address).map_err(|_| Denial::EmailInvalid)?;
    let now = change.now();
    let offer = GroupOffer {
        group: group.id,
        right,
        terms,
    };
    if let Some(open) = table::open_offer(change, group.id, offer.kind(), &address)? {
        if open.expires_at > now {
            return Err(Denial::InvitationOpen.into());
        }
        // The job that ends it is late.
        offers::end_late(change, open)?;
    }
    check_number(change)?;
    let plain = unsent(
        change,
        change.new_id(),
        &offer,
        Some(address.clone()),
        expires_at(change),
    );
    let invitation = Invitation {
        language: language.unwrap_or(plain.language),
        mail: MailFact::Queued,
        client: change.principal().client().map(|client| client.id),
        ..plain
    };
    if !table::insert_offer(change, &invitation, &offer)? {
        return Err(Denial::InvitationOpen.into());
    }
    let by = Actor::of(change)?;
    let mail = queue(change, &invitation, &address, &offer, group)?;
    let roles = offer.role_names();
    let body = json!({
        "address": address.masked(),
        "expires_at": invitation.expires_at.to_string(),
        "roles": roles,
        "configuration": offer.configuration().map(|id| id.to_string()),
        "mail": mail.to_string(),
    });
    change.record(invitation.made(body))?;
    expire_later(change, &invitation)?;
    let about = made(change, &address, &offer, by.who.clone())?;
    Notice::OfferMade { by, about }.tell(change)?;
    Ok(invitation)
}

/// Sends an offer again that is open or asked for anew, and which is from then on as it is given here: a new secret, all earlier
/// links dead, the time anew.
pub(in crate::invitation) fn offer_again(
    change: &mut Change<'_>,
    before: Invitation,
    offer: &GroupOffer,
    group: &Group,
) -> Result<Invitation, Error> {
    let Some(address) = before.address.clone() else {
        return Err(Refusal::conflict("the invitation names no address it could be sent to: make another one").into());
    };
    table::kill_links(change, before.id)?;
    drop_mails(change, before.id)?;
    let after = Invitation {
        offered: Offered::InGroup(offer.clone()),
        state: rules::after(before.state, Act::Resend).unwrap_or(before.state),
        mail: MailFact::Queued,
        expires_at: expires_at(change),
        last_error: None,
        decided_at: None,
        ..before.clone()
    };
    let after = table::update(change, after)?;
    let mail = queue(change, &after, &address, offer, group)?;
    let body = json!({
        "address": address.masked(),
        "expires_at": after.expires_at.to_string(),
        "mail": mail.to_string(),
    });
    change.record(after.turned(EventKind::InvitationResent, &before, body))?;
    expire_later(change, &after)?;
    Ok(after)
}

fn expires_at(change: &Change<'_>) -> Timestamp {
    let hours = i64::from(change.realm().settings.agm.invitation_hours());
    change.now().plus_seconds(hours * HOUR)
}

pub(super) fn expire_later(change: &mut Change<'_>, invitation: &Invitation) -> Result<(), Error> {
    let subject = invitation.id.uuid();
    job::schedule(
        change,
        JobKind::ExpireInvitation,
        subject,
        &json!({}),
        invitation.expires_at,
    )
}

/// Queues the mail with the link.
fn queue(
    change: &mut Change<'_>,
    invitation: &Invitation,
    address: &EmailAddress,
    offer: &GroupOffer,
    group: &Group,
) -> Result<Id<Mail>, Error> {
    let description = group.management.attributes.get(DESCRIPTION);
    let description = description.and_then(|values| values.first()).cloned();
    let shown = path::shown(change, group.id)?;
    let inviter = shown_inviter(change, &offer.terms.inviter)?;
    let names = [&offer.terms.first_name, &offer.terms.last_name];
    let names: Vec<&str> = names.into_iter().flatten().map(String::as_str).collect();
    queue_with_link(change, invitation, address, |secret| {
        let about = content::Offer {
            group: shown,
            description,
            inviter,
            roles: offer.role_names(),
            secret,
            expires_at: invitation.expires_at,
        };
        Contents {
            name: (!names.is_empty()).then(|| names.join(" ")),
            content: match offer.kind() {
                OfferKind::Membership => Content::MemberInvitation(about),
                OfferKind::Administration => Content::AdminInvitation(about),
            },
        }
    })
}

/// Who invites, as they are called now.
pub(in crate::invitation) fn shown_inviter(change: &mut Change<'_>, inviter: &Inviter) -> Result<Who, Error> {
    if let Some(person) = inviter.person() {
        return Ok(Who::Person(Person::read(change, person)?.shown));
    }
    Ok(match &inviter.program {
        Some(program) => Who::Program(program.clone()),
        None => Who::Administration,
    })
}

/// What others are told of an offer.
pub(in crate::invitation) fn made(
    change: &mut Change<'_>,
    address: &EmailAddress,
    offer: &GroupOffer,
    inviter: Who,
) -> Result<OfferMade, Error> {
    Ok(OfferMade {
        group: path::shown(change, offer.group)?,
        kind: offer.kind().told(),
        address: address.as_str().to_owned(),
        inviter,
        roles: offer.role_names(),
    })
}
