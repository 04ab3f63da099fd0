//! What jobs do about notices.

use serde::Deserialize;

use super::crowd::{Crowd, SLICE};
use super::digest;
use super::many::Many;
use crate::change::Change;
use crate::error::Error;
use crate::job::{Job, Next};

/// Who is told.
#[derive(Deserialize)]
#[serde(untagged)]
enum Whom {
    Crowd(Crowd),
    Many(Many),
}

/// A slice of the recipients that were too many for the command itself, or of the people of whom is told. Whoever is left then is
/// a job of their own.
pub(crate) fn send_notice(change: &mut Change<'_>, job: &Job) -> Result<Next, Error> {
    match serde_json::from_value(job.payload.clone()).map_err(|_| job.unknown_here())? {
        Whom::Crowd(crowd) => crowd.tell(change, SLICE)?,
        Whom::Many(many) => many.tell(change)?,
    }
    Ok(Next::Done)
}

/// What has come together for a person.
pub(crate) fn send_digest(change: &mut Change<'_>, job: &Job) -> Result<Next, Error> {
    digest::send(change, job.subject())?;
    Ok(Next::Done)
}
