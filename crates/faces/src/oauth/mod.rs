//! OAuth2 for programs: the client credentials grant (RFC 6749 §4.4), revocation (RFC 7009), introspection (RFC 7662) and
//! metadata (RFC 8414).

mod client;
pub(crate) mod error;
mod form;
mod introspect;
mod metadata;
mod revoke;
mod router;
mod token;

pub(crate) use router::routes;
