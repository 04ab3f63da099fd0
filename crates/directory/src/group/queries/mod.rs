//! Reading groups as those see them who manage them: trees, everything about one, and the group a word means.

mod at;
mod list;
mod meant;
mod names;
mod picker;
mod whole;

pub use list::{GroupList, GroupNode, GroupsAsked, Match};
pub use picker::{PeopleAsked, PeopleFound};
pub use whole::WholeGroup;
