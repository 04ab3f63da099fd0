//! Realms: tenants. Everything belongs to exactly one.

mod commands;
pub(crate) mod rules;
mod set_agm;
mod settings;
pub(crate) mod table;

pub(crate) use commands::subject;
pub use commands::{AdministeredRealm, CreateAdministeredRealm, CreateRealm, SetRealm};
pub(crate) use rules::host_key;
pub use set_agm::SetAgmSettings;
pub use settings::{
    AdoptOnPost, AgmRoles, AgmSettings, CompatInvitation, CompatSettings, Concealed, EntitlementSettings,
    ExternalIdMatch, JitMode, OidcRoles, OidcSettings, RealmSettings, ScimConflict, without_effect,
};

use std::fmt;

use crate::clock::Timestamp;

/// A realm's number, first in every key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RealmId(pub(crate) i64);

impl RealmId {
    /// What belongs to no realm: the making of realms, and the clock.
    pub const INSTALLATION: Self = Self(0);

    /// The bare number, after which [`crate::Directory::realms`] goes on.
    pub const fn number(self) -> i64 {
        self.0
    }
}

impl fmt::Display for RealmId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<RealmId> for db::Value {
    fn from(id: RealmId) -> Self {
        Self::Int(id.0)
    }
}

impl db::FromValue for RealmId {
    fn from_value(value: db::Value) -> Option<Self> {
        <i64 as db::FromValue>::from_value(value).map(Self)
    }
}

/// A tenant.
#[derive(Clone, Debug)]
pub struct Realm {
    /// Its number.
    pub id: RealmId,
    /// Its name in paths.
    pub name: String,
    /// What its operator has set.
    pub settings: RealmSettings,
    /// Raised by every change.
    pub version: i64,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed.
    pub modified: Timestamp,
}

impl Realm {
    /// The name of the realm that is also served at the root paths.
    pub const DEFAULT: &'static str = "default";

    /// The stand-in for what belongs to no realm.
    pub(crate) fn installation() -> Self {
        let never = Timestamp::from_millis(0);
        Self {
            id: RealmId::INSTALLATION,
            name: String::new(),
            settings: RealmSettings::default(),
            version: 0,
            created: never,
            modified: never,
        }
    }

    /// The name to show people.
    pub fn title(&self) -> &str {
        self.settings.title.as_deref().unwrap_or(&self.name)
    }
}
