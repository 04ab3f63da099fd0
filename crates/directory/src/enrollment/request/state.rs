//! Where a request stands, and why it was put aside.

use serde::{Deserialize, Serialize};

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RequestStatus {
    /// It waits for a reviewer.
    PendingApproval,
    /// A reviewer has asked something: it waits for the person.
    WaitingForReply,
    /// The person was let in.
    Accepted,
    /// They were not.
    Rejected,
    /// It was put aside, undecided.
    Archived,
    /// Nobody was asked.
    SelfApproved,
}

impl RequestStatus {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::PendingApproval,
        Self::WaitingForReply,
        Self::Accepted,
        Self::Rejected,
        Self::Archived,
        Self::SelfApproved,
    ];

    /// The word in tables and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::PendingApproval => "PENDING_APPROVAL",
            Self::WaitingForReply => "WAITING_FOR_REPLY",
            Self::Accepted => "ACCEPTED",
            Self::Rejected => "REJECTED",
            Self::Archived => "ARCHIVED",
            Self::SelfApproved => "SELF_APPROVED",
        }
    }

    /// The one of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == word)
    }

    /// Whether it waits for somebody.
    pub fn is_open(self) -> bool {
        match self {
            Self::PendingApproval | Self::WaitingForReply => true,
            Self::Accepted | Self::Rejected | Self::Archived | Self::SelfApproved => false,
        }
    }
}

/// Why a request was put aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArchiveCause {
    /// The way to join was changed.
    ConfigurationChanged,
    /// The way to join was removed.
    ConfigurationRemoved,
    /// A role that was asked for was removed.
    RoleRemoved,
    /// The person became a member in another way.
    MemberAdded,
    /// The person took it back.
    Withdrawn,
    /// Nobody answered for too long.
    Closed,
    /// The group is gone.
    GroupDeleted,
    /// The person has left.
    PersonGone,
}

impl ArchiveCause {
    /// The word in tables, events and mails.
    pub fn name(self) -> &'static str {
        match self {
            Self::ConfigurationChanged => "configuration_changed",
            Self::ConfigurationRemoved => "configuration_removed",
            Self::RoleRemoved => "role_removed",
            Self::MemberAdded => "member_added",
            Self::Withdrawn => "withdrawn",
            Self::Closed => "closed",
            Self::GroupDeleted => "group_deleted",
            Self::PersonGone => "person_gone",
        }
    }
}
