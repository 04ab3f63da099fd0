//! Rights that depend on data: a client's access policy, and what people may change of themselves. Decided where rows pass.

use scim::schema::ResourceSchema;
use serde_json::{Map, Value};

use crate::change::Change;
use crate::client::{Operation, Policy, ResourceKind};
use crate::error::{Error, Refusal};
use crate::external_id::{self, Comparison};
use crate::group::Group;
use crate::id::Id;
use crate::membership;
use crate::principal::{Actor, Principal, Role};
use crate::realm::Realm;
use crate::user::{Sight, User, Visibility};
use crate::view::{self, Schemas};

/// The policy that narrows a principal, if there is one.
pub(crate) fn policy(principal: &Principal) -> Option<&Policy> {
    principal.client().and_then(|client| client.policy.as_ref())
}

/// Refuses an operation outside the principal's policy.
pub(crate) fn check_operation(principal: &Principal, kind: ResourceKind, operation: Operation) -> Result<(), Refusal> {
    match policy(principal) {
        Some(policy) if !policy.allows(kind, operation) => {
            let verb = match operation {
                Operation::Create => "create",
                Operation::Read => "read",
                Operation::Update => "update",
                Operation::Delete => "delete",
            };
            Err(Refusal::forbidden(format!(
                "this client's access policy does not let it {verb} resources of type {}",
                kind.name()
            )))
        }
        _ => Ok(()),
    }
}

/// Whether a user is within the policy's filter, and there to this caller.
pub(crate) fn sees_user(change: &mut Change<'_>, user: &User) -> Result<bool, Error> {
    if !Sight::of(change.principal()).sees(user.visibility) {
        return Ok(false);
    }
    within_filter(change, user)
}

/// The same of invitations, which have to be reached when they have expired.
pub(crate) fn reaches_user(change: &mut Change<'_>, user: &User) -> Result<bool, Error> {
    match user.visibility {
        Visibility::Leaving { .. } => sees_user(change, user),
        Visibility::Shown | Visibility::Expired => within_filter(change, user),
    }
}

/// Whether a user is within the policy's filter.
pub(crate) fn within_filter(change: &mut Change<'_>, user: &User) -> Result<bool, Error> {
    let principal = change.principal();
    if policy(principal).is_none_or(|policy| policy.user_filter.is_none()) {
        return Ok(true);
    }
    let groups = membership::groups_of(change, user.id)?;
    Ok(user_matches(
        change.schemas(),
        principal,
        change.realm(),
        user,
        user.attributes(),
        &groups,
    ))
}

/// A user outside the policy's filter, or not there to this caller, is not found.
pub(crate) fn check_user(change: &mut Change<'_>, user: &User) -> Result<(), Error> {
    if sees_user(change, user)? {
        Ok(())
    } else {
        Err(Refusal::NotFound { what: "user" }.into())
    }
}

/// A write may not put a user outside the policy's filter.
pub(crate) fn check_user_image(
    change: &mut Change<'_>,
    user: &User,
    attributes: &Map<String, Value>,
) -> Result<(), Error> {
    let principal = change.principal();
    if policy(principal).is_some_and(|policy| policy.user_filter.is_some()) {
        let groups = membership::groups_of(change, user.id)?;
        if !user_matches(change.schemas(), principal, change.realm(), user, attributes, &groups) {
            return Err(Refusal::forbidden(
                "the result would be outside what this client's access policy lets it reach",
            )
            .into());
        }
    }
    Ok(())
}

/// Whether a user is within the filter of the principal's policy.
pub(crate) fn user_matches(
    schemas: &Schemas,
    principal: &Principal,
    realm: &Realm,
    user: &User,
    attributes: &Map<String, Value>,
    groups: &[membership::GroupOfUser],
) -> bool {
    let Some(filter) = policy(principal).and_then(|policy| policy.user_filter.as_deref()) else {
        return true;
    };
    // A filter that no longer resolves reaches nothing: a removed extension must not widen a policy.
    schemas.filter(ResourceKind::User, filter).is_ok_and(|filter| {
        let value = view::user_value(user, attributes, groups, principal);
        Comparison::of(principal, realm).matches(filter, value)
    })
}

/// A group outside the policy's filter is not found.
pub(crate) fn check_group(change: &Change<'_>, group: &Group) -> Result<(), Refusal> {
    if group_matches(change.schemas(), change.principal(), change.realm(), group) {
        Ok(())
    } else {
        Err(Refusal::NotFound { what: "group" })
    }
}

/// A write may not put a group outside the policy's filter.
pub(crate) fn check_group_image(change: &Change<'_>, group: &Group) -> Result<(), Refusal> {
    if group_matches(change.schemas(), change.principal(), change.realm(), group) {
        return Ok(());
    }
    Err(Refusal::forbidden(
        "the result would be outside what this client's access policy lets it reach",
    ))
}

/// Whether a group is within the filter of the principal's policy. Members are not part of what it can name.
pub(crate) fn group_matches(schemas: &Schemas, principal: &Principal, realm: &Realm, group: &Group) -> bool {
    let Some(filter) = policy(principal).and_then(|policy| policy.group_filter.as_deref()) else {
        return true;
    };
    schemas
        .filter(ResourceKind::Group, filter)
        .is_ok_and(|filter| Comparison::of(principal, realm).matches(filter, view::group_value(group, principal)))
}

/// A PUT clears what it leaves out, but not what its sender cannot see or write: extensions and attributes that its schema
/// does not have, and what its policy hides.
pub(crate) fn keep_hidden_parts(
    schema: &ResourceSchema,
    policy: Option<&Policy>,
    before: &Map<String, Value>,
    after: &mut Map<String, Value>,
) {
    for (name, value) in before.iter().filter(|(name, _)| *name != "schemas") {
        let known = schema.attribute(name).is_some() || schema.extension(name).is_some();
        let hidden = policy.is_some_and(|policy| !policy.may_read(name) || !policy.may_write(name));
        if (!known || hidden) && !after.contains_key(name) {
            after.insert(name.clone(), value.clone());
        }
    }
}

/// Whether a person acts who changes nobody but themselves.
pub(crate) fn is_for_oneself(principal: &Principal) -> bool {
    matches!(&principal.actor, Actor::User(actor) if !actor.roles.contains(&Role::RealmAdmin))
}

/// A person without the role for it changes only themselves.
pub(crate) fn check_self(change: &Change<'_>, id: Id<User>) -> Result<(), Refusal> {
    if is_for_oneself(change.principal()) && change.principal().user() != Some(id) {
        return Err(Refusal::NotFound { what: "user" });
    }
    Ok(())
}

/// What people whom Wire's clients manage do not change of themselves, whatever the realm lets others change (W-44).
const MANAGED: [&str; 6] = [
    "userName",
    "displayName",
    "name",
    "emails",
    "preferredLanguage",
    "locale",
];

/// What a person may change of themselves: the realm's `self_editable` attributes.
pub(crate) fn check_self_editable(
    change: &Change<'_>,
    before: &User,
    after: &Map<String, Value>,
) -> Result<(), Refusal> {
    if !is_for_oneself(change.principal()) {
        return Ok(());
    }
    let editable = change.realm().settings.self_editable();
    let old = before.attributes();
    let names = old.keys().chain(after.keys().filter(|name| !old.contains_key(*name)));
    let changed: Vec<&String> = names
        .filter(|name| *name != "schemas" && old.get(*name) != after.get(*name))
        .collect();
    let managed: Vec<&str> = changed
        .iter()
        .map(|name| name.as_str())
        .filter(|name| external_id::is_managed_by_wire(&before.external_ids) && MANAGED.contains(name))
        .collect();
    if !managed.is_empty() {
        let why = format!(
            "{}: whoever provisions the person by SCIM sets this",
            managed.join(", ")
        );
        return Err(Refusal::Managed { why });
    }
    let refused: Vec<&str> = changed
        .into_iter()
        .filter(|name| !editable.iter().any(|allowed| allowed.eq_ignore_ascii_case(name)))
        .map(String::as_str)
        .collect();
    if refused.is_empty() {
        return Ok(());
    }
    let why = format!(
        "people may not change {} of themselves; they may change {}",
        refused.join(", "),
        editable.join(", ")
    );
    Err(Refusal::forbidden(why))
}
