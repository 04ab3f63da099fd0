//! Who administers a group: a person, or everybody in a group, with capabilities that count there and, where they are
//! inherited, in every group below.
//!
//! - [`Capability`], [`Capabilities`], [`Preset`]: what an administrator may do.
//! - `rules`: what a principal reaches, how far they may let others reach, and whether a group keeps an owner. Pure.
//! - [`reach`]: the one place where the rights of a principal on a group are looked up.
//! - `commands`, `queries`: naming administrators, and seeing who they are.

mod capability;
mod commands;
mod of_person;
mod queries;
pub mod reach;
mod rules;
pub(crate) mod table;

pub use capability::{Capabilities, Capability, Preset};
pub use commands::{Already, ChangeDelegation, GrantDelegation, RevokeDelegation, Whom};
pub(crate) use commands::{
    HandedOn, carry_over, end_of_group, end_of_user, handed_on, hold_first_owner, name_first_owner, read_of_user,
    said_of_group, take_up,
};
pub use queries::{Admin, AdminShown};
pub use reach::may_everywhere;
pub(crate) use reach::reaches_realm;
pub use rules::{Because, Extent, Reach};

use crate::clock::Timestamp;
use crate::group::Group;
use crate::id::Id;
use crate::user::User;

/// That somebody administers a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// Its id.
    pub id: Id<Delegation>,
    /// What is administered.
    pub group: Id<Group>,
    /// Who administers it.
    pub subject: Subject,
    /// What they may do.
    pub capabilities: Capabilities,
    /// Whether it counts in the groups below too.
    pub inherit: bool,
    /// It counts from then on; none = since it was granted.
    pub valid_from: Option<Timestamp>,
    /// The first instant after it; none = for good.
    pub valid_until: Option<Timestamp>,
    /// The label of who granted it.
    pub granted_by: String,
    /// When.
    pub granted_at: Timestamp,
    /// Whether whoever granted it may let people into every privileged group. Where it is inherited by one, it says who gets
    /// in only then.
    pub entitled: bool,
    /// Raised by every change.
    pub version: i64,
}

impl Delegation {
    /// How far it goes.
    pub fn extent(&self) -> Extent {
        Extent {
            capabilities: self.capabilities,
            inherit: self.inherit,
            until: self.valid_until,
        }
    }
}

/// Who administers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A person.
    User(Id<User>),
    /// Everybody who is in that group.
    Group(Id<Group>),
}

impl Subject {
    /// Its id, of whatever kind it is.
    pub fn uuid(self) -> uuid::Uuid {
        match self {
            Self::User(id) => id.uuid(),
            Self::Group(id) => id.uuid(),
        }
    }
}
