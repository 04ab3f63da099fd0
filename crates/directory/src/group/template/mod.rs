//! What a new group may be made like: roles, attributes, settings.

mod commands;
pub(crate) mod table;

pub use commands::{DefineTemplate, RemoveTemplate, ReplaceTemplate};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Directory;
use crate::error::Error;
use crate::id::Id;
use crate::principal::{Permission, Principal};

/// A template of the realm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupTemplate {
    /// Its id.
    pub id: Id<GroupTemplate>,
    /// Raised by every change.
    pub version: i64,
    /// Its name in the realm.
    pub name: String,
    /// What a group is made like.
    pub body: TemplateBody,
}

/// What a group is made like. Whatever is given with a new group comes before it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TemplateBody {
    /// The names of its roles; none = the one that every group has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// Free attributes, each with its values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Vec<String>>,
    /// So many days before the end of a membership people are reminded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice_days: Option<u16>,
    /// All days before the end at which they are reminded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reminder_days: Vec<u16>,
    /// For so many days an expired membership may come back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace_days: Option<u16>,
    /// Members need no role.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub plain_members: bool,
}

impl Directory {
    /// The templates of the realm, by name.
    ///
    /// # Errors
    /// The token does not reach group management, or the store failed.
    pub async fn group_templates(&self, principal: &Principal) -> Result<Vec<GroupTemplate>, Error> {
        principal.check(Permission::Manage)?;
        table::all(self.db(), principal.realm).await
    }
}
