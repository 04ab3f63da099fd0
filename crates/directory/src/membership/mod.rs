//! Who is in which group: people by memberships, groups by nesting. One row each, both directions indexed.

mod by_source;
mod details;
mod end;
pub(crate) mod jobs;
mod members;
pub mod portfolio;
mod queries;
mod reach;
mod status;
pub(crate) mod table;

pub(crate) use by_source::{add_by_source, remove_by_source};
pub use details::{Details, OnLapse, TermsStanding};
pub use end::EndMemberships;
pub(crate) use end::{end_all_of_group, end_all_of_user, read_groups};
pub(crate) use members::{apply, foreseen};
pub use status::Status;
pub(crate) use table::{GroupOfUser, IMPORT, Standing, groups_of, standing};

/// A membership, as the subject of its events.
#[derive(Debug)]
pub struct Membership;

/// A request carries at most so many member changes (DESIGN section 4, Bounds).
pub const MAX_MEMBER_CHANGES: usize = 20_000;
