//! Who sends requests, and by what.

/// What a person's request carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum By {
    /// A token of ours for oneself and for groups; for the administrator of the realm one for everything.
    Token,
    /// A token of ours for oneself alone.
    OwnToken,
    /// A token of the provider.
    Provider,
    /// A token of the provider which says that they manage all groups.
    ProviderManager,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    Person(usize, By),
    /// A program that may do everything.
    Admin,
    /// A program that may do everything in group management.
    Steward,
    /// A program that manages groups.
    Portal,
    /// A program that keeps people and groups by SCIM.
    Scim,
}

/// What somebody may do in every group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Everywhere {
    Nothing,
    /// All but what is for those who run a group.
    Manages,
    All,
}

/// The person who manages all groups.
pub(super) const MANAGER: usize = 0;
/// The person who administers the realm.
pub(super) const REALM_ADMIN: usize = 1;
/// The person who moves memberships from another system.
pub(super) const MOVER: usize = 2;

impl Who {
    pub(super) fn person(self) -> Option<usize> {
        match self {
            Self::Person(person, _) => Some(person),
            Self::Admin | Self::Steward | Self::Portal | Self::Scim => None,
        }
    }

    /// Whether it is the same person or program, by whatever token.
    pub(super) fn is(self, other: Self) -> bool {
        self == other || (self.person().is_some() && self.person() == other.person())
    }

    /// Whether the token is for groups at all.
    pub(super) fn manages(self) -> bool {
        !matches!(self, Self::Scim | Self::Person(_, By::OwnToken))
    }

    pub(super) fn everywhere(self) -> Everywhere {
        match self {
            Self::Admin | Self::Steward | Self::Person(REALM_ADMIN, By::Token) => Everywhere::All,
            Self::Portal
            | Self::Person(_, By::ProviderManager)
            | Self::Person(MANAGER | MOVER, By::Token | By::Provider) => Everywhere::Manages,
            Self::Scim | Self::Person(..) => Everywhere::Nothing,
        }
    }

    /// Whether they write what is refused to others, since it comes from another system.
    pub(super) fn is_relaxed(self) -> bool {
        matches!(self, Self::Person(MOVER, by) if by != By::OwnToken)
    }

    /// Whether they change people, groups and lists as a whole.
    pub(super) fn is_admin(self) -> bool {
        matches!(self, Self::Admin | Self::Person(REALM_ADMIN, By::Token))
    }

    /// The same by SCIM.
    pub(super) fn writes_scim(self) -> bool {
        self == Self::Scim || self.is_admin()
    }
}
