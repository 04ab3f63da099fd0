//! Letting somebody make themselves a member when they need to be one.

use super::super::{Eligibility, MOST, rules, table};
use super::{load_group, record};
use crate::change::{Change, Command};
use crate::denial::Denial;
use crate::enrollment::configuration;
use crate::enrollment::rule::{self, Level};
use crate::error::{Error, Refusal};
use crate::event::EventKind;
use crate::group::{self, Group, path, privileged};
use crate::id::Id;
use crate::mail::content;
use crate::membership::{self, NewMember};
use crate::notice::{Actor, Notice};
use crate::principal::Permission;
use crate::zone::{Day, Zone};

/// Lets a person make themselves a member of a group for some hours at a time.
#[derive(Clone, Debug)]
pub struct GrantEligibility {
    /// Of which group.
    pub group: Id<Group>,
    /// Whom.
    pub whom: NewMember,
    /// With which of the group's roles, by their names. None only where members need none.
    pub roles: Vec<String>,
    /// For how many hours at most.
    pub hours: u32,
    /// The last day of it; none = for good.
    pub last_day: Option<Day>,
    /// Whether they have to say why.
    pub needs_justification: bool,
}

impl Command for GrantEligibility {
    type Output = Eligibility;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Eligibility, Error> {
        let group = load_group(change, self.group)?;
        rules::check_hours(self.hours)?;
        if self.roles.is_empty() && !group.management.plain_members {
            return Err(Denial::RolesRequired.into());
        }
        let (zone, now) = (Zone::of(change.realm()), change.now());
        if self.last_day.is_some_and(|last| last < zone.day(now)) {
            return Err(Denial::EndInPast.into());
        }
        let user = self.whom.find(change)?;
        let (held, mut group) = membership::hold(change, group.id, user.id)?;
        let roles = membership::roles::named(change, group.id, &self.roles)?;
        check_terms(change, &group)?;
        if held.portfolio.is_blocked(group.id) {
            return Err(Denial::Suspended.into());
        }
        privileged::check_admission(change.principal(), &group, user.id)?;
        let (of_person, on_group) = table::counts(change, group.id, user.id, MOST)?;
        if of_person.max(on_group) >= MOST {
            return Err(Refusal::LimitReached {
                what: "people who may make themselves members of a group, or groups for one of them",
                limit: MOST,
            }
            .into());
        }
        let is_privileged = group.management.privileged.is_some();
        let eligibility = Eligibility {
            id: change.new_id(),
            group: group.id,
            user: user.id,
            roles: membership::roles::names(&roles),
            hours: self.hours,
            valid_until: self.last_day.map(|last| zone.end_of(last)),
            needs_justification: self.needs_justification,
            entitled: is_privileged || privileged::check_deciding(change.principal()).is_ok(),
            granted_by: change.principal().label(),
            granted_at: now,
        };
        if !table::insert(change, &eligibility, &roles)? {
            return Err(Denial::AlreadyEligible.into());
        }
        record(change, EventKind::EligibilityGranted, &eligibility)?;
        let about = content::Eligible {
            group: path::shown(change, group.id)?,
            actor: Actor::of(change)?.who,
            roles: eligibility.roles.clone(),
            hours: eligibility.hours,
            last_day: self.last_day.map(|day| day.to_string().parse().unwrap_or_default()),
        };
        let member = user.id;
        Notice::MadeEligible { member, about }.tell(change)?;
        group::manage(change, &mut group)?;
        Ok(eligibility)
    }
}

/// Nobody accepts terms for others, and nobody gets around them.
pub(super) fn check_terms(change: &mut Change<'_>, group: &Group) -> Result<(), Error> {
    let way = match group.default_configuration {
        Some(way) => configuration::table::of_this_group(change, group.id, way)?,
        None => None,
    };
    if way.is_some_and(|way| way.terms.is_some()) {
        return Err(Denial::TermsForMember.into());
    }
    let rules = rule::table::for_level(change, Level::of(group.parent))?;
    if let Some(broken) = rules.demand_terms() {
        return Err(Denial::from(broken).into());
    }
    Ok(())
}
