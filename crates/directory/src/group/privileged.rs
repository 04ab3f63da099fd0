//! Privileged groups: getting in takes more than an administrator of the group. Pure.

use super::{Group, Privileged};
use crate::delegation::Subject;
use crate::denial::Denial;
use crate::id::Id;
use crate::principal::{Actor, Principal, Role, Scope, UserActor};
use crate::user::User;

/// Refuses to let a person into a privileged group, or to raise what they are there, by who is not entitled to it. Nobody lets
/// themselves in.
///
/// # Errors
/// `privileged`, `not_yourself`.
pub fn check_admission(principal: &Principal, group: &Group, whom: Id<User>) -> Result<(), Denial> {
    let Some(privileged) = &group.management.privileged else {
        return Ok(());
    };
    if !is_entitled(principal, privileged) {
        return Err(Denial::Privileged);
    }
    if principal.user() == Some(whom) {
        return Err(Denial::NotYourself);
    }
    Ok(())
}

/// The same of naming its administrators.
pub(crate) fn check_naming(principal: &Principal, group: &Group, subject: Subject) -> Result<(), Denial> {
    match (&group.management.privileged, subject) {
        (None, _) => Ok(()),
        (Some(_), Subject::User(user)) => check_admission(principal, group, user),
        (Some(_), Subject::Group(_)) => check_raising(principal, group),
    }
}

/// The same of raising what many people are in the group at once, whoever they are.
pub(crate) fn check_raising(principal: &Principal, group: &Group) -> Result<(), Denial> {
    match &group.management.privileged {
        Some(privileged) if !is_entitled(principal, privileged) => Err(Denial::Privileged),
        Some(_) | None => Ok(()),
    }
}

/// Whether a principal may let people into a privileged group without a second one.
pub fn is_entitled(principal: &Principal, privileged: &Privileged) -> bool {
    match &principal.actor {
        Actor::Operator | Actor::System => true,
        Actor::Client(actor) => actor.scopes.has(Scope::AgmAdmin),
        Actor::User(actor) => is_realm_admin(actor) || has_all(actor, privileged),
        Actor::Nobody => false,
    }
}

/// Whether a principal may say whether groups are privileged.
pub(crate) fn check_deciding(principal: &Principal) -> Result<(), Denial> {
    let nothing_else = Privileged::default();
    if is_entitled(principal, &nothing_else) {
        return Ok(());
    }
    Err(Denial::Privileged)
}

fn is_realm_admin(actor: &UserActor) -> bool {
    actor.roles.contains(&Role::RealmAdmin) && actor.carries(Scope::AgmAdmin)
}

/// Where no role is named, none is enough.
fn has_all(actor: &UserActor, privileged: &Privileged) -> bool {
    let has = |name: &String| Role::parse(name).is_some_and(|role| actor.roles.contains(&role));
    !privileged.roles.is_empty() && privileged.roles.iter().all(has)
}
