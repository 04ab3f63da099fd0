//! One job in one transaction: what it does, and the end of its row.

use serde_json::Value;
use uuid::Uuid;

use super::{Job, JobKind, purge, table};
use crate::change::{Change, Command};
use crate::clock::Timestamp;
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::invitation::ExpireInvitation;
use crate::membership::EndMemberships;
use crate::plan::{EndPlan, PurgePlan};
use crate::principal::Permission;
use crate::settings::WorkSettings;
use crate::token::{ExpireToken, WarnOfExpiry};
use crate::user::{EraseUser, LeaveUninvited, LeaveUser};

/// Runs a job that was taken.
#[derive(Clone, Debug)]
pub(super) struct RunJob {
    pub(super) job: Job,
    pub(super) lease: Uuid,
    pub(super) work: WorkSettings,
    /// The machine's time when it was taken.
    pub(super) real_now: Timestamp,
}

/// What becomes of a job that has run.
enum Next {
    Done,
    Again(Timestamp),
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
    fn act(&self, change: &mut Change<'_>) -> Result<Next, Error> {
        let job = &self.job;
        let now = change.now();
        let more = match job.kind {
            JobKind::LeaveUser => {
                LeaveUser {
                    id: Id::new(job.subject),
                }
                .run(change)?;
                false
            }
            JobKind::LeaveUninvited => {
                let id = Id::new(job.subject);
                return Ok(LeaveUninvited { id }.run(change)?.map_or(Next::Done, Next::Again));
            }
            JobKind::EraseUser => {
                EraseUser {
                    id: Id::new(job.subject),
                }
                .run(change)?;
                false
            }
            JobKind::EndMemberships => {
                let of_group = job.payload.get("of").and_then(Value::as_str) == Some("group");
                EndMemberships {
                    subject: job.subject,
                    of_group,
                }
                .run(change)?
            }
            // What could be applied was, before this command.
            JobKind::ApplyPlan => {
                let id = Id::new(job.subject);
                !EndPlan { id }.run(change)?.state.is_over()
            }
            JobKind::PurgePlan => {
                let id = Id::new(job.subject);
                PurgePlan { id }.run(change)?
            }
            JobKind::ExpireInvitation => {
                ExpireInvitation {
                    id: Id::new(job.subject),
                }
                .run(change)?;
                false
            }
            JobKind::WarnOfExpiry => {
                WarnOfExpiry {
                    id: Id::new(job.subject),
                }
                .run(change)?;
                false
            }
            JobKind::ExpireToken => {
                ExpireToken {
                    id: Id::new(job.subject),
                }
                .run(change)?;
                false
            }
            JobKind::PurgeTokens => return Ok(daily(purge::tokens(change)?, now)),
            JobKind::PurgeIdempotencyKeys => return Ok(daily(purge::idempotency_keys(change)?, now)),
            JobKind::PurgeClientLogs => return Ok(daily(purge::client_logs(change, self.real_now)?, now)),
            JobKind::PurgeDeliveries => return Ok(daily(purge::deliveries(change, &self.work)?, now)),
        };
        Ok(if more { Next::Again(now) } else { Next::Done })
    }
}

fn daily(more: bool, now: Timestamp) -> Next {
    Next::Again(if more { now } else { now.plus_seconds(DAY) })
}
