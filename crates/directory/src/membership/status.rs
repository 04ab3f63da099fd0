//! Where a membership stands.

/// Where a membership stands. Only an enabled one is seen by SCIM, targets and tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// It counts now.
    Enabled,
    /// Its time has not begun.
    Pending,
    /// The person is kept out of the group, or of one above it.
    Suspended,
    /// Its time is over. It may come back until its grace is over too.
    Expired,
    /// It is over: a tombstone.
    Ended,
    /// It ended while the person was kept out of this very group: a tombstone that nobody brings back before that is lifted.
    Barred,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Enabled,
        Self::Pending,
        Self::Suspended,
        Self::Expired,
        Self::Ended,
        Self::Barred,
    ];

    /// The word in tables and events.
    pub fn name(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Pending => "pending",
            Self::Suspended => "suspended",
            Self::Expired => "expired",
            Self::Ended => "ended",
            Self::Barred => "barred",
        }
    }

    /// The one of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == word)
    }

    /// Whether the person has the membership, whether or not it counts now.
    pub fn is_held(self) -> bool {
        match self {
            Self::Enabled | Self::Pending | Self::Suspended => true,
            Self::Expired | Self::Ended | Self::Barred => false,
        }
    }

    /// Whether it is a tombstone.
    pub fn is_over(self) -> bool {
        match self {
            Self::Enabled | Self::Pending | Self::Suspended | Self::Expired => false,
            Self::Ended | Self::Barred => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Status;

    #[test]
    fn each_has_a_word_and_is_held_kept_or_over() {
        for status in Status::ALL {
            assert_eq!(Status::parse(status.name()), Some(status));
            assert!(!(status.is_held() && status.is_over()));
        }
        assert!(!Status::Expired.is_held() && !Status::Expired.is_over());
        assert_eq!(Status::parse("active"), None);
    }
}
