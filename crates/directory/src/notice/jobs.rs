//! What jobs do about notices.

use crate::change::Change;
use crate::error::Error;
use crate::job::{Job, Next};

/// A slice of the recipients that were too many for the command itself.
pub(crate) fn send_notice(_: &mut Change<'_>, job: &Job) -> Result<Next, Error> {
    Err(job.unknown_here())
}

/// What has come together for a person.
pub(crate) fn send_digest(_: &mut Change<'_>, job: &Job) -> Result<Next, Error> {
    Err(job.unknown_here())
}
