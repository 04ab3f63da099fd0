//! What the link of an invitation is good for. Pure.

use super::{Invitation, InvitationState, OnAcceptance};
use crate::clock::Timestamp;
use crate::error::Refusal;

impl Invitation {
    /// What a link of it is good for. `alive`: no newer mail has killed it.
    pub(super) fn link(&self, alive: bool, now: Timestamp) -> LinkState {
        link_state(self.state, self.on_acceptance, self.expires_at, alive, now)
    }

    /// Whether whoever has such a link can ask for a new one; for so many days after it has expired.
    pub(super) fn can_ask_anew(&self, alive: bool, days: u32, now: Timestamp) -> bool {
        can_ask_anew(self.state, self.on_acceptance, self.expires_at, alive, days, now)
    }
}

/// What a link is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// Accepting or declining.
    Open,
    /// Nothing for now.
    Unavailable,
    /// Nothing more: it was used to accept.
    Accepted,
    /// Nothing more: it was used to decline.
    Rejected,
    /// Nothing more: its time went by.
    Expired,
    /// Nothing more: the invitation was taken back.
    Revoked,
    /// Nothing more: a newer mail has another link.
    Replaced,
    /// There is no such link.
    Unknown,
}

impl LinkState {
    /// The word on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Unavailable => "unavailable",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Replaced => "replaced",
            Self::Unknown => "unknown",
        }
    }

    /// Why such a link cannot be used; none for an open one. No answer tells an address or an account.
    pub fn refusal(self) -> Option<Refusal> {
        let why = match self {
            Self::Open => return None,
            Self::Unknown => return Some(Refusal::NotFound { what: "invitation" }),
            Self::Expired => return Some(Refusal::Expired { what: "the invitation" }),
            Self::Unavailable => "the invitation is not available at the moment",
            Self::Accepted => "the invitation has been accepted before",
            Self::Rejected => "the invitation has been declined before",
            Self::Revoked => "the invitation was taken back",
            Self::Replaced => "the link was replaced by the one in a newer mail",
        };
        Some(Refusal::conflict(why))
    }
}

/// What a link of an invitation is good for. `alive`: no newer mail has killed it.
fn link_state(
    state: InvitationState,
    on_acceptance: OnAcceptance,
    expires_at: Timestamp,
    alive: bool,
    now: Timestamp,
) -> LinkState {
    match state {
        InvitationState::Accepted => LinkState::Accepted,
        InvitationState::Rejected => LinkState::Rejected,
        InvitationState::Expired => LinkState::Expired,
        InvitationState::Revoked => LinkState::Revoked,
        InvitationState::Superseded => LinkState::Replaced,
        InvitationState::Pending | InvitationState::Opened if !alive => LinkState::Replaced,
        // The job that ends it may be late.
        InvitationState::Pending | InvitationState::Opened if expires_at <= now => LinkState::Expired,
        InvitationState::Pending | InvitationState::Opened if on_acceptance == OnAcceptance::Refuse => {
            LinkState::Unavailable
        }
        InvitationState::Pending | InvitationState::Opened => LinkState::Open,
    }
}

/// Whether whoever has a link whose time is over can ask for a new one: for so many days, if nobody has asked before. A client
/// that says that nobody can accept for now says so of the new one too.
fn can_ask_anew(
    state: InvitationState,
    on_acceptance: OnAcceptance,
    expires_at: Timestamp,
    alive: bool,
    days: u32,
    now: Timestamp,
) -> bool {
    const DAY: i64 = 86_400;
    let link = link_state(state, on_acceptance, expires_at, alive, now);
    let until = expires_at.plus_seconds(i64::from(days) * DAY);
    link == LinkState::Expired && alive && on_acceptance != OnAcceptance::Refuse && now < until
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_expired_is_asked_for_anew() {
        let day = |number: i64| Timestamp::from_millis(number * 86_400_000);
        let can =
            |state, on_acceptance, alive, days, now| can_ask_anew(state, on_acceptance, day(5), alive, days, day(now));
        let (expired, pending) = (InvitationState::Expired, InvitationState::Pending);
        let activate = OnAcceptance::Activate;
        assert!(can(expired, activate, true, 30, 34) && can(pending, activate, true, 30, 6));
        assert!(can(expired, OnAcceptance::Suspend, true, 1, 5));
        // Too late, switched off, still open, replaced by a newer mail, and what nobody can accept.
        assert!(!can(expired, activate, true, 30, 35) && !can(expired, activate, true, 0, 5));
        assert!(!can(pending, activate, true, 30, 4) && !can(expired, activate, false, 30, 6));
        assert!(!can(expired, OnAcceptance::Refuse, true, 30, 6));
        for state in InvitationState::ALL
            .into_iter()
            .filter(|state| !state.is_open() && *state != expired)
        {
            assert!(!can(state, activate, true, 30, 6), "{state:?}");
        }
    }

    #[test]
    fn only_a_live_link_of_an_open_invitation_in_time_is_open() {
        let (before, now, later) = (
            Timestamp::from_millis(1),
            Timestamp::from_millis(2),
            Timestamp::from_millis(3),
        );
        for state in InvitationState::ALL {
            for meaning in OnAcceptance::ALL {
                for expires_at in [before, now, later] {
                    for alive in [false, true] {
                        let open = state.is_open() && meaning != OnAcceptance::Refuse && expires_at > now && alive;
                        let link = link_state(state, meaning, expires_at, alive, now);
                        assert_eq!(
                            link == LinkState::Open,
                            open,
                            "{state:?} {meaning:?} {expires_at:?} {alive}"
                        );
                        assert_eq!(link.refusal().is_none(), open);
                    }
                }
            }
        }
    }

    #[test]
    fn refusals_differ_by_what_happened() {
        let all = [
            LinkState::Unavailable,
            LinkState::Accepted,
            LinkState::Rejected,
            LinkState::Expired,
            LinkState::Revoked,
            LinkState::Replaced,
            LinkState::Unknown,
        ];
        let said: Vec<String> = all
            .iter()
            .filter_map(|link| link.refusal())
            .map(|refusal| refusal.to_string())
            .collect();
        let distinct: std::collections::HashSet<_> = said.iter().collect();
        assert_eq!(distinct.len(), all.len());
        assert_eq!(
            LinkState::Unknown.refusal(),
            Some(Refusal::NotFound { what: "invitation" })
        );
    }
}
