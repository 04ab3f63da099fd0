//! Jobs: what has to happen at its time. A row with a due time in the directory's time, taken by lease in real time, one
//! small transaction per item. Every node may run them; the transaction that finishes a job checks the lease, so exactly
//! one does.
//!
//! A job that fails is tried again later and later, then parked with its last error until an operator retries it.

mod commands;
mod fail;
mod purge;
mod queries;
mod run;
pub(crate) mod table;
mod worker;

pub use commands::RetryJob;
pub use queries::JobQuery;
pub(crate) use table::{begin, cancel, cancel_quietly, free, payload, remember, schedule, schedule_quietly};
pub use worker::JobWorker;
pub(crate) use worker::left;

use serde_json::Value;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::realm::RealmId;

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobKind {
    /// Takes a person out whose DELETE was put off.
    LeaveUser,
    /// Takes a person out whose invitation expired a while ago.
    LeaveUninvited,
    /// Erases a person whose retention is over.
    EraseUser,
    /// Ends memberships of someone who has left, or of a group that is gone, in slices.
    EndMemberships,
    /// Applies a plan, in slices.
    ApplyPlan,
    /// Forgets a plan whose time is over.
    PurgePlan,
    /// Ends an invitation whose time is over.
    ExpireInvitation,
    /// Forgets an invitation that was decided long ago.
    PurgeInvitation,
    /// Does what is due for a person's memberships: they begin, end, are reminded of.
    PersonDuties,
    /// Reminds of a request that nobody answers, and closes it in the end.
    RequestDuties,
    /// Forgets requests that were decided long ago. Daily, for each realm that has any.
    PurgeRequests,
    /// Puts requests and invitations of a changed or removed way to join aside, in slices.
    SettleConfiguration,
    /// Writes anew in whose queues the requests of a group stand, and of all below it, which was moved, in slices.
    RequeueRequests,
    /// Takes a removed role out of requests and invitations, in slices.
    SettleRole,
    /// Asks members who accepted earlier terms of a way to join for those in force, in slices.
    AskTerms,
    /// Writes entitlements anew, of a group and all below it or of a realm, in slices.
    RecalculateEntitlements,
    /// Works out status and effective end anew, of a group and all below it or of a realm, in slices.
    RecalculateEffective,
    /// Sorts the members of a group that is managed from now on by name, in slices.
    KeepListed,
    /// Writes down what a review is about, tells of it, reminds, and closes it, in slices.
    ReviewDuties,
    /// Forgets a review that was over long ago, in slices.
    PurgeReview,
    /// Tells the rest of many recipients, in slices.
    SendNotice,
    /// Sends what has come together for a person.
    SendDigest,
    /// Sends a link by which somebody signs in, if it is to go to that address.
    MailSignInLink,
    /// Tells that a token will soon expire.
    WarnOfExpiry,
    /// Tells what the end of a token with `scim:write` has changed.
    ExpireToken,
    /// Removes tokens that have long expired, and sessions and links to sign in by that are over. Daily.
    PurgeTokens,
    /// Removes answers kept for repeated requests. Daily.
    PurgeIdempotencyKeys,
    /// Removes deliveries that were settled a while ago, and mails of that age that carry no invitation. Daily.
    PurgeDeliveries,
    /// Forgets what clients asked long ago. Daily.
    PurgeClientLogs,
}

impl JobKind {
    /// All kinds.
    pub const ALL: [Self; 29] = [
        Self::LeaveUser,
        Self::LeaveUninvited,
        Self::EraseUser,
        Self::EndMemberships,
        Self::ApplyPlan,
        Self::PurgePlan,
        Self::ExpireInvitation,
        Self::PurgeInvitation,
        Self::PersonDuties,
        Self::RequestDuties,
        Self::PurgeRequests,
        Self::SettleConfiguration,
        Self::RequeueRequests,
        Self::SettleRole,
        Self::AskTerms,
        Self::RecalculateEntitlements,
        Self::RecalculateEffective,
        Self::KeepListed,
        Self::ReviewDuties,
        Self::PurgeReview,
        Self::SendNotice,
        Self::SendDigest,
        Self::MailSignInLink,
        Self::WarnOfExpiry,
        Self::ExpireToken,
        Self::PurgeTokens,
        Self::PurgeIdempotencyKeys,
        Self::PurgeDeliveries,
        Self::PurgeClientLogs,
    ];

    /// Those that every installation has, once a day. They belong to no realm.
    pub(crate) const DAILY: [Self; 4] = [
        Self::PurgeTokens,
        Self::PurgeIdempotencyKeys,
        Self::PurgeDeliveries,
        Self::PurgeClientLogs,
    ];

    /// The word in tables and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::LeaveUser => "leave_user",
            Self::LeaveUninvited => "leave_uninvited",
            Self::EraseUser => "erase_user",
            Self::EndMemberships => "end_memberships",
            Self::ApplyPlan => "apply_plan",
            Self::PurgePlan => "purge_plan",
            Self::ExpireInvitation => "expire_invitation",
            Self::PurgeInvitation => "purge_invitation",
            Self::PersonDuties => "person_duties",
            Self::RequestDuties => "request_duties",
            Self::PurgeRequests => "purge_requests",
            Self::SettleConfiguration => "settle_configuration",
            Self::RequeueRequests => "requeue_requests",
            Self::SettleRole => "settle_role",
            Self::AskTerms => "ask_terms",
            Self::RecalculateEntitlements => "recalculate_entitlements",
            Self::RecalculateEffective => "recalculate_effective",
            Self::KeepListed => "keep_listed",
            Self::ReviewDuties => "review_duties",
            Self::PurgeReview => "purge_review",
            Self::SendNotice => "send_notice",
            Self::SendDigest => "send_digest",
            Self::MailSignInLink => "mail_sign_in_link",
            Self::WarnOfExpiry => "warn_of_expiry",
            Self::ExpireToken => "expire_token",
            Self::PurgeTokens => "purge_tokens",
            Self::PurgeIdempotencyKeys => "purge_idempotency_keys",
            Self::PurgeDeliveries => "purge_deliveries",
            Self::PurgeClientLogs => "purge_client_logs",
        }
    }

    /// The kind of that name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == word)
    }
}

/// What becomes of a job that has run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing more is to be done: the row goes.
    Done,
    /// It is due again then.
    Again(Timestamp),
}

/// A job as it is stored.
#[derive(Clone, Debug)]
pub struct Job {
    /// Whose it is.
    pub realm: RealmId,
    /// Its id; the instant in it is when it was scheduled.
    pub id: Id<Job>,
    /// What it does.
    pub kind: JobKind,
    /// What it does it to. There is one job of a kind for a subject.
    pub subject: Uuid,
    /// What it needs to know beside it.
    pub payload: Value,
    /// When it is due, in the directory's time.
    pub due_at: Timestamp,
    /// How often it has failed in a row.
    pub attempts: i64,
    /// Why it failed last, made harmless.
    pub last_error: Option<String>,
    /// Waits for an operator.
    pub parked: bool,
}

impl Job {
    /// Its subject by the type it has.
    pub(crate) fn subject<T>(&self) -> Id<T> {
        Id::new(self.subject)
    }

    /// What is said of a job that some version makes and this one does not run yet: it waits until one does.
    pub(crate) fn unknown_here(&self) -> Error {
        Refusal::conflict(format!(
            "this version does not run jobs of the kind {}",
            self.kind.name()
        ))
        .into()
    }
}
