//! What those do who administer groups.

pub(super) mod admins;
pub(super) mod configurations;
pub(super) mod group;
pub(super) mod groups;
pub(super) mod invitations;
pub(super) mod member;
pub(super) mod members;
pub(super) mod requests;
pub(super) mod roles;
pub(super) mod rules;
