//! What the mails about access reviews tell.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::GroupRef;

/// What becomes of memberships about which nobody decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum UndecidedThen {
    /// They stay.
    Keep,
    /// They end.
    Remove,
    /// They are suspended.
    Suspend,
}

/// A review in which something is to be decided.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ReviewDue {
    /// The first group in which whoever reads it decides.
    pub(crate) group: GroupRef,
    /// What people call it.
    pub(crate) review: String,
    /// What it is for, in the words of who began it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// Where the group stands that is reviewed.
    pub(crate) of: String,
    /// The last day on which something can be decided.
    pub(crate) last_day: Date,
    /// How many memberships nobody has decided about, in all groups of it.
    pub(crate) waiting: u32,
    pub(crate) then: UndecidedThen,
}

/// A review that waits to be closed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ReviewHeld {
    pub(crate) group: GroupRef,
    pub(crate) review: String,
    /// Of so many memberships nobody has said anything.
    pub(crate) undecided: u32,
    pub(crate) items: u32,
    pub(crate) then: UndecidedThen,
}

/// A review that was closed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ReviewOver {
    pub(crate) group: GroupRef,
    pub(crate) review: String,
    pub(crate) kept: u32,
    pub(crate) removed: u32,
    pub(crate) suspended: u32,
    /// Had changed by themselves.
    pub(crate) superseded: u32,
    /// Of these nobody has said anything.
    pub(crate) undecided: u32,
}
