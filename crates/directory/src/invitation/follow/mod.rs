//! What invitations do when something else happens: a person is made, their address moves, they leave, a mail is settled.
//!
//! - `account`: a person is invited, and their invitation follows them.
//! - `mail`: the mail that carries it.
//! - `offer`: something in a group is offered to an address; `carry`: it was, in another system.
//! - `close`: how it ends.

mod account;
mod carry;
mod close;
mod mail;
mod offer;

pub(super) use account::check_number;
pub(crate) use account::{Terms, check_no_other, expired_at, follow_active, follow_address, start, start_offer};
pub(crate) use carry::{CarriedOffer, carry_over};
pub(super) use close::{close, purge_later, settle_rest};
pub(crate) use close::{end_all_of_user, erase_of_user};
pub(crate) use mail::mail_settled;
pub(super) use mail::send_again;
pub(super) use offer::{New, made, make, offer_again, shown_inviter};
