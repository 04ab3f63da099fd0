//! What ought to be so, by the specification of group management (4, 6, 8 and 17.2): who was granted what by whom, and until when. It
//! asks nothing of the product. `rights` and `governing` say who may grant; this what becomes of it; `elevating`, `reviewing`,
//! `roles` and `tree` say both of what they are about.

use std::collections::{BTreeMap, BTreeSet};

use directory::delegation::Capabilities;
use directory::membership::Status;
use uuid::Uuid;

use super::elevating::Eligible;
use super::reviewing::Review;
use super::who::Who;

pub(super) const DAY: i64 = 86_400_000;
const HOUR: i64 = 3_600_000;
/// So long an invitation can be answered.
const OFFERED: i64 = 72 * HOUR;

pub(super) type Checked = Result<(), String>;
/// A group and a person.
pub(super) type Two = (usize, usize);
/// Roles, each a bit.
pub(super) type Roles = u8;

pub(super) fn must(holds: bool, why: &str) -> Checked {
    if holds {
        Ok(())
    } else {
        Err(format!("it was let happen, but {why}"))
    }
}

/// Whether one end comes before another; none is never.
pub(super) fn before(one: Option<i64>, other: Option<i64>) -> bool {
    one.unwrap_or(i64::MAX) < other.unwrap_or(i64::MAX)
}

#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    pub(super) parent: Option<usize>,
    pub(super) name: String,
    pub(super) roles: Roles,
    pub(super) privileged: bool,
    pub(super) self_approval: bool,
    /// Members need no role.
    pub(super) plain: bool,
    pub(super) gone: bool,
}

/// A membership as it was granted; by programs without roles.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub(super) from: i64,
    pub(super) until: Option<i64>,
    pub(super) roles: Roles,
    /// By a list that was imported: the next one may take it back.
    pub(super) listed: bool,
    /// By themselves for some hours: it bears on nothing below.
    pub(super) elevated: bool,
    pub(super) by: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    Person(usize),
    /// Everybody in a group.
    Group(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Admin {
    pub(super) capabilities: Capabilities,
    pub(super) inherit: bool,
    pub(super) until: Option<i64>,
    /// Whoever let them could let people into privileged groups.
    pub(super) entitled: bool,
}

/// A way to join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) group: usize,
    pub(super) active: bool,
    pub(super) approval: bool,
    pub(super) approval_to_stay: bool,
    /// The first day, since 1970.
    pub(super) first: Option<i64>,
    pub(super) days: Option<i64>,
    pub(super) several: bool,
    pub(super) roles: Roles,
    pub(super) terms: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    ForReviewer,
    ForPerson,
    Over,
}

#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) id: String,
    pub(super) person: usize,
    pub(super) way: usize,
    pub(super) roles: Roles,
    pub(super) first: Option<Who>,
    pub(super) stage: Stage,
}

#[derive(Clone, Debug)]
pub(super) struct Offer {
    /// What the invitation goes by, where the answer said so.
    pub(super) id: Option<String>,
    pub(super) secret: String,
    pub(super) to: usize,
    pub(super) group: usize,
    pub(super) by: Who,
    /// By a right in every group, not one that was delegated.
    pub(super) everywhere: bool,
    pub(super) what: Offered,
    /// None once it was answered or taken back.
    pub(super) until: Option<i64>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Offered {
    Membership { way: usize, roles: Roles },
    Administration,
}

/// Somebody whose account is kept out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Out {
    /// They leave for good then.
    pub(super) leaves: Option<i64>,
    /// They were kept out before somebody deleted them.
    pub(super) before: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    pub(super) now: i64,
    pub(super) places: Vec<Place>,
    pub(super) held: BTreeMap<Two, Grant>,
    /// Who is kept out of what, and by whom.
    pub(super) blocks: BTreeMap<Two, Who>,
    pub(super) admins: BTreeMap<(usize, Subject), Admin>,
    pub(super) ways: Vec<Way>,
    pub(super) requests: Vec<Asked>,
    pub(super) offers: Vec<Offer>,
    pub(super) out: BTreeMap<usize, Out>,
    pub(super) gone: BTreeSet<usize>,
    /// Which id the membership of two has, for ever.
    pub(super) ids: BTreeMap<Two, Uuid>,
    /// Of whom a program may have given less than it was asked to, since it brings back nobody whom others have ended; and whether
    /// it may have given that.
    pub(super) loose: BTreeMap<Two, Checked>,
    /// Who may make themselves a member for some hours.
    pub(super) eligible: BTreeMap<Two, Eligible>,
    pub(super) reviews: Vec<Review>,
    /// How often a membership of two has ended, and what has ended since the last request.
    pub(super) ends_of: BTreeMap<Two, u64>,
    pub(super) just_ended: BTreeSet<Two>,
    /// How often the hours of somebody were over.
    pub(super) hours_over: u64,
}

impl Model {
    /// The group and those above it, the nearest first.
    pub(super) fn line(&self, group: usize) -> Vec<usize> {
        std::iter::successors(Some(group), |below| self.places[*below].parent).collect()
    }

    /// The groups that are there.
    pub(super) fn there(&self) -> Vec<usize> {
        let all = 0..self.places.len();
        all.filter(|group| !self.places[*group].gone).collect()
    }

    /// The group and those below it.
    pub(super) fn within(&self, group: usize) -> Vec<usize> {
        let all = 0..self.places.len();
        all.filter(|below| self.line(*below).contains(&group)).collect()
    }

    pub(super) fn path(&self, group: usize) -> String {
        let mut names: Vec<&str> = self
            .line(group)
            .iter()
            .map(|of| self.places[*of].name.as_str())
            .collect();
        names.reverse();
        format!("/{}", names.join("/"))
    }

    pub(super) fn is_blocked(&self, group: usize, person: usize) -> bool {
        let line = self.line(group);
        line.iter().any(|group| self.blocks.contains_key(&(*group, person)))
    }

    pub(super) fn status(&self, group: usize, person: usize) -> Option<Status> {
        let grant = self.held.get(&(group, person))?;
        Some(if self.is_blocked(group, person) {
            Status::Suspended
        } else if grant.from > self.now {
            Status::Pending
        } else {
            Status::Enabled
        })
    }

    pub(super) fn is_enabled(&self, group: usize, person: usize) -> bool {
        self.status(group, person) == Some(Status::Enabled)
    }

    /// What they are in and may ask to keep.
    pub(super) fn kept(&self, group: usize, person: usize) -> Option<&Grant> {
        let grant = self.held.get(&(group, person))?;
        (self.is_enabled(group, person) && !grant.elevated).then_some(grant)
    }

    /// The end that counts: its own, or an earlier one of what is enabled above for more than some hours.
    pub(super) fn effective(&self, group: usize, person: usize) -> Option<i64> {
        let counts = |of: &usize| *of == group || self.kept(*of, person).is_some();
        let line = self.line(group).into_iter().filter(counts);
        line.filter_map(|group| self.held.get(&(group, person))?.until).min()
    }

    pub(super) fn today(&self) -> i64 {
        self.now.div_euclid(DAY)
    }

    /// The first instant after a last day, that many from today.
    pub(super) fn end_of(&self, days: Option<i64>) -> Option<i64> {
        days.map(|days| (self.today() + days + 1) * DAY)
    }

    /// What time has ended, the earliest first: with a membership go those below it.
    pub(super) fn pass(&mut self, now: i64) {
        self.now = now;
        let due = |model: &Self, of: &Two| {
            let until = model.held[of].until.filter(|until| *until <= now)?;
            Some((until, model.line(of.0).len(), *of))
        };
        while let Some((_, _, (group, person))) = self.held.keys().filter_map(|of| due(self, of)).min() {
            self.hours_over += u64::from(self.held[&(group, person)].elevated);
            self.end(group, person);
        }
        let leave = |out: &Out| out.leaves.is_some_and(|at| at <= now);
        let left: Vec<usize> = (self.out.iter())
            .filter(|(_, out)| leave(out))
            .map(|(person, _)| *person)
            .collect();
        for person in left {
            self.leave(person);
        }
    }

    /// Somebody is no more.
    pub(super) fn leave(&mut self, person: usize) {
        self.out.remove(&person);
        self.gone.insert(person);
        self.held.retain(|(_, of), _| *of != person);
        self.blocks.retain(|(_, of), _| *of != person);
        self.eligible.retain(|(_, of), _| *of != person);
        self.admins
            .retain(|(_, subject), _| *subject != Subject::Person(person));
    }

    /// A membership ends, with those below it, but for one of some hours. Who is kept out stays so.
    pub(super) fn end(&mut self, group: usize, person: usize) {
        let elevated = self.held.get(&(group, person)).is_some_and(|grant| grant.elevated);
        let all = if elevated { vec![group] } else { self.within(group) };
        for of in all.into_iter().map(|group| (group, person)) {
            if self.held.remove(&of).is_some() {
                *self.ends_of.entry(of).or_default() += 1;
                self.just_ended.insert(of);
            }
        }
    }

    pub(super) fn grant(&mut self, group: usize, person: usize, grant: Grant) -> Checked {
        must(!self.gone.contains(&person), "they are no more")?;
        must(!self.places[group].gone, "the group is no more")?;
        must(
            grant.roles & !self.places[group].roles == 0,
            "the group has no such role",
        )?;
        self.held.insert((group, person), grant);
        Ok(())
    }

    pub(super) fn held_of(&self, group: usize, person: usize) -> Result<Grant, String> {
        let held = self.held.get(&(group, person)).cloned();
        held.ok_or_else(|| "it was let happen, but they are no member".to_owned())
    }

    /// What a way to join gives.
    pub(super) fn admit(&mut self, way: usize, person: usize, roles: Roles, by: String) -> Checked {
        let (way, today) = (self.ways[way].clone(), self.today());
        must(!self.is_blocked(way.group, person), "they are kept out")?;
        let stays = self.kept(way.group, person);
        let (from, first) = match (stays, way.first.filter(|first| *first > today)) {
            (Some(grant), _) => (grant.from, today),
            (None, Some(first)) => (first * DAY, first),
            (None, None) => (self.now, today),
        };
        let until = way.days.map(|days| (first + days + 1) * DAY);
        let grant = Grant {
            from,
            until,
            roles,
            listed: false,
            elevated: false,
            by,
        };
        self.put_aside(way.group, person);
        self.grant(way.group, person, grant)
    }

    /// Whoever is let in waits no more.
    pub(super) fn put_aside(&mut self, group: usize, person: usize) {
        let ways = &self.ways;
        let theirs = self
            .requests
            .iter_mut()
            .filter(|asked| asked.person == person && ways[asked.way].group == group);
        theirs.for_each(|asked| asked.stage = Stage::Over);
    }

    pub(super) fn offered_until(&self) -> i64 {
        self.now + OFFERED
    }
}
