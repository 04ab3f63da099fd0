//! Pages for people: the start page, the page behind an invitation's link, caught mail in a trial set-up, and the design
//! system. Every act is a plain form; no page carries a script.
//!
//! - `visit`: the realm and the language of a request
//! - `origin`: forms of other sites are refused
//! - `link`: what the pages behind links have in common
//! - `start`, `invitation`, `confirmation`, `matter`, `mail`, `components`: the pages
//! - `error`: what is shown when no page could be

mod components;
mod confirmation;
pub(crate) mod error;
mod invitation;
mod link;
mod mail;
mod matter;
mod origin;
mod start;
mod visit;

use crate::face::Face;
use crate::routes::Routes;

/// Pages of a realm are below its path; those of the default one, or of the realm whose host is used, also at the root.
const BASES: [&str; 2] = ["", "/realms/{realm}"];

pub(crate) fn routes() -> Routes {
    Routes::of(Face::Pages, &BASES)
        .get("/", start::show)
        .get("/invitation/{secret}", invitation::show)
        .post("/invitation/{secret}", invitation::decide)
        .get("/welcome", invitation::accepted)
        .get("/declined", invitation::declined)
        .get("/confirmation/{secret}", confirmation::show)
        .post("/confirmation/{secret}", confirmation::confirm)
        .get("/confirmed", confirmation::confirmed)
        .get("/mail", mail::list)
        .get("/mail/{id}", mail::show)
        .get("/mail/{id}/body", mail::body)
        .and(
            Routes::of(Face::Pages, &["/realms/{realm}"])
                .get("", start::show)
                .get("/enroll", matter::enroll)
                .get("/groups/{*rest}", matter::groups),
        )
        .and(
            Routes::of(Face::Pages, &[""])
                .get("/assets/{file}", components::asset)
                .get("/design", components::show),
        )
}
