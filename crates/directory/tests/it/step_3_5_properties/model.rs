//! What ought to be so: who was granted what, and until when. It knows no tables, jobs or events. `weighing` says what an
//! act grants; this what becomes of it as time passes.

use std::collections::{BTreeMap, BTreeSet};

use directory::membership::{OnLapse, Status};
use uuid::Uuid;

use super::acts::Who;
use super::elevating::Eligible;
use super::granted::{Admin, Asked, Ender, Grant, Offer, Place, Roles, Subject, Terms, Way};
use super::reviewing::Review;
use super::weighing::{Checked, must};

pub(super) const DAY: i64 = 86_400_000;

#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    pub(super) now: i64,
    pub(super) places: Vec<Place>,
    /// By group and person, as everything of two.
    pub(super) held: BTreeMap<(usize, usize), Grant>,
    pub(super) blocks: BTreeSet<(usize, usize)>,
    pub(super) admins: BTreeMap<(usize, Subject), Admin>,
    pub(super) ways: Vec<Way>,
    pub(super) requests: Vec<Asked>,
    pub(super) offers: Vec<Offer>,
    pub(super) gone: BTreeSet<usize>,
    pub(super) ended: BTreeMap<(usize, usize), Ender>,
    /// How often a membership of two has ended.
    pub(super) ends_of: BTreeMap<(usize, usize), u64>,
    pub(super) accepted: BTreeMap<(usize, Uuid), i64>,
    pub(super) most_days: Option<i64>,
    pub(super) eligible: BTreeMap<(usize, usize), Eligible>,
    pub(super) reviews: Vec<Review>,
    /// So many memberships were taken away by reviews.
    pub(super) taken: u64,
}

impl Model {
    pub(super) fn above(&self, group: usize) -> Vec<usize> {
        std::iter::successors(self.places[group].parent, |above| self.places[*above].parent).collect()
    }

    pub(super) fn below(&self, group: usize) -> Vec<usize> {
        (0..self.places.len())
            .filter(|below| self.above(*below).contains(&group))
            .collect()
    }

    pub(super) fn there(&self) -> impl Iterator<Item = usize> {
        (0..self.places.len()).filter(|group| !self.places[*group].gone)
    }

    pub(super) fn is_blocked(&self, group: usize, person: usize) -> bool {
        self.blocks.contains(&(group, person)) || self.is_blocked_above(group, person)
    }

    pub(super) fn is_blocked_above(&self, group: usize, person: usize) -> bool {
        self.above(group)
            .iter()
            .any(|above| self.blocks.contains(&(*above, person)))
    }

    pub(super) fn status(&self, group: usize, person: usize) -> Option<Status> {
        let grant = self.held.get(&(group, person))?;
        Some(match grant.from > self.now {
            _ if self.is_blocked(group, person) => Status::Suspended,
            true => Status::Pending,
            false => Status::Enabled,
        })
    }

    pub(super) fn is_enabled(&self, group: usize, person: usize) -> bool {
        self.status(group, person) == Some(Status::Enabled)
    }

    /// What they are in and may ask to keep; that is nothing that is there for some hours.
    pub(super) fn kept(&self, group: usize, person: usize) -> Option<&Grant> {
        let grant = self.held.get(&(group, person))?;
        (self.is_enabled(group, person) && grant.elevated.is_none()).then_some(grant)
    }

    /// The end that counts: its own, or an earlier one of what is enabled above and not for some hours.
    pub(super) fn effective(&self, group: usize, person: usize) -> Option<i64> {
        let above = self
            .above(group)
            .into_iter()
            .filter(|above| self.kept(*above, person).is_some());
        let ends = above
            .chain([group])
            .filter_map(|group| self.held.get(&(group, person))?.until);
        ends.min()
    }

    pub(super) fn is_withheld(&self, group: usize, person: usize) -> bool {
        let terms = self.held.get(&(group, person)).and_then(|grant| grant.terms);
        matches!(terms, Some((Some(until), OnLapse::Withhold)) if until <= self.now)
    }

    /// What time ends, with what is held below.
    pub(super) fn pass(&mut self, now: i64) {
        self.now = now;
        let due = |model: &Self, (group, person): (usize, usize)| {
            let grant = &model.held[&(group, person)];
            let lapse = match grant.terms {
                Some((lapse, OnLapse::End)) if model.is_enabled(group, person) => lapse,
                _ => None,
            };
            let due = grant.until.into_iter().chain(lapse).min().filter(|due| *due <= now)?;
            Some((due, model.above(group).len(), group, person))
        };
        while let Some((_, _, group, person)) = self.held.keys().filter_map(|of| due(self, *of)).min() {
            self.end(group, person, Ender::Itself);
        }
    }

    /// Nothing goes with what was there for some hours.
    pub(super) fn end(&mut self, group: usize, person: usize, by: Ender) {
        let elevated = |grant: &Grant| grant.elevated.is_some();
        let below = if self.held.get(&(group, person)).is_some_and(elevated) {
            Vec::new()
        } else {
            self.below(group)
        };
        for of in below.into_iter().chain([group]).map(|group| (group, person)) {
            let Some(grant) = self.held.remove(&of) else { continue };
            *self.ends_of.entry(of).or_default() += 1;
            let by = match (grant.elevated, by) {
                (Some(before), Ender::Itself) => before.0,
                (None, Ender::Itself) => Some(Ender::Other),
                (_, by) => Some(by),
            };
            self.ended_by(of, by);
        }
    }

    /// Who has ended it, or nobody.
    pub(super) fn ended_by(&mut self, of: (usize, usize), by: Option<Ender>) {
        match by {
            Some(by) => self.ended.insert(of, by),
            None => self.ended.remove(&of),
        };
    }

    // What grants come to.

    pub(super) fn today(&self) -> i64 {
        self.now.div_euclid(DAY)
    }

    /// The first instant after a last day, that many from today.
    pub(super) fn end_of(&self, days: Option<i64>) -> Option<i64> {
        days.map(|days| (self.today() + days + 1) * DAY)
    }

    pub(super) fn grant(&mut self, group: usize, person: usize, grant: Grant) -> Checked {
        let is_there = !self.places[group].gone && !self.gone.contains(&person);
        must(
            is_there && grant.roles.is_subset(&self.places[group].roles),
            "group, person or role is not there",
        )?;
        self.ended.remove(&(group, person));
        self.held.insert((group, person), grant);
        Ok(())
    }

    pub(super) fn standing(&self, person: usize, terms: Terms) -> (Option<i64>, OnLapse) {
        let accepted = self.accepted.get(&(person, terms.id)).copied().unwrap_or(self.now);
        (
            terms.days.map(|days| (accepted.div_euclid(DAY) + days + 1) * DAY),
            terms.lapse,
        )
    }

    /// What a way to join gives.
    pub(super) fn admit(&mut self, way: usize, person: usize, roles: Roles, terms: Option<Terms>) -> Checked {
        let (by, today) = (self.ways[way].clone(), self.today());
        must(
            !by.gone && !self.is_blocked(by.group, person),
            "the way is no more, or they are kept out",
        )?;
        let was = self.kept(by.group, person);
        let (from, first) = match was {
            Some(was) => {
                let last_day = was
                    .until
                    .filter(|_| by.from_end)
                    .map(|until| (until - 1).div_euclid(DAY));
                (was.from, last_day.map_or(today, |day| day.max(today)))
            }
            None => by
                .first
                .filter(|first| *first > today)
                .map_or((self.now, today), |first| (first * DAY, first)),
        };
        let until = by.days.map(|days| (first + days + 1) * DAY);
        self.in_time(if was.is_some() { today } else { first }, until)?;
        let terms = terms.map(|terms| self.standing(person, terms));
        let grant = Grant {
            from,
            until,
            roles,
            terms,
            way: Some(way),
            ..Grant::default()
        };
        self.grant(by.group, person, grant)
    }

    pub(super) fn in_time(&self, first: i64, until: Option<i64>) -> Checked {
        let most = self.most_days.map(|most| (first + most + 1) * DAY);
        must(
            most.is_none_or(|most| until.is_some_and(|until| until <= most)),
            "a rule of the realm allows less time",
        )
    }

    /// A program names people: each by themselves, or all there are, which brings back only whom programs have ended.
    pub(super) fn scim(&mut self, group: usize, people: &[usize], one_by_one: bool) -> Checked {
        for person in people
            .iter()
            .filter(|person| !self.gone.contains(person))
            .copied()
            .collect::<Vec<_>>()
        {
            let (now, status) = (self.now, self.status(group, person));
            let returns = one_by_one || self.ended.get(&(group, person)).is_none_or(|by| *by == Ender::Program);
            if status.is_none() && returns && !self.is_blocked(group, person) {
                self.raises(Who::Scim, group, person)?;
                self.grant(
                    group,
                    person,
                    Grant {
                        from: now,
                        ..Grant::default()
                    },
                )?;
            }
            if let Some(grant) = self
                .held
                .get_mut(&(group, person))
                .filter(|_| status == Some(Status::Pending) && one_by_one)
            {
                (grant.from, grant.by_import) = (now, false);
            }
            if one_by_one && status.is_some() && self.held[&(group, person)].elevated.is_some() {
                self.raises(Who::Scim, group, person)?;
                let grant = self.held.get_mut(&(group, person)).expect("they are in");
                (grant.until, grant.elevated) = (None, None);
            }
        }
        Ok(())
    }

    pub(super) fn scim_out(&mut self, group: usize, person: usize) {
        if self.is_enabled(group, person) {
            self.end(group, person, Ender::Program);
        }
    }

    // What chance aims at.

    pub(super) fn ends(&self) -> Vec<i64> {
        let all = self
            .held
            .values()
            .flat_map(|grant| [Some(grant.from), grant.until, grant.terms.and_then(|terms| terms.0)]);
        all.flatten().filter(|at| *at > self.now).collect()
    }

    pub(super) fn waiting(&self) -> Vec<usize> {
        (0..self.requests.len())
            .filter(|request| self.requests[*request].open)
            .collect()
    }

    pub(super) fn offered(&self) -> Vec<usize> {
        (0..self.offers.len())
            .filter(|offer| self.offers[*offer].open)
            .collect()
    }

    pub(super) fn rests_on(&self, person: usize) -> Vec<usize> {
        let theirs = self.held.iter().filter(|((_, of), _)| *of == person);
        theirs
            .filter_map(|(_, grant)| grant.way.filter(|_| grant.terms.is_some()))
            .collect()
    }
}
