//! What will happen until an instant if nobody does anything: the same rules as the jobs, run forward over a copy in memory.
//!
//! `world` reads what is there and whose time comes, `walk` goes from one due instant to the next. What jobs have begun and not
//! finished, such as putting aside the requests of a way to join that was changed, is not in it: it is done already.

mod walk;
mod world;

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::event::EventKind;
use crate::group::Group;
use crate::id::Id;
use crate::mail::Template;
use crate::user::User;

/// What is looked at.
#[derive(Clone, Copy, Debug)]
pub struct PreviewQuery {
    /// Until when, that instant included.
    pub until: Timestamp,
    /// Only what is about this person.
    pub user: Option<Id<User>>,
    /// Only what is about this group.
    pub group: Option<Id<Group>>,
}

/// One thing that will happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreseen {
    /// When.
    pub at: Timestamp,
    /// The fact that it will leave.
    pub kind: EventKind,
    /// The membership, request or invitation.
    pub subject: Uuid,
    /// Of whom; none where something is offered to an address that is nobody yet.
    pub user: Option<Id<User>>,
    /// In which group, if it is about one.
    pub group: Option<Id<Group>>,
    /// Why: the word in the fact.
    pub cause: Option<&'static str>,
    /// The mails that go with it. To whom, and whether at all, is decided when they are sent.
    pub mails: Vec<Template>,
}

impl PreviewQuery {
    fn asks_for(&self, foreseen: &Foreseen) -> bool {
        self.user.is_none_or(|user| foreseen.user == Some(user))
            && self.group.is_none_or(|group| foreseen.group == Some(group))
    }
}
