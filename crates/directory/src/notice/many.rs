//! Members of a group whom a program has added or taken out, however many: each is told, and those who administer the group, by
//! jobs in slices, so that no program waits for mails.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::crowd::{AT_ONCE, Pace};
use super::{Act, Actor, MembershipNow, Notice, Person, rules};
use crate::change::Change;
use crate::error::Error;
use crate::group::{Group, path};
use crate::id::Id;
use crate::job::{self, JobKind};
use crate::mail::Template;
use crate::mail::content::{GroupRef, Who};

/// So many people are in a job's payload.
const PART: usize = 1000;
/// So many of them are told in each slice, with all who administer the group.
const SLICE: usize = 20;

/// Somebody who was made a member.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Joined {
    pub(crate) user: Uuid,
    pub(crate) last_day: Option<Date>,
    pub(crate) roles: Vec<String>,
}

/// Somebody whose membership was ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Removed {
    pub(crate) user: Uuid,
    /// What went along.
    pub(crate) below: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum People {
    Joined(Vec<Joined>),
    Removed(Vec<Removed>),
}

/// What happened to them, and by whom.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Many {
    group: GroupRef,
    by: Option<Uuid>,
    who: Who,
    pace: Pace,
    people: People,
}

/// Sees to it that people are told who were made members of a group.
pub(crate) fn tell_joined(change: &mut Change<'_>, group: &Group, people: &[Joined]) -> Result<(), Error> {
    let told = [Template::MemberCreated, Template::MemberCreatedAdmin];
    later(change, group, people, told, |part| People::Joined(part.to_vec()))
}

/// The same of people whose membership was ended.
pub(crate) fn tell_removed(change: &mut Change<'_>, group: &Group, people: &[Removed]) -> Result<(), Error> {
    let told = [Template::MemberRemoved, Template::MemberRemovedAdmin];
    later(change, group, people, told, |part| People::Removed(part.to_vec()))
}

fn later<One>(
    change: &mut Change<'_>,
    group: &Group,
    people: &[One],
    told: [Template; 2],
    part_of: fn(&[One]) -> People,
) -> Result<(), Error> {
    let settings = &change.realm().settings;
    if people.is_empty() || !told.into_iter().any(|template| rules::is_on(settings, template)) {
        return Ok(());
    }
    let actor = Actor::of(change)?;
    let group = path::shown(change, group.id)?;
    for part in people.chunks(PART) {
        let many = Many {
            group: group.clone(),
            by: actor.user.map(Id::uuid),
            who: actor.who.clone(),
            pace: Pace::of(people.len()),
            people: part_of(part),
        };
        many.schedule(change)?;
    }
    Ok(())
}

impl Many {
    fn schedule(&self, change: &mut Change<'_>) -> Result<(), Error> {
        let payload = json!(self);
        let subject: Id<Self> = change.new_id();
        let now = change.now();
        job::schedule_quietly(change, JobKind::SendNotice, subject.uuid(), &payload, now)
    }

    /// Tells of the first of them, and sees to the rest.
    pub(super) fn tell(mut self, change: &mut Change<'_>) -> Result<(), Error> {
        let actor = Actor {
            user: self.by.map(Id::new),
            who: self.who.clone(),
        };
        let is_rest = match &mut self.people {
            People::Joined(people) => {
                let rest = people.split_off(people.len().min(SLICE));
                for one in std::mem::replace(people, rest) {
                    let now = MembershipNow {
                        group: self.group.clone(),
                        member: Person::read(change, Id::new(one.user))?,
                        actor: actor.clone(),
                        first_day: None,
                        last_day: one.last_day,
                        roles: one.roles,
                    };
                    Notice::MemberCreated(now).tell_at(change, self.pace)?;
                }
                !people.is_empty()
            }
            People::Removed(people) => {
                let rest = people.split_off(people.len().min(SLICE));
                for one in std::mem::replace(people, rest) {
                    let act = Act {
                        group: self.group.clone(),
                        member: Person::read(change, Id::new(one.user))?,
                        actor: actor.clone(),
                        below: one.below,
                        justification: None,
                    };
                    Notice::MemberRemoved(act).tell_at(change, self.pace)?;
                }
                !people.is_empty()
            }
        };
        if is_rest { self.schedule(change) } else { Ok(()) }
    }
}

impl Pace {
    /// Of so many things at once.
    fn of(number: usize) -> Self {
        if number > AT_ONCE { Self::Daily } else { Self::Each }
    }
}
