//! Letting somebody in: the one way from a request, or from asking where nobody decides, to a membership.

use std::cmp::Ordering;

use super::super::configuration::Configuration;
use super::super::configuration::dates::{Before, Dates, agreed};
use super::super::rule;
use super::AskedRole;
use crate::change::Change;
use crate::denial::Denial;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::membership::portfolio::{Cause, Duties, Held, Portfolio};
use crate::membership::roles::Holder;
use crate::membership::{self, Details, Effective, Membership, Origin, Status, TermsStanding};
use crate::user::User;
use crate::zone::Zone;

/// Who is let in, and by what.
#[derive(Debug)]
pub(crate) struct Admission<'a> {
    pub(crate) group: &'a Group,
    pub(crate) configuration: &'a Configuration,
    /// All the roles they have from now on.
    pub(crate) roles: &'a [AskedRole],
    /// How they stand to the terms.
    pub(crate) terms: Option<TermsStanding>,
    /// Whether they let themselves in.
    pub(crate) by_themselves: bool,
}

/// What a person has now.
#[derive(Clone, Debug)]
pub(crate) struct Present {
    pub(crate) portfolio: Portfolio,
}

impl Present {
    /// Of a person with whom everything overdue is done.
    pub(crate) fn of(held: &Held) -> Self {
        let portfolio = held.portfolio.clone();
        Self { portfolio }
    }

    /// Where the person stands in a group.
    pub(crate) fn status_in(&self, group: Id<Group>) -> Option<Status> {
        let index = self.portfolio.find(group)?;
        Some(self.portfolio.live[index].status)
    }

    /// The membership of a group that the person may ask to keep. One that is there for some hours is none of these: who asks to
    /// stay asks to join.
    pub(crate) fn to_be_kept(&self, group: Id<Group>) -> Option<Status> {
        self.kept(group).map(|live| live.status)
    }

    fn kept(&self, group: Id<Group>) -> Option<&Membership> {
        let live = &self.portfolio.live[self.portfolio.find(group)?];
        Some(live).filter(|live| !live.is_elevation())
    }

    fn before(&self, group: Id<Group>) -> Before {
        let live = self.kept(group);
        live.map_or(Before::NoMember, |live| {
            Before::of(live.status, live.valid_from, live.expires_at)
        })
    }
}

/// Makes the person a member by a way to join, or lets them stay; they are held. Nothing may follow that takes other rows.
///
/// # Errors
/// `suspended`, `rule_violated`, or the store failed.
pub(crate) fn admit(
    change: &mut Change<'_>,
    held: &mut Held,
    present: Present,
    admission: &Admission<'_>,
) -> Result<Dates, Error> {
    let (group, now) = (admission.group, change.now());
    if present.portfolio.is_blocked(group.id) {
        return Err(Denial::Suspended.into());
    }
    let before = present.before(group.id);
    let dates = agreed(
        &admission.configuration.contract,
        before,
        now,
        &Zone::of(change.realm()),
    );
    check_rules(change, admission, before, dates)?;
    let mut after = present.portfolio;
    let index = if let Some(index) = after.find(group.id) {
        index
    } else {
        let id = membership::table::roles::membership(change, group.id, after.user)?;
        let id = id.unwrap_or_else(|| change.new_id());
        after.live.push(unstarted(change, id, group.id, after.user));
        after.live.len() - 1
    };
    let live = &mut after.live[index];
    live.status = match dates.valid_from.map(|from| from.cmp(&now)) {
        Some(Ordering::Greater) => Status::Pending,
        Some(Ordering::Less | Ordering::Equal) | None => Status::Enabled,
    };
    if !before.is_member() {
        live.granted_at = now;
    }
    (live.valid_from, live.expires_at) = (dates.valid_from, dates.expires_at);
    live.configuration = Some(admission.configuration.id);
    (live.origin, live.given_by) = Origin::of(change);
    live.details = Details {
        changed_by: (!admission.by_themselves).then(|| change.principal().label()),
        // Whoever sets the dates now makes earlier reminders needless.
        reminded: Some(now),
        terms: admission.terms,
        ..Details::default()
    };
    let holder = Holder::of(live);
    let wanted: Vec<_> = admission
        .roles
        .iter()
        .map(|role| (role.id, role.name.clone()))
        .collect();
    let roles = membership::roles::held_still(change, group.id, &wanted)?;
    let before_roles = membership::roles::of_held(change, held, holder)?;
    let cause = match (before.is_member(), admission.by_themselves) {
        (true, _) => Cause::Renewed,
        (false, true) => Cause::Joined,
        (false, false) => Cause::Given,
    };
    membership::roles::write(change, held, holder, &before_roles, &roles)?;
    held.commit(change, after, &[], cause, Duties::Scheduled)?;
    membership::roles::tell(change, holder, &before_roles, &roles)?;
    Ok(dates)
}

/// Neither the way nor the days that come of it break a rule.
fn check_rules(change: &mut Change<'_>, admission: &Admission<'_>, before: Before, dates: Dates) -> Result<(), Error> {
    let rules = rule::check_way(change, admission.group, admission.configuration)?;
    let zone = Zone::of(change.realm());
    let today = zone.day(change.now());
    let from = match before {
        Before::Member { .. } => today,
        Before::NoMember => dates.valid_from.map_or(today, |from| zone.day(from)),
    };
    match rules.broken_by_days(from, dates.expires_at.map(|end| zone.last_day(end))) {
        Some(broken) => Err(Denial::from(broken).into()),
        None => Ok(()),
    }
}

/// One of which nothing is said yet.
fn unstarted(change: &Change<'_>, id: Id<Membership>, group: Id<Group>, user: Id<User>) -> Membership {
    let (origin, given_by) = Origin::of(change);
    Membership {
        id,
        group,
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
    }
}
