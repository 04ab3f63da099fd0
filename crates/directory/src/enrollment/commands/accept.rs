//! Letting somebody in who asked.

use super::super::check_policy;
use super::super::configuration::Configuration;
use super::super::request::admit::{Admission, Present, admit};
use super::super::request::rules::{Act, Approval, OwnRequest, after, approval};
use super::super::request::{FirstApproval, Request, aside, table, tell};
use super::super::rule;
use super::super::terms;
use super::super::written;
use super::{reviewed, submit};
use crate::change::{Change, Command};
use crate::delegation::{Capability, reach};
use crate::denial::Denial;
use crate::error::{Error, Refusal};
use crate::event::EventKind;
use crate::group::{self, Group};
use crate::id::Id;
use crate::membership::TermsStanding;
use crate::membership::portfolio::Held;
use crate::principal::Permission;
use crate::user::{self, Lifecycle};
use crate::zone::Zone;

/// Lets a person in who asked, or lets them stay. In a privileged group two different reviewers have to say so, or one who is
/// entitled to decide alone.
#[derive(Clone, Debug)]
pub struct AcceptRequest {
    /// Which request.
    pub id: Id<Request>,
    /// The version it was read in, if the caller insists.
    pub if_version: Option<i64>,
    /// Why, in the reviewer's words.
    pub justification: Option<String>,
}

/// A request after a reviewer's yes.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The request.
    pub request: Request,
    /// Whether that decided it; else somebody else has to say so too.
    pub decided: bool,
}

impl Command for AcceptRequest {
    type Output = Decided;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Decided, Error> {
        check_policy(change.principal())?;
        let known = table::read(change, self.id)?.ok_or(Refusal::NotFound { what: "request" })?;
        // The person before the group: whatever else they have bears on it.
        let held = Held::settled(change, known.user, &[known.group])?;
        let (request, group, _) = reviewed::group_of(change, self.id)?;
        after(request.status, Act::Accept)?;
        let mut held = held.ok_or(Refusal::NotFound { what: "user" })?;
        let (before, status, configuration) = reviewed::lock(change, request.id, self.if_version, Act::Accept)?;
        let justification = written::read("adminJustification", self.justification.as_deref(), written::COMMENT)?;
        let mut request = before.clone();
        let reviewer = change.principal().label();
        let first = match &before.said.first_approval {
            Some(first) if still_reviews(change, &group, first)? => Some(first.by.as_str()),
            Some(_) | None => None,
        };
        let worth = approval(
            group.management.privileged.is_some(),
            decides_alone(change, &group),
            own(change, &group, &before),
            first,
            &reviewer,
        )?;
        if worth == Approval::IsFirstOfTwo {
            rule::check_way(change, &group, &configuration)?;
            request.said.first_approval = Some(FirstApproval {
                by: reviewer,
                at: change.now(),
                by_delegation: !reach::may_everywhere(change.principal(), Capability::RequestsReview),
            });
            request.said.last_word = Some(change.now());
            table::update(change, &before, &mut request)?;
            change.record(request.turned(EventKind::RequestApprovedOnce, &before))?;
            submit::remind_later(change, &request)?;
            return Ok(Decided {
                request,
                decided: false,
            });
        }
        check_roles(change, &group, &before)?;
        request.status = status;
        request.decided_at = Some(change.now());
        request.said.reviewer = Some(reviewer);
        request.said.justification = justification;
        table::update(change, &before, &mut request)?;
        change.record(request.turned(EventKind::RequestAccepted, &before))?;
        aside::over(change, &request)?;
        submit::purge_later(change)?;
        let present = Present::of(&held);
        let admission = Admission {
            group: &group,
            configuration: &configuration,
            roles: &request.said.roles,
            terms: standing(change, &request, &configuration, &held)?,
            by_themselves: false,
        };
        let dates = admit(change, &mut held, present, &admission)?;
        tell::of_deciding(change, &request, Some(dates))?;
        Ok(Decided { request, decided: true })
    }
}

/// Whether the first yes still counts: of whoever has left, or reviews there no longer, it does not.
fn still_reviews(change: &mut Change<'_>, group: &Group, first: &FirstApproval) -> Result<bool, Error> {
    let Some(person) = first.by.strip_prefix("user:").and_then(Id::parse) else {
        return Ok(true);
    };
    let is_there = user::table::read(change, person)?.is_some_and(|person| person.lifecycle == Lifecycle::Active);
    if !is_there || !first.by_delegation {
        return Ok(is_there);
    }
    reach::still_has(change, person, group, Capability::RequestsReview)
}

/// Whether whoever acts lets people into the group without a second one.
fn decides_alone(change: &Change<'_>, group: &Group) -> bool {
    let privileged = group.management.privileged.as_ref();
    privileged.is_none_or(|privileged| group::privileged::is_entitled(change.principal(), privileged))
}

fn own(change: &Change<'_>, group: &Group, request: &Request) -> OwnRequest {
    if change.principal().user() != Some(request.user) {
        OwnRequest::No
    } else if group.management.self_approval {
        OwnRequest::Allowed
    } else {
        OwnRequest::Yes
    }
}

/// The group still has what was asked for.
fn check_roles(change: &mut Change<'_>, group: &Group, request: &Request) -> Result<(), Error> {
    let all = group::roles::table::of_group(change, group.id)?;
    for asked in &request.said.roles {
        if all.iter().all(|role| role.id.uuid() != asked.id) {
            let role = asked.name.clone();
            return Err(Denial::RoleUnknown { role }.into());
        }
    }
    Ok(())
}

/// How the person stands to the terms they accepted when they asked.
fn standing(
    change: &mut Change<'_>,
    request: &Request,
    configuration: &Configuration,
    held: &Held,
) -> Result<Option<TermsStanding>, Error> {
    let Some(id) = request.terms else { return Ok(None) };
    let Some(terms) = terms::table::by_id(change, id)? else {
        return Ok(None);
    };
    let accepted = terms::table::last_accepted(change, request.user, id)?;
    let accepted = accepted.unwrap_or(request.submitted_at);
    let standing = terms::rules::standing(&terms, accepted, &Zone::of(change.realm()));
    terms::of_late(change, configuration, standing, &held.figures).map(Some)
}
