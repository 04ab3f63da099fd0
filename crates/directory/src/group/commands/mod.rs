//! The commands on groups.

mod create;
mod delete;
mod modify;

pub use create::CreateGroup;
pub use delete::DeleteGroup;
pub use modify::{GroupWritten, PatchGroup, ReplaceGroup};
