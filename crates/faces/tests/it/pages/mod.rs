//! Pages for people.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod invitation;
mod mail;
mod matter;
mod safety;
mod start;
