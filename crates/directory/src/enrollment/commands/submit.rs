//! Asking to join a group, or to stay in it.

use serde_json::json;

use super::super::check_policy;
use super::super::configuration::{self, Configuration};
use super::super::request::admit::{Admission, Present, admit};
use super::super::request::aside::put_aside;
use super::super::request::rules::{Asking, Offered, Patience, Standing, next_duty, submit};
use super::super::request::{ArchiveCause, AskedRole, Request, RequestStatus, Said, identity, table, tell};
use super::super::rule;
use super::super::terms::{self, TermsGiven};
use super::super::written;
use crate::access;
use crate::change::{Change, Command};
use crate::confirmation;
use crate::denial::Denial;
use crate::error::{Error, Refusal};
use crate::event::EventKind;
use crate::group::{self, Group, GroupRole};
use crate::id::Id;
use crate::job::{self, JobKind};
use crate::membership::portfolio::Held;
use crate::principal::{Permission, Scope};
use crate::user::{self, User};
use crate::zone::Zone;

/// Asks to join a group by one of its ways, or to stay. Where nobody decides the person is a member at once.
#[derive(Clone, Debug)]
pub struct SubmitRequest {
    /// By which way.
    pub configuration: Id<Configuration>,
    /// The names of the roles asked for.
    pub roles: Vec<String>,
    /// Why.
    pub comments: Option<String>,
    /// What the person says about the terms.
    pub terms: Option<TermsGiven>,
}

/// What became of asking.
#[derive(Clone, Debug)]
pub struct Submitted {
    /// The request, or the record that nobody was asked.
    pub request: Request,
}

impl Command for SubmitRequest {
    type Output = Submitted;

    fn needs(&self) -> Permission {
        Permission::Person(Scope::AgmSelf)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Submitted, Error> {
        let person = change.principal().user().ok_or(Denial::PersonRequired)?;
        check_policy(change.principal())?;
        let comments = written::read("comments", self.comments.as_deref(), written::COMMENT)?;
        let known = configuration::table::by_id(change, self.configuration)?;
        let known = known.ok_or(Denial::NoSuchConfiguration)?;
        // The person, then the group: from here on nobody changes either, or its ways to join.
        let mut held = Held::settled(change, person, &[known.group])?.ok_or(Refusal::NotFound { what: "user" })?;
        let found = configuration::table::by_id(change, known.id)?;
        let configuration = found.ok_or(Denial::NoSuchConfiguration)?;
        let group = group::table::read(change, configuration.group)?.ok_or(Denial::NoSuchConfiguration)?;
        access::check_group(change, &group)?;
        let user = user::table::read(change, person)?.ok_or(Refusal::NotFound { what: "user" })?;
        let present = Present::of(&held);
        let standing = Standing {
            membership: present.to_be_kept(group.id),
            blocked: present.portfolio.is_blocked(group.id),
            asks_already: asks_already(change, group.id, person)?,
        };
        let all_roles = group::roles::table::of_group(change, group.id)?;
        let in_force = match configuration.terms {
            Some(id) => terms::table::by_id(change, id)?,
            None => None,
        };
        let offered = Offered {
            active: configuration.active,
            contract: &configuration.contract,
            roles: &offered_roles(&configuration, &all_roles),
            terms: in_force.as_ref(),
            privileged: group.management.privileged.is_some(),
            cuts_roles: change.realm().settings.compat.single_role,
            plain_members: group.management.plain_members,
        };
        let asking = Asking {
            roles: &self.roles,
            comments: comments.as_deref(),
            terms: self.terms.as_ref(),
        };
        let answer = submit(&offered, &asking, standing)?;
        rule::check_way(change, &group, &configuration)?;
        let mut acceptance = None;
        if let (Some(terms), Some(given)) = (&in_force, &self.terms) {
            acceptance = Some(terms::accept(change, &user, terms, given, &configuration)?);
        }
        let said = Said {
            roles: answer.roles,
            comments,
            identity: identity_of(change, &user)?,
            group_path: Some(group::path::of(change, group.id)?.to_string()),
            way_version: configuration.version,
            renewal: answer.renewal,
            last_word: Some(change.now()),
            ..Said::default()
        };
        let request = Request {
            id: change.new_id(),
            version: 1,
            modified: change.now(),
            group: group.id,
            configuration: configuration.id,
            user: person,
            status: if answer.reviewed {
                RequestStatus::PendingApproval
            } else {
                RequestStatus::SelfApproved
            },
            submitted_at: change.now(),
            decided_at: (!answer.reviewed).then(|| change.now()),
            terms: in_force.as_ref().map(|terms| terms.id),
            said,
        };
        table::insert(change, &request)?;
        if answer.reviewed {
            change.record(request.made(EventKind::RequestSubmitted))?;
            remind_later(change, &request)?;
            tell::of_submitting(change, &request)?;
            return Ok(Submitted { request });
        }
        change.record(request.made(EventKind::RequestSelfApproved))?;
        purge_later(change)?;
        let terms = in_force.as_ref().zip(acceptance);
        let zone = Zone::of(change.realm());
        let admission = Admission {
            group: &group,
            configuration: &configuration,
            roles: &request.said.roles,
            terms: terms.map(|(terms, accepted)| terms::rules::standing(terms, accepted.accepted_at, &zone)),
            by_themselves: true,
        };
        let dates = admit(change, &mut held, present, &admission)?;
        tell::of_self_approval(change, &request, dates)?;
        Ok(Submitted { request })
    }
}

/// The roles of a way to join that the group still has.
fn offered_roles(configuration: &Configuration, all: &[GroupRole]) -> Vec<AskedRole> {
    let offered = all
        .iter()
        .filter(|role| configuration.contract.roles.contains(&role.id.uuid()));
    let asked = |role: &GroupRole| AskedRole {
        id: role.id.uuid(),
        name: role.name.clone(),
    };
    offered.map(asked).collect()
}

/// Whether the person waits for the answer to another request. One that is to be put aside does not count: it is now.
fn asks_already(change: &mut Change<'_>, group: Id<Group>, person: Id<User>) -> Result<bool, Error> {
    let Some(open) = table::open(change, group, person)? else {
        return Ok(false);
    };
    let cause = match configuration::table::by_id(change, open.configuration)? {
        Some(configuration) if !open.is_outdated_by(&configuration) => return Ok(true),
        Some(_) => ArchiveCause::ConfigurationChanged,
        None => ArchiveCause::ConfigurationRemoved,
    };
    put_aside(change, &open, cause)?;
    Ok(false)
}

fn identity_of(change: &mut Change<'_>, user: &User) -> Result<super::super::request::Identity, Error> {
    let email = confirmation::effective_address(change, user)?;
    let settings = &change.realm().settings.agm;
    Ok(identity::of(user.attributes(), email, settings, change.principal()))
}

/// What a realm says about requests that nobody answers.
pub(in crate::enrollment) fn patience(change: &Change<'_>) -> Patience {
    let settings = &change.realm().settings.agm;
    Patience {
        remind_days: settings.request_reminder_days(),
        close_days: settings.request_close_days(),
    }
}

/// From now on it waits for the next word.
pub(super) fn remind_later(change: &mut Change<'_>, request: &Request) -> Result<(), Error> {
    let since = request.waits_since();
    let (due, _) = next_duty(since, since, patience(change));
    let subject = request.id.uuid();
    job::schedule_quietly(change, JobKind::RequestDuties, subject, &json!({}), due)
}

/// A realm in which something is decided forgets it one day.
pub(super) fn purge_later(change: &mut Change<'_>) -> Result<(), Error> {
    let nobody = uuid::Uuid::nil();
    if job::payload(change, JobKind::PurgeRequests, nobody)?.is_some() {
        return Ok(());
    }
    let due = change.now().plus_seconds(86_400);
    job::schedule_quietly(change, JobKind::PurgeRequests, nobody, &json!({}), due)
}
