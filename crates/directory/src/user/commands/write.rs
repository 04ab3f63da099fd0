//! What every change of a person's attributes comes to: index, life cycle, invitation, event.

use serde_json::{Map, Value, json};

use super::super::{ExternalIds, Lifecycle, User, intake, rules, table};
use super::create::{check_address, check_external_id, space};
use crate::access;
use crate::change::Change;
use crate::error::Error;
use crate::event::{Event, EventKind};
use crate::invitation;

/// What a write means for an invitation that is open or has expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Invited {
    /// It stays, unless the address moved.
    AsIs,
    /// A new one is sent: the old one had expired.
    Anew,
}

/// Stores a person's new attributes if anything changed.
pub(super) fn store(
    change: &mut Change<'_>,
    before: &User,
    attributes: Map<String, Value>,
    external_id: Option<String>,
    invited: Invited,
) -> Result<User, Error> {
    let client = change.principal().client().cloned();
    let client = client.as_deref();
    let space = space(client);
    let mut external_ids: ExternalIds = before.external_ids.clone();
    let ignores = client.is_some_and(|client| client.profile.ignores_external_id());
    if !ignores {
        external_ids.set(space, external_id.clone());
    }
    let old = before.attributes();
    let external_id_changed = external_ids != before.external_ids;
    if old == attributes && !external_id_changed && invited == Invited::AsIs {
        return Ok(before.clone());
    }
    check_external_id(change, client, external_id.as_deref(), Some(before.id))?;
    check_address(change, client, Some(before), &attributes, external_id.as_deref())?;
    intake::check_writable(
        client.and_then(|client| client.policy.as_ref()),
        &old,
        &attributes,
        external_id_changed,
    )?;

    let lifecycle = rules::lifecycle_after(before.lifecycle, attributes.get("active").and_then(Value::as_bool));
    let hidden = before.hidden && invited == Invited::AsIs;
    let after = User {
        version: before.version + 1,
        modified: change.now(),
        lifecycle,
        hidden,
        external_ids,
        document: Value::Object(attributes.clone()).to_string(),
        ..before.clone()
    };
    access::check_user_image(change, &after, &attributes)?;
    let update = table::Update {
        lifecycle,
        hidden,
        external_ids: &after.external_ids,
        attributes: &attributes,
        document: &after.document,
    };
    table::update(change, before, &update)?;
    let mut event = Event::replaced(
        EventKind::UserChanged,
        before.id.uuid(),
        after.version,
        &old,
        &attributes,
    );
    if external_id_changed {
        event = event.with(
            "external_id",
            json!({ "before": before.external_ids.get(space), "after": after.external_ids.get(space) }),
        );
    }
    change.record(event)?;
    settle_lifecycle(change, before.lifecycle, &after)?;
    if lifecycle == Lifecycle::Invited {
        let blocked = attributes.get("active") == Some(&Value::Bool(false));
        let old_address = rules::invited_address(&old, before.external_ids.get(space));
        let stays = old_address == rules::invited_address(&attributes, after.external_ids.get(space));
        if stays && invited == Invited::AsIs {
            // The invitation may have gone elsewhere than to the person's own address: it follows a move, nothing else.
            invitation::follow_active(change, after.id, blocked)?;
        } else {
            let address = intake::invited_address(&attributes, after.external_ids.get(space))?;
            match invited {
                Invited::Anew => invitation::start(change, &after, &attributes, &address, blocked)?,
                Invited::AsIs => invitation::follow_address(change, &after, &attributes, &address, blocked)?,
            }
        }
    }
    Ok(after)
}

/// What a move in the life cycle brings with it: its event, and the end of tokens of those who are kept out.
pub(super) fn settle_lifecycle(change: &mut Change<'_>, before: Lifecycle, after: &User) -> Result<(), Error> {
    if before == after.lifecycle {
        return Ok(());
    }
    let body = json!({ "before": before.name(), "after": after.lifecycle.name() });
    change.record(Event::new(
        EventKind::UserLifecycleChanged,
        after.id.uuid(),
        after.version,
        body,
    ))?;
    if after.lifecycle == Lifecycle::Suspended {
        crate::token::revoke_all_of_user(change, after.id)?;
    }
    Ok(())
}
