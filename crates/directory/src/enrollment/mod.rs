//! How people join groups by themselves: the ways a group offers, what the realm allows of them, terms, and asking.
//!
//! - [`configuration`]: a way to join a group.
//! - [`rule`]: what the realm allows groups to configure.
//! - [`terms`]: versions of terms of use, and who has accepted which.
//! - [`request`]: one person's asking, from the first word to the decision.

pub mod configuration;
pub(crate) mod jobs;
pub mod request;
pub mod rule;
pub mod terms;
