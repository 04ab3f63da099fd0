//! What people do for themselves.

pub(super) mod configurations;
pub(super) mod groups;
pub(super) mod invitations;
pub(super) mod membership;
pub(super) mod requests;
