//! Answers kept for repeated requests (`Idempotency-Key`): a request that is sent again gets the first answer again, and
//! nothing is done twice. Key and change are one transaction, so that a crash between them cannot be.

mod once;
pub(crate) mod table;

pub use once::{Answer, Once, Outcome};

/// How long an answer is kept, in seconds.
pub const KEPT_SECONDS: i64 = 24 * 3600;

/// The longest key, in bytes.
pub const MAX_KEY_BYTES: usize = 255;
