//! What people are entitled to because of their memberships: values written by difference with each change of a membership,
//! and shown among the entitlements of SCIM. A realm that has set no namespace has none.
//!
//! - `rules`: how a value is formed, and read again. Pure.
//! - `follow`: what changed memberships mean for the rows.
//! - `jobs`: working all of them out anew, in slices.
//! - `commands`, `queries`: how a realm forms them, and what another way would make of them.
//! - `read`: what a value says that somebody shows.
//! - `table`: SQL.

mod commands;
mod follow;
pub(crate) mod jobs;
mod queries;
mod read;
pub mod rules;
pub(crate) mod table;

pub use commands::{RecalculateEntitlements, SetEntitlements};
pub(crate) use commands::{recalculate_realm, recalculate_tree};
pub(crate) use follow::{end_of_user, follow, of_people};
pub use queries::{EntitlementPreview, PreviewEntitlements, PreviewedValue};
pub use read::ReadEntitlement;
pub use rules::{Form, Parsed};
pub(crate) use table::of_users;

use crate::realm::Realm;

impl Form {
    /// How a realm forms the values; none where it has none.
    pub fn of(realm: &Realm) -> Option<Self> {
        let settings = &realm.settings.entitlements;
        let namespace = settings.namespace.as_deref()?;
        Some(Self::new(namespace, settings.authority.as_deref()))
    }

    /// The same, or else in a namespace that only shows what the values would look like.
    pub fn shown(realm: &Realm) -> Self {
        Self::of(realm).unwrap_or_else(|| Self::new(&format!("urn:usher:{}", realm.name), None))
    }
}
