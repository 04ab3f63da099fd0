//! Plans of groups and of who is in them.
//!
//! - `rows`: what the rows of a source come to.
//! - `missing`: what becomes of memberships that it no longer names.
//! - `apply`: making a planned group, and finding it when its members are added.

mod apply;
mod missing;
mod rows;

pub(super) use apply::{create, within};
pub(super) use missing::add_missing;
pub use rows::MemberRow;

/// The member of an item's `after` that says which item makes the group.
const GROUP_ITEM: &str = "group_item";
