//! Who is in which group: people by memberships, groups by nesting. One row each, both directions indexed.

mod by_source;
mod end;
pub(crate) mod jobs;
mod members;
mod queries;
mod reach;
pub(crate) mod table;

pub(crate) use by_source::{add_by_source, remove_by_source};
pub use end::EndMemberships;
pub(crate) use end::{end_all_of_group, end_all_of_user, read_groups};
pub(crate) use members::{apply, foreseen};
pub(crate) use table::{GroupOfUser, IMPORT, Standing, groups_of, standing};

/// A membership, as the subject of its events.
#[derive(Debug)]
pub struct Membership;

/// A request carries at most so many member changes (DESIGN section 4, Bounds).
pub const MAX_MEMBER_CHANGES: usize = 20_000;
