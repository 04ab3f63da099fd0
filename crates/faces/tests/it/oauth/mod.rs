//! OAuth2.

mod metadata;
mod revoke;
mod token;
