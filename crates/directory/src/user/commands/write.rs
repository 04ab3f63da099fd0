//! What every change of a person's attributes comes to: index, life cycle, invitation, event.

use serde_json::{Map, Value, json};

use super::super::{Document, ExternalIds, Lifecycle, Provenance, User, Visibility, intake, rules, table};
use super::create::{check_address, check_external_id, space};
use super::{leave, room};
use crate::access;
use crate::change::Change;
use crate::client::{Profile, ResourceKind};
use crate::confirmation;
use crate::error::Error;
use crate::event::{Event, EventKind};
use crate::invitation;
use crate::membership;

/// What a write means for an invitation that is open or has expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Invited {
    /// It stays, unless the address moved.
    AsIs,
    /// A new one is sent: the old one had expired.
    Anew,
}

/// Stores a person's new attributes if anything changed. What changed is from now on its writer's.
pub(super) fn store(
    change: &mut Change<'_>,
    before: &User,
    attributes: Map<String, Value>,
    external_id: Option<String>,
    invited: Invited,
) -> Result<User, Error> {
    let by = change.writer(before.id);
    let provenance = before.provenance.written(by, before.attributes(), &attributes);
    store_from(change, before, provenance, attributes, external_id, invited)
}

/// Stores the attributes of a person who is taken over: the whole record is from now on its writer's.
pub(super) fn take_over(
    change: &mut Change<'_>,
    before: &User,
    attributes: Map<String, Value>,
    external_id: Option<String>,
    invited: Invited,
) -> Result<User, Error> {
    let provenance = Provenance::by(change.writer(before.id));
    let mut attributes = attributes;
    let profile = change
        .principal()
        .client()
        .map_or(Profile::Generic, |client| client.profile);
    let schema = change.schemas().resource(ResourceKind::User, profile);
    access::keep_hidden_parts(
        schema,
        access::policy(change.principal()),
        before.attributes(),
        &mut attributes,
    );
    intake::settle(change.schemas(), &mut attributes)?;
    store_from(change, before, provenance, attributes, external_id, invited)
}

fn store_from(
    change: &mut Change<'_>,
    before: &User,
    provenance: Provenance,
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
    if *old == attributes && !external_id_changed && invited == Invited::AsIs {
        return Ok(before.clone());
    }
    room::make(change, client, before, &attributes, external_id.as_deref())?;
    check_external_id(change, client, external_id.as_deref(), Some(before.id))?;
    check_address(change, client, Some(before), &attributes, external_id.as_deref())?;
    intake::check_writable(
        client.and_then(|client| client.policy.as_ref()),
        old,
        &attributes,
        external_id_changed,
    )?;

    let lifecycle = rules::lifecycle_after(before.lifecycle, attributes.get("active").and_then(Value::as_bool));
    let visibility = match invited {
        Invited::AsIs => before.visibility.once(lifecycle),
        Invited::Anew => Visibility::Shown,
    };
    let after = User {
        version: before.version + 1,
        modified: change.now(),
        lifecycle,
        visibility,
        external_ids,
        document: Document::of(attributes.clone()),
        provenance,
        ..before.clone()
    };
    access::check_user_image(change, &after, &attributes)?;
    table::update(change, before, &after)?;
    membership::listed::follow(change, before, &after)?;
    let mut event = Event::replaced(
        EventKind::UserChanged,
        before.id.uuid(),
        after.version,
        old,
        &attributes,
    );
    if external_id_changed {
        event = event.with(
            "external_id",
            json!({ "before": before.external_ids.get(space), "after": after.external_ids.get(space) }),
        );
    }
    change.record(event)?;
    settle_lifecycle(change, before, &after)?;
    confirmation::follow_address(change, &after, Some(before), &attributes)?;
    if lifecycle == Lifecycle::Invited {
        let blocked = attributes.get("active") == Some(&Value::Bool(false));
        let old_address = rules::invited_address(old, before.external_ids.get(space));
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

/// What a move in the life cycle brings with it: its event, the end of tokens of those who are kept out, and for those
/// whom it brings back that they stay.
pub(super) fn settle_lifecycle(change: &mut Change<'_>, before: &User, after: &User) -> Result<(), Error> {
    leave::settle(change, before, after)?;
    if before.lifecycle == after.lifecycle {
        return Ok(());
    }
    let body = json!({ "before": before.lifecycle.name(), "after": after.lifecycle.name() });
    change.record(Event::new(
        EventKind::UserLifecycleChanged,
        after.id.uuid(),
        after.version,
        body,
    ))?;
    if after.lifecycle == Lifecycle::Suspended {
        crate::token::revoke_all_of_user(change, after.id)?;
        crate::session::end_of_user(change, after)?;
    }
    Ok(())
}
