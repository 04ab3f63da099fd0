//! Making oneself a member for some hours.

use super::super::{rules, table};
use super::grant::check_terms;
use crate::access;
use crate::change::{Change, Command};
use crate::client::{Operation, ResourceKind};
use crate::clock::Timestamp;
use crate::denial::Denial;
use crate::enrollment::rule;
use crate::enrollment::written;
use crate::error::{Error, Refusal};
use crate::group::{Group, path};
use crate::id::Id;
use crate::mail::content;
use crate::membership::portfolio::{Cause, Duties, rules as portfolio};
use crate::membership::roles::{self, Holder};
use crate::membership::{self, Details, Membership, Origin, Status};
use crate::notice::{Notice, Person};
use crate::principal::{Permission, Scope};
use crate::user::{self, Lifecycle};

/// Makes oneself a member of a group for some hours, by an eligibility. Leaving it ends it earlier.
#[derive(Clone, Debug)]
pub struct Elevate {
    /// Of which group.
    pub group: Id<Group>,
    /// For how many hours.
    pub hours: u32,
    /// Why.
    pub justification: Option<String>,
}

/// The membership that has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elevated {
    /// Its id.
    pub membership: Id<Membership>,
    /// The first instant after it: its own end, or an earlier one above.
    pub until: Timestamp,
}

impl Command for Elevate {
    type Output = Elevated;

    fn needs(&self) -> Permission {
        Permission::Person(Scope::AgmSelf)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Elevated, Error> {
        let person = change.principal().user().ok_or(Denial::PersonRequired)?;
        // Whether there is such a group is nobody's business who may not.
        table::one(change, self.group, person)?.ok_or(Denial::NotEligible)?;
        let (mut held, group) = membership::hold(change, self.group, person)?;
        let (eligibility, wanted) = table::one(change, self.group, person)?.ok_or(Denial::NotEligible)?;
        access::check_group(change, &group)?;
        access::check_operation(change.principal(), ResourceKind::Group, Operation::Update)?;
        let user = user::table::read(change, person)?.ok_or(Refusal::NotFound { what: "user" })?;
        if user.lifecycle != Lifecycle::Active {
            return Err(Refusal::forbidden("this takes an account that is active").into());
        }
        let now = change.now();
        let end = rules::end_of(&eligibility, self.hours, now)?;
        if let Some(broken) = rule::broken_by_time(change, &group, (None, Some(end)))? {
            return Err(Denial::from(broken).into());
        }
        let why = written::read("justification", self.justification.as_deref(), written::COMMENT)?;
        if eligibility.needs_justification && why.is_none() {
            return Err(Denial::JustificationRequired.into());
        }
        let mut after = held.portfolio.clone();
        if after.is_blocked(group.id) {
            return Err(Denial::Suspended.into());
        }
        let index = after.find(group.id);
        if let Some(index) = index {
            match after.live[index].status {
                status if status.is_held() => return Err(Denial::AlreadyIn.into()),
                // The hours would leave nothing of it.
                Status::Expired => {
                    let why = "your membership has expired and can be renewed: renew it, or wait until that is no longer possible";
                    return Err(Refusal::conflict(why).into());
                }
                _ => {}
            }
        }
        let ended_before = membership::ended_by(change, group.id, person)?;
        // Whoever gave it before the group was privileged had no say in who gets in.
        if group.management.privileged.is_some() && !eligibility.entitled {
            return Err(Denial::Privileged.into());
        }
        check_terms(change, &group)?;
        if wanted.is_empty() && !group.management.plain_members {
            return Err(Denial::RolesRequired.into());
        }
        let wanted: Vec<_> = wanted.into_iter().map(|role| (role.id.uuid(), role.name)).collect();
        let given = roles::held_still(change, group.id, &wanted)?;

        let index = if let Some(index) = index {
            index
        } else {
            after.live.push(membership::unsaid(change, &group, person)?);
            after.live.len() - 1
        };
        let live = &mut after.live[index];
        live.status = Status::Enabled;
        (live.origin, live.given_by) = Origin::of(change);
        (live.granted_at, live.valid_from, live.expires_at) = (now, Some(now), Some(end));
        live.configuration = None;
        live.details = Details {
            justification: why.clone(),
            changed_by: Some(change.principal().label()),
            reminded: Some(now),
            elevation: Some(eligibility.id.uuid()),
            ended_before,
            ..Details::default()
        };
        let membership = live.id;
        let holder = Holder::of(live);
        let until = portfolio::effective(&after, index).at.unwrap_or(end);
        let had = roles::of_held(change, &held, holder)?;
        roles::write(change, &mut held, holder, &had, &given)?;
        held.commit(change, after, &[], Cause::Elevated, Duties::Scheduled)?;
        roles::tell(change, holder, &had, &given)?;
        let about = content::Elevated {
            group: path::shown(change, group.id)?,
            member: Person::read(change, person)?.shown,
            until,
            roles: roles::names(&given),
            justification: why,
        };
        Notice::Elevated { by: person, about }.tell(change)?;
        Ok(Elevated { membership, until })
    }
}
