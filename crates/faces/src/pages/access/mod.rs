//! My access: the groups one is in, how one joins others or stays, and one's requests and invitations.
//!
//! - `home`: what is due, and the groups that end first
//! - `groups`, `group`: the groups one is in; one of them, leaving it and letting it lapse
//! - `enroll`: asking to join a group, or to stay in it
//! - `outlook`: what somebody has, and would have by that
//! - `requests`, `request`: what one has asked, and what is said about it
//! - `offer`: an invitation to a group
//! - `profile`, `data`: who one is here and how one is told; all that is kept of one
//! - `shown`: what these have in common

pub(super) mod data;
pub(super) mod enroll;
pub(super) mod group;
pub(super) mod groups;
pub(super) mod home;
pub(super) mod offer;
pub(super) mod outlook;
pub(super) mod profile;
pub(super) mod request;
pub(super) mod requests;
mod shown;
