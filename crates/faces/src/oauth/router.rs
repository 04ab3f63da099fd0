//! Where what is handled. `/oauth/…` is where Canaille's clients look.

use super::{introspect, metadata, revoke, token};
use crate::face::Face;
use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    let endpoints = Routes::of(
        Face::Oauth,
        &["/oauth2", "/oauth", "/realms/{realm}/oauth2", "/realms/{realm}/oauth"],
    )
    .post("/token", token::grant)
    .post("/revoke", revoke::revoke)
    .post("/introspect", introspect::introspect);
    let well_known = [
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-authorization-server/realms/{realm}",
        "/realms/{realm}/.well-known/oauth-authorization-server",
    ];
    endpoints.and(Routes::of(Face::Oauth, &well_known).get("", metadata::document))
}
