//! Why somebody is in a group, or why not: what is known of it, and the sentences that say so.
//!
//! - [`Explanation`]: the facts.
//! - `read`: where they come from; `who`: what people and programs in them are called.
//! - `rules`, `english`, `german`: what is said of them. Pure.

mod english;
mod german;
mod read;
mod rules;
mod who;

#[cfg(test)]
mod tests;

pub(crate) use who::Called;

use super::{Membership, Status};
use crate::clock::Timestamp;
use crate::group::Group;
use crate::id::Id;
use crate::mail::Language;
use crate::plan::Plan;
use crate::user::User;
use crate::zone::Zone;

/// What is known of one person and one group.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// Who.
    pub user: Id<User>,
    /// What they are called.
    pub name: String,
    /// Which group.
    pub group: Id<Group>,
    /// Where it stands.
    pub path: String,
    /// The membership, also when it is over; none = the person was never in the group.
    pub membership: Option<Membership>,
    /// How that came to an end, where it did.
    pub end: Option<End>,
    /// The names of the roles they have in the group.
    pub roles: Vec<String>,
    /// The name of the way by which they joined.
    pub way: Option<String>,
    /// By what it was given last.
    pub given: Option<Given>,
    /// Where the group stands whose membership ends earlier and takes this one along.
    pub imposed_by: Option<String>,
    /// What keeps the person out, the nearest first.
    pub blocks: Vec<Block>,
    /// Since when the person waits to be let in.
    pub asks_since: Option<Timestamp>,
    /// Why they administer the group, if they do.
    pub administers: Vec<Administers>,
    /// For how long they may make themselves a member, if they may.
    pub eligible: Option<Eligible>,
    /// What the membership entitles them to.
    pub entitlements: Vec<String>,
    /// What would end with it.
    pub below: Vec<Below>,
    /// What the memberships below entitle them to.
    pub entitlements_below: usize,
    /// What happened to the membership, the oldest first; of a long history the newest.
    pub history: Vec<Fact>,
}

impl Explanation {
    /// Where the membership stands; none = the person was never in the group.
    pub fn status(&self) -> Option<Status> {
        self.membership.as_ref().map(|membership| membership.status)
    }

    /// What there is to say, in a language and in the days of the realm.
    pub fn sentences(&self, language: Language, zone: &Zone) -> Vec<String> {
        rules::sentences(self, language, zone)
    }
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// The person themselves.
    Themselves,
    /// Another person.
    Person(String),
    /// A program.
    Program(String),
    /// Whoever runs the installation.
    Operator,
    /// Usher itself, or nobody who is known any more.
    Usher,
}

/// By what a membership was given last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// By a request that somebody accepted.
    Request {
        /// When it was submitted.
        asked_at: Timestamp,
        /// Who accepted it.
        by: Who,
    },
    /// By a way to join that asks nobody.
    Freely,
    /// By an invitation.
    Invitation,
    /// By a plan of a source.
    Source {
        /// Which source; none = one whose fact is gone.
        name: Option<String>,
        /// By which plan.
        plan: Option<Id<Plan>>,
    },
    /// By the person, for some hours.
    Themselves {
        /// Why, in their words.
        why: Option<String>,
    },
    /// By somebody.
    Somebody(Who),
}

/// That somebody may make themselves a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Eligible {
    /// For how many hours at most.
    pub hours: u32,
    /// The first instant after it; none = for good.
    pub until: Option<Timestamp>,
}

/// How a membership came to an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// When.
    pub at: Timestamp,
    /// By what.
    pub by: EndedBy,
}

/// By what a membership ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// Its time was over.
    Time,
    /// Its terms were no longer accepted.
    Terms,
    /// One above it ended.
    Above,
    /// A review of the group came to that.
    Review {
        /// What people call it; none = it is forgotten.
        name: Option<String>,
        /// Why, in the words of who decided.
        why: Option<String>,
    },
    /// Somebody ended it.
    Somebody(Who),
}

/// What keeps a person out of a group and of all below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Where the group stands.
    pub path: String,
    /// Who keeps them out.
    pub by: Who,
    /// Since when.
    pub at: Timestamp,
    /// Why, in their words.
    pub why: Option<String>,
}

/// Why somebody administers a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Administers {
    /// What they may do: a preset, or names of capabilities.
    pub capabilities: String,
    /// Where the group above stands from which it is inherited.
    pub inherited_from: Option<String>,
    /// Where the group stands all of whose people do.
    pub by_group: Option<String>,
    /// The first instant after it; none = for good.
    pub until: Option<Timestamp>,
}

/// A membership below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Below {
    /// Where its group stands.
    pub path: String,
    /// How many roles the person has there.
    pub roles: usize,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// When.
    pub at: Timestamp,
    /// What: the kind of the event.
    pub kind: String,
    /// Who did it.
    pub by: Who,
    /// The word for why, where there is one.
    pub cause: Option<String>,
}
