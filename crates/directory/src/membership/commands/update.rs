//! Changing the days and the roles of a membership.

use super::super::portfolio::{Cause, rules};
use super::super::roles::{self, Holder};
use super::super::{Membership, Status, Which, user_events};
use super::{NOT_FOUND, Opened, dates, open, tell};
use crate::change::{Change, Command};
use crate::clock::Timestamp;
use crate::delegation::{Because, Capability, Reach};
use crate::denial::Denial;
use crate::error::Error;
use crate::group::{self, Group, GroupRole};
use crate::id::Id;
use crate::notice::Notice;
use crate::principal::Permission;
use crate::view::IfMatch;
use crate::zone::Day;

/// Sets the days and the roles of a membership, all of them.
#[derive(Clone, Debug)]
pub struct UpdateMembership {
    /// In which group, or above it.
    pub group: Id<Group>,
    /// Which.
    pub which: Which,
    /// The versions the caller accepts.
    pub if_match: IfMatch,
    /// All roles it has from now on, by their names.
    pub roles: Vec<String>,
    /// The first day. One that has begun keeps its own.
    pub valid_from: Option<Day>,
    /// The last day that counts; none = for good.
    pub last_day: Option<Day>,
}

impl Command for UpdateMembership {
    type Output = Id<Membership>;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Id<Membership>, Error> {
        let (mut opened, reach) = open(change, self.group, self.which, Capability::MembersWrite)?;
        opened.check_version(&self.if_match)?;
        opened.held.manage(change, &mut opened.group)?;
        let before = opened.membership().clone();
        let first = self.check(change, &opened.group, &before, &reach)?;
        let given = roles::named(change, opened.group.id, &self.roles)?;
        let holder = Holder::of(&before);
        let had = roles::of_held(change, &opened.held, holder)?;
        if has_other(&had, &given) && !may_assign(&reach) {
            let capability = Capability::RolesAssign.name();
            return Err(Denial::NotPermitted { capability }.into());
        }
        let ends = dates::end_kept(change, &before, self.last_day);
        if is_longer(&before, ends) || is_more(&had, &given) || before.status == Status::Pending {
            group::privileged::check_admission(change.principal(), &opened.group, before.user)?;
        }
        let live = opened.membership_mut();
        if let Some(first) = first {
            live.valid_from = Some(first);
        }
        live.expires_at = ends;
        store(change, opened, &before, (&had, &given))
    }
}

impl UpdateMembership {
    /// What is said, in the order in which it is looked at; with the beginning that is to be set.
    fn check(
        &self,
        change: &mut Change<'_>,
        group: &Group,
        before: &Membership,
        reach: &Reach,
    ) -> Result<Option<Timestamp>, Error> {
        check_status(before, reach)?;
        if self.roles.is_empty() && !group.management.plain_members {
            return Err(Denial::RolesRequired.into());
        }
        dates::check_last(change, self.last_day)?;
        let today = dates::today(change);
        let first = match before.status {
            Status::Pending => {
                let first = self.valid_from.ok_or(Denial::StartRequired)?;
                if first < today {
                    return Err(Denial::StartInPast.into());
                }
                Some(first)
            }
            // What has begun has begun.
            _ => self.valid_from.filter(|_| reach.relaxed),
        };
        if let Some(first) = first {
            dates::check_order(first, self.last_day)?;
        }
        let rules = dates::rules(change, group)?;
        let counts_from = first.filter(|_| before.status == Status::Pending);
        if !reach.relaxed {
            dates::check_rules(&rules, counts_from.unwrap_or(today), self.last_day)?;
        } else if let (Some(first), Some(_)) = (counts_from, self.last_day) {
            dates::check_rules(&rules, first, self.last_day)?;
        }
        Ok(first.map(|first| dates::start_kept(change, before, first)))
    }
}

/// Refuses to change one that is suspended, but to who moves memberships from another system; and one that is only kept.
pub(super) fn check_status(before: &Membership, reach: &Reach) -> Result<(), Error> {
    match before.status {
        Status::Enabled | Status::Pending => Ok(()),
        Status::Suspended if reach.relaxed => Ok(()),
        Status::Suspended => Err(Denial::MemberSuspended.into()),
        Status::Expired | Status::Ended | Status::Barred => Err(NOT_FOUND.into()),
    }
}

/// Whether it lasts longer than before.
pub(super) fn is_longer(before: &Membership, ends: Option<Timestamp>) -> bool {
    match (before.expires_at, ends) {
        (Some(was), Some(is)) => is > was,
        (Some(_), None) => true,
        (None, _) => false,
    }
}

/// Whether other roles may be given with the dates of a membership: not by who administers the group for other things alone.
fn may_assign(reach: &Reach) -> bool {
    let by_delegation = |because: &Because| matches!(because, Because::Delegation { .. });
    reach.has(Capability::RolesAssign) || !reach.because.iter().all(by_delegation)
}

fn has_other(had: &[GroupRole], given: &[GroupRole]) -> bool {
    had.len() != given.len() || is_more(had, given)
}

fn is_more(had: &[GroupRole], given: &[GroupRole]) -> bool {
    given.iter().any(|role| had.iter().all(|other| other.id != role.id))
}

/// Stores what was made of a membership and its roles, and tells of it, if it is anything.
pub(super) fn store(
    change: &mut Change<'_>,
    mut opened: Opened,
    before: &Membership,
    (had, given): (&[GroupRole], &[GroupRole]),
) -> Result<Id<Membership>, Error> {
    let (now, by) = (change.now(), change.principal().label());
    let live = opened.membership_mut();
    let has_other_dates = (live.valid_from, live.expires_at) != (before.valid_from, before.expires_at);
    if has_other_dates {
        live.details.reminded = Some(now);
        // Whoever sets the dates makes it one like others.
        live.details.elevation = None;
        live.details.lapses &= live.expires_at == before.expires_at;
        live.details.changed_by = Some(by);
    }
    let moves = rules::settle(&mut opened.after, now);
    let after = opened.membership().clone();
    roles::write(change, &mut opened.held, Holder::of(&after), had, given)?;
    opened.commit(change, moves, Cause::Changed)?;
    let has_other_roles = roles::tell(change, Holder::of(&after), had, given)?;
    if has_other_roles && !has_other_dates && after == *before {
        user_events::roles_changed(change, &[(&after, roles::names(had))], Cause::Changed)?;
    }
    if has_other_dates || has_other_roles {
        let told = tell::now(change, &after, given)?;
        Notice::MemberUpdated(told).tell(change)?;
    }
    Ok(after.id)
}
