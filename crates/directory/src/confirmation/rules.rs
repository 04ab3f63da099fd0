//! When an address has to be confirmed, and what a link is good for. Pure.

use crate::clock::Timestamp;
use crate::error::Refusal;
use crate::user::Lifecycle;

/// What became of a confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfirmationState {
    /// The person has not clicked yet.
    Pending,
    /// The person has: the address counts.
    Confirmed,
    /// A newer mail, another address or the person's leaving took its place.
    Superseded,
}

impl ConfirmationState {
    /// All states.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Confirmed, Self::Superseded];

    /// The word in tables and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Superseded => "superseded",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == word)
    }
}

/// What a link is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// Confirming the address.
    Open,
    /// Nothing more: it was used.
    Confirmed,
    /// Nothing more: its time went by.
    Expired,
    /// Nothing more: something newer took its place.
    Replaced,
    /// There is no such link.
    Unknown,
}

impl LinkState {
    /// Why such a link cannot be used; none for an open one. No answer tells an address or an account.
    pub fn refusal(self) -> Option<Refusal> {
        let why = match self {
            Self::Open => return None,
            Self::Unknown => {
                return Some(Refusal::NotFound {
                    what: "address to confirm",
                });
            }
            Self::Expired => return Some(Refusal::Expired { what: "the link" }),
            Self::Confirmed => "the address has been confirmed before",
            Self::Replaced => "the link was replaced by a newer one, or the address has changed since",
        };
        Some(Refusal::conflict(why))
    }
}

/// What the link of a confirmation is good for.
pub(super) fn link_state(state: ConfirmationState, expires_at: Timestamp, now: Timestamp) -> LinkState {
    match state {
        ConfirmationState::Confirmed => LinkState::Confirmed,
        ConfirmationState::Superseded => LinkState::Replaced,
        ConfirmationState::Pending if expires_at <= now => LinkState::Expired,
        ConfirmationState::Pending => LinkState::Open,
    }
}

/// What a write of somebody's attributes means for the confirmation of their address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Consequence {
    /// Nothing.
    None,
    /// What is pending is needless.
    End,
    /// The new address has to be confirmed, in the place of whatever is pending.
    Ask,
}

/// What a write means. `before` and `after` are the keys of the addresses in `emails`, `effective` and `pending` those of
/// what counts and what waits, both none where nothing waits. `asks`: the realm wants addresses confirmed, and this person
/// is one of those it wants it of.
pub(super) fn consequence(
    before: Option<&str>,
    after: Option<&str>,
    pending: Option<(Option<&str>, &str)>,
    asks: bool,
) -> Consequence {
    if before == after {
        return Consequence::None;
    }
    let counts = match pending {
        Some((effective, _)) => effective,
        None => before,
    };
    match (after, pending) {
        // Back to the address that counts all the time, or to none.
        (after, Some(_)) if after.is_none() || after == counts => Consequence::End,
        (Some(after), Some((_, waits))) if after == waits => Consequence::None,
        (Some(_), _) if asks => Consequence::Ask,
        (_, Some(_)) => Consequence::End,
        (_, None) => Consequence::None,
    }
}

/// Whether somebody is in: those who are invited prove their address by accepting.
pub(super) fn is_in(lifecycle: Lifecycle) -> bool {
    matches!(lifecycle, Lifecycle::Active | Lifecycle::Suspended)
}

#[cfg(test)]
mod tests {
    use super::{ConfirmationState, Consequence, LinkState, consequence, link_state};
    use crate::clock::Timestamp;

    #[test]
    fn only_a_pending_confirmation_in_time_has_an_open_link() {
        let (before, now, later) = (
            Timestamp::from_millis(1),
            Timestamp::from_millis(2),
            Timestamp::from_millis(3),
        );
        for state in ConfirmationState::ALL {
            for expires_at in [before, now, later] {
                let open = state == ConfirmationState::Pending && expires_at > now;
                let link = link_state(state, expires_at, now);
                assert_eq!(link == LinkState::Open, open);
                assert_eq!(link.refusal().is_none(), open);
            }
        }
    }

    #[test]
    fn a_new_address_is_asked_about_and_the_old_one_ends_the_asking() {
        use Consequence::{Ask, End, None as Nothing};
        let waits = Some((Some("old"), "new"));
        for (before, after, pending, asks, expected) in [
            (Some("old"), Some("new"), None, true, Ask),
            (Some("old"), Some("new"), None, false, Nothing),
            (None, Some("new"), None, true, Ask),
            (Some("old"), None, None, true, Nothing),
            (Some("new"), Some("new"), waits, true, Nothing),
            // The SCIM record moves on while an address waits.
            (Some("new"), Some("other"), waits, true, Ask),
            (Some("new"), Some("old"), waits, true, End),
            (Some("new"), None, waits, true, End),
            (Some("new"), Some("other"), waits, false, End),
        ] {
            assert_eq!(
                consequence(before, after, pending, asks),
                expected,
                "{before:?} {after:?} {pending:?} {asks}"
            );
        }
    }
}
