//! What jobs do about notices.

use super::crowd::{Crowd, SLICE};
use super::digest;
use crate::change::Change;
use crate::error::Error;
use crate::job::{Job, Next};

/// A slice of the recipients that were too many for the command itself. Whoever is left then is a job of their own.
pub(crate) fn send_notice(change: &mut Change<'_>, job: &Job) -> Result<Next, Error> {
    let crowd: Crowd = serde_json::from_value(job.payload.clone()).map_err(|_| job.unknown_here())?;
    crowd.tell(change, SLICE)?;
    Ok(Next::Done)
}

/// What has come together for a person.
pub(crate) fn send_digest(change: &mut Change<'_>, job: &Job) -> Result<Next, Error> {
    digest::send(change, job.subject())?;
    Ok(Next::Done)
}
