//! Leaving later: a DELETE that only suspends, what brings the person back until their day, and what happens on it.

use serde_json::{Value, json};

use super::super::{Lifecycle, Sight, User, Visibility, table};
use super::delete::deprovision;
use super::lifecycle;
use crate::access;
use crate::change::{Change, Command};
use crate::client::{Operation, ResourceKind};
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::job::{self, JobKind};
use crate::principal::{Permission, Scope};

const DAY: i64 = 86_400;

/// For how many days a DELETE by this caller suspends the person first; none where they leave at once. Somebody who has
/// not been let in yet leaves at once, and so does whom an administrator deletes.
pub(super) fn days_until(change: &Change<'_>, user: &User, needs: Scope) -> Option<u32> {
    let principal = change.principal();
    let was_in = matches!(user.lifecycle, Lifecycle::Active | Lifecycle::Suspended);
    if !was_in || needs == Scope::Admin || Sight::of(principal) == Sight::All {
        return None;
    }
    let days = principal.client()?.settings.suspend_before_delete_days?;
    (days > 0).then_some(days)
}

/// Suspends a person who leaves in so many days: to programs they are gone, memberships and roles wait for them.
pub(super) fn later(change: &mut Change<'_>, user: &User, days: u32) -> Result<(), Error> {
    let at = change.now().plus_seconds(i64::from(days) * DAY);
    let leaving = Visibility::Leaving { at };
    let after = lifecycle::set(change, user, Lifecycle::Suspended, false, leaving)?;
    let body = json!({ "lifecycle": user.lifecycle.name(), "leaves_at": at.to_string() });
    change.record(Event::new(EventKind::UserLeaving, user.id.uuid(), after.version, body))?;
    let was = json!({ WAS: user.lifecycle.name() });
    job::schedule(change, JobKind::LeaveUser, user.id.uuid(), &was, at)
}

/// Where the person stood before: what the job remembers.
const WAS: &str = "was";

/// Brings a leaving person back to where they stood.
pub(super) fn bring_back(change: &mut Change<'_>, user: &User) -> Result<User, Error> {
    let payload = job::payload(change, JobKind::LeaveUser, user.id.uuid())?;
    let was = payload
        .as_ref()
        .and_then(|payload| payload.get(WAS))
        .and_then(Value::as_str);
    let lifecycle = match was.and_then(Lifecycle::parse) {
        Some(Lifecycle::Active) => Lifecycle::Active,
        // Whoever was kept out before stays so; and nobody is let in by a job that is gone.
        Some(Lifecycle::Suspended | Lifecycle::Staged | Lifecycle::Invited) | None => Lifecycle::Suspended,
    };
    let active = lifecycle == Lifecycle::Active;
    lifecycle::set(change, user, lifecycle, active, Visibility::Shown)
}

/// What every write of a leaving person brings with it: once they stay, nothing waits for their day.
pub(super) fn settle(change: &mut Change<'_>, before: &User, after: &User) -> Result<(), Error> {
    let (Some(at), None) = (before.visibility.leaves_at(), after.visibility.leaves_at()) else {
        return Ok(());
    };
    job::cancel(change, JobKind::LeaveUser, after.id.uuid())?;
    let body = json!({ "lifecycle": after.lifecycle.name(), "would_have_left_at": at.to_string() });
    change.record(Event::new(
        EventKind::UserRestored,
        after.id.uuid(),
        after.version,
        body,
    ))?;
    Ok(())
}

/// Brings somebody back who was deleted and whose day has not come.
#[derive(Clone, Debug)]
pub struct RestoreUser {
    /// Who.
    pub id: Id<User>,
}

impl Command for RestoreUser {
    type Output = User;

    fn needs(&self) -> Permission {
        Permission::Scope(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<User, Error> {
        access::check_operation(change.principal(), ResourceKind::User, Operation::Update)?;
        let user = table::lock(change, self.id)?.ok_or(Refusal::NotFound { what: "user" })?;
        access::check_user(change, &user)?;
        if user.visibility.leaves_at().is_none() {
            return Err(Refusal::conflict("the person is not leaving: there is nothing to bring back").into());
        }
        bring_back(change, &user)
    }
}

/// Takes somebody out whose day has come.
#[derive(Clone, Debug)]
pub struct LeaveUser {
    /// Who.
    pub id: Id<User>,
}

impl Command for LeaveUser {
    /// Whether they left by this.
    type Output = bool;

    fn needs(&self) -> Permission {
        Permission::System
    }

    fn run(&self, change: &mut Change<'_>) -> Result<bool, Error> {
        let Some(user) = table::lock(change, self.id)? else {
            return Ok(false);
        };
        if user.visibility.leaves_at().is_none_or(|at| at > change.now()) {
            return Ok(false);
        }
        deprovision(change, &user)?;
        Ok(true)
    }
}
