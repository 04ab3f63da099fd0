//! Pages for people.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod access;
pub(crate) mod browser;
pub(crate) mod group;
mod invitation;
mod mail;
mod manage;
mod matter;
mod safety;
mod sign_in;
mod sign_in_link;
mod start;
