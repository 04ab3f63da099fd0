//! Letting somebody administer a group.

use super::super::{Capabilities, Capability, Delegation, Preset, Subject, reach, table};
use super::tell::tell;
use super::{check_times, hold, record, said};
use crate::access;
use crate::change::{Change, Command};
use crate::clock::Timestamp;
use crate::denial::Denial;
use crate::error::{Error, Refusal};
use crate::event::EventKind;
use crate::group::{self, Group, privileged};
use crate::id::Id;
use crate::mail::content::AdminChange;
use crate::principal::Permission;
use crate::user::{self, User};

/// Whom a request names.
#[derive(Clone, Debug)]
pub enum Whom {
    /// A person by their id.
    User(Id<User>),
    /// A person by their userName.
    UserName(String),
    /// Everybody in a group.
    Group(Id<Group>),
}

/// When somebody counts as an administrator already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Already {
    /// By a delegation on the group itself.
    Here,
    /// By one on it or, inherited, above it.
    HereOrAbove,
}

/// Lets somebody administer a group.
#[derive(Clone, Debug)]
pub struct GrantDelegation {
    /// Which group.
    pub group: Id<Group>,
    /// Whom.
    pub whom: Whom,
    /// What they may do.
    pub capabilities: Capabilities,
    /// Whether it counts in the groups below too.
    pub inherit: bool,
    /// It counts from then on; none = at once.
    pub valid_from: Option<Timestamp>,
    /// The first instant after it; none = for good.
    pub valid_until: Option<Timestamp>,
    /// When they count as an administrator already, which is refused.
    pub already: Already,
}

impl GrantDelegation {
    /// Makes somebody an owner of a group and of those below, from now on and for good.
    pub fn owner(group: Id<Group>, whom: Whom) -> Self {
        Self {
            group,
            whom,
            capabilities: Preset::Owner.capabilities(),
            inherit: true,
            valid_from: None,
            valid_until: None,
            already: Already::Here,
        }
    }
}

impl Command for GrantDelegation {
    type Output = Delegation;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Delegation, Error> {
        let (mut group, reach) = hold(change, self.group)?;
        reach.check(Capability::AdminsWrite)?;
        let subject = resolve(change, &self.whom)?;
        reach.check_hands_on(self.capabilities)?;
        privileged::check_naming(change.principal(), &group, subject)?;
        if self.capabilities.is_empty() {
            return Err(Refusal::invalid("capabilities", "name at least one, or a preset").into());
        }
        check_times(change.now(), self.valid_from, self.valid_until)?;
        let standing = table::on_and_above(change, group.id, super::MOST)?;
        let there = |one: &Delegation| one.subject == subject && one.group != group.id;
        if self.already == Already::HereOrAbove && standing.iter().any(|one| there(&one.delegation)) {
            return Err(Denial::AlreadyAdmin.into());
        }
        if standing.len() as i64 >= super::MOST {
            return Err(Refusal::LimitReached {
                what: "administrators of a group",
                limit: super::MOST as usize,
            }
            .into());
        }
        let delegation = Delegation {
            id: change.new_id(),
            group: group.id,
            subject,
            capabilities: self.capabilities,
            inherit: self.inherit,
            valid_from: self.valid_from,
            valid_until: self.valid_until,
            granted_by: change.principal().label(),
            granted_at: change.now(),
            version: 1,
        };
        if !table::insert(change, &delegation)? {
            return Err(Denial::AlreadyAdmin.into());
        }
        group::manage(change, &mut group)?;
        record(change, EventKind::DelegationGranted, group.id, said(&delegation))?;
        tell(change, &reach, &delegation, AdminChange::Added)?;
        Ok(delegation)
    }
}

fn resolve(change: &mut Change<'_>, whom: &Whom) -> Result<Subject, Error> {
    let user = match whom {
        Whom::Group(id) => {
            let group = group::table::read(change, *id)?;
            let group = group.ok_or(Refusal::NotFound { what: "group" })?;
            access::check_group(change, &group)?;
            return Ok(Subject::Group(group.id));
        }
        Whom::User(id) => user::table::read(change, *id)?,
        Whom::UserName(name) if name.contains('\0') => None,
        Whom::UserName(name) => user::table::read_named(change, name)?,
    };
    let user = user.ok_or(Denial::NoSuchUser)?;
    if !access::sees_user(change, &user)? {
        return Err(Denial::NoSuchUser.into());
    }
    Ok(Subject::User(user.id))
}

/// Makes a person the first owner of a group that was just made.
pub(crate) fn name_first_owner(change: &mut Change<'_>, group: Id<Group>, whom: &Whom) -> Result<(), Error> {
    let subject = resolve(change, whom)?;
    let delegation = Delegation {
        id: change.new_id(),
        group,
        subject,
        capabilities: Preset::Owner.capabilities(),
        inherit: true,
        valid_from: None,
        valid_until: None,
        granted_by: change.principal().label(),
        granted_at: change.now(),
        version: 1,
    };
    table::insert(change, &delegation)?;
    record(change, EventKind::DelegationGranted, group, said(&delegation))?;
    if change.principal().user().map(Subject::User) == Some(subject) {
        return Ok(());
    }
    let reach = reach::of(change, group)?;
    tell(change, &reach, &delegation, AdminChange::Added)
}
