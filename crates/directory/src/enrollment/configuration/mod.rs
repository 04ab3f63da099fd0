//! A way to join a group: who may see it, what it asks of people, who decides, and what it gives.
//!
//! - [`Configuration`]: one as it is stored; [`Contract`]: everything that it agrees with people.
//! - [`Draft`]: one as somebody writes it, read by `rules`.
//! - `defaults`: the one that every new group has.
//! - [`dates`]: from when to when somebody is a member who joins by it.

pub mod dates;
mod defaults;
mod rules;
pub(crate) mod table;

pub use defaults::default_draft;
pub(crate) use rules::read_url;
pub use rules::{Draft, Drafted, MOST_CONFIGURATIONS};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::rule::Fields;
use super::terms::Terms;
use crate::clock::Timestamp;
use crate::group::Group;
use crate::id::Id;
use crate::zone::Day;

/// A way to join as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// Its id.
    pub id: Id<Configuration>,
    /// Of which group.
    pub group: Id<Group>,
    /// Raised by every change.
    pub version: i64,
    /// When it was last changed.
    pub modified: Timestamp,
    /// Its name.
    pub name: String,
    /// Whether it can be used.
    pub active: bool,
    /// Whether those see it who are no members.
    pub visible: bool,
    /// The terms in force.
    pub terms: Option<Id<Terms>>,
    /// What it agrees with people.
    pub contract: Contract,
}

impl Configuration {
    /// What the realm's rules look at.
    pub fn fields(&self) -> Fields {
        Fields {
            membership_expiration_days: self.contract.membership_expiration_days,
            has_valid_from: self.contract.valid_from().is_some(),
            has_terms: self.terms.is_some(),
        }
    }
}

/// From which day a membership goes on that is renewed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExtendFrom {
    /// From today.
    #[default]
    Today,
    /// From the end it has, where that is still to come.
    CurrentEnd,
}

/// What a way to join agrees with people. One JSON object in the store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Contract {
    /// Somebody decides about those who are no members.
    pub require_approval: bool,
    /// Somebody decides about members who want to stay.
    pub require_approval_for_extension: bool,
    /// No membership begins before that day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<String>,
    /// For so many days one lasts; none = for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub membership_expiration_days: Option<u32>,
    /// From when it goes on that is renewed.
    pub extend_from: ExtendFrom,
    /// One may ask for several roles.
    pub multiselect_role: bool,
    /// The roles that can be had by it.
    pub roles: Vec<Uuid>,
    /// One has to say why.
    pub comments_needed: bool,
    /// What stands above that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comments_label: Option<String>,
    /// What is asked there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comments_description: Option<String>,
    /// What people read before they ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enrollment_introduction: Option<String>,
    /// What they read after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enrollment_conclusion: Option<String>,
    /// What people read before they answer an invitation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invitation_introduction: Option<String>,
    /// What they read after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invitation_conclusion: Option<String>,
    /// Requests that were made by a lower version of it were made before it was last changed: they are put aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_from_version: Option<i64>,
}

impl Contract {
    /// Reads the column. What a newer version adds is passed over.
    pub(crate) fn from_column(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    pub(crate) fn to_column(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The first day on which a membership may begin.
    pub fn valid_from(&self) -> Option<Day> {
        Day::parse(self.valid_from.as_deref()?).ok()
    }
}
