//! What those who run groups want to see over many of them: counts, what ends soon, groups without an admin, broken rules.
//!
//! Nothing is changed here, and nothing is looked at beyond 100,000 groups or memberships: then it is `too_many`.

mod queries;
pub(crate) mod table;

pub use queries::{Counts, Ending, EndingAfter, Orphan};
