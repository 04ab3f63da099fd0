//! What jobs do about entitlements.

use crate::change::Change;
use crate::error::Error;
use crate::job::{Job, Next};

/// A slice of the memberships of a group and all below it, or of the realm.
pub(crate) fn recalculate_entitlements(_: &mut Change<'_>, job: &Job) -> Result<Next, Error> {
    Err(job.unknown_here())
}
