//! Taking over a person whom no client of this kind manages: an act of its own, never a side effect of looking (W-85).

use serde_json::Value;

use super::super::intake::{self, Accepted};
use super::super::{User, Visibility, rules, table};
use super::create::{Created, space};
use super::write::{self, Invited};
use crate::access;
use crate::change::{Change, Command};
use crate::client::{Client, Operation, ResourceKind};
use crate::error::{Error, Refusal};
use crate::external_id;
use crate::id::Id;
use crate::principal::{Permission, Scope};
use crate::realm::AdoptOnPost;

/// Gives a person the externalId by which a program will manage them.
#[derive(Clone, Debug)]
pub struct AdoptUser {
    /// Whom.
    pub id: Id<User>,
    /// What the program calls them.
    pub external_id: String,
}

impl Command for AdoptUser {
    type Output = User;

    fn needs(&self) -> Permission {
        Permission::Scope(Scope::ScimWrite)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<User, Error> {
        access::check_operation(change.principal(), ResourceKind::User, Operation::Update)?;
        let before = table::lock(change, self.id)?.ok_or(Refusal::NotFound { what: "user" })?;
        access::check_user(change, &before)?;
        access::check_self(change, self.id)?;
        if self.external_id.is_empty() {
            return Err(Refusal::invalid("externalId", "is required").into());
        }
        intake::check_external_id(Some(&self.external_id))?;
        let client = change.principal().client().cloned();
        if before.external_ids.get(space(client.as_deref())).is_some() {
            return Err(Refusal::conflict("the person is managed by this client already").into());
        }
        let external_id = Some(self.external_id.clone());
        write::take_over(change, &before, before.attributes().clone(), external_id, Invited::AsIs)
    }
}

/// A POST of someone who is there, where the realm lets it take them over: the same id, managed from now on.
pub(super) fn on_post(
    change: &mut Change<'_>,
    client: Option<&Client>,
    accepted: &Accepted,
) -> Result<Option<Created>, Error> {
    if client.is_none_or(|client| !client.profile.has_wire_rules()) {
        return Ok(None);
    }
    let found = match change.realm().settings.adopt_on_post.unwrap_or_default() {
        AdoptOnPost::Never => None,
        AdoptOnPost::MatchUsername => match accepted.attributes.get("userName").and_then(Value::as_str) {
            Some(name) => table::named(change, name)?,
            None => None,
        },
        AdoptOnPost::MatchEmail => {
            match rules::invited_address(&accepted.attributes, accepted.external_id.as_deref()) {
                Some(address) => match table::address_holders(change, &address, None)?.as_slice() {
                    [holder] => table::lock(change, *holder)?,
                    _ => None,
                },
                None => None,
            }
        }
    };
    let Some(before) = found
        .filter(|user| user.visibility == Visibility::Shown && !external_id::is_managed_by_wire(&user.external_ids))
    else {
        return Ok(None);
    };
    // Someone out of the policy's reach is in the way like anybody else.
    if !access::reaches_user(change, &before)? {
        return Ok(None);
    }
    let attributes = accepted.attributes.clone();
    let user = write::take_over(change, &before, attributes, accepted.external_id.clone(), Invited::AsIs)?;
    Ok(Some(Created {
        user,
        made: true,
        warnings: accepted.warnings.clone(),
    }))
}
