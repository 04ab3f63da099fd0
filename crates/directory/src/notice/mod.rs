//! What people are told of by mail: one `Notice` for each thing that happens in a group. A command says what happened; `rules`
//! say who is told what of it, `recipient` who that is, `crowd` in which slices, and `send` queues the mails.
//!
//! - [`NoticeChoices`]: how somebody wants to be told; [`SetNoticeChoices`] says it.
//! - `many`: members whom a program adds or takes out.
//! - `digest`: what comes together for a day.

mod choices;
mod commands;
mod crowd;
mod deciders;
mod digest;
pub(crate) mod jobs;
mod many;
mod queries;
mod recipient;
mod rules;
mod send;
pub(crate) mod table;
#[cfg(test)]
mod tests;

pub use choices::{ADMINISTRATION, Choice, NoticeChoices};
pub use commands::SetNoticeChoices;
pub(crate) use crowd::{AT_ONCE, SLICE};
pub(crate) use deciders::{tell_deciders, tell_instead};
pub(crate) use many::{Joined, Removed, tell_joined, tell_removed};
pub use queries::choosable;
pub(crate) use recipient::{Recipient, reachable, support};
pub(crate) use rules::is_on;
pub(crate) use send::queue;

use jiff::civil::Date;
use uuid::Uuid;

use crate::change::Change;
use crate::error::Error;
use crate::id::Id;
use crate::job::{self, JobKind};
use crate::mail::content::{
    AdminChange, Cause, Decision, Digest, Elevated, Eligible, Ending, GroupDeleted, GroupRef, OfferKind, OfferMade,
    PersonRef, Preset, ReviewHeld, ReviewOver, RoleChange, Terms, WaitsFor, Who,
};
use crate::user::User;

/// Somebody a notice is about, and perhaps to.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: Id<User>,
    /// As others see them.
    pub(crate) shown: PersonRef,
}

/// Who did it.
#[derive(Clone, Debug)]
pub(crate) struct Actor {
    /// The person, who need not be told of it.
    pub(crate) user: Option<Id<User>>,
    pub(crate) who: Who,
}

/// A membership as it is now.
#[derive(Clone, Debug)]
pub(crate) struct MembershipNow {
    pub(crate) group: GroupRef,
    pub(crate) member: Person,
    pub(crate) actor: Actor,
    pub(crate) first_day: Option<Date>,
    pub(crate) last_day: Option<Date>,
    pub(crate) roles: Vec<String>,
}

/// What somebody did to a membership, and to which below it.
#[derive(Clone, Debug)]
pub(crate) struct Act {
    pub(crate) group: GroupRef,
    pub(crate) member: Person,
    pub(crate) actor: Actor,
    pub(crate) below: Vec<String>,
    pub(crate) justification: Option<String>,
}

/// Who else than the person is told that they administer a group, or do no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Others {
    /// Those who administer it too.
    Told,
    /// Nobody: it came from the administration of the realm.
    Untold,
}

/// Something that happened in a group.
#[derive(Debug)]
pub(crate) enum Notice {
    /// Somebody asks to join.
    RequestCreated {
        group: GroupRef,
        request: Uuid,
        requester: Person,
        roles: Vec<String>,
        comment: Option<String>,
    },
    /// A request was decided.
    RequestDecided {
        group: GroupRef,
        requester: Person,
        actor: Actor,
        decision: Decision,
        justification: Option<String>,
        roles: Vec<String>,
        first_day: Option<Date>,
        last_day: Option<Date>,
    },
    /// A reviewer has a question.
    RequestAsked {
        group: GroupRef,
        request: Uuid,
        requester: Id<User>,
        reviewer: Actor,
        text: String,
    },
    /// It was answered.
    RequestAnswered {
        group: GroupRef,
        request: Uuid,
        requester: Person,
        /// Who asked, if they are still there.
        reviewer: Option<Id<User>>,
        text: String,
    },
    /// Nobody has said anything for some days.
    RequestWaits {
        group: GroupRef,
        request: Uuid,
        requester: Person,
        waits_for: WaitsFor,
        since: Date,
        closes: Option<Date>,
    },
    /// Nobody has, for so long that it was closed.
    RequestClosed {
        group: GroupRef,
        requester: Person,
        waits_for: WaitsFor,
        since: Date,
    },
    /// A request was put away without a decision.
    RequestArchived {
        group: GroupRef,
        requester: Id<User>,
        cause: Cause,
    },
    /// Somebody has joined without approval.
    SelfApproved {
        group: GroupRef,
        member: Person,
        first_day: Option<Date>,
        last_day: Option<Date>,
        roles: Vec<String>,
    },
    /// An offer was made. The mail with its link goes its own way, since its delivery shows at the invitation.
    OfferMade { by: Actor, about: OfferMade },
    /// It was answered.
    OfferAnswered {
        group: GroupRef,
        kind: OfferKind,
        answer: Decision,
        person: Option<Person>,
        address: String,
        roles: Vec<String>,
        /// Of the membership, where it is still to come.
        first_day: Option<Date>,
    },
    /// It was not.
    OfferExpired { inviter: Id<User>, about: OfferMade },
    /// Somebody was made a member.
    MemberCreated(MembershipNow),
    /// A membership was changed.
    MemberUpdated(MembershipNow),
    /// A membership that was agreed before begins.
    MembershipActivated(MembershipNow),
    /// A role came or went.
    RolesChanged {
        group: GroupRef,
        member: Person,
        actor: Actor,
        change: RoleChange,
        roles: Vec<String>,
    },
    /// A membership was suspended.
    MemberSuspended(Act),
    /// The suspension was lifted.
    MemberResumed(Act),
    /// A membership was ended by somebody else.
    MemberRemoved(Act),
    /// One was, since a review came to that: those who decided know of it.
    RemovedByReview(Act),
    /// One was suspended by a review.
    SuspendedByReview(Act),
    /// A review was closed: to whoever began it.
    ReviewClosed { to: Id<User>, about: ReviewOver },
    /// A review waits to be closed: to the same.
    ReviewHeld { to: Id<User>, about: ReviewHeld },
    /// A member has left.
    MemberLeft {
        group: GroupRef,
        member: Person,
        below: Vec<String>,
    },
    /// A membership's time is over.
    MembershipExpired {
        group: GroupRef,
        member: Person,
        below: Vec<String>,
        last_day: Option<Date>,
        kept_until: Option<Date>,
        /// They are kept out, and do not come back by asking.
        kept_out: bool,
    },
    /// It will be.
    MembershipEnding { member: Id<User>, about: Ending },
    /// The terms have to be accepted again.
    TermsReminder { member: Id<User>, about: Terms },
    /// They were not.
    TermsLapsed { member: Person, about: Terms },
    /// Somebody may make themselves a member.
    MadeEligible { member: Id<User>, about: Eligible },
    /// Somebody has.
    Elevated { by: Id<User>, about: Elevated },
    /// Somebody administers a group, or does no more.
    AdminChanged {
        group: GroupRef,
        admin: Person,
        actor: Actor,
        change: AdminChange,
        preset: Preset,
        others: Others,
    },
    /// The group is gone: to those who administered it.
    GroupDeleted {
        admins: Vec<Id<User>>,
        /// Those of them who are told as members.
        members: Vec<Id<User>>,
        by: Actor,
        about: GroupDeleted,
    },
    /// The same, to one who was a member.
    GroupDeletedMember { member: Id<User>, about: GroupDeleted },
    /// A day of the groups that somebody administers.
    Digest { admin: Id<User>, about: Digest },
}

/// Forgets what somebody chose who is erased, and what waits for their digest.
pub(crate) fn erase_of_user(change: &mut Change<'_>, user: Id<User>) -> Result<(), Error> {
    table::erase_of_user(change, user)?;
    job::cancel_quietly(change, JobKind::SendDigest, user.uuid())
}
