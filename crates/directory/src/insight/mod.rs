//! What those who run groups want to see over many of them: counts, what ends soon, groups without an admin, broken rules.

pub(crate) mod table;
