//! What people are entitled to because of their memberships: values written by difference with each change of a membership,
//! and shown among the entitlements of SCIM.

pub(crate) mod jobs;
pub(crate) mod table;
