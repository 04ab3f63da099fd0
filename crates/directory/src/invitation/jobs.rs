//! What jobs do about invitations.

use super::table;
use crate::change::Change;
use crate::error::Error;
use crate::job::{Job, Next};
use crate::mail;

/// Forgets an offer that was decided long ago.
pub(crate) fn purge_invitation(change: &mut Change<'_>, job: &Job) -> Result<Next, Error> {
    let decided = table::lock(change, job.subject())?.filter(|invitation| !invitation.is_open());
    if let Some(invitation) = decided {
        mail::table::purge_of_invitation(change, invitation.id)?;
        table::purge(change, invitation.id)?;
    }
    Ok(Next::Done)
}
