//! The native API: every noun, its refusals, and what holds for all of them.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod access;
mod client_log;
mod clients;
mod conditions;
mod document;
mod events;
mod explanation;
mod filters;
mod groups;
mod identities;
mod invitations;
mod mails;
mod managed;
mod notices;
mod plans;
mod realms;
mod sessions;
mod tokens;
mod users;
