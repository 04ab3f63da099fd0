//! Saying yes to an offer in a group.

use std::fmt;

use serde_json::json;

use super::super::follow::{purge_later, settle_rest};
use super::super::{GroupOffer, Invitation, InvitationState, LinkState, OfferedRight, Provisioning, rules, table};
use crate::access;
use crate::change::{Change, Command};
use crate::client::{Operation, ResourceKind};
use crate::confirmation;
use crate::delegation::{Capabilities, Capability, HandedOn, handed_on, take_up};
use crate::denial::Denial;
use crate::enrollment::configuration::{self, Configuration};
use crate::enrollment::request::admit::{Admission, Present, admit};
use crate::enrollment::request::aside::put_open_aside;
use crate::enrollment::request::{ArchiveCause, AskedRole};
use crate::enrollment::terms::{self, TermsGiven};
use crate::error::{Error, Refusal};
use crate::event::EventKind;
use crate::group::{self, Group};
use crate::id::Id;
use crate::mail::EmailAddress;
use crate::mail::content::Decision;
use crate::membership::portfolio::Held;
use crate::membership::{Status, TermsStanding};
use crate::notice::{Notice, Person};
use crate::principal::{Permission, Scope};
use crate::provider;
use crate::token::TokenHash;
use crate::user::{self, Lifecycle, User};
use crate::zone::Zone;

/// Says yes to what an invitation offers in a group. Spends the link; of any number of callers exactly one succeeds.
#[derive(Clone)]
pub struct AcceptOffer {
    /// The secret of the link.
    pub secret: String,
    /// What the person says about the terms of the way to join.
    pub terms: Option<TermsGiven>,
}

impl fmt::Debug for AcceptOffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AcceptOffer(…)")
    }
}

impl Command for AcceptOffer {
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
        match &offer.right {
            OfferedRight::Membership { configuration, roles } => {
                let roles = roles.iter().map(|role| AskedRole {
                    id: role.id,
                    name: role.name.clone(),
                });
                self.join(change, &answer, *configuration, &roles.collect::<Vec<_>>())
            }
            OfferedRight::Administration { capabilities } => answer.administer(change, *capabilities),
        }
    }
}

/// Whoever answers.
pub(super) fn answering(change: &mut Change<'_>) -> Result<User, Error> {
    let person = change.principal().user().ok_or(Denial::PersonRequired)?;
    Ok(user::table::read(change, person)?.ok_or(Refusal::NotFound { what: "user" })?)
}

/// The offer behind a link that can be answered.
pub(super) fn look(change: &mut Change<'_>, hash: &TokenHash) -> Result<(Invitation, GroupOffer), Error> {
    access::check_operation(change.principal(), ResourceKind::Group, Operation::Read)?;
    let link = table::behind(change, hash)?.ok_or(Denial::InvitationUnknown)?;
    let offer = answerable(&link.invitation, link.alive, change.now())?;
    let group = group::table::read(change, offer.group)?.ok_or(Denial::InvitationUnknown)?;
    access::check_group(change, &group)?;
    Ok((link.invitation, offer))
}

/// The offer, if it can be answered.
pub(in crate::invitation) fn answerable(
    invitation: &Invitation,
    alive: bool,
    now: crate::Timestamp,
) -> Result<GroupOffer, Denial> {
    let offer = invitation.offer().ok_or(Denial::InvitationUnknown)?;
    let state = invitation.link(alive, now);
    match state {
        LinkState::Open => Ok(offer.clone()),
        LinkState::Expired => Err(Denial::InvitationExpired),
        LinkState::Unavailable
        | LinkState::Accepted
        | LinkState::Rejected
        | LinkState::Revoked
        | LinkState::Replaced
        | LinkState::Unknown => Err(Denial::InvitationUnknown),
    }
}

/// Refuses whoever is not known to have the address: the realm's provider has verified it, or it is the one that counts for
/// them and they have not written it themselves without proving it. Where there is no address nobody is.
pub(super) fn check_address(
    change: &mut Change<'_>,
    person: &User,
    address: Option<&EmailAddress>,
) -> Result<(), Error> {
    let settings = &change.realm().settings;
    if settings.compat.invitation.any_account {
        return Ok(());
    }
    let address = address.ok_or(Denial::InvitationOtherAddress)?;
    let proved = rules::proves_own(person, settings.oidc.validate_emails);
    let verified = provider::table::verified(change, person.id)?;
    let counts = confirmation::effective_address(change, person)?.filter(|_| proved);
    if rules::has(address, &verified, counts.as_deref()) {
        return Ok(());
    }
    Err(Denial::InvitationOtherAddress.into())
}

/// Somebody's answer to an offer.
pub(super) struct Answer<'a> {
    pub(super) hash: TokenHash,
    pub(super) person: &'a User,
    pub(super) invitation: &'a Invitation,
    pub(super) offer: &'a GroupOffer,
}

impl Answer<'_> {
    /// Spends the link. While this waited for other rows others may have answered: the guard of the statement counts, not what
    /// was read.
    pub(super) fn spend(
        &self,
        change: &mut Change<'_>,
        to: InvitationState,
        kind: EventKind,
    ) -> Result<Invitation, Error> {
        let id = self.invitation.id;
        let provisioning = match to {
            InvitationState::Accepted => Provisioning::Done,
            _ => Provisioning::None,
        };
        let answered = table::answer(change, id, &self.hash, (to, provisioning), self.person.id)?;
        let Some(after) = answered else {
            look(change, &self.hash)?;
            return Err(Refusal::Changed.into());
        };
        settle_rest(change, &after)?;
        purge_later(change, &after)?;
        change.record(after.turned(kind, self.invitation, json!({})))?;
        Ok(after)
    }

    /// An offer holds while whoever made it may make it: as what they hand it on.
    fn handed_on(&self, change: &mut Change<'_>, capabilities: Capabilities) -> Result<HandedOn, Error> {
        let inviter = &self.offer.terms.inviter;
        let Some(person) = inviter.person() else {
            return Ok(HandedOn::FULLY);
        };
        // What the provider's claims allowed cannot be asked again; whether they are still there can.
        let inviting = user::table::read(change, person)?;
        if inviting.is_none_or(|person| person.lifecycle != Lifecycle::Active) {
            return Err(Denial::InvitationUnknown.into());
        }
        if !inviter.by_delegation {
            return Ok(HandedOn::FULLY);
        }
        let still = handed_on(change, person, self.offer.group, capabilities)?;
        Ok(still.ok_or(Denial::InvitationUnknown)?)
    }

    /// A group that has become privileged since takes whoever may let people in.
    fn check_privileged(&self, group: &Group) -> Result<(), Denial> {
        let inviter = &self.offer.terms.inviter;
        if group.management.privileged.is_none() {
            return Ok(());
        }
        if !inviter.entitled {
            return Err(Denial::Privileged);
        }
        if inviter.person() == Some(self.person.id) {
            return Err(Denial::NotYourself);
        }
        Ok(())
    }

    pub(super) fn tell(
        &self,
        change: &mut Change<'_>,
        answer: Decision,
        first_day: Option<jiff::civil::Date>,
    ) -> Result<(), Error> {
        let notice = Notice::OfferAnswered {
            group: group::path::shown(change, self.offer.group)?,
            kind: self.offer.kind().told(),
            answer,
            person: Some(Person::read(change, self.person.id)?),
            address: self
                .invitation
                .address
                .as_ref()
                .map(EmailAddress::to_string)
                .unwrap_or_default(),
            roles: self.offer.role_names(),
            first_day,
        };
        notice.tell(change)
    }

    fn administer(&self, change: &mut Change<'_>, capabilities: Capabilities) -> Result<Invitation, Error> {
        let needed = capabilities.with(Capabilities::of(&[Capability::InviteAdmin]));
        let as_what = self.handed_on(change, needed)?;
        let group = group::table::read(change, self.offer.group)?.ok_or(Denial::InvitationUnknown)?;
        self.check_privileged(&group)?;
        let label = &self.offer.terms.inviter.label;
        take_up(change, group.id, self.person.id, (capabilities, as_what), label)?;
        let after = self.spend(change, InvitationState::Accepted, EventKind::InvitationAccepted)?;
        self.tell(change, Decision::Accepted, None)?;
        Ok(after)
    }
}

impl AcceptOffer {
    fn join(
        &self,
        change: &mut Change<'_>,
        answer: &Answer<'_>,
        configuration: Id<Configuration>,
        roles: &[AskedRole],
    ) -> Result<Invitation, Error> {
        let person = answer.person;
        let mut held =
            Held::settled(change, person.id, &[answer.offer.group])?.ok_or(Refusal::NotFound { what: "user" })?;
        let group = group::table::read(change, answer.offer.group)?.ok_or(Denial::InvitationUnknown)?;
        let found = configuration::table::of_this_group(change, group.id, configuration)?;
        let configuration = found.ok_or(Denial::InvitationUnknown)?;
        if !configuration.active {
            return Err(Denial::ConfigurationInactive.into());
        }
        let present = Present::of(&held);
        if present.status_in(group.id).is_some_and(Status::is_held) {
            return Err(Denial::AlreadyMember.into());
        }
        if present.portfolio.is_blocked(group.id) {
            return Err(Denial::Suspended.into());
        }
        answer.handed_on(change, Capabilities::of(&[Capability::InviteMember]))?;
        answer.check_privileged(&group)?;
        check_roles(change, &group, roles)?;
        let terms = self.accepted(change, person, &configuration)?;
        let after = answer.spend(change, InvitationState::Accepted, EventKind::InvitationAccepted)?;
        put_open_aside(change, person.id, group.id, ArchiveCause::MemberAdded)?;
        let admission = Admission {
            group: &group,
            configuration: &configuration,
            roles,
            terms,
            by_themselves: true,
        };
        let dates = admit(change, &mut held, present, &admission)?;
        let first = dates.valid_from.filter(|from| *from > change.now());
        let first = first.map(|from| Zone::of(change.realm()).day(from).to_string());
        let first = first.and_then(|day| day.parse().ok());
        answer.tell(change, Decision::Accepted, first)?;
        Ok(after)
    }

    /// How the person stands to the terms of the way to join, which they accept with the offer.
    fn accepted(
        &self,
        change: &mut Change<'_>,
        person: &User,
        configuration: &Configuration,
    ) -> Result<Option<TermsStanding>, Error> {
        let in_force = match configuration.terms {
            Some(id) => terms::table::by_id(change, id)?,
            None => None,
        };
        let Some(in_force) = in_force else { return Ok(None) };
        TermsGiven::check(self.terms.as_ref(), &in_force)?;
        let given = self.terms.as_ref().ok_or(Denial::TermsNotAccepted)?;
        let accepted = terms::accept(change, person, &in_force, given, configuration)?;
        let zone = Zone::of(change.realm());
        Ok(Some(terms::rules::standing(&in_force, accepted.accepted_at, &zone)))
    }
}

/// The group still has the roles that were offered.
fn check_roles(change: &mut Change<'_>, group: &Group, roles: &[AskedRole]) -> Result<(), Error> {
    let all = group::roles::table::of_group(change, group.id)?;
    for offered in roles {
        if all.iter().all(|role| role.id.uuid() != offered.id) {
            let role = offered.name.clone();
            return Err(Denial::RoleUnknown { role }.into());
        }
    }
    Ok(())
}
