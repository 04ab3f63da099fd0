//! Invitations: an offer of an account, sent to an address. Who opens the link behind the mail and accepts proves the
//! address and becomes active. Or, by the same means, an offer of a membership or of the administration of a group, to whoever
//! has the address.
//!
//! An invitation is three facts: its state (what the person and we did), its mail (what the mail server did), and its
//! provisioning (what the targets did). [`rules`] holds the state machine and the tables from which faces take their words.
//!
//! The secret of a link has 256 bits. Only its hash is stored here; in clear it stands in the queued mail alone, whose
//! contents are erased in the transaction that records the mail server's acceptance. Reading a page never spends a link.
//!
//! Rows are locked in the order person, invitation, delivery, mail, everywhere; of an offer in a group that group comes before all
//! of them, or its tree's root where an administrator is made.

mod commands;
mod follow;
pub(crate) mod jobs;
mod link;
mod offered;
pub(crate) mod offers;
mod queries;
pub mod rules;
mod signed_in;
mod summary;
pub(crate) mod table;

pub use commands::{
    AcceptInvitation, AcceptOffer, Accepted, ActOnInvitation, AskAnew, ExpireInvitation, InvitationAct, InviteNewUser,
    InviteUser, Invitee, Offer, OfferAdministration, OfferMembership, OfferedWay, OpenInvitation, RejectInvitation,
    RejectOffer, ResendInvitation, RevokeInvitation,
};
pub(crate) use follow::{
    CarriedOffer, Terms, carry_over, check_no_other, end_all_of_user, erase_of_user, expired_at, follow_active,
    follow_address, mail_settled, start, start_offer,
};
pub use link::LinkState;
pub use offered::{GroupOffer, Inviter, OfferKind, OfferTerms, Offered, OfferedRight, OfferedRole};
pub use queries::{InvitationQuery, LinkView, OfferShown, OfferView};
pub use rules::{InvitationState, MailFact, OnAcceptance, Provisioning};
pub(crate) use signed_in::accept_signed_in;
pub use summary::InvitationSummary;

use serde_json::{Map, Value};

use crate::client::Client;
use crate::clock::Timestamp;
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::mail::{EmailAddress, Language};
use crate::user::User;

/// An invitation as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Its id; the instant in it is when it was made.
    pub id: Id<Invitation>,
    /// Raised by every change; the ETag.
    pub version: i64,
    /// When it was last changed.
    pub modified: Timestamp,
    /// Who is invited; of an offer in a group: who has answered it.
    pub user: Option<Id<User>>,
    /// Where the mail goes; none of an offer that was taken over from a system which kept none: then whoever has the link may
    /// answer, as long as the realm lets any account.
    pub address: Option<EmailAddress>,
    /// The language of the mail.
    pub language: Language,
    /// What it offers.
    pub offered: Offered,
    /// What the person and we did about it.
    pub state: InvitationState,
    /// What became of its mail.
    pub mail: MailFact,
    /// Whether those who must know of the person do.
    pub provisioning: Provisioning,
    /// What accepting means.
    pub on_acceptance: OnAcceptance,
    /// The program whose act made it.
    pub client: Option<Id<Client>>,
    /// When its links end.
    pub expires_at: Timestamp,
    /// When the mail server last took a mail of it.
    pub sent_at: Option<Timestamp>,
    /// How many mails of it the mail server took.
    pub send_count: i64,
    /// What the mail server said last, made harmless.
    pub last_error: Option<String>,
    /// When it was accepted, rejected, revoked, superseded, or expired.
    pub decided_at: Option<Timestamp>,
}

impl Invitation {
    /// The fact that it was made.
    fn made(&self, body: Value) -> Event {
        self.fact(EventKind::InvitationCreated, body)
            .turned(&Map::new(), &self.standing())
    }

    /// The fact that it stands otherwise than before.
    fn turned(&self, kind: EventKind, before: &Self, body: Value) -> Event {
        self.fact(kind, body).turned(&before.standing(), &self.standing())
    }

    /// What facts say of where it stands.
    fn standing(&self) -> Map<String, Value> {
        let mut standing = Map::new();
        standing.insert("state".to_owned(), self.state.name().into());
        standing.insert("expires_at".to_owned(), self.expires_at.to_string().into());
        if let Some(offer) = self.offer() {
            standing.insert("roles".to_owned(), offer.role_names().into());
        }
        standing
    }

    /// A fact about it as it now is, in the history of the group it offers something in.
    fn fact(&self, kind: EventKind, mut body: Value) -> Event {
        if let Some(user) = self.user {
            body["user"] = user.to_string().into();
        }
        let offer = self.offer();
        if let Some(offer) = offer {
            body["offers"] = offer.kind().name().into();
            body["group"] = offer.group.to_string().into();
        }
        let event = Event::new(kind, self.id.uuid(), self.version, body);
        match offer {
            Some(offer) => event.within(offer.group),
            None => event,
        }
    }

    /// Whether it can still be accepted, time aside.
    pub fn is_open(&self) -> bool {
        self.state.is_open()
    }
}
