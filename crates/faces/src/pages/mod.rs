//! Pages for people: the start page, signing in, what one has access to, the page behind an invitation's link, caught mail in a
//! trial set-up, and the design system. Every act is a plain form; no page carries a script.
//!
//! - `visit`: the realm and the language of a request, and who is signed in
//! - `cookie`: what browsers keep; `place`: where they may be sent on to
//! - `origin`: forms of other sites are refused
//! - `form`: what somebody sends; `sent`: the same of somebody who is signed in, from a page of ours
//! - `list`: lists in parts; `shown`: people, days and where things stand
//! - `access`: the room of those who are signed in: their groups, requests and invitations
//! - `manage`: the room of those who look after groups: members, requests, invitations, ways to join
//! - `sign_in`, `sign_in_link`, `sign_out`, `sessions`: at the realm's OpenID provider or by a link that comes by mail, and with which
//!   browsers
//! - `link`: what the pages behind links have in common
//! - `start`, `invitation`, `confirmation`, `matter`, `mail`, `components`: the pages
//! - `error`: what is shown when no page could be

mod access;
mod components;
mod confirmation;
mod cookie;
pub(crate) mod error;
mod form;
mod invitation;
mod link;
mod list;
mod mail;
mod manage;
mod matter;
mod origin;
mod place;
mod sent;
mod sessions;
mod shown;
mod sign_in;
mod sign_in_link;
mod sign_out;
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
        .get("/link-sent", invitation::asked_anew)
        .get("/confirmation/{secret}", confirmation::show)
        .post("/confirmation/{secret}", confirmation::confirm)
        .get("/confirmed", confirmation::confirmed)
        .get("/sign-in", sign_in::begin)
        .post("/sign-in", sign_in_link::ask)
        .get("/sign-in/sent", sign_in_link::sent)
        .get("/sign-in/{secret}", sign_in_link::show)
        .post("/sign-in/{secret}", sign_in_link::enter)
        .get("/oidc/callback", sign_in::end)
        .post("/oidc/backchannel-logout", sign_out::told)
        .post("/sign-out", sign_out::sign_out)
        .get("/signed-out", sign_out::signed_out)
        .get("/sessions", sessions::show)
        .post("/sessions", sessions::end)
        .get("/mail", mail::list)
        .get("/mail/{id}", mail::show)
        .get("/mail/{id}/body", mail::body)
        .and(
            Routes::of(Face::Pages, &["/realms/{realm}"])
                .get("", start::show)
                .get("/home", access::home::room)
                .get("/profile", access::profile::show)
                .post("/profile", access::profile::choose)
                .get("/profile/data.json", access::data::write)
                .get("/enroll", access::enroll::show)
                .post("/enroll", access::enroll::submit)
                .get("/groups/showgroups", access::groups::list)
                .get("/groups/showgroups/{group}", access::group::show)
                .post("/groups/showgroups/{group}", access::group::act)
                .get("/groups/mygroupenrollments", access::requests::show)
                .post("/groups/mygroupenrollments", access::request::act)
                .get("/groups/admingroups", manage::groups::list)
                .post("/groups/admingroups", manage::groups::create)
                .get("/groups/admingroups/{group}", manage::group::show)
                .post("/groups/admingroups/{group}", manage::group::act)
                .get("/groups/admingroups/{group}/add", manage::add::show)
                .post("/groups/admingroups/{group}/add", manage::add::act)
                .get("/groups/admingroups/{group}/members.csv", manage::sheet::write)
                .get("/groups/admingroups/{group}/member/{member}", manage::member::show)
                .post("/groups/admingroups/{group}/member/{member}", manage::member::act)
                .get("/groups/admingroups/{group}/way", manage::way::show)
                .post("/groups/admingroups/{group}/way", manage::way::save)
                .get("/groups/groupenrollments", manage::queue::show)
                .post("/groups/groupenrollments", manage::review::act),
        )
        .and(
            Routes::of(Face::Pages, &[""])
                .get("/assets/{file}", components::asset)
                .get("/design", components::show),
        )
}
