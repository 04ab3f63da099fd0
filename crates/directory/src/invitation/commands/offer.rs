//! Offering a membership, or the administration of a group, to an address.

use super::super::follow::{New, make};
use super::super::{Invitation, Inviter, OfferTerms, OfferedRight, OfferedRole};
use crate::change::{Change, Command};
use crate::delegation::{Capabilities, Capability, Preset, handed_on, reach};
use crate::denial::Denial;
use crate::enrollment::configuration::dates::{Before, agreed};
use crate::enrollment::configuration::{self, Configuration};
use crate::enrollment::rule;
use crate::error::{Error, Refusal};
use crate::group::{self, Group, Privileged};
use crate::id::Id;
use crate::mail::{EmailAddress, Language, text};
use crate::principal::{Actor, Permission};
use crate::zone::Zone;

/// Longest name of somebody invited, in characters.
const MAX_NAME: usize = 100;

/// To whom something is offered.
#[derive(Clone, Debug, Default)]
pub struct Invitee {
    /// The address; there has to be one.
    pub email: Option<String>,
    /// Their given name, as far as it is known.
    pub first_name: Option<String>,
    /// Their family name.
    pub last_name: Option<String>,
    /// The language of the mail; none = the realm's.
    pub language: Option<Language>,
}

impl Invitee {
    fn address(&self) -> Result<EmailAddress, Denial> {
        let address = self.email.as_deref().map(str::trim).filter(|text| !text.is_empty());
        EmailAddress::parse(address.ok_or(Denial::EmailRequired)?).map_err(|_| Denial::EmailInvalid)
    }

    fn terms(&self, inviter: Inviter) -> Result<OfferTerms, Refusal> {
        Ok(OfferTerms {
            first_name: name("firstName", self.first_name.as_deref())?,
            last_name: name("lastName", self.last_name.as_deref())?,
            inviter,
        })
    }
}

/// A name as it is kept: one line; none where nothing is left of it.
fn name(member: &'static str, typed: Option<&str>) -> Result<Option<String>, Refusal> {
    let line = text::one_line(typed.unwrap_or_default());
    if line.chars().count() > MAX_NAME {
        return Err(Refusal::invalid(member, format!("at most {MAX_NAME} characters")));
    }
    Ok((!line.is_empty()).then_some(line))
}

/// Refuses to offer what a rule of the realm will not let anybody have who accepts now.
pub(super) fn check_rules(change: &mut Change<'_>, group: &Group, configuration: &Configuration) -> Result<(), Error> {
    let rules = rule::check_way(change, group, configuration)?;
    let zone = Zone::of(change.realm());
    let now = change.now();
    let dates = agreed(&configuration.contract, Before::NoMember, now, &zone);
    let from = zone.day(dates.valid_from.unwrap_or(now));
    match rules.broken_by_days(from, dates.expires_at.map(|end| zone.last_day(end))) {
        Some(broken) => Err(Denial::from(broken).into()),
        None => Ok(()),
    }
}

impl Inviter {
    /// Whoever acts.
    pub(super) fn of(change: &Change<'_>, group: &Group, capability: Capability) -> Self {
        let principal = change.principal();
        let program = match &principal.actor {
            Actor::Client(actor) => Some(actor.client.name.clone()),
            Actor::User(_) | Actor::Operator | Actor::System | Actor::Nobody => None,
        };
        // It may become privileged before the offer is answered.
        let nothing_else = Privileged::default();
        let privileged = group.management.privileged.as_ref().unwrap_or(&nothing_else);
        Self {
            label: principal.label(),
            user: principal.user().map(Id::uuid),
            program,
            // Who sees the whole realm, or makes its groups, may offer by a delegation alone.
            by_delegation: !reach::may_everywhere(principal, capability),
            entitled: group::privileged::is_entitled(principal, privileged),
        }
    }

    /// Refuses to invite into a privileged group who may not let people in there.
    fn check(&self, group: &Group) -> Result<(), Denial> {
        if group.management.privileged.is_some() && !self.entitled {
            return Err(Denial::Privileged);
        }
        Ok(())
    }
}

/// By which way to join a membership is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferedWay {
    /// The one that the group offers first.
    First,
    /// This one.
    Named(Id<Configuration>),
    /// One that was named by what is no id.
    Unknown,
    /// None, where one has to be named.
    Unnamed,
}

/// Offers a membership to an address, by one of the group's ways to join. For those who invite to the group.
#[derive(Clone, Debug)]
pub struct OfferMembership {
    /// In which group.
    pub group: Id<Group>,
    /// To whom.
    pub invitee: Invitee,
    /// By which way to join.
    pub way: OfferedWay,
    /// The names of the roles they would have.
    pub roles: Vec<String>,
}

impl Command for OfferMembership {
    type Output = Invitation;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Invitation, Error> {
        let (group, _) = reach::hold_group(change, self.group, Capability::InviteMember)?;
        let address = self.invitee.address()?;
        let wanted = match self.way {
            OfferedWay::First => group.default_configuration.ok_or(Denial::ConfigurationRequired)?,
            OfferedWay::Named(id) => id,
            OfferedWay::Unknown => return Err(Denial::ConfigurationUnknown.into()),
            OfferedWay::Unnamed => return Err(Denial::ConfigurationRequired.into()),
        };
        let configuration = configuration::table::of_this_group(change, group.id, wanted)?;
        let configuration = configuration.ok_or(Denial::ConfigurationUnknown)?;
        if !configuration.active {
            return Err(Denial::ConfigurationInactive.into());
        }
        let roles = self.roles(change, &group)?;
        check_rules(change, &group, &configuration)?;
        let inviter = Inviter::of(change, &group, Capability::InviteMember);
        inviter.check(&group)?;
        let new = New {
            group: &group,
            address,
            language: self.invitee.language,
            right: OfferedRight::Membership {
                configuration: configuration.id,
                roles,
            },
            terms: self.invitee.terms(inviter)?,
        };
        make(change, new)
    }
}

impl OfferMembership {
    fn roles(&self, change: &mut Change<'_>, group: &Group) -> Result<Vec<OfferedRole>, Error> {
        let all = group::roles::table::of_group(change, group.id)?;
        let mut roles: Vec<OfferedRole> = Vec::new();
        for name in &self.roles {
            let role = all.iter().find(|role| role.name == *name);
            let role = role.ok_or_else(|| Denial::RoleUnknown {
                role: name.chars().take(MAX_NAME).collect(),
            })?;
            if roles.iter().all(|known| known.id != role.id.uuid()) {
                roles.push(role.into());
            }
        }
        if roles.is_empty() && !group.management.plain_members {
            return Err(Denial::RolesRequired.into());
        }
        Ok(roles)
    }
}

/// Offers the administration of a group and of those below to an address. For those who invite administrators; they offer no
/// more than they may hand on.
#[derive(Clone, Debug)]
pub struct OfferAdministration {
    /// Of which group.
    pub group: Id<Group>,
    /// To whom.
    pub invitee: Invitee,
    /// What they would do.
    pub capabilities: Capabilities,
}

impl OfferAdministration {
    /// Offers to own a group and those below.
    pub fn of_owner(group: Id<Group>, invitee: Invitee) -> Self {
        Self {
            group,
            invitee,
            capabilities: Preset::Owner.capabilities(),
        }
    }
}

impl Command for OfferAdministration {
    type Output = Invitation;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Invitation, Error> {
        let (group, _) = reach::hold_group(change, self.group, Capability::InviteAdmin)?;
        let address = self.invitee.address()?;
        if self.capabilities.is_empty() {
            return Err(Refusal::invalid("capabilities", "name at least one, or a preset").into());
        }
        let inviter = Inviter::of(change, &group, Capability::InviteAdmin);
        if let Some(person) = inviter.person().filter(|_| inviter.by_delegation) {
            // As it is asked again when the offer is answered.
            let needed = self.capabilities.with(Capabilities::of(&[Capability::InviteAdmin]));
            handed_on(change, person, group.id, needed)?.ok_or(Denial::NotPermitted {
                capability: Capability::AdminsWrite.name(),
            })?;
        }
        inviter.check(&group)?;
        let new = New {
            group: &group,
            address,
            language: self.invitee.language,
            right: OfferedRight::Administration {
                capabilities: self.capabilities,
            },
            terms: self.invitee.terms(inviter)?,
        };
        make(change, new)
    }
}
