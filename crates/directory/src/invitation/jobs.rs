//! What jobs do about invitations.

use crate::change::Change;
use crate::error::Error;
use crate::job::{Job, Next};

/// Forgets an invitation that was decided long ago.
pub(crate) fn purge_invitation(_: &mut Change<'_>, job: &Job) -> Result<Next, Error> {
    Err(job.unknown_here())
}
