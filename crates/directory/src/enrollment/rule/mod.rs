//! What a realm allows its groups to configure: which fields are required, what is filled in, what is too much.

pub(crate) mod table;
