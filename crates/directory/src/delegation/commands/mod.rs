//! Naming who administers a group.
//!
//! Who changes the administrators of a group holds the root of its tree, so that two who take the last two owners away meet.

mod carry;
mod change;
mod end;
mod grant;
mod offered;
mod revoke;
mod tell;

pub(crate) use carry::carry_over;
pub use change::ChangeDelegation;
pub(crate) use end::{end_of_group, end_of_user, read_of_user, said_of_group};
pub use grant::{Already, GrantDelegation, Whom};
pub(crate) use grant::{hold_first_owner, name_first_owner};
pub(crate) use offered::{HandedOn, handed_on, take_up};
pub use revoke::RevokeDelegation;

use serde_json::{Value, json};

use super::rules::{self, Extent, Reach};
use super::{Capability, Delegation, Subject, reach, table};
use crate::access;
use crate::change::Change;
use crate::client::{Operation, ResourceKind};
use crate::clock::Timestamp;
use crate::denial::Denial;
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::group::{self, Group, tree};
use crate::id::Id;
use crate::view::IfMatch;

/// So many delegations on a group and above are looked at: more of them are kept from coming to be.
const MOST: i64 = 1_000;

/// A group whose administrators are about to change. Whoever is named, if it is a group, stays too.
fn hold(change: &mut Change<'_>, id: Id<Group>, named: Option<Subject>) -> Result<(Group, Reach), Error> {
    let mut trees = vec![id];
    if let Some(Subject::Group(named)) = named {
        trees.push(named);
    }
    tree::lock_roots(change, &trees)?;
    let group = group::table::read(change, id)?;
    let found = reach::visible(change, group)?;
    access::check_operation(change.principal(), ResourceKind::Group, Operation::Update)?;
    Ok(found)
}

/// Refuses who has seen another version of a group than the one that is there, which then stays.
fn check_seen(change: &mut Change<'_>, group: &Group, if_match: &IfMatch) -> Result<(), Error> {
    if if_match.is_any() {
        return Ok(());
    }
    let group = group::table::lock(change, group.id)?.ok_or(Refusal::NotFound { what: "group" })?;
    if !if_match.allows(group.version) {
        return Err(Refusal::Changed.into());
    }
    Ok(())
}

/// Refuses who may not take from an administrator what they have, here or in the groups below. Everybody may do less themselves.
fn check_takes(change: &Change<'_>, reach: &Reach, from: &Delegation) -> Result<(), Denial> {
    if change.principal().user().map(Subject::User) == Some(from.subject) {
        return Ok(());
    }
    reach.check(Capability::AdminsWrite)?;
    let now = Extent {
        until: Some(change.now()),
        ..from.extent()
    };
    reach.check_hands_on(now)
}

/// Refuses to leave a group without an owner that has one. Whoever may put that aside says so.
fn check_owner(
    change: &mut Change<'_>,
    reach: &Reach,
    (before, after): (&Delegation, Option<&Delegation>),
    force: bool,
) -> Result<(), Error> {
    if force && reach.force {
        return Ok(());
    }
    let standing = table::on_and_above(change, before.group, MOST)?;
    if rules::keeps_an_owner(&standing, before, after, change.now()) {
        return Ok(());
    }
    Err(Denial::LastAdmin.into())
}

fn check_times(now: Timestamp, from: Option<Timestamp>, until: Option<Timestamp>) -> Result<(), Denial> {
    let Some(until) = until else { return Ok(()) };
    if until <= now {
        return Err(Denial::EndInPast);
    }
    if from.is_some_and(|from| until <= from) {
        return Err(Denial::EndBeforeStart);
    }
    Ok(())
}

/// What events say of a delegation.
fn said(delegation: &Delegation) -> Value {
    let (kind, subject) = match delegation.subject {
        Subject::User(id) => ("user", id.uuid()),
        Subject::Group(id) => ("group", id.uuid()),
    };
    let mut said = extent(delegation);
    said["delegation"] = delegation.id.to_string().into();
    said[kind] = subject.to_string().into();
    said
}

/// What somebody may do by a delegation, and when.
fn extent(delegation: &Delegation) -> Value {
    let mut said = json!({
        "capabilities": delegation.capabilities.to_string(),
        "inherit": delegation.inherit,
    });
    for (name, at) in [
        ("valid_from", delegation.valid_from),
        ("valid_until", delegation.valid_until),
    ] {
        if let Some(at) = at {
            said[name] = at.to_string().into();
        }
    }
    said
}

/// Records that somebody administers a group from now on.
fn record_granted(change: &mut Change<'_>, delegation: &Delegation) -> Result<(), Error> {
    let mut said = said(delegation);
    said["before"] = Value::Null;
    said["after"] = extent(delegation);
    record(change, EventKind::DelegationGranted, delegation.group, said)
}

/// What the fact says that somebody administers a group no more.
fn said_revoked(delegation: &Delegation) -> Value {
    let mut said = said(delegation);
    said["before"] = extent(delegation);
    said["after"] = Value::Null;
    said
}

/// Records a fact about the administrators of a group, whose version it raises.
fn record(change: &mut Change<'_>, kind: EventKind, group: Id<Group>, body: Value) -> Result<(), Error> {
    let version = group::table::touch(change, group, 0)?;
    change.record(Event::new(kind, group.uuid(), version, body))?;
    Ok(())
}
