//! The objects of both directions, one file each. What is null is left out.

pub(super) mod configuration;
mod dates;
pub(super) mod group;
pub(super) mod invitation;
pub(super) mod membership;
pub(super) mod request;
pub(super) mod rule;
mod terms;
pub(super) mod user;
