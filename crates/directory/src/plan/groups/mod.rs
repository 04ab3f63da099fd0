//! Plans of groups and of who is in them.
//!
//! - `rows`: what the rows of a source come to.
//! - `missing`: what becomes of memberships that it no longer names.
//! - `apply`: making a planned group, and finding it when its members are added.
//! - `terms`: the time and the roles of a membership, where the source speaks of them; `table`: what that reads and writes.

mod apply;
mod missing;
mod rows;
pub(crate) mod table;
mod terms;

pub(super) use apply::{create, within};
pub(super) use missing::add_missing;
pub use rows::MemberRow;
pub use terms::Edge;
pub(super) use terms::{add, change_member, fresh, has_terms};

/// The member of an item's `after` that says which item makes the group.
const GROUP_ITEM: &str = "group_item";
