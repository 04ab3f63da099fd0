//! Leaving: a DELETE that only suspends, what brings the person back until their day, and what happens on it; and those
//! who leave because nobody accepted their invitation.

use serde_json::{Value, json};

use super::super::{Lifecycle, Sight, User, Visibility, table};
use super::delete::deprovision;
use super::lifecycle;
use crate::access;
use crate::change::{Change, Command};
use crate::client::{Operation, ResourceKind};
use crate::clock::Timestamp;
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::invitation;
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

/// What every write of a person brings with it who was to leave: once they stay, nothing waits for their day.
pub(super) fn settle(change: &mut Change<'_>, before: &User, after: &User) -> Result<(), Error> {
    if before.visibility == Visibility::Expired && after.visibility != Visibility::Expired {
        job::cancel(change, JobKind::LeaveUninvited, after.id.uuid())?;
    }
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
        deprovision(change, &user, None)?;
        Ok(true)
    }
}

/// Takes a person out now, whatever was to happen to them later.
pub(super) fn at_once(change: &mut Change<'_>, user: &User, why: Option<&str>) -> Result<(), Error> {
    match user.visibility {
        Visibility::Leaving { .. } => job::cancel(change, JobKind::LeaveUser, user.id.uuid())?,
        Visibility::Expired => job::cancel(change, JobKind::LeaveUninvited, user.id.uuid())?,
        Visibility::Shown => {}
    }
    deprovision(change, user, why)
}

/// Takes somebody out whose invitation expired so many days ago, as the realm has it, and whom nobody invited anew (W-66).
#[derive(Clone, Debug)]
pub struct LeaveUninvited {
    /// Who.
    pub id: Id<User>,
}

impl Command for LeaveUninvited {
    /// When to look again, where the realm's days are more by now.
    type Output = Option<Timestamp>;

    fn needs(&self) -> Permission {
        Permission::System
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Option<Timestamp>, Error> {
        let Some(user) = table::lock(change, self.id)? else {
            return Ok(None);
        };
        if (user.lifecycle, user.visibility) != (Lifecycle::Invited, Visibility::Expired) {
            return Ok(None);
        }
        let Some(expired_at) = invitation::expired_at(change, user.id)? else {
            return Ok(None);
        };
        match uninvited_at(change, expired_at) {
            Some(at) if at > change.now() => Ok(Some(at)),
            Some(_) => {
                deprovision(change, &user, Some("nobody accepted the invitation"))?;
                Ok(None)
            }
            None => Ok(None),
        }
    }
}

/// When somebody leaves whose invitation expired then; none where the realm has set nothing.
fn uninvited_at(change: &Change<'_>, expired_at: Timestamp) -> Option<Timestamp> {
    let days = change.realm().settings.expired_invitation_days?;
    Some(expired_at.plus_seconds(i64::from(days) * DAY))
}

/// What follows once an invitation has expired.
pub(crate) fn after_expiry(change: &mut Change<'_>, user: Id<User>, expired_at: Timestamp) -> Result<(), Error> {
    match uninvited_at(change, expired_at) {
        Some(at) => job::schedule(change, JobKind::LeaveUninvited, user.uuid(), &json!({}), at),
        None => Ok(()),
    }
}
