//! The commands on groups: those of SCIM (`create`, `modify`, `delete`), and those of who manages them.

mod attributes;
mod child;
mod create;
mod default;
mod delete;
mod freeing;
mod manage;
mod modify;
mod move_to;
mod new;
mod of_realm;
mod remove;
mod rename;
mod root;
mod settings;
mod settings_at_once;

pub use attributes::ReplaceAttributes;
pub(in crate::group) use attributes::check_attributes;
pub use child::CreateSubgroup;
pub use create::CreateGroup;
pub use default::SetDefaultConfiguration;
pub use delete::DeleteGroup;
pub(crate) use manage::manage;
pub use modify::{GroupWritten, PatchGroup, ReplaceGroup};
pub use move_to::MoveGroup;
pub use new::{FirstOwner, GroupMade, NewGroup};
pub use of_realm::OfRealm;
pub use remove::RemoveGroup;
pub use rename::RenameGroup;
pub use root::CreateTopGroup;
pub use settings::{GroupSettings, SetGroupSettings, SetPrivileged};
pub use settings_at_once::SettingsAtOnce;
