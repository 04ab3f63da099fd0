//! Mail: the first target. [`SmtpMail`] hands each mail to a server; [`CatchMail`] keeps it for reading on a page, as
//! quickstart does.
//!
//! A mail may go out twice: when the server took it and died before saying so, or we did. Both carry the same Message-ID,
//! so that whoever collects them knows.

mod catch;
mod config;
mod exchange;
mod smtp;

pub use catch::CatchMail;
pub use config::{ConfigError, Encryption, SmtpConfig};
pub use smtp::{Sender, SmtpMail};
