//! One job in one transaction: what it does, and the end of its row.

use uuid::Uuid;

use super::{Job, JobKind, Next, purge, table};
use crate::change::{Change, Command};
use crate::clock::Timestamp;
use crate::error::{Error, Refusal};
use crate::invitation::ExpireInvitation;
use crate::plan::{EndPlan, PurgePlan};
use crate::principal::Permission;
use crate::settings::WorkSettings;
use crate::token::{ExpireToken, WarnOfExpiry};
use crate::user::{EraseUser, LeaveUninvited, LeaveUser};
use crate::{enrollment, entitlement, invitation, membership, notice, review, sign_in_link};

/// Runs a job that was taken.
#[derive(Clone, Debug)]
pub(super) struct RunJob {
    pub(super) job: Job,
    pub(super) lease: Uuid,
    pub(super) work: WorkSettings,
    /// The machine's time when it was taken.
    pub(super) real_now: Timestamp,
}

/// Seconds between two runs of a daily job.
const DAY: i64 = 86_400;

impl Command for RunJob {
    type Output = ();

    fn needs(&self) -> Permission {
        Permission::System
    }

    fn run(&self, change: &mut Change<'_>) -> Result<(), Error> {
        let job = &self.job;
        let next = self.act(change)?;
        // Last, so that rows are taken in the order in which other commands take them. When another node has the job by
        // now, all of this is rolled back and that node's run counts.
        let still_ours = match next {
            Next::Done => table::finish(change, job, self.lease)?,
            Next::Again(due) => table::again(change, job, self.lease, due)?,
        };
        if still_ours {
            Ok(())
        } else {
            Err(Refusal::conflict("another node has taken the job").into())
        }
    }
}

impl RunJob {
    /// The table of contents: which kind is whose.
    fn act(&self, change: &mut Change<'_>) -> Result<Next, Error> {
        let (job, now) = (&self.job, change.now());
        match job.kind {
            JobKind::LeaveUser => once(LeaveUser { id: job.subject() }.run(change)),
            JobKind::LeaveUninvited => Ok(until(LeaveUninvited { id: job.subject() }.run(change)?)),
            JobKind::EraseUser => once(EraseUser { id: job.subject() }.run(change)),

            JobKind::EndMemberships => membership::jobs::end_memberships(change, job),
            JobKind::PersonDuties => membership::jobs::person_duties(change, job),
            JobKind::RecalculateEffective => membership::jobs::recalculate_effective(change, job),
            JobKind::KeepListed => membership::jobs::keep_listed(change, job),

            JobKind::RequestDuties => enrollment::jobs::request_duties(change, job),
            JobKind::PurgeRequests => enrollment::jobs::purge_requests(change, job),
            JobKind::SettleConfiguration => enrollment::jobs::settle_configuration(change, job),
            JobKind::RequeueRequests => enrollment::jobs::requeue_requests(change, job),
            JobKind::SettleRole => enrollment::jobs::settle_role(change, job),
            JobKind::AskTerms => enrollment::terms::ask_slice(change, job),

            JobKind::ExpireInvitation => once(ExpireInvitation { id: job.subject() }.run(change)),
            JobKind::PurgeInvitation => invitation::jobs::purge_invitation(change, job),

            JobKind::RecalculateEntitlements => entitlement::jobs::recalculate_entitlements(change, job),

            // What closing does was done, before this command.
            JobKind::ReviewDuties => review::jobs::review_duties(change, job),
            JobKind::PurgeReview => review::jobs::purge_review(change, job),

            JobKind::SendNotice => notice::jobs::send_notice(change, job),
            JobKind::SendDigest => notice::jobs::send_digest(change, job),

            JobKind::MailSignInLink => sign_in_link::jobs::mail_sign_in_link(change, job),

            // What could be applied was, before this command.
            JobKind::ApplyPlan => {
                let plan = EndPlan { id: job.subject() }.run(change)?;
                Ok(slice(!plan.state.is_over(), now))
            }
            JobKind::PurgePlan => Ok(slice(PurgePlan { id: job.subject() }.run(change)?, now)),

            JobKind::WarnOfExpiry => once(WarnOfExpiry { id: job.subject() }.run(change)),
            JobKind::ExpireToken => once(ExpireToken { id: job.subject() }.run(change)),

            JobKind::PurgeTokens => Ok(daily(purge::tokens(change)?, now)),
            JobKind::PurgeIdempotencyKeys => Ok(daily(purge::idempotency_keys(change)?, now)),
            JobKind::PurgeClientLogs => Ok(daily(purge::client_logs(change, self.real_now)?, now)),
            JobKind::PurgeDeliveries => Ok(daily(purge::deliveries(change, &self.work)?, now)),
        }
    }
}

fn once<T>(done: Result<T, Error>) -> Result<Next, Error> {
    done.map(|_| Next::Done)
}

fn until(due: Option<Timestamp>) -> Next {
    due.map_or(Next::Done, Next::Again)
}

/// The next slice is due at once, if there is one.
fn slice(more: bool, now: Timestamp) -> Next {
    if more { Next::Again(now) } else { Next::Done }
}

fn daily(more: bool, now: Timestamp) -> Next {
    Next::Again(if more { now } else { now.plus_seconds(DAY) })
}
