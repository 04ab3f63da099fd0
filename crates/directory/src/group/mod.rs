//! Groups: nodes of the realm's tree. One made by SCIM is a root, named by its displayName.

mod commands;
mod management;
mod name;
pub(crate) mod path;
pub mod privileged;
mod queries;
pub(crate) mod roles;
pub(crate) mod rules;
pub(crate) mod table;
pub(crate) mod template;
pub(crate) mod tree;

pub(crate) use commands::manage;
pub use commands::{
    CreateGroup, CreateSubgroup, CreateTopGroup, DeleteGroup, FirstOwner, GroupMade, GroupSettings, GroupWritten,
    MoveGroup, NewGroup, OfRealm, PatchGroup, RemoveGroup, RenameGroup, ReplaceAttributes, ReplaceGroup,
    SetDefaultConfiguration, SetGroupSettings, SetPrivileged, SettingsAtOnce,
};
pub use management::{Management, Privileged};
pub use name::{GroupName, RoleName};
pub use path::{GroupPath, in_query};
pub use queries::{
    GroupFact, GroupList, GroupNode, GroupsAsked, GroupsFound, Match, PeopleAsked, PeopleFound, PlacedGroup, WholeGroup,
};
pub use roles::{DefineRole, DeleteRole, GroupRole, MAX_ROLES, RenameRole, RoleNamed};
pub use template::{DefineTemplate, GroupTemplate, RemoveTemplate, ReplaceTemplate, TemplateBody};
pub use tree::{MAX_LEVELS, MAX_MOVED};

use serde_json::Map;

use crate::clock::Timestamp;
use crate::enrollment::configuration::Configuration;
use crate::id::Id;
use crate::user::ExternalIds;

/// How a group was made. It does not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// By SCIM.
    Scim,
    /// By the native API or the command line.
    Admin,
}

impl Source {
    /// The word in tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Scim => "scim",
            Self::Admin => "admin",
        }
    }

    pub(crate) fn parse(word: &str) -> Self {
        if word == "admin" { Self::Admin } else { Self::Scim }
    }
}

/// A group as it is stored, without its members.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its id; the instant in it is when the group was made.
    pub id: Id<Group>,
    /// Raised by every change, of members too; the ETag.
    pub version: i64,
    /// When it was last changed.
    pub modified: Timestamp,
    /// Its parent in the tree; `None` = a root.
    pub parent: Option<Id<Group>>,
    /// Its name, unique among its siblings.
    pub name: String,
    /// The name shown; need not be unique.
    pub display_name: String,
    /// The externalId of each space of clients.
    pub external_ids: ExternalIds,
    /// How it was made.
    pub source: Source,
    /// Canonical JSON of all attributes but members, id, meta and externalId.
    pub document: String,
    /// Whether it has roles, admins and ways to join. One made by SCIM becomes it when somebody administers it.
    pub managed: bool,
    /// How many groups have it as parent.
    pub children: i64,
    /// The way to join that is offered first.
    pub default_configuration: Option<Id<Configuration>>,
    /// What is set about it, where it is managed.
    pub management: Management,
}

impl Group {
    /// The attributes as values.
    pub fn attributes(&self) -> Map<String, serde_json::Value> {
        serde_json::from_str(&self.document).unwrap_or_default()
    }
}
