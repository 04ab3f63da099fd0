//! My groups: the groups somebody looks after, and what waits for a decision there.
//!
//! - `groups`: those they administer; `group`: one of them, tab by tab; `frame`: what all pages of one have in common
//! - `members`, `member`: who is in it; one of them; `add`: letting somebody in, or inviting them; `sheet`: all as a file
//! - `invitations`, `admins`, `roles`, `subgroups`, `details`, `history`: the other tabs
//! - `ways`, `way`: how people join it; the form of one way
//! - `queue`, `review`: requests; one of them, and deciding about it
//! - `problem`: what was wrong with a form

pub(super) mod add;
mod admins;
mod details;
mod extend;
mod frame;
pub(super) mod group;
pub(super) mod groups;
mod history;
mod invitations;
pub(super) mod member;
mod members;
mod problem;
pub(super) mod queue;
pub(super) mod review;
mod roles;
pub(super) mod sheet;
mod subgroups;
pub(super) mod way;
mod ways;
