//! Changing one membership by hand: what administrators of a group do about a member, and what members do themselves.
//!
//! Each reads what the person has while nobody else changes it ([`Opened`]), once time has done what is overdue, and stores the
//! difference by [`Held::commit`]. `dates` checks days, `tell` says who is told.

mod add;
mod dates;
mod extend;
mod grant_role;
mod lapse;
mod leave;
mod remove;
mod resume;
mod reviewed;
mod revoke_role;
mod suspend;
mod tell;
mod update;

pub(crate) use add::unsaid;
pub use add::{AddMembership, Given, NewMember};
pub use extend::Extend;
pub use grant_role::GrantMemberRole;
pub use lapse::LetLapse;
pub use leave::LeaveGroup;
pub use remove::RemoveMembership;
pub use resume::ResumeMember;
pub(crate) use reviewed::Reviewed;
pub use revoke_role::RevokeMemberRole;
pub use suspend::SuspendMember;
pub use update::UpdateMembership;

use super::portfolio::{Cause, Duties, Held, Move, Portfolio};
use super::{Membership, Status, Which, table};
use crate::access;
use crate::change::Change;
use crate::client::{Operation, ResourceKind};
use crate::delegation::{Capability, Reach, reach};
use crate::enrollment::written;
use crate::error::{Error, Refusal};
use crate::group::{self, Group};
use crate::id::Id;
use crate::user::{self, User};
use crate::view::IfMatch;

/// One membership, with all else its person has, on its way through a command.
#[derive(Debug)]
struct Opened {
    /// Its group as it is until the end of the change.
    group: Group,
    held: Held,
    /// What the person is to have.
    after: Portfolio,
    /// Where it stands among what the person has.
    index: usize,
    /// The version in which it was found, before anything was held.
    seen: Option<i64>,
}

/// A membership of a group on which the principal has a capability: the group is there, they may do it, then it is there.
fn open(
    change: &mut Change<'_>,
    group: Id<Group>,
    which: Which,
    capability: Capability,
) -> Result<(Opened, Reach), Error> {
    open_if(change, group, which, capability, |status| !status.is_over())
}

/// The same of one that stands so.
fn open_if(
    change: &mut Change<'_>,
    group: Id<Group>,
    which: Which,
    capability: Capability,
    stands: fn(Status) -> bool,
) -> Result<(Opened, Reach), Error> {
    let (_, mut reach) = reach::load_group(change, group, capability)?;
    let found = table::listed::find(change, group, which)?.ok_or(NOT_FOUND)?;
    if found.group != group {
        (_, reach) = reach::load_group(change, found.group, capability)?;
    }
    let mut opened = open_of(change, found.group, found.user, stands)?;
    opened.seen = Some(found.version);
    let person = user::table::read(change, found.user)?.ok_or(NOT_FOUND)?;
    if !access::sees_user(change, &person)? {
        return Err(NOT_FOUND.into());
    }
    Ok((opened, reach))
}

/// One's own membership of a group.
fn open_own(change: &mut Change<'_>, group: Id<Group>, person: Id<User>) -> Result<Opened, Error> {
    let read = group::table::read(change, group)?.ok_or(NOT_FOUND)?;
    access::check_group(change, &read)?;
    access::check_operation(change.principal(), ResourceKind::Group, Operation::Update)?;
    open_of(change, group, person, |status| !status.is_over())
}

const NOT_FOUND: Refusal = Refusal::NotFound { what: "membership" };

fn open_of(
    change: &mut Change<'_>,
    group: Id<Group>,
    person: Id<User>,
    stands: fn(Status) -> bool,
) -> Result<Opened, Error> {
    let (held, group) = hold(change, group, person)?;
    let after = held.portfolio.clone();
    let index = after.find(group.id).ok_or(NOT_FOUND)?;
    if !stands(after.live[index].status) {
        return Err(NOT_FOUND.into());
    }
    Ok(Opened {
        group,
        held,
        after,
        index,
        seen: None,
    })
}

/// Holds a person, with everything overdue done, and a group, whose settings stay as they are read then.
pub(crate) fn hold(change: &mut Change<'_>, group: Id<Group>, person: Id<User>) -> Result<(Held, Group), Error> {
    let held = Held::settled(change, person, &[group])?.ok_or(Refusal::NotFound { what: "user" })?;
    let group = group::table::read(change, group)?.ok_or(Refusal::NotFound { what: "group" })?;
    Ok((held, group))
}

impl Opened {
    fn membership(&self) -> &Membership {
        &self.after.live[self.index]
    }

    fn membership_mut(&mut self) -> &mut Membership {
        &mut self.after.live[self.index]
    }

    fn person(&self) -> Id<User> {
        self.after.user
    }

    /// Refuses who has seen another version of it, and who was overtaken by somebody else.
    fn check_version(&self, if_match: &IfMatch) -> Result<(), Refusal> {
        self.check_seen(if_match)?;
        let version = self.held.version_of(self.membership());
        if self.seen.is_none_or(|seen| seen == version) {
            return Ok(());
        }
        Err(Refusal::Changed)
    }

    /// Refuses who has seen another version of it, if they say which: of two who say none the later one goes by what it finds.
    fn check_seen(&self, if_match: &IfMatch) -> Result<(), Refusal> {
        if if_match.allows(self.held.version_of(self.membership())) {
            return Ok(());
        }
        Err(Refusal::Changed)
    }

    /// Stores what is different now. Nothing may follow that takes other rows.
    fn commit(self, change: &mut Change<'_>, moves: Vec<Move>, cause: Cause) -> Result<(), Error> {
        self.held.commit(change, self.after, &moves, cause, Duties::Scheduled)?;
        Ok(())
    }
}

/// The groups other than one whose memberships some moves touch, in the order of these.
fn others(portfolio: &Portfolio, index: usize, moves: &[Move]) -> Vec<Id<Group>> {
    let touched = moves.iter().map(Move::index).filter(|touched| *touched != index);
    touched.map(|touched| portfolio.live[touched].group).collect()
}

/// Why somebody does it, in their words.
fn justification(text: Option<&str>) -> Result<Option<String>, Refusal> {
    written::read("justification", text, written::COMMENT)
}

/// Notes who did that to some memberships, and why.
fn explain(change: &Change<'_>, portfolio: &mut Portfolio, moves: &[Move], why: Option<&str>) {
    for step in moves {
        let live = &mut portfolio.live[step.index()];
        if !live.status.is_over() {
            live.details.justification = why.map(str::to_owned);
            live.details.changed_by = Some(change.principal().label());
        }
    }
}
