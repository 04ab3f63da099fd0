//! Every statement of the directory by name, so that a test can prepare each of them on both engines.

use crate::{
    backup, bookkeeping, client, confirmation, counts, delivery, event, external_id, group, idempotency, invitation,
    job, mail, membership, plan, realm, source, token, user, view,
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
        ("delivery", delivery::table::STATEMENTS),
        ("event", event::table::STATEMENTS),
        ("external_id", external_id::STATEMENTS),
        ("group", group::table::STATEMENTS),
        ("idempotency", idempotency::table::STATEMENTS),
        ("invitation", invitation::table::STATEMENTS),
        ("job", job::table::STATEMENTS),
        ("mail", mail::table::STATEMENTS),
        ("membership", membership::table::STATEMENTS),
        ("plan", plan::table::STATEMENTS),
        ("realm", realm::table::STATEMENTS),
        ("source", source::table::STATEMENTS),
        ("token", token::table::STATEMENTS),
        ("user", user::table::STATEMENTS),
        ("view", view::STATEMENTS),
        ("groups_of_users", view::groups_of_users::STATEMENTS),
    ];
    let each = |(module, list): (&'static str, &'static [(&'static str, &'static str)])| {
        list.iter().map(move |(name, text)| (module, *name, *text))
    };
    modules.into_iter().flat_map(each).collect()
}
