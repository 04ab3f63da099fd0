//! Client profiles: the few points where real clients contradict each other (SCIM spec, section 24).

use crate::error::Refusal;

/// The dialect a client speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// The standards, read generously.
    #[default]
    Generic,
    /// Microsoft Entra ID.
    Entra,
    /// Okta.
    Okta,
    /// What clients of Wire expect.
    Wire,
    /// What clients of Canaille expect.
    Canaille,
}

impl Profile {
    /// All profiles.
    pub const ALL: [Self; 5] = [Self::Generic, Self::Entra, Self::Okta, Self::Wire, Self::Canaille];

    /// The word in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Generic => "generic",
            Self::Entra => "entra",
            Self::Okta => "okta",
            Self::Wire => "wire",
            Self::Canaille => "canaille",
        }
    }

    /// Reads the word.
    ///
    /// # Errors
    /// `Invalid`, naming the known words.
    pub fn parse(word: &str) -> Result<Self, Refusal> {
        Self::ALL
            .into_iter()
            .find(|profile| profile.name() == word)
            .ok_or_else(|| {
                Refusal::invalid(
                    "profile",
                    format!("`{word}` is unknown; known are generic, entra, okta, wire, canaille"),
                )
            })
    }

    /// DELETE of an id that is not there is a success.
    pub fn deletes_the_unknown(self) -> bool {
        self == Self::Wire
    }

    /// A member that is unknown or refused fails the write; others leave it out.
    pub fn refuses_unknown_members(self) -> bool {
        matches!(self, Self::Wire | Self::Canaille)
    }

    /// A group that was not made by SCIM can be read, not written.
    pub fn writes_groups_of_scim_only(self) -> bool {
        self == Self::Wire
    }

    /// Whoever becomes a member of a group has to be managed by a client of this kind.
    pub fn takes_managed_members_only(self) -> bool {
        self == Self::Wire
    }

    /// A user whose invitation has expired is not shown.
    pub fn hides_the_expired(self) -> bool {
        self == Self::Wire
    }

    /// The same externalId twice is a conflict.
    pub fn has_unique_external_ids(self) -> bool {
        self == Self::Wire
    }

    /// An address that somebody else has is a conflict, unless the realm says otherwise.
    pub fn has_unique_emails(self) -> bool {
        self == Self::Wire
    }

    /// externalId is not stored.
    pub fn ignores_external_id(self) -> bool {
        self == Self::Canaille
    }

    /// Paths may name a user by userName and a group by displayName.
    pub fn looks_up_by_name(self) -> bool {
        self == Self::Canaille
    }

    /// Members of a group say whether they are users or groups.
    pub fn types_members(self) -> bool {
        self != Self::Canaille
    }

    /// Discovery may speak of RFC 9865: the models that clients of Canaille pin refuse what they do not know.
    pub fn knows_cursors(self) -> bool {
        self != Self::Canaille
    }

    /// Wire's rules for attributes (A5) hold.
    pub fn has_wire_rules(self) -> bool {
        self == Self::Wire
    }

    /// The full name is made of its parts, and `active` is true where it is missing.
    pub fn completes_names(self) -> bool {
        self == Self::Canaille
    }

    /// Whether a new client of this profile invites.
    pub fn default_invite(self) -> super::InviteMode {
        if self == Self::Wire {
            super::InviteMode::Unlinked
        } else {
            super::InviteMode::Never
        }
    }

    /// What SCIM shows as `active` while an invitation is open.
    pub fn default_pending_active(self) -> bool {
        self != Self::Wire
    }
}
