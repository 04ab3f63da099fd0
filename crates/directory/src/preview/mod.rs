//! What will happen until an instant if nobody does anything: the jobs themselves, run forward over a copy of the store whose
//! clock goes from one due instant to the next. So what follows from what happens is in it, and who is told of it.
//!
//! `copy` makes the copy and takes it away again, `ahead` goes forward in it and says what it has come to. Nothing is delivered
//! from a copy, so what targets answer is not in it.

mod ahead;
mod copy;

pub use copy::clear;

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::event::EventKind;
use crate::group::Group;
use crate::id::Id;
use crate::mail::Template;
use crate::membership::Status;
use crate::user::User;

/// What is looked at.
#[derive(Clone, Copy, Debug)]
pub struct PreviewQuery {
    /// Until when, that instant included.
    pub until: Timestamp,
    /// Only what is about this person, or told to them.
    pub user: Option<Id<User>>,
    /// Only what is about this group.
    pub group: Option<Id<Group>>,
}

/// One thing that will happen: a fact that will be in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreseen {
    /// When.
    pub at: Timestamp,
    /// The fact.
    pub kind: EventKind,
    /// What it is about: the membership, request, invitation or person. Of a mail that will be it has no meaning yet.
    pub subject: Uuid,
    /// Of whom, and of a mail to whom.
    pub user: Option<Id<User>>,
    /// Of a mail, to which address where that is nobody's we know of; no more of it than the log will say.
    pub address: Option<String>,
    /// In which group, if it is about one.
    pub group: Option<Id<Group>>,
    /// Why: the word in the fact.
    pub cause: Option<String>,
    /// Where a membership then stands, if that is elsewhere than before.
    pub status: Option<Status>,
    /// The template, of a mail.
    pub mail: Option<Template>,
}

impl PreviewQuery {
    fn asks_for(&self, foreseen: &Foreseen) -> bool {
        self.user.is_none_or(|user| foreseen.user == Some(user))
            && self.group.is_none_or(|group| foreseen.group == Some(group))
    }
}
