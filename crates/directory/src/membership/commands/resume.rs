//! Keeping a member out no longer; or letting a membership begin now that begins later.

use super::super::portfolio::{Cause, Held, Move, Portfolio, rules};
use super::super::roles::{self, Holder};
use super::super::table::blocks;
use super::super::{Status, Which};
use super::{Opened, dates, explain, open_if, others, tell};
use crate::change::{Change, Command};
use crate::delegation::{Capability, Reach};
use crate::denial::Denial;
use crate::error::Error;
use crate::group::{self, Group};
use crate::id::Id;
use crate::notice::Notice;
use crate::principal::Permission;
use crate::user::User;
use crate::view::IfMatch;
use crate::zone::Zone;

/// Lifts what keeps a member out of a group. What keeps them out of one above or below stays. Whose membership has ended meanwhile
/// is no member again, but can become one.
#[derive(Clone, Debug)]
pub struct ResumeMember {
    /// In which group, or above it.
    pub group: Id<Group>,
    /// Whom.
    pub which: Which,
    /// Why.
    pub justification: Option<String>,
    /// A membership that begins later begins now instead.
    pub begins_now: bool,
    /// The versions the caller accepts.
    pub if_match: IfMatch,
}

impl Command for ResumeMember {
    type Output = ();

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<(), Error> {
        let is_there = |status: Status| !status.is_over() || status == Status::Barred;
        let (opened, reach) = open_if(change, self.group, self.which, Capability::MembersSuspend, is_there)?;
        opened.check_seen(&self.if_match)?;
        let why = super::justification(self.justification.as_deref())?;
        if change.principal().user() == Some(opened.person()) {
            return Err(Denial::NotYourself.into());
        }
        match opened.membership().status {
            Status::Suspended | Status::Barred => resume(change, opened, why),
            Status::Pending if self.begins_now => begin(change, opened, &reach, why),
            _ => Err(Denial::NotSuspended.into()),
        }
    }
}

fn resume(change: &mut Change<'_>, mut opened: Opened, why: Option<String>) -> Result<(), Error> {
    let (group, person) = (opened.group.id, opened.person());
    if opened.after.is_blocked_above(group) {
        return Err(Denial::SuspendedAbove.into());
    }
    let has_ended = opened.membership().status == Status::Barred;
    let moves = rules::resume(&mut opened.after, group, change.now());
    check_admission(change, &opened.after, &moves)?;
    explain(change, &mut opened.after, &moves, why.as_deref());
    let below = others(&opened.after, opened.index, &moves);
    blocks::lift(change, person, group)?;
    opened.commit(change, moves, Cause::Resumed)?;
    catch_up(change, person)?;
    if has_ended {
        return Ok(());
    }
    let act = tell::act(change, group, person, &below, why)?;
    Notice::MemberResumed(act).tell(change)
}

/// What ran out meanwhile, terms above all, is over before anybody sees it.
fn catch_up(change: &mut Change<'_>, person: Id<User>) -> Result<(), Error> {
    Held::settled(change, person, &[])?;
    Ok(())
}

/// Whoever is in again, there or below, is let in anew: into privileged groups not by everybody.
fn check_admission(change: &mut Change<'_>, after: &Portfolio, moves: &[Move]) -> Result<(), Error> {
    for step in moves {
        let membership = &after.live[step.index()];
        let group = group::table::read(change, membership.group)?;
        if let Some(group) = group.filter(|_| membership.status.is_held()) {
            group::privileged::check_admission(change.principal(), &group, after.user)?;
        }
    }
    Ok(())
}

/// What was agreed for later counts from now on.
fn begin(change: &mut Change<'_>, mut opened: Opened, reach: &Reach, why: Option<String>) -> Result<(), Error> {
    reach.check(Capability::MembersWrite)?;
    let now = change.now();
    group::privileged::check_admission(change.principal(), &opened.group, opened.person())?;
    if !reach.relaxed {
        // It lasts longer so than what was agreed.
        let ends = opened.membership().expires_at;
        let last = ends.map(|end| Zone::of(change.realm()).last_day(end));
        let rules = dates::rules(change, &opened.group)?;
        dates::check_rules(&rules, dates::today(change), last)?;
    }
    opened.membership_mut().valid_from = Some(now);
    opened.membership_mut().details.reminded = Some(now);
    let moves = rules::settle(&mut opened.after, now);
    explain(change, &mut opened.after, &moves, why.as_deref());
    let after = opened.membership().clone();
    let held = roles::of_held(change, &opened.held, Holder::of(&after))?;
    opened.commit(change, moves, Cause::Changed)?;
    catch_up(change, after.user)?;
    let told = tell::now(change, &after, &held)?;
    Notice::MemberUpdated(told).tell(change)
}
