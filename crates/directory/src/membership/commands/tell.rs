//! Who is told by mail what was done about a membership.

use jiff::civil::Date;

use super::super::{Membership, roles};
use crate::change::Change;
use crate::error::Error;
use crate::group::{Group, GroupRole, path};
use crate::id::Id;
use crate::mail::content::RoleChange;
use crate::notice::{Act, Actor, MembershipNow, Notice, Person};
use crate::user::User;
use crate::zone::{Day, Zone};

/// A membership as it is stored now, for those who are told of it.
pub(super) fn now(
    change: &mut Change<'_>,
    membership: &Membership,
    held: &[GroupRole],
) -> Result<MembershipNow, Error> {
    let zone = Zone::of(change.realm());
    // A first day is worth a word while it is still to come.
    let first = membership.valid_from.filter(|from| *from > change.now());
    Ok(MembershipNow {
        group: path::shown(change, membership.group)?,
        member: Person::read(change, membership.user)?,
        actor: Actor::of(change)?,
        first_day: first.map(|from| civil(zone.day(from))),
        last_day: membership.expires_at.map(|end| civil(zone.last_day(end))),
        roles: roles::names(held),
    })
}

/// What was done to a membership and to those below it.
pub(super) fn act(
    change: &mut Change<'_>,
    group: Id<Group>,
    member: Id<User>,
    below: &[Id<Group>],
    justification: Option<String>,
) -> Result<Act, Error> {
    Ok(Act {
        group: path::shown(change, group)?,
        member: Person::read(change, member)?,
        actor: Actor::of(change)?,
        below: paths(change, below)?,
        justification,
    })
}

/// Where groups stand, in the order of the tree.
pub(super) fn paths(change: &mut Change<'_>, groups: &[Id<Group>]) -> Result<Vec<String>, Error> {
    let mut paths = Vec::with_capacity(groups.len());
    for group in groups {
        paths.push(path::of(change, *group)?);
    }
    paths.sort();
    Ok(paths.iter().map(ToString::to_string).collect())
}

/// One role came or went.
pub(super) fn of_role(
    change: &mut Change<'_>,
    membership: &Membership,
    what: RoleChange,
    held: &[GroupRole],
) -> Result<(), Error> {
    let notice = Notice::RolesChanged {
        group: path::shown(change, membership.group)?,
        member: Person::read(change, membership.user)?,
        actor: Actor::of(change)?,
        change: what,
        roles: roles::names(held),
    };
    notice.tell(change)
}

/// The day as the calendar of mails knows it.
fn civil(day: Day) -> Date {
    day.to_string().parse().unwrap_or_default()
}
