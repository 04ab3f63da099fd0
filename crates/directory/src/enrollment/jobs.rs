//! What jobs do about requests and ways to join.

use crate::change::Change;
use crate::error::Error;
use crate::job::{Job, Next};

/// Reminds of a request that nobody answers, or closes it.
pub(crate) fn request_duties(_: &mut Change<'_>, job: &Job) -> Result<Next, Error> {
    Err(job.unknown_here())
}

/// A slice of the requests of a realm that were decided long ago.
pub(crate) fn purge_requests(_: &mut Change<'_>, job: &Job) -> Result<Next, Error> {
    Err(job.unknown_here())
}

/// A slice of the requests and invitations of a way to join that was changed or removed.
pub(crate) fn settle_configuration(_: &mut Change<'_>, job: &Job) -> Result<Next, Error> {
    Err(job.unknown_here())
}

/// A slice of the requests and invitations that hold a role that was removed.
pub(crate) fn settle_role(_: &mut Change<'_>, job: &Job) -> Result<Next, Error> {
    Err(job.unknown_here())
}
