//! Who is told by mail what becomes of a request.

use jiff::civil::Date;

use super::super::configuration::dates::Dates;
use super::{ArchiveCause, Request, RequestStatus, thread};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::group::path;
use crate::mail::content::{Cause, Decision, GroupRef, WaitsFor};
use crate::notice::{Actor, Notice, Person};
use crate::zone::{Day, Zone};

/// Those who may decide: somebody asks.
pub(crate) fn of_submitting(change: &mut Change<'_>, request: &Request) -> Result<(), Error> {
    let notice = Notice::RequestCreated {
        group: group(change, request)?,
        request: request.id.uuid(),
        requester: Person::read(change, request.user)?,
        roles: roles(request),
        comment: request.said.comments.clone(),
    };
    notice.tell(change)
}

/// Those who administer the group, and the person: they joined without being decided about.
pub(crate) fn of_self_approval(change: &mut Change<'_>, request: &Request, dates: Dates) -> Result<(), Error> {
    let (first_day, last_day) = days(change, dates);
    let notice = Notice::SelfApproved {
        group: group(change, request)?,
        member: Person::read(change, request.user)?,
        first_day,
        last_day,
        roles: roles(request),
    };
    notice.tell(change)
}

/// The person: a reviewer asks something.
pub(crate) fn of_asking(change: &mut Change<'_>, request: &Request, text: &str) -> Result<(), Error> {
    let notice = Notice::RequestAsked {
        group: group(change, request)?,
        request: request.id.uuid(),
        requester: request.user,
        reviewer: Actor::of(change)?,
        text: text.to_owned(),
    };
    notice.tell(change)
}

/// Who asked, else those who may decide: the person has answered.
pub(crate) fn of_answering(change: &mut Change<'_>, request: &Request, text: &str) -> Result<(), Error> {
    let asker = thread::table::last_asker(change, request.id)?;
    let notice = Notice::RequestAnswered {
        group: group(change, request)?,
        request: request.id.uuid(),
        requester: Person::read(change, request.user)?,
        reviewer: asker.as_deref().and_then(thread::person),
        text: text.to_owned(),
    };
    notice.tell(change)
}

/// The person, and the others who could have decided.
pub(crate) fn of_deciding(change: &mut Change<'_>, request: &Request, dates: Option<Dates>) -> Result<(), Error> {
    let (first_day, last_day) = dates.map_or((None, None), |dates| days(change, dates));
    let decision = if request.status == RequestStatus::Accepted {
        Decision::Accepted
    } else {
        Decision::Rejected
    };
    let notice = Notice::RequestDecided {
        group: group(change, request)?,
        requester: Person::read(change, request.user)?,
        actor: Actor::of(change)?,
        decision,
        justification: request.said.justification.clone(),
        roles: roles(request),
        first_day,
        last_day,
    };
    notice.tell(change)
}

/// The person, unless it was their own idea; both sides where nobody answered. `before` is as it waited.
pub(crate) fn of_putting_aside(change: &mut Change<'_>, before: &Request, cause: ArchiveCause) -> Result<(), Error> {
    let cause = match cause {
        ArchiveCause::Withdrawn | ArchiveCause::PersonGone => return Ok(()),
        ArchiveCause::Closed => return of_closing(change, before),
        ArchiveCause::ConfigurationChanged => Cause::WayChanged,
        ArchiveCause::ConfigurationRemoved => Cause::WayRemoved,
        ArchiveCause::RoleRemoved => Cause::RolesRemoved,
        ArchiveCause::MemberAdded => Cause::MemberAdded,
        ArchiveCause::GroupDeleted => Cause::GroupDeleted,
    };
    let notice = Notice::RequestArchived {
        group: group(change, before)?,
        requester: before.user,
        cause,
    };
    notice.tell(change)
}

fn of_closing(change: &mut Change<'_>, before: &Request) -> Result<(), Error> {
    let notice = Notice::RequestClosed {
        group: group(change, before)?,
        requester: Person::read(change, before.user)?,
        waits_for: waits_for(before),
        since: date(change, before.waits_since()),
    };
    notice.tell(change)
}

/// Whoever is to say the next word.
pub(crate) fn of_waiting(change: &mut Change<'_>, request: &Request, closes: Timestamp) -> Result<(), Error> {
    let notice = Notice::RequestWaits {
        group: group(change, request)?,
        request: request.id.uuid(),
        requester: Person::read(change, request.user)?,
        waits_for: waits_for(request),
        since: date(change, request.waits_since()),
        closes: Some(date(change, closes)),
    };
    notice.tell(change)
}

fn waits_for(request: &Request) -> WaitsFor {
    if request.status == RequestStatus::WaitingForReply {
        WaitsFor::Requester
    } else {
        WaitsFor::Reviewer
    }
}

/// The group by its path; one that is gone by where it stood when the person asked.
fn group(change: &mut Change<'_>, request: &Request) -> Result<GroupRef, Error> {
    let path = match path::of(change, request.group) {
        Ok(path) => path.to_string(),
        Err(Error::Refused(_)) => request.said.group_path.clone().unwrap_or_default(),
        Err(error) => return Err(error),
    };
    Ok(GroupRef {
        id: request.group.uuid(),
        path,
    })
}

fn roles(request: &Request) -> Vec<String> {
    request.said.roles.iter().map(|role| role.name.clone()).collect()
}

/// The first day, where it is still to come, and the last.
fn days(change: &Change<'_>, dates: Dates) -> (Option<Date>, Option<Date>) {
    let zone = Zone::of(change.realm());
    let first = dates.valid_from.filter(|from| *from > change.now());
    let last = dates.expires_at.map(|end| zone.last_day(end));
    (first.map(|from| civil(zone.day(from))), last.map(civil))
}

fn date(change: &Change<'_>, at: Timestamp) -> Date {
    civil(Zone::of(change.realm()).day(at))
}

/// The day as the calendar of mails knows it.
fn civil(day: Day) -> Date {
    day.to_string().parse().unwrap_or_default()
}
