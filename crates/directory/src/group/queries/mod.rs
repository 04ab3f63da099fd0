//! Reading groups as those see them who manage them: trees, everything about one, and the group a word means.

mod at;
mod find;
mod history;
mod level;
mod list;
mod meant;
mod names;
mod picker;
mod templates;
mod whole;

pub use find::GroupsFound;
pub use history::GroupFact;
pub use level::PlacedGroup;
pub use list::{GroupList, GroupNode, GroupsAsked, Match};
pub use picker::{PeopleAsked, PeopleFound};
pub use whole::WholeGroup;
