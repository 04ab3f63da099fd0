//! Publishing terms, and accepting them.

use super::rules::standing;
use super::{Acceptance, Terms, TermsDraft, TermsGiven, accept, publish, published, table};
use crate::access;
use crate::change::{Change, Command};
use crate::delegation::{Capability, reach};
use crate::denial::Denial;
use crate::enrollment::check_policy;
use crate::enrollment::configuration::{self, Configuration};
use crate::error::{Error, Refusal};
use crate::group::{self, Group};
use crate::id::Id;
use crate::membership::portfolio::{Cause, Duties, Held, Move, rules};
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

/// Accepts the terms in force of a way to join. A membership that rests on them goes on as if they had never lapsed.
#[derive(Clone, Debug)]
pub struct AcceptTerms {
    /// Of which way to join.
    pub configuration: Id<Configuration>,
    /// What the person says.
    pub given: TermsGiven,
}

impl Command for AcceptTerms {
    type Output = Acceptance;

    fn needs(&self) -> Permission {
        Permission::Person(Scope::AgmSelf)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Acceptance, Error> {
        check_policy(change.principal())?;
        let person = change.principal().user().ok_or(Denial::PersonRequired)?;
        let found = configuration::table::by_id(change, self.configuration)?;
        let configuration = found.ok_or(Denial::NoSuchConfiguration)?;
        let held = Held::of(change, person, &[configuration.group])?.ok_or(Refusal::NotFound { what: "user" })?;
        let group = group::table::read(change, configuration.group)?.ok_or(Denial::NoSuchConfiguration)?;
        access::check_group(change, &group)?;
        let found = configuration::table::by_id(change, self.configuration)?;
        let configuration = found.ok_or(Denial::NoSuchConfiguration)?;
        let in_force = match configuration.terms {
            Some(id) => table::by_id(change, id)?,
            None => None,
        };
        let terms = in_force.ok_or(Refusal::NotFound { what: "terms" })?;
        TermsGiven::check(Some(&self.given), &terms)?;
        let user = user::table::read(change, person)?.ok_or(Refusal::NotFound { what: "user" })?;
        let acceptance = accept(change, &user, &terms, &self.given, &configuration)?;
        // What has lapsed already by its time stays lapsed, whether or not the job has been there.
        let mut after = held.portfolio.clone();
        let overdue = rules::due(&after, &held.figures, change.now());
        for step in &overdue {
            rules::apply(&mut after, step, change.now());
        }
        let Some(index) = after.find(configuration.group) else {
            return Ok(acceptance);
        };
        let live = &mut after.live[index];
        if live.status.is_held() && live.configuration == Some(configuration.id) {
            live.details.terms = Some(standing(&terms, acceptance.accepted_at, &Zone::of(change.realm())));
            live.details.withheld = false;
            // What was due about these terms is answered by that: nobody is asked for them.
            let is_answered = |step: &Move| {
                step.index() == index && matches!(step, Move::TermsLapse { .. } | Move::RemindOfTerms { .. })
            };
            let overdue: Vec<Move> = overdue.into_iter().filter(|step| !is_answered(step)).collect();
            held.commit(change, after, &overdue, Cause::Changed, Duties::Scheduled)?;
        }
        Ok(acceptance)
    }
}
