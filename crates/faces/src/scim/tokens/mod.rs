//! Wire's API for SCIM tokens (W-10 to W-23): a client of the profile `wire` with one token, made and ended in one step.
//!
//! Paths without a version and up to `/v7` bind a token to the realm's provider by themselves (W-14); from `/v8` on the body
//! says so (W-15) and tokens have names.

mod caller;
mod create;
pub(crate) mod error;
mod info;
mod manage;

pub(super) use create::create;
pub(super) use manage::{delete, delete_by_query, list, rename};
