//! The tree of groups: parents, ancestors, names among siblings. Whoever changes its shape takes the row of its root first.

pub(crate) mod table;
