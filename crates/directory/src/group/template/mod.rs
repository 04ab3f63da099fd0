//! What a new group may be made like: roles, ways to join, settings.

pub(crate) mod table;
