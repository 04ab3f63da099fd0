//! A POST of somebody who is there already, and what it means where it is no conflict.

use serde_json::Value;

use super::super::intake::Accepted;
use super::super::{Lifecycle, Sight, User, Visibility, rules, table};
use super::create::{Created, has_unique_emails};
use super::modify::{ReplaceUser, Written};
use super::room::Wanted;
use super::write::{self, Invited};
use super::{adopt, leave};
use crate::access;
use crate::change::{Change, Command};
use crate::client::{Client, InviteMode, Operation, ResourceKind};
use crate::error::{Error, Refusal};
use crate::external_id;
use crate::id::Id;
use crate::principal::Scope;
use crate::view::IfMatch;

/// Whether a POST by that client makes somebody new, whoever is there, unless somebody is leaving who has the name or the
/// externalId.
pub(super) fn is_plain(change: &Change<'_>, client: Option<&Client>) -> bool {
    let looks = |client: &Client| {
        client.adopts_same_external_id() || client.invite == InviteMode::Unlinked || client.profile.has_wire_rules()
    };
    // What has to be nobody else's is looked at whatever the client does by itself.
    let caller = change.principal().client().map(|client| &**client);
    let has_unique_external_ids = caller.is_some_and(|client| client.profile.has_unique_external_ids());
    !client.is_some_and(looks) && !has_unique_external_ids && !has_unique_emails(change, caller)
}

/// What a POST comes to that makes nobody; none where it does. Whoever is leaving and in its way gives way.
pub(super) fn on_post(
    change: &mut Change<'_>,
    client: Option<&Client>,
    body: &Value,
    accepted: &Accepted,
    wanted: &Wanted,
) -> Result<Option<Created>, Error> {
    if let Some(client) = client
        && let Some(done) = replace(change, client, body, accepted)?
    {
        return Ok(Some(done));
    }
    let leaving = wanted.leaving(change, None)?;
    // Whoever may not change people makes new ones only.
    let client =
        client.filter(|_| access::check_operation(change.principal(), ResourceKind::User, Operation::Update).is_ok());
    if let Some(client) = client
        && let Some(done) = bring_back(change, client, accepted, wanted, &leaving)?
    {
        return Ok(Some(done));
    }
    wanted.make_room(change, &leaving)?;
    let Some(client) = client else {
        return Ok(None);
    };
    if let Some(done) = invite_again(change, client, accepted)? {
        return Ok(Some(done));
    }
    adopt::on_post(change, Some(client), accepted)
}

/// Where the client wants no conflict, a POST of an externalId that its space knows is a PUT of who has it.
fn replace(
    change: &mut Change<'_>,
    client: &Client,
    body: &Value,
    accepted: &Accepted,
) -> Result<Option<Created>, Error> {
    let Some(external_id) = accepted
        .external_id
        .as_deref()
        .filter(|_| client.adopts_same_external_id() && may_write_external_id(client))
    else {
        return Ok(None);
    };
    let mut holders = Vec::new();
    for holder in external_id::holders(change, client.space, external_id::USER, external_id)? {
        if let Some(user) = table::lock(change, Id::new(holder))?
            && access::sees_user(change, &user)?
        {
            holders.push(user.id);
        }
    }
    match holders.as_slice() {
        [] => Ok(None),
        [id] => {
            let put = ReplaceUser {
                id: *id,
                body: body.clone(),
                if_match: IfMatch::Any,
                needs: Scope::ScimWrite,
            };
            let Written { user, warnings, .. } = put.run(change)?;
            Ok(Some(Created {
                user,
                made: false,
                warnings,
            }))
        }
        _ => Err(Refusal::Taken {
            attribute: "externalId",
        }
        .into()),
    }
}

/// A POST of somebody who was deleted and has not left yet brings them back, if the client's space manages them: the same
/// id, with the attributes of the body. Administrators, who see them, restore them deliberately.
fn bring_back(
    change: &mut Change<'_>,
    client: &Client,
    accepted: &Accepted,
    wanted: &Wanted,
    leaving: &[User],
) -> Result<Option<Created>, Error> {
    if Sight::of(change.principal()) == Sight::All {
        return Ok(None);
    }
    let space = client.space;
    let by_id: Vec<&User> = leaving
        .iter()
        .filter(|user| wanted.has_external_id(change, user))
        .collect();
    let found = match by_id.as_slice() {
        [user] => Some(*user),
        _ => leaving
            .iter()
            .find(|user| wanted.has_name(user) && user.is_managed_by(space) && agrees(change, client, user, accepted)),
    };
    let Some(user) = found else {
        return Ok(None);
    };
    // Someone out of the policy's reach gives way like anybody else.
    if !access::within_filter(change, user)? {
        return Ok(None);
    }
    let user = leave::bring_back(change, user)?;
    take_over(change, &user, accepted, Invited::AsIs)
}

fn may_write_external_id(client: &Client) -> bool {
    client
        .policy
        .as_ref()
        .is_none_or(|policy| policy.may_write("externalId"))
}

/// Whether what the client calls them does not speak against it being the same person.
fn agrees(change: &Change<'_>, client: &Client, user: &User, accepted: &Accepted) -> bool {
    let key = |value: &str| external_id::key(client.space, value, change.realm().settings.external_id_match);
    match (user.external_ids.get(client.space), accepted.external_id.as_deref()) {
        (Some(known), Some(sent)) => key(known) == key(sent),
        _ => true,
    }
}

/// A POST of someone whose invitation has expired is an answer to that: the same id, a new invitation (W-67).
fn invite_again(change: &mut Change<'_>, client: &Client, accepted: &Accepted) -> Result<Option<Created>, Error> {
    if client.invite != InviteMode::Unlinked {
        return Ok(None);
    }
    let has_expired = |user: &User| user.lifecycle == Lifecycle::Invited && user.visibility == Visibility::Expired;
    let mut found = by_name(change, accepted)?;
    if found.is_none() && client.profile.has_unique_external_ids() {
        found = by_external_id(change, client, accepted)?;
    }
    if found.is_none() {
        found = by_address(change, client, accepted)?;
    }
    let is_theirs = |user: &User| user.is_managed_by(client.space) && agrees(change, client, user, accepted);
    let Some(user) = found.filter(|user| has_expired(user) && is_theirs(user)) else {
        return Ok(None);
    };
    if !access::within_filter(change, &user)? {
        return Ok(None);
    }
    take_over(change, &user, accepted, Invited::Anew)
}

fn take_over(
    change: &mut Change<'_>,
    user: &User,
    accepted: &Accepted,
    invited: Invited,
) -> Result<Option<Created>, Error> {
    let (attributes, external_id) = (accepted.attributes.clone(), accepted.external_id.clone());
    let user = write::take_over(change, user, attributes, external_id, invited)?;
    Ok(Some(Created {
        user,
        made: true,
        warnings: accepted.warnings.clone(),
    }))
}

fn by_name(change: &mut Change<'_>, accepted: &Accepted) -> Result<Option<User>, Error> {
    match accepted.attributes.get("userName").and_then(Value::as_str) {
        Some(name) => table::named(change, name),
        None => Ok(None),
    }
}

/// The one whom the client's space calls so.
fn by_external_id(change: &mut Change<'_>, client: &Client, accepted: &Accepted) -> Result<Option<User>, Error> {
    let Some(external_id) = accepted.external_id.as_deref() else {
        return Ok(None);
    };
    match external_id::holders(change, client.space, external_id::USER, external_id)?.as_slice() {
        [holder] => table::lock(change, Id::new(*holder)),
        _ => Ok(None),
    }
}

/// The one with that address, where an address is one person's alone.
fn by_address(change: &mut Change<'_>, client: &Client, accepted: &Accepted) -> Result<Option<User>, Error> {
    let address = rules::invited_address(&accepted.attributes, accepted.external_id.as_deref());
    let Some(address) = address.filter(|_| has_unique_emails(change, Some(client))) else {
        return Ok(None);
    };
    match table::address_holders(change, &address, None)?.as_slice() {
        [holder] => table::lock(change, *holder),
        _ => Ok(None),
    }
}
