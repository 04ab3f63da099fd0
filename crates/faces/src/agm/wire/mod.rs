//! The objects of both directions, one file each. What is null is left out.

mod dates;
mod group;
pub(super) mod membership;
mod user;
