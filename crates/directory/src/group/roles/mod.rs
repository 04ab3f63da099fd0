//! Roles that a group's members may have in it.

pub(crate) mod table;
