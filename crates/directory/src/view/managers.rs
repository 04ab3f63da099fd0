//! Whom a user's `manager` names: shown with name and URL where the value is the id of a user that the caller sees.

use std::collections::{BTreeSet, HashMap};

use scim::schema::ENTERPRISE_USER_URN;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::members::Sees;
use super::render::{Viewer, user_location};
use super::scan::{self, AnyRow};
use crate::Directory;
use crate::client::ResourceKind;
use crate::error::Error;
use crate::id::Id;
use crate::principal::Principal;
use crate::user::{Mention, Sight, User};

/// The managers among the users of a realm, with the names they are shown by.
pub(super) type Managers = HashMap<Uuid, Option<String>>;

/// The id that a user's `manager` has for a value; none where it is no id of ours.
pub(super) fn id_of(user: &User) -> Option<Uuid> {
    // Most have none, and need not be parsed.
    if !user.document.mentions(Mention::Manager) {
        return None;
    }
    let attributes = user.attributes();
    let value = attributes.get(ENTERPRISE_USER_URN)?.get("manager")?.get("value")?;
    let text = value.as_str()?;
    Uuid::try_parse(text).ok().filter(|id| id.to_string() == text)
}

/// Those of the users' managers that are users and that the caller sees, in few statements.
pub(super) async fn of<'a>(
    directory: &Directory,
    principal: &Principal,
    viewer: &Viewer<'_>,
    users: impl Iterator<Item = &'a User>,
) -> Result<Managers, Error> {
    let mut found = Managers::new();
    if !viewer.wants(ENTERPRISE_USER_URN) {
        return Ok(found);
    }
    let ids: BTreeSet<Uuid> = users.filter_map(id_of).collect();
    if ids.is_empty() {
        return Ok(found);
    }
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let rows = scan::by_ids(directory, principal.realm, ResourceKind::User, &ids).await?;
    let sight = Sight::of(principal);
    let named = rows.into_values().filter_map(|row| match row {
        AnyRow::User(user) if !sight.sees(user.visibility) => None,
        AnyRow::User(user) => {
            let name = user
                .attributes()
                .get("displayName")
                .and_then(Value::as_str)
                .map(str::to_owned);
            Some((user.id.uuid(), name))
        }
        AnyRow::Group(_) => None,
    });
    let sees = Sees::of(directory, principal, ResourceKind::User);
    let seen = sees
        .among(directory, principal, ResourceKind::User, named.collect())
        .await?;
    found.extend(seen);
    Ok(found)
}

/// Writes who the manager is, whatever was sent beside the id.
pub(super) fn show(attributes: &mut Map<String, Value>, manager: Uuid, name: Option<&str>, base: &str) {
    let shown = attributes
        .get_mut(ENTERPRISE_USER_URN)
        .and_then(|extension| extension.get_mut("manager"))
        .and_then(Value::as_object_mut);
    if let Some(shown) = shown {
        shown.insert("$ref".into(), user_location(base, Id::new(manager)).into());
        if let Some(name) = name {
            shown.insert("displayName".into(), name.into());
        }
    }
}
