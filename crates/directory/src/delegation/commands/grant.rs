//! Letting somebody administer a group.

use super::super::rules::Extent;
use super::super::{Capabilities, Capability, Delegation, Preset, Subject, reach, table};
use super::tell::tell;
use super::{check_seen, check_times, hold, record_granted};
use crate::access;
use crate::change::{Change, Command};
use crate::clock::Timestamp;
use crate::denial::Denial;
use crate::error::{Error, Refusal};
use crate::group::{self, Group, privileged};
use crate::id::Id;
use crate::mail::content::AdminChange;
use crate::principal::Permission;
use crate::user::{self, User};
use crate::view::IfMatch;

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
    /// The versions of the group that the caller accepts.
    pub if_match: IfMatch,
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
            if_match: IfMatch::Any,
        }
    }
}

impl Command for GrantDelegation {
    type Output = Delegation;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Delegation, Error> {
        // People before trees.
        let named = find(change, &self.whom)?;
        let (mut group, reach) = hold(change, self.group, named)?;
        reach.check(Capability::AdminsWrite)?;
        check_seen(change, &group, &self.if_match)?;
        let subject = check_there(change, named)?;
        privileged::check_naming(change.principal(), &group, subject)?;
        let wanted = Extent {
            capabilities: self.capabilities,
            inherit: self.inherit,
            until: self.valid_until,
        };
        reach.check_hands_on(wanted)?;
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
            entitled: privileged::check_deciding(change.principal()).is_ok(),
            version: 1,
        };
        check_number(change, subject)?;
        if !table::insert(change, &delegation)? {
            return Err(Denial::AlreadyAdmin.into());
        }
        group::manage(change, &mut group)?;
        record_granted(change, &delegation)?;
        tell(change, &reach, &delegation, AdminChange::Added)?;
        Ok(delegation)
    }
}

/// Who is named, if there is such a person; whether they are there to the caller is not said yet. A person who is found stays
/// in the realm until the end of the transaction, and is held before trees are.
pub(super) fn find(change: &mut Change<'_>, whom: &Whom) -> Result<Option<Subject>, Error> {
    let user = match whom {
        Whom::Group(id) => return Ok(Some(Subject::Group(*id))),
        Whom::User(id) => *id,
        Whom::UserName(name) if name.contains('\0') => return Ok(None),
        Whom::UserName(name) => match user::table::read_named(change, name)? {
            Some(user) => user.id,
            None => return Ok(None),
        },
    };
    table::hold_person(change, user)?;
    Ok(Some(Subject::User(user)))
}

/// Refuses to name who is not there to the caller.
fn check_there(change: &mut Change<'_>, named: Option<Subject>) -> Result<Subject, Error> {
    let subject = named.ok_or(Denial::NoSuchUser)?;
    match subject {
        Subject::Group(id) => {
            let group = group::table::read(change, id)?;
            let group = group.ok_or(Refusal::NotFound { what: "group" })?;
            access::check_group(change, &group)?;
        }
        Subject::User(id) => {
            let user = user::table::read(change, id)?.ok_or(Denial::NoSuchUser)?;
            if !access::sees_user(change, &user)? {
                return Err(Denial::NoSuchUser.into());
            }
        }
    }
    Ok(subject)
}

/// Refuses to let somebody administer ever more groups one by one: all of them end with the person.
fn check_number(change: &mut Change<'_>, subject: Subject) -> Result<(), Error> {
    if table::count_of_subject(change, subject.uuid(), super::MOST)? >= super::MOST {
        return Err(Refusal::LimitReached {
            what: "groups that somebody administers by themselves",
            limit: super::MOST as usize,
        }
        .into());
    }
    Ok(())
}

/// Whoever is to own a group that is about to be made, held before trees are.
pub(crate) fn hold_first_owner(change: &mut Change<'_>, whom: &Whom) -> Result<(), Error> {
    find(change, whom)?;
    Ok(())
}

/// Makes a person the first owner of a group that was just made.
pub(crate) fn name_first_owner(change: &mut Change<'_>, group: &Group, whom: &Whom) -> Result<(), Error> {
    let named = find(change, whom)?;
    let subject = check_there(change, named)?;
    check_number(change, subject)?;
    let delegation = Delegation {
        id: change.new_id(),
        group: group.id,
        subject,
        capabilities: Preset::Owner.capabilities(),
        inherit: true,
        valid_from: None,
        valid_until: None,
        granted_by: change.principal().label(),
        granted_at: change.now(),
        entitled: privileged::check_deciding(change.principal()).is_ok(),
        version: 1,
    };
    table::insert(change, &delegation)?;
    record_granted(change, &delegation)?;
    if change.principal().user().map(Subject::User) == Some(subject) {
        return Ok(());
    }
    let reach = reach::of(change, group)?;
    tell(change, &reach, &delegation, AdminChange::Added)
}
