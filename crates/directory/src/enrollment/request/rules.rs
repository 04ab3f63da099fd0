//! What can be done to a request in which state, what asking takes, and when somebody is reminded. Pure.

use super::super::configuration::Contract;
use super::super::configuration::dates::Before;
use super::super::terms::{Terms, TermsGiven};
use super::{ArchiveCause, AskedRole, RequestStatus};
use crate::clock::Timestamp;
use crate::denial::Denial;
use crate::membership::Status;

/// What is done to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// A reviewer asks something.
    Ask,
    /// The person answers.
    Respond,
    /// A reviewer lets them in.
    Accept,
    /// A reviewer does not.
    Reject,
    /// Somebody is named who is to decide.
    Assign,
    /// It is put aside.
    PutAside(ArchiveCause),
}

/// Where a request stands after something is done to it.
///
/// # Errors
/// The state does not allow it.
pub fn after(status: RequestStatus, act: Act) -> Result<RequestStatus, Denial> {
    use RequestStatus::{Accepted, Archived, PendingApproval, Rejected, WaitingForReply};
    match (act, status) {
        (Act::Ask, PendingApproval) => Ok(WaitingForReply),
        (Act::Accept, PendingApproval) => Ok(Accepted),
        (Act::Reject, PendingApproval) => Ok(Rejected),
        (Act::Respond, WaitingForReply) => Ok(PendingApproval),
        (Act::Assign, open) if open.is_open() => Ok(open),
        (Act::PutAside(_), open) if open.is_open() => Ok(Archived),
        (Act::Respond, _) => Err(Denial::RequestNotWaiting),
        (Act::Ask | Act::Accept | Act::Reject | Act::Assign | Act::PutAside(_), _) => Err(Denial::RequestNotPending),
    }
}

/// How somebody stands to the group they ask to join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Their membership, if they have or had one.
    pub membership: Option<Status>,
    /// They are kept out of the group, or of one above it.
    pub blocked: bool,
    /// They wait for the answer to another request.
    pub asks_already: bool,
}

/// What somebody asks for.
#[derive(Clone, Debug)]
pub struct Asking<'a> {
    /// The names of roles.
    pub roles: &'a [String],
    /// Why.
    pub comments: Option<&'a str>,
    /// What they say about the terms.
    pub terms: Option<&'a TermsGiven>,
}

/// What a way to join offers.
#[derive(Clone, Debug)]
pub struct Offered<'a> {
    /// It can be used.
    pub active: bool,
    /// What it agrees with people.
    pub contract: &'a Contract,
    /// Its roles that the group still has.
    pub roles: &'a [AskedRole],
    /// The terms in force.
    pub terms: Option<&'a Terms>,
    /// The group admits nobody by themselves, and nobody decides alone.
    pub privileged: bool,
    /// Where one role can be had, the first of several is taken (`compat.single_role`).
    pub cuts_roles: bool,
    /// Members of the group need no role.
    pub plain_members: bool,
}

/// What becomes of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The roles that are asked for.
    pub roles: Vec<AskedRole>,
    /// Whether somebody decides.
    pub reviewed: bool,
    /// Whether the person is a member and wants to stay.
    pub renewal: bool,
}

/// Whether asking is in order, and who decides.
///
/// # Errors
/// The first thing that is wrong: with the way to join, with what is asked, with who asks.
pub fn submit(offered: &Offered<'_>, asking: &Asking<'_>, standing: Standing) -> Result<Answer, Denial> {
    if !offered.active {
        return Err(Denial::ConfigurationInactive);
    }
    if standing.asks_already {
        return Err(Denial::RequestOpen);
    }
    let roles = roles(offered, asking.roles)?;
    if offered.contract.comments_needed && asking.comments.is_none() {
        return Err(Denial::CommentRequired);
    }
    if let Some(terms) = offered.terms {
        TermsGiven::check(asking.terms, terms)?;
    }
    if standing.blocked {
        return Err(Denial::Suspended);
    }
    if standing.membership == Some(Status::Pending) {
        return Err(Denial::MembershipPending);
    }
    let renewal = standing.membership == Some(Status::Enabled);
    let reviewed = is_reviewed(offered.contract, renewal);
    if !reviewed && offered.privileged {
        return Err(Denial::Privileged);
    }
    Ok(Answer {
        roles,
        reviewed,
        renewal,
    })
}

/// Whether somebody decides about those who come by a way to join, or stay by it.
pub fn is_reviewed(contract: &Contract, renewal: bool) -> bool {
    if renewal {
        contract.require_approval_for_extension
    } else {
        contract.require_approval
    }
}

fn roles(offered: &Offered<'_>, asked: &[String]) -> Result<Vec<AskedRole>, Denial> {
    let mut roles: Vec<AskedRole> = Vec::with_capacity(asked.len());
    for name in asked {
        let role = offered.roles.iter().find(|role| role.name == *name);
        let role = role.ok_or_else(|| Denial::RoleUnknown { role: name.clone() })?;
        if !roles.contains(role) {
            roles.push(role.clone());
        }
    }
    if roles.is_empty() && !(offered.plain_members && offered.roles.is_empty()) {
        return Err(Denial::RolesRequired);
    }
    if roles.len() > 1 && !offered.contract.multiselect_role {
        if !offered.cuts_roles {
            return Err(Denial::OneRoleOnly);
        }
        roles.truncate(1);
    }
    Ok(roles)
}

/// How somebody who is let in stands before it.
pub fn before(membership: Option<(Status, Option<Timestamp>, Option<Timestamp>)>) -> Before {
    membership.map_or(Before::NoMember, |(status, from, until)| {
        Before::of(status, from, until)
    })
}

/// Whether one who decides may let somebody into a privileged group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approval {
    /// That decides it.
    Decides,
    /// Somebody else has to say so too.
    IsFirstOfTwo,
}

/// What a reviewer's yes is worth.
///
/// # Errors
/// It is their own request, or the second yes of the same.
pub fn approval(
    privileged: bool,
    decides_alone: bool,
    own: OwnRequest,
    first: Option<&str>,
    reviewer: &str,
) -> Result<Approval, Denial> {
    match own {
        OwnRequest::No => {}
        OwnRequest::Allowed if !privileged => {}
        OwnRequest::Allowed | OwnRequest::Yes => return Err(Denial::NotYourself),
    }
    if !privileged || decides_alone {
        return Ok(Approval::Decides);
    }
    match first {
        None => Ok(Approval::IsFirstOfTwo),
        Some(first) if first == reviewer => Err(Denial::NotYourself),
        Some(_) => Ok(Approval::Decides),
    }
}

/// Whether a reviewer decides about what they asked for themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnRequest {
    /// They decide about somebody else.
    No,
    /// About themselves, and the group does not mind.
    Allowed,
    /// About themselves.
    Yes,
}

/// What is to be done about a request that nobody answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// Whoever is to answer is reminded.
    Remind,
    /// It is closed.
    Close,
}

/// What a realm says about requests that nobody answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// After so many days somebody is reminded, again and again.
    pub remind_days: u32,
    /// After so many days it is closed.
    pub close_days: u32,
}

const DAY_MS: i64 = 86_400_000;

fn days_after(at: Timestamp, days: i64) -> Timestamp {
    at.plus_millis(days.saturating_mul(DAY_MS))
}

/// What is next to be done about an open request, and when. `settled` is the instant until which reminders were sent or are
/// needless.
pub fn next_duty(last_word: Timestamp, settled: Timestamp, patience: Patience) -> (Timestamp, Duty) {
    let close = days_after(last_word, i64::from(patience.close_days.max(1)));
    let every = i64::from(patience.remind_days.max(1));
    let gone = settled.millis().saturating_sub(last_word.millis()).max(0) / (every * DAY_MS);
    let remind = days_after(last_word, (gone + 1) * every);
    if remind < close {
        (remind, Duty::Remind)
    } else {
        (close, Duty::Close)
    }
}
