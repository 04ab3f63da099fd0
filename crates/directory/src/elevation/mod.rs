//! Who may make themselves a member of a group when they need to be one, for some hours at a time, and that they do: eligible
//! first, active only then.
//!
//! - [`Eligibility`]: that somebody may.
//! - `rules`: for how long. Pure.
//! - `commands`: giving it and taking it away, and elevating oneself. The membership that begins is one like others, but for its
//!   end: it comes without reminders, nothing is kept of it, and it bears on no membership below.
//! - `follow`: what becomes of it when a person, a group or a role is gone.
//! - `queries`: who may, and where one may oneself.
//! - `table`: SQL.

mod commands;
mod follow;
mod queries;
pub mod rules;
pub(crate) mod table;

pub use commands::{Elevate, Elevated, GrantEligibility, RevokeEligibility};
pub(crate) use follow::{end_of_group, end_of_user, read_of_user, settle_role};
pub use queries::OwnEligibility;
pub use rules::MOST_HOURS;

use crate::clock::Timestamp;
use crate::group::Group;
use crate::id::Id;
use crate::user::User;

/// That a person may make themselves a member of a group for some hours at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eligibility {
    /// Its id.
    pub id: Id<Eligibility>,
    /// Of which group.
    pub group: Id<Group>,
    /// Who.
    pub user: Id<User>,
    /// With which roles, by their names.
    pub roles: Vec<String>,
    /// For how many hours at most.
    pub hours: u32,
    /// The first instant after it; none = for good.
    pub valid_until: Option<Timestamp>,
    /// Whether they have to say why.
    pub needs_justification: bool,
    /// Whether whoever gave it may let people into the group when it is privileged.
    pub entitled: bool,
    /// The label of who gave it.
    pub granted_by: String,
    /// When.
    pub granted_at: Timestamp,
}

/// So many on one group, and of one person.
const MOST: usize = 1_000;
