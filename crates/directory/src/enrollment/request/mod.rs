//! One person's asking to join a group, or to stay: its state, its thread, and in whose queue it stands.

pub(crate) mod table;
