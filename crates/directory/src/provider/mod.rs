//! The realm's OpenID provider: its keys, what its tokens say, and who a person is there.
//!
//! - `token`, `claims`: a signed token as it reads; nothing in it is believed yet.
//! - `algorithm`, `keys`: how it may be signed, and the provider's keys.
//! - `rules`: what it must say to count, and who and what its claims make its bearer. [`Misfit`]: why it does not.
//! - `fetch`, `discovery`, `known_keys`: where the keys are, and how a node comes by them and keeps them. This crate speaks to
//!   no network: whoever opens the directory brings a [`Fetch`].

#![cfg_attr(
    not(test),
    expect(dead_code, reason = "whoever signs in is known by these")
)]

mod algorithm;
mod claims;
mod discovery;
mod fetch;
mod keys;
mod known_keys;
mod misfit;
mod rules;
pub(crate) mod table;
mod token;

pub use fetch::{Fetch, Fetching, MOST_BYTES, NoFetch, NotFetched};
pub use misfit::Misfit;
