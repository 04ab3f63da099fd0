//! People: a user is a person's account in one realm.

pub(crate) mod beginning;
mod commands;
mod document;
mod erase;
pub mod intake;
mod provenance;
mod queries;
pub(crate) mod rules;
pub(crate) mod search;
pub(crate) mod table;
pub(crate) mod user_name;
mod visibility;

pub use beginning::Search;
pub use commands::{
    AdoptUser, CreateUser, Created, DeleteUser, GrantRole, LeaveUninvited, LeaveUser, PatchUser, RemovePerson,
    ReplaceUser, RestoreUser, RevokeRole, SetLifecycle, Written,
};
pub(crate) use commands::{
    after_expiry, change_by_source, check_free_address, create, hide, leave_by_source, set_lifecycle,
};
pub use document::Document;
pub(crate) use document::Mention;
pub use erase::EraseUser;
pub use intake::UserIntake;
pub use provenance::{Provenance, Writer};
pub(crate) use visibility::Sight;
pub use visibility::Visibility;

use std::collections::BTreeMap;

use serde_json::Map;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::id::Id;

/// Whether the person belongs or is a guest. Decided at creation by SCIM's `userType`, then fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Belongs to the organisation.
    Member,
    /// Is invited from outside.
    Guest,
}

impl Kind {
    /// The word in tables and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Guest => "guest",
        }
    }

    pub(crate) fn parse(word: &str) -> Self {
        if word == "guest" { Self::Guest } else { Self::Member }
    }
}

/// Where the person stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifecycle {
    /// Known, not yet let in.
    Staged,
    /// Has an open or expired invitation.
    Invited,
    /// In.
    Active,
    /// Kept out for now.
    Suspended,
}

impl Lifecycle {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Staged, Self::Invited, Self::Active, Self::Suspended];

    /// The word in tables and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Staged => "staged",
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }

    /// The state of that name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == word)
    }
}

/// A person's account as it is stored.
#[derive(Clone, Debug)]
pub struct User {
    /// Its id; the instant in it is when the account was made.
    pub id: Id<User>,
    /// Raised by every change; the ETag.
    pub version: i64,
    /// When it was last changed.
    pub modified: Timestamp,
    /// Member or guest.
    pub kind: Kind,
    /// Where the person stands.
    pub lifecycle: Lifecycle,
    /// Whether the person is there to everybody.
    pub visibility: Visibility,
    /// The externalId of each space of clients.
    pub external_ids: ExternalIds,
    /// Canonical JSON of all attributes, without id, meta, groups and externalId.
    pub document: Document,
    /// Who wrote what of it.
    pub provenance: Provenance,
}

impl User {
    /// The attributes as values.
    pub fn attributes(&self) -> &Map<String, serde_json::Value> {
        self.document.values()
    }

    /// What an attribute of the core schema or of an extension says, as texts; nothing where there is none of that name.
    pub fn texts(&self, attribute: &str) -> Vec<String> {
        rules::values(self.attributes(), attribute)
    }

    /// Whether the clients of a space manage the person: they call them by an externalId, or have written the record.
    pub(crate) fn is_managed_by(&self, space: Uuid) -> bool {
        self.external_ids.get(space).is_some() || self.provenance.writer() == Some(Writer::Client(space))
    }

    /// What the person is called: the name that is shown, else the userName.
    pub fn called(&self) -> String {
        rules::greeting(self.attributes()).unwrap_or_else(|| self.user_name())
    }

    /// The address to which mail for the person goes.
    pub fn address(&self) -> Option<String> {
        rules::own_address(self.attributes(), &self.external_ids)
    }

    /// The userName.
    pub fn user_name(&self) -> String {
        self.attributes()
            .get("userName")
            .and_then(|value| value.as_str())
            .unwrap_or_default()
            .to_owned()
    }
}

/// externalId by the space of the client that wrote it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExternalIds(BTreeMap<Uuid, String>);

impl ExternalIds {
    pub(crate) fn from_column(text: Option<&str>) -> Self {
        Self(
            text.and_then(|text| serde_json::from_str(text).ok())
                .unwrap_or_default(),
        )
    }

    pub(crate) fn to_column(&self) -> Option<String> {
        if self.0.is_empty() {
            None
        } else {
            serde_json::to_string(&self.0).ok()
        }
    }

    /// What the clients of that space call the resource.
    pub fn get(&self, space: Uuid) -> Option<&str> {
        self.0.get(&space).map(String::as_str)
    }

    pub(crate) fn set(&mut self, space: Uuid, value: Option<String>) {
        match value {
            Some(value) => self.0.insert(space, value),
            None => self.0.remove(&space),
        };
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Uuid, &str)> {
        self.0.iter().map(|(space, value)| (*space, value.as_str()))
    }
}
