//! Who is in which group: people by memberships, groups by nesting. One row each, both directions indexed.

mod by_source;
mod commands;
mod details;
mod end;
mod events;
pub mod explain;
pub(crate) mod jobs;
pub(crate) mod listed;
mod members;
mod origin;
pub mod portfolio;
mod queries;
mod reach;
mod recalculate;
pub(crate) mod roles;
mod status;
pub(crate) mod table;
pub(crate) mod user_events;

pub(crate) use by_source::{add_by_source, remove_by_source};
pub(crate) use commands::Reviewed;
pub use commands::{
    AddMembership, Extend, Given, GrantMemberRole, LeaveGroup, LetLapse, NewMember, RemoveMembership, ResumeMember,
    RevokeMemberRole, SuspendMember, UpdateMembership,
};
pub(crate) use commands::{hold, unsaid};
pub use details::{Details, OnLapse, TermsStanding};
pub use end::EndMemberships;
pub(crate) use end::{end_all_of_group, end_all_of_user, read_groups, told_of_deletion};
pub use listed::Part;
pub(crate) use members::{Hold, Path, apply, foreseen, hold_people};
pub use origin::Origin;
pub use portfolio::Effective;
pub(crate) use queries::of_people;
pub use queries::{
    Depth, Listed, Member, Members, MembersAsked, MembersOrder, Mine, MineOrder, MyMemberships, Noted, Page,
};
pub use recalculate::{Recalculate, What};
pub(crate) use recalculate::{follow_group, follow_realm};
pub use status::Status;
pub(crate) use table::{GroupOfUser, Standing, ended_by, groups_of, has_groups, standing};
pub(crate) use user_events::Farewell;

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::enrollment::configuration::Configuration;
use crate::group::Group;
use crate::id::Id;
use crate::user::User;

/// One person in one group. There is one row of the two for ever: it ends and comes back under the same id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Its id.
    pub id: Id<Membership>,
    /// In which group.
    pub group: Id<Group>,
    /// Who.
    pub user: Id<User>,
    /// Raised by every change.
    pub version: i64,
    /// Where it stands.
    pub status: Status,
    /// By whom it was given last.
    pub origin: Origin,
    /// Which program, person or source that was.
    pub given_by: Option<Uuid>,
    /// When.
    pub granted_at: Timestamp,
    /// It counts from then on; none = since it was given.
    pub valid_from: Option<Timestamp>,
    /// The first instant after it; none = never.
    pub expires_at: Option<Timestamp>,
    /// The end that counts for it.
    pub effective: Effective,
    /// By which way it was joined.
    pub configuration: Option<Id<Configuration>>,
    /// What else is known of it.
    pub details: Details,
}

impl Membership {
    /// Whether its person has given it to themselves for some hours.
    pub fn is_elevation(&self) -> bool {
        self.details.elevation.is_some()
    }
}

/// Which membership of a group is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// That one, of the group or of a group below it.
    Membership(Id<Membership>),
    /// That person's, of the group itself.
    User(Id<User>),
}

/// A request carries at most so many member changes (DESIGN section 4, Bounds).
pub const MAX_MEMBER_CHANGES: usize = 20_000;
