//! SCIM 2.0: RFC 7643, 7644 and 9865, with what real clients need beside them.
//!
//! `router` is the table of contents. One file per group of endpoints: `users`, `groups`, `me`, `search`, `bulk`,
//! `discovery`, `invitation` (Wire's resend and revoke), `adopt` and `tokens` (Wire's API for SCIM tokens). Around them: `context` (who
//! asks, by which profile, below which base), `query`, `body` and `repeat` (what came), `respond` and `error` (what goes).

mod adopt;
mod body;
mod bulk;
mod context;
mod discovery;
pub(crate) mod error;
mod groups;
mod invitation;
mod me;
mod query;
mod repeat;
mod respond;
mod router;
mod search;
pub(crate) mod tokens;
mod users;
pub(crate) mod variants;

pub(crate) use router::routes;
