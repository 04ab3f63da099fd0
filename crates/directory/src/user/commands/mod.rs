//! The commands on people.

mod adopt;
mod again;
mod by_source;
mod conflict;
mod create;
mod delete;
mod leave;
mod lifecycle;
mod modify;
mod roles;
mod room;
mod write;

pub use adopt::AdoptUser;
pub(crate) use by_source::{change_by_source, check_free_address, leave_by_source};
pub(crate) use create::create;
pub use create::{CreateUser, Created};
pub use delete::{DeleteUser, RemovePerson};
pub(crate) use leave::after_expiry;
pub use leave::{LeaveUninvited, LeaveUser, RestoreUser};
pub use lifecycle::SetLifecycle;
pub(crate) use lifecycle::{hide, set as set_lifecycle};
pub use modify::{PatchUser, ReplaceUser, Written};
pub use roles::{GrantRole, RevokeRole};
