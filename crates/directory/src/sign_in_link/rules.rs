//! What a link is good for, and how many there are. Pure.

use super::SignInLink;
use crate::clock::Timestamp;
use crate::error::Refusal;

/// For how long a link is good, in seconds.
pub(super) const GOOD_FOR: i64 = 900;

/// So many links go to one address in that time.
pub(super) const MOST: usize = 3;

/// And so many in a day, which is how long links are kept after their time.
pub(super) const MOST_A_DAY: usize = 12;

pub(super) const DAY: i64 = 86_400;

/// What a link is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// Signing in.
    Open,
    /// Nothing more: it was used.
    Used,
    /// Nothing more: its time went by.
    Expired,
    /// There is no such link, or none any more.
    Unknown,
}

impl LinkState {
    /// Of what was found behind a secret.
    pub(super) fn of(found: Option<&SignInLink>, now: Timestamp) -> Self {
        match found {
            None => Self::Unknown,
            Some(link) if link.used_at.is_some() => Self::Used,
            Some(link) if link.expires_at <= now => Self::Expired,
            Some(_) => Self::Open,
        }
    }

    /// Why such a link cannot be used; none for an open one.
    pub(super) fn refusal(self) -> Option<Refusal> {
        match self {
            Self::Open => None,
            Self::Unknown => Some(Refusal::NotFound { what: "link" }),
            Self::Expired => Some(Refusal::Expired { what: "the link" }),
            Self::Used => Some(Refusal::conflict("the link was used before")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LinkState, SignInLink};
    use crate::clock::Timestamp;
    use crate::mail::{EmailAddress, Language};

    #[test]
    fn a_link_is_good_for_once_and_until_its_time_is_over() {
        let at = Timestamp::from_millis;
        let link = |used_at| SignInLink {
            address: EmailAddress::stored("ann@example.org".to_owned()),
            language: Language::default(),
            goes_to: None,
            expires_at: at(10),
            used_at,
        };
        let (fresh, used) = (link(None), link(Some(at(5))));
        for (found, now, state) in [
            (Some(&fresh), 9, LinkState::Open),
            (Some(&fresh), 10, LinkState::Expired),
            (Some(&used), 9, LinkState::Used),
            (Some(&used), 10, LinkState::Used),
            (None, 0, LinkState::Unknown),
        ] {
            assert_eq!(LinkState::of(found, at(now)), state);
            assert_eq!(state.refusal().is_none(), state == LinkState::Open);
        }
    }
}
