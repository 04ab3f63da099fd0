//! The realm's OpenID provider: its keys, what its tokens say, and who a person is there.
//!
//! - `token`, `claims`: a signed token as it reads; nothing in it is believed yet.
//! - `algorithm`, `keys`: how it may be signed, and the provider's keys.
//! - `rules`: what it must say to count, and who and what its claims make its bearer. [`Misfit`]: why it does not.
//! - `fetch`, `discovery`, `known_keys`: where the keys are, and how a node comes by them and keeps them. This crate speaks to
//!   no network: whoever opens the directory brings a [`Fetch`].
//! - `authenticate`: from the text behind `Bearer` to a principal.
//! - `id_token`: what it says to Usher alone, of a sign-in and of a sign-out.
//! - `answer`, `sign_in`, `sign_out`: people are sent to it and come back signed in or out (code flow with PKCE). [`Attempt`]: what
//!   the browser keeps meanwhile; [`NotSignedIn`]: why nobody came of it.
//! - `admit`, `profile`: the first sign-in: the person is found and linked, or made; [`Unadmitted`]: why neither.
//! - `identity`: who people are at providers, to be seen and taken back.

mod admit;
mod algorithm;
mod answer;
mod authenticate;
mod claims;
mod discovery;
mod fetch;
mod id_token;
mod identity;
mod keys;
mod known_keys;
mod misfit;
mod profile;
mod rules;
mod sign_in;
mod sign_out;
pub(crate) mod table;
mod token;
mod unadmitted;

pub(crate) use admit::{Reached, newcomer, reached_at};
pub(crate) use authenticate::Standings;
pub use fetch::{Ask, Fetch, Fetching, MOST_BYTES, NoFetch, NotFetched};
pub use identity::{Identity, UnlinkIdentity};
pub(crate) use known_keys::KnownKeys;
pub use misfit::Misfit;
pub(crate) use rules::Profile;
pub use sign_in::{Attempt, BegunSignIn, CameBack, NotSignedIn, Prompt};
pub use sign_out::NotSignedOut;
pub(crate) use table::{is_verified, issuers_among, note_departed, verified_among};
pub(crate) use token::has_its_form;
pub use unadmitted::Unadmitted;
