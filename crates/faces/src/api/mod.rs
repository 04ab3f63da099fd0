//! The native API: what the compatible faces cannot say, and all the command line can do to a realm. JSON in and out,
//! problems as RFC 9457, described by an OpenAPI document that is made from the handlers.
//!
//! One file per noun holds its wire types and handlers. Beside them: `call` (who asks, under which conditions), `body`
//! (what was sent), `reply` (what goes back), `paging`, `filter`, `error`, `fields` (names of what ways to join consist of), `scim_body` (users and groups are spoken of in
//! SCIM's terms), `document` (the OpenAPI document) and `reference` (the same, to read).

mod body;
mod call;
mod client_log;
mod clients;
mod clock;
mod configurations;
mod delegations;
mod deliveries;
mod document;
mod eligibilities;
mod entitlements;
pub(crate) mod error;
mod events;
mod explanation;
mod fields;
mod filter;
mod group_roles;
mod group_templates;
mod groups;
mod health;
mod identities;
mod insight;
mod invitations;
mod jobs;
mod mails;
mod many;
mod me;
mod member_lists;
mod members;
mod memberships;
mod notices;
mod offers;
mod own_terms;
mod paging;
mod plans;
mod policy;
mod realms;
mod reference;
mod reply;
mod requests;
mod review_bodies;
mod reviews;
mod roles;
mod rules;
mod scim_body;
mod sessions;
mod terms;
mod tokens;
mod tree;
mod users;

use axum::http::Method;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use document::openapi;

use crate::app::App;
use crate::face::Face;
use crate::routes::Routes;

/// Where the realm named by the host, or `default`, is served.
const ROOT: &str = "/api/v1";
/// Where any realm is served.
const REALM: &str = "/api/v1/realms/{realm}";

/// What is served below the base of each realm: the table of contents.
fn of_realm() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(health::show))
        .routes(routes!(users::list, users::create))
        .routes(routes!(users::show, users::replace, users::change, users::delete))
        .routes(routes!(users::writers))
        .routes(routes!(users::suspend))
        .routes(routes!(users::restore))
        .routes(routes!(users::activate))
        .routes(routes!(users::resend_confirmation))
        .routes(routes!(roles::list))
        .routes(routes!(roles::grant, roles::revoke))
        .routes(routes!(identities::list, identities::unlink))
        .routes(routes!(sessions::list, sessions::end))
        .routes(routes!(groups::list, groups::create))
        .routes(routes!(groups::show, groups::replace, groups::change, groups::delete))
        .routes(routes!(members::list, members::add_many))
        .routes(routes!(members::add, members::remove))
        .routes(routes!(member_lists::import))
        .routes(routes!(member_lists::export))
        .routes(routes!(explanation::show))
        .merge(of_groups())
        .routes(routes!(plans::list))
        .routes(routes!(plans::show))
        .routes(routes!(plans::items))
        .routes(routes!(plans::approve))
        .routes(routes!(plans::apply))
        .routes(routes!(plans::discard))
        .routes(routes!(invitations::list, invitations::create))
        .routes(routes!(invitations::show))
        .routes(routes!(invitations::resend))
        .routes(routes!(invitations::revoke))
        .routes(routes!(mails::list, mails::test))
        .routes(routes!(mails::templates))
        .routes(routes!(mails::samples))
        .routes(routes!(mails::show))
        .routes(routes!(notices::show, notices::set))
        .routes(routes!(clients::list, clients::create))
        .routes(routes!(clients::show, clients::change, clients::delete))
        .routes(routes!(clients::people))
        .routes(routes!(client_log::list))
        .routes(routes!(clients::rotate))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::show, tokens::change, tokens::revoke))
        .routes(routes!(events::list))
        .routes(routes!(events::export))
        .routes(routes!(events::verify))
        .routes(routes!(events::show))
        .routes(routes!(deliveries::list))
        .routes(routes!(deliveries::show))
        .routes(routes!(deliveries::retry))
        .routes(routes!(deliveries::discard))
        .routes(routes!(jobs::list))
        .routes(routes!(jobs::show))
        .routes(routes!(jobs::retry))
        .routes(routes!(clock::show, clock::set))
}

/// What those do who manage groups, and who ask to join them.
fn of_groups() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(tree::roots, tree::create))
        .routes(routes!(tree::children))
        .routes(routes!(tree::path))
        .routes(routes!(tree::move_to))
        .routes(routes!(tree::rename))
        .routes(routes!(tree::settings, tree::set))
        .routes(routes!(group_templates::list, group_templates::create))
        .routes(routes!(group_templates::replace, group_templates::delete))
        .routes(routes!(delegations::list, delegations::create))
        .routes(routes!(delegations::change, delegations::delete))
        .routes(routes!(memberships::list, memberships::create))
        .routes(routes!(memberships::extend))
        .routes(routes!(offers::create))
        .routes(routes!(memberships::show, memberships::change, memberships::remove))
        .routes(routes!(memberships::suspend))
        .routes(routes!(memberships::resume))
        .routes(routes!(group_roles::list, group_roles::create))
        .routes(routes!(group_roles::rename, group_roles::delete))
        .routes(routes!(configurations::list, configurations::create))
        .routes(routes!(
            configurations::show,
            configurations::change,
            configurations::delete
        ))
        .routes(routes!(configurations::offer_first))
        .routes(routes!(terms::list, terms::publish))
        .routes(routes!(terms::acceptances))
        .routes(routes!(rules::list, rules::create))
        .routes(routes!(rules::violations))
        .routes(routes!(rules::show, rules::replace, rules::delete))
        .routes(routes!(requests::list))
        .routes(routes!(requests::show))
        .routes(routes!(requests::messages, requests::say))
        .routes(routes!(requests::withdraw))
        .routes(routes!(requests::assign))
        .routes(routes!(requests::accept))
        .routes(routes!(requests::reject))
        .routes(routes!(reviews::list, reviews::begin))
        .routes(routes!(reviews::show))
        .routes(routes!(reviews::items))
        .routes(routes!(reviews::outcome))
        .routes(routes!(reviews::decide))
        .routes(routes!(reviews::close))
        .routes(routes!(reviews::cancel))
        .routes(routes!(events::history))
        .routes(routes!(insight::counts))
        .routes(routes!(insight::expiring))
        .routes(routes!(insight::orphans))
        .routes(routes!(insight::violations))
        .routes(routes!(entitlements::preview))
        .routes(routes!(entitlements::read))
        .routes(routes!(eligibilities::list, eligibilities::create))
        .routes(routes!(eligibilities::delete))
        .routes(routes!(eligibilities::mine))
        .routes(routes!(eligibilities::elevate))
        .routes(routes!(me::memberships))
        .routes(routes!(memberships::lapse, memberships::keep))
        .routes(routes!(me::requests))
        .routes(routes!(own_terms::list))
        .routes(routes!(own_terms::accept))
        .routes(routes!(own_terms::acceptances))
}

/// What is there once, and the realms themselves.
fn of_installation() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(realms::list, realms::create))
        .routes(routes!(realms::show, realms::change))
}

pub(crate) fn routes() -> Routes {
    let (installation, described) = of_installation().split_for_parts();
    let (below_realm, of_realm_described) = of_realm().split_for_parts();
    let router = installation.nest(ROOT, below_realm.clone()).nest(REALM, below_realm);
    let mut serves = served(&described.paths, &[""]);

    serves.extend(served(&of_realm_described.paths, &[ROOT, REALM]));
    Routes::of(Face::Api, &[""])
        .get("/api/openapi.json", document::show)
        .get("/api/docs", reference::show)
        .with(router, serves)
}

/// The verbs and paths of a description, below each base.
fn served(paths: &utoipa::openapi::Paths, bases: &[&str]) -> Vec<(Method, String)> {
    let mut serves = Vec::new();
    for (path, item) in &paths.paths {
        for (method, _) in document::operations(item) {
            serves.extend(bases.iter().map(|base| (method.clone(), format!("{base}{path}"))));
        }
    }
    serves
}
