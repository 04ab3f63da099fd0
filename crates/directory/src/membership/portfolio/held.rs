//! A portfolio on its way through a change: read while its person is held, written by what differs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::json;

use super::super::table::{live, told};
use super::super::user_events::{self, Entry};
use super::super::{Membership, Origin, Status, events};
use super::outcome::{reason, with_ends};
use super::{Cause, Figures, Move, Portfolio, Reason, rules, tell};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::group::{self, Group};
use crate::id::Id;
use crate::job::{self, JobKind};
use crate::user::User;

/// What a person has, while nobody else changes it as a whole.
#[derive(Clone, Debug)]
pub struct Held {
    /// As it was read.
    pub portfolio: Portfolio,
    /// What realm and groups say about time.
    pub figures: Figures,
    /// Those of the groups that are managed: what happens in them is their history.
    pub(super) managed: BTreeSet<Id<Group>>,
    /// What the roles were called that this change has replaced already, by their groups.
    pub(in crate::membership) replaced: BTreeMap<Id<Group>, Vec<String>>,
    /// The versions that memberships had before what was overdue was done.
    versions: HashMap<Id<Membership>, i64>,
}

/// Who sees to it that what is due next will be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duties {
    /// The job of the person, which is scheduled anew.
    Scheduled,
    /// The caller, who is that job.
    Mine,
}

impl Held {
    /// Makes a group that is held one that is managed: what happens to its members from now on is their history.
    ///
    /// # Errors
    /// `no_groups_as_members`, or the store failed.
    pub(in crate::membership) fn manage(&mut self, change: &mut Change<'_>, group: &mut Group) -> Result<(), Error> {
        group::manage(change, group)?;
        self.managed.insert(group.id);
        Ok(())
    }

    /// Reads what a person has, and what bears on these groups too. The person is held until the end of the transaction, and
    /// then their groups and these, in the order of their ids: so nothing may come before it that holds any. None when they
    /// have left.
    ///
    /// # Errors
    /// The store failed.
    pub fn of(change: &mut Change<'_>, user: Id<User>, also: &[Id<Group>]) -> Result<Option<Self>, Error> {
        let Some(live) = live::hold(change, user, also)? else {
            return Ok(None);
        };
        let mut groups: BTreeSet<Id<Group>> = live.memberships.iter().map(|one| one.group).collect();
        groups.extend(also);
        let groups: Vec<Id<Group>> = groups.into_iter().collect();
        let ancestors = group::tree::table::above(change, &groups)?;
        let managed = group::table::managed_among(change, &groups)?;
        let figures = Figures::of(change.realm(), &managed);
        let portfolio = Portfolio {
            user,
            live: live.memberships,
            blocks: live.blocks.into_iter().map(Id::new).collect(),
            ancestors,
        };
        Ok(Some(Self {
            portfolio,
            figures,
            managed: managed.into_iter().map(|(group, _)| group).collect(),
            replaced: BTreeMap::new(),
            versions: HashMap::new(),
        }))
    }

    /// The same once everything overdue is done, so that nothing is decided over what should have ended already. It is done as
    /// its job would have done it: by time, whoever comes first.
    ///
    /// # Errors
    /// The store failed.
    pub fn settled(change: &mut Change<'_>, user: Id<User>, also: &[Id<Group>]) -> Result<Option<Self>, Error> {
        Self::settled_but(change, user, also, |_, _| false)
    }

    /// The same without what the act answers by itself.
    ///
    /// # Errors
    /// The store failed.
    pub fn settled_but(
        change: &mut Change<'_>,
        user: Id<User>,
        also: &[Id<Group>],
        is_answered: impl Fn(&Membership, &Move) -> bool,
    ) -> Result<Option<Self>, Error> {
        let Some(held) = Self::of(change, user, also)? else {
            return Ok(None);
        };
        let mut moves = rules::due(&held.portfolio, &held.figures, change.now());
        moves.retain(|step| !is_answered(&held.portfolio.live[step.index()], step));
        if moves.is_empty() {
            return Ok(Some(held));
        }
        let versions = held.portfolio.live.iter().map(|live| (live.id, live.version)).collect();
        change.of_time(|change| held.pass(change, &moves, Duties::Scheduled))?;
        let settled = Self::of(change, user, also)?;
        Ok(settled.map(|held| Self { versions, ..held }))
    }

    /// Does what is due.
    ///
    /// # Errors
    /// The store failed.
    pub(in crate::membership) fn pass(
        &self,
        change: &mut Change<'_>,
        moves: &[Move],
        duties: Duties,
    ) -> Result<Option<Timestamp>, Error> {
        let (mut after, now) = (self.portfolio.clone(), change.now());
        for step in moves {
            rules::apply(&mut after, step, now);
        }
        self.commit(change, after, moves, Cause::Time, duties)
    }

    /// The version in which whoever acts has seen a membership: what was overdue raises it only with the act.
    pub(crate) fn version_of(&self, membership: &Membership) -> i64 {
        let before = self.versions.get(&membership.id).copied();
        before.unwrap_or(membership.version)
    }

    /// Writes what differs: rows, facts, how many people are in each group, and when something is due next, which is the answer.
    /// What was added to the list is given, and who is told of what time has done is told. Hot rows last, in the order of
    /// their ids, so nothing may follow that takes others.
    ///
    /// # Errors
    /// Somebody who adds people to groups was faster, or the store failed.
    pub fn commit(
        &self,
        change: &mut Change<'_>,
        after: Portfolio,
        moves: &[Move],
        cause: Cause,
        duties: Duties,
    ) -> Result<Option<Timestamp>, Error> {
        let mut people = BTreeMap::new();
        let due = self.store(change, after, moves, cause, duties, &mut people)?;
        for (group, more) in people {
            group::table::touch_later(change, group, more)?;
        }
        Ok(due)
    }

    /// The same without the groups' rows: how many more people are in which is added up.
    pub(in crate::membership) fn store(
        &self,
        change: &mut Change<'_>,
        mut after: Portfolio,
        moves: &[Move],
        cause: Cause,
        duties: Duties,
        people: &mut BTreeMap<Id<Group>, i64>,
    ) -> Result<Option<Timestamp>, Error> {
        with_ends(&mut after);
        let (mut entries, mut over) = (Vec::new(), Vec::new());
        for (index, live) in after.live.iter().enumerate() {
            let before = self.portfolio.live.get(index);
            if before == Some(live) {
                continue;
            }
            let reason = reason(&after, moves, index, cause);
            entries.extend(self.write(change, before, live, &reason)?);
            let has_roles = self.managed.contains(&live.group);
            over.extend((live.status.is_over() && has_roles).then_some(live.id));
            let was = before.is_some_and(|before| before.status == Status::Enabled);
            let is = live.status == Status::Enabled;
            if was != is {
                *people.entry(live.group).or_default() += if is { 1 } else { -1 };
            }
        }
        user_events::record(change, &entries)?;
        tell::of(change, self, &after, moves, cause)?;
        told::forget_roles(change, &over)?;
        let due = rules::next_due(&after, &self.figures, change.now());
        if duties == Duties::Scheduled {
            let subject = after.user.uuid();
            match due {
                Some(due) => job::schedule_quietly(change, JobKind::PersonDuties, subject, &json!({}), due),
                None => job::cancel_quietly(change, JobKind::PersonDuties, subject),
            }?;
        }
        crate::entitlement::follow(change, &self.portfolio, &after)?;
        Ok(due)
    }

    /// Writes one that differs, with its fact. In a managed group it is also one of its person.
    fn write(
        &self,
        change: &mut Change<'_>,
        before: Option<&Membership>,
        after: &Membership,
        reason: &Reason<'_>,
    ) -> Result<Option<Entry>, Error> {
        let touched = match before {
            None => live::give(change, after)?,
            Some(_) if after.status.is_over() => {
                let by = ended_by(change, before, reason.cause);
                live::store_over(change, after, by)?
            }
            Some(_) => live::store(change, after)?,
        };
        let mut event = events::of(before, after, &touched, reason);
        let mut entry = None;
        if self.managed.contains(&after.group) {
            event = event.within(after.group);
            // One that ended comes back under its id.
            let now = Membership {
                id: touched.id,
                ..after.clone()
            };
            let kind = user_events::kind(event.kind, before, &now);
            let had = self.replaced.get(&after.group).cloned();
            entry = kind.map(|kind| Entry::of(change, kind, (before, &now, had), reason.cause, reason.root));
        }
        change.record(event)?;
        Ok(entry)
    }
}

/// By whom a membership was ended, as later grants are measured by it: after an elevation as before it.
fn ended_by(change: &Change<'_>, before: Option<&Membership>, cause: Cause) -> Origin {
    let elevation = before.filter(|before| before.is_elevation());
    match (elevation, cause) {
        (Some(before), Cause::Time | Cause::Terms | Cause::Left | Cause::EligibilityRevoked) => {
            let earlier = before.details.ended_before.as_deref();
            earlier.map_or(Origin::Elevation, Origin::parse)
        }
        (None, cause) if cause.is_of_time() => Origin::System,
        (Some(_) | None, _) => Origin::of(change).0,
    }
}
