//! The state machine of invitations, and the tables from which each face takes its words. Pure.

use crate::mail::EmailAddress;
use crate::user::{User, Writer};

/// What the person and we did about an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationState {
    /// Made; nobody has looked at it yet.
    Pending,
    /// The page behind its link was shown.
    Opened,
    /// The person said yes.
    Accepted,
    /// The person said no.
    Rejected,
    /// Its time went by.
    Expired,
    /// It was taken back.
    Revoked,
    /// Another one took its place.
    Superseded,
}

impl InvitationState {
    /// All states.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::Opened,
        Self::Accepted,
        Self::Rejected,
        Self::Expired,
        Self::Revoked,
        Self::Superseded,
    ];

    /// The word in tables and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Opened => "opened",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Superseded => "superseded",
        }
    }

    /// The state of that name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == word)
    }

    /// Whether it can still be accepted, time aside.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Opened)
    }
}

/// What became of an invitation's mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailFact {
    /// There is none, or it was dropped.
    None,
    /// Waits to be sent.
    Queued,
    /// The mail server took it.
    Sent,
    /// The mail server put it off; it is tried again.
    Deferred,
    /// The mail server refused it for good, or it was given up.
    Bounced,
}

impl MailFact {
    /// All facts.
    pub const ALL: [Self; 5] = [Self::None, Self::Queued, Self::Sent, Self::Deferred, Self::Bounced];

    /// The word in tables and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Deferred => "deferred",
            Self::Bounced => "bounced",
        }
    }

    /// The fact of that name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fact| fact.name() == word)
    }
}

/// Whether those who must know of the person do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provisioning {
    /// Not begun: nobody has accepted.
    None,
    /// Some targets have not confirmed yet.
    Running,
    /// Every target that must know has confirmed.
    Done,
    /// A target refused for good.
    Failed,
}

impl Provisioning {
    /// All facts.
    pub const ALL: [Self; 4] = [Self::None, Self::Running, Self::Done, Self::Failed];

    /// The word in tables and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// The fact of that name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fact| fact.name() == word)
    }
}

/// What accepting an invitation means, as the client that made it left `active` (Wire's table A7.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnAcceptance {
    /// The person becomes active.
    Activate,
    /// The person becomes suspended: a client that is shown `active:false` while pending has written `false` itself. A PUT that
    /// only repeats what was shown counts as such, since a directory in which the person is disabled sends the very same: of
    /// the two mistakes, keeping somebody out until the next `active:true` is the smaller. Whether other attributes of the
    /// body differ says nothing about it. Who writes back what it reads is to be shown `true`.
    Suspend,
    /// It cannot be accepted for now: a client that is shown `active:true` while pending has written `false`.
    Refuse,
}

impl OnAcceptance {
    /// All meanings.
    pub const ALL: [Self; 3] = [Self::Activate, Self::Suspend, Self::Refuse];

    /// The word in tables and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Activate => "activate",
            Self::Suspend => "suspend",
            Self::Refuse => "refuse",
        }
    }

    /// The meaning of that name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|meaning| meaning.name() == word)
    }

    /// What a write of `active` means. `blocked`: it says `false`; `shown_active`: what its writer is shown while the
    /// invitation is open. A writer that only repeats what stands there changes nothing.
    pub fn after(before: Option<Self>, blocked: bool, shown_active: bool) -> Self {
        match before {
            Some(before) if (before != Self::Activate) == blocked => before,
            _ => match (blocked, shown_active) {
                (false, _) => Self::Activate,
                (true, true) => Self::Refuse,
                (true, false) => Self::Suspend,
            },
        }
    }
}

/// What is done to an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Its page is shown.
    Open,
    /// The person says yes.
    Accept,
    /// The person says no.
    Reject,
    /// Its time goes by.
    Expire,
    /// It is taken back.
    Revoke,
    /// Another takes its place.
    Supersede,
    /// It is sent again, with a new link: by who invites, or because whoever has a link whose time is over asks for a new one.
    Resend,
}

/// The state after an act; none when the state does not allow it. What is closed stays closed, but for what has expired and is
/// asked for anew.
pub fn after(state: InvitationState, act: Act) -> Option<InvitationState> {
    let allows = match act {
        Act::Resend => state.is_open() || state == InvitationState::Expired,
        _ => state.is_open(),
    };
    if !allows {
        return None;
    }
    Some(match act {
        Act::Open => InvitationState::Opened,
        Act::Accept => InvitationState::Accepted,
        Act::Reject => InvitationState::Rejected,
        Act::Expire => InvitationState::Expired,
        Act::Revoke => InvitationState::Revoked,
        Act::Supersede => InvitationState::Superseded,
        // A new link that nobody has opened.
        Act::Resend => InvitationState::Pending,
    })
}

/// SCIM's word (Usher's extension, `invitation.status`): none, queued, sent, bounced, expired, accepted, revoked. What was
/// declined is over like what was taken back; the native API tells them apart.
pub fn scim_status(state: InvitationState, mail: MailFact) -> &'static str {
    match (state, mail) {
        (InvitationState::Accepted, _) => "accepted",
        (InvitationState::Expired, _) => "expired",
        (InvitationState::Rejected | InvitationState::Revoked | InvitationState::Superseded, _) => "revoked",
        (InvitationState::Pending | InvitationState::Opened, MailFact::None) => "none",
        (InvitationState::Pending | InvitationState::Opened, MailFact::Queued | MailFact::Deferred) => "queued",
        (InvitationState::Pending | InvitationState::Opened, MailFact::Sent) => "sent",
        (InvitationState::Pending | InvitationState::Opened, MailFact::Bounced) => "bounced",
    }
}

/// The mail fact that follows from what became of one mail. One that was dropped without an attempt leaves none.
pub fn mail_fact(mail: crate::mail::MailState) -> MailFact {
    use crate::mail::MailState;
    match mail {
        MailState::Queued => MailFact::Queued,
        MailState::Sent => MailFact::Sent,
        MailState::Deferred => MailFact::Deferred,
        MailState::Bounced => MailFact::Bounced,
        MailState::Dropped => MailFact::None,
    }
}

/// Whether the address that counts for a person is theirs: they have not written it themselves, or were asked to prove it.
pub(crate) fn proves_own(person: &User, asks: bool) -> bool {
    asks || person.provenance.writer_of("emails") != Some(Writer::User(person.id))
}

/// Whether an address is one of those that a provider has verified of a person, or the one that counts for them and is theirs.
pub(crate) fn has(address: &EmailAddress, verified: &[String], counts: Option<&str>) -> bool {
    // What looks alike is not the same.
    let is_it = |known: &str| known.eq_ignore_ascii_case(address.as_str());
    verified.iter().any(|known| is_it(known)) || counts.is_some_and(is_it)
}

#[cfg(test)]
mod tests {
    use super::{Act, InvitationState, MailFact, OnAcceptance, after, scim_status};

    const ACTS: [Act; 7] = [
        Act::Open,
        Act::Accept,
        Act::Reject,
        Act::Expire,
        Act::Revoke,
        Act::Supersede,
        Act::Resend,
    ];

    #[test]
    fn what_is_closed_stays_closed() {
        for state in InvitationState::ALL {
            for act in ACTS {
                let comes_back = state == InvitationState::Expired && act == Act::Resend;
                assert_eq!(
                    after(state, act).is_some(),
                    state.is_open() || comes_back,
                    "{state:?} {act:?}"
                );
            }
        }
    }

    #[test]
    fn acts_lead_where_they_should() {
        let to = |act| after(InvitationState::Opened, act);
        assert_eq!(to(Act::Open), Some(InvitationState::Opened));
        assert_eq!(to(Act::Accept), Some(InvitationState::Accepted));
        assert_eq!(to(Act::Resend), Some(InvitationState::Pending));
    }

    #[test]
    fn words_are_their_own_inverse() {
        assert!(
            InvitationState::ALL
                .into_iter()
                .all(|state| InvitationState::parse(state.name()) == Some(state))
        );
        assert!(
            MailFact::ALL
                .into_iter()
                .all(|fact| MailFact::parse(fact.name()) == Some(fact))
        );
        assert!(
            super::Provisioning::ALL
                .into_iter()
                .all(|fact| super::Provisioning::parse(fact.name()) == Some(fact))
        );
        assert!(
            OnAcceptance::ALL
                .into_iter()
                .all(|meaning| OnAcceptance::parse(meaning.name()) == Some(meaning))
        );
    }

    #[test]
    fn active_false_while_pending_means_what_the_client_is_shown() {
        use OnAcceptance::{Activate, Refuse, Suspend};
        // Wire is shown false: writing false asks for suspension on acceptance.
        assert_eq!(OnAcceptance::after(None, true, false), Suspend);
        // Others are shown true: writing false closes the link until they write true.
        assert_eq!(OnAcceptance::after(None, true, true), Refuse);
        assert_eq!(OnAcceptance::after(Some(Refuse), false, true), Activate);
        assert_eq!(OnAcceptance::after(Some(Activate), true, false), Suspend);
        // A write by another client that leaves `active` as it is changes nothing.
        assert_eq!(OnAcceptance::after(Some(Suspend), true, true), Suspend);
        assert_eq!(OnAcceptance::after(Some(Refuse), true, false), Refuse);
        assert_eq!(OnAcceptance::after(Some(Activate), false, false), Activate);
    }

    #[test]
    fn scim_has_a_word_for_everything() {
        for state in InvitationState::ALL {
            for mail in MailFact::ALL {
                let word = scim_status(state, mail);
                assert!(["none", "queued", "sent", "bounced", "expired", "accepted", "revoked"].contains(&word));
            }
        }
        assert_eq!(scim_status(InvitationState::Opened, MailFact::Deferred), "queued");
        assert_eq!(scim_status(InvitationState::Accepted, MailFact::Bounced), "accepted");
    }
}
