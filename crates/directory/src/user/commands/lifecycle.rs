//! An operator moves a person in their life cycle.

use serde_json::Value;

use super::super::{Document, Lifecycle, User, Visibility, table};
use super::write::settle_lifecycle;
use crate::access;
use crate::change::{Change, Command};
use crate::client::{Operation, ResourceKind};
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::principal::{Permission, Scope};

/// Suspends a person or lets them in again.
#[derive(Clone, Debug)]
pub struct SetLifecycle {
    /// Who.
    pub id: Id<User>,
    /// Where they shall stand: active or suspended.
    pub lifecycle: Lifecycle,
}

impl Command for SetLifecycle {
    type Output = User;

    fn needs(&self) -> Permission {
        Permission::Scope(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<User, Error> {
        access::check_operation(change.principal(), ResourceKind::User, Operation::Update)?;
        let before = table::lock(change, self.id)?.ok_or(Refusal::NotFound { what: "user" })?;
        access::check_user(change, &before)?;
        let active = match (before.lifecycle, self.lifecycle) {
            (from, to) if from == to => return Ok(before),
            (Lifecycle::Invited, _) => {
                return Err(Refusal::conflict("the person is invited: revoke or accept the invitation").into());
            }
            (_, Lifecycle::Active) => true,
            (_, Lifecycle::Suspended) => false,
            _ => return Err(Refusal::invalid("lifecycle", "`active` or `suspended`").into()),
        };
        set(change, &before, self.lifecycle, active, Visibility::Shown)
    }
}

/// Hides a person, whose invitation has expired, from clients that ask for that. The event is the invitation's.
pub(crate) fn hide(change: &mut Change<'_>, before: &User) -> Result<(), Error> {
    let after = User {
        visibility: Visibility::Expired,
        ..before.clone()
    };
    table::update(change, before, &after)
}

/// Moves a person, with `active` in step.
pub(crate) fn set(
    change: &mut Change<'_>,
    before: &User,
    lifecycle: Lifecycle,
    active: bool,
    visibility: Visibility,
) -> Result<User, Error> {
    let old = before.attributes();
    let mut attributes = old.clone();
    attributes.insert("active".into(), Value::Bool(active));
    let after = User {
        version: before.version + 1,
        modified: change.now(),
        lifecycle,
        visibility,
        document: Document::of(attributes.clone()),
        provenance: before.provenance.written(change.writer(before.id), old, &attributes),
        ..before.clone()
    };
    table::update(change, before, &after)?;
    if *old != attributes {
        change.record(Event::replaced(
            EventKind::UserChanged,
            before.id.uuid(),
            after.version,
            old,
            &attributes,
        ))?;
    }
    settle_lifecycle(change, before, &after)?;
    Ok(after)
}
