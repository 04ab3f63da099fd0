//! Publishing terms, and accepting them.

use super::rules::standing;
use super::{Terms, TermsDraft, TermsGiven, accept, publish, published, table};
use crate::access;
use crate::change::{Change, Command};
use crate::delegation::{Capability, reach};
use crate::denial::Denial;
use crate::enrollment::check_policy;
use crate::enrollment::configuration::{self, Configuration};
use crate::error::{Error, Refusal};
use crate::group::{self, Group};
use crate::id::Id;
use crate::membership::portfolio::{Cause, Duties, Held, Move};
use crate::membership::{Membership, TermsStanding};
use crate::principal::{Permission, Scope};
use crate::user;
use crate::zone::Zone;

/// Puts another version of the terms of a way to join in force. What waits for an answer goes on waiting, by the terms it was
/// sent with.
#[derive(Clone, Debug)]
pub struct PublishTerms {
    /// Of which group.
    pub group: Id<Group>,
    /// Of which of its ways to join.
    pub configuration: Id<Configuration>,
    /// The terms.
    pub draft: TermsDraft,
}

impl Command for PublishTerms {
    type Output = Terms;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Terms, Error> {
        let (group, _) = reach::hold_group(change, self.group, Capability::ConfigWrite)?;
        let found = configuration::table::of_this_group(change, group.id, self.configuration)?;
        let mut configuration = found.ok_or(Denial::NoSuchConfiguration)?;
        let before = match configuration.terms {
            Some(id) => table::by_id(change, id)?,
            None => None,
        };
        let terms = publish(change, configuration.id, &self.draft.read()?)?;
        configuration.terms = Some(terms.id);
        configuration::table::update(change, &mut configuration)?;
        change.record(published(&configuration, before.as_ref(), &terms))?;
        Ok(terms)
    }
}

/// Accepts the terms in force of the way by which the person is a member of a group. The membership goes on as if they had never
/// lapsed.
#[derive(Clone, Debug)]
pub struct AcceptTerms {
    /// Of which group.
    pub group: Id<Group>,
    /// What the person says.
    pub given: TermsGiven,
}

/// That terms were accepted again.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// Which.
    pub terms: Terms,
    /// How the membership stands to them.
    pub standing: TermsStanding,
}

impl Command for AcceptTerms {
    type Output = Accepted;

    fn needs(&self) -> Permission {
        Permission::Person(Scope::AgmSelf)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Accepted, Error> {
        check_policy(change.principal())?;
        let person = change.principal().user().ok_or(Denial::PersonRequired)?;
        // What is due about these terms is answered by that: nobody is asked for them.
        let is_answered = |of: &Membership, step: &Move| {
            of.group == self.group && matches!(step, Move::TermsLapse { .. } | Move::RemindOfTerms { .. })
        };
        let held = Held::settled_but(change, person, &[], is_answered)?;
        let held = held.ok_or(Refusal::NotFound { what: "user" })?;
        let mut after = held.portfolio.clone();
        let index = after.find(self.group);
        let index = index.filter(|index| after.live[*index].status.is_held());
        let index = index.ok_or(Denial::NotAMember)?;
        let group = group::table::read(change, self.group)?.ok_or(Denial::NotAMember)?;
        access::check_group(change, &group)?;
        let (configuration, terms) = in_force(change, after.live[index].configuration)?.ok_or(Denial::NoTerms)?;
        self.given.check_again(&terms)?;
        let user = user::table::read(change, person)?.ok_or(Refusal::NotFound { what: "user" })?;
        let acceptance = accept(change, &user, &terms, &self.given, &configuration)?;
        let standing = standing(&terms, acceptance.accepted_at, &Zone::of(change.realm()));
        let details = &mut after.live[index].details;
        details.terms = Some(standing);
        details.withheld = false;
        held.commit(change, after, &[], Cause::Changed, Duties::Scheduled)?;
        Ok(Accepted { terms, standing })
    }
}

/// The terms in force of a way to join that is there.
fn in_force(change: &mut Change<'_>, way: Option<Id<Configuration>>) -> Result<Option<(Configuration, Terms)>, Error> {
    let Some(way) = way else { return Ok(None) };
    let Some(configuration) = configuration::table::by_id(change, way)? else {
        return Ok(None);
    };
    let Some(terms) = configuration.terms else {
        return Ok(None);
    };
    Ok(table::by_id(change, terms)?.map(|terms| (configuration, terms)))
}
