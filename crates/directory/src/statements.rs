//! Every statement of the directory by name, so that a test can prepare each of them on both engines.

use crate::{
    backup, bookkeeping, client, confirmation, counts, delegation, delivery, elevation, enrollment, entitlement, event,
    external_id, group, idempotency, insight, invitation, job, legacy, mail, membership, notice, plan, provider, realm,
    review, session, sign_in_link, source, token, user, view,
};

/// Module, name and text of every statement.
pub fn statements() -> Vec<(&'static str, &'static str, &'static str)> {
    let modules = [
        ("backup", backup::table::STATEMENTS),
        ("bookkeeping", bookkeeping::STATEMENTS),
        ("client", client::table::STATEMENTS),
        ("client_log", client::log::table::STATEMENTS),
        ("confirmation", confirmation::table::STATEMENTS),
        ("counts", counts::STATEMENTS),
        ("delegation", delegation::table::STATEMENTS),
        ("delivery", delivery::table::STATEMENTS),
        ("elevation", elevation::table::STATEMENTS),
        ("configuration", enrollment::configuration::table::STATEMENTS),
        ("request", enrollment::request::table::STATEMENTS),
        ("request_scope", enrollment::request::scopes::table::STATEMENTS),
        ("request_message", enrollment::request::thread::table::STATEMENTS),
        ("rule", enrollment::rule::table::STATEMENTS),
        ("terms", enrollment::terms::table::STATEMENTS),
        ("entitlement", entitlement::table::STATEMENTS),
        ("event", event::table::STATEMENTS),
        ("external_id", external_id::STATEMENTS),
        ("group", group::table::STATEMENTS),
        ("group_role", group::roles::table::STATEMENTS),
        ("group_template", group::template::table::STATEMENTS),
        ("group_tree", group::tree::table::STATEMENTS),
        ("idempotency", idempotency::table::STATEMENTS),
        ("insight", insight::table::STATEMENTS),
        ("invitation", invitation::table::STATEMENTS),
        ("job", job::table::STATEMENTS),
        ("legacy", legacy::table::STATEMENTS),
        ("mail", mail::table::STATEMENTS),
        ("membership", membership::table::blocks::STATEMENTS),
        ("membership", membership::table::end::STATEMENTS),
        ("membership", membership::table::listed::STATEMENTS),
        ("membership", membership::table::live::STATEMENTS),
        ("membership", membership::table::mine::STATEMENTS),
        ("membership", membership::table::nesting::STATEMENTS),
        ("membership", membership::table::noted::STATEMENTS),
        ("membership", membership::table::of_two::STATEMENTS),
        ("membership", membership::table::read::STATEMENTS),
        ("membership", membership::table::roles::STATEMENTS),
        ("notice", notice::table::STATEMENTS),
        ("plan", plan::table::STATEMENTS),
        ("plan_groups", plan::groups::table::STATEMENTS),
        ("plan_management", plan::management::STATEMENTS),
        ("provider", provider::table::STATEMENTS),
        ("realm", realm::table::STATEMENTS),
        ("review", review::table::STATEMENTS),
        ("review_group", review::table::parts::STATEMENTS),
        ("review_item", review::table::items::STATEMENTS),
        ("session", session::table::STATEMENTS),
        ("sign_in_link", sign_in_link::table::STATEMENTS),
        ("source", source::table::STATEMENTS),
        ("token", token::table::STATEMENTS),
        ("user", user::table::STATEMENTS),
        ("user_search", user::search::STATEMENTS),
        ("view", view::STATEMENTS),
        ("groups_of_users", view::groups_of_users::STATEMENTS),
    ];
    let each = |(module, list): (&'static str, &'static [(&'static str, &'static str)])| {
        list.iter().map(move |(name, text)| (module, *name, *text))
    };
    modules.into_iter().flat_map(each).collect()
}
