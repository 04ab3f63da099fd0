//! The commands on confirmations.

mod confirm;
mod resend;

pub use confirm::ConfirmAddress;
pub use resend::ResendConfirmation;
