//! Who administers a group: a person, or everybody in a group, with capabilities that count there and, where they are
//! inherited, in every group below.

pub(crate) mod table;
