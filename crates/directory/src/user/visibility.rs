//! Who sees a person at all, beside what access policies say. Pure.

use super::Lifecycle;
use crate::clock::Timestamp;
use crate::principal::{Permission, Principal, Scope};

/// Whether a person is there to everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// They are.
    Shown,
    /// Their invitation has expired: clients that ask for that do not see them.
    Expired,
    /// Suspended by a DELETE, they leave for good at that time; until then only administrators see them.
    Leaving {
        /// When.
        at: Timestamp,
    },
}

impl Visibility {
    /// Reads the columns.
    pub(crate) fn from_columns(hidden: bool, leaves_at: Option<i64>) -> Self {
        match (hidden, leaves_at) {
            (_, Some(at)) => Self::Leaving {
                at: Timestamp::from_millis(at),
            },
            (true, None) => Self::Expired,
            (false, None) => Self::Shown,
        }
    }

    /// The column `hidden`: whether anybody does not see the person.
    pub(crate) fn is_hidden(self) -> bool {
        self != Self::Shown
    }

    /// When they leave for good.
    pub fn leaves_at(self) -> Option<Timestamp> {
        match self {
            Self::Leaving { at } => Some(at),
            Self::Shown | Self::Expired => None,
        }
    }

    /// What a write of attributes leaves of it: whoever is let in again stays.
    pub(crate) fn once(self, lifecycle: Lifecycle) -> Self {
        match self {
            Self::Leaving { .. } if lifecycle != Lifecycle::Suspended => Self::Shown,
            same => same,
        }
    }
}

/// How far a caller sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// Everybody: who administers the realm.
    All,
    /// Those who stay, with an expired invitation too.
    Staying,
    /// Those who are there to everybody.
    Shown,
}

impl Sight {
    pub(crate) fn of(principal: &Principal) -> Self {
        let hides_the_expired = principal
            .client()
            .is_some_and(|client| client.profile.hides_the_expired());
        if hides_the_expired {
            Self::Shown
        } else if principal.check(Permission::Scope(Scope::Admin)).is_ok() {
            Self::All
        } else {
            Self::Staying
        }
    }

    pub(crate) fn sees(self, visibility: Visibility) -> bool {
        match (self, visibility) {
            (Self::All, _) | (_, Visibility::Shown) | (Self::Staying, Visibility::Expired) => true,
            (Self::Shown, Visibility::Expired) | (_, Visibility::Leaving { .. }) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Sight, Visibility};
    use crate::clock::Timestamp;
    use crate::user::Lifecycle;

    const LEAVING: Visibility = Visibility::Leaving {
        at: Timestamp::from_millis(7),
    };

    #[test]
    fn who_sees_whom() {
        let rows = [
            (Sight::All, [true, true, true]),
            (Sight::Staying, [true, true, false]),
            (Sight::Shown, [true, false, false]),
        ];
        for (sight, wanted) in rows {
            let seen = [Visibility::Shown, Visibility::Expired, LEAVING].map(|visibility| sight.sees(visibility));
            assert_eq!(seen, wanted, "{sight:?}");
        }
    }

    #[test]
    fn columns_come_back_as_they_went() {
        for visibility in [Visibility::Shown, Visibility::Expired, LEAVING] {
            let leaves_at = visibility.leaves_at().map(Timestamp::millis);
            assert_eq!(Visibility::from_columns(visibility.is_hidden(), leaves_at), visibility);
        }
    }

    #[test]
    fn whoever_is_let_in_again_stays() {
        assert_eq!(LEAVING.once(Lifecycle::Suspended), LEAVING);
        assert_eq!(LEAVING.once(Lifecycle::Active), Visibility::Shown);
        assert_eq!(Visibility::Expired.once(Lifecycle::Invited), Visibility::Expired);
    }
}
