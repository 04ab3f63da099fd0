//! Making somebody a member.

use super::super::portfolio::{Cause, Duties};
use super::super::roles::{self, Holder};
use super::super::{Details, Effective, Membership, Origin, Status, table};
use super::{dates, hold, tell};
use crate::access;
use crate::change::{Change, Command};
use crate::delegation::{Capability, Reach, reach};
use crate::denial::Denial;
use crate::enrollment::configuration::{self, Configuration};
use crate::enrollment::request::{ArchiveCause, aside};
use crate::error::Error;
use crate::group::{self, Group};
use crate::id::Id;
use crate::notice::Notice;
use crate::principal::Permission;
use crate::user::{self, User};
use crate::zone::Day;

/// Whom a request names.
#[derive(Clone, Debug)]
pub enum NewMember {
    /// A person by their id.
    Id(Id<User>),
    /// A person by their userName.
    UserName(String),
    /// Nobody: that is refused in its turn.
    Unnamed,
    /// By what is no id: that is nobody's, which is refused likewise.
    Unknown,
}

impl NewMember {
    /// The person, if they are there to the caller.
    pub(crate) fn find(&self, change: &mut Change<'_>) -> Result<User, Error> {
        let found = match self {
            Self::Unnamed => return Err(Denial::UserRequired.into()),
            Self::UserName(name) if name.trim().is_empty() => return Err(Denial::UserRequired.into()),
            Self::Unknown => None,
            Self::UserName(name) if name.contains('\0') => None,
            Self::UserName(name) => user::table::read_named(change, name)?,
            Self::Id(id) => user::table::read(change, *id)?,
        };
        let user = found.ok_or(Denial::UserUnknown)?;
        if !access::sees_user(change, &user)? {
            return Err(Denial::UserUnknown.into());
        }
        Ok(user)
    }
}

/// Makes a person a member of a group, from a day to a day.
#[derive(Clone, Debug)]
pub struct AddMembership {
    /// Of which group.
    pub group: Id<Group>,
    /// Whom.
    pub whom: NewMember,
    /// With which of the group's roles, by their names. None only where members need none.
    pub roles: Vec<String>,
    /// The first day; none = today.
    pub valid_from: Option<Day>,
    /// The last day that counts; none = for good.
    pub last_day: Option<Day>,
    /// By which of the group's ways to join, as the caller writes its id; none = its default.
    pub configuration: Option<String>,
}

/// A membership that was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Given {
    /// Its id.
    pub id: Id<Membership>,
    /// Whose it is.
    pub user: Id<User>,
}

impl Command for AddMembership {
    type Output = Given;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Given, Error> {
        let (group, reach) = reach::load_group(change, self.group, Capability::MembersWrite)?;
        self.check_said(change, &group, &reach)?;
        let user = self.whom.find(change)?;
        let (mut held, mut group) = hold(change, group.id, user.id)?;
        held.manage(change, &mut group)?;
        let mut after = held.portfolio.clone();
        let index = after.find(group.id);
        if index.is_some_and(|index| after.live[index].status.is_held()) {
            return Err(Denial::AlreadyMember.into());
        }
        let first = self.valid_from.unwrap_or_else(|| dates::today(change));
        let rules = dates::rules(change, &group)?;
        if reach.relaxed {
            dates::check_required(&rules, self.last_day)?;
        } else {
            dates::check_rules(&rules, first, self.last_day)?;
        }
        let given = roles::named(change, group.id, &self.roles)?;
        let configuration = self.configuration(change, &group)?;
        let has_terms = configuration.as_ref().is_some_and(|way| way.terms.is_some());
        if !reach.relaxed {
            dates::check_terms(&rules, has_terms)?;
        }
        dates::check_order(first, self.last_day)?;
        if after.is_blocked(group.id) {
            return Err(Denial::Suspended.into());
        }
        group::privileged::check_admission(change.principal(), &group, user.id)?;
        // Before anything else of the group is taken: whoever decides about the request takes it first too.
        aside::put_open_aside(change, user.id, group.id, ArchiveCause::MemberAdded)?;

        let index = if let Some(index) = index {
            index
        } else {
            after.live.push(unsaid(change, &group, user.id)?);
            after.live.len() - 1
        };
        let now = change.now();
        // What only somebody may give who moves memberships from another system is told apart later.
        let flagged = dates::check_terms(&rules, has_terms).is_err()
            || first < dates::today(change)
            || dates::check_rules(&rules, first, self.last_day).is_err();
        let live = &mut after.live[index];
        let from = dates::first_instant(change, first);
        live.status = dates::status_from(from, now);
        (live.origin, live.given_by) = Origin::of(change);
        (live.granted_at, live.valid_from) = (now, Some(from));
        live.expires_at = dates::end_of(change, self.last_day);
        live.configuration = configuration.map(|way| way.id);
        live.details = Details {
            changed_by: Some(change.principal().label()),
            // Whoever sets the dates now makes earlier reminders needless.
            reminded: Some(now),
            flagged: flagged.then(|| "migration".to_owned()),
            ..Details::default()
        };
        let given_now = live.clone();
        let holder = Holder::of(&given_now);
        let had = roles::of_held(change, &held, holder)?;
        roles::write(change, &mut held, holder, &had, &given)?;
        held.commit(change, after, &[], Cause::Given, Duties::Scheduled)?;
        roles::tell(change, holder, &had, &given)?;
        let told = tell::now(change, &given_now, &given)?;
        Notice::MemberCreated(told).tell(change)?;
        Ok(Given {
            id: given_now.id,
            user: user.id,
        })
    }
}

impl AddMembership {
    /// What can be said of it without knowing anybody.
    fn check_said(&self, change: &Change<'_>, group: &Group, reach: &Reach) -> Result<(), Denial> {
        if self.roles.is_empty() && !group.management.plain_members {
            return Err(Denial::RolesRequired);
        }
        let begins_late = self.valid_from.is_none_or(|from| from >= dates::today(change));
        if !begins_late && !reach.relaxed {
            return Err(Denial::StartInPast);
        }
        dates::check_last(change, self.last_day)
    }

    /// The way by which they join: one that is named is open, the default need not be.
    fn configuration(&self, change: &mut Change<'_>, group: &Group) -> Result<Option<Configuration>, Error> {
        let Some(text) = &self.configuration else {
            return match group.default_configuration {
                Some(id) => configuration::table::of_this_group(change, group.id, id),
                None => Ok(None),
            };
        };
        let id = Id::parse(text).ok_or(Denial::ConfigurationUnknown)?;
        let found = configuration::table::of_this_group(change, group.id, id)?;
        match found.filter(|found| found.active) {
            Some(found) => Ok(Some(found)),
            None => Err(Denial::ConfigurationUnknown.into()),
        }
    }
}

/// One of which nothing is said yet.
pub(crate) fn unsaid(change: &mut Change<'_>, group: &Group, user: Id<User>) -> Result<Membership, Error> {
    let id = table::roles::membership(change, group.id, user)?;
    let id = id.unwrap_or_else(|| change.new_id());
    let (origin, given_by) = Origin::of(change);
    Ok(Membership {
        id,
        group: group.id,
        user,
        version: 0,
        status: Status::Enabled,
        origin,
        given_by,
        granted_at: change.now(),
        valid_from: None,
        expires_at: None,
        effective: Effective::default(),
        configuration: None,
        details: Details::default(),
    })
}
